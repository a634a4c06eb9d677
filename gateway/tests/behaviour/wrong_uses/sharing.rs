//! Profit sharing.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::scene::{
    FINISH, MERCHANT, ORDERS, PERSON, add_receivers, agree_on, finish, last_round, order_to_share,
    query, round, to,
};

fn refused(bench: &mut Bench, path: &str, request: &Value, says: &str) -> Value {
    let refused = bench.refused(400, "INVALID_REQUEST", |b| b.post(path, request));
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains(says), "{message}");
    refused
}

fn accepted(bench: &mut Bench, path: &str, request: &Value) {
    let (status, answer) = bench.post(path, request);
    assert_eq!(status, 200, "{answer}");
}

/// A bench with an order, of which 190 fen went to a merchant, 10 to a person.
fn shared() -> (Bench, String) {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let parts = [to(MERCHANT, 190), to(PERSON, 10), to("1900000109", 20)];
    accepted(&mut bench, ORDERS, &round(&order, "P1", &parts));
    bench.advance(5);
    (bench, order)
}

#[test]
fn an_order_that_does_not_exist() {
    let mut bench = Bench::new();
    add_receivers(&mut bench);
    let request = round("4200000000000000000000000009", "P1", &[to(MERCHANT, 1)]);
    bench.refused(404, "ORDER_NOT_EXIST", |b| b.post(ORDERS, &request));
    let request = finish("4200000000000000000000000009", "F1");
    bench.refused(404, "ORDER_NOT_EXIST", |b| b.post(FINISH, &request));
    let path = format!("{ORDERS}/4200000000000000000000000009/amounts");
    bench.refused(404, "ORDER_NOT_EXIST", |b| b.get(&path));
}

#[test]
fn an_order_of_another_sub_merchant() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let mut request = round(&order, "P1", &[to(MERCHANT, 1)]);
    request["sub_mchid"] = "1900000108".into();
    bench.refused(404, "ORDER_NOT_EXIST", |b| b.post(ORDERS, &request));
}

#[test]
fn an_order_that_was_not_placed_for_sharing() {
    let mut bench = Bench::new();
    add_receivers(&mut bench);
    let order = bench.order(&json!({}));
    bench.advance(60);
    let request = round(&order, "P1", &[to(MERCHANT, 1)]);
    refused(&mut bench, ORDERS, &request, "非分账订单不支持分账");
    refused(
        &mut bench,
        FINISH,
        &finish(&order, "F1"),
        "非分账订单不支持分账",
    );
    let path = format!("{ORDERS}/{order}/amounts");
    bench.refused(400, "INVALID_REQUEST", |b| b.get(&path));
}

#[test]
fn less_than_a_minute_after_payment() {
    let mut bench = Bench::new();
    add_receivers(&mut bench);
    let order = bench.order(&json!({ "profit_sharing": true }));
    bench.advance(59);
    let request = round(&order, "P1", &[to(MERCHANT, 1)]);
    refused(&mut bench, ORDERS, &request, "订单处理中");
    refused(&mut bench, FINISH, &finish(&order, "F1"), "订单处理中");
    bench.advance(1);
    accepted(&mut bench, ORDERS, &request);
}

#[test]
fn before_settlement() {
    let mut bench = Bench::new();
    add_receivers(&mut bench);
    let order = bench.order(&json!({ "profit_sharing": true, "state": "paid" }));
    bench.advance(3_600);
    let request = round(&order, "P1", &[to(MERCHANT, 1)]);
    refused(&mut bench, ORDERS, &request, "订单处理中");
    refused(&mut bench, FINISH, &finish(&order, "F1"), "not settled");
    let settle = Bench::order_path(&order) + "/settle";
    assert_eq!(bench.admin("POST", &settle, &Value::Null).0, 200);
    accepted(&mut bench, ORDERS, &request);
}

#[test]
fn after_180_days() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    bench.advance(180 * 86_400 - 60);
    let request = round(&order, "P1", &[to(MERCHANT, 1)]);
    refused(&mut bench, ORDERS, &request, "180 days");
    refused(&mut bench, FINISH, &finish(&order, "F1"), "180 days");
}

