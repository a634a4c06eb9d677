//! What a front end opens the cashier with (调起支付): the parameters that a merchant's server signs
//! after it has placed an order, and that the payer's device hands to WeChat.
//!
//! | where the payer is | parameters | what takes them |
//! |---|---|---|
//! | a page inside WeChat (JSAPI) | [`JsapiPayment`] | `WeixinJSBridge.invoke('getBrandWCPayRequest', …)` |
//! | a mini-program (小程序) | [`JsapiPayment`] | `wx.requestPayment(…)`, which passes over `appId` |
//! | an app | [`AppPayment`] | the `PayReq` of WeChat's SDK |
//!
//! Native and H5 need none: there the order's answer holds a link.
//!
//! The phases are those of a call: the caller's clock and a fresh nonce make an
//! [`UnsignedPayment`], a key at hand or elsewhere signs its message, and the result serializes as
//! the front end takes it. It is never sent to the platform's API, and what the front end reports
//! afterwards is no proof that money moved: query the order, or wait for its notice.
//!
//! # Which app id, which key
//!
//! The app id is the one that the order named: where a service provider (服务商) placed it with
//! `sub_appid`, that one. The key is the one that signed the order: the service provider's, in
//! partner mode.
//!
//! Source: <https://pay.weixin.qq.com/doc/v3/merchant/4012791857> (JSAPI),
//! <https://pay.weixin.qq.com/doc/v3/merchant/4012791898> (mini-program),
//! <https://pay.weixin.qq.com/doc/v3/merchant/4013070351> (app)

use std::fmt;

use serde::Serialize;

use crate::canonical::{app_message, jsapi_message};
use crate::error::{ConfigError, SignError, Unfit};
use crate::merchant::Merchant;
use crate::sign::{Scheme, Signature, Signer};
use crate::stamp::{Nonce, Timestamp};

/// The parameters of JSAPI and of mini-programs.
///
/// Serializes as an object of six strings: `appId`, `timeStamp`, `nonceStr`, `package`, `signType`
/// and `paySign`. `Debug` leaves the signature out: whoever holds it can open the cashier.
///
/// ```
/// use wechatpay_core::cashier::{AppId, JsapiPayment, PrepayId};
/// use wechatpay_core::{Nonce, RsaSigner, Timestamp};
/// # let key = include_bytes!("../tests/known_answers/keys/merchant_pkcs8.pem");
/// # let (entropy, now) = ([7; 16], Timestamp::from_secs(1_554_208_460));
///
/// let signer = RsaSigner::from_pem("1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8D", key)?;
/// let app_id = AppId::parse("wx2421b1c4370ec43b")?;
/// // As the order's answer gave it.
/// let prepay_id = PrepayId::parse("wx201410272009395522657a690389285100")?;
///
/// let unsigned = JsapiPayment::unsigned(&app_id, &prepay_id, now, &Nonce::from_entropy(entropy));
/// let for_the_page = serde_json::to_string(&unsigned.sign(&signer)?)?;
/// assert!(for_the_page.starts_with(r#"{"appId":"wx2421b1c4370ec43b","timeStamp":"1554208460","#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct JsapiPayment {
    #[serde(rename = "appId")]
    app_id: String,
    #[serde(rename = "timeStamp")]
    timestamp: String,
    #[serde(rename = "nonceStr")]
    nonce: String,
    package: String,
    #[serde(rename = "signType")]
    sign_type: &'static str,
    #[serde(rename = "paySign")]
    sign: String,
}

impl JsapiPayment {
    /// Makes the message to sign. The documents allow the nonce 32 characters.
    pub fn unsigned(
        app_id: &AppId,
        prepay_id: &PrepayId,
        now: Timestamp,
        nonce: &Nonce,
    ) -> UnsignedPayment<Self> {
        UnsignedPayment {
            message: jsapi_message(app_id, now, nonce, prepay_id),
            payment: Self {
                app_id: app_id.as_str().to_owned(),
                timestamp: now.to_string(),
                nonce: nonce.as_str().to_owned(),
                package: prepay_id.to_package(),
                sign_type: "RSA",
                sign: String::new(),
            },
            sign: |payment| &mut payment.sign,
        }
    }
}

impl fmt::Debug for JsapiPayment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsapiPayment")
            .field("app_id", &self.app_id)
            .field("timestamp", &self.timestamp)
            .field("package", &self.package)
            .finish_non_exhaustive()
    }
}

