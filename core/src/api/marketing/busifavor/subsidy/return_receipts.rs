//! What came back of the subsidies of coupons (营销补差回退).
//!
//! ```
//! use wechatpay_core::api::marketing::busifavor::subsidy::{ReturnReceiptMade, ReturnStatus};
//!
//! let receipt: ReturnReceiptMade = serde_json::from_str(r#"{
//!     "stock_id": "128888000000001",
//!     "coupon_code": "ABCD12345678",
//!     "transaction_id": "4200000913202101152566792388",
//!     "refund_id": "50100506732021010105138718375",
//!     "payer_merchant": "1900000001",
//!     "payee_merchant": "1900000002",
//!     "amount": 100,
//!     "description": "20210115DESCRIPTION",
//!     "status": "RETURN_RECEIPT_ACCEPTED",
//!     "subsidy_receipt_id": "1120200119165100000000000001",
//!     "out_subsidy_return_no": "subsidy-abcd-12345678"
//! }"#)?;
//! match *receipt.status {
//!     ReturnStatus::Success => println!("returned as {:?}", receipt.subsidy_return_receipt_id),
//!     ReturnStatus::Accepted => println!("repeat the same request later"),
//!     ref other => println!("{other}: {:?}", receipt.fail_reason),
//! }
//! # Ok::<(), serde_json::Error>(())
//! ```

use bon::Builder;
use http::Method;
use serde::{Deserialize, Serialize};

use super::MARKS;
use crate::api::check;
use crate::api::open_enum::{AsSent, open_enum};
use crate::datetime::DateTime;
use crate::error::FieldError;
use crate::money::Fen;
use crate::operation::{Operation, Replay};

/// Returns a coupon's subsidy (营销补差回退): `POST /v3/marketing/busifavor/subsidy/return-receipts`.
///
/// Preconditions: the subsidised order was refunded; all returns of a coupon code together are at
/// most its subsidy. Coupons that give an amount or a rate off (满减券, 折扣券), not exchange coupons
/// (换购券). Direct merchants and service providers may call it.
///
/// Replay: [`out_subsidy_return_no`](Self::out_subsidy_return_no) is the key. `ACCEPTED` is not
/// final: repeat the same request. [`Query`] needs a number that is given only after success.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/merchant/4017147332>,
/// <https://pay.weixin.qq.com/doc/v3/partner/4017171673>
///
/// ```
/// use wechatpay_core::Fen;
/// use wechatpay_core::api::marketing::busifavor::subsidy::ReturnReceipt;
///
/// let take_back = ReturnReceipt::builder()
///     .stock_id("128888000000001")
///     .coupon_code("ABCD12345678")
///     .transaction_id("4200000913202101152566792388")
///     .refund_id("50100506732021010105138718375")
///     .payer_merchant("1900000001")
///     .payee_merchant("1900000002")
///     .amount(Fen::new(100))
///     .description("20210115DESCRIPTION")
///     .out_subsidy_return_no("subsidy-abcd-12345678")
///     .build();
/// # assert_eq!(take_back.amount.get(), 100);
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct ReturnReceipt {
    /// The coupon's stock (商家券批次号). 1 to 20 characters.
    pub stock_id: String,
    /// The coupon's code (券code). 1 to 128 characters.
    pub coupon_code: String,
    /// The platform's number of the subsidised order (微信支付订单号). 28 to 32 characters.
    pub transaction_id: String,
    /// The platform's number of its refund (微信支付退款单号). 28 to 32 characters.
    pub refund_id: String,
    /// Who paid the subsidy, and receives now. 1 to 32 characters.
    pub payer_merchant: String,
    /// Who received the subsidy, and pays now. 1 to 32 characters.
    pub payee_merchant: String,
    /// The amount, in fen; at least 1.
    pub amount: Fen,
    /// A remark. 1 to 1024 characters.
    pub description: String,
    /// The merchant's own number of the return (商户营销补差回退单号). 1 to 128 letters, digits and `|_*-`.
    pub out_subsidy_return_no: String,
}

impl Operation for ReturnReceipt {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/marketing/busifavor/subsidy/return-receipts";
    const REPLAY: Replay = Replay::Idempotent {
        key: "out_subsidy_return_no",
        window: None,
    };
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/merchant/4017147332";
    type Response = ReturnReceiptMade;

