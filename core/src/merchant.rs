use std::fmt;

use http::HeaderValue;
use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};

use crate::call::{Draft, Unsigned};
use crate::error::{ConfigError, DraftError, Unfit};
use crate::keys::Verifier;
use crate::operation::ToDraft;
use crate::stamp::{Nonce, Timestamp};

/// The platform's main access point (主域名).
pub const HOST: &str = "https://api.mch.weixin.qq.com";

/// The platform's access point in another city (备域名), for when the main one cannot be reached.
pub const BACKUP_HOST: &str = "https://api2.mch.weixin.qq.com";

const PRODUCT: &str = concat!("wechatpay-core/", env!("CARGO_PKG_VERSION"));

/// Who calls, and where: the merchant number (商户号, mchid) and the access point.
///
/// In partner mode the caller is the service provider (服务商) or the e-commerce platform (电商平台);
/// sub-merchants are named in the operations.
///
/// ```
/// use wechatpay_core::Merchant;
///
/// let merchant = Merchant::new("1900001109")?;
/// assert_eq!(merchant.base_url(), "https://api.mch.weixin.qq.com");
///
/// let simulated = merchant.at("http://127.0.0.1:8080")?;
/// assert_eq!(simulated.base_url(), "http://127.0.0.1:8080");
/// # Ok::<(), wechatpay_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Merchant {
    mchid: String,
    pub(crate) main: AccessPoint,
    pub(crate) backup: Option<AccessPoint>,
    pub(crate) user_agent: HeaderValue,
    pub(crate) declared: Option<HeaderValue>,
}

impl Merchant {
    /// A merchant at the platform's main access point, with the one in another city as backup.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Mchid`] unless `mchid` is 1 to 32 decimal digits.
    pub fn new(mchid: impl Into<String>) -> Result<Self, ConfigError> {
        let mchid = mchid.into();
        let fine = |c: char| c.is_ascii_digit();
        if !mchid.chars().all(fine) || !(1..=32).contains(&mchid.len()) {
            return Err(ConfigError::Mchid(Unfit::new(&mchid, fine)));
        }
        Ok(Self {
            mchid,
            main: AccessPoint::parse(HOST)?,
            backup: Some(AccessPoint::parse(BACKUP_HOST)?),
            user_agent: HeaderValue::from_static(PRODUCT),
            declared: None,
        })
    }

    /// Calls another access point: the gateway of this project, or a proxy. It has no backup unless
    /// [`with_backup`](Self::with_backup) names one.
    ///
    /// # Errors
    ///
    /// [`ConfigError::BaseUrl`] unless `base_url` is `http://` or `https://` with a host and an
    /// optional port. A path is refused: the path is signed, and must be the operation's.
    pub fn at(mut self, base_url: &str) -> Result<Self, ConfigError> {
        self.main = AccessPoint::parse(base_url)?;
        self.backup = None;
        Ok(self)
    }

    /// Names the access point to take while the main one cannot be reached. The host is not signed:
    /// a draft goes to either.
    ///
    /// # Errors
    ///
    /// As [`at`](Self::at).
    pub fn with_backup(mut self, base_url: &str) -> Result<Self, ConfigError> {
        self.backup = Some(AccessPoint::parse(base_url)?);
        Ok(self)
    }

    /// Names the caller's own product in `User-Agent`, before this crate's, such as `shop/1.2`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::UserAgent`] when `product` is empty or has characters beyond visible ASCII.
    pub fn with_user_agent(mut self, product: &str) -> Result<Self, ConfigError> {
        let refuse = || ConfigError::UserAgent(product.to_owned());
        if product.trim().is_empty() || !product.bytes().all(|b| (b' '..=b'~').contains(&b)) {
            return Err(refuse());
        }
        let text = format!("{product} {PRODUCT}");
        self.user_agent = HeaderValue::try_from(text).map_err(|_| refuse())?;
        Ok(self)
    }

