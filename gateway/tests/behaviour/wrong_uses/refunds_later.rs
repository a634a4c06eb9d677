//! Refunds: sent elsewhere, closed, and advances that come back.

use serde_json::{Value, json};
use wechatpay_core::Verifier as _;

use super::refunds::{scene, set};
use crate::bench::Bench;
use crate::refunds::{AVAILABLE, accepted, set_payer};

/// A refund that is abnormal, and a request that sends it to a card.
fn abnormal() -> (Bench, String, Value) {
    let (mut bench, body) = scene();
    let order = body["transaction_id"].as_str().unwrap().to_owned();
    set_payer(&mut bench, &order, "abnormal");
    let id = accepted(&mut bench, &body);
    bench.advance(5);
    let sealed = |text| bench.keys.sealer().unwrap().seal(text).unwrap();
    let request = json!({
        "sub_mchid": "1900000109", "out_refund_no": "R-1", "type": "USER_BANK_CARD",
        "bank_type": "ICBC_DEBIT", "bank_account": sealed("6222020000000000000"),
        "real_name": sealed("张三"),
    });
    (bench, id, request)
}

/// Sends an abnormal refund elsewhere, with the header that names the sealing key.
fn rescue(bench: &mut Bench, id: &str, body: &Value) -> (u16, Value) {
    let path = format!("/v3/ecommerce/refunds/{id}/apply-abnormal-refund");
    let mut request = bench.signed("POST", &path, body.to_string());
    let serial = wechatpay_gateway::credentials::PUBLIC_KEY_ID;
    let headers = request.headers_mut();
    headers.insert("wechatpay-serial", serial.parse().unwrap());
    bench.ask(&request)
}

/// A refund that the platform paid in advance, and that arrived.
fn advanced() -> (Bench, String) {
    let (mut bench, mut body) = scene();
    bench.set_balance(AVAILABLE, 0);
    set(&mut body, "refund_account", "REFUND_SOURCE_PARTNER_ADVANCE");
    let id = accepted(&mut bench, &body);
    bench.advance(5);
    (bench, id)
}

fn take_back(bench: &mut Bench, id: &str, sub_mchid: &str) -> (u16, Value) {
    let path = format!("/v3/ecommerce/refunds/{id}/return-advance");
    bench.post(&path, &json!({ "sub_mchid": sub_mchid }))
}

#[test]
fn elsewhere_while_it_is_under_way_and_after_it_arrived() {
    let (mut bench, body) = scene();
    let id = accepted(&mut bench, &body);
    let request = json!({
        "sub_mchid": "1900000109", "out_refund_no": "R-1", "type": "MERCHANT_BANK_CARD",
    });
    bench.refused(400, "INVALID_REQUEST", |b| rescue(b, &id, &request));
    bench.advance(5);
    bench.refused(400, "INVALID_REQUEST", |b| rescue(b, &id, &request));
}

#[test]
fn elsewhere_under_another_number() {
    let (mut bench, id, mut request) = abnormal();
    set(&mut request, "out_refund_no", "R-2");
    bench.refused(400, "INVALID_REQUEST", |b| rescue(b, &id, &request));
}

#[test]
fn elsewhere_for_another_sub_merchant() {
    let (mut bench, id, mut request) = abnormal();
    set(&mut request, "sub_mchid", "1900013401");
    bench.refused(404, "RESOURCE_NOT_EXISTS", |b| rescue(b, &id, &request));
}

#[test]
fn elsewhere_twice_to_two_places() {
    let (mut bench, id, mut request) = abnormal();
    assert_eq!(rescue(&mut bench, &id, &request).0, 200);
    set(&mut request, "bank_type", "CMB_DEBIT");
    let answer = bench.refused(400, "INVALID_REQUEST", |b| rescue(b, &id, &request));
    let message = answer["message"].as_str().unwrap();
    let both = r#"bank_type was "ICBC_DEBIT" and is "CMB_DEBIT""#;
    assert!(message.contains(both), "{message}");
}

