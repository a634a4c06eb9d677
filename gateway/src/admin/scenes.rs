//! Orders, made to measure.

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use wechatpay_core::Fen;

use super::{Reply, ok};
use crate::account::Mchid;
use crate::moment::Moment;
use crate::orders::{MAX_AMOUNT, NewOrder, OrderKey, PayerAccount, ProfitSharing, Settlement};
use crate::problem::{Code, Location, Problem};
use crate::refunds::RefundKey;
use crate::state::State;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    sub_mchid: Mchid,
    transaction_id: Option<String>,
    out_trade_no: Option<String>,
    total: Fen,
    subsidy_amount: Option<Fen>,
    state: Option<Settlement>,
    profit_sharing: Option<ProfitSharing>,
    payer_account: Option<PayerAccount>,
}

pub(super) fn place(state: &mut State, place: Place, moment: &Moment) -> Reply {
    amount("total", place.total)?;
    if let Some(promised) = place.subsidy_amount {
        amount("subsidy_amount", promised)?;
    }
    id("transaction_id", place.transaction_id.as_deref(), 64)?;
    id("out_trade_no", place.out_trade_no.as_deref(), 32)?;
    if let Some(number) = &place.out_trade_no {
        is_free(state, place.sub_mchid.as_str(), number)?;
    }
    let order = NewOrder {
        payee: place.sub_mchid,
        transaction_id: place.transaction_id,
        out_trade_no: place.out_trade_no,
        total: place.total,
        promised: place.subsidy_amount,
        settlement: place.state.unwrap_or(Settlement::Settled),
        profit_sharing: place.profit_sharing.unwrap_or(ProfitSharing::NotAsked),
        payer_account: place.payer_account.unwrap_or(PayerAccount::Normal),
        stage: None,
        checkout: None,
    };
    let key = state.place_order(order, moment)?;
    Ok((StatusCode::CREATED, view(state, &key)?))
}

/// A merchant's own number is of one order.
fn is_free(state: &State, sub_mchid: &str, number: &str) -> Result<(), Problem> {
    let mut paid = state.orders_numbered(number).iter();
    if state.is_placed(number) || paid.any(|key| key.sub_mchid == sub_mchid) {
        let why = format!("there is an order with out_trade_no {number} already");
        return Err(Problem::new(Code::AlreadyExists, why));
    }
    Ok(())
}

pub(super) fn show(state: &State, sub_mchid: &str, transaction_id: &str) -> Reply {
    Ok(ok(view(state, &OrderKey::new(sub_mchid, transaction_id))?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Refund {
    refund_id: Option<String>,
    amount: Fen,
}

pub(super) fn refund(
    state: &mut State,
    sub_mchid: &str,
    transaction_id: &str,
    refund: Refund,
    moment: &Moment,
) -> Reply {
    amount("amount", refund.amount)?;
    id("refund_id", refund.refund_id.as_deref(), 64)?;
    let key = OrderKey::new(sub_mchid, transaction_id);
    let name = "order refunded";
    let id = state.refund_order(&key, refund.refund_id, refund.amount, name, moment)?;
    Ok((
        StatusCode::CREATED,
        json!({
            "sub_mchid": sub_mchid,
            "transaction_id": transaction_id,
            "refund_id": id,
            "amount": refund.amount,
        }),
    ))
}

/// Gives up an abnormal refund.
pub(super) fn close_refund(
    state: &mut State,
    sub_mchid: &str,
    transaction_id: &str,
    refund_id: &str,
    moment: &Moment,
) -> Reply {
    let key = RefundKey::new(sub_mchid, transaction_id, refund_id);
    state.close_refund(&key, moment)?;
    show(state, sub_mchid, transaction_id)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetPayer {
    payer_account: PayerAccount,
}

pub(super) fn set_payer(
    state: &mut State,
    sub_mchid: &str,
    transaction_id: &str,
    set: &SetPayer,
) -> Reply {
    let key = OrderKey::new(sub_mchid, transaction_id);
    state.set_payer_account(&key, set.payer_account)?;
    show(state, sub_mchid, transaction_id)
}

pub(super) fn settle(
    state: &mut State,
    sub_mchid: &str,
    transaction_id: &str,
    moment: &Moment,
) -> Reply {
    let key = OrderKey::new(sub_mchid, transaction_id);
    state.settle_order(&key, moment)?;
    Ok(ok(view(state, &key)?))
}

pub(super) fn share(state: &mut State, sub_mchid: &str, transaction_id: &str) -> Reply {
    let key = OrderKey::new(sub_mchid, transaction_id);
    state.share_order(&key)?;
    Ok(ok(view(state, &key)?))
}

fn view(state: &State, key: &OrderKey) -> Result<Value, Problem> {
    let order = state.order(key)?;
    let refunds: Vec<Value> = order
        .refunds
        .iter()
        .map(|(id, refund)| {
            json!({
                "refund_id": id,
                "out_refund_no": refund.out_refund_no,
                "amount": refund.amount,
                "status": refund.status(),
                "refund_account": refund.account(),
            })
        })
        .collect();
    let subsidy = order.subsidy.as_ref().map(|subsidy| {
        json!({
            "subsidy_id": subsidy.id,
            "amount": subsidy.request.amount,
            "returned": subsidy.returned,
            "out_subsidy_no": subsidy.request.out_subsidy_no,
        })
    });
    let fees: Vec<_> = order.fees.iter().map(|fee| &fee.request).collect();
    Ok(json!({
        "sub_mchid": key.sub_mchid,
        "transaction_id": key.transaction_id,
        "out_trade_no": order.out_trade_no,
        "total": order.total,
        "subsidy_amount": order.promised,
        "state": order.settlement,
        "profit_sharing": order.profit_sharing,
        "sharing": order.sharing,
        "rounds": order.rounds.count,
        "shared": order.rounds.shared,
        "held": order.held,
        "payer_account": order.payer_account,
        "refunds": refunds,
        "subsidy": subsidy,
        "subsidy_cancelled": order.cancellation.is_some(),
        "after_sales_orders": fees,
    }))
}

pub(super) fn amount(field: &str, amount: Fen) -> Result<(), Problem> {
    if amount.is_positive() && amount <= MAX_AMOUNT {
        return Ok(());
    }
    let issue = format!("must be 1 to {} fen, and is {amount}", MAX_AMOUNT.get());
    let value = amount.get().into();
    Err(Problem::field(Location::Body, field, &value, &issue))
}

pub(super) fn id(field: &str, text: Option<&str>, longest: usize) -> Result<(), Problem> {
    let Some(text) = text else { return Ok(()) };
    let visible = text.bytes().all(|b| b.is_ascii_graphic() && b != b'/');
    if visible && (1..=longest).contains(&text.len()) {
        return Ok(());
    }
    let issue = format!("must be 1 to {longest} visible ASCII characters without a slash");
    Err(Problem::field(Location::Body, field, &text.into(), &issue))
}
