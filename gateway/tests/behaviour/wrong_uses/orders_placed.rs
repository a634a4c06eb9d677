//! Orders that are paid, asked for or closed in a wrong way.

use serde_json::{Value, json};

use super::orders::not_found;
use crate::bench::Bench;
use crate::ordering::{
    COMBINED, OTHER_SHOP, SHOP, SINGLE, by_id, by_number, close, close_combined, close_single,
    combined, paid, pay, place, single, state, with,
};

fn not_paid(bench: &mut Bench, order: &Value, status: u16, code: &str) -> String {
    let answer = bench.refused(status, code, |b| {
        b.admin("POST", "/_gateway/payments", order)
    });
    answer["message"].as_str().unwrap().to_owned()
}

fn not_closed(
    bench: &mut Bench,
    (path, body): &(String, Value),
    status: u16,
    code: &str,
) -> String {
    let answer = bench.refused(status, code, |b| b.post(path, body));
    answer["message"].as_str().unwrap().to_owned()
}

#[test]
fn a_payment_page_that_nobody_opened() {
    let mut bench = Bench::new();
    let order = json!({ "prepay_id": "wx201410272009395522657a690389285100" });
    not_paid(&mut bench, &order, 404, "ORDER_NOT_EXIST");
    not_paid(
        &mut bench,
        &json!({ "combine_out_trade_no": "C1" }),
        404,
        "ORDER_NOT_EXIST",
    );
}

#[test]
fn a_payment_of_another_sub_merchants_order() {
    let mut bench = Bench::new();
    place(&mut bench, SINGLE, &single("A1"));
    let order = json!({ "out_trade_no": "A1", "sub_mchid": OTHER_SHOP });
    not_paid(&mut bench, &order, 404, "ORDER_NOT_EXIST");
}

#[test]
fn a_payment_of_one_sub_order() {
    let mut bench = Bench::new();
    place(&mut bench, COMBINED, &combined("C1"));
    let order = json!({ "out_trade_no": "C1-1", "sub_mchid": SHOP });
    not_paid(&mut bench, &order, 404, "ORDER_NOT_EXIST");
}

#[test]
fn a_payment_of_no_order_or_of_two() {
    let mut bench = Bench::new();
    let prepay_id = place(&mut bench, SINGLE, &single("A1"));
    for order in [
        json!({}),
        json!({ "out_trade_no": "A1" }),
        json!({ "sub_mchid": SHOP }),
        json!({ "prepay_id": prepay_id, "combine_out_trade_no": "A1" }),
        json!({ "prepay_id": prepay_id, "code_url": prepay_id }),
        json!({ "prepay_id": prepay_id, "outcome": "lost" }),
        json!({ "prepay_id": prepay_id, "amount": 100 }),
    ] {
        not_paid(&mut bench, &order, 400, "PARAM_ERROR");
    }
}

#[test]
fn a_second_payment() {
    let mut bench = Bench::new();
    let prepay_id = place(&mut bench, SINGLE, &single("A1"));
    let order = json!({ "prepay_id": prepay_id });
    let id = pay(&mut bench, &order).remove(0);
    let message = not_paid(&mut bench, &order, 400, "ORDERPAID");
    assert!(message.contains(&id), "{message}");
    not_paid(
        &mut bench,
        &with(order, json!({ "outcome": "failed" })),
        400,
        "ORDERPAID",
    );
    assert_eq!(state(&mut bench, "A1"), "SUCCESS");
}

#[test]
fn a_payment_of_a_closed_order() {
    let mut bench = Bench::new();
    let prepay_id = place(&mut bench, SINGLE, &single("A1"));
    close(&mut bench, &close_single("A1"));
    not_paid(
        &mut bench,
        &json!({ "prepay_id": prepay_id }),
        400,
        "ORDER_CLOSED",
    );
    assert!(bench.deliveries().is_empty());
}

#[test]
fn a_question_after_another_sub_merchants_order() {
    let mut bench = Bench::new();
    let id = paid(&mut bench, &single("A1"));
    place(&mut bench, SINGLE, &single("A2"));
    for target in [
        by_id(&id, OTHER_SHOP),
        by_number("A1", OTHER_SHOP),
        by_number("A2", OTHER_SHOP),
    ] {
        not_found(&mut bench, &target);
    }
}

#[test]
fn a_question_after_an_order_that_never_was() {
    let mut bench = Bench::new();
    not_found(&mut bench, &by_number("A1", SHOP));
    not_found(&mut bench, &by_id("4200000000000000000000000001", SHOP));
    not_found(&mut bench, &format!("{COMBINED}/out-trade-no/C1"));
}

