//! Orders, as far as subsidies care: paid, settled, refunded, shared.

mod placing;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wechatpay_core::{Fen, Timestamp};

use crate::account::{Account, Mchid, Purse};
use crate::after_sales::Fee;
use crate::checkout::CheckoutKey;
use crate::due::DueEvent;
use crate::ledger::Transfer;
use crate::moment::Moment;
use crate::problem::{Code, Problem};
use crate::refunds::Refund;
use crate::samples::Stage;
use crate::sharing::Rounds;
use crate::state::{State, kind};
use crate::subsidies::{Cancellation, Subsidy};

/// The most that one order may cost, and so the most that any amount may be: 10 million yuan.
pub(crate) const MAX_AMOUNT: Fen = Fen::new(1_000_000_000);

/// How long an order's money is kept for sharing: 180 days from its payment.
const KEPT: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// Under which name an order is known: two sub-merchants may have the same transaction id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct OrderKey {
    pub(crate) sub_mchid: String,
    pub(crate) transaction_id: String,
}

impl OrderKey {
    pub(crate) fn new(sub_mchid: &str, transaction_id: &str) -> Self {
        Self {
            sub_mchid: sub_mchid.to_owned(),
            transaction_id: transaction_id.to_owned(),
        }
    }
}

/// An order that a buyer paid.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) payee: Mchid,
    /// The merchant's own number.
    pub(crate) out_trade_no: String,
    pub(crate) paid_at: Timestamp,
    pub(crate) total: Fen,
    /// What `settle_info.subsidy_amount` promised when the order was placed.
    pub(crate) promised: Option<Fen>,
    pub(crate) settlement: Settlement,
    pub(crate) profit_sharing: ProfitSharing,
    pub(crate) sharing: Sharing,
    pub(crate) rounds: Rounds,
    /// What of the order's money cannot be used yet: it is not settled, or kept for sharing.
    pub(crate) held: Fen,
    pub(crate) payer_account: PayerAccount,
    pub(crate) refunds: BTreeMap<String, Refund>,
    pub(crate) subsidy: Option<Subsidy>,
    /// The refunds for which a part of the subsidy was returned.
    pub(crate) returned_for: BTreeSet<String>,
    pub(crate) cancellation: Option<Cancellation>,
    /// After-sales fees, oldest first.
    pub(crate) fees: Vec<Fee>,
    /// What the order adds by itself when a sample request comes before its time.
    pub(crate) stage: Option<Stage>,
    /// How it was placed; none where it was made by hand.
    pub(crate) checkout: Option<CheckoutKey>,
}

/// Whether the money of an order can be used by the sub-merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Settlement {
    Paid,
    Settled,
}

/// Whether an order was placed with `settle_info.profit_sharing`: its money is kept until it is
/// shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "bool", into = "bool")]
pub(crate) enum ProfitSharing {
    Asked,
    NotAsked,
}

/// How far the sharing of an order's profit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sharing {
    Unshared,
    /// Something was shared: too late for subsidies.
    Shared,
    /// Nothing more can be shared, and what was left is the sub-merchant's.
    Finished,
}

/// Whether the buyer's account can take a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PayerAccount {
    Normal,
    /// What is sent there does not arrive.
    Abnormal,
    /// There is no such account any more.
    Closed,
}

/// An order to be placed and paid.
#[derive(Clone, Debug)]
pub(crate) struct NewOrder {
    pub(crate) payee: Mchid,
    pub(crate) transaction_id: Option<String>,
    /// None: one is made up.
    pub(crate) out_trade_no: Option<String>,
    pub(crate) total: Fen,
    pub(crate) promised: Option<Fen>,
    pub(crate) settlement: Settlement,
    pub(crate) profit_sharing: ProfitSharing,
    pub(crate) payer_account: PayerAccount,
    pub(crate) stage: Option<Stage>,
    pub(crate) checkout: Option<CheckoutKey>,
}

