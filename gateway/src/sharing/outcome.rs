//! What becomes of a round, and how it is told.

use serde_json::json;
use wechatpay_core::api::ecommerce::profitsharing::orders::{
    FailReason, Order as Answer, OrderState, Receiver, Share, ShareState,
};
use wechatpay_core::api::ecommerce::profitsharing::receivers::Kind;
use wechatpay_core::{DateTime, Fen};

use super::{Create, End, Number, Part, Round, Task, rules};
use crate::account::Purse;
use crate::credentials;
use crate::ledger::Transfer;
use crate::moment::{Moment, in_china};
use crate::notices::{Event, News, notify_url};
use crate::orders::OrderKey;
use crate::problem::Problem;
use crate::state::State;

impl State {
    /// Carries a round or a finish out.
    pub(crate) fn finish_round(&mut self, number: &Number, moment: &Moment) -> Result<(), Problem> {
        let Some(mut round) = self.rounds.get(number).cloned() else {
            return Ok(());
        };
        round.finished = Some(moment.at);
        let key = round.order.clone();
        match &mut round.task {
            Task::Finish { amount, .. } => {
                *amount = Some(self.order(&key)?.held);
                self.finish_sharing(&key, "order's sharing finished", moment)?;
            }
            Task::Share { request, parts, .. } => {
                self.pay_out(&key, request, parts, moment)?;
                if request.finish {
                    self.finish_sharing(&key, "order's sharing finished", moment)?;
                }
            }
        }
        self.rounds.insert(number.clone(), round.clone());
        self.tell_platform(&round, moment)
    }

    /// Gives each receiver its part, and the order what nobody gets.
    fn pay_out(
        &mut self,
        key: &OrderKey,
        request: &Create,
        parts: &mut [Part],
        moment: &Moment,
    ) -> Result<(), Problem> {
        let order = self.order(key)?;
        let transit = order.account(Purse::InTransit);
        let mut transfers = Vec::new();
        let (mut closed, mut closed_to_others) = (Fen::ZERO, Fen::ZERO);
        for (part, receiver) in parts.iter_mut().zip(&request.receivers) {
            let amount = receiver.amount;
            let account = rules::account_of(order, receiver);
            match (self.obstacle(request, receiver), account) {
                (None, Ok(account)) => {
                    transfers.push(Transfer::new(transit.clone(), account, amount));
                    part.end = End::Paid;
                }
                (obstacle, _) => {
                    part.end = End::Closed(obstacle.unwrap_or(FailReason::InvalidRequest));
                    closed = closed.checked_add(amount).unwrap_or(closed);
                    if !rules::is_self(order, receiver) {
                        let sum = closed_to_others.checked_add(amount);
                        closed_to_others = sum.unwrap_or(closed_to_others);
                    }
                }
            }
        }
        if !transfers.is_empty() {
            // What lies in transit was put there for this very round.
            self.ledger.post(moment.entry("order shared", transfers))?;
        }
        if closed.is_positive() {
            self.order_receives(key, transit, closed, "order not shared", moment)?;
            self.no_longer_shared(key, closed_to_others)?;
        }
        Ok(())
    }

    /// Why a receiver gets nothing.
    fn obstacle(&self, request: &Create, receiver: &Receiver) -> Option<FailReason> {
        if !self.is_related(request.appid.as_deref(), receiver) {
            return Some(FailReason::NoRelation);
        }
        let kind = receiver.kind.as_str().to_owned();
        let account = (kind, receiver.receiver_account.clone());
        self.unsound.get(&account).cloned()
    }

    pub(super) fn no_longer_shared(&mut self, key: &OrderKey, amount: Fen) -> Result<(), Problem> {
        let rounds = &mut self.order_mut(key)?.rounds;
        rounds.shared = rounds.shared.checked_sub(amount).unwrap_or_default();
        Ok(())
    }