#[test]
fn before_the_promised_subsidy_is_created_or_cancelled() {
    let mut bench = Bench::new();
    add_receivers(&mut bench);
    let order = bench.order(&json!({ "profit_sharing": true, "subsidy_amount": 500 }));
    bench.advance(60);
    let request = round(&order, "P1", &[to(MERCHANT, 1)]);
    refused(
        &mut bench,
        ORDERS,
        &request,
        "neither created nor cancelled",
    );
    let subsidy = json!({
        "sub_mchid": "1900000109", "transaction_id": order, "amount": 500, "description": "d",
    });
    accepted(&mut bench, "/v3/ecommerce/subsidies/create", &subsidy);
    accepted(&mut bench, ORDERS, &request);
}

#[test]
fn a_subsidy_after_the_first_round() {
    let mut bench = Bench::new();
    add_receivers(&mut bench);
    let order = bench.order(&json!({ "profit_sharing": true, "subsidy_amount": 500 }));
    bench.refund(&order, 100);
    bench.advance(60);
    let cancel = json!({ "sub_mchid": "1900000109", "transaction_id": order, "description": "d" });
    accepted(&mut bench, "/v3/ecommerce/subsidies/cancel", &cancel);
    accepted(&mut bench, ORDERS, &round(&order, "P1", &[to(MERCHANT, 1)]));
    let subsidy = json!({
        "sub_mchid": "1900000109", "transaction_id": order, "amount": 400, "description": "d",
    });
    let path = "/v3/ecommerce/subsidies/create";
    refused(&mut bench, path, &subsidy, "shared already");
}

#[test]
fn a_subsidy_after_the_finish_was_asked_for() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "profit_sharing": true, "subsidy_amount": 500 }));
    bench.advance(60);
    accepted(&mut bench, FINISH, &finish(&order, "F1"));
    let subsidy = json!({
        "sub_mchid": "1900000109", "transaction_id": order, "amount": 500, "description": "d",
    });
    let path = "/v3/ecommerce/subsidies/create";
    refused(&mut bench, path, &subsidy, "shared already");
}

#[test]
fn more_than_the_order_has() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    agree_on(&mut bench, 100.0);
    bench.refund(&order, 1_000);
    let request = round(&order, "P1", &[to(MERCHANT, 7_000), to(PERSON, 1)]);
    let answer = bench.refused(403, "NOT_ENOUGH", |b| b.post(ORDERS, &request));
    let message = answer["message"].as_str().unwrap();
    assert!(
        message.contains("分账金额不足") && message.contains("7000 fen"),
        "{message}"
    );
    accepted(
        &mut bench,
        ORDERS,
        &round(&order, "P1", &[to(MERCHANT, 7_000)]),
    );
    let request = round(&order, "P2", &[to(PERSON, 1)]);
    bench.refused(403, "NOT_ENOUGH", |b| b.post(ORDERS, &request));
}

#[test]
fn another_orders_money() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    bench.order(&json!({ "profit_sharing": true, "total": 90_000 }));
    agree_on(&mut bench, 100.0);
    let own = round(&order, "P1", &[to("1900000109", 8_001)]);
    bench.refused(403, "NOT_ENOUGH", |b| b.post(ORDERS, &own));
}

#[test]
fn more_than_was_agreed_on() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let request = round(&order, "P1", &[to(MERCHANT, 2_000), to(PERSON, 401)]);
    refused(&mut bench, ORDERS, &request, "分账金额超出最大分账比例");
    accepted(
        &mut bench,
        ORDERS,
        &round(&order, "P1", &[to(MERCHANT, 2_000)]),
    );
    let request = round(&order, "P2", &[to(PERSON, 401)]);
    refused(&mut bench, ORDERS, &request, "2000 fen of it is theirs");
}

#[test]
fn a_51st_round() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    for number in 0..50 {
        let number = format!("P{number}");
        accepted(
            &mut bench,
            ORDERS,
            &round(&order, &number, &[to(MERCHANT, 1)]),
        );
    }
    let request = round(&order, "P50", &[to(MERCHANT, 1)]);
    bench.refused(403, "RULE_LIMIT", |b| b.post(ORDERS, &request));
}

#[test]
fn a_round_after_the_last_one() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    accepted(
        &mut bench,
        ORDERS,
        &last_round(&order, "P1", &[to(MERCHANT, 1)]),
    );
    let request = round(&order, "P2", &[to(MERCHANT, 1)]);
    refused(&mut bench, ORDERS, &request, "ended by out_order_no P1");
    bench.advance(5);
    refused(&mut bench, ORDERS, &request, "ended by out_order_no P1");
    refused(
        &mut bench,
        FINISH,
        &finish(&order, "F1"),
        "ended by out_order_no P1",
    );
}

