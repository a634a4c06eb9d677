//! Receivers of profit sharing.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::scene::{MERCHANT, ORDERS, PERSON, delete_receiver, order_to_share, round, to};

fn refused(bench: &mut Bench, path: &str, request: &Value, says: &str) -> Value {
    let refused = bench.refused(400, "INVALID_REQUEST", |b| b.post(path, request));
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains(says), "{message}");
    refused
}

#[test]
fn a_receiver_that_was_not_added() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let request = round(&order, "P1", &[to(MERCHANT, 1), to("1900000777", 1)]);
    let answer = refused(&mut bench, ORDERS, &request, "分账接收方关系不存在");
    assert_eq!(answer["detail"]["field"], "receivers[1].receiver_account");
    assert_eq!(answer["detail"]["value"], "1900000777");
}

#[test]
fn a_receiver_that_is_deleted() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    delete_receiver(&mut bench, "PERSONAL_OPENID", PERSON);
    let request = round(&order, "P1", &[to(PERSON, 1)]);
    refused(&mut bench, ORDERS, &request, "分账接收方关系不存在");
}

#[test]
fn a_receiver_of_another_app_or_type() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let mut request = round(&order, "P1", &[to(PERSON, 1)]);
    request["appid"] = "wx0000000000000000".into();
    refused(
        &mut bench,
        ORDERS,
        &request,
        "under appid wx0000000000000000",
    );
    let mut request = round(&order, "P1", &[to(MERCHANT, 1)]);
    request["receivers"][0]["type"] = "PERSONAL_OPENID".into();
    refused(&mut bench, ORDERS, &request, "分账接收方关系不存在");
}

#[test]
fn a_receiver_type_that_is_not_known() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let mut request = round(&order, "P1", &[to(PERSON, 1)]);
    request["receivers"][0]["type"] = "PERSONAL_SUB_OPENID".into();
    let answer = bench.refused(400, "PARAM_ERROR", |b| b.post(ORDERS, &request));
    assert_eq!(answer["detail"]["value"], "PERSONAL_SUB_OPENID");
}

#[test]
fn an_account_that_does_not_fit_its_type() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let mut request = round(&order, "P1", &[to(PERSON, 1)]);
    request["receivers"][0]["type"] = "MERCHANT_ID".into();
    let answer = bench.refused(400, "PARAM_ERROR", |b| b.post(ORDERS, &request));
    assert_eq!(answer["detail"]["field"], "receivers[0].receiver_account");
}

#[test]
fn the_same_receiver_twice() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let request = round(
        &order,
        "P1",
        &[to(MERCHANT, 1), to(PERSON, 1), to(MERCHANT, 2)],
    );
    let answer = bench.refused(400, "PARAM_ERROR", |b| b.post(ORDERS, &request));
    assert_eq!(answer["detail"]["field"], "receivers");
}

#[test]
fn no_receiver_and_51_receivers() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let many: Vec<Value> = (0..51).map(|n| to(&format!("19000{n:05}"), 1)).collect();
    for receivers in [&[] as &[Value], &many] {
        let request = round(&order, "P1", receivers);
        let answer = bench.refused(400, "PARAM_ERROR", |b| b.post(ORDERS, &request));
        assert_eq!(answer["detail"]["field"], "receivers");
    }
}

#[test]
fn a_person_without_an_appid() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let mut request = round(&order, "P1", &[to(PERSON, 1)]);
    request.as_object_mut().unwrap().remove("appid");
    let answer = bench.refused(400, "PARAM_ERROR", |b| b.post(ORDERS, &request));
    assert_eq!(answer["detail"]["field"], "appid");
}

#[test]
fn a_name_in_plain_text() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let mut request = round(&order, "P1", &[to(PERSON, 1)]);
    request["receivers"][0]["receiver_name"] = "欧阳待证实".into();
    let mut ask = bench.signed("POST", ORDERS, request.to_string());
    let serial = wechatpay_gateway::credentials::PUBLIC_KEY_ID
        .parse()
        .unwrap();
    ask.headers_mut().insert("wechatpay-serial", serial);
    let answer = bench.refused(400, "PARAM_ERROR", |b| {
        let response = b.send(&ask);
        crate::bench::read(&response)
    });
    assert_eq!(answer["detail"]["field"], "receivers[0].receiver_name");
    assert!(!answer.to_string().contains("欧阳"), "{answer}");
}

#[test]
fn a_sealed_name_without_the_serial_of_its_key() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let mut request = round(&order, "P1", &[to(PERSON, 1)]);
    request["receivers"][0]["receiver_name"] = "AAAA".into();
    let answer = bench.refused(400, "PARAM_ERROR", |b| b.post(ORDERS, &request));
    assert_eq!(answer["detail"]["field"], "Wechatpay-Serial");
}

#[test]
fn an_amount_of_nothing_less_than_nothing_or_no_number() {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    for amount in [
        json!(0),
        json!(-1),
        json!(1.5),
        json!("1"),
        json!(1_000_000_001),
    ] {
        let mut request = round(&order, "P1", &[to(MERCHANT, 1)]);
        request["receivers"][0]["amount"] = amount;
        let answer = bench.refused(400, "PARAM_ERROR", |b| b.post(ORDERS, &request));
        assert_eq!(answer["detail"]["field"], "receivers[0].amount");
    }
}
