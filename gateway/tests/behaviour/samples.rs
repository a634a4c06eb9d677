//! Each official sample, pasted as it is, succeeds: alone, in any order, and again.

use serde_json::{Value, json};

use crate::bench::Bench;

const CREATE: &str = "/v3/ecommerce/subsidies/create";
const RETURN: &str = "/v3/ecommerce/subsidies/return";
const CANCEL: &str = "/v3/ecommerce/subsidies/cancel";
const COUPONS: &str = "/v3/marketing/busifavor/subsidy/return-receipts";
const FEES: &str = "/v3/ecommerce/profitsharing/after-sales-orders";

/// Path and body, or target; as the documents and the SDKs show them.
const SAMPLES: &[(&str, &str)] = &[
    (
        CREATE,
        r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","amount":10,"description":"测试备注","out_subsidy_no":"P20150806125347"}"#,
    ),
    (
        CREATE,
        r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","amount":10,"description":"测试备注","refund_id":"3008450740201411110007820472"}"#,
    ),
    (
        CREATE,
        r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","amount":10,"description":"测试备注"}"#,
    ),
    (
        CREATE,
        r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","amount":10,"description":"测试备注","out_subsidy_no":"S20141111000001"}"#,
    ),
    (
        RETURN,
        r#"{"sub_mchid":"1900000109","out_order_no":"P20150806125346","transaction_id":"4208450740201411110007820472","refund_id":"3008450740201411110007820472","amount":10,"description":"测试备注"}"#,
    ),
    (
        CANCEL,
        r#"{"sub_mchid":"1900013401","transaction_id":"4208450740201411110007820472","description":"订单退款"}"#,
    ),
    (
        CANCEL,
        "{\n  \"sub_mchid\": \"1900013401\",\n  \"refund_id\": \"3008450740201411110007820472\",\n  \"transaction_id\": \"4208450740201411110007820472\",\n  \"description\": \"订单退款\"\n}",
    ),
    (
        CANCEL,
        r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","description":"订单退款"}"#,
    ),
    (
        COUPONS,
        r#"{"stock_id":"128888000000001","coupon_code":"ABCD12345678","transaction_id":"4200000913202101152566792388","refund_id":"50100506732021010105138718375","payer_merchant":"1900000001","payee_merchant":"1900000002","amount":100,"description":"20210115DESCRIPTION","out_subsidy_return_no":"subsidy-abcd-12345678"}"#,
    ),
    (
        FEES,
        r#"{"sub_mchid":"1900000109","transaction_id":"3008450740201411110007820472","amount":10,"type":"SERVICE_FEE_INCOME","scene":"REFUND_TICKET","refund_id":"50000000382019052709732678859"}"#,
    ),
    (
        FEES,
        r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","amount":10,"type":"SERVICE_FEE_INCOME","scene":"REFUND_TICKET","refund_id":"3008450740201411110007820472"}"#,
    ),
    (
        "/v3/ecommerce/profitsharing/after-sales-orders?sub_mchid=1900000109&transaction_id=3008450740201411110007820472",
        "",
    ),
    (
        "/v3/ecommerce/profitsharing/after-sales-orders?sub_mchid=1900000109&transaction_id=4208450740201411110007820472",
        "",
    ),
    ("/v3/certificates", ""),
];

fn paste(bench: &mut Bench, (target, body): (&str, &str)) -> Value {
    let method = if body.is_empty() { "GET" } else { "POST" };
    let request = bench.signed(method, target, body.to_owned());
    let (status, answer) = bench.ask(&request);
    assert_eq!(status, 200, "{target} {body}: {answer}");
    answer
}

/// What each sample answers when it is the first.
fn succeeded(target: &str, answer: &Value) {
    match target {
        CREATE | RETURN | CANCEL => assert_eq!(answer["result"], "SUCCESS", "{answer}"),
        COUPONS => assert_eq!(answer["status"], "RETURN_RECEIPT_SUCCESS"),
        FEES => assert_eq!(answer["amount"], 10),
        _ => {}
    }
}

#[test]
fn each_succeeds_alone_and_again_without_moving_more() {
    for sample in SAMPLES {
        let mut bench = Bench::new();
        let first = paste(&mut bench, *sample);
        succeeded(sample.0, &first);
        if sample.0 == "/v3/certificates" {
            continue;
        }
        for _ in 0..2 {
            assert_eq!(bench.unmoved(|b| paste(b, *sample)), first);
        }
    }
}

#[test]
fn all_succeed_in_order_in_reverse_and_twice() {
    let reversed: Vec<_> = SAMPLES.iter().rev().copied().collect();
    for order in [SAMPLES, &reversed] {
        let mut bench = Bench::new();
        for sample in order.iter().chain(order) {
            paste(&mut bench, *sample);
            bench.ledger();
        }
    }
}

