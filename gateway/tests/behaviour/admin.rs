use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use crate::bench::{Bench, read};

#[test]
fn list_names_every_endpoint_and_operation() {
    let mut bench = Bench::new();
    for path in ["/_gateway", "/_gateway/"] {
        let (status, list) = bench.admin("GET", path, &Value::Null);
        assert_eq!(status, 200);
        let endpoints = list["endpoints"].as_object().unwrap();
        assert_eq!(endpoints.len(), 34);
        assert!(
            endpoints
                .values()
                .all(|line| !line.as_str().unwrap().is_empty())
        );
        let operations = list["operations"].as_array().unwrap();
        assert_eq!(operations.len(), 48);
    }
}

#[test]
fn order_is_placed_paid_and_settled() {
    let mut bench = Bench::new();
    let held = bench.balance("sub-merchant:1900000109:available");
    let body = json!({ "sub_mchid": "1900000109", "total": 8_000, "subsidy_amount": 500 });
    let (status, order) = bench.admin("POST", "/_gateway/orders", &body);
    let id = order["transaction_id"].as_str().unwrap().to_owned();
    assert_eq!((status, id.len()), (201, 28));
    let expected = json!({
        "sub_mchid": "1900000109",
        "transaction_id": id,
        "out_trade_no": format!("P{id}"),
        "total": 8_000,
        "subsidy_amount": 500,
        "state": "settled",
        "profit_sharing": false,
        "sharing": "unshared",
        "rounds": 0,
        "shared": 0,
        "held": 0,
        "payer_account": "normal",
        "refunds": [],
        "subsidy": null,
        "subsidy_cancelled": false,
        "after_sales_orders": [],
    });
    assert_eq!(order, expected);
    assert_eq!(
        bench.balance("sub-merchant:1900000109:available"),
        held + 8_000
    );
    let path = Bench::order_path(&id);
    assert_eq!(bench.admin("GET", &path, &Value::Null), (200, expected));
    bench.admin("POST", &(path.clone() + "/share"), &Value::Null);
    assert_eq!(
        bench.admin("GET", &path, &Value::Null).1["sharing"],
        "shared"
    );
}

#[test]
fn given_ids_are_kept_and_not_taken_twice() {
    let mut bench = Bench::new();
    let order = json!({ "sub_mchid": "1900000109", "transaction_id": "T1", "total": 100 });
    assert_eq!(
        bench.admin("POST", "/_gateway/orders", &order).1["transaction_id"],
        "T1"
    );
    bench.refused(409, "ALREADY_EXISTS", |b| {
        b.admin("POST", "/_gateway/orders", &order)
    });
    let other = json!({ "sub_mchid": "1900000108", "transaction_id": "T1", "total": 100 });
    assert_eq!(bench.admin("POST", "/_gateway/orders", &other).0, 201);
    let refunds = "/_gateway/orders/1900000109/T1/refunds";
    let refund = json!({ "refund_id": "R1", "amount": 10 });
    assert_eq!(bench.admin("POST", refunds, &refund).1["refund_id"], "R1");
    bench.refused(409, "ALREADY_EXISTS", |b| b.admin("POST", refunds, &refund));
}

#[test]
fn refunds_are_bounded_by_the_order_and_the_balance() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "total": 1_000 }));
    let refunds = Bench::order_path(&order) + "/refunds";
    bench.refused(400, "INVALID_REQUEST", |b| {
        b.admin("POST", &refunds, &json!({ "amount": 1_001 }))
    });
    let buyers = bench.balance("buyers");
    bench.refund(&order, 600);
    assert_eq!(bench.balance("buyers"), buyers + 600);
    bench.refused(400, "INVALID_REQUEST", |b| {
        b.admin("POST", &refunds, &json!({ "amount": 401 }))
    });
    bench.set_balance("sub-merchant:1900000109:available", 399);
    bench.refused(403, "NOT_ENOUGH", |b| {
        b.admin("POST", &refunds, &json!({ "amount": 400 }))
    });
}