#[test]
fn a_round_after_the_finish() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    accepted(&mut bench, FINISH, &finish(&order, "F1"));
    let request = round(&order, "P1", &[to(MERCHANT, 1)]);
    refused(&mut bench, ORDERS, &request, "ended by out_order_no F1");
    refused(
        &mut bench,
        FINISH,
        &finish(&order, "F2"),
        "ended by out_order_no F1",
    );
}

#[test]
fn the_same_number_with_other_parameters() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    accepted(
        &mut bench,
        ORDERS,
        &round(&order, "P1", &[to(MERCHANT, 190)]),
    );
    let request = round(&order, "P1", &[to(MERCHANT, 191)]);
    let answer = refused(
        &mut bench,
        ORDERS,
        &request,
        "used before with other parameters",
    );
    let message = answer["message"].as_str().unwrap();
    assert!(
        message.contains("190") && message.contains("191"),
        "{message}"
    );
    let request = last_round(&order, "P1", &[to(MERCHANT, 190)]);
    refused(&mut bench, ORDERS, &request, "finish was false and is true");
    let mut other = finish(&order, "F1");
    accepted(&mut bench, FINISH, &other);
    other["description"] = "another".into();
    refused(&mut bench, FINISH, &other, "description was");
}

#[test]
fn the_number_of_a_round_for_a_finish_and_the_other_way_round() {
    let (mut bench, order) = shared();
    refused(
        &mut bench,
        FINISH,
        &finish(&order, "P1"),
        "is a round of sharing already",
    );
    accepted(&mut bench, FINISH, &finish(&order, "F1"));
    let request = round(&order, "F1", &[to(MERCHANT, 1)]);
    refused(
        &mut bench,
        ORDERS,
        &request,
        "is the finish of an order already",
    );
}

#[test]
fn a_query_of_a_round_that_is_not_there_or_of_another_order() {
    let (mut bench, order) = shared();
    let other = bench.order(&json!({ "profit_sharing": true }));
    for target in [query(&order, "P2"), query(&other, "P1")] {
        bench.refused(404, "RESOURCE_NOT_EXISTS", |b| b.get(&target));
    }
}

#[test]
fn a_notify_url_that_cannot_be_told() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    for url in [
        "ftp://a.test/n",
        "/notify",
        "https://a.test/n?key=1",
        "https://",
    ] {
        let mut request = round(&order, "P1", &[to(MERCHANT, 1)]);
        request["notify_url"] = url.into();
        let answer = bench.refused(400, "PARAM_ERROR", |b| b.post(ORDERS, &request));
        assert_eq!(answer["detail"]["field"], "notify_url", "{url}");
    }
}

#[test]
fn the_plain_family() {
    let (mut bench, order) = shared();
    let posts = [
        "orders",
        "orders/unfreeze",
        "return-orders",
        "receivers/add",
    ];
    for path in posts {
        let path = format!("/v3/profitsharing/{path}");
        let request = round(&order, "P2", &[to(MERCHANT, 1)]);
        let answer = bench.refused(403, "NO_AUTH", |b| b.post(&path, &request));
        let message = answer["message"].as_str().unwrap();
        assert!(
            message.contains("电商商户不允许调用非电商分账API"),
            "{message}"
        );
    }
    let path = format!("/v3/profitsharing/transactions/{order}/amounts");
    bench.refused(403, "NO_AUTH", |b| b.get(&path));
}

#[test]
fn more_than_300_rounds_a_second() {
    let mut bench = Bench::with_limits();
    let nothing = round("1", "P1", &[to(MERCHANT, 1)]);
    for _ in 0..300 {
        assert_eq!(bench.post(ORDERS, &nothing).0, 404);
    }
    let answer = bench.refused(429, "FREQUENCY_LIMITED", |b| b.post(ORDERS, &nothing));
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("sub-merchant 1900000109"), "{message}");
    let mut other = nothing.clone();
    other["sub_mchid"] = "1900000108".into();
    assert_eq!(bench.post(ORDERS, &other).0, 404);
    bench.now += 1;
    assert_eq!(bench.post(ORDERS, &nothing).0, 404);
}
