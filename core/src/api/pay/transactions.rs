//! Orders of a merchant of its own (直连商户): `/v3/pay/transactions/…`.
//!
//! [`Transaction`] is what a payment notice holds; orders of other kinds share its parts, and those
//! of which orders are placed.

mod placing;

pub use placing::{
    CodeLink, Detail, Goods, H5Info, H5Kind, H5Link, H5Scene, LimitPay, Prepay, Scene, SettleInfo,
    StoreInfo,
};

use bon::Builder;
use serde::{Deserialize, Serialize};

use crate::api::lenient;
use crate::api::open_enum::open_enum;
use crate::datetime::DateTime;
use crate::money::Fen;

/// An order (订单) of a merchant of its own, as notices carry it.
///
/// Whether it is paid is told by [`trade_state`](Self::trade_state) and by nothing else. Before the
/// goods go out, hold `out_trade_no`, `mchid` and the amount against the order in your own books.
///
/// Source: <https://pay.weixin.qq.com/wiki/doc/apiv3/wxpay/pay/transactions/chapter3_11.shtml>
///
/// ```
/// use wechatpay_core::Fen;
/// use wechatpay_core::api::pay::transactions::{TradeState, Transaction};
///
/// let order: Transaction = serde_json::from_str(r#"{
///     "appid": "wxd678efh567hg6787",
///     "mchid": "1900000109",
///     "out_trade_no": "1217752501201407033233368018",
///     "transaction_id": "4208450740201411110007820472",
///     "trade_state": "SUCCESS",
///     "amount": { "total": 100, "payer_total": 90, "currency": "CNY", "payer_currency": "CNY" }
/// }"#)?;
/// assert_eq!(order.trade_state, TradeState::Success);
/// assert_eq!(order.amount.map(|amount| amount.total), Some(Fen::new(100)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Transaction {
    /// The application (应用ID) that placed the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appid: Option<String>,
    /// The merchant (商户号).
    pub mchid: String,
    /// The merchant's own number of the order (商户订单号).
    pub out_trade_no: String,
    /// The platform's number of the order (微信支付订单号); absent before it is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// How it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade_type: Option<TradeType>,
    /// What became of it.
    pub trade_state: TradeState,
    /// The state in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade_state_desc: Option<String>,
    /// The bank (付款银行), as the platform abbreviates it: `ICBC_DEBIT`, `OTHERS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_type: Option<String>,
    /// What the merchant attached to the order (附加数据).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attach: Option<String>,
    /// When it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_time: Option<DateTime>,
    /// Who paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<Payer>,
    /// The amounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Where it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<SceneInfo>,
    /// The coupons that were used.
    #[serde(
        default,
        deserialize_with = "lenient::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    #[builder(default)]
    pub promotion_detail: Vec<Promotion>,
}

open_enum! {
    /// How an order was paid (交易类型).
    TradeType {
        /// Within WeChat: an official account or a mini program.
        Jsapi = "JSAPI",
        /// A code that the merchant shows.
        Native = "NATIVE",
        /// Another application.
        App = "APP",
        /// A code that the payer shows (付款码).
        Micropay = "MICROPAY",
        /// A page in a browser of the phone.
        Mweb = "MWEB",
        /// The payer's face (刷脸支付).
        Facepay = "FACEPAY",
        /// A contract with the payer (委托代扣).
        Pap = "PAP",
    }
}

open_enum! {
    /// What became of an order (交易状态).
    TradeState {
        /// Paid.
        Success = "SUCCESS",
        /// Paid, and refunded in part or in whole since (转入退款).
        Refund = "REFUND",
        /// Not paid yet.
        NotPay = "NOTPAY",
        /// Closed without payment.
        Closed = "CLOSED",
        /// Taken back, of an order by a payer's code (已撤销).
        Revoked = "REVOKED",
        /// The payer is entering the password.
        UserPaying = "USERPAYING",
        /// The payment failed.
        PayError = "PAYERROR",
        /// Accepted, and to be charged later (已接收，等待扣款).
        Accept = "ACCEPT",
    }
}

/// Who paid.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Payer {
    /// The payer, as the merchant's application knows them (用户标识).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub openid: Option<String>,
}

/// The amounts of an order. An order is placed with a total, [`cny`](Self::cny); the rest is told by
/// answers.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Amount {
    /// What the order costs (总金额), in fen.
    pub total: Fen,
    /// What the payer paid after coupons (用户支付金额), in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_total: Option<Fen>,
    /// The currency of `total`: `CNY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The currency of `payer_total`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_currency: Option<String>,
}

impl Amount {
    /// A total in fen of renminbi, to place an order with.
    #[must_use]
    pub fn cny(total: Fen) -> Self {
        Self {
            total,
            payer_total: None,
            currency: Some("CNY".to_owned()),
            payer_currency: None,
        }
    }
}

/// Where an order was paid (场景信息).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct SceneInfo {
    /// The merchant's device or shop (商户端设备号).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
}

/// A coupon that was used in an order (优惠功能).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Promotion {
    /// The coupon (券ID).
    pub coupon_id: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<PromotionScope>,
    /// Whether its money was paid in before.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<PromotionKind>,
    /// What it took off, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Fen>,
    /// The batch (活动ID, 批次ID).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock_id: Option<String>,
    /// WeChat's share (微信出资), in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wechatpay_contribute: Option<Fen>,
    /// The merchant's share (商户出资), in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_contribute: Option<Fen>,
    /// Others' share (其他出资), in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_contribute: Option<Fen>,
    /// The currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The goods it was used for (单品列表).
    #[serde(
        default,
        deserialize_with = "lenient::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    #[builder(default)]
    pub goods_detail: Vec<PromotionGoods>,
}

open_enum! {
    /// What a coupon is for (优惠范围).
    PromotionScope {
        /// The whole order.
        Global = "GLOBAL",
        /// Certain goods.
        Single = "SINGLE",
    }
}

open_enum! {
    /// Whether a coupon's money was paid in before (优惠类型).
    PromotionKind {
        /// It was (充值型代金券): the merchant receives the coupon's amount too.
        Cash = "CASH",
        /// It was not (免充值型代金券).
        NoCash = "NOCASH",
    }
}

/// Goods that a coupon was used for.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct PromotionGoods {
    /// The merchant's code of the goods (商品编码).
    pub goods_id: String,
    /// How many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u64>,
    /// The price of one, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Fen>,
    /// What was taken off, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_amount: Option<Fen>,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods_remark: Option<String>,
}
