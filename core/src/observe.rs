use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::answer::Answer;
use crate::error::{CallError, Effect, OperationName, RefreshError};

/// Hears of each attempt that a transport makes, for logs and metrics.
///
/// It is called in the middle of a call: return soon. A closure that takes a [`Report`] is one.
///
/// ```
/// use wechatpay_core::{Observer, Report};
///
/// let observer = |report: &Report<'_>| eprintln!("{report}");
/// # fn observe(_: impl Observer) {}
/// # observe(observer);
/// ```
pub trait Observer {
    /// An attempt ended.
    fn attempted(&self, report: &Report<'_>);

    /// The platform's certificates were fetched, or were not to be had. Said once for all the calls
    /// that waited for it.
    fn keys_refreshed(&self, outcome: Result<(), &RefreshError>) {
        let _ = outcome;
    }
}

impl<F: Fn(&Report<'_>)> Observer for F {
    fn attempted(&self, report: &Report<'_>) {
        self(report);
    }
}

/// One attempt: which operation, where to, and how it ended. There is no body in it, no header but
/// the request id, and no value of a path or query.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The method, and the path as documented.
    pub operation: &'a OperationName,
    /// The access point's host and port.
    pub host: &'a str,
    /// 1 for a call's first attempt.
    pub attempt: u32,
    /// The HTTP status, where an answer came.
    pub status: Option<StatusCode>,
    /// The platform's `Request-ID`.
    pub request_id: Option<&'a str>,
    /// From the signing to the verified answer.
    pub duration: Duration,
    /// How it ended.
    pub ended: Ended,
}

/// How an attempt ended.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With the answer that was asked for, verified.
    Answered,
    /// With an error that moved no money.
    Refused,
    /// Before anything was sent.
    NotSent,
    /// With an answer that the platform signed as accepted, and that could not be decoded.
    Accepted,
    /// In the dark: money may have moved.
    Unknown,
}

impl Ended {
    /// A word for logs: `answered`, `refused`, `not_sent`, `accepted`, `unknown`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::NotSent => "not_sent",
            Self::Accepted => "accepted",
            Self::Unknown => "unknown",
        }
    }
}

impl<'a> Report<'a> {
    /// Reports an attempt by its result.
    #[must_use]
    pub fn new<T, E: StdError + 'static>(
        operation: &'a OperationName,
        host: &'a str,
        attempt: u32,
        result: &'a Result<Answer<T>, CallError<E>>,
        duration: Duration,
    ) -> Self {
        let (status, request_id, ended) = match result {
            Ok(answer) => (
                Some(answer.status),
                answer.request_id.as_deref(),
                Ended::Answered,
            ),
            Err(error) => {
                let answered = error.answered();
                let ended = match (error.effect(), answered) {
                    (Effect::Accepted, _) => Ended::Accepted,
                    (Effect::Unknown, _) => Ended::Unknown,
                    (Effect::None, Some(_)) => Ended::Refused,
                    // A read-only request of which nobody knows whether it arrived.
                    (Effect::None, None) if matches!(error, CallError::Unknown { .. }) => {
                        Ended::Unknown
                    }
                    (Effect::None, None) => Ended::NotSent,
                };
                (
                    answered.map(|error| error.status),
                    answered.and_then(|error| error.request_id.as_deref()),
                    ended,
                )
            }
        };
        Self {
            operation,
            host,
            attempt,
            status,
            request_id,
            duration,
            ended,
        }
    }
}

/// One line of a log.
impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operation,
            host,
            attempt,
            duration,
            ..
        } = self;
        let ended = self.ended.as_str();
        write!(f, "{operation} at {host}, attempt {attempt}: {ended}")?;
        if let Some(status) = self.status {
            write!(f, " ({})", status.as_u16())?;
        }
        write!(f, " in {} ms", duration.as_millis())?;
        match self.request_id {
            Some(id) => write!(f, ", request id {}", crate::error::excerpt(id)),
            None => Ok(()),
        }
    }
}

#[cfg(feature = "tracing")]
pub use traced::{Traced, call_span};

#[cfg(feature = "tracing")]
mod traced {
    use super::{Ended, Observer, Report};
    use crate::error::{OperationName, RefreshError};

    /// What filters go by.
    const TARGET: &str = "wechatpay";

    /// The span of a call, in which its attempts are events: `wechatpay` with `method` and
    /// `path`, at info level. The target of all that is emitted is `wechatpay`.
    #[must_use]
    pub fn call_span(operation: &OperationName) -> tracing::Span {
        tracing::info_span!(
            target: TARGET,
            "wechatpay",
            method = %operation.method(),
            path = operation.path(),
        )
    }

    /// An [`Observer`] that emits each attempt as a `tracing` event: at debug level when it was
    /// answered, else as a warning.
    #[derive(Clone, Copy, Debug, Default)]
    #[allow(clippy::exhaustive_structs, reason = "it has no settings")]
    pub struct Traced;

    impl Observer for Traced {
        fn attempted(&self, report: &Report<'_>) {
            macro_rules! emit {
                ($level:ident) => {
                    tracing::$level!(
                        target: TARGET,
                        method = %report.operation.method(),
                        path = report.operation.path(),
                        host = report.host,
                        attempt = report.attempt,
                        status = report.status.map(|status| status.as_u16()),
                        request_id = report.request_id,
                        duration_ms = u64::try_from(report.duration.as_millis()).unwrap_or(u64::MAX),
                        ended = report.ended.as_str(),
                        "attempt"
                    )
                };
            }
            if report.ended == Ended::Answered {
                emit!(debug);
            } else {
                emit!(warn);
            }
        }

        fn keys_refreshed(&self, outcome: Result<(), &RefreshError>) {
            match outcome {
                Ok(()) => tracing::info!(target: TARGET, "platform certificates refreshed"),
                Err(error) => {
                    tracing::warn!(target: TARGET, %error, "platform certificates not refreshed")
                }
            }
        }
    }
}
