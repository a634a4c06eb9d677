use serde_json::{Value, json};
use wechatpay_core::Fen;
use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders::{
    Create, OrderState, Query, Scene,
};

use crate::bench::Bench;

const PATH: &str = "/v3/ecommerce/profitsharing/after-sales-orders";
const AVAILABLE: &str = "sub-merchant:1900000109:available";
const IN_TRANSIT: &str = "sub-merchant:1900000109:in-transit";

fn fee(order: &str, refund: &str, amount: i64) -> Value {
    json!({
        "sub_mchid": "1900000109",
        "transaction_id": order,
        "amount": amount,
        "type": "SERVICE_FEE_INCOME",
        "scene": "RETURN_GOODS",
        "refund_id": refund,
    })
}

fn query(order: &str) -> String {
    format!("{PATH}?sub_mchid=1900000109&transaction_id={order}")
}

fn refunded_order(bench: &mut Bench) -> (String, String) {
    let order = bench.order(&json!({}));
    let refund = bench.refund(&order, 1_000);
    (order, refund)
}

#[test]
fn fee_is_reserved_at_once_and_arrives_when_the_clock_moves_on() {
    let mut bench = Bench::new();
    let (order, refund) = refunded_order(&mut bench);
    let held = bench.balance(AVAILABLE);
    let request = Create::builder()
        .sub_mchid("1900000109")
        .transaction_id(&order)
        .amount(Fen::new(300))
        .scene(Scene::ReturnGoods)
        .refund_id(&refund)
        .build();
    let accepted = bench.call(&request).unwrap();
    assert_eq!(accepted.amount, Fen::new(300));
    assert_eq!(bench.balance(AVAILABLE), held - 300);
    assert_eq!(bench.balance(IN_TRANSIT), 300);
    assert_eq!(bench.balance("platform:income"), 0);

    let ask = Query::builder()
        .sub_mchid("1900000109")
        .transaction_id(&order)
        .build();
    bench.advance(9);
    let state = bench.call(&ask).unwrap();
    assert_eq!(state.result, OrderState::Processing);
    assert_eq!(state.finish_time, None);

    bench.advance(1);
    let state = bench.call(&ask).unwrap();
    assert_eq!(state.result, OrderState::Success);
    assert_eq!(state.amount, Fen::new(300));
    assert_eq!(
        state.finish_time.unwrap().as_str(),
        "2025-11-21T12:40:10+08:00"
    );
    assert_eq!(bench.balance(IN_TRANSIT), 0);
    assert_eq!(bench.balance("platform:income"), 300);
}

#[test]
fn fee_finishes_when_real_time_passes_too() {
    let mut bench = Bench::new();
    let (order, refund) = refunded_order(&mut bench);
    assert_eq!(bench.post(PATH, &fee(&order, &refund, 300)).0, 200);
    bench.now += 3_600;
    let (_, answer) = bench.get(&query(&order));
    // It ended when it was due, not when it was noticed.
    let expected = json!({
        "sub_mchid": "1900000109",
        "transaction_id": order,
        "amount": 300,
        "result": "SUCCESS",
        "finish_time": "2025-11-21T12:40:10+08:00",
    });
    assert_eq!(answer, expected);
}

#[test]
fn equal_parameters_answer_the_same_and_others_are_refused() {
    let mut bench = Bench::new();
    let (order, refund) = refunded_order(&mut bench);
    let request = fee(&order, &refund, 300);
    let first = bench.post(PATH, &request);
    let expected = json!({ "sub_mchid": "1900000109", "transaction_id": order, "amount": 300 });
    assert_eq!(first, (200, expected));
    assert_eq!(bench.unmoved(|b| b.post(PATH, &request)), first);
    bench.advance(60);
    assert_eq!(bench.unmoved(|b| b.post(PATH, &request)), first);
    let mut scene = request.clone();
    scene["scene"] = "REFUND_TICKET".into();
    for other in [fee(&order, &refund, 299), scene] {
        let refused = bench.refused(400, "INVALID_REQUEST", |b| b.post(PATH, &other));
        assert!(refused["message"].as_str().unwrap().contains(" was "));
    }
}

