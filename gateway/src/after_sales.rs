//! `/v3/ecommerce/profitsharing/after-sales-orders`: service fees of refunded orders.
//!
//! A fee is taken out of the sub-merchant's available account at once, so that the money cannot be
//! spent twice, and lies in transit until the gateway's clock has moved on by [`PROCESSING`]; then
//! the platform has it. All fees of an order together are at most its total: the greatest sharing
//! ratio is 100 %.

use std::time::Duration;

use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders::{
    Accepted, Create, Kind, Order as Answer, OrderState, Query, Scene,
};
use wechatpay_core::{Fen, Timestamp};

use crate::account::{Account, Purse};
use crate::ledger::Transfer;
use crate::moment::{Moment, in_china};
use crate::orders::OrderKey;
use crate::problem::{Code, Location, Problem};
use crate::replay::same_request;
use crate::route::name_of;
use crate::state::State;

/// How long a fee is being processed, on the gateway's clock.
pub(crate) const PROCESSING: Duration = Duration::from_secs(10);

/// A fee that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Fee {
    pub(crate) request: Create,
    progress: Progress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Processing,
    Finished(Timestamp),
}

/// A fee that finishes when the clock gets to `at`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Due {
    at: Timestamp,
    /// The request that asked for it; also what keeps two of one second in order.
    request_id: String,
    order: OrderKey,
    refund_id: Option<String>,
}

impl State {
    pub(crate) fn take_fee(
        &mut self,
        request: &Create,
        moment: &Moment,
    ) -> Result<Accepted, Problem> {
        known_values(request)?;
        let key = OrderKey::new(&request.sub_mchid, &request.transaction_id);
        let order = self.order(&key)?;
        let earlier = order
            .fees
            .iter()
            .find(|fee| fee.request.refund_id == request.refund_id);
        if let Some(earlier) = earlier {
            let once = "a fee was asked for this order and refund before, with other parameters";
            same_request(&earlier.request, request, once)?;
            return Ok(accepted(request));
        }
        if let Some(refund_id) = &request.refund_id {
            order.find_refund(refund_id)?;
        }
        let taken = Fen::checked_sum(order.fees.iter().map(|fee| fee.request.amount));
        let left = order
            .total
            .checked_sub(taken.unwrap_or(order.total))
            .unwrap_or_default();
        if request.amount > left {
            let issue = format!(
                "a fee of {} is more than what can still be taken: {left} of the order's {}",
                request.amount, order.total
            );
            let value = request.amount.get().into();
            return Err(Problem::invalid(&issue).at(Location::Body, "amount", &value, &issue));
        }
        let (from, to) = (
            order.account(Purse::Available),
            order.account(Purse::InTransit),
        );
        let reserved = Transfer::new(from, to, request.amount);
        self.ledger
            .post(moment.entry(name_of::<Create>(), vec![reserved]))?;
        self.order_mut(&key)?.fees.push(Fee {
            request: request.clone(),
            progress: Progress::Processing,
        });
        self.due.insert(Due {
            at: moment.at.plus(PROCESSING),
            request_id: moment.request_id.clone(),
            order: key,
            refund_id: request.refund_id.clone(),
        });
        Ok(accepted(request))
    }

    /// A fee that was asked for and carried out at once, as the sample query finds it.
    pub(crate) fn take_finished_fee(
        &mut self,
        request: &Create,
        moment: &Moment,
    ) -> Result<(), Problem> {
        let key = OrderKey::new(&request.sub_mchid, &request.transaction_id);
        let payer = self.order(&key)?.account(Purse::Available);
        let transfer = Transfer::new(payer, Account::PlatformIncome, request.amount);
        let name = "sample: after-sales order finished";
        self.ledger.post(moment.entry(name, vec![transfer]))?;
        self.order_mut(&key)?.fees.push(Fee {
            request: request.clone(),
            progress: Progress::Finished(moment.at),
        });
        Ok(())
    }

    /// Finishes what is due. It happens at the due time, whenever it is noticed.
    pub(crate) fn finish_due_fees(&mut self, now: Timestamp) {
        while let Some(due) = self.due.first().filter(|due| due.at <= now).cloned() {
            self.due.remove(&due);
            self.finish_fee(&due);
        }
    }

    fn finish_fee(&mut self, due: &Due) {
        let Some(order) = self.orders.get_mut(&due.order) else {
            return;
        };
        let (from, to) = (order.account(Purse::InTransit), Account::PlatformIncome);
        let same = |fee: &&mut Fee| fee.request.refund_id == due.refund_id;
        let Some(fee) = order.fees.iter_mut().find(same) else {
            return;
        };
        let moment = Moment {
            at: due.at,
            request_id: due.request_id.clone(),
        };
        let transfer = Transfer::new(from, to, fee.request.amount);
        let entry = moment.entry("after-sales order finished", vec![transfer]);
        // What lies in transit was put there for this very fee, and nothing else takes it out.
        if self.ledger.post(entry).is_ok() {
            fee.progress = Progress::Finished(due.at);
        }
    }

    /// The latest fee of an order.
    pub(crate) fn query_fee(&self, query: &Query) -> Result<Answer, Problem> {
        let key = OrderKey::new(&query.sub_mchid, &query.transaction_id);
        let fee = self.order(&key)?.fees.last().ok_or_else(|| {
            Problem::new(
                Code::OrderNotExist,
                format!(
                    "order {} of sub-merchant {} has no after-sales order",
                    key.transaction_id, key.sub_mchid
                ),
            )
        })?;
        let (result, finished) = match fee.progress {
            Progress::Processing => (OrderState::Processing, None),
            Progress::Finished(at) => (OrderState::Success, Some(in_china(at)?)),
        };
        Ok(Answer::builder()
            .sub_mchid(key.sub_mchid)
            .transaction_id(key.transaction_id)
            .amount(fee.request.amount)
            .result(result)
            .maybe_finish_time(finished)
            .build())
    }
}

/// The documents know one kind of income and three scenes, each of which needs a refund.
fn known_values(request: &Create) -> Result<(), Problem> {
    let refuse = |field, value: &str, issue| {
        Err(Problem::field(Location::Body, field, &value.into(), issue))
    };
    if let Kind::Other(text) = &request.kind {
        return refuse("type", text, "must be SERVICE_FEE_INCOME");
    }
    if let Scene::Other(text) = &request.scene {
        let issue = "must be REFUND_TICKET, CHANGE_TICKET or RETURN_GOODS";
        return refuse("scene", text, issue);
    }
    if request.refund_id.is_none() {
        return refuse("refund_id", "", "is missing, and every scene needs it");
    }
    Ok(())
}

fn accepted(request: &Create) -> Accepted {
    Accepted::builder()
        .sub_mchid(&request.sub_mchid)
        .transaction_id(&request.transaction_id)
        .amount(request.amount)
        .build()
}
