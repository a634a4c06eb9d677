//! Orders of a service provider's sub-merchants: `/v3/pay/partner/transactions/…`.
//!
//! An [`Order`] says what is paid for, to whom and how it is settled. Where the payer is decides
//! which operation places it, what that adds, and what opens the payment page:
//!
//! | where the payer is | operation | adds | answer | what opens the page |
//! |---|---|---|---|---|
//! | a page inside WeChat, a mini-program | [`Jsapi`] | [`Payer`] | [`Prepay`] | [`JsapiPayment`](crate::cashier::JsapiPayment) |
//! | an app | [`App`] | | [`Prepay`] | [`AppPayment`](crate::cashier::AppPayment) |
//! | a browser on a phone | [`H5`] | [`H5Scene`] | [`H5Link`] | the link |
//! | in front of a code | [`Native`] | | [`CodeLink`] | the code |
//!
//! Placed is not paid: the notice of the payment, or [`out_trade_no::Query`], tells when it is. An
//! order that nobody shall pay any more is closed by [`out_trade_no::Close`].
//!
//! ```
//! use wechatpay_core::api::pay::partner::transactions::{Jsapi, Order, Payer};
//! use wechatpay_core::api::pay::transactions::{Amount, Prepay, SettleInfo};
//! use wechatpay_core::cashier::{AppId, JsapiPayment, PrepayId};
//! use wechatpay_core::{Fen, Merchant, Nonce, RsaSigner, Timestamp};
//! # let key = include_bytes!("../../../../tests/known_answers/keys/merchant_pkcs8.pem");
//! # let signer = RsaSigner::from_pem("1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8D", key)?;
//! # let (entropy, now) = ([7; 16], Timestamp::from_secs(1_554_208_460));
//!
//! let order = Order::builder()
//!     .sp_appid("wx8888888888888888")
//!     .sp_mchid("1230000109")
//!     .sub_mchid("1900000109")
//!     .description("Image形象店-深圳腾大-QQ公仔")
//!     .out_trade_no("1217752501201407033233368018")
//!     .notify_url("https://www.weixin.qq.com/wxpay/pay")
//!     .amount(Amount::cny(Fen::new(100)))
//!     .settle_info(SettleInfo::subsidised(Fen::new(10)))
//!     .build();
//! let payer = Payer::builder().sp_openid("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o").build();
//! let place = Jsapi::builder().order(order).payer(payer).build();
//! let draft = Merchant::new("1230000109")?.draft(&place)?;
//! assert_eq!(draft.target(), "/v3/pay/partner/transactions/jsapi");
//!
//! // What the page takes, from what the platform answered.
//! # let answer = br#"{ "prepay_id": "wx201410272009395522657a690389285100" }"#;
//! # let answer: Prepay = serde_json::from_slice(answer)?;
//! let prepay_id = PrepayId::parse(answer.prepay_id)?;
//! let app_id = AppId::parse("wx8888888888888888")?; // the order's; its `sub_appid`, where it has one
//! let nonce = Nonce::from_entropy(entropy);
//! let payment = JsapiPayment::unsigned(&app_id, &prepay_id, now, &nonce).sign(&signer)?;
//! let for_the_page = serde_json::to_value(&payment)?;
//! assert_eq!(for_the_page["package"], "prepay_id=wx201410272009395522657a690389285100");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod id;
pub mod out_trade_no;

mod order;
mod transaction;

pub use order::Order;
pub use transaction::{Payer, Transaction};

use bon::Builder;
use http::Method;
use serde::{Deserialize, Serialize};

use crate::api::pay::transactions::{CodeLink, H5Link, H5Scene, Prepay, Scene};
use crate::error::FieldError;
use crate::operation::{Operation, Replay};

const SETTLED_BY: Option<&str> =
    Some("GET /v3/pay/partner/transactions/out-trade-no/{out_trade_no}");

/// The same order placed again is answered again, and paid once.
const PLACING: Replay = Replay::Idempotent {
    key: "out_trade_no, with equal parameters",
    window: None,
};

/// Places an order for a page inside WeChat or a mini-program (JSAPI下单):
/// `POST /v3/pay/partner/transactions/jsapi`.
///
/// Replay: the same `out_trade_no` with the same parameters is the same order, until it is paid,
/// closed, or past its `time_expire`; the answer may hold another `prepay_id`, and the payer pays
/// once. With other parameters it is refused.
///
/// A payer's real name (实名支付), which is by arrangement, is not typed.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/partner/4012523579>. The [module](self) has an example.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
pub struct Jsapi {
    /// What is paid for.
    #[serde(flatten)]
    pub order: Order,
    /// Who pays (支付者): one of the two openids. With `sub_openid` the order names its `sub_appid`.
    pub payer: Payer,
    /// Where it is placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<Scene>,
}

impl Operation for Jsapi {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/pay/partner/transactions/jsapi";
    const REPLAY: Replay = PLACING;
    const SETTLED_BY: Option<&'static str> = SETTLED_BY;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/partner/4012523579";
    type Response = Prepay;

