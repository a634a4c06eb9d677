//! Receivers give back what they got.

use serde_json::{Value, json};
use wechatpay_core::Fen;
use wechatpay_core::api::ecommerce::profitsharing::returnorders::{Create, ReturnState};
use wechatpay_core::{ApiV3Key, SealedResource};
use wechatpay_gateway::credentials;

use crate::bench::Bench;
use crate::scene::{
    AVAILABLE, FINISH, FROZEN, MERCHANT, ORDERS, PERSON, PLATFORM, RETURNS, amounts, finish,
    give_back, mark, order_to_share, query_return, round, to,
};

const ACCOUNT: &str = "merchant:1900000110";

/// A round of 190 fen that is carried out.
fn shared(bench: &mut Bench) -> (String, Value) {
    let order = order_to_share(bench);
    let parts = [to(MERCHANT, 190), to(PERSON, 10), to(PLATFORM, 300)];
    let (status, answer) = bench.post(ORDERS, &round(&order, "P1", &parts));
    assert_eq!(status, 200, "{answer}");
    bench.advance(5);
    (order, answer)
}

#[test]
fn money_comes_back_when_the_clock_moves_on() {
    let mut bench = Bench::new();
    let (order, round) = shared(&mut bench);
    let request = Create::builder()
        .sub_mchid("1900000109")
        .order_id(round["order_id"].as_str().unwrap())
        .out_return_no("R1")
        .return_mchid(MERCHANT)
        .amount(Fen::new(150))
        .description("the order is refunded")
        .transaction_id(&order)
        .build();
    let taken = bench.unmoved(|b| b.call(&request)).unwrap();
    assert_eq!(*taken.result, ReturnState::Processing);
    assert_eq!(taken.out_order_no.as_deref(), Some("P1"));
    bench.advance(4);
    assert_eq!(bench.unmoved(|b| b.call(&request)).unwrap(), taken);
    assert_eq!(bench.balance(ACCOUNT), 190);
    bench.advance(1);
    assert_eq!((bench.balance(ACCOUNT), bench.balance(FROZEN)), (40, 7_650));
    assert_eq!(amounts(&mut bench, &order), 7_650);
    let done = bench.unmoved(|b| b.call(&request)).unwrap();
    assert_eq!(*done.result, ReturnState::Success);
    let (status, answer) = bench.get(&query_return("P1", "R1"));
    let expected = json!({
        "sub_mchid": "1900000109",
        "order_id": round["order_id"],
        "out_order_no": "P1",
        "out_return_no": "R1",
        "return_mchid": "1900000110",
        "amount": 150,
        "return_no": taken.return_no,
        "result": "SUCCESS",
        "finish_time": "2025-11-21T12:41:10+08:00",
    });
    assert_eq!((status, answer), (200, expected));
}

#[test]
fn after_the_finish_it_is_the_sub_merchants_to_use() {
    let mut bench = Bench::new();
    let (order, _) = shared(&mut bench);
    assert_eq!(bench.post(FINISH, &finish(&order, "F1")).0, 200);
    bench.advance(5);
    let available = bench.balance(AVAILABLE);
    assert_eq!(
        bench.post(RETURNS, &give_back("P1", "R1", MERCHANT, 190)).0,
        200
    );
    bench.advance(5);
    assert_eq!(bench.balance(AVAILABLE), available + 190);
    assert_eq!((bench.balance(FROZEN), bench.balance(ACCOUNT)), (0, 0));
}

#[test]
fn an_account_that_does_not_cover_it_fails_and_leaves_the_amount_to_another_return() {
    let mut bench = Bench::new();
    shared(&mut bench);
    bench.set_balance(ACCOUNT, 100);
    let request = give_back("P1", "R1", MERCHANT, 190);
    assert_eq!(bench.post(RETURNS, &request).0, 200);
    let failed = bench.unmoved_but_clock(5, |b| b.get(&query_return("P1", "R1")));
    assert_eq!(failed.1["result"], "FAILED");
    assert_eq!(failed.1["fail_reason"], "ACCOUNT_ABNORMAL");
    // It stays failed, whatever the account holds by now.
    bench.set_balance(ACCOUNT, 190);
    assert_eq!(bench.unmoved(|b| b.post(RETURNS, &request)), failed);
    let another = give_back("P1", "R2", MERCHANT, 190);
    assert_eq!(bench.post(RETURNS, &another).0, 200);
    bench.advance(5);
    assert_eq!(bench.balance(ACCOUNT), 0);
}

