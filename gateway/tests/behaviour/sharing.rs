//! Rounds of profit sharing: where the money goes, and when.

use serde_json::{Value, json};
use wechatpay_core::Fen;
use wechatpay_core::api::ecommerce::profitsharing::orders::{
    Create, Order, OrderState, Outcome, Query, Receiver,
};
use wechatpay_core::api::ecommerce::profitsharing::receivers::Kind;

use crate::bench::Bench;
use crate::scene::{
    APPID, AVAILABLE, FINISH, FROZEN, IN_TRANSIT, MERCHANT, ORDERS, PERSON, PLATFORM, agree_on,
    amounts, delete_receiver, finish, last_round, mark, order_to_share, query, round, to,
};

fn ask(bench: &mut Bench, order: &str, number: &str) -> Value {
    let (status, answer) = bench.get(&query(order, number));
    assert_eq!(status, 200, "{answer}");
    answer
}

#[test]
fn a_round_is_reserved_at_once_and_paid_when_the_clock_moves_on() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let part = |kind, account: &str, amount| {
        let part = Receiver::builder().kind(kind).receiver_account(account);
        part.amount(Fen::new(amount)).description("a part").build()
    };
    let mut person = part(Kind::PersonalOpenid, PERSON, 10);
    person.receiver_name = Some("欧阳待证实".into());
    let share = Create::builder()
        .appid(APPID)
        .sub_mchid("1900000109")
        .transaction_id(&order)
        .out_order_no("P1")
        .receivers(vec![
            part(Kind::MerchantId, MERCHANT, 190),
            person,
            part(Kind::MerchantId, PLATFORM, 300),
            part(Kind::MerchantId, "1900000109", 1_000),
        ])
        .finish(false)
        .build();
    let available = bench.balance(AVAILABLE);
    let taken = bench.call(&share).unwrap();
    assert_eq!(taken.outcome(), Outcome::Processing);
    assert_eq!(bench.balance(FROZEN), 6_500);
    assert_eq!(bench.balance(IN_TRANSIT), 1_500);

    let ask = Query::builder()
        .sub_mchid("1900000109")
        .transaction_id(&order)
        .out_order_no("P1")
        .build();
    bench.advance(4);
    assert_eq!(bench.call(&ask).unwrap(), taken);
    bench.advance(1);
    let done: Order = bench.call(&ask).unwrap();
    assert_eq!(done.outcome(), Outcome::Done);
    assert_eq!(done.status.as_deref(), Some(&OrderState::Finished));
    assert_eq!(done.order_id, taken.order_id);
    assert_eq!(bench.balance("merchant:1900000110"), 190);
    assert_eq!(bench.balance("person:oxTWIuGaIt6gTKsQRLau2M0yL16E"), 10);
    assert_eq!(bench.balance("platform:income"), 300);
    assert_eq!(bench.balance(AVAILABLE), available + 1_000);
    assert_eq!(bench.balance(IN_TRANSIT), 0);
    assert_eq!(bench.balance(FROZEN), 6_500);
    assert_eq!(amounts(&mut bench, &order), 6_500);
}

#[test]
fn the_answer_has_the_documented_fields() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let request = round(&order, "P1", &[to(MERCHANT, 190)]);
    let (status, mut answer) = bench.post(ORDERS, &request);
    assert_eq!(status, 200);
    let order_id = answer["order_id"].take();
    assert_eq!(order_id.as_str().unwrap().len(), 28);
    let detail_id = answer["receivers"][0]["detail_id"].take();
    assert_eq!(detail_id.as_str().unwrap().len(), 28);
    let expected = json!({
        "sub_mchid": "1900000109",
        "transaction_id": order,
        "out_order_no": "P1",
        "order_id": null,
        "status": "PROCESSING",
        "receivers": [{
            "receiver_mchid": "1900000110",
            "amount": 190,
            "description": "a part",
            "result": "PENDING",
            "type": "MERCHANT_ID",
            "receiver_account": "1900000110",
            "detail_id": null,
        }],
    });
    assert_eq!(answer, expected);
    bench.advance(5);
    let answer = ask(&mut bench, &order, "P1");
    assert_eq!(answer["status"], "FINISHED");
    assert_eq!(answer["order_id"], order_id);
    assert_eq!(answer["receivers"][0]["result"], "SUCCESS");
    assert_eq!(answer["receivers"][0]["detail_id"], detail_id);
    let finished = &answer["receivers"][0]["finish_time"];
    assert_eq!(finished, "2025-11-21T12:41:05+08:00");
}

#[test]
fn equal_parameters_answer_the_same_with_the_status_of_now() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let request = round(&order, "P1", &[to(MERCHANT, 190)]);
    let first = bench.post(ORDERS, &request);
    assert_eq!(bench.unmoved(|b| b.post(ORDERS, &request)), first);
    bench.advance(5);
    let (status, answer) = bench.unmoved(|b| b.post(ORDERS, &request));
    assert_eq!((status, &answer["status"]), (200, &json!("FINISHED")));
    assert_eq!(answer["order_id"], first.1["order_id"]);
    assert_eq!(bench.balance("merchant:1900000110"), 190);
}

