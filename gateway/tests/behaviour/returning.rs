use serde_json::{Value, json};
use wechatpay_core::Fen;
use wechatpay_core::api::ecommerce::subsidies::{Account, Return, ReturnFrom, ReturnState};

use crate::bench::Bench;

const RETURN: &str = "/v3/ecommerce/subsidies/return";
const AVAILABLE: &str = "sub-merchant:1900000109:available";
const FROZEN: &str = "sub-merchant:1900000109:frozen";

/// An order of 8000 fen with a subsidy of 500.
struct Subsidised {
    order: String,
    subsidy_id: String,
}

fn subsidised(bench: &mut Bench, order: &Value) -> Subsidised {
    let mut body = json!({ "subsidy_amount": 500 });
    body.as_object_mut()
        .unwrap()
        .extend(order.as_object().unwrap().clone());
    let order = bench.order(&body);
    let create = json!({
        "sub_mchid": "1900000109", "transaction_id": order, "amount": 500, "description": "d",
    });
    let (status, created) = bench.post("/v3/ecommerce/subsidies/create", &create);
    assert_eq!(status, 200, "{created}");
    let subsidy_id = created["subsidy_id"].as_str().unwrap().to_owned();
    Subsidised { order, subsidy_id }
}

fn take_back(order: &str, number: &str, refund: Option<&str>, amount: i64) -> Value {
    let mut body = json!({
        "sub_mchid": "1900000109",
        "out_order_no": number,
        "transaction_id": order,
        "amount": amount,
        "description": "buyer withdrew",
    });
    if let Some(refund) = refund {
        body["refund_id"] = refund.into();
    }
    body
}

#[test]
fn return_moves_from_the_sub_merchant_to_the_platform() {
    let mut bench = Bench::new();
    let Subsidised { order, subsidy_id } = subsidised(&mut bench, &json!({}));
    let refund = bench.refund(&order, 1_000);
    let held = bench.balance(AVAILABLE);
    let request = Return::builder()
        .sub_mchid("1900000109")
        .out_order_no("R-1")
        .transaction_id(&order)
        .refund_id(&refund)
        .amount(Fen::new(200))
        .description("buyer withdrew")
        .subsidy_id(&subsidy_id)
        .from(vec![
            ReturnFrom::builder()
                .account(Account::Available)
                .amount(Fen::new(200))
                .build(),
        ])
        .build();
    let returned = bench.call(&request).unwrap();
    assert_eq!(returned.result, ReturnState::Success);
    assert_eq!(returned.subsidy_refund_id.len(), 28);
    assert_eq!(returned.refund_id.as_deref(), Some(refund.as_str()));
    assert_eq!(returned.subsidy_id, Some(subsidy_id));
    assert_eq!(returned.from, request.from);
    assert_eq!(
        returned.success_time.unwrap().as_str(),
        "2025-11-21T12:40:00+08:00"
    );
    assert_eq!(bench.balance(AVAILABLE), held - 200);
    assert_eq!(bench.balance("platform:operation"), 999_700);
}

#[test]
fn equal_parameters_answer_the_same_and_others_are_refused() {
    let mut bench = Bench::new();
    let Subsidised { order, .. } = subsidised(&mut bench, &json!({}));
    let refund = bench.refund(&order, 1_000);
    let request = take_back(&order, "R-1", Some(&refund), 200);
    let first = bench.post(RETURN, &request);
    assert_eq!(first.0, 200);
    bench.advance(3_600);
    assert_eq!(bench.unmoved(|b| b.post(RETURN, &request)), first);
    let other = take_back(&order, "R-1", Some(&refund), 100);
    let refused = bench.refused(400, "INVALID_REQUEST", |b| b.post(RETURN, &other));
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("amount was 200 and is 100"), "{message}");
}