    fn check(&self) -> Result<(), FieldError> {
        check::id("stock_id", &self.stock_id, 1..=20)?;
        check::id("coupon_code", &self.coupon_code, 1..=128)?;
        check::id("transaction_id", &self.transaction_id, 28..=32)?;
        check::id("refund_id", &self.refund_id, 28..=32)?;
        check::id("payer_merchant", &self.payer_merchant, 1..=32)?;
        check::id("payee_merchant", &self.payee_merchant, 1..=32)?;
        check::positive("amount", self.amount)?;
        check::text("description", &self.description, 1..=1024)?;
        let number = &self.out_subsidy_return_no;
        check::number("out_subsidy_return_no", number, 1..=128, MARKS)
    }
}

/// Asks for one return (查询营销补差回退单详情):
/// `GET /v3/marketing/busifavor/subsidy/return-receipts/{subsidy_return_receipt_id}`.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/merchant/4017147344>
///
/// ```
/// use wechatpay_core::Merchant;
/// use wechatpay_core::api::marketing::busifavor::subsidy::return_receipts::Query;
///
/// let query = Query::builder()
///     .subsidy_return_receipt_id("2120200119165100000000000001")
///     .build();
/// let draft = Merchant::new("1900000001")?.draft(&query)?;
/// assert_eq!(
///     draft.target(),
///     "/v3/marketing/busifavor/subsidy/return-receipts/2120200119165100000000000001",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Query {
    /// The platform's number of the return (补差回退单号). 28 to 32 characters.
    #[serde(default, skip_serializing)]
    pub subsidy_return_receipt_id: String,
}

impl Operation for Query {
    const METHOD: Method = Method::GET;
    const PATH: &'static str =
        "/v3/marketing/busifavor/subsidy/return-receipts/{subsidy_return_receipt_id}";
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/merchant/4017147344";
    type Response = ReturnReceiptMade;

    fn path_args(&self) -> Vec<(&'static str, &str)> {
        vec![("subsidy_return_receipt_id", &self.subsidy_return_receipt_id)]
    }

    fn check(&self) -> Result<(), FieldError> {
        let id = &self.subsidy_return_receipt_id;
        check::id("subsidy_return_receipt_id", id, 28..=32)
    }
}

/// The answer to [`ReturnReceipt`] and [`Query`]. HTTP 200 is not success: look at
/// [`status`](Self::status).
#[non_exhaustive]
#[must_use = "HTTP 200 is not success: look at `status`"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct ReturnReceiptMade {
    /// The platform's number of the return (营销补差回退单号); only after success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subsidy_return_receipt_id: Option<String>,
    /// As sent.
    pub stock_id: String,
    /// As sent.
    pub coupon_code: String,
    /// As sent.
    pub transaction_id: String,
    /// As sent.
    pub refund_id: String,
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
    pub status: AsSent<ReturnStatus>,
    /// Why it failed, after a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[builder(into)]
    pub fail_reason: Option<AsSent<ReturnFailReason>>,
    /// When the money moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_done_time: Option<DateTime>,
    /// The platform's number of the subsidy that is undone (营销补差付款单号).
    pub subsidy_receipt_id: String,
    /// As sent.
    pub out_subsidy_return_no: String,
    /// When the return was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_create_time: Option<DateTime>,
}

open_enum! {
    /// What became of a return (补差回退单据状态). The documents know each value with and without the
    /// prefix.
    ReturnStatus {
        /// Accepted, not final: repeat the same request.
        Accepted = "RETURN_RECEIPT_ACCEPTED" | "ACCEPTED",
        /// The money is back.
        Success = "RETURN_RECEIPT_SUCCESS" | "SUCCESS",
        /// No money moved.
        Fail = "RETURN_RECEIPT_FAIL" | "FAIL",
        /// Not known to the platform either.
        Unknown = "RETURN_RECEIPT_UNKNOWN" | "UNKNOWN",
    }
}

open_enum! {
    /// Why a return failed. The documents know each value with and without the prefix.
    ReturnFailReason {
        /// The payee's balance does not cover the amount.
        InsufficientBalance = "RETURN_RECEIPT_INSUFFICIENT_BALANCE" | "INSUFFICIENT_BALANCE",
        /// Another reason, which the platform calls `OTHER`.
        Unspecified = "RETURN_RECEIPT_OTHER" | "OTHER",
    }
}