    fn check(&self) -> Result<(), FieldError> {
        self.order.check()?;
        self.payer.check()?;
        self.scene_info.as_ref().map_or(Ok(()), Scene::check)
    }
}

/// Places an order for an app (APP下单): `POST /v3/pay/partner/transactions/app`.
///
/// Replay: as [`Jsapi`].
///
/// Source: <https://pay.weixin.qq.com/doc/v3/partner/4012523526>
///
/// ```
/// use wechatpay_core::api::pay::partner::transactions::{App, Order};
/// use wechatpay_core::api::pay::transactions::{Amount, Prepay};
/// use wechatpay_core::cashier::{AppId, AppPayment, PartnerId, PrepayId};
/// use wechatpay_core::{Fen, Nonce, Timestamp};
/// # let (entropy, now) = ([7; 16], Timestamp::from_secs(1_554_208_460));
///
/// let order = Order::builder()
///     .sp_appid("wx8888888888888888")
///     .sp_mchid("1230000109")
///     .sub_mchid("1900000109")
///     .description("Image形象店-深圳腾大-QQ公仔")
///     .out_trade_no("1217752501201407033233368018")
///     .notify_url("https://www.weixin.qq.com/wxpay/pay")
///     .amount(Amount::cny(Fen::new(100)))
///     .build();
/// let place = App::builder().order(order).build();
///
/// // What the app takes, from what the platform answered.
/// # let answer = r#"{ "prepay_id": "wx201410272009395522657a690389285100" }"#;
/// # let answer: Prepay = serde_json::from_str(answer)?;
/// let prepay_id = PrepayId::parse(answer.prepay_id)?;
/// let app_id = AppId::parse(place.order.sp_appid)?;
/// let partner_id = PartnerId::parse(place.order.sub_mchid)?;
/// let nonce = Nonce::from_entropy(entropy);
/// let unsigned = AppPayment::unsigned(&app_id, &partner_id, &prepay_id, now, &nonce);
/// assert!(unsigned.message().ends_with(b"\nwx201410272009395522657a690389285100\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
pub struct App {
    /// What is paid for.
    #[serde(flatten)]
    pub order: Order,
    /// Where it is placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<Scene>,
}

impl Operation for App {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/pay/partner/transactions/app";
    const REPLAY: Replay = PLACING;
    const SETTLED_BY: Option<&'static str> = SETTLED_BY;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/partner/4012523526";
    type Response = Prepay;

    fn check(&self) -> Result<(), FieldError> {
        self.order.check()?;
        self.scene_info.as_ref().map_or(Ok(()), Scene::check)
    }
}

/// Places an order for a browser on a phone (H5下单): `POST /v3/pay/partner/transactions/h5`.
///
/// Replay: as [`Jsapi`].
///
/// Source: <https://pay.weixin.qq.com/doc/v3/partner/4012523544>
///
/// ```
/// use wechatpay_core::api::pay::partner::transactions::{H5, Order};
/// use wechatpay_core::api::pay::transactions::{H5Info, H5Kind, H5Scene, Scene};
///
/// fn place(order: Order) -> H5 {
///     let scene = Scene::builder().payer_client_ip("14.23.150.211").build();
///     let scene = H5Scene::builder().scene(scene).h5_info(H5Info::of(H5Kind::Wap)).build();
///     H5::builder().order(order).scene_info(scene).build()
/// }
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
pub struct H5 {
    /// What is paid for.
    #[serde(flatten)]
    pub order: Order,
    /// Where it is placed, and what opens the page.
    pub scene_info: H5Scene,
}

impl Operation for H5 {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/pay/partner/transactions/h5";
    const REPLAY: Replay = PLACING;
    const SETTLED_BY: Option<&'static str> = SETTLED_BY;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/partner/4012523544";
    type Response = H5Link;

    fn check(&self) -> Result<(), FieldError> {
        self.order.check()?;
        self.scene_info.check()
    }
}

/// Places an order for a code that the payer scans (Native下单):
/// `POST /v3/pay/partner/transactions/native`.
///
/// Replay: as [`Jsapi`].
///
/// Source: <https://pay.weixin.qq.com/doc/v3/partner/4012523551>
///
/// ```
/// use wechatpay_core::api::pay::partner::transactions::{Native, Order};
///
/// fn place(order: Order) -> Native {
///     Native::builder().order(order).build()
/// }
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
pub struct Native {
    /// What is paid for.
    #[serde(flatten)]
    pub order: Order,
    /// Where it is placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<Scene>,
}

impl Operation for Native {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/pay/partner/transactions/native";
    const REPLAY: Replay = PLACING;
    const SETTLED_BY: Option<&'static str> = SETTLED_BY;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/partner/4012523551";
    type Response = CodeLink;

    fn check(&self) -> Result<(), FieldError> {
        self.order.check()?;
        self.scene_info.as_ref().map_or(Ok(()), Scene::check)
    }
}
