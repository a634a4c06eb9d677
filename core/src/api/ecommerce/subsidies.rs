//! Subsidies of orders (补差): the platform adds to what a sub-merchant receives.
//!
//! An order promises its subsidy when it is placed, by `settle_info.profit_sharing: true` and
//! `settle_info.subsidy_amount`. Once it is paid and settled, and before its profit is shared, the
//! platform calls [`Create`]. When the order is refunded, [`Return`] takes the subsidy back. An
//! order that was refunded and shall not be subsidised is freed for sharing by [`Cancel`].
//!
//! There is no query: when an outcome is unknown, the same call with identical parameters tells it.
//!
//! ```
//! use wechatpay_core::api::ecommerce::subsidies::{Created, SubsidyState};
//!
//! let created: Created = serde_json::from_str(r#"{
//!     "sub_mchid": "1900000109",
//!     "transaction_id": "4208450740201411110007820472",
//!     "subsidy_id": "3008450740201411110007820472",
//!     "description": "测试备注", "amount": 10, "result": "SUCCESS",
//!     "success_time": "2015-05-20T13:29:35.120+08:00"
//! }"#)?;
//! if created.result != SubsidyState::Success { println!("not subsidised: {}", created.result) }
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::time::Duration;

use bon::Builder;
use http::Method;
use serde::{Deserialize, Serialize};

use crate::api::check;
use crate::api::open_enum::open_enum;
use crate::datetime::DateTime;
use crate::error::FieldError;
use crate::money::Fen;
use crate::operation::{Operation, Replay};

/// What a merchant's own subsidy numbers may hold besides letters and digits.
const MARKS: &str = "_-|*@";

/// How long the platform recognises a repetition: 180 days.
const WINDOW: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// Subsidises an order (请求补差): `POST /v3/ecommerce/subsidies/create`.
///
/// Preconditions: the order promised a subsidy, is paid and settled, its profit is not shared yet,
/// and the platform's balance covers the amount. One subsidy per order. Rate: 80 calls per second
/// and initiator, 100 per sharing party.
///
/// Replay: identical parameters are charged once, for 180 days. A changed amount may charge twice
/// (the excess comes back a day later), so an unknown outcome is settled by repeating the same
/// draft, and by nothing else. Set [`out_subsidy_no`](Self::out_subsidy_no): without it the whole
/// set of parameters is the key.
///
/// `NOT_ENOUGH` has been seen to stick to its parameters after a top-up. Take a new number only when
/// every call under the old one ended in [`Effect::None`](crate::Effect::None).
///
/// Source: <https://pay.weixin.qq.com/doc/v3/partner/4012477631>
///
/// ```
/// use wechatpay_core::Fen;
/// use wechatpay_core::api::ecommerce::subsidies;
///
/// let create = subsidies::Create::builder()
///     .sub_mchid("1900000109")
///     .transaction_id("4208450740201411110007820472")
///     .amount(Fen::new(10))
///     .description("测试备注")
///     .out_subsidy_no("P20150806125347")
///     .build();
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Create {
    /// The sub-merchant (二级商户号) that receives the subsidy. 1 to 32 characters.
    pub sub_mchid: String,
    /// The platform's number of the order (微信订单号), in a combined payment that of the sub-order.
    /// 1 to 64 characters.
    pub transaction_id: String,
    /// The subsidy. Equal to the order's `subsidy_amount`; less only after the order was refunded.
    /// At least 1 fen; by the documents of 2020 at most 500,000 fen per order.
    pub amount: Fen,
    /// A remark. 1 to 80 characters.
    pub description: String,
    /// The merchant's own number of the subsidy (商户补差单号), unique in its system: the same number
    /// is the same request. 1 to 64 letters, digits and `_-|*@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_subsidy_no: Option<String>,
    /// Legacy: the platform's number of the refund (微信退款单号) that made the subsidy smaller. Gone
    /// from the documents of 2024. 1 to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<String>,
}

impl Operation for Create {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/ecommerce/subsidies/create";
    const REPLAY: Replay = Replay::Idempotent {
        key: "out_subsidy_no, or without it all parameters",
        window: Some(WINDOW),
    };
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/partner/4012477631";
    type Response = Created;

