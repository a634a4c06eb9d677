use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use http_body_util::LengthLimitError;
use hyper_util::client::legacy;
use thiserror::Error;
use wechatpay_core::{CallError, Pending};

/// What services and bodies report.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Why no whole answer came.
///
/// [`Connect`](Self::Connect) and [`ConnectTimeout`](Self::ConnectTimeout) become
/// [`CallError::NotSent`]: not a byte of the request went out. Everything else becomes
/// [`CallError::Unknown`], because the platform may have acted on the request.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum TransportError {
    /// The name, the connection or the TLS handshake failed, or the connection was gone before the
    /// request was written. An error of a service that is not hyper's pool is never taken for this,
    /// unless it has hyper's own word for it in its chain of sources.
    #[error("connecting failed: {}", words(.0.as_ref()))]
    Connect(#[source] BoxError),
    /// Name, connection and TLS handshake took longer than [`Timeouts::connect`](crate::Timeouts).
    #[error("no connection within {after:?}")]
    ConnectTimeout {
        /// The limit.
        after: Duration,
    },
    /// The attempt took longer than [`Timeouts::attempt`](crate::Timeouts), or than what was left of
    /// the policy's time.
    #[error("no whole answer within {after:?}")]
    AttemptTimeout {
        /// The limit.
        after: Duration,
    },
    /// The answer's body is longer than the limit.
    #[error("the answer is longer than {limit} bytes")]
    BodyTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The connection was closed or reset before the whole answer came.
    #[error("the connection broke: {}", words(.0.as_ref()))]
    Closed(#[source] BoxError),
    /// What came back is not HTTP, or the service failed in a way of its own.
    #[error("the exchange failed: {}", words(.0.as_ref()))]
    Protocol(#[source] BoxError),
}

impl TransportError {
    /// An error from before the answer's head.
    pub(crate) fn sending(error: BoxError) -> Self {
        if let Some(&Self::ConnectTimeout { after }) = find(error.as_ref()) {
            return Self::ConnectTimeout { after };
        }
        let connecting = find(error.as_ref()).is_some_and(legacy::Error::is_connect);
        // hyper's word for a request that it gave up before the first byte of it was written.
        let unstarted = find(error.as_ref()).is_some_and(hyper::Error::is_canceled);
        if connecting || unstarted {
            Self::Connect(error)
        } else {
            Self::broken(error)
        }
    }

    /// An error from within the answer's body.
    pub(crate) fn reading(error: BoxError, limit: usize) -> Self {
        match find::<LengthLimitError>(error.as_ref()) {
            Some(_) => Self::BodyTooLong { limit },
            None => Self::broken(error),
        }
    }

    fn broken(error: BoxError) -> Self {
        let cut = find(error.as_ref()).is_some_and(hyper::Error::is_incomplete_message);
        if cut || find::<io::Error>(error.as_ref()).is_some() {
            Self::Closed(error)
        } else {
            Self::Protocol(error)
        }
    }

    /// The call's error.
    pub(crate) fn of<T>(self, pending: &Pending<T>) -> CallError<Self> {
        let operation = pending.operation().clone();
        let source = self;
        match source {
            Self::Connect(_) | Self::ConnectTimeout { .. } => {
                CallError::NotSent { operation, source }
            }
            _ => CallError::Unknown {
                operation,
                replay: pending.replay(),
                source,
            },
        }
    }
}

fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    chain(error).find_map(|error| error.downcast_ref())
}

fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// hyper's errors name only their kind; the reason is further down.
fn words(error: &(dyn StdError + 'static)) -> String {
    let words: Vec<_> = chain(error).map(ToString::to_string).collect();
    words.join(": ")
}
