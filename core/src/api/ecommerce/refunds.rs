//! Refunds of an e-commerce platform's orders (收付通退款): `/v3/ecommerce/refunds/…`.
//!
//! [`Apply`] asks for a refund, and its answer says no more than that it was accepted. [`QueryById`]
//! and [`QueryByOutRefundNo`] tell the outcome, and so does the notice
//! [`Refund`](crate::notice::Refund). A refund that cannot arrive as it is, such as at a closed bank
//! card, is sent elsewhere by [`abnormal::Apply`]. What the platform paid in advance for the
//! sub-merchant comes back by [`return_advance::Create`].
//!
//! The platform's number of a refund, [`Applied::refund_id`], is what the return of a subsidy and an
//! after-sales fee ask for. Refunds to persons who collect for themselves (个人收款) are not typed.
//!
//! ```
//! use wechatpay_core::api::ecommerce::refunds::{Refund, RefundStatus};
//!
//! let refund: Refund = serde_json::from_str(r#"{
//!     "refund_id": "50000000382019052709732678859",
//!     "out_refund_no": "1217752501201407033233368018",
//!     "transaction_id": "4208450740201411110007820472",
//!     "out_trade_no": "20150806125346",
//!     "create_time": "2018-06-08T10:34:56+08:00",
//!     "status": "PROCESSING",
//!     "amount": { "refund": 888, "payer_refund": 888 }
//! }"#)?;
//! match refund.status {
//!     RefundStatus::Success => println!("{} refunded", refund.amount.refund),
//!     RefundStatus::Processing => println!("ask again later"),
//!     other => println!("not refunded: {other}"),
//! }
//! # Ok::<(), serde_json::Error>(())
//! ```

use bon::Builder;
use http::Method;
use serde::{Deserialize, Serialize};

use crate::api::check;
use crate::error::FieldError;
use crate::money::Fen;
use crate::operation::{Operation, Replay};

pub mod abnormal;
mod refund;
pub mod return_advance;

pub use refund::{
    Applied, Channel, FundsAccount, FundsFrom, Promotion, PromotionGoods, PromotionKind, Refund,
    RefundAccount, RefundAmount, RefundStatus,
};

/// What a merchant's own refund numbers may hold besides letters and digits.
const MARKS: &str = "_-|*@";

/// The query by the merchant's own number, which settles what the other calls leave open.
const SETTLED_BY: &str = "GET /v3/ecommerce/refunds/out-refund-no/{out_refund_no}";

/// Asks for a refund (申请退款): `POST /v3/ecommerce/refunds/apply`.
///
/// Preconditions: the order was paid, and what it refunds in all is no more than it cost. Two refunds
/// of one order are a minute apart, and there are 50 at most. The answer carries no status: only a
/// query or a notice tells whether the payer has the money.
///
/// Replay: [`out_refund_no`](Self::out_refund_no) is the key, and one number refunds once. **A new
/// number refunds twice**: an unknown outcome is settled by the same draft or by the query, and a
/// refund that failed is asked for again under its own number.
///
/// Source: <https://pay.weixin.qq.com/docs/partner/apis/ecommerce-refund/refunds/create-refund.html>
///
/// ```
/// use wechatpay_core::Fen;
/// use wechatpay_core::api::ecommerce::refunds::{Apply, ApplyAmount, RefundAccount};
///
/// let apply = Apply::builder()
///     .sub_mchid("1900000109")
///     .sp_appid("wx8888888888888888")
///     .transaction_id("4208450740201411110007820472")
///     .out_refund_no("1217752501201407033233368018")
///     .reason("商品已售完")
///     .amount(ApplyAmount::builder().refund(Fen::new(888)).total(Fen::new(888)).build())
///     .refund_account(RefundAccount::SubMerchant)
///     .build();
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Apply {
    /// The sub-merchant (二级商户号) whose order it is. 1 to 32 characters.
    pub sub_mchid: String,
    /// The platform's app (电商平台APPID). 1 to 32 characters.
    pub sp_appid: String,
    /// The sub-merchant's app (二级商户APPID), which is bound to the platform. 1 to 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_appid: Option<String>,
    /// The platform's number of the order (微信订单号), in a combined payment that of the sub-order.
    /// This or [`out_trade_no`](Self::out_trade_no) is given. 1 to 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// The merchant's own number of the order (商户订单号). 1 to 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_trade_no: Option<String>,
    /// The merchant's own number of the refund (商户退款单号), unique in its system: the same number is
    /// the same refund. 1 to 64 letters, digits and `_-|*@`.
    pub out_refund_no: String,
    /// Why, as the payer is told. 1 to 80 characters, by newer documents bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The amounts.
    pub amount: ApplyAmount,
    /// Where the notice goes: an address without a query, in place of the one that is set in the
    /// merchant platform. 1 to 256 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_url: Option<String>,
    /// Whose money it is; without it, [`RefundAccount::SubMerchant`]. The platform's
    /// ([`RefundAccount::PartnerAdvance`]) is only a permission: whose it was, the query tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_account: Option<RefundAccount>,
    /// Which funds pay, of an order whose profit is not shared yet; without it, those that the
    /// order's money lies in. Not together with [`ApplyAmount::from`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funds_account: Option<FundsAccount>,
}

