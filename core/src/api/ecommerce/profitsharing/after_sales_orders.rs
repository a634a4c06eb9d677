//! After-sales service fees (售后服务分账): the platform takes a fee for a refund or a change of
//! ticket out of what the sub-merchant received.
//!
//! [`Create`] is accepted at once and carried out later; [`Query`] tells what became of it.
//!
//! ```
//! use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders::{Order, OrderState};
//!
//! let order: Order = serde_json::from_str(r#"{
//!     "sub_mchid": "1900000109",
//!     "transaction_id": "3008450740201411110007820472",
//!     "amount": 10,
//!     "result": "PROCESSING"
//! }"#)?;
//! assert_eq!(order.result, OrderState::Processing);
//! assert_eq!(order.finish_time, None);
//! # Ok::<(), serde_json::Error>(())
//! ```

use bon::Builder;
use http::Method;
use serde::{Deserialize, Serialize};

use crate::api::check;
use crate::api::open_enum::open_enum;
use crate::datetime::DateTime;
use crate::error::FieldError;
use crate::money::Fen;
use crate::operation::{Operation, Replay};

const PATH: &str = "/v3/ecommerce/profitsharing/after-sales-orders";

/// Takes an after-sales service fee (请求售后服务分账):
/// `POST /v3/ecommerce/profitsharing/after-sales-orders`.
///
/// Preconditions: the order was refunded by [`refund_id`](Self::refund_id), and the amount is at
/// most the order's and within the sharing ratio. The answer says only that the request was
/// accepted: [`Query`] tells the outcome.
///
/// Replay: the request has no number of the merchant's; the order and the refund are its key.
/// Repeat with identical parameters, or [`Query`] first.
///
/// Source: <https://pay.weixin.qq.com/docs/partner/products/ecommerce/introduction.html>
///
/// ```
/// use wechatpay_core::Fen;
/// use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders::{Create, Scene};
///
/// let fee = Create::builder()
///     .sub_mchid("1900000109")
///     .transaction_id("3008450740201411110007820472")
///     .amount(Fen::new(10))
///     .scene(Scene::RefundTicket)
///     .refund_id("50000000382019052709732678859")
///     .build();
/// # assert_eq!(fee.kind.as_str(), "SERVICE_FEE_INCOME");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Create {
    /// The sub-merchant that pays (分账出资商户). 1 to 32 characters.
    pub sub_mchid: String,
    /// The platform's number of the order (微信订单号). 1 to 64 characters.
    pub transaction_id: String,
    /// The fee that goes to the platform, in fen; at least 1.
    pub amount: Fen,
    /// `type` on the wire: what kind of income it is. There is one kind, which is the default.
    #[serde(rename = "type")]
    #[builder(default = Kind::ServiceFeeIncome)]
    pub kind: Kind,
    /// What happened to the order.
    pub scene: Scene,
    /// The platform's number of the refund (微信退款单号). Required for every scene that is documented.
    /// 1 to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<String>,
}

impl Operation for Create {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = PATH;
    const REPLAY: Replay = Replay::Idempotent {
        key: "sub_mchid, transaction_id and refund_id, with equal parameters",
        window: None,
    };
    const SETTLED_BY: Option<&'static str> =
        Some("GET /v3/ecommerce/profitsharing/after-sales-orders");
    const SOURCE: &'static str =
        "https://pay.weixin.qq.com/docs/partner/products/ecommerce/introduction.html";
    type Response = Accepted;

    fn check(&self) -> Result<(), FieldError> {
        check::id("sub_mchid", &self.sub_mchid, 1..=32)?;
        check::id("transaction_id", &self.transaction_id, 1..=64)?;
        check::positive("amount", self.amount)?;
        check::text("type", self.kind.as_str(), 1..=64)?;
        check::text("scene", self.scene.as_str(), 1..=64)?;
        check::optional_id("refund_id", self.refund_id.as_deref(), 1..=64)
    }
}

open_enum! {
    /// What kind of income a fee is.
    Kind {
        /// Income from a service fee (服务费收入分账).
        ServiceFeeIncome = "SERVICE_FEE_INCOME",
    }
}

open_enum! {
    /// What happened to the order.
    Scene {
        /// A ticket was refunded (退票).
        RefundTicket = "REFUND_TICKET",
        /// A ticket was changed (改签).
        ChangeTicket = "CHANGE_TICKET",
        /// Goods were returned (退货).
        ReturnGoods = "RETURN_GOODS",
    }
}

/// The answer to [`Create`]: accepted, and not more than that. [`Query`] tells the outcome.
#[non_exhaustive]
#[must_use = "accepted is not done: query the outcome"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Accepted {
    /// As sent.
    pub sub_mchid: String,
    /// As sent.
    pub transaction_id: String,
    /// As sent, in fen.
    pub amount: Fen,
}

/// Asks what became of a fee (查询售后服务分账结果):
/// `GET /v3/ecommerce/profitsharing/after-sales-orders`.
///
/// Source: <https://pay.weixin.qq.com/docs/partner/products/ecommerce/introduction.html>
///
/// ```
/// use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders::Query;
///
/// let query = Query::builder()
///     .sub_mchid("1900000109")
///     .transaction_id("3008450740201411110007820472")
///     .build();
/// # assert_eq!(query.sub_mchid, "1900000109");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Query {
    /// The sub-merchant that pays (分账出资商户). 1 to 32 characters.
    pub sub_mchid: String,
    /// The platform's number of the order (微信订单号). 1 to 64 characters. Optional in some documents;
    /// without it the answer could not say which order it means.
    pub transaction_id: String,
}

impl Operation for Query {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = PATH;
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str =
        "https://pay.weixin.qq.com/docs/partner/products/ecommerce/introduction.html";
    type Response = Order;

    fn check(&self) -> Result<(), FieldError> {
        check::id("sub_mchid", &self.sub_mchid, 1..=32)?;
        check::id("transaction_id", &self.transaction_id, 1..=64)
    }
}

/// The answer to [`Query`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Order {
    /// The sub-merchant that pays.
    pub sub_mchid: String,
    /// The platform's number of the order (微信订单号).
    pub transaction_id: String,
    /// The fee, in fen.
    pub amount: Fen,
    /// What became of it.
    pub result: OrderState,
    /// Why it failed, after a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fail_reason: Option<FailReason>,
    /// When it ended; absent while it is being processed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_time: Option<DateTime>,
}

open_enum! {
    /// What became of a fee (售后服务分账结果).
    OrderState {
        /// Not carried out yet: ask again.
        Processing = "PROCESSING",
        /// The platform has the fee. Final.
        Success = "SUCCESS",
        /// The money did not move, or is back already. Final.
        Failed = "FAILED",
    }
}

open_enum! {
    /// Why a fee could not be taken.
    FailReason {
        /// The account is abnormal (账户异常).
        AccountAbnormal = "ACCOUNT_ABNORMAL",
        /// The sharing relation was lifted (分账关系已解除).
        NoRelation = "NO_RELATION",
        /// The receiver is a high risk (高风险接收方).
        ReceiverHighRisk = "RECEIVER_HIGH_RISK",
    }
}
