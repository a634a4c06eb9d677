//! Refunds: asking for one, and asking for what became of it.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::refunds::{APPLY, AVAILABLE, OPERATION, accepted, apply, set_payer};

pub(super) fn set(body: &mut Value, field: &str, value: impl Into<Value>) {
    body[field] = value.into();
}

/// An order of 80 yuan, and a request for 1 yuan of it.
pub(super) fn scene() -> (Bench, Value) {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "out_trade_no": "A-1" }));
    let body = apply(&order, "R-1", 100, &json!({}));
    (bench, body)
}

fn refused(bench: &mut Bench, status: u16, code: &str, body: &Value) -> String {
    let answer = bench.refused(status, code, |b| b.post(APPLY, body));
    answer["message"].as_str().unwrap().to_owned()
}

#[test]
fn order_of_another_sub_merchant() {
    let (mut bench, mut body) = scene();
    set(&mut body, "sub_mchid", "1900013401");
    refused(&mut bench, 404, "RESOURCE_NOT_EXISTS", &body);
}

#[test]
fn order_that_is_not_there() {
    let (mut bench, mut body) = scene();
    set(&mut body, "transaction_id", "4200000000000000000000000000");
    refused(&mut bench, 404, "RESOURCE_NOT_EXISTS", &body);
}

#[test]
fn own_number_that_is_not_there() {
    let (mut bench, mut body) = scene();
    body.as_object_mut().unwrap().remove("transaction_id");
    set(&mut body, "out_trade_no", "A-2");
    refused(&mut bench, 404, "RESOURCE_NOT_EXISTS", &body);
}

#[test]
fn numbers_of_two_orders() {
    let (mut bench, mut body) = scene();
    bench.order(&json!({ "out_trade_no": "A-2" }));
    set(&mut body, "out_trade_no", "A-2");
    let message = refused(&mut bench, 400, "INVALID_REQUEST", &body);
    assert!(
        message.contains("out_trade_no is A-1, and A-2 was sent"),
        "{message}"
    );
}

#[test]
fn no_order_named() {
    let (mut bench, mut body) = scene();
    body.as_object_mut().unwrap().remove("transaction_id");
    refused(&mut bench, 400, "PARAM_ERROR", &body);
}

#[test]
fn total_of_another_order() {
    let (mut bench, mut body) = scene();
    set(
        &mut body,
        "amount",
        json!({ "refund": 100, "total": 7_999 }),
    );
    let message = refused(&mut bench, 400, "INVALID_REQUEST", &body);
    assert!(
        message.contains("total is 8000 fen, and 7999 fen was sent"),
        "{message}"
    );
}

#[test]
fn more_than_the_total() {
    let (mut bench, mut body) = scene();
    set(
        &mut body,
        "amount",
        json!({ "refund": 8_001, "total": 8_000 }),
    );
    refused(&mut bench, 400, "PARAM_ERROR", &body);
}

#[test]
fn nothing_and_less_than_nothing() {
    let (mut bench, mut body) = scene();
    for refund in [0, -1] {
        set(
            &mut body,
            "amount",
            json!({ "refund": refund, "total": 8_000 }),
        );
        refused(&mut bench, 400, "PARAM_ERROR", &body);
    }
}

#[test]
fn fractions_of_a_fen() {
    let (mut bench, mut body) = scene();
    set(
        &mut body,
        "amount",
        json!({ "refund": 1.5, "total": 8_000 }),
    );
    refused(&mut bench, 400, "PARAM_ERROR", &body);
}

#[test]
fn another_currency() {
    let (mut bench, mut body) = scene();
    set(
        &mut body,
        "amount",
        json!({ "refund": 1, "total": 8_000, "currency": "USD" }),
    );
    refused(&mut bench, 400, "PARAM_ERROR", &body);
}

/// Whoever takes a new number after an unknown outcome refunds twice; the order's total stops it.
#[test]
fn everything_again_under_a_new_number() {
    let (mut bench, mut body) = scene();
    set(
        &mut body,
        "amount",
        json!({ "refund": 8_000, "total": 8_000 }),
    );
    accepted(&mut bench, &body);
    set(&mut body, "out_refund_no", "R-2");
    let message = refused(&mut bench, 400, "INVALID_REQUEST", &body);
    assert!(
        message.contains("left of the order: 0 fen of 8000 fen"),
        "{message}"
    );
}

#[test]
fn same_number_with_another_amount() {
    let (mut bench, mut body) = scene();
    accepted(&mut bench, &body);
    set(
        &mut body,
        "amount",
        json!({ "refund": 101, "total": 8_000 }),
    );
    let message = refused(&mut bench, 400, "INVALID_REQUEST", &body);
    assert!(
        message.contains(r#"amount was {"refund":100,"total":8000} and is {"refund":101,"#),
        "{message}"
    );
}

#[test]
fn same_number_for_another_order() {
    let (mut bench, mut body) = scene();
    accepted(&mut bench, &body);
    let other = bench.order(&json!({}));
    set(&mut body, "transaction_id", other);
    refused(&mut bench, 400, "INVALID_REQUEST", &body);
}

#[test]
fn number_of_a_refund_that_the_administration_made() {
    let (mut bench, mut body) = scene();
    let order = body["transaction_id"].as_str().unwrap().to_owned();
    let id = bench.refund(&order, 100);
    set(&mut body, "out_refund_no", format!("R{id}"));
    refused(&mut bench, 400, "INVALID_REQUEST", &body);
}

#[test]
fn number_with_a_sign_that_it_may_not_have() {
    let (mut bench, mut body) = scene();
    for number in ["", "R 1", "R/1", "退款", &"9".repeat(65)] {
        set(&mut body, "out_refund_no", number);
        refused(&mut bench, 400, "PARAM_ERROR", &body);
    }
}

#[test]
fn money_that_was_spent() {
    let (mut bench, body) = scene();
    bench.set_balance(AVAILABLE, 99);
    let message = refused(&mut bench, 403, "NOT_ENOUGH", &body);
    assert!(
        message.contains("has 99 fen for this order, and 100 fen are needed"),
        "{message}"
    );
    // The refusal took no number: after a top-up the same request succeeds.
    bench.set_balance(AVAILABLE, 100);
    accepted(&mut bench, &body);
}

#[test]
fn unsettled_money_of_a_settled_order() {
    let (mut bench, mut body) = scene();
    bench.order(&json!({ "state": "paid" }));
    set(&mut body, "funds_account", "UNSETTLED");
    refused(&mut bench, 403, "NOT_ENOUGH", &body);
}

#[test]
fn available_money_that_is_not_there_though_the_order_has_unsettled() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "state": "paid" }));
    bench.set_balance(AVAILABLE, 0);
    let more = json!({ "funds_account": "AVAILABLE" });
    refused(
        &mut bench,
        403,
        "NOT_ENOUGH",
        &apply(&order, "R-1", 1, &more),
    );
}