#[test]
fn query_tells_the_latest() {
    let mut bench = Bench::new();
    let (order, refund) = refunded_order(&mut bench);
    assert_eq!(bench.post(PATH, &fee(&order, &refund, 300)).0, 200);
    bench.advance(10);
    let another = bench.refund(&order, 1_000);
    assert_eq!(bench.post(PATH, &fee(&order, &another, 50)).0, 200);
    let (_, answer) = bench.get(&query(&order));
    assert_eq!(
        (&answer["amount"], &answer["result"]),
        (&json!(50), &json!("PROCESSING"))
    );
}

#[test]
fn query_without_a_fee_finds_none() {
    let mut bench = Bench::new();
    let (order, _) = refunded_order(&mut bench);
    bench.refused(404, "ORDER_NOT_EXIST", |b| b.get(&query(&order)));
    bench.refused(404, "ORDER_NOT_EXIST", |b| {
        b.get(&query("4200000000000000000000000000"))
    });
}

#[test]
fn fee_needs_the_order_and_its_refund() {
    let mut bench = Bench::new();
    let (order, refund) = refunded_order(&mut bench);
    let missing = fee("4200000000000000000000000000", &refund, 300);
    bench.refused(404, "ORDER_NOT_EXIST", |b| b.post(PATH, &missing));
    let foreign = fee(&order, "5000000000000000000000000000", 300);
    let refused = bench.refused(400, "INVALID_REQUEST", |b| b.post(PATH, &foreign));
    assert!(refused["message"].as_str().unwrap().contains(&refund));
}

#[test]
fn fees_together_are_at_most_the_order() {
    let mut bench = Bench::new();
    let (order, refund) = refunded_order(&mut bench);
    let refused = bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(PATH, &fee(&order, &refund, 8_001))
    });
    assert_eq!(refused["detail"]["field"], "amount");
    assert_eq!(bench.post(PATH, &fee(&order, &refund, 7_000)).0, 200);
    let another = bench.refund(&order, 1_000);
    let refused = bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(PATH, &fee(&order, &another, 1_001))
    });
    assert!(refused["message"].as_str().unwrap().contains("1000 fen"));
    assert_eq!(bench.post(PATH, &fee(&order, &another, 1_000)).0, 200);
}

#[test]
fn kind_and_scene_are_the_documented_ones() {
    let mut bench = Bench::new();
    let (order, refund) = refunded_order(&mut bench);
    for (field, value) in [("type", "OTHER_INCOME"), ("scene", "CHANGE_OF_MIND")] {
        let mut request = fee(&order, &refund, 300);
        request[field] = value.into();
        let refused = bench.refused(400, "PARAM_ERROR", |b| b.post(PATH, &request));
        assert_eq!(refused["detail"]["field"], field);
        assert_eq!(refused["detail"]["value"], value);
    }
    for scene in ["REFUND_TICKET", "CHANGE_TICKET", "RETURN_GOODS"] {
        let (order, refund) = refunded_order(&mut bench);
        let mut request = fee(&order, &refund, 300);
        request["scene"] = scene.into();
        assert_eq!(bench.post(PATH, &request).0, 200);
    }
}

#[test]
fn balance_covers_the_fee() {
    let mut bench = Bench::new();
    let (order, refund) = refunded_order(&mut bench);
    bench.set_balance(AVAILABLE, 299);
    bench.refused(403, "NOT_ENOUGH", |b| {
        b.post(PATH, &fee(&order, &refund, 300))
    });
    bench.set_balance(AVAILABLE, 300);
    assert_eq!(bench.post(PATH, &fee(&order, &refund, 300)).0, 200);
}
