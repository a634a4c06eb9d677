//! Receivers, and what is agreed on sharing.

use serde::Deserialize;
use serde_json::{Value, json};
use wechatpay_core::api::ecommerce::profitsharing::orders::FailReason;
use wechatpay_core::api::ecommerce::profitsharing::receivers::Kind;

use super::scenes::id;
use super::{Reply, ok};
use crate::percent::Percent;
use crate::problem::{Location, Problem};
use crate::receivers::known_kind;
use crate::state::State;

/// The receivers, without their names, which are not kept.
pub(super) fn receivers(state: &State) -> Reply {
    let receivers: Vec<Value> = state
        .receivers
        .iter()
        .map(|(key, relation)| {
            let mut view = json!({
                "appid": key.appid,
                "type": key.kind,
                "account": key.account,
                "relation_type": relation,
            });
            let account = (key.kind.clone(), key.account.clone());
            if let Some(reason) = state.unsound.get(&account) {
                view["fail_reason"] = json!(reason);
            }
            view
        })
        .collect();
    Ok(ok(json!({ "receivers": receivers })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mark {
    r#type: Kind,
    account: String,
    fail_reason: Option<FailReason>,
}

/// Lets a receiver get nothing, or get its parts again.
pub(super) fn mark_receiver(state: &mut State, mark: Mark) -> Reply {
    known_kind(&mark.r#type)?;
    id("account", Some(&mark.account), 64)?;
    let account = (mark.r#type.as_str().to_owned(), mark.account);
    match &mark.fail_reason {
        None => {
            state.unsound.remove(&account);
        }
        Some(
            reason @ (FailReason::AccountAbnormal
            | FailReason::ReceiverHighRisk
            | FailReason::ReceiverRealNameNotVerified
            | FailReason::ReceiverReceiptLimit),
        ) => {
            state.unsound.insert(account.clone(), reason.clone());
        }
        Some(other) => {
            let issue = "must be ACCOUNT_ABNORMAL, RECEIVER_HIGH_RISK, \
                         RECEIVER_REAL_NAME_NOT_VERIFIED or RECEIVER_RECEIPT_LIMIT; receivers/delete \
                         brings NO_RELATION about";
            let value = other.as_str().into();
            return Err(Problem::field(Location::Body, "fail_reason", &value, issue));
        }
    }
    let (kind, account) = account;
    Ok(ok(json!({
        "type": kind,
        "account": account,
        "fail_reason": mark.fail_reason,
    })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Agree {
    greatest_percent: Percent,
}

pub(super) fn agree(state: &mut State, agree: &Agree) -> Reply {
    state.greatest_share = agree.greatest_percent;
    agreed(state)
}

pub(super) fn agreed(state: &State) -> Reply {
    Ok(ok(json!({ "greatest_percent": state.greatest_share })))
}