impl Operation for Apply {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/ecommerce/refunds/apply";
    const REPLAY: Replay = Replay::Idempotent {
        key: "out_refund_no",
        window: None,
    };
    const SETTLED_BY: Option<&'static str> = Some(SETTLED_BY);
    const SOURCE: &'static str =
        "https://pay.weixin.qq.com/docs/partner/apis/ecommerce-refund/refunds/create-refund.html";
    type Response = Applied;

    fn check(&self) -> Result<(), FieldError> {
        check::id("sub_mchid", &self.sub_mchid, 1..=32)?;
        check::id("sp_appid", &self.sp_appid, 1..=32)?;
        check::optional_id("sub_appid", self.sub_appid.as_deref(), 1..=32)?;
        if self.transaction_id.is_none() && self.out_trade_no.is_none() {
            let limit = "given, or out_trade_no in its place";
            return Err(FieldError::new("transaction_id", limit, "missing"));
        }
        check::optional_id("transaction_id", self.transaction_id.as_deref(), 1..=32)?;
        check::optional_id("out_trade_no", self.out_trade_no.as_deref(), 1..=32)?;
        check::number("out_refund_no", &self.out_refund_no, 1..=64, MARKS)?;
        if let Some(reason) = &self.reason {
            check::text("reason", reason, 1..=80)?;
        }
        self.amount.check()?;
        check::optional_notify_url("notify_url", self.notify_url.as_deref())?;
        if let Some(account) = &self.refund_account {
            check::text("refund_account", account.as_str(), 1..=32)?;
        }
        let Some(account) = &self.funds_account else {
            return Ok(());
        };
        if self.amount.from.is_some() {
            let limit = "left out where amount.from names the accounts";
            return Err(FieldError::new("funds_account", limit, account.as_str()));
        }
        check::text("funds_account", account.as_str(), 1..=32)
    }
}

/// The amounts of a refund that is asked for, in fen.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct ApplyAmount {
    /// What is refunded (退款金额). At least 1, at most [`total`](Self::total).
    pub refund: Fen,
    /// What the order cost (原订单金额).
    pub total: Fen,
    /// The currency: `CNY`. 1 to 16 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Which accounts pay (退款出资账户及金额), each once. The amounts add up to
    /// [`refund`](Self::refund).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Vec<FundsFrom>>,
}

