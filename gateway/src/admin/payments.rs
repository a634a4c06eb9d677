//! The buyer's side: paying what was placed.

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Reply;
use crate::checkout::{CheckoutKey, Chosen, PaymentOutcome};
use crate::moment::Moment;
use crate::problem::{Code, Problem};
use crate::state::State;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pay {
    prepay_id: Option<String>,
    code_url: Option<String>,
    h5_url: Option<String>,
    out_trade_no: Option<String>,
    sub_mchid: Option<String>,
    combine_out_trade_no: Option<String>,
    #[serde(default)]
    outcome: PaymentOutcome,
}

pub(super) fn pay(state: &mut State, pay: Pay, moment: &Moment) -> Reply {
    let outcome = pay.outcome;
    let key = state.pay(chosen(pay)?, outcome, moment)?;
    Ok((StatusCode::CREATED, view(state, &key, outcome)))
}

/// Exactly one order has to be named, in one way.
fn chosen(pay: Pay) -> Result<Chosen, Problem> {
    let tickets = [pay.prepay_id, pay.code_url, pay.h5_url];
    let single = match (pay.sub_mchid, pay.out_trade_no) {
        (Some(sub_mchid), Some(out_trade_no)) => Some(Chosen::Single {
            sub_mchid,
            out_trade_no,
        }),
        (None, None) => None,
        _ => return Err(unclear()),
    };
    let tickets = tickets.into_iter().flatten().map(Chosen::Ticket);
    let combined = pay.combine_out_trade_no.map(Chosen::Combined);
    let mut named = tickets.chain(single).chain(combined);
    match (named.next(), named.next()) {
        (Some(chosen), None) => Ok(chosen),
        _ => Err(unclear()),
    }
}

fn unclear() -> Problem {
    let why = "name one order: by prepay_id, code_url, h5_url, out_trade_no with sub_mchid, or \
               combine_out_trade_no";
    Problem::new(Code::ParamError, why)
}

fn view(state: &State, key: &CheckoutKey, outcome: PaymentOutcome) -> Value {
    let checkout = state.checkouts.get(key);
    let orders = checkout.map(|checkout| checkout.standing.orders());
    let transactions: Vec<Value> = orders
        .unwrap_or_default()
        .iter()
        .map(|key| {
            json!({
                "sub_mchid": key.sub_mchid,
                "out_trade_no": state.orders.get(key).map(|order| &order.out_trade_no),
                "transaction_id": key.transaction_id,
            })
        })
        .collect();
    let trade_state = match outcome {
        PaymentOutcome::Paid => "SUCCESS",
        PaymentOutcome::Failed => "PAYERROR",
    };
    json!({ "trade_state": trade_state, "transactions": transactions })
}