    fn check(&self) -> Result<(), FieldError> {
        check::id("sub_mchid", &self.sub_mchid, 1..=32)?;
        check::id("transaction_id", &self.transaction_id, 1..=64)?;
        check::positive("amount", self.amount)?;
        check::text("description", &self.description, 1..=80)?;
        if let Some(number) = &self.out_subsidy_no {
            check::number("out_subsidy_no", number, 1..=64, MARKS)?;
        }
        check::optional_id("refund_id", self.refund_id.as_deref(), 1..=64)
    }
}

/// The answer to [`Create`]. HTTP 200 is not success: look at [`result`](Self::result).
#[non_exhaustive]
#[must_use = "HTTP 200 is not success: look at `result`"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Created {
    /// As sent.
    pub sub_mchid: String,
    /// As sent.
    pub transaction_id: String,
    /// The platform's number of the subsidy (微信补差单号).
    pub subsidy_id: String,
    /// As sent.
    pub description: String,
    /// As sent, in fen.
    pub amount: Fen,
    /// Whether the money moved.
    pub result: SubsidyState,
    /// When it moved; absent after a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_time: Option<DateTime>,
    /// As sent, when it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_subsidy_no: Option<String>,
}

open_enum! {
    /// What became of a subsidy (补差结果).
    SubsidyState {
        /// The sub-merchant has the subsidy.
        Success = "SUCCESS",
        /// No money moved.
        Fail = "FAIL",
        /// The subsidy was wholly returned (已全额回退).
        Refund = "REFUND",
    }
}

/// Takes a subsidy back (请求补差回退): `POST /v3/ecommerce/subsidies/return`.
///
/// Preconditions: the order was subsidised and is refunded. Several returns are possible, one per
/// refund, and together no more than the subsidy. The answer is final.
///
/// Replay: [`out_order_no`](Self::out_order_no) is the key; repeat with the same number and the
/// same parameters.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/partner/4012477636>
///
/// ```
/// use wechatpay_core::Fen;
/// use wechatpay_core::api::ecommerce::subsidies::{Account, Return, ReturnFrom};
///
/// let take_back = Return::builder()
///     .sub_mchid("1900000109")
///     .out_order_no("P20150806125346")
///     .transaction_id("4208450740201411110007820472")
///     .refund_id("3008450740201411110007820472")
///     .amount(Fen::new(10))
///     .description("测试备注")
///     .from(vec![ReturnFrom::builder().account(Account::Available).amount(Fen::new(10)).build()])
///     .build();
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Return {
    /// The sub-merchant (二级商户号) that gives the money back. 1 to 32 characters.
    pub sub_mchid: String,
    /// The merchant's own number of the return (商户补差回退单号); not the order's `out_trade_no`. 1 to 64
    /// letters, digits and `_-|*@`.
    pub out_order_no: String,
    /// The platform's number of the order (微信订单号). 1 to 64 characters.
    pub transaction_id: String,
    /// The platform's number of the refund (微信退款单号). Left out only when the order cannot be
    /// refunded because the payer's account is abnormal. 1 to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<String>,
    /// The amount, in fen; at least 1, and with all other returns at most the subsidy.
    pub amount: Fen,
    /// A remark. 1 to 80 characters.
    pub description: String,
    /// The platform's number of the subsidy (微信补差单号). 1 to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subsidy_id: Option<String>,
    /// Which accounts pay, at present one at most. The amounts add up to [`amount`](Self::amount).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Vec<ReturnFrom>>,
}

impl Operation for Return {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/ecommerce/subsidies/return";
    const REPLAY: Replay = Replay::Idempotent {
        key: "out_order_no",
        window: None,
    };
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/partner/4012477636";
    type Response = Returned;

    fn check(&self) -> Result<(), FieldError> {
        check::id("sub_mchid", &self.sub_mchid, 1..=32)?;
        check::number("out_order_no", &self.out_order_no, 1..=64, MARKS)?;
        check::id("transaction_id", &self.transaction_id, 1..=64)?;
        check::optional_id("refund_id", self.refund_id.as_deref(), 1..=64)?;
        check::positive("amount", self.amount)?;
        check::text("description", &self.description, 1..=80)?;
        check::optional_id("subsidy_id", self.subsidy_id.as_deref(), 1..=64)?;
        self.check_from()
    }
}