#[test]
fn prepaid_money() {
    let (mut bench, mut body) = scene();
    set(&mut body, "funds_account", "PREPAID");
    refused(&mut bench, 403, "NOT_ENOUGH", &body);
}

#[test]
fn accounts_that_no_request_names() {
    let (mut bench, mut body) = scene();
    for account in ["UNAVAILABLE", "OPERATION", "BASIC", "available", ""] {
        set(&mut body, "funds_account", account);
        refused(&mut bench, 400, "PARAM_ERROR", &body);
    }
}

#[test]
fn parts_that_do_not_add_up() {
    let (mut bench, mut body) = scene();
    let part = |account, amount| json!({ "account": account, "amount": amount });
    for from in [
        json!([]),
        json!([part("AVAILABLE", 99)]),
        json!([part("AVAILABLE", 50), part("AVAILABLE", 50)]),
        json!([part("BASIC", 100)]),
    ] {
        set(
            &mut body,
            "amount",
            json!({ "refund": 100, "total": 8_000, "from": from }),
        );
        refused(&mut bench, 400, "PARAM_ERROR", &body);
    }
}

#[test]
fn parts_and_an_account_at_once() {
    let (mut bench, mut body) = scene();
    let from = json!([{ "account": "AVAILABLE", "amount": 100 }]);
    set(
        &mut body,
        "amount",
        json!({ "refund": 100, "total": 8_000, "from": from }),
    );
    set(&mut body, "funds_account", "AVAILABLE");
    refused(&mut bench, 400, "PARAM_ERROR", &body);
}

#[test]
fn advance_that_the_platform_cannot_pay() {
    let (mut bench, mut body) = scene();
    bench.set_balance(AVAILABLE, 0);
    bench.set_balance(OPERATION, 99);
    set(&mut body, "refund_account", "REFUND_SOURCE_PARTNER_ADVANCE");
    refused(&mut bench, 403, "NOT_ENOUGH", &body);
}

#[test]
fn unknown_source() {
    let (mut bench, mut body) = scene();
    set(&mut body, "refund_account", "REFUND_SOURCE_UNSETTLED_FUNDS");
    refused(&mut bench, 400, "PARAM_ERROR", &body);
}

#[test]
fn payer_whose_account_is_closed() {
    let (mut bench, body) = scene();
    let order = body["transaction_id"].as_str().unwrap().to_owned();
    set_payer(&mut bench, &order, "closed");
    refused(&mut bench, 403, "USER_ACCOUNT_ABNORMAL", &body);
}

#[test]
fn notice_to_no_address() {
    let (mut bench, mut body) = scene();
    for url in [
        "weixin.qq.com",
        "ftp://weixin.qq.com",
        "https://",
        "https://weixin.qq.com/?a=1",
        "https://weixin.qq.com/#a",
        "https://me@weixin.qq.com/",
        "https://微信.qq.com/",
    ] {
        set(&mut body, "notify_url", url);
        refused(&mut bench, 400, "PARAM_ERROR", &body);
    }
}

#[test]
fn refund_after_a_year() {
    let (mut bench, body) = scene();
    bench.advance(365 * 86_400 + 1);
    refused(&mut bench, 400, "INVALID_REQUEST", &body);
}

#[test]
fn query_for_another_sub_merchant() {
    let (mut bench, body) = scene();
    let id = accepted(&mut bench, &body);
    for target in [
        format!("/v3/ecommerce/refunds/id/{id}?sub_mchid=1900013401"),
        "/v3/ecommerce/refunds/out-refund-no/R-1?sub_mchid=1900013401".to_owned(),
        "/v3/ecommerce/refunds/out-refund-no/R-2?sub_mchid=1900000109".to_owned(),
        // The merchant's number in place of the platform's.
        "/v3/ecommerce/refunds/id/R-1?sub_mchid=1900000109".to_owned(),
    ] {
        bench.refused(404, "RESOURCE_NOT_EXISTS", |b| b.get(&target));
    }
}

#[test]
fn query_that_names_no_sub_merchant() {
    let (mut bench, body) = scene();
    let id = accepted(&mut bench, &body);
    let target = format!("/v3/ecommerce/refunds/id/{id}");
    bench.refused(400, "PARAM_ERROR", |b| b.get(&target));
}

#[test]
fn another_platform_in_the_body() {
    let (mut bench, mut body) = scene();
    set(&mut body, "sp_mchid", "1900009999");
    refused(&mut bench, 400, "PARAM_ERROR", &body);
}