#[test]
fn an_abnormal_account_gives_nothing_back() {
    let mut bench = Bench::new();
    shared(&mut bench);
    mark(
        &mut bench,
        "MERCHANT_ID",
        MERCHANT,
        json!("ACCOUNT_ABNORMAL"),
    );
    assert_eq!(
        bench.post(RETURNS, &give_back("P1", "R1", MERCHANT, 90)).0,
        200
    );
    let failed = bench.unmoved_but_clock(5, |b| b.get(&query_return("P1", "R1")));
    assert_eq!(failed.1["fail_reason"], "ACCOUNT_ABNORMAL");
}

#[test]
fn what_came_back_can_be_shared_again() {
    let mut bench = Bench::new();
    let (order, _) = shared(&mut bench);
    // 500 of the 2,400 that others get at most are shared.
    let rest = round(&order, "P2", &[to(MERCHANT, 1_900)]);
    assert_eq!(bench.post(ORDERS, &rest).0, 200);
    let more = round(&order, "P3", &[to(PLATFORM, 300)]);
    bench.refused(400, "INVALID_REQUEST", |b| b.post(ORDERS, &more));
    assert_eq!(
        bench.post(RETURNS, &give_back("P1", "R1", PLATFORM, 300)).0,
        200
    );
    bench.advance(5);
    assert_eq!(bench.balance("platform:income"), 0);
    assert_eq!(bench.post(ORDERS, &more).0, 200);
}

/// What a callback sealed, with its event type and summary.
fn opened(body: &[u8]) -> (Value, Value) {
    let envelope: Value = serde_json::from_slice(body).unwrap();
    let sealed: SealedResource = serde_json::from_value(envelope["resource"].clone()).unwrap();
    let key = ApiV3Key::new(credentials::API_V3_KEY).unwrap();
    let opened = sealed.open(&key).unwrap();
    let head = json!([
        envelope["event_type"],
        envelope["summary"],
        envelope["resource"]["original_type"]
    ]);
    (head, serde_json::from_slice(&opened).unwrap())
}

#[test]
fn the_caller_is_told_of_what_it_got_and_gave_back_itself() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let mut request = round(&order, "P1", &[to(MERCHANT, 190), to(PLATFORM, 300)]);
    request["notify_url"] = "http://127.0.0.1:9/sharing".into();
    let (_, round) = bench.post(ORDERS, &request);
    assert_eq!(bench.deliveries().len(), 0);
    bench.advance(5);
    let deliveries = bench.deliveries();
    assert_eq!(deliveries.len(), 1);
    assert_eq!(deliveries[0].request.uri(), "http://127.0.0.1:9/sharing");
    let (head, told) = opened(deliveries[0].request.body());
    assert_eq!(
        head,
        json!(["PROFITSHARING.SUCCESS", "分账", "profitsharing"])
    );
    let mut expected = json!({
        "sp_mchid": "1900001109",
        "sub_mchid": "1900000109",
        "transaction_id": order,
        "order_id": round["order_id"],
        "out_order_no": "P1",
        "receiver": {
            "type": "MERCHANT_ID", "account": "1900001109", "amount": 300,
            "description": "a part",
        },
        "success_time": "2025-11-21T12:41:05+08:00",
    });
    assert_eq!(told, expected);
    for (number, mchid) in [("R1", MERCHANT), ("R2", PLATFORM)] {
        let request = give_back("P1", number, mchid, 100);
        assert_eq!(bench.post(RETURNS, &request).0, 200);
    }
    bench.advance(5);
    let deliveries = bench.deliveries();
    assert_eq!(deliveries.len(), 1);
    let (head, told) = opened(deliveries[0].request.body());
    assert_eq!(
        head,
        json!(["PROFITSHARING.RETURN", "分账回退", "profitsharing"])
    );
    let (_, returned) = bench.get(&query_return("P1", "R2"));
    expected["order_id"] = returned["return_no"].clone();
    expected["out_order_no"] = "R2".into();
    expected["receiver"]["amount"] = 100.into();
    expected["receiver"]["description"] = "the order is refunded".into();
    expected["success_time"] = "2025-11-21T12:41:10+08:00".into();
    assert_eq!(told, expected);
}

#[test]
fn nobody_is_told_of_what_failed() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let mut request = round(&order, "P1", &[to(PLATFORM, 300)]);
    request["notify_url"] = "http://127.0.0.1:9/sharing".into();
    assert_eq!(bench.post(ORDERS, &request).0, 200);
    mark(
        &mut bench,
        "MERCHANT_ID",
        PLATFORM,
        json!("ACCOUNT_ABNORMAL"),
    );
    bench.advance(5);
    assert_eq!(bench.deliveries().len(), 0);
}
