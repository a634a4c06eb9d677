//! What coupons were subsidised with (营销补差付款).
//!
//! ```
//! use wechatpay_core::api::marketing::busifavor::subsidy::{PayReceipt, PayStatus};
//!
//! let receipt: PayReceipt = serde_json::from_str(r#"{
//!     "stock_id": "128888000000001",
//!     "coupon_code": "ABCD12345678",
//!     "transaction_id": "4200000913202101152566792388",
//!     "payer_merchant": "1900000001",
//!     "payee_merchant": "1900000002",
//!     "amount": 100,
//!     "description": "20210115DESCRIPTION",
//!     "status": "FAIL",
//!     "fail_reason": "INSUFFICIENT_BALANCE",
//!     "out_subsidy_no": "subsidy-abcd-12345678"
//! }"#)?;
//! match *receipt.status {
//!     PayStatus::Success => println!("paid as {:?}", receipt.subsidy_receipt_id),
//!     PayStatus::Accepted => println!("ask again, or repeat the same request later"),
//!     ref other => println!("{other}: {:?}", receipt.fail_reason),
//! }
//! # Ok::<(), serde_json::Error>(())
//! ```

use bon::Builder;
use http::Method;
use serde::{Deserialize, Serialize};

use super::MARKS;
use crate::api::check;
use crate::api::lenient;
use crate::api::open_enum::{AsSent, open_enum};
use crate::datetime::DateTime;
use crate::error::FieldError;
use crate::money::Fen;
use crate::operation::{Operation, Replay};

const PATH: &str = "/v3/marketing/busifavor/subsidy/pay-receipts";

/// Subsidises a coupon (营销补差付款): `POST /v3/marketing/busifavor/subsidy/pay-receipts`.
///
/// Preconditions: the coupon was used for an order that was paid by WeChat Pay, and its stock was
/// made with `subsidy: true`. The payer made the coupon or owns it; the payee owns it or belongs to
/// the owner's brand. Coupons that give an amount off (满减券), by some documents also a rate off
/// (折扣券); not exchange coupons (换购券). Direct merchants and service providers may call it.
///
/// Replay: [`out_subsidy_no`](Self::out_subsidy_no) is the key. `ACCEPTED` is not final: repeat the
/// same request, or [`List`] by that number.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/merchant/4017147321>
///
/// ```
/// use wechatpay_core::Fen;
/// use wechatpay_core::api::marketing::busifavor::subsidy::pay_receipts::Create;
///
/// let pay = Create::builder()
///     .stock_id("128888000000001")
///     .coupon_code("ABCD12345678")
///     .transaction_id("4200000913202101152566792388")
///     .payer_merchant("1900000001")
///     .payee_merchant("1900000002")
///     .amount(Fen::new(100))
///     .description("20210115DESCRIPTION")
///     .out_subsidy_no("subsidy-abcd-12345678")
///     .build();
/// # assert_eq!(pay.amount.get(), 100);
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Create {
    /// The coupon's stock (商家券批次号). 1 to 20 characters.
    pub stock_id: String,
    /// The coupon's code (券code). 1 to 128 characters.
    pub coupon_code: String,
    /// The platform's number of the order (微信支付订单号). 28 to 32 characters.
    pub transaction_id: String,
    /// Who pays the subsidy. 1 to 32 characters.
    pub payer_merchant: String,
    /// Who receives it. 1 to 32 characters.
    pub payee_merchant: String,
    /// The amount, in fen; at least 1, at most what the coupon takes off, and at most
    /// 500,000.
    pub amount: Fen,
    /// A remark. 1 to 1024 characters.
    pub description: String,
    /// The merchant's own number of the subsidy (业务请求唯一单号). 1 to 128 letters, digits and
    /// `|_*-`.
    pub out_subsidy_no: String,
}

