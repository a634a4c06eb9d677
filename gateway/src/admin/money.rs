//! Balances, the ledger, the clock.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use wechatpay_core::{Fen, Timestamp};

use super::{Reply, ok};
use crate::account::{Account, Purse};
use crate::ledger::Transfer;
use crate::moment::{Moment, in_china};
use crate::problem::{Location, Problem};
use crate::state::State;

/// The greatest balance that can be set: a million times the greatest order.
const MAX_BALANCE: Fen = Fen::new(1_000_000_000_000_000);
/// How far the clock can be moved in all: a hundred years.
const MAX_AHEAD: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetBalance {
    account: String,
    balance: Fen,
}

pub(super) fn set_balance(state: &mut State, set: &SetBalance, moment: &Moment) -> Reply {
    let refuse = |field, value: Value, issue: &str| {
        Err(Problem::field(Location::Body, field, &value, issue))
    };
    let account: Account = match set.account.parse() {
        Ok(account) => account,
        Err(error) => {
            let error: crate::account::AccountError = error;
            return refuse("account", set.account.as_str().into(), &error.to_string());
        }
    };
    if account.may_be_negative() || matches!(account, Account::SubMerchant(_, Purse::InTransit)) {
        let issue = "cannot be set: it follows from what the others do";
        return refuse("account", set.account.as_str().into(), issue);
    }
    if !(Fen::ZERO..=MAX_BALANCE).contains(&set.balance) {
        let issue = format!("must be 0 to {} fen", MAX_BALANCE.get());
        return refuse("balance", set.balance.get().into(), &issue);
    }
    let held = state.ledger.balance(&account);
    let more = set.balance.checked_sub(held).unwrap_or_default();
    let less = held.checked_sub(set.balance).unwrap_or_default();
    let transfer = if more.is_positive() {
        Some(Transfer::new(Account::World, account.clone(), more))
    } else if less.is_positive() {
        Some(Transfer::new(account.clone(), Account::World, less))
    } else {
        None
    };
    if let Some(transfer) = transfer {
        state
            .ledger
            .post(moment.entry("balance set", vec![transfer]))?;
    }
    Ok(ok(json!({
        "account": account,
        "balance": state.ledger.balance(&account),
    })))
}

pub(super) fn ledger(state: &State) -> Reply {
    let balances: BTreeMap<String, Fen> = state
        .ledger
        .balances()
        .map(|(account, balance)| (account.to_string(), balance))
        .collect();
    let entries = state
        .ledger
        .entries()
        .iter()
        .map(|entry| {
            Ok(json!({
                "operation": entry.operation,
                "request_id": entry.request_id,
                "at": in_china(entry.at)?,
                "transfers": entry.transfers,
            }))
        })
        .collect::<Result<Vec<Value>, Problem>>()?;
    Ok(ok(json!({
        "sum": state.ledger.sum(),
        "balances": balances,
        "entries": entries,
    })))
}

pub(super) fn clock(state: &State, now: Timestamp) -> Reply {
    let at = state.clock(now);
    Ok(ok(json!({
        "timestamp": at.as_secs(),
        "time": in_china(at)?,
        "ahead_seconds": state.ahead.as_secs(),
    })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    advance_seconds: u64,
}

/// Moves the clock on, and lets happen what is due by then.
pub(super) fn advance(state: &mut State, advance: &Advance, now: Timestamp) -> Reply {
    let by = Duration::from_secs(advance.advance_seconds);
    match state.ahead.checked_add(by).filter(|sum| *sum <= MAX_AHEAD) {
        Some(ahead) => state.ahead = ahead,
        None => {
            let issue = format!(
                "would move the clock over {} s ahead, which is a hundred years",
                MAX_AHEAD.as_secs()
            );
            let value = advance.advance_seconds.into();
            return Err(Problem::field(
                Location::Body,
                "advance_seconds",
                &value,
                &issue,
            ));
        }
    }
    state.finish_due_fees(state.clock(now));
    clock(state, now)
}
