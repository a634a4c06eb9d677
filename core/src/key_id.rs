use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use http::HeaderValue;

use crate::error::{ConfigError, Unfit};

/// The serial number of a certificate (证书序列号): hexadecimal digits, written in upper case and
/// with the leading zeros that it came with. Numbers that differ only there are equal.
///
/// ```
/// use wechatpay_core::SerialNumber;
///
/// let serial = SerialNumber::parse("0a15c2")?;
/// assert_eq!(serial.as_str(), "0A15C2");
/// assert_eq!(serial, SerialNumber::parse("A15C2")?);
/// assert!(SerialNumber::parse("PUB_KEY_ID_01").is_err());
/// # Ok::<(), wechatpay_core::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SerialNumber(Id);

impl SerialNumber {
    /// Reads 1 to 64 hexadecimal digits.
    ///
    /// # Errors
    ///
    /// [`ConfigError::SerialNumber`] for any other text.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let digits = text.bytes().all(|b| b.is_ascii_hexdigit());
        let id = (digits && (1..=64).contains(&text.len()))
            .then(|| Id::new(&text.to_ascii_uppercase()))
            .flatten();
        id.map(Self)
            .ok_or_else(|| ConfigError::SerialNumber(Unfit::new(text, |c| c.is_ascii_hexdigit())))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What `Wechatpay-Serial` holds: the serial number of a platform certificate, or the id of a
/// WeChat Pay public key (`PUB_KEY_ID_` and digits).
///
/// ```
/// use wechatpay_core::KeyId;
///
/// assert!(KeyId::parse("PUB_KEY_ID_0114232134912410000000000000")?.is_public_key());
/// assert!(!KeyId::parse("5157F09EFDC096DE15EBE81A47057A7232F1B8E1")?.is_public_key());
/// # Ok::<(), wechatpay_core::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(Id);

impl KeyId {
    const PUBLIC_KEY: &str = "PUB_KEY_ID_";

    /// Reads either kind of id.
    ///
    /// # Errors
    ///
    /// [`ConfigError::KeyId`] for any other text.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        if let Some(digits) = text.strip_prefix(Self::PUBLIC_KEY) {
            let fits = digits.bytes().all(|b| b.is_ascii_alphanumeric());
            if let Some(id) = (fits && (1..=64).contains(&digits.len()))
                .then(|| Id::new(text))
                .flatten()
            {
                return Ok(Self(id));
            }
        }
        match SerialNumber::parse(text) {
            Ok(serial) => Ok(serial.into()),
            Err(_) => Err(ConfigError::KeyId(Unfit::new(text, |c| {
                c.is_ascii_hexdigit()
            }))),
        }
    }

    /// The id, as the header carries it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The header's value, made without a copy.
    pub(crate) fn to_header(&self) -> HeaderValue {
        self.0.header.clone()
    }

    /// Whether the id is of a public key, and not of a certificate.
    #[must_use]
    pub fn is_public_key(&self) -> bool {
        Self::names_public_key(self.as_str())
    }

    pub(crate) fn names_public_key(id: &str) -> bool {
        id.starts_with(Self::PUBLIC_KEY)
    }
}

impl From<SerialNumber> for KeyId {
    fn from(serial: SerialNumber) -> Self {
        Self(serial.0)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Lets a map be searched with the text of a header, without an id being made of it.
impl Borrow<str> for KeyId {
    fn borrow(&self) -> &str {
        &self.0.normal
    }
}

/// The text, what it is compared by, and the header that carries it. A clone copies nothing.
#[derive(Clone)]
struct Id {
    text: Arc<str>,
    normal: Arc<str>,
    header: HeaderValue,
}

impl Id {
    /// None for text that a header cannot carry, which the callers have refused already.
    fn new(text: &str) -> Option<Self> {
        Some(Self {
            header: HeaderValue::from_str(text).ok()?,
            normal: normal(text).into(),
            text: text.into(),
        })
    }
}

pub(crate) fn normal(text: &str) -> String {
    text.trim_start_matches('0').to_ascii_uppercase()
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.normal == other.normal
    }
}

impl Eq for Id {}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Id {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.normal.cmp(&other.normal)
    }
}
