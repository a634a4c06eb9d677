//! Refunds: asked for, on their way, arrived.

use serde_json::{Value, json};

use crate::bench::Bench;

pub(crate) const APPLY: &str = "/v3/ecommerce/refunds/apply";
pub(crate) const AVAILABLE: &str = "sub-merchant:1900000109:available";
pub(crate) const UNSETTLED: &str = "sub-merchant:1900000109:unsettled";
pub(crate) const FROZEN: &str = "sub-merchant:1900000109:frozen";
pub(crate) const TRANSIT: &str = "sub-merchant:1900000109:in-transit";
pub(crate) const OPERATION: &str = "platform:operation";
/// Nobody listens there: the tests take deliveries from the engine.
const NOTIFY: &str = "http://127.0.0.1:9/refunds";

/// A request for a refund of `bench.order`, with `more` fields.
pub(crate) fn apply(order: &str, number: &str, refund: i64, more: &Value) -> Value {
    let mut body = json!({
        "sub_mchid": "1900000109",
        "sp_appid": "wx8888888888888888",
        "transaction_id": order,
        "out_refund_no": number,
        "amount": { "refund": refund, "total": 8_000 },
    });
    let more = more.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(more);
    body
}

/// Asks for a refund and gives its id.
pub(crate) fn accepted(bench: &mut Bench, body: &Value) -> String {
    let (status, answer) = bench.post(APPLY, body);
    assert_eq!(status, 200, "{answer}");
    answer["refund_id"].as_str().unwrap().to_owned()
}

pub(crate) fn query(bench: &mut Bench, id: &str) -> Value {
    let target = format!("/v3/ecommerce/refunds/id/{id}?sub_mchid=1900000109");
    let (status, refund) = bench.get(&target);
    assert_eq!(status, 200, "{refund}");
    refund
}

pub(crate) fn set_payer(bench: &mut Bench, order: &str, account: &str) {
    let path = Bench::order_path(order) + "/payer";
    let body = json!({ "payer_account": account });
    assert_eq!(bench.admin("PUT", &path, &body).0, 200);
}

/// What the callbacks that are due tell, by event type.
pub(crate) fn told(bench: &mut Bench) -> Vec<(String, Value)> {
    let key = wechatpay_gateway::credentials::api_v3_key().unwrap();
    let deliveries = bench.deliveries();
    let mut told = Vec::new();
    for delivery in deliveries {
        assert_eq!(delivery.request.uri(), NOTIFY);
        let body: Value = serde_json::from_slice(delivery.request.body()).unwrap();
        let sealed: wechatpay_core::SealedResource =
            serde_json::from_value(body["resource"].clone()).unwrap();
        let plain = serde_json::from_slice(&sealed.open(&key).unwrap()).unwrap();
        told.push((body["event_type"].as_str().unwrap().to_owned(), plain));
        bench.answered(&delivery, 204);
    }
    told
}

