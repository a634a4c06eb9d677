//! What an order still has to share: `/v3/ecommerce/profitsharing/orders/{transaction_id}/amounts`.

use bon::Builder;
use http::Method;
use serde::{Deserialize, Serialize};

use crate::api::check;
use crate::error::FieldError;
use crate::money::Fen;
use crate::operation::{Operation, Replay};

/// Asks how much of an order is not shared yet (查询订单剩余待分金额):
/// `GET /v3/ecommerce/profitsharing/orders/{transaction_id}/amounts`.
///
/// Source: <https://pay.weixin.qq.com/wiki/doc/apiv3_partner/apis/chapter7_4_9.shtml>
///
/// ```
/// use wechatpay_core::Merchant;
/// use wechatpay_core::api::ecommerce::profitsharing::orders::amounts::Query;
///
/// let query = Query::builder().transaction_id("4208450740201411110007820472").build();
/// let draft = Merchant::new("1900000100")?.draft(&query)?;
/// assert_eq!(
///     draft.target(),
///     "/v3/ecommerce/profitsharing/orders/4208450740201411110007820472/amounts",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Query {
    /// The platform's number of the order (微信订单号). 1 to 32 characters.
    #[serde(default, skip_serializing)]
    pub transaction_id: String,
}

impl Operation for Query {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/ecommerce/profitsharing/orders/{transaction_id}/amounts";
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str =
        "https://pay.weixin.qq.com/wiki/doc/apiv3_partner/apis/chapter7_4_9.shtml";
    type Response = Amounts;

    fn path_args(&self) -> Vec<(&'static str, &str)> {
        vec![("transaction_id", &self.transaction_id)]
    }

    fn check(&self) -> Result<(), FieldError> {
        check::id("transaction_id", &self.transaction_id, 1..=32)
    }
}

/// The answer to [`Query`].
///
/// ```
/// use wechatpay_core::Fen;
/// use wechatpay_core::api::ecommerce::profitsharing::orders::amounts::Amounts;
///
/// let amounts: Amounts = serde_json::from_str(
///     r#"{"transaction_id": "4208450740201411110007820472", "unsplit_amount": 1000}"#,
/// )?;
/// assert_eq!(amounts.unsplit_amount, Fen::new(1000));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Amounts {
    /// As sent.
    pub transaction_id: String,
    /// What is not shared yet, in fen (订单剩余待分金额).
    pub unsplit_amount: Fen,
}