#[test]
fn a_name_that_is_sealed_anew_is_the_same_request() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let person = Receiver::builder()
        .kind(Kind::PersonalOpenid)
        .receiver_account(PERSON)
        .amount(Fen::new(10))
        .description("a part")
        .receiver_name("欧阳待证实")
        .build();
    let share = Create::builder()
        .appid(APPID)
        .sub_mchid("1900000109")
        .transaction_id(&order)
        .out_order_no("P1")
        .receivers(vec![person])
        .finish(true)
        .build();
    let first = bench.call(&share).unwrap();
    assert_eq!(bench.unmoved(|b| b.call(&share)).unwrap(), first);
    let ledger = bench.ledger().to_string();
    assert!(!ledger.contains("欧阳"));
    assert!(!format!("{:?}", bench.engine).contains("欧阳待证实"));
}

#[test]
fn one_round_partly_succeeds_and_the_rest_is_the_orders_again() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let parts = [to(MERCHANT, 190), to(PERSON, 10), to(PLATFORM, 300)];
    assert_eq!(bench.post(ORDERS, &round(&order, "P1", &parts)).0, 200);
    delete_receiver(&mut bench, "MERCHANT_ID", MERCHANT);
    mark(
        &mut bench,
        "PERSONAL_OPENID",
        PERSON,
        json!("RECEIVER_HIGH_RISK"),
    );
    bench.advance(5);
    let answer = ask(&mut bench, &order, "P1");
    assert_eq!(answer["status"], "FINISHED");
    let ends = answer["receivers"].as_array().unwrap().iter();
    let ends: Vec<_> = ends.map(|r| (&r["result"], &r["fail_reason"])).collect();
    let none = Value::Null;
    assert_eq!(
        ends,
        [
            (&json!("CLOSED"), &json!("NO_RELATION")),
            (&json!("CLOSED"), &json!("RECEIVER_HIGH_RISK")),
            (&json!("SUCCESS"), &none),
        ]
    );
    assert_eq!(bench.balance("merchant:1900000110"), 0);
    assert_eq!(bench.balance("platform:income"), 300);
    assert_eq!(bench.balance(FROZEN), 7_700);
    assert_eq!(amounts(&mut bench, &order), 7_700);
    // What was not paid can be shared again, under a number of its own.
    mark(&mut bench, "PERSONAL_OPENID", PERSON, Value::Null);
    let again = round(&order, "P2", &[to(PERSON, 10)]);
    assert_eq!(bench.post(ORDERS, &again).0, 200);
    bench.advance(5);
    assert_eq!(bench.balance("person:oxTWIuGaIt6gTKsQRLau2M0yL16E"), 10);
}

#[test]
fn the_last_round_releases_the_rest() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let available = bench.balance(AVAILABLE);
    let parts = [to(MERCHANT, 190), to(PLATFORM, 300)];
    assert_eq!(bench.post(ORDERS, &last_round(&order, "P1", &parts)).0, 200);
    mark(
        &mut bench,
        "MERCHANT_ID",
        PLATFORM,
        json!("ACCOUNT_ABNORMAL"),
    );
    assert_eq!(bench.balance(AVAILABLE), available);
    bench.advance(5);
    // The part that was closed, too.
    assert_eq!(bench.balance(AVAILABLE), available + 7_810);
    assert_eq!((bench.balance(FROZEN), bench.balance(IN_TRANSIT)), (0, 0));
    assert_eq!(amounts(&mut bench, &order), 0);
}

#[test]
fn finish_releases_what_is_left() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let available = bench.balance(AVAILABLE);
    assert_eq!(
        bench
            .post(ORDERS, &round(&order, "P1", &[to(MERCHANT, 190)]))
            .0,
        200
    );
    let first = bench.post(FINISH, &finish(&order, "F1"));
    assert_eq!(first.0, 200, "{}", first.1);
    assert_eq!(
        bench.unmoved(|b| b.post(FINISH, &finish(&order, "F1"))),
        first
    );
    let answer = ask(&mut bench, &order, "F1");
    assert_eq!(answer["status"], "PROCESSING");
    assert_eq!(answer["finish_amount"], Value::Null);
    bench.advance(5);
    let answer = ask(&mut bench, &order, "F1");
    let expected = json!({
        "sub_mchid": "1900000109",
        "transaction_id": order,
        "out_order_no": "F1",
        "order_id": first.1["order_id"],
        "status": "FINISHED",
        "finish_amount": 7_810,
        "finish_description": "all is shared",
    });
    assert_eq!(answer, expected);
    assert_eq!(bench.balance(AVAILABLE), available + 7_810);
    assert_eq!(bench.balance("merchant:1900000110"), 190);
    assert_eq!(
        bench.unmoved(|b| b.post(FINISH, &finish(&order, "F1"))),
        first
    );
}

