//! Balances, the ledger, the clock, rates.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use wechatpay_core::{Fen, Timestamp};

use super::{Reply, ok};
use crate::account::{Account, Purse};
use crate::clock::{Speed, TooFar};
use crate::ledger::Transfer;
use crate::limits::Enforcement;
use crate::moment::{Moment, in_china};
use crate::problem::{Code, Location, Problem};
use crate::state::State;

/// The greatest balance that can be set: a million times the greatest order.
const MAX_BALANCE: Fen = Fen::new(1_000_000_000_000_000);

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
    let follows = |purse| purse != Purse::Available;
    let follows = matches!(account, Account::SubMerchant(_, purse) if follows(purse));
    if account.may_be_negative() || follows {
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
        "ahead_seconds": state.clock.ahead(now).as_secs(),
        "speed": state.clock.speed(),
    })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetClock {
    advance_seconds: Option<u64>,
    speed: Option<Speed>,
}

/// Moves the clock on and sets its speed, and lets happen what is due by then.
pub(super) fn set_clock(state: &mut State, set: &SetClock, now: Timestamp) -> Reply {
    if set.advance_seconds.is_none() && set.speed.is_none() {
        let why = "name advance_seconds, speed, or both";
        return Err(Problem::new(Code::ParamError, why));
    }
    if let Some(seconds) = set.advance_seconds {
        let moved = state.clock.advance(Duration::from_secs(seconds), now);
        moved.map_err(|TooFar| {
            let limit = TooFar::LIMIT.as_secs();
            let issue =
                format!("would move the clock over {limit} s ahead, which is a hundred years");
            let (place, field) = (Location::Body, "advance_seconds");
            Problem::field(place, field, &seconds.into(), &issue)
        })?;
    }
    if let Some(speed) = set.speed {
        state.clock.set_speed(speed, now);
    }
    state.run_due(now, state.clock(now));
    clock(state, now)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetLimits {
    rates: Enforcement,
}

pub(super) fn set_limits(state: &mut State, set: &SetLimits) -> Reply {
    state.limits.enforcement = set.rates;
    limits(state)
}

pub(super) fn limits(state: &State) -> Reply {
    Ok(ok(json!({ "rates": state.limits.enforcement })))
}
