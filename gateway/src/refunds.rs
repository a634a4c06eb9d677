//! `/v3/ecommerce/refunds/…`: a buyer gets money back.
//!
//! A refund takes its money out when it is accepted, so that it cannot be spent twice. The money lies
//! in transit until the gateway's clock has moved on by [`PROCESSING`]; then the buyer has it. Where
//! the payer's account is abnormal it stays in transit instead, until the refund is sent elsewhere or
//! closed.

mod advance;
mod answers;
mod funds;
mod life;
mod names;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wechatpay_core::api::ecommerce::refunds::{
    Applied, Apply, QueryById, QueryByOutRefundNo, Refund as Answer, RefundAccount, RefundStatus,
};
use wechatpay_core::{Fen, Timestamp};

use crate::account::Account;
use crate::due::DueEvent;
use crate::limits::{Enforcement, Limit};
use crate::moment::Moment;
use crate::notices::notify_url;
use crate::orders::{Order, OrderKey, PayerAccount, own_number};
use crate::problem::{Code, Location, Problem};
use crate::replay::same_request;
use crate::route::name_of;
use crate::state::{State, kind};

pub(crate) use names::{RefundKey, RefundName};

/// How long a refund, or the return of an advance, is being processed, on the gateway's clock.
const PROCESSING: Duration = Duration::from_secs(5);
/// How long an order can be refunded.
const REFUNDABLE: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// How far apart two refunds of one order are.
const APART: Duration = Duration::from_secs(60);
/// So many refunds an order may have.
const MOST: usize = 50;

/// Money that the buyer got back, or is to get.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) amount: Fen,
    /// The merchant's own number.
    pub(crate) out_refund_no: String,
    /// When it was accepted.
    pub(crate) at: Timestamp,
    /// None: the administration made it.
    request: Option<Apply>,
    /// Who paid, and how much.
    from: Vec<(Account, Fen)>,
    /// What became of it after it was accepted, oldest first.
    changes: Vec<(Timestamp, RefundStatus)>,
    /// Where it was sent when it could not arrive.
    rescue: Option<life::Rescue>,
    /// What came back of what the platform paid in advance.
    returned: Option<advance::Returned>,
}

impl Refund {
    pub(crate) fn status(&self) -> RefundStatus {
        self.status_before(Timestamp::from_secs(u64::MAX))
    }

    /// What it was just before `end`.
    pub(crate) fn status_before(&self, end: Timestamp) -> RefundStatus {
        let mut before = self.changes.iter().filter(|(at, _)| *at < end);
        let last = before.next_back();
        last.map_or(RefundStatus::Processing, |(_, status)| status.clone())
    }

    /// Whose money it is.
    pub(crate) fn account(&self) -> RefundAccount {
        match self.from.first() {
            Some((Account::PlatformOperation, _)) => RefundAccount::PartnerAdvance,
            _ => RefundAccount::SubMerchant,
        }
    }

    /// A closed refund counts as if there had been none.
    fn counts(&self) -> bool {
        self.status() != RefundStatus::Closed
    }
}

impl Order {
    /// What was refunded in all, or is to be.
    pub(crate) fn refunded(&self) -> Fen {
        let counting = self.refunds.values().filter(|refund| refund.counts());
        Fen::checked_sum(counting.map(|refund| refund.amount)).unwrap_or(self.total)
    }

    pub(crate) fn has_refund(&self) -> bool {
        self.refunds.values().any(Refund::counts)
    }

    /// Holds a refund id against the order's refunds.
    pub(crate) fn find_refund(&self, refund_id: &str) -> Result<(), Problem> {
        let known = match self.refunds.get(refund_id) {
            Some(refund) if refund.counts() => return Ok(()),
            Some(_) => "it was closed".to_owned(),
            None if self.refunds.is_empty() => "it has none".to_owned(),
            None => {
                let known: Vec<&str> = self.refunds.keys().map(String::as_str).collect();
                format!("its refunds are {}", known.join(", "))
            }
        };
        Err(Problem::invalid(format!(
            "refund_id {refund_id} is no refund of this order; {known}"
        )))
    }

    fn refundable(&self) -> Fen {
        let left = self.total.checked_sub(self.refunded());
        left.unwrap_or_default()
    }

    fn covers_refund(&self, amount: Fen) -> Result<(), Problem> {
        let left = self.refundable();
        if amount > left {
            return Err(Problem::invalid(format!(
                "a refund of {amount} is more than what is left of the order: {left} of {}",
                self.total
            )));
        }
        Ok(())
    }
}