    /// Declares in every request, as `Wechatpay-Serial`, the platform key that `keys` verify with:
    /// the platform then signs its answers with it. The transports do this for each call.
    #[must_use]
    pub fn declaring(mut self, keys: &(impl Verifier + ?Sized)) -> Self {
        self.declared = declared(keys);
        self
    }

    /// The merchant number.
    #[must_use]
    pub fn mchid(&self) -> &str {
        &self.mchid
    }

    /// The access point: scheme and host.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.main.to_string()
    }

    /// The access point to take while the main one cannot be reached, where there is one.
    #[must_use]
    pub fn backup_url(&self) -> Option<String> {
        self.backup.as_ref().map(ToString::to_string)
    }

    /// Phase one: freezes the operation's target and body as bytes. Pure; no clock, no randomness.
    ///
    /// # Errors
    ///
    /// [`DraftError`] when a field breaks a documented limit, or the operation cannot be written as
    /// a request; one with [sensitive fields](crate::Sealed) cannot, without
    /// [`draft_for`](Self::draft_for).
    pub fn draft<O: ToDraft + ?Sized>(
        &self,
        operation: &O,
    ) -> Result<Draft<O::Response>, DraftError> {
        operation.to_draft(self, None)
    }

    /// [`draft`](Self::draft) for a platform whose keys these are: declares their key, and seals
    /// with it what wants sealing. The transports do this for each call.
    ///
    /// # Errors
    ///
    /// As [`draft`](Self::draft); [`DraftError::Seal`] when the keys cannot seal what wants sealing.
    pub fn draft_for<O: ToDraft + ?Sized>(
        &self,
        operation: &O,
        keys: &(impl Verifier + ?Sized),
    ) -> Result<Draft<O::Response>, DraftError> {
        let sealer = keys.sealer();
        let draft = operation.to_draft(self, sealer.as_deref())?;
        Ok(draft.declaring(keys))
    }

    /// [`draft`](Self::draft) and [`stamp`](Draft::stamp) in one, for a call that is made once.
    ///
    /// # Errors
    ///
    /// As [`draft`](Self::draft).
    pub fn prepare<O: ToDraft + ?Sized>(
        &self,
        operation: &O,
        now: Timestamp,
        nonce: Nonce,
    ) -> Result<Unsigned<O::Response>, DraftError> {
        Ok(self.draft(operation)?.stamp(now, nonce))
    }
}

/// Scheme and host.
#[derive(Clone, Debug)]
pub(crate) struct AccessPoint {
    scheme: Scheme,
    authority: Authority,
}

impl AccessPoint {
    fn parse(text: &str) -> Result<Self, ConfigError> {
        let refuse = || {
            let fine = |c: char| c.is_ascii_graphic() && !matches!(c, '@' | '?' | '#');
            ConfigError::BaseUrl(Unfit::new(text, fine))
        };
        if text.contains('#') {
            return Err(refuse());
        }
        let parts = text.parse::<Uri>().map_err(|_| refuse())?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(refuse());
        };
        let known = scheme == Scheme::HTTP || scheme == Scheme::HTTPS;
        let bare = parts.path_and_query.is_none_or(|path| path.as_str() == "/");
        let host = authority.host();
        // No user name, and a port that is a number.
        let plain = host == authority.as_str() || authority.port_u16().is_some();
        let plain = plain && !authority.as_str().contains('@') && !host.is_empty();
        if known && bare && plain {
            Ok(Self { scheme, authority })
        } else {
            Err(refuse())
        }
    }

    /// The absolute URI of a target here.
    pub(crate) fn uri(&self, target: PathAndQuery) -> Result<Uri, http::Error> {
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(target)
            .build()
    }
}

impl fmt::Display for AccessPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

pub(crate) fn declared(keys: &(impl Verifier + ?Sized)) -> Option<HeaderValue> {
    keys.declared().map(|id| id.to_header())
}