/// The parameters of an app.
///
/// Serializes as an object of seven strings: `appid`, `partnerid`, `prepayid`, `package`,
/// `noncestr`, `timestamp` and `sign`. `Debug` leaves the signature out: whoever holds it can open
/// the cashier.
///
/// ```
/// use wechatpay_core::cashier::{AppId, AppPayment, PartnerId, PrepayId};
/// use wechatpay_core::{Merchant, Nonce, RsaSigner, Timestamp};
/// # let key = include_bytes!("../tests/known_answers/keys/merchant_pkcs8.pem");
/// # let (entropy, now) = ([7; 16], Timestamp::from_secs(1_554_208_460));
///
/// let signer = RsaSigner::from_pem("1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8D", key)?;
/// let app_id = AppId::parse("wx2421b1c4370ec43b")?;
/// let partner_id = PartnerId::from(&Merchant::new("1900009191")?);
/// let prepay_id = PrepayId::parse("wx201410272009395522657a690389285100")?;
///
/// let nonce = Nonce::from_entropy(entropy);
/// let unsigned = AppPayment::unsigned(&app_id, &partner_id, &prepay_id, now, &nonce);
/// let for_the_app = serde_json::to_value(unsigned.sign(&signer)?)?;
/// assert_eq!(for_the_app["prepayid"], "wx201410272009395522657a690389285100");
/// assert_eq!(for_the_app["package"], "Sign=WXPay");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct AppPayment {
    #[serde(rename = "appid")]
    app_id: String,
    #[serde(rename = "partnerid")]
    partner_id: String,
    #[serde(rename = "prepayid")]
    prepay_id: String,
    package: &'static str,
    #[serde(rename = "noncestr")]
    nonce: String,
    timestamp: String,
    sign: String,
}

impl AppPayment {
    /// Makes the message to sign. The documents allow the nonce 32 characters.
    pub fn unsigned(
        app_id: &AppId,
        partner_id: &PartnerId,
        prepay_id: &PrepayId,
        now: Timestamp,
        nonce: &Nonce,
    ) -> UnsignedPayment<Self> {
        UnsignedPayment {
            message: app_message(app_id, now, nonce, prepay_id),
            payment: Self {
                app_id: app_id.as_str().to_owned(),
                partner_id: partner_id.as_str().to_owned(),
                prepay_id: prepay_id.as_str().to_owned(),
                package: "Sign=WXPay",
                nonce: nonce.as_str().to_owned(),
                timestamp: now.to_string(),
                sign: String::new(),
            },
            sign: |payment| &mut payment.sign,
        }
    }
}

impl fmt::Debug for AppPayment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppPayment")
            .field("app_id", &self.app_id)
            .field("partner_id", &self.partner_id)
            .field("prepay_id", &self.prepay_id)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}

/// Parameters that still want their signature: of a [`JsapiPayment`] or an [`AppPayment`].
///
/// ```
/// use wechatpay_core::cashier::{AppId, JsapiPayment, PrepayId};
/// use wechatpay_core::{Nonce, SerialNumber, Signature, Timestamp};
/// # let (entropy, now) = ([7; 16], Timestamp::from_secs(1_554_208_460));
///
/// let (app_id, prepay_id) = (AppId::parse("wx2421b1c4370ec43b")?, PrepayId::parse("wx2014")?);
/// let unsigned = JsapiPayment::unsigned(&app_id, &prepay_id, now, &Nonce::from_entropy(entropy));
/// assert!(unsigned.message().ends_with(b"\nprepay_id=wx2014\n"));
///
/// let serial = SerialNumber::parse("5A0E1C7B2D9F48E36B105C8D7F2A94E1B3C6D8F0")?;
/// let payment = unsigned.attach(&Signature::new(serial, b"from the HSM".to_vec()))?;
/// assert_eq!(serde_json::to_value(payment)?["paySign"], "ZnJvbSB0aGUgSFNN");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "the cashier takes parameters only after they are signed"]
pub struct UnsignedPayment<P> {
    message: Vec<u8>,
    payment: P,
    sign: fn(&mut P) -> &mut String,
}

impl<P> UnsignedPayment<P> {
    /// The bytes to sign, for a key that lives elsewhere; see [`attach`](Self::attach).
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// Signs with a key at hand: the one that signed the order.
    ///
    /// # Errors
    ///
    /// [`SignError`] when the signer refuses, or signs in another scheme than [`Scheme::RSA`].
    pub fn sign(self, signer: &(impl Signer + ?Sized)) -> Result<P, SignError> {
        let signature = signer.sign(&self.message)?;
        self.attach(&signature)
    }