impl Order {
    /// Where the order's money lies.
    pub(crate) fn purse(&self) -> Purse {
        match (self.settlement, self.profit_sharing, self.sharing) {
            (Settlement::Paid, _, _) => Purse::Unsettled,
            (Settlement::Settled, ProfitSharing::NotAsked, _) => Purse::Available,
            (Settlement::Settled, ProfitSharing::Asked, Sharing::Finished) => Purse::Available,
            (Settlement::Settled, ProfitSharing::Asked, _) => Purse::Frozen,
        }
    }

    pub(crate) fn account(&self, purse: Purse) -> Account {
        Account::SubMerchant(self.payee.clone(), purse)
    }
}

impl State {
    /// An order as it is when it is paid, under a name of its own.
    fn made_order(&mut self, new: NewOrder, moment: &Moment) -> Result<(OrderKey, Order), Problem> {
        let sub_mchid = new.payee.as_str();
        let key = match &new.transaction_id {
            Some(id) => OrderKey::new(sub_mchid, id),
            None => self.free_order_key(sub_mchid),
        };
        if self.orders.contains_key(&key) {
            return Err(Problem::new(
                Code::AlreadyExists,
                format!(
                    "sub-merchant {} has an order {} already",
                    key.sub_mchid, key.transaction_id
                ),
            ));
        }
        let made_up = || own_number("P", &key.transaction_id);
        let order = Order {
            out_trade_no: new.out_trade_no.unwrap_or_else(made_up),
            payee: new.payee,
            paid_at: moment.at,
            total: new.total,
            promised: new.promised,
            settlement: new.settlement,
            profit_sharing: new.profit_sharing,
            sharing: Sharing::Unshared,
            rounds: Rounds::default(),
            held: Fen::ZERO,
            payer_account: new.payer_account,
            refunds: BTreeMap::new(),
            subsidy: None,
            returned_for: BTreeSet::new(),
            cancellation: None,
            fees: Vec::new(),
            stage: new.stage,
            checkout: new.checkout,
        };
        Ok((key, order))
    }

    fn free_order_key(&mut self, sub_mchid: &str) -> OrderKey {
        loop {
            let key = OrderKey::new(sub_mchid, &self.next_id(kind::TRANSACTION));
            if !self.orders.contains_key(&key) {
                return key;
            }
        }
    }

    /// Makes an order's money the sub-merchant's to use, or to be shared. A second time changes
    /// nothing.
    pub(crate) fn settle_order(&mut self, key: &OrderKey, moment: &Moment) -> Result<(), Problem> {
        let order = self.order_mut(key)?;
        if order.settlement == Settlement::Settled {
            return Ok(());
        }
        let (from, held) = (order.purse(), order.held);
        order.settlement = Settlement::Settled;
        let moved = self.move_held(key, from, held, "order settled", moment);
        match moved {
            Ok(()) => self.keep_for_sharing(key, moment),
            Err(_) => self.order_mut(key)?.settlement = Settlement::Paid,
        }
        moved
    }

    /// Ends the sharing of an order: what is still kept of its money is the sub-merchant's to use. A
    /// second time changes nothing.
    pub(crate) fn finish_sharing(
        &mut self,
        key: &OrderKey,
        operation: &str,
        moment: &Moment,
    ) -> Result<(), Problem> {
        let order = self.order_mut(key)?;
        let (from, held, sharing) = (order.purse(), order.held, order.sharing);
        if from != Purse::Frozen {
            return Ok(());
        }
        order.sharing = Sharing::Finished;
        let moved = self.move_held(key, from, held, operation, moment);
        if moved.is_err() {
            self.order_mut(key)?.sharing = sharing;
        }
        moved
    }

    /// Marks an order's profit as shared: no money moves. What is finished stays so.
    pub(crate) fn share_order(&mut self, key: &OrderKey) -> Result<(), Problem> {
        let order = self.order_mut(key)?;
        if order.sharing == Sharing::Unshared {
            order.sharing = Sharing::Shared;
        }
        Ok(())
    }

