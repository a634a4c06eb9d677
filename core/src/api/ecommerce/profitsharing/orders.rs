//! Rounds of profit sharing (分账): what a sub-merchant received for an order is shared with others.
//!
//! The order was placed with `settle_info.profit_sharing: true`, is paid for at least a minute, and
//! is subsidised or freed by [`subsidies`](crate::api::ecommerce::subsidies) where it promised a
//! subsidy. [`Create`] is accepted at once and carried out later; [`Query`] tells what became of it.
//! What is not shared is released by the last round, or by
//! [`Finish`](super::finish_order::Finish). The sub-orders of a combined order are shared one by
//! one.
//!
//! ```
//! use wechatpay_core::api::ecommerce::profitsharing::orders::{Order, Outcome, ShareState};
//!
//! let order: Order = serde_json::from_str(r#"{
//!     "sub_mchid": "1900000109",
//!     "transaction_id": "4208450740201411110007820472",
//!     "out_order_no": "P20150806125346",
//!     "order_id": "6754760740201411110007865434",
//!     "status": "FINISHED",
//!     "receivers": [{
//!         "type": "MERCHANT_ID", "receiver_account": "1900000110", "amount": 190,
//!         "result": "CLOSED", "fail_reason": "NO_RELATION"
//!     }]
//! }"#)?;
//! // Finished is carried out, and not paid.
//! assert_eq!(order.outcome(), Outcome::Failed);
//! for share in order.receivers {
//!     if share.result != Some(ShareState::Success) {
//!         println!("nothing for {:?}: {:?}", share.receiver_account, share.fail_reason);
//!     }
//! }
//! # Ok::<(), serde_json::Error>(())
//! ```

pub mod amounts;

mod order;

use bon::Builder;
use http::Method;
use serde::{Deserialize, Serialize};

use super::MARKS;
use super::receivers::Kind;
use crate::api::check;
use crate::error::{FieldError, SealedFieldError};
use crate::money::Fen;
use crate::operation::{Operation, Replay};
use crate::sealing::{Seal, Sealed};

pub use order::{CloseReason, FailReason, Order, OrderState, Outcome, Share, ShareState};

const PATH: &str = "/v3/ecommerce/profitsharing/orders";

/// How many receivers one round has at most. The documents of 2020 say 5.
const MOST: usize = 50;

const RECEIVER_NAME: &str = "receivers[].receiver_name";

/// Shares an order (请求分账): `POST /v3/ecommerce/profitsharing/orders`.
///
/// Preconditions: the order is for sharing, and paid for at least a minute and at most 180 days;
/// its receivers were [added](super::receivers::Add). Up to 50 rounds per order. One round may
/// partly succeed: the answer is accepted, and [`Query`] tells what each receiver got. Rate: 300
/// calls per second and sub-merchant, 2000 per platform.
///
/// Replay: [`out_order_no`](Self::out_order_no) is the key; repeat with the same number and the
/// same parameters. A failed receiver is shared with again in a round of its own, under a new
/// number.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/partner/4012691594>
///
/// ```
/// use wechatpay_core::Fen;
/// use wechatpay_core::api::ecommerce::profitsharing::orders::{Create, Receiver};
/// use wechatpay_core::api::ecommerce::profitsharing::receivers::Kind;
///
/// let share = Create::builder()
///     .appid("wx8888888888888888")
///     .sub_mchid("1900000109")
///     .transaction_id("4208450740201411110007820472")
///     .out_order_no("P20150806125346")
///     .receivers(vec![
///         Receiver::builder()
///             .kind(Kind::MerchantId)
///             .receiver_account("1900000110")
///             .amount(Fen::new(190))
///             .description("分给商户1900000110")
///             .build(),
///         Receiver::builder()
///             .kind(Kind::PersonalOpenid)
///             .receiver_account("oxTWIuGaIt6gTKsQRLau2M0yL16E")
///             .amount(Fen::new(10))
///             .description("分给个人")
///             .receiver_name("张三")
///             .build(),
///     ])
///     .finish(false)
///     .build();
/// # assert_eq!(share.receivers.len(), 2);
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Create {
    /// The platform's app (公众账号ID), required where a receiver is a person. Older documents
    /// require it always. 1 to 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appid: Option<String>,
    /// The sub-merchant that pays (二级商户号). 1 to 32 characters.
    pub sub_mchid: String,
    /// The platform's number of the order (微信订单号), in a combined payment that of the sub-order.
    /// 1 to 32 characters.
    pub transaction_id: String,
    /// The merchant's own number of this round (商户分账单号), unlike that of any other round, and of
    /// the order's finish. 1 to 64 letters, digits and `_-|*@`.
    pub out_order_no: String,
    /// Who gets how much (分账接收方列表). 1 to 50, none of them twice. The sub-merchant itself may
    /// be one.
    pub receivers: Vec<Receiver>,
    /// Whether this is the last round (是否分账完成): with `true` the rest is released to the
    /// sub-merchant, and the order can be shared no further.
    pub finish: bool,
    /// Where the outcome is notified, a public URL without a query; missing in some documents. 1 to
    /// 256 characters, as in other operations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_url: Option<String>,
}

