//! `/v3/pay/partner/transactions/…` and `/v3/combine-transactions/…`: orders are placed and closed,
//! and expire. `paying` is the buyer, `telling` answers queries.
//!
//! An order that nobody pays in time is closed. By newer documents it then merely cannot be paid; that
//! a query tells it as `CLOSED` is what merchants report.

mod channel;
mod paying;
mod request;
mod telling;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wechatpay_core::api::combine_transactions::SubOrderId;
use wechatpay_core::api::combine_transactions::out_trade_no::Close as CloseCombined;
use wechatpay_core::api::pay::partner::transactions::out_trade_no::Close;
use wechatpay_core::{DateTime, Timestamp};

use crate::due::DueEvent;
use crate::moment::Moment;
use crate::orders::OrderKey;
use crate::problem::{Code, Location, Problem};
use crate::state::State;

pub(crate) use channel::{Channel, Place};
pub(crate) use paying::{Chosen, PaymentOutcome};
pub(crate) use request::{Part, Payer, Request};
pub(crate) use telling::Sale;

/// How long an order can be paid that names no `time_expire`.
const PAYABLE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// A `time_expire` that comes sooner is moved to here, and is no mistake.
const SHORTEST: Duration = Duration::from_secs(60);
/// A later one is moved to here.
const LONGEST: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Under which name a placed order is known. A combined order has numbers of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CheckoutKey {
    /// By `out_trade_no`, which is unique to the service provider.
    Single(String),
    /// By `combine_out_trade_no`.
    Combined(String),
}

/// An order that was placed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Checkout {
    pub(crate) request: Request,
    ticket: Ticket,
    /// From then on it cannot be paid.
    expires: Timestamp,
    pub(crate) standing: Standing,
}

/// What opens the payment page.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Ticket {
    text: String,
    until: Timestamp,
}

/// What became of a placed order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    Waiting,
    /// The buyer tried, and can try again.
    Failed,
    Closed,
    /// Its paid orders, in the order of the request's.
    Paid(Vec<OrderKey>),
}

impl State {
    /// Places an order. The same one again is answered with what opens its page by then.
    pub(crate) fn place<O: Place>(
        &mut self,
        operation: O,
        moment: &Moment,
    ) -> Result<O::Response, Problem> {
        let request = operation.placed();
        let (key, time) = (request.key(), moment.text()?);
        if let Some(earlier) = self.checkouts.get(&key) {
            earlier.open()?;
            earlier.request.same(&request)?;
            if moment.at < earlier.ticket.until {
                return Ok(O::answer(earlier.ticket.text.clone()));
            }
        } else {
            request.check()?;
            self.numbers_are_free(&request)?;
            self.keep_checkout(&key, request, moment)?;
        }
        Ok(O::answer(self.open_page(&key, &time, moment)?))
    }

    fn keep_checkout(
        &mut self,
        key: &CheckoutKey,
        request: Request,
        moment: &Moment,
    ) -> Result<(), Problem> {
        let lasts = match request.time_expire() {
            Some(time) => {
                let left = instant(time)?.as_secs().saturating_sub(moment.at.as_secs());
                Duration::from_secs(left).clamp(SHORTEST, LONGEST)
            }
            None => PAYABLE,
        };
        if let CheckoutKey::Combined(_) = key {
            for part in request.parts() {
                self.sub_orders
                    .insert(part.out_trade_no.to_owned(), key.clone());
            }
        }
        let checkout = Checkout {
            request,
            ticket: Ticket {
                text: String::new(),
                until: moment.at,
            },
            expires: moment.at.plus(lasts),
            standing: Standing::Waiting,
        };
        self.checkouts.insert(key.clone(), checkout);
        self.schedule(moment, lasts, DueEvent::ExpireCheckout(key.clone()));
        Ok(())
    }

    /// Makes what opens an order's payment page.
    fn open_page(
        &mut self,
        key: &CheckoutKey,
        time: &DateTime,
        moment: &Moment,
    ) -> Result<String, Problem> {
        let number = self.next_number();
        let checkout = self.checkouts.get_mut(key).ok_or_else(|| unknown(key))?;
        let channel = checkout.request.channel();
        let text = channel.ticket(time, number);
        checkout.ticket = Ticket {
            text: text.clone(),
            until: moment.at.plus(channel.ticket_lasts()),
        };
        self.tickets.insert(text.clone(), key.clone());
        Ok(text)
    }

    /// No order has one of these numbers.
    fn numbers_are_free(&self, request: &Request) -> Result<(), Problem> {
        for part in request.parts() {
            let number = part.out_trade_no;
            let single = CheckoutKey::Single(number.to_owned());
            let by = if let Some(CheckoutKey::Combined(other)) = self.sub_orders.get(number) {
                format!("by a sub-order of the combined order {other}")
            } else if self.checkouts.contains_key(&single) {
                "by an order of its own".to_owned()
            } else if let [paid, ..] = self.orders_numbered(number) {
                format!("by the order {}, which is paid", paid.transaction_id)
            } else {
                continue;
            };
            let issue = format!("is used already {by}; each order has a number of its own");
            let field = part.field("out_trade_no");
            let why = format!("{field} {number} {issue}");
            return Err(Problem::new(Code::OutTradeNoUsed, why).at(
                Location::Body,
                &field,
                &number.into(),
                &issue,
            ));
        }
        Ok(())
    }

    /// Whether an order was placed under this number, alone or in a combined one.
    pub(crate) fn is_placed(&self, out_trade_no: &str) -> bool {
        let single = CheckoutKey::Single(out_trade_no.to_owned());
        self.checkouts.contains_key(&single) || self.sub_orders.contains_key(out_trade_no)
    }