impl State {
    pub(crate) fn apply_refund(
        &mut self,
        request: &Apply,
        moment: &Moment,
    ) -> Result<Applied, Problem> {
        self.limits
            .admit::<Apply>(&[Limit::of_caller(150)], moment)?;
        if let Some(url) = &request.notify_url {
            notify_url(url)?;
        }
        if let Some(other) = request.amount.currency.as_deref().filter(|c| *c != "CNY") {
            let (place, field) = (Location::Body, "amount.currency");
            return Err(Problem::field(place, field, &other.into(), "must be CNY"));
        }
        let name = RefundName::number(&request.sub_mchid, &request.out_refund_no);
        if let Some(key) = self.refund_names.get(&name) {
            let refund = self.refund(key)?;
            let same = "this out_refund_no was used before with other parameters";
            match &refund.request {
                Some(earlier) => same_request(earlier, request, same)?,
                None => {
                    let why = "this out_refund_no is that of a refund which the gateway's \
                               administration made; a refund of your own needs another";
                    return Err(Problem::invalid(why));
                }
            }
            return refund.applied(&key.refund_id);
        }
        let key = self.order_to_refund(request)?;
        let order = self.order(&key)?;
        may_be_refunded(order, request, moment)?;
        self.not_too_fast(order, moment)?;
        let from = self.funds_of_refund(order, request)?;
        let transit = order.in_transit();
        self.order_pays_from(&key, &from, transit, &name_of::<Apply>(), moment)?;
        let refund = Refund {
            amount: request.amount.refund,
            out_refund_no: request.out_refund_no.clone(),
            at: moment.at,
            request: Some(request.clone()),
            from,
            changes: Vec::new(),
            rescue: None,
            returned: None,
        };
        let key = RefundKey {
            refund_id: self.next_id(kind::REFUND),
            order: key,
        };
        let answer = refund.applied(&key.refund_id)?;
        self.keep_refund(&key, refund)?;
        self.schedule(moment, PROCESSING, DueEvent::FinishRefund(key));
        Ok(answer)
    }

    /// Pays a part of an order, or all of it, back to the buyer, at once.
    pub(crate) fn refund_order(
        &mut self,
        key: &OrderKey,
        refund_id: Option<String>,
        amount: Fen,
        operation: &str,
        moment: &Moment,
    ) -> Result<String, Problem> {
        let order = self.order(key)?;
        order.covers_refund(amount)?;
        let from = vec![(order.account(order.purse()), amount)];
        let key = RefundKey {
            refund_id: refund_id.unwrap_or_else(|| self.next_id(kind::REFUND)),
            order: key.clone(),
        };
        let number = own_number("R", &key.refund_id);
        let names = RefundName::both(&key, &number);
        if names
            .iter()
            .any(|name| self.refund_names.contains_key(name))
        {
            let why = format!(
                "sub-merchant {} has a refund {} or {number} already",
                key.order.sub_mchid, key.refund_id
            );
            return Err(Problem::new(Code::AlreadyExists, why));
        }
        self.order_pays_from(&key.order, &from, Account::Buyers, operation, moment)?;
        let refund = Refund {
            amount,
            out_refund_no: number,
            at: moment.at,
            request: None,
            from,
            changes: vec![(moment.at, RefundStatus::Success)],
            rescue: None,
            returned: None,
        };
        self.keep_refund(&key, refund)?;
        Ok(key.refund_id)
    }

    pub(crate) fn query_refund(&self, query: &QueryById) -> Result<Answer, Problem> {
        let key = self.refund_named(&RefundName::id(&query.sub_mchid, &query.refund_id))?;
        self.refund_answer(key)
    }

    pub(crate) fn query_refund_by_number(
        &self,
        query: &QueryByOutRefundNo,
    ) -> Result<Answer, Problem> {
        let name = RefundName::number(&query.sub_mchid, &query.out_refund_no);
        self.refund_answer(self.refund_named(&name)?)
    }

    fn keep_refund(&mut self, key: &RefundKey, refund: Refund) -> Result<(), Problem> {
        for name in RefundName::both(key, &refund.out_refund_no) {
            self.refund_names.insert(name, key.clone());
        }
        let order = self.order_mut(&key.order)?;
        order.refunds.insert(key.refund_id.clone(), refund);
        Ok(())
    }

    /// Two refunds of an order are a minute apart, on the gateway's clock.
    fn not_too_fast(&self, order: &Order, moment: &Moment) -> Result<(), Problem> {
        let asked = order.refunds.values().filter(|r| r.request.is_some());
        let last = asked.map(|refund| refund.at).max();
        let next = last.map(|at| at.plus(APART)).filter(|at| moment.at < *at);
        match next.filter(|_| self.limits.enforcement == Enforcement::Enforced) {
            None => Ok(()),
            Some(at) => Err(Problem::new(
                Code::FrequencyLimited,
                format!(
                    "an order takes one refund a minute; wait for {} s, and repeat the same request",
                    at.distance(moment.at).as_secs()
                ),
            )),
        }
    }
}

/// What does not depend on where the money lies.
fn may_be_refunded(order: &Order, request: &Apply, moment: &Moment) -> Result<(), Problem> {
    if request.amount.total != order.total {
        let (sent, total) = (request.amount.total, order.total);
        let issue = format!("the order's total is {total}, and {sent} was sent");
        let problem = Problem::invalid(&issue);
        return Err(problem.at(Location::Body, "amount.total", &sent.get().into(), &issue));
    }
    order.covers_refund(request.amount.refund)?;
    if moment.at > order.paid_at.plus(REFUNDABLE) {
        return Err(Problem::invalid(
            "the order was paid more than 365 days ago, and can be refunded no longer",
        ));
    }
    if order.refunds.len() >= MOST {
        let why = format!("the order has {MOST} refunds, and there may be no more");
        return Err(Problem::invalid(why));
    }
    match order.payer_account {
        // Whether money can arrive shows only when it is sent.
        PayerAccount::Normal | PayerAccount::Abnormal => Ok(()),
        PayerAccount::Closed => Err(Problem::new(
            Code::UserAccountAbnormal,
            "the payer's account was closed, so there is no way back to it; pay the payer otherwise",
        )),
    }
}