impl Operation for Create {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = PATH;
    const REPLAY: Replay = Replay::Idempotent {
        key: "out_order_no",
        window: None,
    };
    const SEALED: &'static [&'static str] = &[RECEIVER_NAME];
    const SETTLED_BY: Option<&'static str> = Some("GET /v3/ecommerce/profitsharing/orders");
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/partner/4012691594";
    type Response = Order;

    fn check(&self) -> Result<(), FieldError> {
        check::optional_id("appid", self.appid.as_deref(), 1..=32)?;
        check::id("sub_mchid", &self.sub_mchid, 1..=32)?;
        check::id("transaction_id", &self.transaction_id, 1..=32)?;
        check::number("out_order_no", &self.out_order_no, 1..=64, MARKS)?;
        check::optional_notify_url("notify_url", self.notify_url.as_deref())?;
        self.check_receivers()
    }

    fn sealed_with(&self, sealer: Option<&dyn Seal>) -> Result<Option<Self>, SealedFieldError> {
        if self.receivers.iter().all(|r| r.receiver_name.is_none()) {
            return Ok(None);
        }
        let mut sealed = self.clone();
        for receiver in &mut sealed.receivers {
            if let Some(name) = &mut receiver.receiver_name {
                *name = name.seal_with(RECEIVER_NAME, sealer)?;
            }
        }
        Ok(Some(sealed))
    }
}

impl Create {
    fn check_receivers(&self) -> Result<(), FieldError> {
        let count = self.receivers.len();
        if !(1..=MOST).contains(&count) {
            let limit = format!("1 to {MOST} receivers");
            return Err(FieldError::new("receivers", limit, count));
        }
        for (at, receiver) in self.receivers.iter().enumerate() {
            receiver.check()?;
            let mut earlier = self.receivers.iter().take(at);
            if earlier.any(|other| receiver.is_same_as(other)) {
                let limit = "different receivers, none of them twice";
                let account = &receiver.receiver_account;
                return Err(FieldError::new("receivers", limit, account));
            }
            if receiver.kind == Kind::PersonalOpenid && self.appid.is_none() {
                let limit = "given where a receiver is a person";
                return Err(FieldError::new("appid", limit, &self.appid));
            }
        }
        Ok(())
    }
}

/// Who gets a part of an order, and how much (分账接收方).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Receiver {
    /// `type` on the wire: what kind of receiver it is.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Who it is: a merchant's number, or a person's openid under [`appid`](Create::appid). 1 to 64
    /// characters. A merchant's number may also come as `receiver_mchid`, which is its older name.
    #[serde(alias = "receiver_mchid")]
    pub receiver_account: String,
    /// Its part, in fen; at least 1, and at most the order's amount and the agreed sharing ratio.
    pub amount: Fen,
    /// A remark (分账描述), which the sharing bill shows. 1 to 80 characters.
    pub description: String,
    /// A person's name (个人姓名), sealed on the wire. Where it is given, the platform refuses a name
    /// that is not the person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[builder(into)]
    pub receiver_name: Option<Sealed>,
}

impl Receiver {
    fn check(&self) -> Result<(), FieldError> {
        check::text("receivers[].type", self.kind.as_str(), 1..=32)?;
        let account = &self.receiver_account;
        check::id("receivers[].receiver_account", account, 1..=64)?;
        check::positive("receivers[].amount", self.amount)?;
        check::text("receivers[].description", &self.description, 1..=80)
    }

    fn is_same_as(&self, other: &Self) -> bool {
        self.kind == other.kind && self.receiver_account == other.receiver_account
    }
}

/// Asks what became of a round (查询分账结果), or of the order's finish:
/// `GET /v3/ecommerce/profitsharing/orders`. Rate: 500 calls per second.
///
/// Source: <https://pay.weixin.qq.com/docs/partner/apis/ecommerce-profit-sharing/orders/query-order.html>
///
/// ```
/// use wechatpay_core::api::ecommerce::profitsharing::orders::Query;
///
/// let query = Query::builder()
///     .sub_mchid("1900000109")
///     .transaction_id("4208450740201411110007820472")
///     .out_order_no("P20150806125346")
///     .build();
/// # assert_eq!(query.sub_mchid, "1900000109");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Query {
    /// The sub-merchant that pays (二级商户号). 1 to 32 characters.
    pub sub_mchid: String,
    /// The platform's number of the order (微信订单号). 1 to 32 characters.
    pub transaction_id: String,
    /// The merchant's own number of the round (商户分账单号), or of the order's finish. 1 to 64
    /// letters, digits and `_-|*@`.
    pub out_order_no: String,
}

impl Operation for Query {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = PATH;
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/docs/partner/apis/ecommerce-profit-sharing/orders/query-order.html";
    type Response = Order;

    fn check(&self) -> Result<(), FieldError> {
        check::id("sub_mchid", &self.sub_mchid, 1..=32)?;
        check::id("transaction_id", &self.transaction_id, 1..=32)?;
        check::number("out_order_no", &self.out_order_no, 1..=64, MARKS)
    }
}