#[test]
fn refund_is_accepted_and_arrives_five_seconds_later() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "out_trade_no": "A-1" }));
    let (had, owed) = (bench.balance(AVAILABLE), bench.balance("buyers"));
    let body = apply(
        &order,
        "R-1",
        888,
        &json!({ "notify_url": NOTIFY, "reason": "商品已售完" }),
    );
    let (status, answer) = bench.post(APPLY, &body);
    let id = answer["refund_id"].as_str().unwrap().to_owned();
    assert_eq!((status, id.len()), (200, 28));
    let amount = json!({
        "refund": 888, "from": [{ "account": "AVAILABLE", "amount": 888 }],
        "payer_refund": 888, "discount_refund": 0, "currency": "CNY",
    });
    assert_eq!(
        answer,
        json!({
            "refund_id": id, "out_refund_no": "R-1",
            "create_time": "2025-11-21T12:40:00+08:00",
            "amount": amount, "refund_account": "REFUND_SOURCE_SUB_MERCHANT",
        })
    );
    assert_eq!(bench.balance(AVAILABLE), had - 888);
    assert_eq!(bench.balance(TRANSIT), 888);
    let mut expected = json!({
        "refund_id": id, "out_refund_no": "R-1", "transaction_id": order, "out_trade_no": "A-1",
        "channel": "ORIGINAL", "user_received_account": "支付用户零钱",
        "create_time": "2025-11-21T12:40:00+08:00", "status": "PROCESSING",
        "amount": amount, "refund_account": "REFUND_SOURCE_SUB_MERCHANT",
        "funds_account": "AVAILABLE",
    });
    bench.advance(4);
    assert_eq!(query(&mut bench, &id), expected);
    assert_eq!(told(&mut bench), []);

    bench.advance(1);
    expected["status"] = "SUCCESS".into();
    expected["success_time"] = "2025-11-21T12:40:05+08:00".into();
    assert_eq!(query(&mut bench, &id), expected);
    let by_number = "/v3/ecommerce/refunds/out-refund-no/R-1?sub_mchid=1900000109";
    assert_eq!(bench.get(by_number), (200, expected));
    assert_eq!(bench.balance(TRANSIT), 0);
    assert_eq!(bench.balance("buyers"), owed + 888);
    let notice = json!({
        "sp_mchid": "1900001109", "sub_mchid": "1900000109", "transaction_id": order,
        "out_trade_no": "A-1", "refund_id": id, "out_refund_no": "R-1",
        "refund_status": "SUCCESS", "success_time": "2025-11-21T12:40:05+08:00",
        "user_received_account": "支付用户零钱",
        "amount": { "total": 8_000, "refund": 888, "payer_total": 8_000, "payer_refund": 888 },
        "refund_account": "REFUND_SOURCE_SUB_MERCHANT",
    });
    assert_eq!(told(&mut bench), [("REFUND.SUCCESS".to_owned(), notice)]);
}

#[test]
fn repetition_answers_the_same_and_moves_nothing() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({}));
    let body = apply(&order, "R-1", 100, &json!({}));
    let first = bench.post(APPLY, &body);
    assert_eq!(first.0, 200);
    assert_eq!(bench.unmoved(|b| b.post(APPLY, &body)), first);
    bench.advance(5);
    assert_eq!(bench.unmoved(|b| b.post(APPLY, &body)), first);
    assert_eq!(bench.deliveries().len(), 0, "nobody asked for notices");
}

#[test]
fn own_number_of_the_order_names_it_too() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "out_trade_no": "A-1" }));
    let mut body = apply(&order, "R-1", 100, &json!({ "out_trade_no": "A-1" }));
    let both = accepted(&mut bench, &body);
    assert_eq!(query(&mut bench, &both)["transaction_id"], json!(order));
    body["out_refund_no"] = "R-2".into();
    body.as_object_mut().unwrap().remove("transaction_id");
    let one = accepted(&mut bench, &body);
    assert_eq!(query(&mut bench, &one)["transaction_id"], json!(order));
}

#[test]
fn refunds_together_are_at_most_the_order() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({}));
    accepted(&mut bench, &apply(&order, "R-1", 5_000, &json!({})));
    let answer = bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(APPLY, &apply(&order, "R-2", 3_001, &json!({})))
    });
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("3000 fen of 8000 fen"), "{message}");
    accepted(&mut bench, &apply(&order, "R-2", 3_000, &json!({})));
}

#[test]
fn order_takes_one_refund_a_minute() {
    let mut bench = Bench::with_limits();
    let order = bench.order(&json!({}));
    let first = apply(&order, "R-1", 1, &json!({}));
    let second = apply(&order, "R-2", 1, &json!({}));
    accepted(&mut bench, &first);
    bench.advance(59);
    bench.refused(429, "FREQUENCY_LIMITED", |b| b.post(APPLY, &second));
    // A repetition is no other refund, and another order has its own minute.
    accepted(&mut bench, &first);
    let other = bench.order(&json!({}));
    accepted(&mut bench, &apply(&other, "R-3", 1, &json!({})));
    bench.advance(1);
    accepted(&mut bench, &second);
}