#[test]
fn a_question_in_the_wrong_family() {
    let mut bench = Bench::new();
    place(&mut bench, COMBINED, &combined("C1"));
    place(&mut bench, SINGLE, &single("A1"));
    not_found(&mut bench, &by_number("C1", SHOP));
    not_found(&mut bench, &format!("{COMBINED}/out-trade-no/A1"));
    let message = not_found(&mut bench, &by_number("C1-1", SHOP));
    assert!(message.contains("a sub-order of C1"), "{message}");
}

#[test]
fn a_question_for_another_service_provider() {
    let mut bench = Bench::new();
    paid(&mut bench, &single("A1"));
    let target = by_number("A1", SHOP).replace("1900001109", "1230000109");
    bench.refused(400, "PARAM_ERROR", |b| b.get(&target));
    let target = by_number("A1", SHOP).replace("&sub_mchid=1230000109", "");
    bench.refused(400, "PARAM_ERROR", |b| b.get(&target));
}

#[test]
fn a_close_after_the_payment() {
    let mut bench = Bench::new();
    paid(&mut bench, &single("A1"));
    not_closed(&mut bench, &close_single("A1"), 400, "ORDERPAID");
    assert_eq!(state(&mut bench, "A1"), "SUCCESS");
    place(&mut bench, COMBINED, &combined("C1"));
    pay(&mut bench, &json!({ "combine_out_trade_no": "C1" }));
    not_closed(&mut bench, &close_combined("C1"), 400, "ORDERPAID");
    // Nor one that was made by hand.
    bench.order(&json!({ "sub_mchid": SHOP, "out_trade_no": "H1" }));
    not_closed(&mut bench, &close_single("H1"), 400, "ORDERPAID");
}

#[test]
fn a_close_of_another_sub_merchants_order() {
    let mut bench = Bench::new();
    place(&mut bench, SINGLE, &single("A1"));
    let (path, body) = close_single("A1");
    let body = with(body, json!({ "sub_mchid": OTHER_SHOP }));
    not_closed(&mut bench, &(path, body), 404, "ORDER_NOT_EXIST");
    assert_eq!(state(&mut bench, "A1"), "NOTPAY");
}

#[test]
fn a_close_of_an_order_that_never_was() {
    let mut bench = Bench::new();
    not_closed(&mut bench, &close_single("A1"), 404, "ORDER_NOT_EXIST");
    not_closed(&mut bench, &close_combined("C1"), 404, "ORDER_NOT_EXIST");
}

#[test]
fn a_close_of_one_sub_order() {
    let mut bench = Bench::new();
    place(&mut bench, COMBINED, &combined("C1"));
    let message = not_closed(&mut bench, &close_single("C1-1"), 404, "ORDER_NOT_EXIST");
    assert!(message.contains("a sub-order of C1"), "{message}");
    let (path, mut body) = close_combined("C1");
    body["sub_orders"].as_array_mut().unwrap().pop();
    let message = not_closed(&mut bench, &(path, body), 400, "INVALID_REQUEST");
    assert!(message.contains("C1-2"), "{message}");
    pay(&mut bench, &json!({ "combine_out_trade_no": "C1" }));
}

#[test]
fn a_close_of_other_sub_orders() {
    let mut bench = Bench::new();
    place(&mut bench, COMBINED, &combined("C1"));
    for (name, value) in [
        ("out_trade_no", json!("C1-1")),
        ("sub_mchid", json!(SHOP)),
        ("sub_mchid", Value::Null),
        ("mchid", json!("1230000109")),
        ("sub_appid", json!("wx9999999999999999")),
    ] {
        let (path, mut body) = close_combined("C1");
        body["sub_orders"][1][name] = value;
        not_closed(&mut bench, &(path, body), 400, "INVALID_REQUEST");
    }
    let (path, body) = close_combined("C1");
    let body = with(body, json!({ "combine_appid": "wx8888888888888888" }));
    not_closed(&mut bench, &(path, body), 400, "INVALID_REQUEST");
    pay(&mut bench, &json!({ "combine_out_trade_no": "C1" }));
}

#[test]
fn a_close_in_the_wrong_family() {
    let mut bench = Bench::new();
    place(&mut bench, SINGLE, &single("A1"));
    not_closed(&mut bench, &close_combined("A1"), 404, "ORDER_NOT_EXIST");
    place(&mut bench, COMBINED, &combined("C1"));
    not_closed(&mut bench, &close_single("C1"), 404, "ORDER_NOT_EXIST");
}
