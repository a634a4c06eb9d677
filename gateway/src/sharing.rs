//! `/v3/ecommerce/profitsharing/…`: rounds of sharing, and the finish of an order.
//!
//! A round's money leaves the order at once, so that it cannot be spent twice, and lies in transit
//! until the gateway's clock has moved on by [`PROCESSING`]. Then each receiver has its part, or none,
//! and what nobody received is the order's again.

mod outcome;
mod returns;
mod rules;

use std::time::Duration;

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use wechatpay_core::api::ecommerce::profitsharing::finish_order::{Accepted, Finish};
use wechatpay_core::api::ecommerce::profitsharing::orders::amounts;
use wechatpay_core::api::ecommerce::profitsharing::orders::{
    Create, FailReason, Order as Answer, Query, Receiver,
};
use wechatpay_core::{Fen, Timestamp};

use crate::account::Purse;
use crate::due::DueEvent;
use crate::limits::Limit;
use crate::moment::Moment;
use crate::notices::notify_url;
use crate::orders::{OrderKey, ProfitSharing, Sharing};
use crate::percent::Percent;
use crate::problem::{Code, Location, Problem};
use crate::replay::same_request;
use crate::rotation::Rotation;
use crate::route::name_of;
use crate::sealed;
use crate::state::{State, kind};

pub(crate) use returns::GivenBack;
pub(crate) use rules::wrong_family;

/// How long a round, a finish and a return are being processed, on the gateway's clock.
pub(crate) const PROCESSING: Duration = Duration::from_secs(5);

/// The part of an order that others get at most, unless the administration says otherwise: what the
/// documents call the default of e-commerce platforms (默认最高分账比例).
pub(crate) const GREATEST_SHARE: Percent = Percent::of(30);

/// The sub-merchant, and the merchant's own number of a round, a finish or a return.
pub(crate) type Number = (String, String);

/// A receiver's type and account.
pub(crate) type ReceiverAccount = (String, String);

/// What was asked of an order's sharing so far.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Rounds {
    pub(crate) count: usize,
    /// What others got or are to get, less what they gave back.
    pub(crate) shared: Fen,
    /// The number of the last round, or of the finish: nothing comes after it.
    pub(crate) ended_by: Option<String>,
}

/// A round, or an order's finish.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Round {
    order: OrderKey,
    order_id: String,
    task: Task,
    finished: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Task {
    Share {
        /// Without the receivers' names.
        request: Create,
        /// One for each receiver, in the same order.
        parts: Vec<Part>,
        /// How many returns were asked for.
        returns: usize,
    },
    Finish {
        request: Finish,
        /// What was released, once it is.
        amount: Option<Fen>,
    },
}

/// What a receiver gets of a round.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Part {
    detail_id: String,
    end: End,
    /// What was given back of it, or is being given back.
    returned: Fen,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum End {
    Pending,
    Paid,
    Closed(FailReason),
}

impl State {
    /// Takes a round in.
    pub(crate) fn share(
        &mut self,
        mut request: Create,
        headers: &HeaderMap,
        rotation: &Rotation,
        moment: &Moment,
    ) -> Result<Answer, Problem> {
        let party = format!("sub-merchant {}", request.sub_mchid);
        let limits = [Limit::of_caller(2_000), Limit::of(300, &party)];
        self.limits.admit::<Create>(&limits, moment)?;
        open_names(&mut request, headers, rotation)?;
        let number = (request.sub_mchid.clone(), request.out_order_no.clone());
        if let Some(round) = self.rounds.get(&number) {
            match &round.task {
                Task::Share { request: was, .. } => same_request(was, &request, USED)?,
                Task::Finish { .. } => return Err(taken(&number, "the finish of an order")),
            }
            return round.answer(&number);
        }
        request.notify_url.as_deref().map(notify_url).transpose()?;
        let key = OrderKey::new(&request.sub_mchid, &request.transaction_id);
        let order = self.order(&key)?;
        rules::shareable(order, moment)?;
        rules::subsidy_is_settled(order)?;
        rules::rounds_left(order)?;
        self.receivers_are_added(order, &request)?;
        let (all, others) = rules::sums(order, &request)?;
        self.within_greatest_share(order, others)?;
        rules::covered(order, all)?;
        let transit = order.account(Purse::InTransit);
        self.order_pays(&key, transit, all, &name_of::<Create>(), moment)?;

        let parts = request.receivers.iter().map(|_| Part {
            detail_id: self.next_id(kind::ROUND_PART),
            end: End::Pending,
            returned: Fen::ZERO,
        });
        let parts = parts.collect();
        self.share_order(&key)?;
        let rounds = &mut self.order_mut(&key)?.rounds;
        rounds.count += 1;
        rounds.shared = rounds.shared.checked_add(others).unwrap_or(rounds.shared);
        if request.finish {
            rounds.ended_by = Some(request.out_order_no.clone());
        }
        let task = Task::Share {
            request,
            parts,
            returns: 0,
        };
        self.take_in(number, key, task, moment).1
    }