    /// Moves money from where the order's money lies. Of what is held, an order pays its own only.
    pub(crate) fn order_pays(
        &mut self,
        key: &OrderKey,
        to: Account,
        amount: Fen,
        operation: &str,
        moment: &Moment,
    ) -> Result<(), Problem> {
        let order = self.order(key)?;
        let from = [(order.account(order.purse()), amount)];
        self.order_pays_from(key, &from, to, operation, moment)
    }

    /// Moves money from several of the sub-merchant's accounts, or from the platform's, all or
    /// nothing.
    pub(crate) fn order_pays_from(
        &mut self,
        key: &OrderKey,
        from: &[(Account, Fen)],
        to: Account,
        operation: &str,
        moment: &Moment,
    ) -> Result<(), Problem> {
        let order = self.order(key)?;
        let held = match order.purse() {
            Purse::Available => None,
            purse => Some(order.account(purse)),
        };
        let mut rest = order.held;
        let mut transfers = Vec::new();
        for (account, amount) in from {
            if held.as_ref() == Some(account) {
                rest = rest.checked_sub(*amount).unwrap_or_default();
                if rest < Fen::ZERO {
                    let held = order.held;
                    let why =
                        format!("{held} of the order's money is held, and {amount} are needed");
                    return Err(Problem::new(Code::NotEnough, why));
                }
            }
            transfers.push(Transfer::new(account.clone(), to.clone(), *amount));
        }
        self.ledger.post(moment.entry(operation, transfers))?;
        self.order_mut(key)?.held = rest;
        Ok(())
    }

    /// Moves money to where the order's money lies.
    pub(crate) fn order_receives(
        &mut self,
        key: &OrderKey,
        from: Account,
        amount: Fen,
        operation: &str,
        moment: &Moment,
    ) -> Result<(), Problem> {
        let order = self.order(key)?;
        let purse = order.purse();
        let transfer = Transfer::new(from, order.account(purse), amount);
        let held = order.held.checked_add(amount).unwrap_or(order.held);
        self.ledger.post(moment.entry(operation, vec![transfer]))?;
        if purse != Purse::Available {
            self.order_mut(key)?.held = held;
        }
        Ok(())
    }

    /// Follows the order's money to another purse.
    fn move_held(
        &mut self,
        key: &OrderKey,
        from: Purse,
        held: Fen,
        operation: &str,
        moment: &Moment,
    ) -> Result<(), Problem> {
        let order = self.order(key)?;
        let to = order.purse();
        if held.is_positive() {
            let transfer = Transfer::new(order.account(from), order.account(to), held);
            self.ledger.post(moment.entry(operation, vec![transfer]))?;
        }
        if to == Purse::Available {
            self.order_mut(key)?.held = Fen::ZERO;
        }
        Ok(())
    }

    /// Sees to it that what is kept for sharing is not kept for ever.
    fn keep_for_sharing(&mut self, key: &OrderKey, moment: &Moment) {
        let kept = self
            .orders
            .get(key)
            .filter(|order| order.purse() == Purse::Frozen);
        if let Some(order) = kept {
            let left = order.paid_at.plus(KEPT).as_secs();
            let left = Duration::from_secs(left.saturating_sub(moment.at.as_secs()));
            self.schedule(moment, left, DueEvent::Unfreeze(key.clone()));
        }
    }
}

impl From<bool> for ProfitSharing {
    fn from(asked: bool) -> Self {
        if asked { Self::Asked } else { Self::NotAsked }
    }
}

impl From<ProfitSharing> for bool {
    fn from(sharing: ProfitSharing) -> Self {
        sharing == ProfitSharing::Asked
    }
}

/// A number as the merchant could have given it, for an order that was made by hand. It ends like the
/// platform's number, and has 32 characters at most.
pub(crate) fn own_number(prefix: &str, id: &str) -> String {
    const LONGEST: usize = 32;
    let from = (prefix.len() + id.len()).saturating_sub(LONGEST);
    format!("{prefix}{}", id.get(from..).unwrap_or_default())
}