#[test]
fn a_round_may_take_the_last_fen_that_is_agreed_on() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    // 30 % of 8,000.
    assert_eq!(
        bench
            .post(ORDERS, &round(&order, "P1", &[to(MERCHANT, 2_400)]))
            .0,
        200
    );
    // What the sub-merchant keeps itself does not count.
    let own = round(&order, "P2", &[to("1900000109", 5_000)]);
    assert_eq!(bench.post(ORDERS, &own).0, 200);
    agree_on(&mut bench, 37.5);
    assert_eq!(
        bench
            .post(ORDERS, &round(&order, "P3", &[to(PERSON, 600)]))
            .0,
        200
    );
    bench.advance(5);
    assert_eq!(amounts(&mut bench, &order), 0);
}

#[test]
fn without_an_appid_any_will_do_for_a_merchant() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let mut request = round(&order, "P1", &[to(MERCHANT, 190)]);
    request.as_object_mut().unwrap().remove("appid");
    let receiver = request["receivers"][0].as_object_mut().unwrap();
    let account = receiver.remove("receiver_account").unwrap();
    receiver.insert("receiver_mchid".to_owned(), account);
    assert_eq!(bench.post(ORDERS, &request).0, 200);
    bench.advance(5);
    assert_eq!(bench.balance("merchant:1900000110"), 190);
}

#[test]
fn after_180_days_the_order_is_released_with_a_round_under_way() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let available = bench.balance(AVAILABLE);
    bench.advance(180 * 86_400 - 60 - 2);
    assert_eq!(
        bench
            .post(ORDERS, &round(&order, "P1", &[to(MERCHANT, 190)]))
            .0,
        200
    );
    delete_receiver(&mut bench, "MERCHANT_ID", MERCHANT);
    bench.advance(2);
    assert_eq!(bench.balance(AVAILABLE), available + 7_810);
    bench.advance(3);
    assert_eq!(bench.balance(AVAILABLE), available + 8_000);
    assert_eq!(bench.balance(IN_TRANSIT), 0);
}

#[test]
fn receivers_and_the_greatest_share_are_shown() {
    let mut bench = Bench::new();
    order_to_share(&mut bench);
    let path = "/_gateway/sharing";
    let agreed = bench.admin("GET", path, &Value::Null);
    assert_eq!(agreed, (200, json!({ "greatest_percent": 30.0 })));
    agree_on(&mut bench, 12.5);
    let agreed = bench.admin("GET", path, &Value::Null);
    assert_eq!(agreed, (200, json!({ "greatest_percent": 12.5 })));
    mark(
        &mut bench,
        "MERCHANT_ID",
        MERCHANT,
        json!("ACCOUNT_ABNORMAL"),
    );
    let list = bench.admin("GET", "/_gateway/receivers", &Value::Null).1;
    let reasons = list["receivers"].as_array().unwrap().iter();
    let reasons: Vec<_> = reasons.map(|r| r["fail_reason"].clone()).collect();
    let none = Value::Null;
    let abnormal = json!("ACCOUNT_ABNORMAL");
    assert_eq!(reasons, [none.clone(), abnormal, none.clone(), none]);
    for (kind, reason) in [
        ("MERCHANT_ID", "NO_RELATION"),
        ("A_THIRD", "ACCOUNT_ABNORMAL"),
    ] {
        let body = json!({ "type": kind, "account": MERCHANT, "fail_reason": reason });
        assert_eq!(bench.admin("PUT", "/_gateway/receivers", &body).0, 400);
    }
}

#[test]
fn an_order_that_is_finished_is_not_marked_as_shared() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    assert_eq!(bench.post(FINISH, &finish(&order, "F1")).0, 200);
    bench.advance(5);
    bench.share(&order);
    let view = bench
        .admin("GET", &Bench::order_path(&order), &Value::Null)
        .1;
    assert_eq!(view["sharing"], "finished");
    // Its money is where it was.
    let available = bench.balance(AVAILABLE);
    bench.refund(&order, 1_000);
    assert_eq!(bench.balance(AVAILABLE), available - 1_000);
}

#[test]
fn what_was_closed_counts_no_more_as_shared() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let all = |number, account| round(&order, number, &[to(account, 2_400)]);
    assert_eq!(bench.post(ORDERS, &all("P1", MERCHANT)).0, 200);
    delete_receiver(&mut bench, "MERCHANT_ID", MERCHANT);
    let again = all("P2", PERSON);
    bench.refused(400, "INVALID_REQUEST", |b| b.post(ORDERS, &again));
    bench.advance(5);
    assert_eq!(bench.post(ORDERS, &again).0, 200);
}
