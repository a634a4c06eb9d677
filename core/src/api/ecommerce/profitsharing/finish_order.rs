//! The end of an order's sharing (完结分账): the rest is released to the sub-merchant.
//!
//! ```
//! use wechatpay_core::api::ecommerce::profitsharing::finish_order::Accepted;
//!
//! let accepted: Accepted = serde_json::from_str(r#"{
//!     "sub_mchid": "1900000109",
//!     "transaction_id": "4208450740201411110007820472",
//!     "out_order_no": "P20150806125346",
//!     "order_id": "3008450740201411110007820472"
//! }"#)?;
//! // Ask `orders::Query` under the same number what became of it.
//! assert_eq!(accepted.out_order_no, "P20150806125346");
//! # Ok::<(), serde_json::Error>(())
//! ```

use bon::Builder;
use http::Method;
use serde::{Deserialize, Serialize};

use super::MARKS;
use crate::api::check;
use crate::error::FieldError;
use crate::operation::{Operation, Replay};

/// Ends an order's sharing (完结分账): `POST /v3/ecommerce/profitsharing/finish-order`.
///
/// What is not shared is released to the sub-merchant, and the order can be shared no further; an
/// order that is not shared at all may be ended too. After 180 days this happens by itself. The
/// answer says only that the request was accepted: [`orders::Query`](super::orders::Query) tells the
/// outcome.
///
/// Replay: [`out_order_no`](Self::out_order_no) is the key; repeat with the same number and the
/// same parameters.
///
/// Source: <https://pay.weixin.qq.com/wiki/doc/apiv3/wxpay/ecommerce/profitsharing/chapter3_5.shtml>
///
/// ```
/// use wechatpay_core::api::ecommerce::profitsharing::finish_order::Finish;
///
/// let finish = Finish::builder()
///     .sub_mchid("1900000109")
///     .transaction_id("4208450740201411110007820472")
///     .out_order_no("P20150806125346")
///     .description("分账完结")
///     .build();
/// # assert_eq!(finish.notify_url, None);
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Finish {
    /// The sub-merchant (二级商户号), to which the rest is released. 1 to 32 characters.
    pub sub_mchid: String,
    /// The platform's number of the order (微信订单号). 1 to 32 characters.
    pub transaction_id: String,
    /// The merchant's own number of the finish (商户分账单号): a new one, unlike that of any round. 1
    /// to 64 letters, digits and `_-|*@`.
    pub out_order_no: String,
    /// A remark (分账描述), which the sharing bill shows. 1 to 80 characters.
    pub description: String,
    /// Where the outcome is notified, a public URL without a query; missing in some documents. 1 to
    /// 256 characters, as in other operations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_url: Option<String>,
}

impl Operation for Finish {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/ecommerce/profitsharing/finish-order";
    const REPLAY: Replay = Replay::Idempotent {
        key: "out_order_no",
        window: None,
    };
    const SETTLED_BY: Option<&'static str> = Some("GET /v3/ecommerce/profitsharing/orders");
    const SOURCE: &'static str =
        "https://pay.weixin.qq.com/wiki/doc/apiv3/wxpay/ecommerce/profitsharing/chapter3_5.shtml";
    type Response = Accepted;

    fn check(&self) -> Result<(), FieldError> {
        check::id("sub_mchid", &self.sub_mchid, 1..=32)?;
        check::id("transaction_id", &self.transaction_id, 1..=32)?;
        check::number("out_order_no", &self.out_order_no, 1..=64, MARKS)?;
        check::text("description", &self.description, 1..=80)?;
        check::optional_notify_url("notify_url", self.notify_url.as_deref())
    }
}

/// The answer to [`Finish`]: accepted, and not more than that.
/// [`orders::Query`](super::orders::Query) tells the outcome.
#[non_exhaustive]
#[must_use = "accepted is not done: query the outcome"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Accepted {
    /// As sent.
    pub sub_mchid: String,
    /// As sent.
    pub transaction_id: String,
    /// As sent.
    pub out_order_no: String,
    /// The platform's number of the finish (微信分账单号).
    pub order_id: String,
}
