//! Under which numbers refunds and their orders are known.

use serde::{Deserialize, Serialize};
use wechatpay_core::api::ecommerce::refunds::Apply;

use super::Refund;
use crate::orders::OrderKey;
use crate::problem::{Code, Location, Problem};
use crate::state::State;

/// A refund's place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RefundKey {
    pub(super) order: OrderKey,
    pub(super) refund_id: String,
}

/// Under which names a sub-merchant's refund is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum RefundName {
    /// The platform's number.
    Id { sub_mchid: String, id: String },
    /// The merchant's own.
    Number { sub_mchid: String, number: String },
}

impl State {
    pub(super) fn refund_named(&self, name: &RefundName) -> Result<&RefundKey, Problem> {
        self.refund_names.get(name).ok_or_else(|| {
            let (sub_mchid, what) = match name {
                RefundName::Id { sub_mchid, id } => (sub_mchid, format!("refund_id {id}")),
                RefundName::Number { sub_mchid, number } => {
                    (sub_mchid, format!("out_refund_no {number}"))
                }
            };
            let why = format!("sub-merchant {sub_mchid} has no refund with {what}");
            Problem::new(Code::ResourceNotExists, why)
        })
    }

    pub(super) fn refund(&self, key: &RefundKey) -> Result<&Refund, Problem> {
        let refund = self.order(&key.order)?.refunds.get(&key.refund_id);
        refund.ok_or_else(|| no_refund(key))
    }

    pub(super) fn refund_mut(&mut self, key: &RefundKey) -> Result<&mut Refund, Problem> {
        let refund = self.order_mut(&key.order)?.refunds.get_mut(&key.refund_id);
        refund.ok_or_else(|| no_refund(key))
    }

    /// The one order that both numbers of the request fit.
    pub(super) fn order_to_refund(&self, request: &Apply) -> Result<OrderKey, Problem> {
        let sub_mchid = &request.sub_mchid;
        let none = |field: &str, number: &str| {
            let why = format!("sub-merchant {sub_mchid} has no paid order with {field} {number}");
            Err(Problem::new(Code::ResourceNotExists, why))
        };
        if let Some(id) = &request.transaction_id {
            let key = OrderKey::new(sub_mchid, id);
            let Some(order) = self.orders.get(&key) else {
                return none("transaction_id", id);
            };
            let other = request.out_trade_no.as_ref();
            return match other.filter(|number| **number != order.out_trade_no) {
                None => Ok(key),
                Some(other) => {
                    let known = &order.out_trade_no;
                    let issue =
                        format!("the order's out_trade_no is {known}, and {other} was sent");
                    let value = other.as_str().into();
                    let problem = Problem::invalid(&issue);
                    Err(problem.at(Location::Body, "out_trade_no", &value, &issue))
                }
            };
        }
        let number = request.out_trade_no.as_deref().unwrap_or_default();
        let mut paid = self.orders_numbered(number).iter();
        match paid.find(|key| key.sub_mchid == *sub_mchid) {
            Some(key) => Ok(key.clone()),
            None => none("out_trade_no", number),
        }
    }
}

impl RefundKey {
    pub(crate) fn new(sub_mchid: &str, transaction_id: &str, refund_id: &str) -> Self {
        Self {
            order: OrderKey::new(sub_mchid, transaction_id),
            refund_id: refund_id.to_owned(),
        }
    }
}

impl RefundName {
    pub(super) fn id(sub_mchid: &str, id: &str) -> Self {
        Self::Id {
            sub_mchid: sub_mchid.to_owned(),
            id: id.to_owned(),
        }
    }

    pub(super) fn number(sub_mchid: &str, number: &str) -> Self {
        Self::Number {
            sub_mchid: sub_mchid.to_owned(),
            number: number.to_owned(),
        }
    }

    pub(super) fn both(key: &RefundKey, number: &str) -> [Self; 2] {
        let sub_mchid = &key.order.sub_mchid;
        [
            Self::id(sub_mchid, &key.refund_id),
            Self::number(sub_mchid, number),
        ]
    }
}

fn no_refund(key: &RefundKey) -> Problem {
    let why = format!("the order has no refund {}", key.refund_id);
    Problem::new(Code::ResourceNotExists, why)
}
