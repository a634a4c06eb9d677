//! What the platform paid in advance for a refund, and takes back (垫付退款回补):
//! `/v3/ecommerce/refunds/{refund_id}/return-advance`.
//!
//! ```
//! use wechatpay_core::api::ecommerce::refunds::return_advance::{AdvanceReturn, ReturnState};
//!
//! let returned: AdvanceReturn = serde_json::from_str(r#"{
//!     "refund_id": "50000000382019052709732678859",
//!     "advance_return_id": "1215562501201407033233368018",
//!     "return_amount": 888,
//!     "payer_mchid": "1900000109", "payer_account": "BASIC",
//!     "payee_mchid": "1900000108", "payee_account": "BASIC",
//!     "result": "PROCESSING"
//! }"#)?;
//! assert_eq!(returned.result, ReturnState::Processing);
//! # Ok::<(), serde_json::Error>(())
//! ```

use bon::Builder;
use http::Method;
use serde::{Deserialize, Serialize};

use crate::api::bill::AccountType;
use crate::api::check;
use crate::api::open_enum::open_enum;
use crate::datetime::DateTime;
use crate::error::FieldError;
use crate::money::Fen;
use crate::operation::{Operation, Replay};

const PATH: &str = "/v3/ecommerce/refunds/{refund_id}/return-advance";

/// Takes back from the sub-merchant what the platform paid in advance (垫付退款回补):
/// `POST /v3/ecommerce/refunds/{refund_id}/return-advance`.
///
/// Precondition: the refund was paid with
/// [`RefundAccount::PartnerAdvance`](super::RefundAccount::PartnerAdvance). While the sub-merchant's
/// balance does not suffice, the return is being processed, and the platform tries again for 90 days;
/// then it has failed for good.
///
/// Replay: the refund is the key, of which there is one return; it may be asked for again while it is
/// being processed.
///
/// Source: <https://pay.weixin.qq.com/docs/partner/apis/ecommerce-refund/refunds/create-return-advance.html>
///
/// ```
/// use wechatpay_core::api::ecommerce::refunds::return_advance::Create;
///
/// let create = Create::builder()
///     .refund_id("50000000382019052709732678859")
///     .sub_mchid("1900000109")
///     .build();
/// # assert_eq!(create.sub_mchid, "1900000109");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Create {
    /// The platform's number of the refund (微信支付退款单号), in the path. 1 to 32 characters.
    #[serde(default, skip_serializing)]
    pub refund_id: String,
    /// The sub-merchant (二级商户号) that pays. 1 to 32 characters.
    pub sub_mchid: String,
}

impl Operation for Create {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = PATH;
    const REPLAY: Replay = Replay::Idempotent {
        key: "refund_id",
        window: None,
    };
    const SETTLED_BY: Option<&'static str> =
        Some("GET /v3/ecommerce/refunds/{refund_id}/return-advance");
    const SOURCE: &'static str = "https://pay.weixin.qq.com/docs/partner/apis/ecommerce-refund/refunds/create-return-advance.html";
    type Response = AdvanceReturn;

    fn path_args(&self) -> Vec<(&'static str, &str)> {
        vec![("refund_id", &self.refund_id)]
    }

    fn check(&self) -> Result<(), FieldError> {
        check::id("refund_id", &self.refund_id, 1..=32)?;
        check::id("sub_mchid", &self.sub_mchid, 1..=32)
    }
}

/// Asks what became of a return (查询垫付回补结果):
/// `GET /v3/ecommerce/refunds/{refund_id}/return-advance`.
///
/// Source: <https://pay.weixin.qq.com/docs/partner/apis/ecommerce-refund/refunds/query-return-advance.html>
///
/// ```
/// use wechatpay_core::Merchant;
/// use wechatpay_core::api::ecommerce::refunds::return_advance::Query;
///
/// let query = Query::builder()
///     .refund_id("50000000382019052709732678859")
///     .sub_mchid("1900000109")
///     .build();
/// let draft = Merchant::new("1900001109")?.draft(&query)?;
/// assert_eq!(
///     draft.target(),
///     "/v3/ecommerce/refunds/50000000382019052709732678859/return-advance?sub_mchid=1900000109",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Query {
    /// The platform's number of the refund (微信支付退款单号), in the path. 1 to 32 characters.
    #[serde(default, skip_serializing)]
    pub refund_id: String,
    /// The sub-merchant (二级商户号) that pays. 1 to 32 characters.
    pub sub_mchid: String,
}

impl Operation for Query {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = PATH;
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/docs/partner/apis/ecommerce-refund/refunds/query-return-advance.html";
    type Response = AdvanceReturn;

    fn path_args(&self) -> Vec<(&'static str, &str)> {
        vec![("refund_id", &self.refund_id)]
    }

    fn check(&self) -> Result<(), FieldError> {
        check::id("refund_id", &self.refund_id, 1..=32)?;
        check::id("sub_mchid", &self.sub_mchid, 1..=32)
    }
}

/// The answer to [`Create`] and [`Query`]. HTTP 200 is not success: look at
/// [`result`](Self::result).
#[non_exhaustive]
#[must_use = "HTTP 200 is not success: look at `result`"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct AdvanceReturn {
    /// The platform's number of the refund (微信支付退款单号).
    pub refund_id: String,
    /// The platform's number of the return (微信回补单号).
    pub advance_return_id: String,
    /// What was paid in advance and comes back (垫付回补金额), in fen.
    pub return_amount: Fen,
    /// Who pays (出款方商户号).
    pub payer_mchid: String,
    /// The account that pays.
    pub payer_account: AccountType,
    /// Who receives (入账方商户号).
    pub payee_mchid: String,
    /// The account that receives.
    pub payee_account: AccountType,
    /// What became of it.
    pub result: ReturnState,
    /// When it ended; absent before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_time: Option<DateTime>,
}

open_enum! {
    /// What became of the return of an advance (垫付回补结果).
    ReturnState {
        /// The platform has the money back.
        Success = "SUCCESS",
        /// The payer's balance did not suffice for 90 days. Final.
        Failed = "FAILED",
        /// Not carried out yet: ask again.
        Processing = "PROCESSING",
    }
}