    /// Closes an order that is not paid. A second time changes nothing.
    pub(crate) fn close_order(&mut self, close: &Close) -> Result<(), Problem> {
        let key = CheckoutKey::Single(close.out_trade_no.clone());
        let placed = self.checkouts.get(&key);
        if placed.is_some_and(|placed| placed.request.is_for(&close.sub_mchid)) {
            return self.close_checkout(&key);
        }
        let key = self.find_paid(&close.sub_mchid, &close.out_trade_no)?;
        Err(paid(std::slice::from_ref(key)))
    }

    /// Closes a combined order as a whole.
    pub(crate) fn close_combined(&mut self, close: &CloseCombined) -> Result<(), Problem> {
        let key = CheckoutKey::Combined(close.combine_out_trade_no.clone());
        let checkout = self.checkouts.get(&key).ok_or_else(|| unknown(&key))?;
        let appid = checkout.request.appid();
        if appid != close.combine_appid {
            let issue = format!("is not the one that the order was placed with, {appid}");
            let value = close.combine_appid.as_str().into();
            let (field, why) = ("combine_appid", format!("combine_appid {issue}"));
            return Err(Problem::invalid(why).at(Location::Body, field, &value, &issue));
        }
        checkout.request.is_made_of(&close.sub_orders)?;
        self.close_checkout(&key)
    }

    fn close_checkout(&mut self, key: &CheckoutKey) -> Result<(), Problem> {
        let checkout = self.checkouts.get_mut(key).ok_or_else(|| unknown(key))?;
        match &checkout.standing {
            Standing::Closed => {}
            Standing::Paid(orders) => return Err(paid(orders)),
            Standing::Waiting | Standing::Failed => checkout.standing = Standing::Closed,
        }
        Ok(())
    }

    /// The time to pay an order is over.
    pub(crate) fn expire_checkout(&mut self, key: &CheckoutKey) -> Result<(), Problem> {
        self.close_checkout(key)
    }
}

impl Checkout {
    /// It can still be paid.
    fn open(&self) -> Result<(), Problem> {
        match &self.standing {
            Standing::Waiting | Standing::Failed => Ok(()),
            Standing::Paid(orders) => Err(paid(orders)),
            Standing::Closed => Err(Problem::new(
                Code::OrderClosed,
                "the order was closed, or not paid in time; place another under a new number",
            )),
        }
    }
}

impl Request {
    /// A close names exactly the sub-orders that were placed, in any order.
    fn is_made_of(&self, named: &[SubOrderId]) -> Result<(), Problem> {
        type Name<'a> = (&'a str, &'a str, Option<&'a str>);
        let parts = self.parts();
        let mut placed: Vec<Name<'_>> = parts
            .iter()
            .map(|part| (part.out_trade_no, part.mchid, part.sub_mchid))
            .collect();
        let mut closed: Vec<Name<'_>> = named
            .iter()
            .map(|id| {
                (
                    id.out_trade_no.as_str(),
                    id.mchid.as_str(),
                    id.sub_mchid.as_deref(),
                )
            })
            .collect();
        placed.sort_unstable();
        closed.sort_unstable();
        let appids = named.iter().all(|id| {
            let part = parts
                .iter()
                .find(|part| part.out_trade_no == id.out_trade_no);
            // It may be left out.
            id.sub_appid.is_none()
                || part.is_some_and(|part| part.sub_appid == id.sub_appid.as_deref())
        });
        if placed == closed && appids {
            return Ok(());
        }
        let list = |names: &[Name<'_>]| {
            let name = |(number, mchid, sub_mchid): &Name<'_>| {
                format!("{number} of {mchid} for {}", sub_mchid.unwrap_or(mchid))
            };
            names.iter().map(name).collect::<Vec<_>>().join(", ")
        };
        let issue = format!(
            "must be exactly the sub-orders that were placed, as they were placed: {}; and are: {}",
            list(&placed),
            list(&closed)
        );
        let value = serde_json::to_value(named).unwrap_or_default();
        let why = format!("sub_orders {issue}");
        Err(Problem::invalid(why).at(Location::Body, "sub_orders", &value, &issue))
    }
}

/// The order has a payment already.
fn paid(orders: &[OrderKey]) -> Problem {
    let ids: Vec<&str> = orders.iter().map(|key| &*key.transaction_id).collect();
    let why = format!("the order is paid (transaction_id {})", ids.join(", "));
    Problem::new(Code::OrderPaid, why)
}

fn unknown(key: &CheckoutKey) -> Problem {
    let (name, number) = match key {
        CheckoutKey::Single(number) => ("out_trade_no", number),
        CheckoutKey::Combined(number) => ("combine_out_trade_no", number),
    };
    Problem::new(
        Code::OrderNotExist,
        format!("no order was placed with {name} {number}"),
    )
}

/// A time of a request. The documents' own sample has a sixtieth second, which is the next minute's
/// first.
fn instant(time: &DateTime) -> Result<Timestamp, Problem> {
    let text = time.as_str();
    let at = match (text.get(..17), text.get(17..19), text.get(19..)) {
        (Some(before), Some("60"), Some(after)) => DateTime::new(format!("{before}59{after}"))
            .to_timestamp()
            .map(|at| at.plus(Duration::from_secs(1))),
        _ => time.to_timestamp(),
    };
    at.map_err(|e| Problem::new(Code::ParamError, e.to_string()))
}
