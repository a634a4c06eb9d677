//! Orders by the merchant's own number: `/v3/pay/partner/transactions/out-trade-no/…`.

use bon::Builder;
use http::Method;
use serde::{Deserialize, Serialize};

use super::SETTLED_BY;
use crate::api::check;
use crate::api::pay::partner::transactions::Transaction;
use crate::error::FieldError;
use crate::operation::{NoContent, Operation, Replay};

/// Asks what became of an order, by the merchant's number (商户订单号查询订单):
/// `GET /v3/pay/partner/transactions/out-trade-no/{out_trade_no}`.
///
/// `ORDER_NOT_EXIST` right after an unknown outcome says that the order was never placed.
///
/// Source: <https://pay.weixin.qq.com/docs/partner/apis/partner-query-order/partner-jsons/partner-query-by-out-trade-no.html>
///
/// ```
/// use wechatpay_core::Merchant;
/// use wechatpay_core::api::pay::partner::transactions::out_trade_no::Query;
///
/// let query = Query::builder()
///     .out_trade_no("1217752501201407033233368018")
///     .sp_mchid("1230000109")
///     .sub_mchid("1900000109")
///     .build();
/// let draft = Merchant::new("1230000109")?.draft(&query)?;
/// let path = "/v3/pay/partner/transactions/out-trade-no/1217752501201407033233368018";
/// assert_eq!(draft.target(), format!("{path}?sp_mchid=1230000109&sub_mchid=1900000109"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Query {
    /// The merchant's own number of the order (商户订单号), which stands in the path. 1 to 32 letters,
    /// digits and `_-|*@`.
    #[serde(default, skip_serializing)]
    pub out_trade_no: String,
    /// The service provider (服务商户号). 1 to 32 characters.
    pub sp_mchid: String,
    /// The sub-merchant (子商户号, 二级商户号). 1 to 32 characters.
    pub sub_mchid: String,
}

impl Operation for Query {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/pay/partner/transactions/out-trade-no/{out_trade_no}";
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/docs/partner/apis/partner-query-order/partner-jsons/partner-query-by-out-trade-no.html";
    type Response = Transaction;

    fn path_args(&self) -> Vec<(&'static str, &str)> {
        vec![("out_trade_no", &self.out_trade_no)]
    }

    fn check(&self) -> Result<(), FieldError> {
        check::out_trade_no("out_trade_no", &self.out_trade_no)?;
        check::id("sp_mchid", &self.sp_mchid, 1..=32)?;
        check::id("sub_mchid", &self.sub_mchid, 1..=32)
    }
}

/// Closes an order that nobody shall pay any more (关闭订单):
/// `POST /v3/pay/partner/transactions/out-trade-no/{out_trade_no}/close`.
///
/// Close it before the same goods are offered under another number: otherwise both can be paid. An
/// order that was paid cannot be closed; it is refunded.
///
/// Replay: the order is the key; no money moves in this call.
///
/// Source: <https://pay.weixin.qq.com/wiki/doc/apiv3/wxpay/pay/transactions/chapter5_6.shtml>
///
/// ```
/// use wechatpay_core::api::pay::partner::transactions::out_trade_no::Close;
///
/// let close = Close::builder()
///     .out_trade_no("1217752501201407033233368018")
///     .sp_mchid("1230000109")
///     .sub_mchid("1900000109")
///     .build();
/// # assert_eq!(close.sub_mchid, "1900000109");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Close {
    /// The merchant's own number of the order (商户订单号), which stands in the path. 1 to 32 letters,
    /// digits and `_-|*@`.
    #[serde(default, skip_serializing)]
    pub out_trade_no: String,
    /// The service provider (服务商户号). 1 to 32 characters.
    pub sp_mchid: String,
    /// The sub-merchant (子商户号, 二级商户号). 1 to 32 characters.
    pub sub_mchid: String,
}

impl Operation for Close {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/pay/partner/transactions/out-trade-no/{out_trade_no}/close";
    const REPLAY: Replay = Replay::Idempotent {
        key: "out_trade_no",
        window: None,
    };
    const SETTLED_BY: Option<&'static str> = SETTLED_BY;
    const SOURCE: &'static str =
        "https://pay.weixin.qq.com/wiki/doc/apiv3/wxpay/pay/transactions/chapter5_6.shtml";
    type Response = NoContent;

    fn path_args(&self) -> Vec<(&'static str, &str)> {
        vec![("out_trade_no", &self.out_trade_no)]
    }

    fn check(&self) -> Result<(), FieldError> {
        check::out_trade_no("out_trade_no", &self.out_trade_no)?;
        check::id("sp_mchid", &self.sp_mchid, 1..=32)?;
        check::id("sub_mchid", &self.sub_mchid, 1..=32)
    }
}
