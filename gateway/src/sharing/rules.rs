//! What has to hold before an order is shared.

use std::time::Duration;

use wechatpay_core::Fen;
use wechatpay_core::api::ecommerce::profitsharing::receivers::Kind;

use super::{Create, Moment, ProfitSharing, Receiver, Sharing};
use crate::account::{Account, AccountError, Purse};
use crate::credentials;
use crate::orders::{Order, Settlement};
use crate::percent::Percent;
use crate::problem::{Code, Location, Problem};
use crate::receivers::known_kind;
use crate::state::State;

/// How long after its payment an order can be shared.
const TOO_EARLY: Duration = Duration::from_secs(60);

/// How many rounds an order has at most.
const MOST_ROUNDS: usize = 50;

/// The plain family of operations, which is not for e-commerce platforms.
pub(crate) fn wrong_family(path: &str) -> Option<Problem> {
    path.strip_prefix("/v3/profitsharing/").map(|rest| {
        let why = format!(
            "{path} is for merchants that are no e-commerce platform; this one is, and calls \
             /v3/ecommerce/profitsharing/{rest} or its like"
        );
        Problem::worded(Code::NoAuth, "电商商户不允许调用非电商分账API", why)
    })
}

pub(super) fn for_sharing(order: &Order) -> Result<(), Problem> {
    match order.profit_sharing {
        ProfitSharing::Asked => Ok(()),
        ProfitSharing::NotAsked => Err(Problem::worded(
            Code::InvalidRequest,
            "非分账订单不支持分账",
            "the order was placed without settle_info.profit_sharing, so it cannot be shared",
        )),
    }
}

/// Whether an order can be shared by now, and still.
pub(super) fn shareable(order: &Order, moment: &Moment) -> Result<(), Problem> {
    for_sharing(order)?;
    let wait = |why: &str| {
        let words = "订单处理中，暂时无法分账，请稍后再试";
        Err(Problem::worded(Code::InvalidRequest, words, why))
    };
    if order.settlement == Settlement::Paid {
        return wait("the order is paid and not settled yet; sharing comes after settlement");
    }
    if moment.at < order.paid_at.plus(TOO_EARLY) {
        return wait("the order was paid less than a minute ago");
    }
    if let Some(number) = &order.rounds.ended_by {
        return Err(Problem::invalid(format!(
            "the order's sharing was ended by out_order_no {number}; nothing comes after it"
        )));
    }
    if order.sharing == Sharing::Finished {
        return Err(Problem::invalid(
            "the order's sharing is over: what was kept of it is the sub-merchant's, as it is 180 \
             days after payment",
        ));
    }
    Ok(())
}

/// What was promised as a subsidy is there before sharing, or given up.
pub(super) fn subsidy_is_settled(order: &Order) -> Result<(), Problem> {
    match order.promised {
        Some(promised) if order.subsidy.is_none() && order.cancellation.is_none() => {
            Err(Problem::invalid(format!(
                "the order promised a subsidy of {promised}, which is neither created nor \
                 cancelled; subsidies/create or subsidies/cancel comes before sharing"
            )))
        }
        _ => Ok(()),
    }
}

pub(super) fn rounds_left(order: &Order) -> Result<(), Problem> {
    if order.rounds.count < MOST_ROUNDS {
        return Ok(());
    }
    let why = format!("the order has {MOST_ROUNDS} rounds, which is the most");
    Err(Problem::new(Code::RuleLimit, why))
}

/// What a round takes in all, and what of it goes to others than the sub-merchant itself.
pub(super) fn sums(order: &Order, request: &Create) -> Result<(Fen, Fen), Problem> {
    let sum = |receivers: &mut dyn Iterator<Item = &Receiver>| {
        Fen::checked_sum(receivers.map(|receiver| receiver.amount))
            .ok_or_else(|| Problem::invalid("the parts come to more than any order"))
    };
    let all = sum(&mut request.receivers.iter())?;
    let mut others = request.receivers.iter().filter(|r| !is_self(order, r));
    Ok((all, sum(&mut others)?))
}

pub(super) fn is_self(order: &Order, receiver: &Receiver) -> bool {
    receiver.kind == Kind::MerchantId && receiver.receiver_account == order.payee.as_str()
}

pub(super) fn covered(order: &Order, all: Fen) -> Result<(), Problem> {
    if all <= order.held {
        return Ok(());
    }
    let why = format!(
        "{all} were asked for, and {} are left of the order to be shared",
        order.held
    );
    Err(Problem::worded(Code::NotEnough, "分账金额不足", why))
}

/// Where a receiver's part goes.
pub(super) fn account_of(order: &Order, receiver: &Receiver) -> Result<Account, AccountError> {
    let account = receiver.receiver_account.as_str();
    Ok(match receiver.kind {
        Kind::PersonalOpenid => Account::Person(account.parse()?),
        _ if is_self(order, receiver) => order.account(Purse::Available),
        _ if account == credentials::MCHID => Account::PlatformIncome,
        _ => Account::Merchant(account.parse()?),
    })
}

impl State {
    /// Whether each receiver was added, under the app that the request names.
    pub(super) fn receivers_are_added(
        &self,
        order: &Order,
        request: &Create,
    ) -> Result<(), Problem> {
        for (at, receiver) in request.receivers.iter().enumerate() {
            let name = |field| format!("receivers[{at}].{field}");
            known_kind(&receiver.kind)?;
            let account = receiver.receiver_account.as_str();
            if let Err(error) = account_of(order, receiver) {
                let field = name("receiver_account");
                let issue = format!("does not fit its type: {error}");
                return Err(Problem::field(
                    Location::Body,
                    &field,
                    &account.into(),
                    &issue,
                ));
            }
            if !self.is_related(request.appid.as_deref(), receiver) {
                let under = match &request.appid {
                    Some(appid) => format!("under appid {appid}"),
                    None => "under any appid".to_owned(),
                };
                let issue = format!(
                    "{} {account} was not added {under}, or is deleted: receivers/add comes first",
                    receiver.kind
                );
                let words = "分账接收方关系不存在";
                let problem = Problem::worded(Code::InvalidRequest, words, &issue);
                let field = name("receiver_account");
                return Err(problem.at(Location::Body, &field, &account.into(), &issue));
            }
        }
        Ok(())
    }

    pub(super) fn is_related(&self, appid: Option<&str>, receiver: &Receiver) -> bool {
        self.receivers.iter().any(|(key, _)| {
            appid.is_none_or(|appid| appid == key.appid)
                && key.kind == receiver.kind.as_str()
                && key.account == receiver.receiver_account
        })
    }

    pub(super) fn within_greatest_share(&self, order: &Order, more: Fen) -> Result<(), Problem> {
        let most = share_of(order.total, self.greatest_share);
        let all = order.rounds.shared.checked_add(more);
        if all.is_some_and(|all| all <= most) {
            return Ok(());
        }
        let issue = format!(
            "{more} for others are too much: they get {most} of the order's {} at most, which is {} \
             %, and {} of it is theirs already",
            order.total,
            f64::from(self.greatest_share),
            order.rounds.shared
        );
        let words = "分账金额超出最大分账比例";
        Err(Problem::worded(Code::InvalidRequest, words, issue))
    }
}

/// A part of an amount, in whole fen.
fn share_of(total: Fen, part: Percent) -> Fen {
    let product = i128::from(total.get()) * i128::from(part.millionths());
    let fen = product / i128::from(Percent::WHOLE);
    Fen::new(i64::try_from(fen).unwrap_or(i64::MAX))
}
