//! Orders by the platform's number: `/v3/pay/partner/transactions/id/…`.

use bon::Builder;
use http::Method;
use serde::{Deserialize, Serialize};

use crate::api::check;
use crate::api::pay::partner::transactions::Transaction;
use crate::error::FieldError;
use crate::operation::{Operation, Replay};

/// Asks what became of an order, by the platform's number (微信支付订单号查询订单):
/// `GET /v3/pay/partner/transactions/id/{transaction_id}`. Only a paid order has that number.
///
/// Source: <https://pay.weixin.qq.com/docs/partner/apis/partner-miniprogram-payment/query-by-wx-trade-no.html>
///
/// ```
/// use wechatpay_core::Merchant;
/// use wechatpay_core::api::pay::partner::transactions::id::Query;
///
/// let query = Query::builder()
///     .transaction_id("1217752501201407033233368018")
///     .sp_mchid("1230000109")
///     .sub_mchid("1900000109")
///     .build();
/// let draft = Merchant::new("1230000109")?.draft(&query)?;
/// let path = "/v3/pay/partner/transactions/id/1217752501201407033233368018";
/// assert_eq!(draft.target(), format!("{path}?sp_mchid=1230000109&sub_mchid=1900000109"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Query {
    /// The platform's number of the order (微信支付订单号), which stands in the path. 1 to 32 characters.
    #[serde(default, skip_serializing)]
    pub transaction_id: String,
    /// The service provider (服务商户号). 1 to 32 characters.
    pub sp_mchid: String,
    /// The sub-merchant (子商户号, 二级商户号). 1 to 32 characters.
    pub sub_mchid: String,
}

impl Operation for Query {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/pay/partner/transactions/id/{transaction_id}";
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/docs/partner/apis/partner-miniprogram-payment/query-by-wx-trade-no.html";
    type Response = Transaction;

    fn path_args(&self) -> Vec<(&'static str, &str)> {
        vec![("transaction_id", &self.transaction_id)]
    }

    fn check(&self) -> Result<(), FieldError> {
        check::id("transaction_id", &self.transaction_id, 1..=32)?;
        check::id("sp_mchid", &self.sp_mchid, 1..=32)?;
        check::id("sub_mchid", &self.sub_mchid, 1..=32)
    }
}
