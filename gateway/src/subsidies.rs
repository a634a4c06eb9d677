//! `/v3/ecommerce/subsidies/…`: create, return, cancel.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wechatpay_core::api::ecommerce::subsidies::{
    Account as From, Cancel, CancelState, Cancelled, Create, Created, Return, ReturnState,
    Returned, SubsidyState,
};
use wechatpay_core::{DateTime, Fen, Timestamp};

use crate::account::{Account, Purse};
use crate::ledger::Transfer;
use crate::moment::Moment;
use crate::orders::{Order, OrderKey, PayerAccount, Settlement, Sharing};
use crate::problem::{Code, Location, Problem};
use crate::replay::same_request;
use crate::route::name_of;
use crate::state::{State, kind};

/// How long a repetition of a create request is recognised.
const REENTRY: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// An order's subsidy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Subsidy {
    pub(crate) id: String,
    pub(crate) request: Create,
    pub(crate) made_at: Timestamp,
    pub(crate) success_time: DateTime,
    pub(crate) returned: Fen,
    pub(crate) origin: Origin,
}

/// Who asked for a subsidy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Origin {
    /// The caller.
    Caller,
    /// The stage of a sample order, so that a return had something to return.
    Stage,
}

/// A return that was carried out, and how it was answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ReturnMade {
    request: Return,
    answer: Returned,
}

/// That an order's promised subsidy was given up. It holds something, as nothing is written as `null`
/// and would be read back as if there were none.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cancellation {
    description: String,
}

impl Subsidy {
    pub(crate) fn left(&self) -> Fen {
        self.request
            .amount
            .checked_sub(self.returned)
            .unwrap_or_default()
    }

    /// Whether only the stage of a sample made it, and all of it went back since: then the caller's
    /// own first request finds the order as if it had none.
    fn is_spent_stage(&self) -> bool {
        self.origin == Origin::Stage && self.left() == Fen::ZERO
    }

    fn answer(&self) -> Created {
        let result = if self.left() == Fen::ZERO {
            SubsidyState::Refund
        } else {
            SubsidyState::Success
        };
        Created::builder()
            .sub_mchid(&self.request.sub_mchid)
            .transaction_id(&self.request.transaction_id)
            .subsidy_id(&self.id)
            .description(&self.request.description)
            .amount(self.request.amount)
            .result(result)
            .success_time(self.success_time.clone())
            .maybe_out_subsidy_no(self.request.out_subsidy_no.clone())
            .build()
    }
}

impl State {
    pub(crate) fn create_subsidy(
        &mut self,
        request: &Create,
        moment: &Moment,
    ) -> Result<Created, Problem> {
        if let Some(answer) = self.known_subsidy(request, moment)? {
            return Ok(answer);
        }
        let key = OrderKey::new(&request.sub_mchid, &request.transaction_id);
        let order = self.order(&key)?;
        let promised = promise_of(order)?;
        unshared(order)?;
        if order.settlement == Settlement::Paid {
            return Err(Problem::invalid(
                "the order is paid and not settled yet; a subsidy comes after settlement",
            ));
        }
        if order.cancellation.is_some() {
            return Err(Problem::invalid(
                "the order's subsidy was cancelled, so it cannot be subsidised any more",
            ));
        }
        if let Some(refund_id) = &request.refund_id {
            order.find_refund(refund_id)?;
        }
        amount_fits(order, request.amount, promised)?;
        let made = self.make_subsidy(request, Origin::Caller, &name_of::<Create>(), moment)?;
        if let Some(number) = &request.out_subsidy_no {
            self.subsidy_numbers.insert(number.clone(), key);
        }
        Ok(made.answer())
    }

    /// Moves the money and remembers for what.
    pub(crate) fn make_subsidy(
        &mut self,
        request: &Create,
        origin: Origin,
        operation: &str,
        moment: &Moment,
    ) -> Result<Subsidy, Problem> {
        let key = OrderKey::new(&request.sub_mchid, &request.transaction_id);
        let success_time = moment.text()?;
        let payer = Account::PlatformOperation;
        self.order_receives(&key, payer, request.amount, operation, moment)?;
        let subsidy = Subsidy {
            id: self.next_id(kind::SUBSIDY),
            request: request.clone(),
            made_at: moment.at,
            success_time,
            returned: Fen::ZERO,
            origin,
        };
        self.order_mut(&key)?.subsidy = Some(subsidy.clone());
        Ok(subsidy)
    }

