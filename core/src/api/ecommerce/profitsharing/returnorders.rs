//! Returns of shared profit (分账回退): a merchant that received gives its part back to the
//! sub-merchant, as a rule before the order is refunded.
//!
//! A return that is `PROCESSING` is not over. **Never change its number then**: the same parameters
//! under another `out_return_no` are another return, and the money comes back twice. Repeat the same
//! request, or ask by [`Query`]. After five days without success the platform fails it.
//!
//! ```
//! use wechatpay_core::api::ecommerce::profitsharing::returnorders::{Returned, ReturnState};
//!
//! let returned: Returned = serde_json::from_str(r#"{
//!     "sub_mchid": "1900000109",
//!     "order_id": "3008450740201411110007820472",
//!     "out_order_no": "P20150806125346",
//!     "out_return_no": "R20190516001",
//!     "return_mchid": "86693852",
//!     "amount": 10,
//!     "return_no": "3008450740201411110007820472",
//!     "result": "PROCESSING"
//! }"#)?;
//! match *returned.result {
//!     ReturnState::Success => println!("{} came back", returned.amount),
//!     ReturnState::Processing => println!("query {} again", returned.out_return_no),
//!     ref other => println!("{other}: {:?}", returned.fail_reason),
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

const PATH: &str = "/v3/ecommerce/profitsharing/returnorders";

/// Takes a receiver's part back (请求分账回退):
/// `POST /v3/ecommerce/profitsharing/returnorders`.
///
/// Preconditions: the round is finished, the receiver's result is a success, and the receiver is a
/// merchant: people cannot be asked to return. Within 180 days, up to 50 returns per round (20 in
/// older documents), together no more than the receiver's part. Rate: 100 calls per second.
///
/// Replay: [`out_return_no`](Self::out_return_no) is the key. While the result is `PROCESSING`,
/// never change it: repeat with the same number and the same parameters, or [`Query`].
///
/// Source: <https://pay.weixin.qq.com/docs/partner/apis/ecommerce-profit-sharing/return-orders/create-return-order.html>
///
/// ```
/// use wechatpay_core::Fen;
/// use wechatpay_core::api::ecommerce::profitsharing::returnorders::Create;
///
/// let take_back = Create::builder()
///     .sub_mchid("1900000109")
///     .order_id("3008450740201411110007820472")
///     .out_return_no("R20190516001")
///     .return_mchid("86693852")
///     .amount(Fen::new(10))
///     .description("分账回退")
///     .build();
/// # assert_eq!(take_back.out_order_no, None);
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Create {
    /// The sub-merchant that shared (二级商户号), and receives now. 1 to 32 characters.
    pub sub_mchid: String,
    /// The platform's number of the round (微信分账单号); this or
    /// [`out_order_no`](Self::out_order_no). 1 to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// The merchant's own number of the round (商户分账单号); this or [`order_id`](Self::order_id).
    /// The documents want one of the two, and an older example has both. 1 to 64 letters, digits and
    /// `_-|*@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_order_no: Option<String>,
    /// The merchant's own number of the return (商户回退单号). 1 to 64 letters, digits and `_-|*@`.
    pub out_return_no: String,
    /// Who gives back (回退商户号): the receiver's account in the round. 1 to 32 characters.
    pub return_mchid: String,
    /// The amount, in fen; at least 1, and with all other returns at most the receiver's part.
    pub amount: Fen,
    /// A remark (回退描述). 1 to 80 characters.
    pub description: String,
    /// The platform's number of the order (微信订单号); in documents since 2025. 1 to 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
}

impl Operation for Create {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = PATH;
    const REPLAY: Replay = Replay::Idempotent {
        key: "out_return_no",
        window: None,
    };
    const SETTLED_BY: Option<&'static str> = Some("GET /v3/ecommerce/profitsharing/returnorders");
    const SOURCE: &'static str = "https://pay.weixin.qq.com/docs/partner/apis/ecommerce-profit-sharing/return-orders/create-return-order.html";
    type Response = Returned;

