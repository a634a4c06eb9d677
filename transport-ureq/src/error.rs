use std::io;
use std::time::Duration;

use thiserror::Error;
use ureq::{Error as Ureq, Timeout};
use wechatpay_core::{CallError, Pending};

use crate::Timeouts;

/// Why no whole answer came.
///
/// [`Connect`](Self::Connect) and [`ConnectTimeout`](Self::ConnectTimeout) become
/// [`CallError::NotSent`]: the platform cannot have acted on the request. Everything else becomes
/// [`CallError::Unknown`], because it may have.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum TransportError {
    /// The name, the connection or the TLS handshake failed, or the connection was gone before ureq
    /// took a byte of the request's body. For a request without a body, only what nothing but the
    /// making of a connection can report.
    #[error("connecting failed: {0}")]
    Connect(#[source] Ureq),
    /// The name lookup, or connection and TLS handshake, took longer than [`Timeouts::connect`].
    #[error("no connection within {after:?}")]
    ConnectTimeout {
        /// The limit.
        after: Duration,
    },
    /// The attempt took longer than [`Timeouts::attempt`], or than what was left of the policy's
    /// time.
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
    #[error("the connection broke: {0}")]
    Closed(#[source] io::Error),
    /// What came back is not HTTP, or ureq failed in another way.
    #[error("the exchange failed: {0}")]
    Protocol(#[source] Ureq),
}

impl TransportError {
    /// An error from before the answer's head. `withheld` says that the request has a body and that
    /// ureq has not taken a byte of it: then, whatever the error, no whole request went out.
    pub(crate) fn sending(error: Ureq, withheld: bool, timeouts: Timeouts) -> Self {
        match error {
            Ureq::Timeout(Timeout::Resolve | Timeout::Connect) => Self::ConnectTimeout {
                after: timeouts.connect,
            },
            error if withheld || never_connected(&error) => Self::Connect(error),
            error => Self::reading(error, timeouts),
        }
    }

    /// An error from after the request.
    pub(crate) fn reading(error: Ureq, timeouts: Timeouts) -> Self {
        match error {
            Ureq::Timeout(Timeout::Global) => Self::AttemptTimeout {
                after: timeouts.attempt,
            },
            Ureq::Io(error) => Self::Closed(error),
            error => Self::Protocol(error),
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

/// What only the making of a connection can report. ureq does not tell in which phase an I/O error
/// arose, so for a request without a body the others count as sent.
fn never_connected(error: &Ureq) -> bool {
    match error {
        Ureq::HostNotFound
        | Ureq::ConnectionFailed
        | Ureq::ConnectProxyFailed(_)
        | Ureq::InvalidProxyUrl
        | Ureq::RequireHttpsOnly(_)
        | Ureq::TlsRequired
        | Ureq::BadUri(_) => true,
        Ureq::Io(error) => {
            let tls = error.get_ref().and_then(|e| e.downcast_ref());
            error.kind() == io::ErrorKind::ConnectionRefused
                || matches!(tls, Some(rustls::Error::InvalidCertificate(_)))
        }
        _ => false,
    }
}