#[test]
fn elsewhere_to_a_credit_card() {
    let (mut bench, id, mut request) = abnormal();
    set(&mut request, "bank_type", "ICBC_CREDIT");
    bench.refused(400, "PARAM_ERROR", |b| rescue(b, &id, &request));
}

#[test]
fn elsewhere_with_a_card_in_the_open() {
    let (mut bench, id, mut request) = abnormal();
    set(&mut request, "bank_account", "6222020000000000000");
    let answer = bench.refused(400, "PARAM_ERROR", |b| rescue(b, &id, &request));
    assert!(!answer.to_string().contains("6222"), "{answer}");
}

#[test]
fn elsewhere_without_the_key_that_sealed() {
    let (mut bench, id, request) = abnormal();
    let path = format!("/v3/ecommerce/refunds/{id}/apply-abnormal-refund");
    bench.refused(400, "PARAM_ERROR", |b| b.post(&path, &request));
}

#[test]
fn elsewhere_without_a_name() {
    let (mut bench, id, mut request) = abnormal();
    request.as_object_mut().unwrap().remove("real_name");
    bench.refused(400, "PARAM_ERROR", |b| rescue(b, &id, &request));
}

#[test]
fn closing_what_is_not_abnormal() {
    let (mut bench, body) = scene();
    let id = accepted(&mut bench, &body);
    let order = body["transaction_id"].as_str().unwrap();
    let close = |id: &str| format!("{}/refunds/{id}/close", Bench::order_path(order));
    let path = close(&id);
    bench.refused(400, "INVALID_REQUEST", |b| {
        b.admin("POST", &path, &Value::Null)
    });
    bench.advance(5);
    bench.refused(400, "INVALID_REQUEST", |b| {
        b.admin("POST", &path, &Value::Null)
    });
    let path = close("50");
    bench.refused(404, "RESOURCE_NOT_EXISTS", |b| {
        b.admin("POST", &path, &Value::Null)
    });
}

#[test]
fn elsewhere_after_it_was_closed_and_closing_twice() {
    let (mut bench, id, request) = abnormal();
    let target = format!("/v3/ecommerce/refunds/id/{id}?sub_mchid=1900000109");
    let order = bench.get(&target).1["transaction_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("{}/refunds/{id}/close", Bench::order_path(&order));
    assert_eq!(bench.admin("POST", &path, &Value::Null).0, 200);
    bench.refused(400, "INVALID_REQUEST", |b| rescue(b, &id, &request));
    bench.refused(400, "INVALID_REQUEST", |b| {
        b.admin("POST", &path, &Value::Null)
    });
}

#[test]
fn advance_back_that_nobody_paid() {
    let (mut bench, body) = scene();
    let id = accepted(&mut bench, &body);
    bench.advance(5);
    bench.refused(400, "INVALID_REQUEST", |b| take_back(b, &id, "1900000109"));
}

#[test]
fn advance_back_before_the_refund_arrived() {
    let (mut bench, mut body) = scene();
    bench.set_balance(AVAILABLE, 0);
    set(&mut body, "refund_account", "REFUND_SOURCE_PARTNER_ADVANCE");
    let id = accepted(&mut bench, &body);
    bench.refused(400, "INVALID_REQUEST", |b| take_back(b, &id, "1900000109"));
    bench.advance(5);
    assert_eq!(take_back(&mut bench, &id, "1900000109").0, 200);
}

#[test]
fn advance_back_from_another_sub_merchant() {
    let (mut bench, id) = advanced();
    bench.refused(404, "RESOURCE_NOT_EXISTS", |b| {
        take_back(b, &id, "1900013401")
    });
}

#[test]
fn advance_back_for_no_refund() {
    let mut bench = Bench::new();
    bench.refused(404, "RESOURCE_NOT_EXISTS", |b| {
        take_back(b, "50", "1900000109")
    });
}

#[test]
fn question_for_an_advance_that_was_not_asked_back() {
    let (mut bench, id) = advanced();
    let target = format!("/v3/ecommerce/refunds/{id}/return-advance?sub_mchid=1900000109");
    bench.refused(404, "RESOURCE_NOT_EXISTS", |b| b.get(&target));
}
