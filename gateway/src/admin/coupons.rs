//! Coupons, made to measure.

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use wechatpay_core::Fen;
use wechatpay_core::api::marketing::busifavor::subsidy::pay_receipts;

use super::scenes::{amount, id};
use super::{Reply, ok};
use crate::account::Mchid;
use crate::coupons::{Coupon, CouponKey, MOST};
use crate::moment::Moment;
use crate::orders::own_number;
use crate::problem::{Code, Location, Problem};
use crate::state::{State, kind};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Redeem {
    stock_id: Option<String>,
    coupon_code: Option<String>,
    transaction_id: Option<String>,
    refund_id: Option<String>,
    payer_merchant: Mchid,
    payee_merchant: Mchid,
    amount: Fen,
    #[serde(default)]
    state: Subsidised,
}

/// Whether a coupon's subsidy is paid from the start.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Subsidised {
    /// The coupon was redeemed, and its subsidy is for the caller to pay.
    Redeemed,
    #[default]
    Paid,
}

pub(super) fn redeem(state: &mut State, redeem: Redeem, moment: &Moment) -> Reply {
    amount("amount", redeem.amount)?;
    if matches!(redeem.state, Subsidised::Paid) && redeem.amount > MOST {
        let issue = format!("must be at most {MOST} where the subsidy is paid");
        let value = redeem.amount.get().into();
        return Err(Problem::field(Location::Body, "amount", &value, &issue));
    }
    id("stock_id", redeem.stock_id.as_deref(), 20)?;
    id("coupon_code", redeem.coupon_code.as_deref(), 128)?;
    id("transaction_id", redeem.transaction_id.as_deref(), 32)?;
    id("refund_id", redeem.refund_id.as_deref(), 32)?;
    if redeem.payer_merchant == redeem.payee_merchant {
        let value = redeem.payee_merchant.as_str().into();
        let issue = "must be another merchant than the payer";
        let (place, field) = (Location::Body, "payee_merchant");
        return Err(Problem::field(place, field, &value, issue));
    }
    let made_up = state.next_id(kind::COUPON_RECEIPT);
    let key = CouponKey {
        stock_id: redeem
            .stock_id
            .unwrap_or_else(|| "128888000000001".to_owned()),
        coupon_code: redeem.coupon_code.unwrap_or_else(|| format!("C{made_up}")),
    };
    let coupon = Coupon {
        transaction_id: match redeem.transaction_id {
            Some(id) => id,
            None => state.next_id(kind::TRANSACTION),
        },
        refund_id: redeem.refund_id,
        payer: redeem.payer_merchant,
        payee: redeem.payee_merchant,
        discount: redeem.amount,
        returned: Fen::ZERO,
        asked: Vec::new(),
        paid_by: None,
    };
    let mut view = view(&key, &coupon);
    let subsidy = pay_receipts::Create::builder()
        .stock_id(&key.stock_id)
        .coupon_code(&key.coupon_code)
        .transaction_id(&coupon.transaction_id)
        .payer_merchant(coupon.payer.as_str())
        .payee_merchant(coupon.payee.as_str())
        .amount(coupon.discount)
        .description("coupon subsidy")
        .out_subsidy_no(own_number("B", &made_up))
        .build();
    state.redeem_coupon(key.clone(), coupon)?;
    if matches!(redeem.state, Subsidised::Paid) {
        view["subsidy_receipt_id"] = json!(made_up);
        view["out_subsidy_no"] = json!(subsidy.out_subsidy_no);
        let paid = state.subsidise_coupon(subsidy, made_up, moment);
        if paid.is_err() {
            state.coupons.remove(&key);
        }
        paid?;
    }
    Ok((StatusCode::CREATED, view))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Refund {
    refund_id: Option<String>,
}

/// Refunds the order that a coupon was redeemed with, which is outside of the gateway.
pub(super) fn refund(state: &mut State, stock: &str, code: &str, refund: Refund) -> Reply {
    id("refund_id", refund.refund_id.as_deref(), 32)?;
    let key = CouponKey {
        stock_id: stock.to_owned(),
        coupon_code: code.to_owned(),
    };
    let made_up = state.next_id(kind::REFUND);
    let coupon = state.coupons.get_mut(&key).ok_or_else(|| {
        let why = format!("there is no coupon {code} of stock {stock}");
        Problem::new(Code::ResourceNotExists, why)
    })?;
    if let Some(refund_id) = &coupon.refund_id {
        let why = format!("the coupon's order has a refund {refund_id} already");
        return Err(Problem::new(Code::AlreadyExists, why));
    }
    coupon.refund_id = Some(refund.refund_id.unwrap_or(made_up));
    Ok(ok(view(&key, coupon)))
}

fn view(key: &CouponKey, coupon: &Coupon) -> Value {
    json!({
        "stock_id": key.stock_id,
        "coupon_code": key.coupon_code,
        "transaction_id": coupon.transaction_id,
        "refund_id": coupon.refund_id,
        "payer_merchant": coupon.payer,
        "payee_merchant": coupon.payee,
        "amount": coupon.discount,
    })
}
