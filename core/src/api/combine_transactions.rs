//! Combined orders (合单), which are paid with one password: `/v3/combine-transactions/…`.
//!
//! An [`Order`] says what each [`NewSubOrder`] is for and how it is settled; all of them are paid, or
//! none. Where the payer is decides which operation places it, what that adds, and what opens the
//! payment page:
//!
//! | where the payer is | operation | adds | answer | what opens the page |
//! |---|---|---|---|---|
//! | a page inside WeChat, a mini-program | [`Jsapi`] | [`Payer`] | [`Prepay`] | [`JsapiPayment`](crate::cashier::JsapiPayment) |
//! | an app | [`App`] | | [`Prepay`] | [`AppPayment`](crate::cashier::AppPayment) |
//! | a browser on a phone | [`H5`] | [`H5Scene`] | [`H5Link`] | the link |
//! | in front of a code | [`Native`] | | [`CodeLink`] | the code |
//!
//! Placed is not paid: the notice of the payment, or [`out_trade_no::Query`], tells when it is, and
//! gives each sub-order the `transaction_id` that subsidies, refunds and profit sharing take. An order
//! that nobody shall pay any more is closed by [`out_trade_no::Close`].
//!
//! A payer's real name (实名支付) and a contract that is signed along (预签约), both by arrangement, are
//! not typed.
//!
//! ```
//! use wechatpay_core::api::combine_transactions::{Jsapi, NewSubOrder, Order, Payer, SubAmount};
//! use wechatpay_core::api::pay::transactions::{Prepay, SettleInfo};
//! use wechatpay_core::cashier::{AppId, JsapiPayment, PrepayId};
//! use wechatpay_core::{Fen, Merchant, Nonce, RsaSigner, Timestamp};
//! # let key = include_bytes!("../../tests/known_answers/keys/merchant_pkcs8.pem");
//! # let signer = RsaSigner::from_pem("1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8D", key)?;
//! # let (entropy, now) = ([7; 16], Timestamp::from_secs(1_554_208_460));
//!
//! let sub_order = |number: &str, shop: &str, fen| {
//!     NewSubOrder::builder()
//!         .mchid("1900000109")
//!         .sub_mchid(shop)
//!         .out_trade_no(number)
//!         .amount(SubAmount::cny(Fen::new(fen)))
//!         .attach("深圳分店")
//!         .description("腾讯充值中心-QQ会员充值")
//!         .settle_info(SettleInfo::subsidised(Fen::new(10)))
//!         .build()
//! };
//! let order = Order::builder()
//!     .combine_appid("wxd678efh567hg6787")
//!     .combine_mchid("1900000109")
//!     .combine_out_trade_no("P20150806125346")
//!     .sub_orders(vec![
//!         sub_order("20150806125346", "1230000109", 100),
//!         sub_order("20150806125347", "1230000110", 250),
//!     ])
//!     .notify_url("https://yourapp.com/notify")
//!     .build();
//! let payer = Payer::builder().openid("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o").build();
//! let place = Jsapi::builder().order(order).combine_payer_info(payer).build();
//! let draft = Merchant::new("1900000109")?.draft(&place)?;
//! assert_eq!(draft.target(), "/v3/combine-transactions/jsapi");
//!
//! // What the page takes, from what the platform answered.
//! # let answer = br#"{ "prepay_id": "wx201410272009395522657a690389285100" }"#;
//! # let answer: Prepay = serde_json::from_slice(answer)?;
//! let (app_id, prepay_id) = (AppId::parse("wxd678efh567hg6787")?, PrepayId::parse(answer.prepay_id)?);
//! let nonce = Nonce::from_entropy(entropy);
//! let payment = JsapiPayment::unsigned(&app_id, &prepay_id, now, &nonce).sign(&signer)?;
//! let for_the_page = serde_json::to_value(&payment)?;
//! assert_eq!(for_the_page["package"], "prepay_id=wx201410272009395522657a690389285100");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod out_trade_no;

mod order;
mod transaction;

pub use order::{NewSubOrder, Order, SubOrderId};
pub use transaction::{Payer, SubAmount, SubOrder, Transaction};

use bon::Builder;
use http::Method;
use serde::{Deserialize, Serialize};

use crate::api::pay::transactions::{CodeLink, H5Link, H5Scene, Prepay, Scene};
use crate::error::FieldError;
use crate::operation::{Operation, Replay};

const SETTLED_BY: Option<&str> =
    Some("GET /v3/combine-transactions/out-trade-no/{combine_out_trade_no}");

/// The same order placed again is answered again, and paid once.
const PLACING: Replay = Replay::Idempotent {
    key: "combine_out_trade_no, with equal parameters",
    window: None,
};

