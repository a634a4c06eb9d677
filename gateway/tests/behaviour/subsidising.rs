use serde_json::{Value, json};
use wechatpay_core::Fen;
use wechatpay_core::api::ecommerce::subsidies::{Create, SubsidyState};

use crate::bench::Bench;

const CREATE: &str = "/v3/ecommerce/subsidies/create";

fn create(transaction_id: &str, amount: i64) -> Value {
    json!({
        "sub_mchid": "1900000109",
        "transaction_id": transaction_id,
        "amount": amount,
        "description": "autumn campaign",
    })
}

fn with(mut body: Value, name: &str, value: impl Into<Value>) -> Value {
    body[name] = value.into();
    body
}

#[test]
fn subsidy_moves_from_the_platform_to_the_sub_merchant() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    let before = bench.balance("sub-merchant:1900000109:available");
    let request = Create::builder()
        .sub_mchid("1900000109")
        .transaction_id(&order)
        .amount(Fen::new(500))
        .description("autumn campaign")
        .out_subsidy_no("S-1")
        .build();
    let created = bench.call(&request).unwrap();
    assert_eq!(created.result, SubsidyState::Success);
    assert_eq!(created.amount, Fen::new(500));
    assert_eq!(created.out_subsidy_no.as_deref(), Some("S-1"));
    assert_eq!(created.subsidy_id.len(), 28);
    let time = created.success_time.unwrap();
    assert_eq!(time.as_str(), "2025-11-21T12:40:00+08:00");
    assert_eq!(bench.balance("platform:operation"), 999_500);
    assert_eq!(
        bench.balance("sub-merchant:1900000109:available"),
        before + 500
    );
    let ledger = bench.ledger();
    let entry = ledger["entries"].as_array().unwrap().last().unwrap();
    assert_eq!(entry["operation"], "POST /v3/ecommerce/subsidies/create");
    assert_eq!(entry["at"], "2025-11-21T12:40:00+08:00");
    assert_eq!(
        entry["transfers"],
        json!([{
            "from": "platform:operation",
            "to": "sub-merchant:1900000109:available",
            "amount": 500,
        }])
    );
}

#[test]
fn answer_without_a_number_has_none() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    let (status, answer) = bench.post(CREATE, &create(&order, 500));
    assert_eq!(status, 200);
    let names: Vec<&str> = answer
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected = [
        "amount",
        "description",
        "result",
        "sub_mchid",
        "subsidy_id",
        "success_time",
        "transaction_id",
    ];
    assert_eq!(names, expected);
}

#[test]
fn equal_parameters_answer_the_same_and_move_nothing() {
    let mut bench = Bench::new();
    for number in [None, Some("S-7")] {
        let order = bench.order(&json!({ "subsidy_amount": 500 }));
        let mut request = create(&order, 500);
        if let Some(number) = number {
            request["out_subsidy_no"] = number.into();
        }
        let first = bench.post(CREATE, &request);
        assert_eq!(first.1["result"], "SUCCESS");
        bench.advance(60);
        // Other bytes, equal parameters: what counts is what is parsed.
        let spelled = request.to_string().replace("autumn", "\\u0061utumn") + "\n";
        let again = bench.unmoved(|b| b.post_text(CREATE, &spelled));
        assert_eq!(again, first);
    }
}

#[test]
fn one_subsidy_per_order() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    bench.refund(&order, 100);
    assert_eq!(bench.post(CREATE, &create(&order, 300)).0, 200);
    let others = [
        (create(&order, 200), "amount was 300 and is 200"),
        (
            with(create(&order, 300), "description", "winter"),
            "description was \"autumn campaign\" and is \"winter\"",
        ),
        (
            with(create(&order, 300), "out_subsidy_no", "S-2"),
            "out_subsidy_no was absent and is \"S-2\"",
        ),
    ];
    for (request, words) in others {
        let refused = bench.refused(400, "INVALID_REQUEST", |b| b.post(CREATE, &request));
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
        assert!(message.contains("subsidised once"), "{message}");
    }
}

#[test]
fn one_number_is_one_request() {
    let mut bench = Bench::new();
    let first = bench.order(&json!({ "subsidy_amount": 500 }));
    let second = bench.order(&json!({ "subsidy_amount": 500 }));
    let numbered = |id: &str| with(create(id, 500), "out_subsidy_no", "S-1");
    assert_eq!(bench.post(CREATE, &numbered(&first)).0, 200);
    let refused = bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(CREATE, &numbered(&second))
    });
    let message = refused["message"].as_str().unwrap();
    assert!(
        message.contains(&first) && message.contains(&second),
        "{message}"
    );
    assert_eq!(refused["detail"]["field"], "transaction_id");
    // Under a number of its own the second order is subsidised.
    let own = with(create(&second, 500), "out_subsidy_no", "S-2");
    assert_eq!(bench.post(CREATE, &own).0, 200);
}

