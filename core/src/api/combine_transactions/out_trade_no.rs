//! Combined orders by the merchant's own number: `/v3/combine-transactions/out-trade-no/…`.

use bon::Builder;
use http::Method;
use serde::{Deserialize, Serialize};

use super::SETTLED_BY;
use super::order::check_count;
use crate::api::check;
use crate::api::combine_transactions::{Order, SubOrderId, Transaction};
use crate::error::FieldError;
use crate::operation::{NoContent, Operation, Replay};

/// Asks what became of a combined order (合单查询订单):
/// `GET /v3/combine-transactions/out-trade-no/{combine_out_trade_no}`.
///
/// `ORDER_NOT_EXIST` right after an unknown outcome says that the order was never placed.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/partner/4015973142>
///
/// ```
/// use wechatpay_core::Merchant;
/// use wechatpay_core::api::combine_transactions::out_trade_no::Query;
///
/// let query = Query::builder().combine_out_trade_no("P20150806125346").build();
/// let draft = Merchant::new("1900000109")?.draft(&query)?;
/// assert_eq!(draft.target(), "/v3/combine-transactions/out-trade-no/P20150806125346");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Query {
    /// The merchant's own number of the combined order (合单商户订单号), which stands in the path. 1 to
    /// 32 letters, digits and `_-|*@`.
    #[serde(default, skip_serializing)]
    pub combine_out_trade_no: String,
}

impl Operation for Query {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/combine-transactions/out-trade-no/{combine_out_trade_no}";
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/partner/4015973142";
    type Response = Transaction;

    fn path_args(&self) -> Vec<(&'static str, &str)> {
        vec![("combine_out_trade_no", &self.combine_out_trade_no)]
    }

    fn check(&self) -> Result<(), FieldError> {
        check::out_trade_no("combine_out_trade_no", &self.combine_out_trade_no)
    }
}

/// Closes a combined order that nobody shall pay any more (合单关闭订单):
/// `POST /v3/combine-transactions/out-trade-no/{combine_out_trade_no}/close`.
///
/// Nothing else closes it, and it is closed as a whole: [`sub_orders`](Self::sub_orders) are exactly
/// those that were placed, as [`of`](Self::of) takes them.
///
/// The status of the answer is 204. Older documents know a 202 with the code `USERPAYING` as well: the
/// payer is entering the password, and the order is not closed. [`Answer`](crate::Answer) has the
/// status.
///
/// Replay: the order is the key; no money moves in this call.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/partner/4015973150>
///
/// ```
/// use wechatpay_core::api::combine_transactions::SubOrderId;
/// use wechatpay_core::api::combine_transactions::out_trade_no::Close;
///
/// let close = Close::builder()
///     .combine_out_trade_no("P20150806125346")
///     .combine_appid("wxd678efh567hg6787")
///     .sub_orders(vec![
///         SubOrderId::builder()
///             .mchid("1900000109")
///             .out_trade_no("20150806125346")
///             .sub_mchid("1230000109")
///             .build(),
///     ])
///     .build();
/// # assert_eq!(close.sub_orders.len(), 1);
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Close {
    /// The merchant's own number of the combined order (合单商户订单号), which stands in the path. 1 to
    /// 32 letters, digits and `_-|*@`.
    #[serde(default, skip_serializing)]
    pub combine_out_trade_no: String,
    /// The application that placed it (合单商户appid). 1 to 32 characters.
    pub combine_appid: String,
    /// Its sub-orders (子单), all of them. 1 to 50.
    pub sub_orders: Vec<SubOrderId>,
}

impl Close {
    /// Closes the order that was placed as `order`.
    ///
    /// ```
    /// use wechatpay_core::api::combine_transactions::Order;
    /// use wechatpay_core::api::combine_transactions::out_trade_no::Close;
    ///
    /// fn give_up(order: &Order) -> Close {
    ///     Close::of(order)
    /// }
    /// ```
    #[must_use]
    pub fn of(order: &Order) -> Self {
        Self {
            combine_out_trade_no: order.combine_out_trade_no.clone(),
            combine_appid: order.combine_appid.clone(),
            sub_orders: order.sub_orders.iter().map(SubOrderId::from).collect(),
        }
    }
}

impl Operation for Close {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/combine-transactions/out-trade-no/{combine_out_trade_no}/close";
    const REPLAY: Replay = Replay::Idempotent {
        key: "combine_out_trade_no",
        window: None,
    };
    const SETTLED_BY: Option<&'static str> = SETTLED_BY;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/partner/4015973150";
    type Response = NoContent;

    fn path_args(&self) -> Vec<(&'static str, &str)> {
        vec![("combine_out_trade_no", &self.combine_out_trade_no)]
    }

    fn check(&self) -> Result<(), FieldError> {
        check::out_trade_no("combine_out_trade_no", &self.combine_out_trade_no)?;
        check::id("combine_appid", &self.combine_appid, 1..=32)?;
        check_count(self.sub_orders.len())?;
        self.sub_orders.iter().try_for_each(SubOrderId::check)
    }
}
