use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use super::{OperationName, RefreshError, VerifyError, excerpt};
use crate::operation::Replay;

/// An answer is not the response that was asked for: which operation, which request, and why.
///
/// [`effect`](Self::effect) says whether money may have moved.
#[non_exhaustive]
#[derive(Debug, Error)]
#[error(
    "{operation}: {reason}{}{}; {}",
    id_words(.request_id),
    trouble_words(.trouble),
    effect_words(self.effect(), *.replay)
)]
pub struct ResponseError {
    /// The operation.
    pub operation: OperationName,
    /// What may be done about an unknown outcome.
    pub replay: Replay,
    /// The HTTP status.
    pub status: StatusCode,
    /// The platform's `Request-ID`, which its support asks for.
    pub request_id: Option<String>,
    /// How long the platform asks to wait before the next attempt (`Retry-After`).
    pub retry_after: Option<Duration>,
    /// Why the platform's keys could not be refreshed, when this answer wanted a key that is not
    /// held.
    pub trouble: Option<RefreshError>,
    /// Why.
    #[source]
    pub reason: Reason,
}

impl ResponseError {
    /// What is known of the operation's effect.
    #[must_use]
    pub fn effect(&self) -> Effect {
        if matches!(self.replay, Replay::ReadOnly) {
            return Effect::None;
        }
        match &self.reason {
            Reason::Api(error) if error.is_refusal() => Effect::None,
            Reason::Decode { .. } => Effect::Accepted,
            _ => Effect::Unknown,
        }
    }

    /// The platform key that the answer was signed with, when it is not held: fetch keys, then complete
    /// the same answer again.
    #[must_use]
    pub fn unknown_key(&self) -> Option<&str> {
        let why = match &self.reason {
            Reason::Untrusted { source, .. } => Some(source),
            Reason::Api(error) => error.untrusted.as_ref(),
            _ => None,
        };
        match why {
            Some(VerifyError::UnknownKey { serial, .. }) => Some(serial),
            _ => None,
        }
    }

    /// The platform's own error, where that is the reason.
    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        match &self.reason {
            Reason::Api(error) => Some(error),
            _ => None,
        }
    }
}

/// What is known of an operation's effect after an error.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// This attempt moved no money. An earlier attempt of the same call, whose outcome was unknown,
    /// may have.
    None,
    /// Money may have moved. Do what the operation's [`Replay`] says before anything else; never
    /// send it under another number or with another amount.
    Unknown,
    /// The platform accepted the call, by a signed answer whose body could not be decoded.
    Accepted,
}

fn trouble_words(trouble: &Option<RefreshError>) -> String {
    match trouble {
        Some(why) => format!("; {why}"),
        None => String::new(),
    }
}

pub(super) fn id_words(request_id: &Option<String>) -> String {
    match request_id {
        Some(id) => format!(" (request id {})", excerpt(id)),
        None => " (no request id)".to_owned(),
    }
}

/// What is known, and what to do about it.
pub(super) fn effect_words(effect: Effect, replay: Replay) -> String {
    let next = match (effect, replay) {
        (Effect::None, _) => return "this attempt moved no money".to_owned(),
        (_, Replay::ReadOnly) => return "nothing can have moved: ask again".to_owned(),
        (_, Replay::Idempotent { .. }) => "repeat with identical parameters",
        (_, Replay::AskFirst { settle }) => settle,
    };
    match effect {
        Effect::Accepted => {
            format!("the platform accepted the call, so money may have moved: {next}")
        }
        _ => format!("the outcome is unknown and money may have moved: {next}"),
    }
}

/// Why an answer was refused.
#[non_exhaustive]
#[derive(Error)]
pub enum Reason {
    /// The platform answered with an error: by the status, or under a status of success by a
    /// signed body that names one.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// The status is success, and the signature does not hold.
    #[error("the answer says {status}, and is not trusted: {source}")]
    Untrusted {
        /// The status.
        status: StatusCode,
        /// Why it is not trusted.
        source: VerifyError,
    },
    /// The status is neither success nor error, such as a redirect, which the protocol has not.
    #[error("the answer says {0}, which is no status of this protocol")]
    Status(StatusCode),
    /// The answer is verified, and its body is not the response type.
    #[error("the verified body of {} bytes does not decode: {source}", .body.len())]
    Decode {
        /// Where decoding stopped.
        source: DecodeError,
        /// The whole body.
        body: Vec<u8>,
    },
    /// The certificates in the answer cannot be adopted.
    #[error("the certificates cannot be adopted: {0}")]
    Certificates(#[from] crate::api::certificates::AdoptError),
}

/// A body that does not decode shows its length: it may hold personal data.
impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => f.debug_tuple("Api").field(error).finish(),
            Self::Untrusted { status, source } => f
                .debug_struct("Untrusted")
                .field("status", status)
                .field("source", source)
                .finish(),
            Self::Status(status) => f.debug_tuple("Status").field(status).finish(),
            Self::Decode { source, body } => f
                .debug_struct("Decode")
                .field("source", source)
                .field("body", &format_args!("{} bytes", body.len()))
                .finish(),
            Self::Certificates(error) => f.debug_tuple("Certificates").field(error).finish(),
        }
    }
}