    /// The answer to a repetition, where the request is one.
    fn known_subsidy(&self, request: &Create, moment: &Moment) -> Result<Option<Created>, Problem> {
        if let Some(earlier) = self.subsidy_numbered(request.out_subsidy_no.as_deref()) {
            let same = "this out_subsidy_no was used before with other parameters";
            same_request(&earlier.request, request, same)?;
        }
        let key = OrderKey::new(&request.sub_mchid, &request.transaction_id);
        let subsidy = self
            .orders
            .get(&key)
            .and_then(|order| order.subsidy.as_ref());
        let Some(earlier) = subsidy.filter(|subsidy| !subsidy.is_spent_stage()) else {
            return Ok(None);
        };
        let once = format!(
            "an order is subsidised once, and this one is already (subsidy_id {})",
            earlier.id
        );
        same_request(&earlier.request, request, &once)?;
        if moment.at >= earlier.made_at.plus(REENTRY) {
            let why = "; equal parameters are recognised for 180 days, which are over";
            return Err(Problem::invalid(once + why));
        }
        Ok(Some(earlier.answer()))
    }

    /// Lets the caller have an order's subsidy under other parameters, as samples do.
    pub(crate) fn respell_subsidy(
        &mut self,
        key: &OrderKey,
        request: Create,
    ) -> Result<(), Problem> {
        if let Some(number) = &request.out_subsidy_no {
            self.subsidy_numbers.insert(number.clone(), key.clone());
        }
        if let Some(subsidy) = &mut self.order_mut(key)?.subsidy {
            subsidy.request = request;
            subsidy.origin = Origin::Caller;
        }
        Ok(())
    }

    fn subsidy_numbered(&self, number: Option<&str>) -> Option<&Subsidy> {
        let key = self.subsidy_numbers.get(number?)?;
        let subsidy = self.orders.get(key)?.subsidy.as_ref()?;
        (subsidy.request.out_subsidy_no.as_deref() == number).then_some(subsidy)
    }

    pub(crate) fn return_subsidy(
        &mut self,
        request: &Return,
        moment: &Moment,
    ) -> Result<Returned, Problem> {
        let number = (request.sub_mchid.clone(), request.out_order_no.clone());
        if let Some(earlier) = self.returns.get(&number) {
            let same = "this out_order_no was used before with other parameters";
            same_request(&earlier.request, request, same)?;
            return Ok(earlier.answer.clone());
        }
        let key = OrderKey::new(&request.sub_mchid, &request.transaction_id);
        let order = self.order(&key)?;
        let Some(subsidy) = &order.subsidy else {
            return Err(Problem::invalid(
                "the order has no subsidy, so there is none to return",
            ));
        };
        if let Some(id) = request.subsidy_id.as_ref().filter(|id| **id != subsidy.id) {
            return Err(Problem::invalid(format!(
                "subsidy_id {id} is not this order's, which is {}",
                subsidy.id
            )));
        }
        refund_allows(order, request.refund_id.as_deref())?;
        if request.amount > subsidy.left() {
            return Err(Problem::invalid(format!(
                "a return of {} is more than what is left of the subsidy: {} of {}",
                request.amount,
                subsidy.left(),
                subsidy.request.amount
            )));
        }
        let returned = subsidy.returned.checked_add(request.amount);
        let purse = paying_purse(order, request)?;
        let payer = order.account(purse);
        let own = purse == order.purse();
        let success_time = moment.text()?;
        let (back, amount, name) = (
            Account::PlatformOperation,
            request.amount,
            name_of::<Return>(),
        );
        if own {
            self.order_pays(&key, back, amount, &name, moment)?;
        } else {
            let transfer = Transfer::new(payer, back, amount);
            self.ledger.post(moment.entry(name, vec![transfer]))?;
        }
        let answer = returned_answer(request, self.next_id(kind::SUBSIDY_RETURN), success_time);
        let order = self.order_mut(&key)?;
        if let (Some(subsidy), Some(returned)) = (&mut order.subsidy, returned) {
            subsidy.returned = returned;
        }
        order.returned_for.extend(request.refund_id.clone());
        let made = ReturnMade {
            request: request.clone(),
            answer: answer.clone(),
        };
        self.returns.insert(number, made);
        Ok(answer)
    }