impl Operation for Create {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = PATH;
    const REPLAY: Replay = Replay::Idempotent {
        key: "out_subsidy_no",
        window: None,
    };
    const SETTLED_BY: Option<&'static str> =
        Some("GET /v3/marketing/busifavor/subsidy/pay-receipts");
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/merchant/4017147321";
    type Response = PayReceipt;

    fn check(&self) -> Result<(), FieldError> {
        check::id("stock_id", &self.stock_id, 1..=20)?;
        check::id("coupon_code", &self.coupon_code, 1..=128)?;
        check::id("transaction_id", &self.transaction_id, 28..=32)?;
        check::id("payer_merchant", &self.payer_merchant, 1..=32)?;
        check::id("payee_merchant", &self.payee_merchant, 1..=32)?;
        check::positive("amount", self.amount)?;
        check::text("description", &self.description, 1..=1024)?;
        check::number("out_subsidy_no", &self.out_subsidy_no, 1..=128, MARKS)
    }
}

/// Lists what a coupon was subsidised with (查询营销补差付款单列表):
/// `GET /v3/marketing/busifavor/subsidy/pay-receipts`.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/partner/4017171346>
///
/// ```
/// use wechatpay_core::api::marketing::busifavor::subsidy::pay_receipts::List;
///
/// let list = List::builder()
///     .stock_id("128888000000001")
///     .coupon_code("ABCD12345678")
///     .out_subsidy_no("subsidy-abcd-12345678")
///     .build();
/// # assert_eq!(list.coupon_code, "ABCD12345678");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct List {
    /// The coupon's stock (商家券批次号). 1 to 20 characters.
    pub stock_id: String,
    /// The coupon's code (券code). 1 to 128 characters.
    pub coupon_code: String,
    /// The merchant's own number of one subsidy (业务请求唯一单号); without it all are listed. 1 to
    /// 128 letters, digits and `|_*-`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_subsidy_no: Option<String>,
}

impl Operation for List {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = PATH;
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/partner/4017171346";
    type Response = PayReceipts;

    fn check(&self) -> Result<(), FieldError> {
        check::id("stock_id", &self.stock_id, 1..=20)?;
        check::id("coupon_code", &self.coupon_code, 1..=128)?;
        self.out_subsidy_no.as_deref().map_or(Ok(()), |number| {
            check::number("out_subsidy_no", number, 1..=128, MARKS)
        })
    }
}

/// The answer to [`List`]. That it came says nothing of the money: look at each `status`.
///
/// ```
/// use wechatpay_core::api::marketing::busifavor::subsidy::pay_receipts::PayReceipts;
///
/// let none: PayReceipts = serde_json::from_str("{}")?;
/// assert!(none.pay_receipt_list.is_empty());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[non_exhaustive]
#[must_use = "HTTP 200 is not success: look at each `status`"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
pub struct PayReceipts {
    /// The subsidies (补差付款单据列表); empty when there is none.
    #[serde(default, deserialize_with = "lenient::list")]
    #[builder(default)]
    pub pay_receipt_list: Vec<PayReceipt>,
}

/// Asks for one subsidy (查询营销补差付款单详情):
/// `GET /v3/marketing/busifavor/subsidy/pay-receipts/{subsidy_receipt_id}`.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/merchant/4017147336>
///
/// ```
/// use wechatpay_core::Merchant;
/// use wechatpay_core::api::marketing::busifavor::subsidy::pay_receipts::Query;
///
/// let query = Query::builder().subsidy_receipt_id("1120200119165100000000000001").build();
/// let draft = Merchant::new("1900000001")?.draft(&query)?;
/// assert_eq!(
///     draft.target(),
///     "/v3/marketing/busifavor/subsidy/pay-receipts/1120200119165100000000000001",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Query {
    /// The platform's number of the subsidy (补差付款单号). 28 to 32 characters.
    #[serde(default, skip_serializing)]
    pub subsidy_receipt_id: String,
}