    /// Takes a signature from outside: an HSM, a KMS, a remote service.
    ///
    /// # Errors
    ///
    /// [`SignError`] when the signature is of another scheme than [`Scheme::RSA`], the only one that
    /// the cashier documents. For a scheme by arrangement, the messages are in
    /// [`canonical`](crate::canonical).
    pub fn attach(mut self, signature: &Signature) -> Result<P, SignError> {
        if *signature.scheme() != Scheme::RSA {
            return Err(SignError::new(format!(
                "the cashier takes signatures of {}, and this one is of {}",
                Scheme::RSA.as_str(),
                signature.scheme().as_str()
            )));
        }
        *(self.sign)(&mut self.payment) = signature.to_base64();
        Ok(self.payment)
    }
}

impl<P: fmt::Debug> fmt::Debug for UnsignedPayment<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UnsignedPayment")
            .field(&self.payment)
            .finish()
    }
}

/// The number of an order that waits to be paid (预支付交易会话标识), as the order's answer gave it.
/// It is good for two hours.
///
/// Where the cashier wants `prepay_id=` before it, this crate writes it. A text that has it already
/// is a `package` value and is refused: stripped here in silence, it would break wherever else the
/// caller keeps it for a prepay id.
///
/// ```
/// use wechatpay_core::cashier::PrepayId;
///
/// assert!(PrepayId::parse("wx201410272009395522657a690389285100").is_ok());
/// let refused = PrepayId::parse("prepay_id=wx201410272009395522657a690389285100").unwrap_err();
/// assert!(refused.to_string().ends_with("leave `prepay_id=` off"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrepayId(String);

impl PrepayId {
    /// Reads 1 to 64 visible ASCII characters.
    ///
    /// # Errors
    ///
    /// [`ConfigError::PrepayId`] for any other text, and for a `package` value.
    pub fn parse(text: impl Into<String>) -> Result<Self, ConfigError> {
        let text = text.into();
        let fine = |c: char| c.is_ascii_graphic();
        let fits = text.chars().all(fine) && (1..=64).contains(&text.len());
        if fits && !text.contains("prepay_id=") {
            Ok(Self(text))
        } else {
            Err(ConfigError::PrepayId(Unfit::new(&text, fine)))
        }
    }

    /// The number alone.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value of `package`, as JSAPI shows it and signs it.
    pub(crate) fn to_package(&self) -> String {
        format!("prepay_id={}", self.0)
    }
}

/// The id of an official account, a mini-program or an app (应用ID), such as `wx2421b1c4370ec43b`.
///
/// ```
/// use wechatpay_core::cashier::AppId;
///
/// assert_eq!(AppId::parse("wx2421b1c4370ec43b")?.as_str(), "wx2421b1c4370ec43b");
/// # Ok::<(), wechatpay_core::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppId(String);

impl AppId {
    /// Reads 1 to 32 ASCII letters, digits, hyphens and underscores.
    ///
    /// # Errors
    ///
    /// [`ConfigError::AppId`] for any other text.
    pub fn parse(text: impl Into<String>) -> Result<Self, ConfigError> {
        let text = text.into();
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if text.chars().all(fine) && (1..=32).contains(&text.len()) {
            Ok(Self(text))
        } else {
            Err(ConfigError::AppId(Unfit::new(&text, fine)))
        }
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an app names as `partnerid`: the merchant number of the order. It is not signed.
///
/// A merchant of its own takes it from its [`Merchant`]. In partner mode the documents say no more
/// than "the mchid", and their sample is a sub-merchant's number; that goes through
/// [`parse`](Self::parse).
///
/// ```
/// use wechatpay_core::Merchant;
/// use wechatpay_core::cashier::PartnerId;
///
/// assert_eq!(PartnerId::from(&Merchant::new("1900009191")?), PartnerId::parse("1900009191")?);
/// # Ok::<(), wechatpay_core::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartnerId(String);

impl PartnerId {
    /// Reads 1 to 32 decimal digits.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Mchid`] for any other text.
    pub fn parse(text: impl Into<String>) -> Result<Self, ConfigError> {
        Ok(Self::from(&Merchant::new(text)?))
    }

    /// The number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Merchant> for PartnerId {
    fn from(merchant: &Merchant) -> Self {
        Self(merchant.mchid().to_owned())
    }
}