/// Places a combined order for a page inside WeChat or a mini-program (合单下单-JSAPI): `POST /v3/combine-transactions/jsapi`.
///
/// Replay: the same `combine_out_trade_no` with the same parameters is the same order, until it is
/// paid, closed, or past its `time_expire`; the answer may hold another `prepay_id`, and the payer pays
/// once. With other parameters it is refused, also with another `settle_info`.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/partner/4012760615>. The [module](self) has an example.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
pub struct Jsapi {
    /// What is paid for.
    #[serde(flatten)]
    pub order: Order,
    /// Where it is placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<Scene>,
    /// Who pays: one of the two openids.
    pub combine_payer_info: Payer,
}

impl Operation for Jsapi {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/combine-transactions/jsapi";
    const REPLAY: Replay = PLACING;
    const SETTLED_BY: Option<&'static str> = SETTLED_BY;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/partner/4012760615";
    type Response = Prepay;

    fn check(&self) -> Result<(), FieldError> {
        self.order.check()?;
        self.scene_info.as_ref().map_or(Ok(()), Scene::check)?;
        self.combine_payer_info.check()
    }
}

/// Places a combined order for an app (合单下单-APP): `POST /v3/combine-transactions/app`.
///
/// Replay: as [`Jsapi`].
///
/// Source: <https://pay.weixin.qq.com/doc/v3/partner/4012760622>
///
/// ```
/// use wechatpay_core::api::combine_transactions::{App, Order};
/// use wechatpay_core::api::pay::transactions::Prepay;
/// use wechatpay_core::cashier::{AppId, AppPayment, PartnerId, PrepayId, UnsignedPayment};
/// use wechatpay_core::{ConfigError, Nonce, Timestamp};
///
/// fn place(order: Order) -> App {
///     App::builder().order(order).build()
/// }
///
/// // What the app takes, from what the platform answered; it still wants a signature.
/// fn open(
///     order: Order,
///     answer: Prepay,
///     now: Timestamp,
///     nonce: Nonce,
/// ) -> Result<UnsignedPayment<AppPayment>, ConfigError> {
///     let app_id = AppId::parse(order.combine_appid)?;
///     let partner_id = PartnerId::parse(order.combine_mchid)?;
///     let prepay_id = PrepayId::parse(answer.prepay_id)?;
///     Ok(AppPayment::unsigned(&app_id, &partner_id, &prepay_id, now, &nonce))
/// }
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
    /// Who alone may pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine_payer_info: Option<Payer>,
}

impl Operation for App {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/combine-transactions/app";
    const REPLAY: Replay = PLACING;
    const SETTLED_BY: Option<&'static str> = SETTLED_BY;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/partner/4012760622";
    type Response = Prepay;

    fn check(&self) -> Result<(), FieldError> {
        self.order.check()?;
        self.scene_info.as_ref().map_or(Ok(()), Scene::check)?;
        let payer = self.combine_payer_info.as_ref();
        payer.map_or(Ok(()), Payer::check)
    }
}

/// Places a combined order for a browser on a phone (合单下单-H5): `POST /v3/combine-transactions/h5`.
///
/// Replay: as [`Jsapi`].
///
/// Source: <https://pay.weixin.qq.com/doc/v3/partner/4012760626>
///
/// ```
/// use wechatpay_core::api::combine_transactions::{H5, Order};
/// use wechatpay_core::api::pay::transactions::{H5Info, H5Kind, H5Scene, Scene};
///
/// fn place(order: Order) -> H5 {
///     let scene = Scene::builder().payer_client_ip("14.17.22.32").device_id("POS1:1").build();
///     let scene = H5Scene::builder().scene(scene).h5_info(H5Info::of(H5Kind::Ios)).build();
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
    /// Who alone may pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine_payer_info: Option<Payer>,
}

impl Operation for H5 {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/combine-transactions/h5";
    const REPLAY: Replay = PLACING;
    const SETTLED_BY: Option<&'static str> = SETTLED_BY;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/partner/4012760626";
    type Response = H5Link;

    fn check(&self) -> Result<(), FieldError> {
        self.order.check()?;
        self.scene_info.check()?;
        let payer = self.combine_payer_info.as_ref();
        payer.map_or(Ok(()), Payer::check)
    }
}

/// Places a combined order for a code that the payer scans (合单下单-Native): `POST /v3/combine-transactions/native`.
///
/// Replay: as [`Jsapi`].
///
/// Source: <https://pay.weixin.qq.com/doc/v3/partner/4012760629>
///
/// ```
/// use wechatpay_core::api::combine_transactions::{Native, Order};
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
    /// Who alone may pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine_payer_info: Option<Payer>,
}

impl Operation for Native {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/combine-transactions/native";
    const REPLAY: Replay = PLACING;
    const SETTLED_BY: Option<&'static str> = SETTLED_BY;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/partner/4012760629";
    type Response = CodeLink;

    fn check(&self) -> Result<(), FieldError> {
        self.order.check()?;
        self.scene_info.as_ref().map_or(Ok(()), Scene::check)?;
        let payer = self.combine_payer_info.as_ref();
        payer.map_or(Ok(()), Payer::check)
    }
}
