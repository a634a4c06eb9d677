//! `/v3/ecommerce/profitsharing/after-sales-orders`: service fees of refunded orders.
//!
//! A fee is taken out of the order's money at once, so that it cannot be spent twice, and lies in
//! transit until the gateway's clock has moved on by [`PROCESSING`]; then the platform has it. All
//! fees of an order together are at most its total: the greatest sharing ratio is 100 %.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders::{
    Accepted, Create, Kind, Order as Answer, OrderState, Query, Scene,
};
use wechatpay_core::{Fen, Timestamp};

use crate::account::{Account, Purse};
use crate::due::DueEvent;
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
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Fee {
    pub(crate) request: Create,
    progress: Progress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Progress {
    Processing,
    Finished(Timestamp),
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
        let transit = order.account(Purse::InTransit);
        self.order_pays(&key, transit, request.amount, &name_of::<Create>(), moment)?;
        self.order_mut(&key)?.fees.push(Fee {
            request: request.clone(),
            progress: Progress::Processing,
        });
        let finish = DueEvent::FinishFee {
            order: key,
            refund_id: request.refund_id.clone(),
        };
        self.schedule(moment, PROCESSING, finish);
        Ok(accepted(request))
    }

    /// A fee that was asked for and carried out at once, as the sample query finds it.
    pub(crate) fn take_finished_fee(
        &mut self,
        request: &Create,
        moment: &Moment,
    ) -> Result<(), Problem> {
        let key = OrderKey::new(&request.sub_mchid, &request.transaction_id);
        let name = "sample: after-sales order finished";
        self.order_pays(&key, Account::PlatformIncome, request.amount, name, moment)?;
        self.order_mut(&key)?.fees.push(Fee {
            request: request.clone(),
            progress: Progress::Finished(moment.at),
        });
        Ok(())
    }

    /// What lies in transit for a fee arrives.
    pub(crate) fn finish_fee(
        &mut self,
        key: &OrderKey,
        refund_id: Option<&str>,
        moment: &Moment,
    ) -> Result<(), Problem> {
        let order = self.order(key)?;
        let from = order.account(Purse::InTransit);
        let same = |fee: &Fee| fee.request.refund_id.as_deref() == refund_id;
        let Some(index) = order.fees.iter().position(same) else {
            return Ok(());
        };
        let amount = order.fees[index].request.amount;
        let transfer = Transfer::new(from, Account::PlatformIncome, amount);
        // What lies in transit was put there for this very fee, and nothing else takes it out.
        self.ledger
            .post(moment.entry("after-sales order finished", vec![transfer]))?;
        if let Some(fee) = self.order_mut(key)?.fees.get_mut(index) {
            fee.progress = Progress::Finished(moment.at);
        }
        Ok(())
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
