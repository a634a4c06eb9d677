use bon::Builder;
use serde::{Deserialize, Serialize};

use crate::api::ecommerce::refunds::{RefundAccount, RefundStatus};
use crate::datetime::DateTime;
use crate::money::Fen;

/// A refund (退款) that ended, as notices carry it: a direct merchant's, a sub-merchant's, or that of
/// an e-commerce platform (电商收付通).
///
/// A refund that is not a success is not over for good: an abnormal one waits for another account.
///
/// Source: <https://pay.weixin.qq.com/docs/partner/apis/ecommerce-refund/refund-result.html>
///
/// ```
/// use wechatpay_core::Fen;
/// use wechatpay_core::notice::{Refund, RefundStatus};
///
/// let refund: Refund = serde_json::from_str(r#"{
///     "sp_mchid": "1900001109",
///     "sub_mchid": "1900000109",
///     "out_trade_no": "20150806125346",
///     "transaction_id": "4208450740201411110007820472",
///     "out_refund_no": "1217752501201407033233368018",
///     "refund_id": "3008450740201411110007820472",
///     "refund_status": "SUCCESS",
///     "amount": { "total": 999, "refund": 888, "payer_total": 999, "payer_refund": 888 }
/// }"#)?;
/// assert_eq!(refund.refund_status, RefundStatus::Success);
/// assert_eq!(refund.amount.map(|amount| amount.refund), Some(Fen::new(888)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Refund {
    /// The merchant (商户号), where it is one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mchid: Option<String>,
    /// The service provider or e-commerce platform (服务商户号), where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sp_mchid: Option<String>,
    /// The sub-merchant (子商户号, 二级商户号), where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<String>,
    /// The merchant's own number of the order (商户订单号).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_trade_no: Option<String>,
    /// The platform's number of the order (微信支付订单号).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// The merchant's own number of the refund (商户退款单号).
    pub out_refund_no: String,
    /// The platform's number of the refund (微信支付退款单号), which the return of a subsidy asks for.
    pub refund_id: String,
    /// What became of it.
    pub refund_status: RefundStatus,
    /// When it arrived; absent unless it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_time: Option<DateTime>,
    /// Where it arrived (退款入账账户): personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_received_account: Option<String>,
    /// The amounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<RefundAmount>,
    /// Whose money it was, for an e-commerce platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_account: Option<RefundAccount>,
}

/// The amounts of a refund, in fen.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct RefundAmount {
    /// What the order cost (订单金额).
    pub total: Fen,
    /// What is refunded (退款金额).
    pub refund: Fen,
    /// What the payer paid after coupons (用户支付金额).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_total: Option<Fen>,
    /// What the payer gets back, without coupons (用户退款金额).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_refund: Option<Fen>,
    /// The currency of `total` and `refund`, where it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The currency of the payer's amounts, where it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_currency: Option<String>,
}
