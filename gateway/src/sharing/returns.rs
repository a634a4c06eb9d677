//! `/v3/ecommerce/profitsharing/returnorders`: receivers give back what they got.
//!
//! Nothing is set aside when a return is asked for. Whether the receiver's account covers it shows
//! when it is carried out.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wechatpay_core::api::ecommerce::profitsharing::orders::FailReason as Obstacle;
use wechatpay_core::api::ecommerce::profitsharing::receivers::Kind;
use wechatpay_core::api::ecommerce::profitsharing::returnorders::{
    Create, FailReason, Query, ReturnState, Returned,
};
use wechatpay_core::{Fen, Timestamp};

use super::outcome::Movement;
use super::{End, Number, PROCESSING, Part, Receiver, Round, Task};
use crate::account::Account;
use crate::credentials;
use crate::due::DueEvent;
use crate::limits::Limit;
use crate::moment::{Moment, in_china};
use crate::notices::Event;
use crate::problem::{Code, Location, Problem};
use crate::replay::same_request;
use crate::route::name_of;
use crate::state::{State, kind};

/// How long after a round its receivers can give back.
const RETURNABLE: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// How many returns a round has at most.
const MOST_RETURNS: usize = 50;

/// A return under the merchant's own number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct GivenBack {
    request: Create,
    return_no: String,
    round: Number,
    order_id: String,
    /// Which receiver of the round.
    receiver: usize,
    progress: Progress,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Progress {
    Processing,
    Done(Timestamp),
    Failed(Timestamp, FailReason),
}

impl State {
    pub(crate) fn give_back(
        &mut self,
        request: &Create,
        moment: &Moment,
    ) -> Result<Returned, Problem> {
        let limits = [Limit::of_caller(100)];
        self.limits.admit::<Create>(&limits, moment)?;
        let number = (request.sub_mchid.clone(), request.out_return_no.clone());
        if let Some(earlier) = self.given_back.get(&number) {
            let used = "this out_return_no was used before with other parameters";
            same_request(&earlier.request, request, used)?;
            return earlier.answer();
        }
        let names = (request.order_id.as_deref(), request.out_order_no.as_deref());
        let (round_number, round) = self.round_named(&request.sub_mchid, names, Location::Body)?;
        let (round_number, order_id) = (round_number.clone(), round.order_id.clone());
        of_this_order(round, request)?;
        let receiver = returnable(round, request, moment)?;
        if let Some((part, returns)) = self.part_mut(&round_number, receiver) {
            *returns += 1;
            let sum = part.returned.checked_add(request.amount);
            part.returned = sum.unwrap_or(part.returned);
        }
        let given_back = GivenBack {
            request: request.clone(),
            return_no: self.next_id(kind::GIVEN_BACK),
            round: round_number,
            order_id,
            receiver,
            progress: Progress::Processing,
        };
        let answer = given_back.answer();
        self.given_back.insert(number.clone(), given_back);
        self.schedule(moment, PROCESSING, DueEvent::FinishGivingBack(number));
        answer
    }

    pub(crate) fn query_return(&self, query: &Query) -> Result<Returned, Problem> {
        let names = (query.order_id.as_deref(), query.out_order_no.as_deref());
        let (round, _) = self.round_named(&query.sub_mchid, names, Location::Query)?;
        let number = (query.sub_mchid.clone(), query.out_return_no.clone());
        let given_back = self.given_back.get(&number);
        let given_back = given_back.filter(|given_back| given_back.round == *round);
        given_back
            .ok_or_else(|| {
                let why = format!(
                    "the round {} of sub-merchant {} has no return {}",
                    round.1, number.0, number.1
                );
                Problem::new(Code::ResourceNotExists, why)
            })?
            .answer()
    }