/// A body is not what it should decode to: at which field, and why.
#[derive(Debug, Error)]
#[error(
    "{}{}",
    if .path.is_empty() { String::new() } else { format!("{}: ", excerpt(.path)) },
    excerpt(&.source.to_string())
)]
pub struct DecodeError {
    path: String,
    source: serde_json::Error,
}

impl DecodeError {
    pub(crate) fn at(error: serde_path_to_error::Error<serde_json::Error>) -> Self {
        let path = match error.path().to_string() {
            whole if whole == "." => String::new(),
            path => path,
        };
        Self {
            path,
            source: error.into_inner(),
        }
    }

    /// The same error without anything that was found: of a wrong type its name stays. The path
    /// consists of names that this crate knows, unless the text is no JSON.
    pub(crate) fn without_value(self) -> Self {
        let path = if self.source.is_data() {
            self.path
        } else {
            String::new()
        };
        let text = self.source.to_string();
        let told = ["invalid type: ", "invalid value: "]
            .iter()
            .find_map(|start| {
                let found = text.strip_prefix(start)?;
                let kind = found.split(['`', '"', ',']).next()?.trim_end();
                let (_, expected) = found.rsplit_once(", expected ")?;
                Some(format!("{start}{kind}, expected {expected}"))
            });
        let source = match told {
            Some(told) => serde::de::Error::custom(told),
            None => self.source,
        };
        Self { path, source }
    }

    /// The path to the field, such as `data[0].serial_no`; empty for the whole body.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl From<serde_json::Error> for DecodeError {
    fn from(source: serde_json::Error) -> Self {
        Self {
            path: String::new(),
            source,
        }
    }
}

/// The platform's own error.
///
/// Read leniently: a body that is empty, HTML or of another shape keeps its status and leaves
/// `code` empty and its first words in `message`.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/merchant/4012081704>
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct ApiError {
    /// The HTTP status.
    pub status: StatusCode,
    /// The error code, such as `PARAM_ERROR`; empty when the body held none.
    pub code: String,
    /// The platform's words.
    pub message: String,
    /// The platform's details, of any shape; on a signature error they hold
    /// `sign_information`, the canonical message as the platform built it.
    pub detail: Option<Value>,
    /// Why the answer is not trusted, or `None` when its signature holds.
    pub untrusted: Option<VerifyError>,
}

impl ApiError {
    pub(crate) fn read(status: StatusCode, body: &[u8], untrusted: Option<VerifyError>) -> Self {
        let mut fields = match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => fields,
            _ => serde_json::Map::new(),
        };
        let mut text = |name: &str| match fields.remove(name) {
            Some(Value::String(text)) => text,
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        };
        let (code, mut message) = (text("code"), text("message"));
        if code.is_empty() && message.is_empty() {
            let start = body.get(..4096).unwrap_or(body);
            message = excerpt(String::from_utf8_lossy(start).trim());
        }
        Self {
            status,
            code,
            message,
            detail: fields.remove("detail").filter(|detail| !detail.is_null()),
            untrusted,
        }
    }

    /// Whether a body is the platform's document of an error: an object whose `code` and `message`
    /// are texts.
    pub(crate) fn is_named_by(body: &[u8]) -> bool {
        #[derive(Deserialize)]
        struct Named<'a> {
            #[serde(rename = "code", borrow)]
            _code: Cow<'a, str>,
            #[serde(rename = "message", borrow)]
            _message: Cow<'a, str>,
        }
        const CODE: &[u8] = b"\"code\"";
        // Nearly no success has such a field, and so none is parsed twice.
        body.windows(CODE.len()).any(|part| part == CODE)
            && serde_json::from_slice::<Named<'_>>(body).is_ok()
    }

    /// Whether this proves that the platform refused: a status 4xx, and a signed body that names an
    /// error. The signature covers the body and not the status, so a status alone proves nothing,
    /// and neither does an unsigned body: anyone on the way could have written them.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.status.is_client_error()
            && self.is_verified()
            && !matches!(self.code.as_str(), "" | "SYSTEM_ERROR")
    }

    /// Whether the answer carried a valid platform signature. Without one, anyone on the way could
    /// have written it.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.untrusted.is_none()
    }
}

impl std::error::Error for ApiError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.untrusted.as_ref().map(|e| e as _)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status.as_u16())?;
        if !self.code.is_empty() {
            write!(f, " {}", excerpt(&self.code))?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", excerpt(&self.message))?;
        }
        if let Some(detail) = &self.detail {
            write!(
                f,
                ", detail {}",
                excerpt(&untold(detail, &self.message).to_string())
            )?;
        }
        match &self.untrusted {
            None => Ok(()),
            Some(why) => write!(f, " (this error answer is not verified: {why})"),
        }
    }
}

/// The details without an `issue` that the message tells already.
fn untold(detail: &Value, message: &str) -> Value {
    let mut detail = detail.clone();
    if let Value::Object(fields) = &mut detail {
        let told = |issue: &Value| issue.as_str().is_some_and(|issue| message.contains(issue));
        if fields.get("issue").is_some_and(told) {
            fields.remove("issue");
        }
    }
    detail
}
