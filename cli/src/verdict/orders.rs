//! Orders: placed is what was asked for, and paid is what a query is asked for.

use wechatpay_core::api::combine_transactions;
use wechatpay_core::api::pay::partner;
use wechatpay_core::api::pay::transactions::{CodeLink, H5Link, Prepay, TradeState};
use wechatpay_core::{Answer, NoContent};

use super::{Judge, Verdict};

impl Judge for Prepay {
    fn verdict(&self) -> Verdict {
        Verdict::Done
    }
}

impl Judge for H5Link {
    fn verdict(&self) -> Verdict {
        Verdict::Done
    }
}

impl Judge for CodeLink {
    fn verdict(&self) -> Verdict {
        Verdict::Done
    }
}

impl Judge for partner::transactions::Transaction {
    fn verdict(&self) -> Verdict {
        state("trade_state", &self.trade_state)
    }
}

/// All sub-orders are paid, or the first that is furthest from it is told.
impl Judge for combine_transactions::Transaction {
    fn verdict(&self) -> Verdict {
        let verdicts = self.sub_orders.iter().map(|sub_order| {
            let field = format!("trade_state of {}", sub_order.out_trade_no);
            state(&field, &sub_order.trade_state)
        });
        verdicts
            .rev()
            .max_by_key(rank)
            .unwrap_or_else(|| Verdict::Unclear("the answer names no sub-order".to_owned()))
    }
}

/// An order is closed by 204 alone: another 2xx can say that the payer is at it.
impl Judge for NoContent {
    fn verdict(&self) -> Verdict {
        Verdict::Done
    }

    fn judge(answer: &Answer<Self>) -> Verdict {
        if answer.status == 204 {
            return Verdict::Done;
        }
        Verdict::Unclear(format!(
            "the status is {} and not 204, so it is not known to be done: query the order",
            answer.status.as_u16()
        ))
    }
}

fn state(field: &str, state: &TradeState) -> Verdict {
    match state {
        TradeState::Success => Verdict::Done,
        TradeState::NotPay | TradeState::UserPaying | TradeState::Accept => Verdict::NotFinal(
            format!("{field} is {state}: not paid, which is not final; ask again later"),
        ),
        TradeState::Refund => Verdict::Refused(format!(
            "{field} is {state}: it was paid, and refunded in part or in whole since"
        )),
        TradeState::Closed | TradeState::Revoked | TradeState::PayError => {
            Verdict::Refused(format!("{field} is {state}: not paid"))
        }
        other => Verdict::unclear(field, other.as_str()),
    }
}

fn rank(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Done => 0,
        Verdict::NotFinal(_) => 1,
        Verdict::Refused(_) => 2,
        Verdict::Unclear(_) => 3,
    }
}