#[test]
fn order_has_a_subsidy() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    let refund = bench.refund(&order, 1_000);
    let request = take_back(&order, "R-1", Some(&refund), 200);
    let refused = bench.refused(400, "INVALID_REQUEST", |b| b.post(RETURN, &request));
    assert!(refused["message"].as_str().unwrap().contains("no subsidy"));
    let nowhere = take_back("4200000000000000000000000000", "R-1", Some(&refund), 200);
    bench.refused(404, "ORDER_NOT_EXIST", |b| b.post(RETURN, &nowhere));
}

#[test]
fn refund_is_of_the_order_and_serves_once() {
    let mut bench = Bench::new();
    let Subsidised { order, .. } = subsidised(&mut bench, &json!({}));
    let unrefunded = take_back(&order, "R-1", Some("5000000000000000000000000000"), 200);
    let refused = bench.refused(400, "INVALID_REQUEST", |b| b.post(RETURN, &unrefunded));
    assert!(refused["message"].as_str().unwrap().contains("it has none"));
    let refund = bench.refund(&order, 1_000);
    let first = take_back(&order, "R-1", Some(&refund), 200);
    assert_eq!(bench.post(RETURN, &first).0, 200);
    let second = take_back(&order, "R-2", Some(&refund), 200);
    let refused = bench.refused(400, "INVALID_REQUEST", |b| b.post(RETURN, &second));
    assert!(refused["message"].as_str().unwrap().contains(&refund));
    let another = bench.refund(&order, 1_000);
    let second = take_back(&order, "R-2", Some(&another), 200);
    assert_eq!(bench.post(RETURN, &second).0, 200);
}

#[test]
fn refund_id_may_be_left_out_for_an_abnormal_account_only() {
    let mut bench = Bench::new();
    let Subsidised { order, .. } = subsidised(&mut bench, &json!({}));
    let request = take_back(&order, "R-1", None, 200);
    let refused = bench.refused(400, "INVALID_REQUEST", |b| b.post(RETURN, &request));
    assert_eq!(refused["detail"]["field"], "refund_id");
    assert!(refused["message"].as_str().unwrap().contains("abnormal"));
    let abnormal = json!({ "payer_account": "abnormal" });
    let Subsidised { order, .. } = subsidised(&mut bench, &abnormal);
    let (status, answer) = bench.post(RETURN, &take_back(&order, "R-2", None, 200));
    assert_eq!((status, answer.get("refund_id")), (200, None));
}

#[test]
fn returns_together_are_at_most_the_subsidy() {
    let mut bench = Bench::new();
    let Subsidised { order, .. } = subsidised(&mut bench, &json!({}));
    let refunds: Vec<String> = (0..3).map(|_| bench.refund(&order, 1_000)).collect();
    assert_eq!(
        bench
            .post(RETURN, &take_back(&order, "R-1", Some(&refunds[0]), 300))
            .0,
        200
    );
    let refused = bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(RETURN, &take_back(&order, "R-2", Some(&refunds[1]), 201))
    });
    let message = refused["message"].as_str().unwrap();
    assert!(
        message.contains("201 fen") && message.contains("200 fen of 500 fen"),
        "{message}"
    );
    assert_eq!(
        bench
            .post(RETURN, &take_back(&order, "R-2", Some(&refunds[1]), 200))
            .0,
        200
    );
    bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(RETURN, &take_back(&order, "R-3", Some(&refunds[2]), 1))
    });
}

#[test]
fn subsidy_id_is_the_orders() {
    let mut bench = Bench::new();
    let Subsidised { order, subsidy_id } = subsidised(&mut bench, &json!({}));
    let refund = bench.refund(&order, 1_000);
    let mut request = take_back(&order, "R-1", Some(&refund), 200);
    request["subsidy_id"] = "3000000000000000000000000099".into();
    let refused = bench.refused(400, "INVALID_REQUEST", |b| b.post(RETURN, &request));
    assert!(refused["message"].as_str().unwrap().contains(&subsidy_id));
}