impl Operation for Query {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/marketing/busifavor/subsidy/pay-receipts/{subsidy_receipt_id}";
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/merchant/4017147336";
    type Response = PayReceipt;

    fn path_args(&self) -> Vec<(&'static str, &str)> {
        vec![("subsidy_receipt_id", &self.subsidy_receipt_id)]
    }

    fn check(&self) -> Result<(), FieldError> {
        check::id("subsidy_receipt_id", &self.subsidy_receipt_id, 28..=32)
    }
}

/// The answer to [`Create`] and [`Query`], and an entry of [`List`]'s. HTTP 200 is not success: look
/// at [`status`](Self::status).
#[non_exhaustive]
#[must_use = "HTTP 200 is not success: look at `status`"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct PayReceipt {
    /// The platform's number of the subsidy (补差付款单号); only after success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subsidy_receipt_id: Option<String>,
    /// As sent.
    pub stock_id: String,
    /// As sent.
    pub coupon_code: String,
    /// As sent.
    pub transaction_id: String,
    /// As sent.
    pub payer_merchant: String,
    /// As sent.
    pub payee_merchant: String,
    /// As sent, in fen.
    pub amount: Fen,
    /// As sent.
    pub description: String,
    /// Whether the money moved.
    #[builder(into)]
    pub status: AsSent<PayStatus>,
    /// Why it failed, after a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[builder(into)]
    pub fail_reason: Option<AsSent<PayFailReason>>,
    /// When the money moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_time: Option<DateTime>,
    /// As sent.
    pub out_subsidy_no: String,
    /// When the subsidy was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_time: Option<DateTime>,
}

open_enum! {
    /// What became of a subsidy (补差付款单据状态). The documents know each value with and without the
    /// prefix.
    PayStatus {
        /// Accepted, not final: repeat the same request, or list.
        Accepted = "PAY_RECEIPT_ACCEPTED" | "ACCEPTED",
        /// The payee has the subsidy.
        Success = "PAY_RECEIPT_SUCCESS" | "SUCCESS",
        /// No money moved.
        Fail = "PAY_RECEIPT_FAIL" | "FAIL",
        /// Paid, and being returned.
        Returning = "PAY_RECEIPT_RETURNING" | "RETURNING",
        /// Paid, and returned in part.
        PartialReturn = "PAY_RECEIPT_PARTIAL_RETURN" | "PARTIAL_RETURN",
        /// Paid, and wholly returned.
        FullReturn = "PAY_RECEIPT_FULL_RETURN" | "FULL_RETURN",
        /// Not known to the platform either.
        Unknown = "PAY_RECEIPT_UNKNOWN" | "UNKNOWN",
    }
}

open_enum! {
    /// Why a subsidy failed. The documents know each value with and without the prefix.
    PayFailReason {
        /// The payer's balance does not cover the amount (扣款商户余额不足).
        InsufficientBalance = "PAY_RECEIPT_INSUFFICIENT_BALANCE" | "INSUFFICIENT_BALANCE",
        /// The order is not for sharing (非分账订单).
        NotIncomesplitOrder = "PAY_RECEIPT_NOT_INCOMESPLIT_ORDER" | "NOT_INCOMESPLIT_ORDER",
        /// The order's subsidies come to too much (超出订单补差总额限制).
        ExceedSubsidyAmountQuota = "PAY_RECEIPT_EXCEED_SUBSIDY_AMOUNT_QUOTA"
            | "EXCEED_SUBSIDY_AMOUNT_QUOTA",
        /// The order has too many subsidies (超出订单补差总数限制).
        ExceedSubsidyCountQuota = "PAY_RECEIPT_EXCEED_SUBSIDY_COUNT_QUOTA"
            | "EXCEED_SUBSIDY_COUNT_QUOTA",
        /// Another reason, which the platform calls `OTHER`.
        Unspecified = "PAY_RECEIPT_OTHER" | "OTHER",
    }
}
