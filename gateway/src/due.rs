//! What happens by itself in the course of time.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wechatpay_core::Timestamp;

use crate::checkout::CheckoutKey;
use crate::moment::Moment;
use crate::orders::OrderKey;
use crate::refunds::RefundKey;
use crate::sharing::Number;
use crate::state::State;

/// When something happens, and in which order what happens in one second.
pub(crate) type DueKey = (Timestamp, u64);

/// Something that happens when the clock gets there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Due {
    /// The request that brought it about.
    request_id: String,
    event: DueEvent,
}

/// What happens.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DueEvent {
    /// An order that nobody paid cannot be paid any more.
    ExpireCheckout(CheckoutKey),
    /// An order's money is no longer on its way.
    SettleOrder(OrderKey),
    /// What is still kept for sharing is the sub-merchant's to use.
    Unfreeze(OrderKey),
    /// An after-sales fee arrives.
    FinishFee {
        order: OrderKey,
        refund_id: Option<String>,
    },
    /// A round of sharing, or an order's finish, is carried out.
    FinishRound(Number),
    /// What a receiver gives back arrives.
    FinishGivingBack(Number),
    /// A refund arrives, or does not.
    FinishRefund(RefundKey),
    /// What the platform paid in advance for a refund comes back.
    ReturnAdvance(RefundKey),
}

impl State {
    /// Lets something happen `after` the moment.
    pub(crate) fn schedule(&mut self, moment: &Moment, after: Duration, event: DueEvent) {
        let key = (moment.at.plus(after), self.next_number());
        let due = Due {
            request_id: moment.request_id.clone(),
            event,
        };
        self.due.insert(key, due);
    }

    /// Lets happen what is due, each at its own time, whenever that is noticed.
    pub(crate) fn run_due(&mut self, now: Timestamp, at: Timestamp) {
        while let Some(key) = self.due.first().map(|(key, _)| *key) {
            if key.0 > at {
                return;
            }
            if let Some(due) = self.due.remove(&key) {
                let moment = Moment {
                    at: key.0,
                    now,
                    request_id: due.request_id,
                };
                self.happen(&due.event, &moment);
            }
        }
    }

    fn happen(&mut self, event: &DueEvent, moment: &Moment) {
        // An order that is settled already, say, has nothing left to happen.
        let _ = match event {
            DueEvent::ExpireCheckout(key) => self.expire_checkout(key),
            DueEvent::SettleOrder(key) => self.settle_order(key, moment),
            DueEvent::Unfreeze(key) => self.finish_sharing(key, "order unfrozen", moment),
            DueEvent::FinishFee { order, refund_id } => {
                self.finish_fee(order, refund_id.as_deref(), moment)
            }
            DueEvent::FinishRound(number) => self.finish_round(number, moment),
            DueEvent::FinishGivingBack(number) => self.finish_giving_back(number, moment),
            DueEvent::FinishRefund(key) => self.finish_refund(key, moment),
            DueEvent::ReturnAdvance(key) => self.carry_out_return(key, moment),
        };
    }
}