#[test]
fn from_says_which_account_pays() {
    let mut bench = Bench::new();
    bench.order(&json!({ "total": 150 }));
    let kept = json!({ "profit_sharing": true });
    let Subsidised { order, .. } = subsidised(&mut bench, &kept);
    assert_eq!(bench.balance(FROZEN), 8_500);
    let refund = bench.refund(&order, 1_000);
    let mut request = take_back(&order, "R-1", Some(&refund), 200);
    request["from"] = json!([{ "account": "UNAVAILABLE", "amount": 200 }]);
    let available = bench.balance(AVAILABLE);
    assert_eq!(bench.post(RETURN, &request).0, 200);
    assert_eq!(bench.balance(FROZEN), 8_500 - 1_000 - 200);
    assert_eq!(bench.balance(AVAILABLE), available);
    let refund = bench.refund(&order, 1_000);
    let mut request = take_back(&order, "R-2", Some(&refund), 100);
    request["from"] = json!([{ "account": "AVAILABLE", "amount": 100 }]);
    assert_eq!(bench.post(RETURN, &request).0, 200);
    assert_eq!(bench.balance(FROZEN), 8_500 - 2_000 - 200);
    assert_eq!(bench.balance(AVAILABLE), available - 100);
}

/// What is kept of other orders is not this order's to pay with.
#[test]
fn an_order_whose_money_is_available_has_nothing_unavailable() {
    let mut bench = Bench::new();
    bench.order(&json!({ "state": "paid", "total": 5_000 }));
    let Subsidised { order, .. } = subsidised(&mut bench, &json!({}));
    let refund = bench.refund(&order, 1_000);
    let mut request = take_back(&order, "R-1", Some(&refund), 200);
    request["from"] = json!([{ "account": "UNAVAILABLE", "amount": 200 }]);
    bench.refused(403, "NOT_ENOUGH", |b| b.post(RETURN, &request));
}

#[test]
fn from_is_one_known_account_with_the_whole_amount() {
    let mut bench = Bench::new();
    let Subsidised { order, .. } = subsidised(&mut bench, &json!({}));
    let refund = bench.refund(&order, 1_000);
    let wrong = [
        json!([{ "account": "AVAILABLE", "amount": 199 }]),
        json!([{ "account": "AVAILABLE", "amount": 100 }, { "account": "UNAVAILABLE", "amount": 100 }]),
        json!([{ "account": "POCKET", "amount": 200 }]),
        json!([{ "account": "AVAILABLE", "amount": "200" }]),
        json!([{ "account": 1, "amount": 200 }]),
        json!(["AVAILABLE"]),
        json!({ "account": "AVAILABLE", "amount": 200 }),
        json!([]),
    ];
    for from in wrong {
        let mut request = take_back(&order, "R-1", Some(&refund), 200);
        request["from"] = from;
        let refused = bench.refused(400, "PARAM_ERROR", |b| b.post(RETURN, &request));
        let field = refused["detail"]["field"].as_str().unwrap();
        assert!(field.starts_with("from"), "{refused}");
    }
}

#[test]
fn balance_covers_the_return() {
    let mut bench = Bench::new();
    let Subsidised { order, .. } = subsidised(&mut bench, &json!({}));
    let refund = bench.refund(&order, 1_000);
    let request = take_back(&order, "R-1", Some(&refund), 200);
    bench.set_balance(AVAILABLE, 199);
    let refused = bench.refused(403, "NOT_ENOUGH", |b| b.post(RETURN, &request));
    let message = refused["message"].as_str().unwrap();
    assert!(
        message.contains("199 fen") && message.contains("200 fen"),
        "{message}"
    );
    bench.set_balance(AVAILABLE, 200);
    assert_eq!(bench.post(RETURN, &request).0, 200);
}

#[test]
fn shared_order_still_gives_its_subsidy_back() {
    let mut bench = Bench::new();
    let Subsidised { order, .. } = subsidised(&mut bench, &json!({}));
    bench.share(&order);
    let refund = bench.refund(&order, 1_000);
    let request = take_back(&order, "R-1", Some(&refund), 200);
    assert_eq!(bench.post(RETURN, &request).0, 200);
}