impl ApplyAmount {
    fn check(&self) -> Result<(), FieldError> {
        check::positive("amount.refund", self.refund)?;
        if self.refund > self.total {
            let limit = format!("no more than the total, {}", self.total);
            return Err(FieldError::new("amount.refund", limit, self.refund.get()));
        }
        check::optional_id("amount.currency", self.currency.as_deref(), 1..=16)?;
        let Some(from) = &self.from else {
            return Ok(());
        };
        for (at, part) in from.iter().enumerate() {
            check::positive("amount.from[].amount", part.amount)?;
            if from[..at].iter().any(|other| other.account == part.account) {
                let limit = "an account that is named once";
                return Err(FieldError::new(
                    "amount.from[].account",
                    limit,
                    part.account.as_str(),
                ));
            }
        }
        match Fen::checked_sum(from.iter().map(|part| part.amount)) {
            Some(sum) if sum == self.refund => Ok(()),
            sum => {
                let limit = format!("amounts that add up to the refund, {}", self.refund);
                let sum = sum.map_or_else(|| "beyond 64 bits".to_owned(), |sum| sum.to_string());
                Err(FieldError::new("amount.from", limit, sum))
            }
        }
    }
}

/// Asks what became of a refund, by the platform's number (查询单笔退款):
/// `GET /v3/ecommerce/refunds/id/{refund_id}`.
///
/// Source: <https://pay.weixin.qq.com/docs/partner/apis/ecommerce-refund/refunds/query-refund.html>
///
/// ```
/// use wechatpay_core::Merchant;
/// use wechatpay_core::api::ecommerce::refunds::QueryById;
///
/// let query = QueryById::builder()
///     .refund_id("50000000382019052709732678859")
///     .sub_mchid("1900000109")
///     .build();
/// let draft = Merchant::new("1900001109")?.draft(&query)?;
/// assert_eq!(
///     draft.target(),
///     "/v3/ecommerce/refunds/id/50000000382019052709732678859?sub_mchid=1900000109",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct QueryById {
    /// The platform's number of the refund (微信支付退款单号), in the path. 1 to 32 characters.
    #[serde(default, skip_serializing)]
    pub refund_id: String,
    /// The sub-merchant (二级商户号). 1 to 32 characters.
    pub sub_mchid: String,
}

impl Operation for QueryById {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/ecommerce/refunds/id/{refund_id}";
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str =
        "https://pay.weixin.qq.com/docs/partner/apis/ecommerce-refund/refunds/query-refund.html";
    type Response = Refund;

    fn path_args(&self) -> Vec<(&'static str, &str)> {
        vec![("refund_id", &self.refund_id)]
    }

    fn check(&self) -> Result<(), FieldError> {
        check::id("refund_id", &self.refund_id, 1..=32)?;
        check::id("sub_mchid", &self.sub_mchid, 1..=32)
    }
}

/// Asks what became of a refund, by the merchant's own number (查询单笔退款):
/// `GET /v3/ecommerce/refunds/out-refund-no/{out_refund_no}`.
///
/// Source: <https://pay.weixin.qq.com/docs/partner/apis/ecommerce-refund/refunds/query-refund-by-out-refund-no.html>
///
/// ```
/// use wechatpay_core::Merchant;
/// use wechatpay_core::api::ecommerce::refunds::QueryByOutRefundNo;
///
/// let query = QueryByOutRefundNo::builder()
///     .out_refund_no("REFUND|1")
///     .sub_mchid("1900000109")
///     .build();
/// let draft = Merchant::new("1900001109")?.draft(&query)?;
/// assert_eq!(
///     draft.target(),
///     "/v3/ecommerce/refunds/out-refund-no/REFUND%7C1?sub_mchid=1900000109",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct QueryByOutRefundNo {
    /// The merchant's own number of the refund (商户退款单号), in the path. 1 to 64 letters, digits and
    /// `_-|*@`.
    #[serde(default, skip_serializing)]
    pub out_refund_no: String,
    /// The sub-merchant (二级商户号). 1 to 32 characters.
    pub sub_mchid: String,
}

impl Operation for QueryByOutRefundNo {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/ecommerce/refunds/out-refund-no/{out_refund_no}";
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/docs/partner/apis/ecommerce-refund/refunds/query-refund-by-out-refund-no.html";
    type Response = Refund;

    fn path_args(&self) -> Vec<(&'static str, &str)> {
        vec![("out_refund_no", &self.out_refund_no)]
    }

    fn check(&self) -> Result<(), FieldError> {
        check::number("out_refund_no", &self.out_refund_no, 1..=64, MARKS)?;
        check::id("sub_mchid", &self.sub_mchid, 1..=32)
    }
}