    /// Carries a return out, or fails it.
    pub(crate) fn finish_giving_back(
        &mut self,
        number: &Number,
        moment: &Moment,
    ) -> Result<(), Problem> {
        let Some(mut given_back) = self.given_back.get(number).cloned() else {
            return Ok(());
        };
        let Some(round) = self.rounds.get(&given_back.round).cloned() else {
            return Ok(());
        };
        given_back.progress = match self.carry_back(&given_back, &round, moment) {
            Ok(()) => {
                self.no_longer_shared(&round.order, given_back.request.amount)?;
                Progress::Done(moment.at)
            }
            Err(reason) => {
                self.take_off(&given_back);
                Progress::Failed(moment.at, reason)
            }
        };
        self.given_back.insert(number.clone(), given_back.clone());
        let done = matches!(given_back.progress, Progress::Done(_));
        if done && given_back.request.return_mchid == credentials::MCHID {
            let movement = Movement {
                event: Event::ProfitSharingReturn,
                round: &round,
                order_id: &given_back.return_no,
                out_order_no: &given_back.request.out_return_no,
                amount: given_back.request.amount,
                description: &given_back.request.description,
            };
            self.tell_movement(&movement, moment)?;
        }
        Ok(())
    }

    /// Moves the money, unless the receiver's account is in the way.
    fn carry_back(
        &mut self,
        given_back: &GivenBack,
        round: &Round,
        moment: &Moment,
    ) -> Result<(), FailReason> {
        let mchid = &given_back.request.return_mchid;
        let account = ("MERCHANT_ID".to_owned(), mchid.clone());
        if self.unsound.get(&account) == Some(&Obstacle::AccountAbnormal) {
            return Err(FailReason::AccountAbnormal);
        }
        let from = match mchid.parse() {
            _ if mchid == credentials::MCHID => Account::PlatformIncome,
            Ok(mchid) => Account::Merchant(mchid),
            Err(_) => return Err(FailReason::AccountAbnormal),
        };
        let (amount, name) = (given_back.request.amount, name_of::<Create>());
        self.order_receives(&round.order, from, amount, &name, moment)
            .map_err(|_| FailReason::AccountAbnormal)
    }

    /// A return that failed leaves its amount to others.
    fn take_off(&mut self, given_back: &GivenBack) {
        if let Some((part, _)) = self.part_mut(&given_back.round, given_back.receiver) {
            let rest = part.returned.checked_sub(given_back.request.amount);
            part.returned = rest.unwrap_or_default();
        }
    }

    /// A receiver's part of a round, with the count of the round's returns.
    fn part_mut(&mut self, round: &Number, receiver: usize) -> Option<(&mut Part, &mut usize)> {
        match &mut self.rounds.get_mut(round)?.task {
            Task::Share { parts, returns, .. } => Some((parts.get_mut(receiver)?, returns)),
            Task::Finish { .. } => None,
        }
    }

    /// The round by either of its numbers, or by both if they are of the same one.
    fn round_named(
        &self,
        sub_mchid: &str,
        (order_id, out_order_no): (Option<&str>, Option<&str>),
        location: Location,
    ) -> Result<(&Number, &Round), Problem> {
        let unknown = |field: &str, value: &str| {
            let issue = format!("sub-merchant {sub_mchid} has no round with {field} {value}");
            let problem = Problem::new(Code::ResourceNotExists, &issue);
            problem.at(location, field, &value.into(), &issue)
        };
        let by_id = match order_id {
            Some(id) => {
                let number = self.round_ids.get(id);
                let number = number.filter(|number| number.0 == sub_mchid);
                Some(number.cloned().ok_or_else(|| unknown("order_id", id))?)
            }
            None => None,
        };
        let by_number = out_order_no.map(|number| (sub_mchid.to_owned(), number.to_owned()));
        let number = match (by_id, by_number) {
            (Some(one), Some(other)) if one != other => {
                let issue = format!(
                    "is another round's: order_id names out_order_no {}, and out_order_no is {}",
                    one.1, other.1
                );
                let value = order_id.unwrap_or_default().into();
                return Err(Problem::invalid(format!("order_id {issue}"))
                    .at(location, "order_id", &value, &issue));
            }
            (Some(number), _) | (None, Some(number)) => number,
            (None, None) => (sub_mchid.to_owned(), String::new()),
        };
        let round = self.rounds.get_key_value(&number);
        round.ok_or_else(|| unknown("out_order_no", &number.1))
    }
}