    fn check(&self) -> Result<(), FieldError> {
        check::id("sub_mchid", &self.sub_mchid, 1..=32)?;
        check_round(self.order_id.as_deref(), self.out_order_no.as_deref())?;
        check::number("out_return_no", &self.out_return_no, 1..=64, MARKS)?;
        check::id("return_mchid", &self.return_mchid, 1..=32)?;
        check::positive("amount", self.amount)?;
        check::text("description", &self.description, 1..=80)?;
        check::optional_id("transaction_id", self.transaction_id.as_deref(), 1..=32)
    }
}

/// Asks what became of a return (查询分账回退结果):
/// `GET /v3/ecommerce/profitsharing/returnorders`.
///
/// Source: <https://pay.weixin.qq.com/wiki/doc/apiv3/apis/chapter7_4_4.shtml>
///
/// ```
/// use wechatpay_core::api::ecommerce::profitsharing::returnorders::Query;
///
/// let query = Query::builder()
///     .sub_mchid("1900000109")
///     .out_order_no("P20150806125346")
///     .out_return_no("R20190516001")
///     .build();
/// # assert_eq!(query.order_id, None);
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Query {
    /// The sub-merchant that shared (二级商户号). 1 to 32 characters.
    pub sub_mchid: String,
    /// The platform's number of the round (微信分账单号); this or
    /// [`out_order_no`](Self::out_order_no). 1 to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// The merchant's own number of the round (商户分账单号); this or [`order_id`](Self::order_id). 1
    /// to 64 letters, digits and `_-|*@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_order_no: Option<String>,
    /// The merchant's own number of the return (商户回退单号). 1 to 64 letters, digits and `_-|*@`.
    pub out_return_no: String,
}

impl Operation for Query {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = PATH;
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/wiki/doc/apiv3/apis/chapter7_4_4.shtml";
    type Response = Returned;

    fn check(&self) -> Result<(), FieldError> {
        check::id("sub_mchid", &self.sub_mchid, 1..=32)?;
        check_round(self.order_id.as_deref(), self.out_order_no.as_deref())?;
        check::number("out_return_no", &self.out_return_no, 1..=64, MARKS)
    }
}

/// Both are left to the platform: an official example has both.
fn check_round(order_id: Option<&str>, out_order_no: Option<&str>) -> Result<(), FieldError> {
    if order_id.is_none() && out_order_no.is_none() {
        let limit = "given where out_order_no is not";
        return Err(FieldError::new("order_id", limit, order_id));
    }
    check::optional_id("order_id", order_id, 1..=64)?;
    out_order_no.map_or(Ok(()), |number| {
        check::number("out_order_no", number, 1..=64, MARKS)
    })
}

/// The answer to [`Create`] and [`Query`]. HTTP 200 is not success: look at
/// [`result`](Self::result).
#[non_exhaustive]
#[must_use = "HTTP 200 is not success: look at `result`"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Returned {
    /// As sent.
    pub sub_mchid: String,
    /// The platform's number of the round (微信分账单号).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// The merchant's own number of the round (商户分账单号).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_order_no: Option<String>,
    /// As sent.
    pub out_return_no: String,
    /// As sent.
    pub return_mchid: String,
    /// As sent, in fen.
    pub amount: Fen,
    /// The platform's number of the return (微信回退单号).
    pub return_no: String,
    /// Whether the money came back.
    #[builder(into)]
    pub result: AsSent<ReturnState>,
    /// Why it failed, after a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fail_reason: Option<FailReason>,
    /// When it ended; absent while it is being processed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_time: Option<DateTime>,
}

open_enum! {
    /// What became of a return (回退结果). The documents know a failure by two words.
    ReturnState {
        /// Not over: repeat under the same number, or query.
        Processing = "PROCESSING",
        /// The sub-merchant has the money back. Final.
        Success = "SUCCESS",
        /// No money moved. Final.
        Failed = "FAILED" | "FAIL",
    }
}

open_enum! {
    /// Why a return failed (失败原因). Some documents list the first two only.
    FailReason {
        /// The account of the one who gives back is abnormal (原分账接收方账户异常).
        AccountAbnormal = "ACCOUNT_ABNORMAL",
        /// It was closed after five days (超时关单).
        TimeOutClosed = "TIME_OUT_CLOSED",
        /// The account of the one who shared is abnormal (原分账分出方账户异常).
        PayerAccountAbnormal = "PAYER_ACCOUNT_ABNORMAL",
        /// The description could not be set (描述参数设置失败).
        InvalidRequest = "INVALID_REQUEST",
    }
}
