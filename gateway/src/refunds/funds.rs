use wechatpay_core::Fen;
use wechatpay_core::api::ecommerce::refunds::{Apply, FundsAccount, RefundAccount};
use wechatpay_core::api::ecommerce::subsidies::Account as From;

use super::RefundKey;
use crate::account::{Account, Purse};
use crate::ledger::Transfer;
use crate::moment::Moment;
use crate::orders::Order;
use crate::problem::{Code, Location, Problem};
use crate::state::State;

impl Order {
    /// Where the money of a refund lies until it arrives.
    pub(super) fn in_transit(&self) -> Account {
        self.account(Purse::InTransit)
    }

    /// Where the order's own money lies while it cannot be used yet.
    fn unavailable(&self) -> Option<Account> {
        let purse = Some(self.purse()).filter(|purse| *purse != Purse::Available);
        purse.map(|purse| self.account(purse))
    }
}

impl State {
    /// Who pays a refund: the sub-merchant, from the accounts that the request names; where they do
    /// not cover it and the request allows that, the platform pays all of it in advance.
    pub(super) fn funds_of_refund(
        &self,
        order: &Order,
        request: &Apply,
    ) -> Result<Vec<(Account, Fen)>, Problem> {
        let refund = request.amount.refund;
        let advance = match &request.refund_account {
            None | Some(RefundAccount::SubMerchant) => None,
            Some(RefundAccount::PartnerAdvance) => Some(Account::PlatformOperation),
            Some(other) => {
                let issue = "must be REFUND_SOURCE_SUB_MERCHANT or REFUND_SOURCE_PARTNER_ADVANCE";
                return Err(unknown("refund_account", other.as_str(), issue));
            }
        };
        let own = named_funds(order, request).and_then(|named| {
            named.iter().try_for_each(|part| self.covers(order, part))?;
            Ok(named)
        });
        match (own, advance) {
            (Err(problem), Some(platform)) if problem.code == Code::NotEnough => {
                Ok(vec![(platform, refund)])
            }
            (own, _) => own,
        }
    }

    /// Of what cannot be used yet, an order pays its own only.
    fn covers(&self, order: &Order, (account, amount): &(Account, Fen)) -> Result<(), Problem> {
        let balance = self.ledger.balance(account);
        let there = if order.unavailable().as_ref() == Some(account) {
            balance.min(order.held)
        } else {
            balance
        };
        if *amount <= there {
            return Ok(());
        }
        Err(not_enough(format!(
            "{account} has {there} for this order, and {amount} are needed; name another account \
             in funds_account or amount.from, or let the platform pay in advance"
        )))
    }

    /// Gives the money of a refund back to whom it came from. What was the order's follows the
    /// order's money, wherever that lies by now.
    pub(super) fn put_back(
        &mut self,
        key: &RefundKey,
        operation: &str,
        moment: &Moment,
    ) -> Result<(), Problem> {
        let from = self.refund(key)?.from.clone();
        let order = self.order(&key.order)?;
        let (own, unavailable) = (order.account(order.purse()), order.unavailable());
        let usable = order.account(Purse::Available);
        let mut held = order.held;
        let mut transfers = Vec::new();
        for (account, amount) in from {
            let ours = matches!(account, Account::SubMerchant(..)) && account != usable;
            let to = if ours { own.clone() } else { account };
            if unavailable.as_ref() == Some(&to) {
                held = held.checked_add(amount).unwrap_or(held);
            }
            transfers.push(Transfer::new(order.in_transit(), to, amount));
        }
        self.ledger.post(moment.entry(operation, transfers))?;
        self.order_mut(&key.order)?.held = held;
        Ok(())
    }
}

/// The sub-merchant's accounts that are to pay.
fn named_funds(order: &Order, request: &Apply) -> Result<Vec<(Account, Fen)>, Problem> {
    let refund = request.amount.refund;
    let available = || order.account(Purse::Available);
    let unavailable = |field: &str| {
        order.unavailable().ok_or_else(|| {
            not_enough(format!(
                "nothing of the order's money is unavailable, so that cannot pay: {field} must be \
                 AVAILABLE"
            ))
        })
    };
    if let Some(parts) = &request.amount.from {
        let field = "amount.from[].account";
        let part = |account: &From| match account {
            From::Available => Ok(available()),
            From::Unavailable => unavailable(field),
            other => {
                let issue = "must be AVAILABLE or UNAVAILABLE";
                Err(unknown(field, other.as_str(), issue))
            }
        };
        let parts = parts.iter();
        return parts
            .map(|from| Ok((part(&from.account)?, from.amount)))
            .collect();
    }
    let account = match &request.funds_account {
        None => order.account(order.purse()),
        Some(FundsAccount::Available) => available(),
        Some(FundsAccount::Unsettled) => unavailable("funds_account")?,
        Some(FundsAccount::Prepaid) => {
            let why = "sub-merchants of the gateway have no prepaid funds: funds_account must be \
                       AVAILABLE or UNSETTLED";
            return Err(not_enough(why.to_owned()));
        }
        Some(other) => {
            let issue = "must be AVAILABLE, UNSETTLED or PREPAID";
            return Err(unknown("funds_account", other.as_str(), issue));
        }
    };
    Ok(vec![(account, refund)])
}

fn not_enough(why: String) -> Problem {
    Problem::new(Code::NotEnough, why)
}

fn unknown(field: &str, value: &str, issue: &str) -> Problem {
    Problem::field(Location::Body, field, &value.into(), issue)
}