#[test]
fn caller_has_150_refunds_a_second() {
    let mut bench = Bench::with_limits();
    let order = bench.order(&json!({}));
    let body = apply(&order, "R-1", 1, &json!({}));
    for _ in 0..150 {
        accepted(&mut bench, &body);
    }
    bench.refused(429, "FREQUENCY_LIMITED", |b| b.post(APPLY, &body));
    bench.now += 1;
    accepted(&mut bench, &body);
}

#[test]
fn order_is_refunded_for_365_days() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({}));
    bench.advance(365 * 86_400);
    accepted(&mut bench, &apply(&order, "R-1", 1, &json!({})));
    bench.advance(1);
    bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(APPLY, &apply(&order, "R-2", 1, &json!({})))
    });
}

#[test]
fn order_has_fifty_refunds() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({}));
    for number in 0..50 {
        accepted(
            &mut bench,
            &apply(&order, &format!("R-{number}"), 1, &json!({})),
        );
    }
    bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(APPLY, &apply(&order, "R-50", 1, &json!({})))
    });
}

/// A refund counts for the rules of others from its acceptance on.
#[test]
fn subsidy_is_returned_and_a_fee_taken_for_a_refund_that_is_under_way() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    let create = json!({
        "sub_mchid": "1900000109", "transaction_id": order, "amount": 500, "description": "d",
    });
    assert_eq!(bench.post("/v3/ecommerce/subsidies/create", &create).0, 200);
    let refund = accepted(&mut bench, &apply(&order, "R-1", 1_000, &json!({})));
    let back = json!({
        "sub_mchid": "1900000109", "out_order_no": "S-1", "transaction_id": order,
        "refund_id": refund, "amount": 60, "description": "d",
    });
    assert_eq!(bench.post("/v3/ecommerce/subsidies/return", &back).0, 200);
    let fee = json!({
        "sub_mchid": "1900000109", "transaction_id": order, "amount": 7,
        "type": "SERVICE_FEE_INCOME", "scene": "RETURN_GOODS", "refund_id": refund,
    });
    let fees = "/v3/ecommerce/profitsharing/after-sales-orders";
    assert_eq!(bench.post(fees, &fee).0, 200);
    // Refund and fee lie in transit side by side, and each arrives where it belongs.
    assert_eq!(bench.balance(TRANSIT), 1_007);
    let owed = bench.balance("buyers");
    bench.advance(10);
    assert_eq!(bench.balance(TRANSIT), 0);
    assert_eq!(bench.balance("buyers"), owed + 1_000);
    assert_eq!(bench.balance("platform:income"), 7);
}

#[test]
fn refund_by_the_administration_is_told_like_any_other() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "out_trade_no": "A-1" }));
    let id = bench.refund(&order, 300);
    let refund = query(&mut bench, &id);
    assert_eq!(refund["status"], "SUCCESS");
    assert_eq!(refund["success_time"], "2025-11-21T12:40:00+08:00");
    // Made up like the order's own number.
    let number = format!("R{id}");
    assert_eq!(refund["out_refund_no"], json!(number));
    let target = format!("/v3/ecommerce/refunds/out-refund-no/{number}?sub_mchid=1900000109");
    assert_eq!(bench.get(&target), (200, refund));
    let view = bench
        .admin("GET", &Bench::order_path(&order), &Value::Null)
        .1;
    assert_eq!(
        view["refunds"],
        json!([{
            "refund_id": id, "out_refund_no": number, "amount": 300, "status": "SUCCESS",
            "refund_account": "REFUND_SOURCE_SUB_MERCHANT",
        }])
    );
}
