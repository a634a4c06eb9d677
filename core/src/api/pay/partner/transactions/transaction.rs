use bon::Builder;
use serde::{Deserialize, Serialize};

use crate::api::lenient;
use crate::api::pay::transactions::{Amount, Promotion, SceneInfo, TradeState, TradeType};
use crate::datetime::DateTime;

/// An order (订单) of a sub-merchant, as notices carry it and queries tell it.
///
/// Whether it is paid is told by [`trade_state`](Self::trade_state) and by nothing else. Before the
/// goods go out, hold `out_trade_no`, both merchants and the amount against the order in your own
/// books.
///
/// Source: <https://pay.weixin.qq.com/wiki/doc/apiv3/wxpay/pay/transactions/chapter5_11.shtml>
///
/// ```
/// use wechatpay_core::api::pay::partner::transactions::Transaction;
/// use wechatpay_core::api::pay::transactions::TradeState;
///
/// let order: Transaction = serde_json::from_str(r#"{
///     "sp_mchid": "1230000109",
///     "sub_mchid": "1900000109",
///     "out_trade_no": "1217752501201407033233368018",
///     "trade_state": "NOTPAY"
/// }"#)?;
/// assert_eq!(order.trade_state, TradeState::NotPay);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Transaction {
    /// The service provider's application (服务商应用ID).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sp_appid: Option<String>,
    /// The service provider (服务商户号).
    pub sp_mchid: String,
    /// The sub-merchant's application (子商户应用ID).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_appid: Option<String>,
    /// The sub-merchant (子商户号, 二级商户号).
    pub sub_mchid: String,
    /// The merchant's own number of the order (商户订单号).
    pub out_trade_no: String,
    /// The platform's number of the order (微信支付订单号), which subsidies and profit sharing ask for;
    /// absent before it is paid.
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

/// Who paid.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Payer {
    /// The payer, as the service provider's application knows them (用户服务标识).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sp_openid: Option<String>,
    /// The payer, as the sub-merchant's application knows them (用户子标识).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_openid: Option<String>,
}