    /// Only receivers are told, and the caller's own URL is that of the caller.
    fn tell_platform(&mut self, round: &Round, moment: &Moment) -> Result<(), Problem> {
        let Task::Share { request, parts, .. } = &round.task else {
            return Ok(());
        };
        let paid = request.receivers.iter().zip(parts);
        let paid = paid.filter(|(receiver, part)| is_caller(receiver) && part.end == End::Paid);
        for (receiver, _) in paid {
            let movement = Movement {
                event: Event::ProfitSharing,
                round,
                order_id: &round.order_id,
                out_order_no: &request.out_order_no,
                amount: receiver.amount,
                description: &receiver.description,
            };
            self.tell_movement(&movement, moment)?;
        }
        Ok(())
    }

    pub(super) fn tell_movement(
        &mut self,
        movement: &Movement<'_>,
        moment: &Moment,
    ) -> Result<(), Problem> {
        let Some(url) = movement.round.notify_url() else {
            return Ok(());
        };
        let plaintext = json!({
            "sp_mchid": credentials::MCHID,
            "sub_mchid": movement.round.order.sub_mchid,
            "transaction_id": movement.round.order.transaction_id,
            "order_id": movement.order_id,
            "out_order_no": movement.out_order_no,
            "receiver": {
                "type": "MERCHANT_ID",
                "account": credentials::MCHID,
                "amount": movement.amount,
                "description": movement.description,
            },
            "success_time": moment.text()?,
        });
        self.news.push(News {
            event: movement.event,
            url: notify_url(url)?,
            plaintext: plaintext.to_string(),
            at: moment.at,
        });
        Ok(())
    }
}

/// Money that the caller got or gave back.
pub(super) struct Movement<'a> {
    pub(super) event: Event,
    pub(super) round: &'a Round,
    /// The platform's number of the round, or of the return.
    pub(super) order_id: &'a str,
    /// The merchant's own.
    pub(super) out_order_no: &'a str,
    pub(super) amount: Fen,
    pub(super) description: &'a str,
}

fn is_caller(receiver: &Receiver) -> bool {
    receiver.kind == Kind::MerchantId && receiver.receiver_account == credentials::MCHID
}

impl Round {
    fn notify_url(&self) -> Option<&str> {
        match &self.task {
            Task::Share { request, .. } => request.notify_url.as_deref(),
            Task::Finish { request, .. } => request.notify_url.as_deref(),
        }
    }

    /// How far it is.
    pub(super) fn answer(&self, number: &Number) -> Result<Answer, Problem> {
        let finish_time = self.finished.map(in_china).transpose()?;
        let status = match self.finished {
            Some(_) => OrderState::Finished,
            None => OrderState::Processing,
        };
        let (shares, amount, description) = match &self.task {
            Task::Share { request, parts, .. } => {
                let parts = request.receivers.iter().zip(parts);
                let shares = parts.map(|(receiver, part)| share(receiver, part, &finish_time));
                (shares.collect(), None, None)
            }
            Task::Finish { request, amount } => {
                (Vec::new(), *amount, Some(request.description.clone()))
            }
        };
        Ok(Answer::builder()
            .sub_mchid(&self.order.sub_mchid)
            .transaction_id(&self.order.transaction_id)
            .out_order_no(&number.1)
            .order_id(&self.order_id)
            .status(status)
            .receivers(shares)
            .maybe_finish_amount(amount)
            .maybe_finish_description(description)
            .build())
    }
}

fn share(receiver: &Receiver, part: &Part, finish_time: &Option<DateTime>) -> Share {
    let account = &receiver.receiver_account;
    let mchid = (receiver.kind == Kind::MerchantId).then_some(account);
    let (result, fail_reason) = match &part.end {
        End::Pending => (ShareState::Pending, None),
        End::Paid => (ShareState::Success, None),
        End::Closed(reason) => (ShareState::Closed, Some(reason.clone())),
    };
    Share::builder()
        .maybe_receiver_mchid(mchid)
        .amount(receiver.amount)
        .description(&receiver.description)
        .result(result)
        .maybe_finish_time(finish_time.clone())
        .maybe_fail_reason(fail_reason)
        .kind(receiver.kind.clone())
        .receiver_account(account)
        .detail_id(&part.detail_id)
        .build()
}