fn of_this_order(round: &Round, request: &Create) -> Result<(), Problem> {
    let order = &round.order.transaction_id;
    match &request.transaction_id {
        Some(id) if id != order => {
            let issue = format!("the round is of order {order}, and {id} was sent");
            let value = id.as_str().into();
            Err(Problem::invalid(&issue).at(Location::Body, "transaction_id", &value, &issue))
        }
        _ => Ok(()),
    }
}

/// Which receiver of the round gives back, if it can.
fn returnable(round: &Round, request: &Create, moment: &Moment) -> Result<usize, Problem> {
    let Task::Share {
        request: shared,
        parts,
        returns,
    } = &round.task
    else {
        let why = "this out_order_no is the finish of an order, of which nobody received anything";
        return Err(Problem::invalid(why));
    };
    let mchid = &request.return_mchid;
    let is_named = |receiver: &Receiver| receiver.receiver_account == *mchid;
    let refuse = |issue: &str| {
        let problem = Problem::invalid(format!("return_mchid {mchid} {issue}"));
        Err(problem.at(
            Location::Body,
            "return_mchid",
            &mchid.as_str().into(),
            issue,
        ))
    };
    let merchants = |receiver: &Receiver| receiver.kind == Kind::MerchantId && is_named(receiver);
    let Some(at) = shared.receivers.iter().position(merchants) else {
        if shared.receivers.iter().any(is_named) {
            return refuse("is a person, and people cannot be asked to give back");
        }
        return refuse("is no receiver of this round");
    };
    if *mchid == round.order.sub_mchid {
        return refuse("is the sub-merchant itself, which has nothing to give back to itself");
    }
    let (Some(part), Some(receiver)) = (parts.get(at), shared.receivers.get(at)) else {
        return refuse("is no receiver of this round");
    };
    match &part.end {
        End::Paid => {}
        End::Pending => return refuse("has not got its part yet: the round is being processed"),
        End::Closed(reason) => return refuse(&format!("got nothing: {reason}")),
    }
    let last = round.finished.map(|finished| finished.plus(RETURNABLE));
    if last.is_some_and(|last| moment.at > last) {
        let why = "the round was over 180 days ago, and can no longer be returned";
        return Err(Problem::invalid(why));
    }
    if *returns >= MOST_RETURNS {
        let why = format!("the round has {MOST_RETURNS} returns, which is the most");
        return Err(Problem::new(Code::RuleLimit, why));
    }
    left(part, receiver, request.amount)?;
    Ok(at)
}

fn left(part: &Part, receiver: &Receiver, amount: Fen) -> Result<(), Problem> {
    let got = receiver.amount;
    let sum = part.returned.checked_add(amount);
    if sum.is_some_and(|sum| sum <= got) {
        return Ok(());
    }
    let issue = format!(
        "a return of {amount} is too much: the receiver got {got}, of which {} went back or is on \
         its way",
        part.returned
    );
    Err(Problem::invalid(&issue).at(Location::Body, "amount", &amount.get().into(), &issue))
}

impl GivenBack {
    fn answer(&self) -> Result<Returned, Problem> {
        let (result, reason, at) = match &self.progress {
            Progress::Processing => (ReturnState::Processing, None, None),
            Progress::Done(at) => (ReturnState::Success, None, Some(*at)),
            Progress::Failed(at, reason) => (ReturnState::Failed, Some(reason.clone()), Some(*at)),
        };
        Ok(Returned::builder()
            .sub_mchid(&self.request.sub_mchid)
            .order_id(&self.order_id)
            .out_order_no(&self.round.1)
            .out_return_no(&self.request.out_return_no)
            .return_mchid(&self.request.return_mchid)
            .amount(self.request.amount)
            .return_no(&self.return_no)
            .result(result)
            .maybe_fail_reason(reason)
            .maybe_finish_time(at.map(in_china).transpose()?)
            .build())
    }
}