#[test]
fn settlement_moves_what_was_not_refunded() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "total": 1_000, "state": "paid" }));
    let (available, unsettled) = (
        "sub-merchant:1900000109:available",
        "sub-merchant:1900000109:unsettled",
    );
    let held = bench.balance(available);
    bench.refund(&order, 300);
    assert_eq!(bench.balance(unsettled), 700);
    let settle = Bench::order_path(&order) + "/settle";
    assert_eq!(
        bench.admin("POST", &settle, &Value::Null).1["state"],
        "settled"
    );
    assert_eq!(
        (bench.balance(available), bench.balance(unsettled)),
        (held + 700, 0)
    );
    assert_eq!(
        bench.unmoved(|b| b.admin("POST", &settle, &Value::Null)).0,
        200
    );
    let all = bench.order(&json!({ "total": 50, "state": "paid" }));
    bench.refund(&all, 50);
    let settle = Bench::order_path(&all) + "/settle";
    assert_eq!(
        bench.unmoved(|b| b.admin("POST", &settle, &Value::Null)).0,
        200
    );
}

#[test]
fn balances_are_set_by_transfers_with_the_world() {
    let mut bench = Bench::new();
    let world = bench.balance("world");
    for (method, balance) in [("PUT", 5), ("POST", 2_000_000), ("PUT", 0)] {
        let body = json!({ "account": "platform:operation", "balance": balance });
        let answer = bench.admin(method, "/_gateway/balances", &body);
        assert_eq!(answer, (200, body));
        let moved = 1_000_000 - balance;
        assert_eq!(bench.balance("world"), world + moved);
    }
    let same = json!({ "account": "platform:operation", "balance": 0 });
    bench.unmoved(|b| b.admin("PUT", "/_gateway/balances", &same));
}

#[test]
fn coupons_are_paid_once() {
    let mut bench = Bench::new();
    let coupon = json!({
        "stock_id": "1", "coupon_code": "C", "payer_merchant": "1900000021",
        "payee_merchant": "1900000022", "amount": 400,
    });
    assert_eq!(bench.admin("POST", "/_gateway/coupons", &coupon).0, 201);
    bench.refused(409, "ALREADY_EXISTS", |b| {
        b.admin("POST", "/_gateway/coupons", &coupon)
    });
    let mut own = coupon.clone();
    own["payee_merchant"] = "1900000021".into();
    bench.refused(400, "PARAM_ERROR", |b| {
        b.admin("POST", "/_gateway/coupons", &own)
    });
}

#[test]
fn clock_moves_on_only() {
    let mut bench = Bench::new();
    let clock = |ahead: u64, time: &str| json!({ "timestamp": 1_763_700_000 + ahead, "time": time, "ahead_seconds": ahead, "speed": 1 });
    let start = clock(0, "2025-11-21T12:40:00+08:00");
    assert_eq!(
        bench.admin("GET", "/_gateway/clock", &Value::Null),
        (200, start)
    );
    let body = json!({ "advance_seconds": 86_400 });
    let moved = clock(86_400, "2025-11-22T12:40:00+08:00");
    assert_eq!(bench.admin("POST", "/_gateway/clock", &body), (200, moved));
    // Signatures are held against the real clock all the same.
    assert_eq!(bench.get("/v3/certificates").0, 200);
    for seconds in [
        json!(-1),
        json!(1.5),
        json!("60"),
        json!(u64::MAX),
        json!(3_200_000_000_u64),
    ] {
        let body = json!({ "advance_seconds": seconds });
        bench.refused(400, "PARAM_ERROR", |b| {
            b.admin("POST", "/_gateway/clock", &body)
        });
    }
}

#[test]
fn reset_goes_back_to_the_start() {
    let mut bench = Bench::new();
    let start = bench.ledger();
    bench.order(&json!({}));
    bench.advance(60);
    bench.admin(
        "POST",
        "/_gateway/faults",
        &json!({ "fault": "cut_before" }),
    );
    assert_ne!(bench.ledger(), start);
    assert_eq!(bench.admin("POST", "/_gateway/reset", &Value::Null).0, 200);
    assert_eq!(bench.ledger(), start);
    let (_, clock) = bench.admin("GET", "/_gateway/clock", &Value::Null);
    assert_eq!(clock["ahead_seconds"], 0);
    assert_eq!(bench.get("/v3/certificates").0, 200);
}