#[test]
fn repetition_is_recognised_for_180_days() {
    const DAY: u64 = 24 * 60 * 60;
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    let request = create(&order, 500);
    let first = bench.post(CREATE, &request);
    bench.advance(180 * DAY - 1);
    assert_eq!(bench.unmoved(|b| b.post(CREATE, &request)), first);
    bench.advance(1);
    let refused = bench.refused(400, "INVALID_REQUEST", |b| b.post(CREATE, &request));
    assert!(refused["message"].as_str().unwrap().contains("180 days"));
}

#[test]
fn amount_is_what_the_order_promised() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    for amount in [499, 501, 1] {
        let refused = bench.refused(400, "INVALID_REQUEST", |b| {
            b.post(CREATE, &create(&order, amount))
        });
        assert_eq!(refused["detail"]["field"], "amount");
        assert_eq!(refused["detail"]["value"], amount);
        assert_eq!(refused["detail"]["location"], "body");
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains("500 fen") && message.contains(&format!("{amount} fen")));
    }
    assert_eq!(bench.post(CREATE, &create(&order, 500)).0, 200);
}

#[test]
fn amount_may_be_smaller_after_a_refund_and_never_greater() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    bench.refund(&order, 4_000);
    bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(CREATE, &create(&order, 501))
    });
    assert_eq!(bench.post(CREATE, &create(&order, 250)).1["amount"], 250);
}

#[test]
fn legacy_refund_id_is_a_refund_of_the_order() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    let refund = bench.refund(&order, 4_000);
    let wrong = with(
        create(&order, 250),
        "refund_id",
        "50000000000000000000000000000",
    );
    let refused = bench.refused(400, "INVALID_REQUEST", |b| b.post(CREATE, &wrong));
    assert!(refused["message"].as_str().unwrap().contains(&refund));
    let right = with(create(&order, 250), "refund_id", refund);
    assert_eq!(bench.post(CREATE, &right).0, 200);
}

#[test]
fn order_exists_and_promised_a_subsidy() {
    let mut bench = Bench::new();
    let missing = create("4200000000000000000000000000", 500);
    let refused = bench.refused(404, "ORDER_NOT_EXIST", |b| b.post(CREATE, &missing));
    assert!(refused["message"].as_str().unwrap().contains("1900000109"));
    // The same transaction id under another sub-merchant is another order.
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    let elsewhere = with(create(&order, 500), "sub_mchid", "1900000108");
    bench.refused(404, "ORDER_NOT_EXIST", |b| b.post(CREATE, &elsewhere));
    let unpromised = bench.order(&json!({}));
    let refused = bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(CREATE, &create(&unpromised, 500))
    });
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("settle_info.subsidy_amount")
    );
}

#[test]
fn subsidy_comes_after_settlement() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "subsidy_amount": 500, "state": "paid" }));
    let refused = bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(CREATE, &create(&order, 500))
    });
    assert!(refused["message"].as_str().unwrap().contains("not settled"));
    let settle = Bench::order_path(&order) + "/settle";
    assert_eq!(bench.admin("POST", &settle, &Value::Null).0, 200);
    assert_eq!(bench.post(CREATE, &create(&order, 500)).0, 200);
}

#[test]
fn subsidy_comes_before_sharing() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    bench.share(&order);
    let refused = bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(CREATE, &create(&order, 500))
    });
    assert!(refused["message"].as_str().unwrap().contains("shared"));
}

#[test]
fn cancelled_subsidy_is_not_made() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    bench.refund(&order, 100);
    let cancel = json!({
        "sub_mchid": "1900000109", "transaction_id": order, "description": "refunded",
    });
    assert_eq!(bench.post("/v3/ecommerce/subsidies/cancel", &cancel).0, 200);
    let refused = bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(CREATE, &create(&order, 500))
    });
    assert!(refused["message"].as_str().unwrap().contains("cancelled"));
}

#[test]
fn balance_covers_the_subsidy() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    bench.set_balance("platform:operation", 499);
    let refused = bench.refused(403, "NOT_ENOUGH", |b| b.post(CREATE, &create(&order, 500)));
    let message = refused["message"].as_str().unwrap();
    assert!(message.starts_with("可用余额不足"), "{message}");
    assert!(
        message.contains("499 fen") && message.contains("500 fen"),
        "{message}"
    );
    bench.set_balance("platform:operation", 500);
    assert_eq!(bench.post(CREATE, &create(&order, 500)).0, 200);
    assert_eq!(bench.balance("platform:operation"), 0);
}

#[test]
fn wholly_returned_subsidy_answers_refund() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    let first = bench.post(CREATE, &create(&order, 500)).1;
    for (part, result) in [(200, "SUCCESS"), (300, "REFUND")] {
        let refund = bench.refund(&order, 1_000);
        let take_back = json!({
            "sub_mchid": "1900000109", "out_order_no": format!("R-{part}"),
            "transaction_id": order, "refund_id": refund, "amount": part, "description": "back",
        });
        assert_eq!(
            bench.post("/v3/ecommerce/subsidies/return", &take_back).0,
            200
        );
        let (status, again) = bench.unmoved(|b| b.post(CREATE, &create(&order, 500)));
        assert_eq!((status, again["result"].as_str()), (200, Some(result)));
        assert_eq!(again["subsidy_id"], first["subsidy_id"]);
    }
}
