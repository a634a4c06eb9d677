//! Documented rates: so many calls a second, by caller, by sub-merchant, by order.

use serde_json::{Value, json};

use crate::bench::Bench;

const CREATE: &str = "/v3/ecommerce/subsidies/create";
const CANCEL: &str = "/v3/ecommerce/subsidies/cancel";

fn cancel() -> Value {
    json!({
        "sub_mchid": "1900013401",
        "transaction_id": "4208450740201411110007820472",
        "description": "订单退款",
    })
}

#[test]
fn an_order_is_cancelled_once_a_second() {
    let mut bench = Bench::with_limits();
    assert_eq!(bench.post(CANCEL, &cancel()).0, 200);
    let problem = bench.refused(429, "FREQUENCY_LIMITED", |b| b.post(CANCEL, &cancel()));
    let message = problem["message"].as_str().unwrap();
    assert!(
        message.contains("order 4208450740201411110007820472"),
        "{message}"
    );
    bench.now += 1;
    assert_eq!(bench.post(CANCEL, &cancel()).0, 200);
}

#[test]
fn a_caller_subsidises_80_times_a_second() {
    let mut bench = Bench::with_limits();
    // Refused calls count, too.
    let nothing = json!({
        "sub_mchid": "1900000109", "transaction_id": "1", "amount": 1, "description": "d",
    });
    for _ in 0..80 {
        assert_eq!(bench.post(CREATE, &nothing).0, 404);
    }
    bench.refused(429, "FREQUENCY_LIMITED", |b| b.post(CREATE, &nothing));
    bench.now += 1;
    assert_eq!(bench.post(CREATE, &nothing).0, 404);
}

#[test]
fn rates_can_be_lifted_and_enforced_again() {
    let mut bench = Bench::with_limits();
    let rates = |rates: &str| json!({ "rates": rates });
    let limits = "/_gateway/limits";
    assert_eq!(
        bench.admin("GET", limits, &Value::Null),
        (200, rates("enforced"))
    );
    assert_eq!(
        bench.admin("PUT", limits, &rates("lifted")),
        (200, rates("lifted"))
    );
    for _ in 0..3 {
        assert_eq!(bench.post(CANCEL, &cancel()).0, 200);
    }
    bench.admin("PUT", limits, &rates("enforced"));
    assert_eq!(bench.post(CANCEL, &cancel()).0, 200);
    assert_eq!(bench.post(CANCEL, &cancel()).0, 429);
    bench.admin("PUT", limits, &rates("lifted"));
    assert_eq!(bench.admin("POST", "/_gateway/reset", &Value::Null).0, 200);
    assert_eq!(
        bench.admin("GET", limits, &Value::Null),
        (200, rates("enforced"))
    );
}

#[test]
fn a_rate_is_enforced_or_lifted() {
    let mut bench = Bench::with_limits();
    for body in [
        json!({}),
        json!({ "rates": "off" }),
        json!({ "rates": "lifted", "x": 1 }),
    ] {
        bench.refused(400, "PARAM_ERROR", |b| {
            b.admin("PUT", "/_gateway/limits", &body)
        });
    }
}

#[test]
fn rounds_are_asked_for_500_times_a_second() {
    let mut bench = Bench::with_limits();
    let target = "/v3/ecommerce/profitsharing/orders?sub_mchid=1&transaction_id=1&out_order_no=P1";
    for _ in 0..500 {
        assert_eq!(bench.get(target).0, 404);
    }
    bench.refused(429, "FREQUENCY_LIMITED", |b| b.get(target));
    bench.now += 1;
    assert_eq!(bench.get(target).0, 404);
}
