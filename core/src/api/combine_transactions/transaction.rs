use bon::Builder;
use serde::{Deserialize, Serialize};

use crate::api::lenient;
use crate::api::pay::transactions::{Promotion, SceneInfo, TradeState, TradeType};
use crate::datetime::DateTime;
use crate::money::Fen;

/// A combined order, as notices carry it and queries tell it.
///
/// Each sub-order has a state, an amount and a `transaction_id` of its own; subsidies, refunds and
/// profit sharing take those of the sub-order.
///
/// Source: <https://pay.weixin.qq.com/docs/partner/apis/combine-payment/orders/payment-notice.html>
///
/// ```
/// use wechatpay_core::Fen;
/// use wechatpay_core::api::combine_transactions::Transaction;
/// use wechatpay_core::api::pay::transactions::TradeState;
///
/// let order: Transaction = serde_json::from_str(r#"{
///     "combine_appid": "wxd678efh567hg6787",
///     "combine_mchid": "1900000109",
///     "combine_out_trade_no": "P20150806125346",
///     "sub_orders": [{
///         "mchid": "1900000109",
///         "sub_mchid": "1230000109",
///         "out_trade_no": "20150806125346",
///         "transaction_id": "4208450740201411110007820472",
///         "trade_state": "SUCCESS",
///         "amount": { "total_amount": 10, "payer_amount": 10, "currency": "CNY" }
///     }]
/// }"#)?;
/// for paid in order.sub_orders.iter().filter(|sub| sub.trade_state == TradeState::Success) {
///     assert_eq!(paid.amount.as_ref().map(|amount| amount.total_amount), Some(Fen::new(10)));
/// }
/// # Ok::<(), serde_json::Error>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Transaction {
    /// The application of the one who combined (合单商户appid).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine_appid: Option<String>,
    /// Who combined the orders (合单商户号).
    pub combine_mchid: String,
    /// Their own number of the combined order (合单商户订单号).
    pub combine_out_trade_no: String,
    /// The platform's number of the combined order, where it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine_transaction_id: Option<String>,
    /// Where it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<SceneInfo>,
    /// The sub-orders (子单).
    #[serde(default, deserialize_with = "lenient::list")]
    pub sub_orders: Vec<SubOrder>,
    /// Who paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine_payer_info: Option<Payer>,
}

/// One order of a combined order (子单).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct SubOrder {
    /// Who placed it (子单商户号): the service provider where there is a sub-merchant.
    pub mchid: String,
    /// The sub-merchant (二级商户号) that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<String>,
    /// The sub-merchant's application (子商户应用ID).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_appid: Option<String>,
    /// The payer, as the sub-merchant's application knows them (用户子标识).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_openid: Option<String>,
    /// The merchant's own number of the sub-order (子单商户订单号).
    pub out_trade_no: String,
    /// The platform's number of the sub-order (微信订单号), which subsidies and profit sharing ask for;
    /// absent before it is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// How it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade_type: Option<TradeType>,
    /// What became of it.
    pub trade_state: TradeState,
    /// The bank (付款银行), as the platform abbreviates it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_type: Option<String>,
    /// What the merchant attached to the order (附加数据).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attach: Option<String>,
    /// When it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_time: Option<DateTime>,
    /// The amounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<SubAmount>,
    /// The coupons that were used.
    #[serde(
        default,
        deserialize_with = "lenient::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    #[builder(default)]
    pub promotion_detail: Vec<Promotion>,
}

/// The amounts of a sub-order. It is placed with a total, [`cny`](Self::cny); the rest is told by
/// answers.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct SubAmount {
    /// What the sub-order costs (标价金额), in fen.
    pub total_amount: Fen,
    /// The currency of `total_amount`: `CNY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What the payer paid after coupons (现金支付金额), in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_amount: Option<Fen>,
    /// The currency of `payer_amount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_currency: Option<String>,
    /// The rate between the two currencies (结算汇率), times 100,000,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement_rate: Option<i64>,
}

impl SubAmount {
    /// A total in fen of renminbi, to place a sub-order with.
    #[must_use]
    pub fn cny(total_amount: Fen) -> Self {
        Self {
            total_amount,
            currency: Some("CNY".to_owned()),
            payer_amount: None,
            payer_currency: None,
            settlement_rate: None,
        }
    }
}

/// Who pays, or paid, a combined order (支付者).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Payer {
    /// The payer, as the application of the one who combined knows them (用户标识). 1 to 128
    /// characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub openid: Option<String>,
    /// The payer, as the application of a sub-merchant knows them (用户子标识). 1 to 128 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_openid: Option<String>,
}
