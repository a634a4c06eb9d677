use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName};
use serde::{Deserialize, Serialize};

use crate::error::{ConfigError, Unfit, VerifyError};

/// How far a platform timestamp may lie from the caller's clock: 300 seconds, exclusive.
pub const MAX_CLOCK_SKEW: Duration = Duration::from_secs(300);

/// The names of the headers that carry a platform signature.
pub mod header_name {
    use http::HeaderName;

    /// Which platform key signed an answer; in a request, which one shall sign it.
    pub const SERIAL: HeaderName = HeaderName::from_static("wechatpay-serial");
    /// When the platform signed, in seconds.
    pub const TIMESTAMP: HeaderName = HeaderName::from_static("wechatpay-timestamp");
    /// The platform's nonce.
    pub const NONCE: HeaderName = HeaderName::from_static("wechatpay-nonce");
    /// The signature in base64.
    pub const SIGNATURE: HeaderName = HeaderName::from_static("wechatpay-signature");
    /// The signature's algorithm, where it is named.
    pub const SIGNATURE_TYPE: HeaderName = HeaderName::from_static("wechatpay-signature-type");
    /// The platform's own number of the request, which its support asks for.
    pub const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
    /// The SHA-1 of a statement file, which is what its signature covers.
    pub const STATEMENT_SHA1: HeaderName = HeaderName::from_static("wechatpay-statement-sha1");
}

/// Seconds since the Unix epoch. The caller reads the clock; this crate never does.
///
/// ```
/// use std::time::SystemTime;
/// use wechatpay_core::Timestamp;
///
/// let now = Timestamp::from(SystemTime::now());
/// assert!(now > Timestamp::from_secs(1_554_208_460));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// Wraps a count of seconds.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs)
    }

    /// The count of seconds.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// The distance to `other`, whichever is later.
    #[must_use]
    pub const fn distance(self, other: Self) -> Duration {
        Duration::from_secs(self.0.abs_diff(other.0))
    }

    /// This time moved on by `by`, at most to the end of the range.
    #[must_use]
    pub const fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(by.as_secs()))
    }

    /// Reads a header's text: decimal digits and nothing else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse().ok().map(Self)).flatten()
    }
}

/// A time before the epoch counts as the epoch.
impl From<SystemTime> for Timestamp {
    fn from(at: SystemTime) -> Self {
        Self(at.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A request nonce (随机串): text that is used once, and that cannot break a header or a message.
///
/// ```
/// use wechatpay_core::Nonce;
///
/// // Sixteen bytes from the caller's random source.
/// let nonce = Nonce::from_entropy([0xAB; 16]);
/// assert_eq!(nonce.as_str(), "ABABABABABABABABABABABABABABABAB");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// Writes 16 bytes, drawn by the caller from a cryptographic random source, as 32 upper-case
    /// hexadecimal digits.
    #[must_use]
    pub fn from_entropy(entropy: [u8; 16]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let mut text = String::with_capacity(32);
        for byte in entropy {
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        Self(text)
    }

    /// Takes a nonce made elsewhere: 1 to 64 ASCII letters and digits.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Nonce`] for any other text.
    pub fn parse(text: impl Into<String>) -> Result<Self, ConfigError> {
        let text = text.into();
        let fine = |c: char| c.is_ascii_alphanumeric();
        if text.chars().all(fine) && (1..=64).contains(&text.len()) {
            Ok(Self(text))
        } else {
            Err(ConfigError::Nonce(Unfit::new(&text, fine)))
        }
    }

    /// The text, as header and message carry it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The `Wechatpay-*` headers of an answer or a callback: parsed, not yet trusted.
#[derive(Debug)]
pub(crate) struct SignatureHeaders<'a> {
    pub(crate) serial: &'a str,
    pub(crate) timestamp: &'a str,
    pub(crate) nonce: &'a str,
    /// Base64, not decoded yet: a probe need not be decodable.
    pub(crate) signature: &'a str,
    pub(crate) signature_type: Option<&'a str>,
}

impl<'a> SignatureHeaders<'a> {
    /// Reads the headers and holds their time against `now`.
    pub(crate) fn read(headers: &'a HeaderMap, now: Timestamp) -> Result<Self, VerifyError> {
        let read = Self {
            serial: required(headers, header_name::SERIAL)?,
            timestamp: required(headers, header_name::TIMESTAMP)?,
            nonce: required(headers, header_name::NONCE)?,
            signature: required(headers, header_name::SIGNATURE)?,
            signature_type: single(headers, header_name::SIGNATURE_TYPE)?,
        };
        let at = Timestamp::parse(read.timestamp).ok_or(VerifyError::Malformed {
            header: header_name::TIMESTAMP,
        })?;
        if at.distance(now) >= MAX_CLOCK_SKEW {
            return Err(VerifyError::Stale { at, now });
        }
        Ok(read)
    }
}

pub(crate) fn required(headers: &HeaderMap, name: HeaderName) -> Result<&str, VerifyError> {
    match single(headers, name.clone())? {
        Some(text) if !text.is_empty() => Ok(text),
        _ => Err(VerifyError::Missing { header: name }),
    }
}

/// A header that comes twice says two things, of which the signature covers one.
fn single(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>, VerifyError> {
    let mut values = headers.get_all(&name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(VerifyError::Malformed { header: name });
    }
    match value.to_str() {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(VerifyError::Malformed { header: name }),
    }
}

pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header_name::REQUEST_ID)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// How long the platform asks to wait: `Retry-After`, in seconds or as a date.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Some(Timestamp(seconds)) = Timestamp::parse(text) {
        return Some(Duration::from_secs(seconds));
    }
    let at = Timestamp::from(httpdate::parse_http_date(text).ok()?);
    Some(Duration::from_secs(at.0.saturating_sub(now.0)))
}
