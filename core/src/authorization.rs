use std::error::Error as StdError;
use std::fmt;

use crate::sign::Scheme;

/// The value of an `Authorization` header, in its parts.
///
/// ```text
/// WECHATPAY2-SHA256-RSA2048 mchid="…",nonce_str="…",timestamp="…",serial_no="…",signature="…"
/// ```
///
/// Under [`Scheme::BRAND`] the caller is a brand, and `brand_id="…"` stands in place of `mchid="…"`.
///
/// Written by the merchant's side and parsed by the platform's. `Debug` leaves the signature out:
/// whoever holds the header can send the request again.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/merchant/4012365342>,
/// <https://pay.weixin.qq.com/doc/brand/4015597833> (brands)
///
/// ```
/// use wechatpay_core::Authorization;
///
/// let text = "WECHATPAY2-SHA256-RSA2048 serial_no=\"4B2C\",mchid=\"1900009191\",\
///             timestamp=\"1554208460\",nonce_str=\"593BEC0C\",signature=\"c2ln\"";
/// let parsed = Authorization::parse(text)?;
/// assert_eq!(parsed.mchid, "1900009191");
/// assert_eq!(
///     parsed.to_string(),
///     "WECHATPAY2-SHA256-RSA2048 mchid=\"1900009191\",nonce_str=\"593BEC0C\",\
///      timestamp=\"1554208460\",serial_no=\"4B2C\",signature=\"c2ln\""
/// );
/// # Ok::<(), wechatpay_core::AuthorizationError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_structs,
    reason = "the grammar has these parts and no others"
)]
pub struct Authorization<'a> {
    /// The scheme, such as `WECHATPAY2-SHA256-RSA2048`.
    pub scheme: &'a str,
    /// The merchant number (商户号) of the caller; under [`Scheme::BRAND`] its brand id (品牌ID).
    pub mchid: &'a str,
    /// The request's nonce.
    pub nonce: &'a str,
    /// Seconds since the epoch, as text.
    pub timestamp: &'a str,
    /// The serial number of the merchant's API certificate.
    pub serial_no: &'a str,
    /// The signature in base64.
    pub signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Reads a header value: the five items in any order, spaces around commas allowed, items of
    /// unknown names passed over.
    ///
    /// # Errors
    ///
    /// [`AuthorizationError`], which names what is missing, doubled or not of the grammar.
    pub fn parse(text: &'a str) -> Result<Self, AuthorizationError> {
        let (scheme, mut rest) = text
            .trim()
            .split_once(' ')
            .ok_or(AuthorizationError::Scheme)?;
        let caller = caller_item(scheme);
        let mut parts = Parts::default();
        loop {
            rest = rest.trim_start();
            let (name, after) = rest.split_once("=\"").ok_or(AuthorizationError::Item)?;
            let (value, after) = after.split_once('"').ok_or(AuthorizationError::Item)?;
            parts.put(name.trim(), value, caller)?;
            rest = after.trim_start();
            if rest.is_empty() {
                break;
            }
            rest = rest.strip_prefix(',').ok_or(AuthorizationError::Item)?;
        }
        let need = |part: Option<&'a str>, name| part.ok_or(AuthorizationError::Missing(name));
        Ok(Self {
            scheme,
            mchid: need(parts.caller, caller)?,
            nonce: need(parts.nonce, "nonce_str")?,
            timestamp: need(parts.timestamp, "timestamp")?,
            serial_no: need(parts.serial_no, "serial_no")?,
            signature: need(parts.signature, "signature")?,
        })
    }
}

/// The item that names who calls.
fn caller_item(scheme: &str) -> &'static str {
    if scheme == Scheme::BRAND.as_str() {
        "brand_id"
    } else {
        "mchid"
    }
}

#[derive(Default)]
struct Parts<'a> {
    caller: Option<&'a str>,
    nonce: Option<&'a str>,
    timestamp: Option<&'a str>,
    serial_no: Option<&'a str>,
    signature: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn put(
        &mut self,
        name: &str,
        value: &'a str,
        caller: &'static str,
    ) -> Result<(), AuthorizationError> {
        let (part, name) = match name {
            name if name == caller => (&mut self.caller, caller),
            "nonce_str" => (&mut self.nonce, "nonce_str"),
            "timestamp" => (&mut self.timestamp, "timestamp"),
            "serial_no" => (&mut self.serial_no, "serial_no"),
            "signature" => (&mut self.signature, "signature"),
            _ => return Ok(()),
        };
        match part.replace(value) {
            None => Ok(()),
            Some(_) => Err(AuthorizationError::Twice(name)),
        }
    }
}

/// The header's value.
impl fmt::Display for Authorization<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            scheme,
            mchid,
            nonce,
            timestamp,
            serial_no,
            signature,
        } = self;
        let caller = caller_item(scheme);
        write!(
            f,
            "{scheme} {caller}=\"{mchid}\",nonce_str=\"{nonce}\",timestamp=\"{timestamp}\",\
             serial_no=\"{serial_no}\",signature=\"{signature}\""
        )
    }
}

impl fmt::Debug for Authorization<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("scheme", &self.scheme)
            .field("mchid", &self.mchid)
            .field("timestamp", &self.timestamp)
            .field("serial_no", &self.serial_no)
            .finish_non_exhaustive()
    }
}

/// An `Authorization` header is not of the grammar. Its text is not repeated here: it is a secret.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthorizationError {
    /// There is no scheme followed by a space.
    Scheme,
    /// An item is not `name="value"`, or items are not joined by commas.
    Item,
    /// The named item is absent.
    Missing(&'static str),
    /// The named item comes twice.
    Twice(&'static str),
}

impl fmt::Display for AuthorizationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme => f.write_str("Authorization has no scheme followed by a space"),
            Self::Item => f.write_str("Authorization is not a list of name=\"value\" items"),
            Self::Missing(name) => write!(f, "Authorization has no {name}"),
            Self::Twice(name) => write!(f, "Authorization has {name} twice"),
        }
    }
}

impl StdError for AuthorizationError {}