#[test]
fn bad_input_is_refused() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({}));
    let refunds = Bench::order_path(&order) + "/refunds";
    let sub = "1900000109";
    let cases = [
        ("/_gateway/orders", json!({})),
        ("/_gateway/orders", json!({ "sub_mchid": sub })),
        ("/_gateway/orders", json!({ "sub_mchid": sub, "total": 0 })),
        ("/_gateway/orders", json!({ "sub_mchid": sub, "total": -5 })),
        (
            "/_gateway/orders",
            json!({ "sub_mchid": sub, "total": 1.5 }),
        ),
        (
            "/_gateway/orders",
            json!({ "sub_mchid": sub, "total": "100" }),
        ),
        (
            "/_gateway/orders",
            json!({ "sub_mchid": sub, "total": 1_000_000_001 }),
        ),
        (
            "/_gateway/orders",
            json!({ "sub_mchid": "shop", "total": 100 }),
        ),
        ("/_gateway/orders", json!({ "sub_mchid": "", "total": 100 })),
        (
            "/_gateway/orders",
            json!({ "sub_mchid": sub, "total": 100, "subsidy_amount": 0 }),
        ),
        (
            "/_gateway/orders",
            json!({ "sub_mchid": sub, "total": 100, "state": "lost" }),
        ),
        (
            "/_gateway/orders",
            json!({ "sub_mchid": sub, "total": 100, "totl": 100 }),
        ),
        (
            "/_gateway/orders",
            json!({ "sub_mchid": sub, "total": 100, "transaction_id": "" }),
        ),
        (
            "/_gateway/orders",
            json!({ "sub_mchid": sub, "total": 100, "transaction_id": "a/b" }),
        ),
        ("/_gateway/orders", json!([])),
        (refunds.as_str(), json!({ "amount": 0 })),
        (refunds.as_str(), json!({ "amount": 1, "refund_id": "两" })),
        (
            "/_gateway/balances",
            json!({ "account": "pocket", "balance": 1 }),
        ),
        (
            "/_gateway/balances",
            json!({ "account": "world", "balance": 1 }),
        ),
        (
            "/_gateway/balances",
            json!({ "account": "buyers", "balance": 1 }),
        ),
        (
            "/_gateway/balances",
            json!({ "account": "merchant:x", "balance": 1 }),
        ),
        (
            "/_gateway/balances",
            json!({ "account": "sub-merchant:1:pocket", "balance": 1 }),
        ),
        (
            "/_gateway/balances",
            json!({ "account": "sub-merchant:1:in-transit", "balance": 1 }),
        ),
        (
            "/_gateway/balances",
            json!({ "account": "platform:operation", "balance": -1 }),
        ),
        (
            "/_gateway/balances",
            json!({ "account": "platform:operation", "balance": 1_000_000_000_000_001_i64 }),
        ),
        ("/_gateway/coupons", json!({ "amount": 1 })),
    ];
    for (path, body) in cases {
        bench.refused(400, "PARAM_ERROR", |b| b.admin("POST", path, &body));
    }
    let request = Request::post("/_gateway/orders")
        .body(Bytes::from_static(b"{"))
        .unwrap();
    assert_eq!(read(&bench.send(&request)).0, 400);
}

#[test]
fn unknown_endpoints_are_told() {
    let mut bench = Bench::new();
    for (method, path) in [
        ("GET", "/_gateway/nothing"),
        ("DELETE", "/_gateway/ledger"),
        ("GET", "/_gateway/orders"),
        ("GET", "/_gateway/orders/%zz/1"),
        ("POST", "/_gateway/orders/1/2/3"),
    ] {
        bench.refused(404, "RESOURCE_NOT_EXISTS", |b| {
            b.admin(method, path, &Value::Null)
        });
    }
    let missing = Bench::order_path("nothing");
    bench.refused(404, "ORDER_NOT_EXIST", |b| {
        b.admin("GET", &missing, &Value::Null)
    });
    // What only begins like it is the platform's.
    let request = Request::get("/_gatewayx").body(Bytes::new()).unwrap();
    assert!(
        bench
            .send(&request)
            .headers()
            .contains_key("wechatpay-signature")
    );
}
