//! Orders, as far as subsidies care: paid, settled, refunded, shared.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use wechatpay_core::{Fen, Timestamp};

use crate::account::{Account, Mchid, Purse};
use crate::after_sales::Fee;
use crate::ledger::Transfer;
use crate::moment::Moment;
use crate::problem::{Code, Problem};
use crate::samples::Stage;
use crate::state::{State, kind};
use crate::subsidies::{Cancellation, Subsidy};

/// The most that one order may cost, and so the most that any amount may be: 10 million yuan.
pub(crate) const MAX_AMOUNT: Fen = Fen::new(1_000_000_000);

/// Under which name an order is known: two sub-merchants may have the same transaction id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) payee: Mchid,
    pub(crate) paid_at: Timestamp,
    pub(crate) total: Fen,
    /// What `settle_info.subsidy_amount` promised when the order was placed.
    pub(crate) promised: Option<Fen>,
    pub(crate) settlement: Settlement,
    pub(crate) sharing: Sharing,
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
}

/// Money that the buyer got back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refund {
    pub(crate) amount: Fen,
    pub(crate) at: Timestamp,
}

/// Whether the money of an order can be used by the sub-merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Settlement {
    Paid,
    Settled,
}

/// Whether the profit of an order was shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sharing {
    Unshared,
    Shared,
}

/// Whether the buyer's account can take a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PayerAccount {
    Normal,
    Abnormal,
}

/// An order to be placed and paid.
#[derive(Clone, Debug)]
pub(crate) struct NewOrder {
    pub(crate) payee: Mchid,
    pub(crate) transaction_id: Option<String>,
    pub(crate) total: Fen,
    pub(crate) promised: Option<Fen>,
    pub(crate) settlement: Settlement,
    pub(crate) payer_account: PayerAccount,
    pub(crate) stage: Option<Stage>,
}

impl Order {
    /// Where the order's money lies.
    fn purse(&self) -> Account {
        let purse = match self.settlement {
            Settlement::Paid => Purse::Unsettled,
            Settlement::Settled => Purse::Available,
        };
        self.account(purse)
    }

    pub(crate) fn account(&self, purse: Purse) -> Account {
        Account::SubMerchant(self.payee.clone(), purse)
    }

    pub(crate) fn refunded(&self) -> Fen {
        let refunds = self.refunds.values().map(|refund| refund.amount);
        Fen::checked_sum(refunds).unwrap_or(self.total)
    }

    /// Holds a refund id against the order's refunds.
    pub(crate) fn find_refund(&self, refund_id: &str) -> Result<(), Problem> {
        if self.refunds.contains_key(refund_id) {
            return Ok(());
        }
        let known: Vec<&str> = self.refunds.keys().map(String::as_str).collect();
        let known = match known.as_slice() {
            [] => "it has none".to_owned(),
            known => format!("its refunds are {}", known.join(", ")),
        };
        Err(Problem::invalid(format!(
            "refund_id {refund_id} is no refund of this order; {known}"
        )))
    }
}

impl State {
    /// Places an order and has it paid; settled too, if so wished.
    pub(crate) fn place_order(
        &mut self,
        new: NewOrder,
        moment: &Moment,
    ) -> Result<OrderKey, Problem> {
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
        let order = Order {
            payee: new.payee,
            paid_at: moment.at,
            total: new.total,
            promised: new.promised,
            settlement: new.settlement,
            sharing: Sharing::Unshared,
            payer_account: new.payer_account,
            refunds: BTreeMap::new(),
            subsidy: None,
            returned_for: BTreeSet::new(),
            cancellation: None,
            fees: Vec::new(),
            stage: new.stage,
        };
        let payment = Transfer::new(Account::Buyers, order.purse(), order.total);
        self.ledger
            .post(moment.entry("order paid", vec![payment]))?;
        self.orders.insert(key.clone(), order);
        Ok(key)
    }

    fn free_order_key(&mut self, sub_mchid: &str) -> OrderKey {
        loop {
            let key = OrderKey::new(sub_mchid, &self.next_id(kind::TRANSACTION));
            if !self.orders.contains_key(&key) {
                return key;
            }
        }
    }

    /// Pays a part of an order, or all of it, back to the buyer.
    pub(crate) fn refund_order(
        &mut self,
        key: &OrderKey,
        refund_id: Option<String>,
        amount: Fen,
        operation: &str,
        moment: &Moment,
    ) -> Result<String, Problem> {
        let order = self.order(key)?;
        let left = order
            .total
            .checked_sub(order.refunded())
            .unwrap_or_default();
        if amount > left {
            return Err(Problem::invalid(format!(
                "a refund of {amount} is more than what is left of the order: {left} of {}",
                order.total
            )));
        }
        if let Some(id) = refund_id
            .as_ref()
            .filter(|id| order.refunds.contains_key(*id))
        {
            return Err(Problem::new(
                Code::AlreadyExists,
                format!("the order has a refund {id} already"),
            ));
        }
        let money_back = Transfer::new(order.purse(), Account::Buyers, amount);
        self.ledger
            .post(moment.entry(operation, vec![money_back]))?;
        let refund_id = refund_id.unwrap_or_else(|| self.next_id(kind::REFUND));
        let order = self.order_mut(key)?;
        let at = moment.at;
        order
            .refunds
            .insert(refund_id.clone(), Refund { amount, at });
        Ok(refund_id)
    }

    /// Makes an order's money available to the sub-merchant. A second time changes nothing.
    pub(crate) fn settle_order(&mut self, key: &OrderKey, moment: &Moment) -> Result<(), Problem> {
        let order = self.order(key)?;
        if order.settlement == Settlement::Settled {
            return Ok(());
        }
        let left = order
            .total
            .checked_sub(order.refunded())
            .unwrap_or_default();
        if left.is_positive() {
            let (from, to) = (order.purse(), order.account(Purse::Available));
            let transfer = Transfer::new(from, to, left);
            self.ledger
                .post(moment.entry("order settled", vec![transfer]))?;
        }
        self.order_mut(key)?.settlement = Settlement::Settled;
        Ok(())
    }

    /// Marks an order's profit as shared. No money moves: who received what is not played here.
    pub(crate) fn share_order(&mut self, key: &OrderKey) -> Result<(), Problem> {
        self.order_mut(key)?.sharing = Sharing::Shared;
        Ok(())
    }
}

/// A number as the merchant could have given it: orders of the gateway have none of their own. It
/// ends like the platform's number, and has 32 characters at most.
pub(crate) fn own_number(prefix: &str, id: &str) -> String {
    const LONGEST: usize = 32;
    let from = (prefix.len() + id.len()).saturating_sub(LONGEST);
    format!("{prefix}{}", id.get(from..).unwrap_or_default())
}
