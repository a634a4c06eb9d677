use serde_json::{Value, json};
use wechatpay_core::api::ecommerce::subsidies::{Cancel, CancelState};

use crate::bench::Bench;

const CANCEL: &str = "/v3/ecommerce/subsidies/cancel";

fn cancel(order: &str) -> Value {
    json!({ "sub_mchid": "1900000109", "transaction_id": order, "description": "refunded" })
}

#[test]
fn promise_is_lifted_and_nothing_moves() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    bench.refund(&order, 8_000);
    let request = Cancel::builder()
        .sub_mchid("1900000109")
        .transaction_id(&order)
        .description("refunded")
        .build();
    let cancelled = bench.unmoved(|b| b.call(&request)).unwrap();
    assert_eq!(cancelled.result, CancelState::Success);
    assert_eq!(cancelled.description, "refunded");
    assert_eq!(cancelled.refund_id, None);
    let (_, shown) = bench.admin("GET", &Bench::order_path(&order), &Value::Null);
    assert_eq!(shown["subsidy_cancelled"], true);
}

#[test]
fn again_answers_success_again() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    let refund = bench.refund(&order, 8_000);
    assert_eq!(bench.post(CANCEL, &cancel(&order)).1["result"], "SUCCESS");
    bench.share(&order);
    let mut again = cancel(&order);
    again["description"] = "once more".into();
    again["refund_id"] = refund.as_str().into();
    let (status, answer) = bench.unmoved(|b| b.post(CANCEL, &again));
    let expected = json!({
        "sub_mchid": "1900000109",
        "transaction_id": order,
        "result": "SUCCESS",
        "description": "once more",
        "refund_id": refund,
    });
    assert_eq!((status, answer), (200, expected));

    again["refund_id"] = "5000000000000000000000000099".into();
    let (status, answer) = bench.unmoved(|b| b.post(CANCEL, &again));
    assert!(
        status >= 400,
        "a refund that does not exist is refused: {answer}"
    );
}

#[test]
fn cancel_needs_a_promise_a_refund_and_no_subsidy_before_sharing() {
    let mut bench = Bench::new();
    let missing = cancel("4200000000000000000000000000");
    bench.refused(404, "ORDER_NOT_EXIST", |b| b.post(CANCEL, &missing));

    let unpromised = bench.order(&json!({}));
    bench.refund(&unpromised, 100);
    let refused = bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(CANCEL, &cancel(&unpromised))
    });
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("promised no subsidy")
    );

    let unrefunded = bench.order(&json!({ "subsidy_amount": 500 }));
    let refused = bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(CANCEL, &cancel(&unrefunded))
    });
    assert!(refused["message"].as_str().unwrap().contains("no refund"));

    let shared = bench.order(&json!({ "subsidy_amount": 500 }));
    bench.refund(&shared, 100);
    bench.share(&shared);
    let refused = bench.refused(400, "INVALID_REQUEST", |b| b.post(CANCEL, &cancel(&shared)));
    assert!(refused["message"].as_str().unwrap().contains("shared"));

    let subsidised = bench.order(&json!({ "subsidy_amount": 500 }));
    let create = json!({
        "sub_mchid": "1900000109", "transaction_id": subsidised, "amount": 500, "description": "d",
    });
    assert_eq!(bench.post("/v3/ecommerce/subsidies/create", &create).0, 200);
    bench.refund(&subsidised, 100);
    let refused = bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(CANCEL, &cancel(&subsidised))
    });
    assert!(refused["message"].as_str().unwrap().contains("too late"));
}

#[test]
fn legacy_refund_id_is_a_refund_of_the_order() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    let refund = bench.refund(&order, 100);
    let mut request = cancel(&order);
    request["refund_id"] = "5000000000000000000000000000".into();
    bench.refused(400, "INVALID_REQUEST", |b| b.post(CANCEL, &request));
    request["refund_id"] = refund.as_str().into();
    assert_eq!(bench.post(CANCEL, &request).1["refund_id"], refund);
}