impl Return {
    fn check_from(&self) -> Result<(), FieldError> {
        let Some(from) = &self.from else {
            return Ok(());
        };
        for amount in from.iter().filter_map(|part| part.amount) {
            check::positive("from.amount", amount)?;
        }
        // Only when each entry has its amount is there a sum to compare.
        let Some(amounts) = from
            .iter()
            .map(|part| part.amount)
            .collect::<Option<Vec<_>>>()
        else {
            return Ok(());
        };
        match Fen::checked_sum(amounts) {
            Some(sum) if sum == self.amount => Ok(()),
            sum => {
                let limit = format!("amounts that add up to the amount, {}", self.amount);
                let sum = sum.map_or_else(|| "beyond 64 bits".to_owned(), |sum| sum.to_string());
                Err(FieldError::new("from", limit, sum))
            }
        }
    }
}

/// An account that pays a return, and how much.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
pub struct ReturnFrom {
    /// The account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// Its part, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Fen>,
}

open_enum! {
    /// An account of the sub-merchant.
    Account {
        /// Available funds (可用余额).
        Available = "AVAILABLE",
        /// Funds that are not available yet (不可用余额).
        Unavailable = "UNAVAILABLE",
    }
}

/// The answer to [`Return`]. HTTP 200 is not success: look at [`result`](Self::result).
#[non_exhaustive]
#[must_use = "HTTP 200 is not success: look at `result`"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Returned {
    /// As sent.
    pub sub_mchid: String,
    /// As sent.
    pub transaction_id: String,
    /// The platform's number of the return (微信补差回退单号).
    pub subsidy_refund_id: String,
    /// As sent, when it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<String>,
    /// As sent.
    pub out_order_no: String,
    /// As sent, in fen.
    pub amount: Fen,
    /// As sent.
    pub description: String,
    /// Whether the money moved.
    pub result: ReturnState,
    /// When it moved; absent after a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_time: Option<DateTime>,
    /// As sent, when it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subsidy_id: Option<String>,
    /// As sent, when it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Vec<ReturnFrom>>,
}

open_enum! {
    /// What became of a return (补差回退结果). A `REFUND`, which some documents list, is an `Other`.
    ReturnState {
        /// The platform has the money back.
        Success = "SUCCESS",
        /// No money moved.
        Fail = "FAIL",
    }
}

/// Gives a promised subsidy up (取消补差): `POST /v3/ecommerce/subsidies/cancel`.
///
/// Preconditions: the order promised a subsidy, was refunded, is not subsidised and its profit is
/// not shared. Afterwards it can be shared without a subsidy. Rate: 200 calls per second and
/// initiator, 200 per sub-merchant, one per order.
///
/// Replay: the order (`sub_mchid` and `transaction_id`) is the key; no money moves in this call.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/partner/4012477639>
///
/// ```
/// use wechatpay_core::api::ecommerce::subsidies;
///
/// let cancel = subsidies::Cancel::builder()
///     .sub_mchid("1900013401")
///     .transaction_id("4208450740201411110007820472")
///     .description("订单退款")
///     .build();
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Cancel {
    /// The sub-merchant (二级商户号). 1 to 32 characters.
    pub sub_mchid: String,
    /// The platform's number of the order (微信订单号). 1 to 64 characters.
    pub transaction_id: String,
    /// Why. 1 to 80 characters.
    pub description: String,
    /// Legacy (documents of 2019): the platform's number of the refund (微信退款单号). 1 to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<String>,
}

impl Operation for Cancel {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/ecommerce/subsidies/cancel";
    const REPLAY: Replay = Replay::Idempotent {
        key: "sub_mchid and transaction_id",
        window: None,
    };
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/partner/4012477639";
    type Response = Cancelled;

    fn check(&self) -> Result<(), FieldError> {
        check::id("sub_mchid", &self.sub_mchid, 1..=32)?;
        check::id("transaction_id", &self.transaction_id, 1..=64)?;
        check::text("description", &self.description, 1..=80)?;
        check::optional_id("refund_id", self.refund_id.as_deref(), 1..=64)
    }
}

/// The answer to [`Cancel`]. HTTP 200 is not success: look at [`result`](Self::result).
#[non_exhaustive]
#[must_use = "HTTP 200 is not success: look at `result`"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Cancelled {
    /// As sent.
    pub sub_mchid: String,
    /// As sent.
    pub transaction_id: String,
    /// Whether the promise is lifted.
    pub result: CancelState,
    /// As sent.
    pub description: String,
    /// Legacy: as sent, when it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<String>,
}

open_enum! {
    /// What became of a cancellation (取消补差结果).
    CancelState {
        /// The order can be shared without a subsidy.
        Success = "SUCCESS",
        /// Nothing changed.
        Fail = "FAIL",
    }
}
