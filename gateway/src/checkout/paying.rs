//! The buyer, in front of the payment page.

use std::time::Duration;

use http::Uri;
use serde::Deserialize;

use super::{CheckoutKey, Request, Standing, instant, unknown};
use crate::due::DueEvent;
use crate::moment::{Moment, in_china};
use crate::notices::{Event, News};
use crate::orders::{NewOrder, OrderKey, PayerAccount, ProfitSharing, Settlement};
use crate::problem::{Code, Problem, clipped};
use crate::state::State;

/// How long after its payment an order is settled. Before, its profit cannot be shared (订单处理中).
const SETTLEMENT: Duration = Duration::from_secs(60);

/// Which order the buyer pays.
#[derive(Clone, Debug)]
pub(crate) enum Chosen {
    /// The one that this `prepay_id`, `code_url` or `h5_url` opens.
    Ticket(String),
    /// A sub-merchant's, by `out_trade_no`.
    Single {
        sub_mchid: String,
        out_trade_no: String,
    },
    /// By `combine_out_trade_no`.
    Combined(String),
}

/// What comes of a payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentOutcome {
    #[default]
    Paid,
    Failed,
}

impl State {
    /// Has an order paid, or the payment fail. All sub-orders of a combined order are paid, or none.
    pub(crate) fn pay(
        &mut self,
        chosen: Chosen,
        outcome: PaymentOutcome,
        moment: &Moment,
    ) -> Result<CheckoutKey, Problem> {
        let key = self.chosen(chosen, moment)?;
        let checkout = self.checkouts.get(&key).ok_or_else(|| unknown(&key))?;
        checkout.open()?;
        if let Some(start) = checkout.request.time_start() {
            let start = instant(start)?;
            if moment.at < start {
                let (start, now) = (in_china(start)?, moment.text()?);
                let why = format!("the order can be paid from {start}, and it is {now}");
                return Err(Problem::invalid(why));
            }
        }
        let standing = match outcome {
            PaymentOutcome::Failed => Standing::Failed,
            PaymentOutcome::Paid => {
                let new = new_orders(&key, &checkout.request)?;
                Standing::Paid(self.place_orders(new, moment)?)
            }
        };
        if let Some(checkout) = self.checkouts.get_mut(&key) {
            checkout.standing = standing.clone();
        }
        if let Standing::Paid(orders) = standing {
            for order in orders {
                self.schedule(moment, SETTLEMENT, DueEvent::SettleOrder(order));
            }
            self.tell_of_payment(&key, moment)?;
        }
        Ok(key)
    }

    fn chosen(&self, chosen: Chosen, moment: &Moment) -> Result<CheckoutKey, Problem> {
        match chosen {
            Chosen::Ticket(text) => self.opened_by(&text, moment),
            Chosen::Combined(number) => Ok(CheckoutKey::Combined(number)),
            Chosen::Single {
                sub_mchid,
                out_trade_no,
            } => {
                let key = CheckoutKey::Single(out_trade_no);
                let placed = self.checkouts.get(&key);
                match placed {
                    Some(placed) if placed.request.is_for(&sub_mchid) => Ok(key),
                    _ => Err(unknown(&key)),
                }
            }
        }
    }

    /// The order whose payment page opens.
    fn opened_by(&self, text: &str, moment: &Moment) -> Result<CheckoutKey, Problem> {
        let placed = self
            .tickets
            .get(text)
            .and_then(|key| Some((key, self.checkouts.get(key)?)));
        let Some((key, checkout)) = placed else {
            let why = format!("nothing was placed that {} opens", clipped(text));
            return Err(Problem::new(Code::OrderNotExist, why));
        };
        let ticket = &checkout.ticket;
        let replaced = ticket.text != text;
        if replaced || moment.at >= ticket.until {
            let lasts = checkout.request.channel().ticket_lasts().as_secs();
            let why = format!(
                "it opens the page for {lasts} s, which are over; placing the same order again \
                 gives another"
            );
            return Err(Problem::invalid(why));
        }
        Ok(key.clone())
    }

    fn tell_of_payment(&mut self, key: &CheckoutKey, moment: &Moment) -> Result<(), Problem> {
        let Some(checkout) = self.checkouts.get(key) else {
            return Ok(());
        };
        // It was held to be a URL when the order was placed.
        let url = checkout.request.notify_url();
        let Some(Ok(url)) = url.map(str::parse::<Uri>) else {
            return Ok(());
        };
        let event = match key {
            CheckoutKey::Single(_) => Event::Payment,
            CheckoutKey::Combined(_) => Event::CombinedPayment,
        };
        let plaintext = self.payment_text(key)?;
        self.news.push(News {
            event,
            url,
            plaintext,
            at: moment.at,
        });
        Ok(())
    }
}

/// The orders that a payment makes.
fn new_orders(key: &CheckoutKey, request: &Request) -> Result<Vec<NewOrder>, Problem> {
    let order = |part: &super::Part<'_>| {
        Ok(NewOrder {
            payee: part.payee()?,
            transaction_id: None,
            out_trade_no: Some(part.out_trade_no.to_owned()),
            total: part.total,
            promised: part.promised(),
            settlement: Settlement::Paid,
            profit_sharing: ProfitSharing::from(part.asks_for_sharing()),
            payer_account: PayerAccount::Normal,
            stage: None,
            checkout: Some(key.clone()),
        })
    };
    request.parts().iter().map(order).collect()
}

/// The paid orders of a placed one.
impl Standing {
    pub(crate) fn orders(&self) -> &[OrderKey] {
        match self {
            Self::Paid(orders) => orders,
            Self::Waiting | Self::Failed | Self::Closed => &[],
        }
    }
}