#[test]
fn each_succeeds_after_each_other() {
    for first in SAMPLES {
        for second in SAMPLES {
            let mut bench = Bench::new();
            paste(&mut bench, *first);
            let answer = paste(&mut bench, *second);
            let returned_for_real = first.0 == CREATE && second.0 == CREATE;
            if !returned_for_real {
                succeeded(second.0, &answer);
            }
            bench.ledger();
        }
    }
}

#[test]
fn spellings_of_the_create_are_one_subsidy() {
    let mut bench = Bench::new();
    let ids: Vec<Value> = SAMPLES
        .iter()
        .filter(|(path, _)| *path == CREATE)
        .map(|sample| paste(&mut bench, *sample)["subsidy_id"].clone())
        .collect();
    assert_eq!(ids.len(), 4);
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(bench.balance("platform:operation"), 999_990);
}

#[test]
fn create_return_create_tells_that_all_went_back() {
    let mut bench = Bench::new();
    assert_eq!(paste(&mut bench, SAMPLES[0])["result"], "SUCCESS");
    assert_eq!(paste(&mut bench, SAMPLES[4])["result"], "SUCCESS");
    assert_eq!(paste(&mut bench, SAMPLES[0])["result"], "REFUND");
    assert_eq!(bench.balance("platform:operation"), 1_000_000);
}

#[test]
fn return_first_makes_the_subsidy_by_entries_of_its_own() {
    let mut bench = Bench::new();
    paste(&mut bench, SAMPLES[4]);
    let ledger = bench.ledger();
    let entries = ledger["entries"].as_array().unwrap();
    let names: Vec<&str> = entries[entries.len() - 3..]
        .iter()
        .map(|entry| entry["operation"].as_str().unwrap())
        .collect();
    let expected = [
        "sample: order refunded",
        "sample: order subsidised",
        "POST /v3/ecommerce/subsidies/return",
    ];
    assert_eq!(names, expected);
}

#[test]
fn query_first_finds_a_finished_fee() {
    let mut bench = Bench::new();
    let query = SAMPLES.iter().find(|(_, body)| body.is_empty()).unwrap();
    let answer = paste(&mut bench, *query);
    let expected = json!({
        "sub_mchid": "1900000109",
        "transaction_id": "3008450740201411110007820472",
        "amount": 10,
        "result": "SUCCESS",
        "finish_time": "2025-11-21T12:40:00+08:00",
    });
    assert_eq!(answer, expected);
    assert_eq!(bench.balance("platform:income"), 10);
}

#[test]
fn fee_first_is_being_processed() {
    let mut bench = Bench::new();
    let fee = SAMPLES.iter().find(|(path, _)| *path == FEES).unwrap();
    let query = SAMPLES.iter().find(|(_, body)| body.is_empty()).unwrap();
    paste(&mut bench, *fee);
    assert_eq!(paste(&mut bench, *query)["result"], "PROCESSING");
    bench.advance(10);
    assert_eq!(paste(&mut bench, *query)["result"], "SUCCESS");
}

#[test]
fn wrong_uses_of_sample_identifiers_are_refused_and_add_nothing() {
    let mut bench = Bench::new();
    let changed = |at: usize, from: &str, to: &str| {
        let (path, body) = SAMPLES[at];
        (path, body.replace(from, to))
    };
    let wrong = [
        changed(0, ":10,", ":11,"),
        changed(0, ":10,", ":9,"),
        changed(4, ":10,", ":11,"),
        changed(4, "\"refund_id\":\"3", "\"refund_id\":\"4"),
        changed(6, "\"refund_id\": \"3", "\"refund_id\": \"4"),
        changed(9, ":10,", ":10001,"),
        changed(9, "\"refund_id\":\"5", "\"refund_id\":\"4"),
        changed(8, ":100,", ":101,"),
    ];
    for (path, body) in wrong {
        bench.refused(400, "INVALID_REQUEST", |b| b.post_text(path, &body));
    }
    bench.set_balance("platform:operation", 9);
    let (path, body) = SAMPLES[4];
    bench.refused(403, "NOT_ENOUGH", |b| b.post_text(path, body));
}

#[test]
fn sample_orders_keep_the_rules_otherwise() {
    let mut bench = Bench::new();
    paste(&mut bench, SAMPLES[0]);
    let (_, sample) = SAMPLES[0];
    for other in [
        sample.replace("P20150806125347", "P20150806125348"),
        sample.replace("测试备注", "another"),
    ] {
        bench.refused(400, "INVALID_REQUEST", |b| b.post_text(CREATE, &other));
    }
    let cancel = SAMPLES[7].1.replace("订单退款", "too late");
    bench.refused(400, "INVALID_REQUEST", |b| b.post_text(CANCEL, &cancel));
}