    /// Takes the finish of an order in.
    pub(crate) fn finish_order(
        &mut self,
        request: &Finish,
        moment: &Moment,
    ) -> Result<Accepted, Problem> {
        let number = (request.sub_mchid.clone(), request.out_order_no.clone());
        if let Some(round) = self.rounds.get(&number) {
            match &round.task {
                Task::Finish { request: was, .. } => same_request(was, request, USED)?,
                Task::Share { .. } => return Err(taken(&number, "a round of sharing")),
            }
            return Ok(accepted(request, &round.order_id));
        }
        request.notify_url.as_deref().map(notify_url).transpose()?;
        let key = OrderKey::new(&request.sub_mchid, &request.transaction_id);
        rules::shareable(self.order(&key)?, moment)?;
        self.share_order(&key)?;
        self.order_mut(&key)?.rounds.ended_by = Some(request.out_order_no.clone());
        let task = Task::Finish {
            request: request.clone(),
            amount: None,
        };
        let (order_id, _) = self.take_in(number, key, task, moment);
        Ok(accepted(request, &order_id))
    }

    /// Files what was accepted, and lets it be carried out later.
    fn take_in(
        &mut self,
        number: Number,
        order: OrderKey,
        task: Task,
        moment: &Moment,
    ) -> (String, Result<Answer, Problem>) {
        let order_id = self.next_id(kind::ROUND);
        let round = Round {
            order,
            order_id: order_id.clone(),
            task,
            finished: None,
        };
        let answer = round.answer(&number);
        self.rounds.insert(number.clone(), round);
        self.round_ids.insert(order_id.clone(), number.clone());
        self.schedule(moment, PROCESSING, DueEvent::FinishRound(number));
        (order_id, answer)
    }

    pub(crate) fn query_round(
        &mut self,
        query: &Query,
        moment: &Moment,
    ) -> Result<Answer, Problem> {
        let limits = [Limit::of_caller(500)];
        self.limits.admit::<Query>(&limits, moment)?;
        let number = (query.sub_mchid.clone(), query.out_order_no.clone());
        let round = self.rounds.get(&number);
        let round = round.filter(|round| round.order.transaction_id == query.transaction_id);
        round.ok_or_else(|| no_round(query))?.answer(&number)
    }

    /// What an order has left to share: all of it that is held.
    pub(crate) fn query_amounts(
        &self,
        query: &amounts::Query,
    ) -> Result<amounts::Amounts, Problem> {
        let id = &query.transaction_id;
        let named = |key: &&OrderKey| key.transaction_id == *id;
        let mut orders = self.orders.iter().filter(|(key, _)| named(key));
        let (_, order) = match (orders.next(), orders.next()) {
            (Some(order), None) => order,
            (None, _) => {
                let why = format!("there is no order with transaction_id {id}");
                return Err(Problem::new(Code::OrderNotExist, why));
            }
            (Some((one, _)), Some((other, _))) => {
                return Err(Problem::invalid(format!(
                    "sub-merchants {} and {} both have an order {id}, and the path names neither",
                    one.sub_mchid, other.sub_mchid
                )));
            }
        };
        rules::for_sharing(order)?;
        Ok(amounts::Amounts::builder()
            .transaction_id(id)
            .unsplit_amount(order.held)
            .build())
    }
}

const USED: &str = "this out_order_no was used before with other parameters";

fn taken(number: &Number, by: &str) -> Problem {
    let issue = format!(
        "out_order_no {} is {by} already; a round and a finish each have a number of their own",
        number.1
    );
    let value = number.1.as_str().into();
    Problem::invalid(&issue).at(Location::Body, "out_order_no", &value, &issue)
}

fn no_round(query: &Query) -> Problem {
    let why = format!(
        "order {} of sub-merchant {} has no round and no finish with out_order_no {}",
        query.transaction_id, query.sub_mchid, query.out_order_no
    );
    Problem::new(Code::ResourceNotExists, why)
}

/// Every name is the right one here: it has to open, and is dropped. So a repetition may seal it
/// anew.
fn open_names(
    request: &mut Create,
    headers: &HeaderMap,
    rotation: &Rotation,
) -> Result<(), Problem> {
    for (at, receiver) in request.receivers.iter_mut().enumerate() {
        if let Some(name) = receiver.receiver_name.take() {
            let field = format!("receivers[{at}].receiver_name");
            sealed::open(&field, &name, headers, rotation)?;
        }
    }
    Ok(())
}

fn accepted(request: &Finish, order_id: &str) -> Accepted {
    Accepted::builder()
        .sub_mchid(&request.sub_mchid)
        .transaction_id(&request.transaction_id)
        .out_order_no(&request.out_order_no)
        .order_id(order_id)
        .build()
}