    pub(crate) fn cancel_subsidy(&mut self, request: &Cancel) -> Result<Cancelled, Problem> {
        let key = OrderKey::new(&request.sub_mchid, &request.transaction_id);
        let order = self.order_mut(&key)?;
        if order.cancellation.is_none() {
            promise_of(order)?;
            unshared(order)?;
            if let Some(subsidy) = &order.subsidy {
                return Err(Problem::invalid(format!(
                    "the order is subsidised (subsidy_id {}), so it is too late to cancel; return \
                     the subsidy instead",
                    subsidy.id
                )));
            }
            if !order.has_refund() {
                return Err(Problem::invalid(
                    "the order has no refund; a subsidy is cancelled after the order was refunded",
                ));
            }
        }
        if let Some(refund_id) = &request.refund_id {
            order.find_refund(refund_id)?;
        }
        order.cancellation = Some(Cancellation {
            description: request.description.clone(),
        });
        Ok(Cancelled::builder()
            .sub_mchid(&request.sub_mchid)
            .transaction_id(&request.transaction_id)
            .result(CancelState::Success)
            .description(&request.description)
            .maybe_refund_id(request.refund_id.clone())
            .build())
    }
}

fn promise_of(order: &Order) -> Result<Fen, Problem> {
    order.promised.ok_or_else(|| {
        Problem::invalid(
            "the order promised no subsidy (settle_info.subsidy_amount) when it was placed",
        )
    })
}

fn unshared(order: &Order) -> Result<(), Problem> {
    match order.sharing {
        Sharing::Unshared => Ok(()),
        Sharing::Shared | Sharing::Finished => Err(Problem::invalid(
            "the order's profit was shared already; subsidies come before sharing",
        )),
    }
}

fn amount_fits(order: &Order, amount: Fen, promised: Fen) -> Result<(), Problem> {
    let why = if amount > promised {
        "a subsidy is never more than what was promised"
    } else if amount < promised && !order.has_refund() {
        "without a refund of the order a subsidy is all of what was promised"
    } else {
        return Ok(());
    };
    let issue = format!("the order promised {promised}, and {amount} were asked for; {why}");
    Err(Problem::invalid(&issue).at(Location::Body, "amount", &amount.get().into(), &issue))
}

/// A return belongs to a refund, each refund to one return. Only a buyer's abnormal account, which
/// no refund can reach, allows a return without one.
fn refund_allows(order: &Order, refund_id: Option<&str>) -> Result<(), Problem> {
    match (refund_id, order.payer_account) {
        (Some(id), _) => {
            order.find_refund(id)?;
            if order.returned_for.contains(id) {
                return Err(Problem::invalid(format!(
                    "a subsidy return was made for refund_id {id} already; each refund has one"
                )));
            }
            Ok(())
        }
        (None, PayerAccount::Abnormal | PayerAccount::Closed) => Ok(()),
        (None, PayerAccount::Normal) => {
            let issue = "is missing; it may be left out only when the order cannot be refunded \
                         because the payer's account is abnormal";
            Err(Problem::invalid(format!("refund_id {issue}")).at(
                Location::Body,
                "refund_id",
                &serde_json::Value::Null,
                issue,
            ))
        }
    }
}

/// Which account pays: the one where the order's money lies, unless the request says otherwise.
fn paying_purse(order: &Order, request: &Return) -> Result<Purse, Problem> {
    let named = request.from.as_deref().unwrap_or_default();
    let field = |issue: &str| {
        let value = serde_json::to_value(named).unwrap_or_default();
        Problem::field(Location::Body, "from", &value, issue)
    };
    match named {
        [] => Ok(order.purse()),
        [part] => match &part.account {
            None => Ok(order.purse()),
            Some(From::Available) => Ok(Purse::Available),
            // An order pays with its own money, and not with what is kept of another's.
            Some(From::Unavailable) if order.purse() == Purse::Available => Err(Problem::new(
                Code::NotEnough,
                "nothing of this order's money is unavailable; AVAILABLE is the account that has it",
            )),
            Some(From::Unavailable) => Ok(order.purse()),
            Some(_) => Err(field("must name the account AVAILABLE or UNAVAILABLE")),
        },
        _ => Err(field(
            "must have one entry: only one account can pay for now",
        )),
    }
}

fn returned_answer(request: &Return, id: String, success_time: DateTime) -> Returned {
    Returned::builder()
        .sub_mchid(&request.sub_mchid)
        .transaction_id(&request.transaction_id)
        .subsidy_refund_id(id)
        .maybe_refund_id(request.refund_id.clone())
        .out_order_no(&request.out_order_no)
        .amount(request.amount)
        .description(&request.description)
        .result(ReturnState::Success)
        .success_time(success_time)
        .maybe_subsidy_id(request.subsidy_id.clone())
        .maybe_from(request.from.clone())
        .build()
}
