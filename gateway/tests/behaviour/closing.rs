//! Orders are closed, and expire.

use serde_json::{Value, json};
use wechatpay_core::NoContent;
use wechatpay_core::api::combine_transactions::out_trade_no::Close as CloseCombined;
use wechatpay_core::api::pay::partner::transactions::out_trade_no::Close;
use wechatpay_core::notice::Event;

use crate::bench::Bench;
use crate::ordering::{
    COMBINED, SHOP, SINGLE, close, close_combined, close_single, combined, fail, pay, place,
    single, state, told, with,
};

fn combined_states(bench: &mut Bench, number: &str) -> [Value; 2] {
    let (status, order) = bench.get(&format!("{COMBINED}/out-trade-no/{number}"));
    assert_eq!(status, 200);
    [0, 1].map(|at| order["sub_orders"][at]["trade_state"].clone())
}

fn closed_for_good(bench: &mut Bench, family: &str, body: &Value, order: &Value) {
    let path = format!("{family}/jsapi");
    bench.refused(400, "ORDER_CLOSED", |b| b.post(&path, body));
    bench.refused(400, "ORDER_CLOSED", |b| {
        b.admin("POST", "/_gateway/payments", order)
    });
}

#[test]
fn an_order_that_waits_is_closed() {
    let mut bench = Bench::new();
    place(&mut bench, SINGLE, &single("A1"));
    close(&mut bench, &close_single("A1"));
    assert_eq!(state(&mut bench, "A1"), "CLOSED");
    // Again is answered again.
    close(&mut bench, &close_single("A1"));
    let order = json!({ "out_trade_no": "A1", "sub_mchid": SHOP });
    closed_for_good(&mut bench, SINGLE, &single("A1"), &order);
    assert!(told(&mut bench).is_empty());
}

#[test]
fn a_combined_order_is_closed_as_a_whole() {
    let mut bench = Bench::new();
    place(&mut bench, COMBINED, &combined("C1"));
    let (path, mut body) = close_combined("C1");
    // In any order.
    body["sub_orders"].as_array_mut().unwrap().reverse();
    close(&mut bench, &(path, body));
    assert_eq!(combined_states(&mut bench, "C1"), ["CLOSED", "CLOSED"]);
    close(&mut bench, &close_combined("C1"));
    let order = json!({ "combine_out_trade_no": "C1" });
    closed_for_good(&mut bench, COMBINED, &combined("C1"), &order);
}

#[test]
fn the_core_closes_what_it_placed() {
    let mut bench = Bench::new();
    let order = serde_json::from_value(combined("C1")).unwrap();
    place(&mut bench, COMBINED, &combined("C1"));
    let NoContent { .. } = bench.call(&CloseCombined::of(&order)).unwrap();
    place(&mut bench, SINGLE, &single("A1"));
    let one = Close::builder()
        .out_trade_no("A1")
        .sp_mchid("1900001109")
        .sub_mchid(SHOP);
    let NoContent { .. } = bench.call(&one.build()).unwrap();
}

#[test]
fn a_failed_payment_can_be_given_up() {
    let mut bench = Bench::new();
    place(&mut bench, SINGLE, &single("A1"));
    fail(
        &mut bench,
        json!({ "out_trade_no": "A1", "sub_mchid": SHOP }),
    );
    close(&mut bench, &close_single("A1"));
    assert_eq!(state(&mut bench, "A1"), "CLOSED");
}

#[test]
fn an_order_expires_when_it_says() {
    let mut bench = Bench::new();
    let expire = json!({ "time_expire": "2025-11-21T13:10:00+08:00" });
    let body = with(single("A1"), expire.clone());
    place(&mut bench, SINGLE, &body);
    place(&mut bench, COMBINED, &with(combined("C1"), expire.clone()));
    bench.advance(1_799);
    assert_eq!(state(&mut bench, "A1"), "NOTPAY");
    bench.advance(1);
    assert_eq!(state(&mut bench, "A1"), "CLOSED");
    assert_eq!(combined_states(&mut bench, "C1"), ["CLOSED", "CLOSED"]);
    let order = json!({ "out_trade_no": "A1", "sub_mchid": SHOP });
    closed_for_good(&mut bench, SINGLE, &body, &order);
    // To close it then changes nothing.
    close(&mut bench, &close_single("A1"));
}

#[test]
fn an_order_expires_after_seven_days() {
    let mut bench = Bench::new();
    place(&mut bench, SINGLE, &single("A1"));
    bench.advance(7 * 86_400 - 1);
    assert_eq!(state(&mut bench, "A1"), "NOTPAY");
    let prepay_id = place(&mut bench, SINGLE, &single("A1"));
    bench.advance(1);
    assert_eq!(state(&mut bench, "A1"), "CLOSED");
    let order = json!({ "prepay_id": prepay_id });
    bench.refused(400, "ORDER_CLOSED", |b| {
        b.admin("POST", "/_gateway/payments", &order)
    });
}

/// The platform moves such times by itself.
#[test]
fn an_order_can_be_paid_for_a_minute_and_for_ninety_days() {
    let mut bench = Bench::new();
    for (number, expire, lasts) in [
        ("A1", "2025-11-21T12:40:01+08:00", 60),
        ("A2", "1999-01-01T00:00:00Z", 60),
        ("A3", "2099-01-01T00:00:00Z", 90 * 86_400),
        // The documents have a sixtieth second: 12:43:00.
        ("A4", "2025-11-21T12:42:60+08:00", 180),
    ] {
        let mut bench = Bench::new();
        place(
            &mut bench,
            SINGLE,
            &with(single(number), json!({ "time_expire": expire })),
        );
        bench.advance(lasts - 1);
        assert_eq!(state(&mut bench, number), "NOTPAY", "{expire}");
        bench.advance(1);
        assert_eq!(state(&mut bench, number), "CLOSED", "{expire}");
    }
    let expire = json!({ "time_expire": "tomorrow" });
    let body = with(single("A1"), expire);
    bench.refused(400, "PARAM_ERROR", |b| {
        b.post(&format!("{SINGLE}/jsapi"), &body)
    });
}

#[test]
fn a_paid_order_does_not_expire() {
    let mut bench = Bench::new();
    place(&mut bench, SINGLE, &single("A1"));
    pay(
        &mut bench,
        &json!({ "out_trade_no": "A1", "sub_mchid": SHOP }),
    );
    bench.advance(8 * 86_400);
    assert_eq!(state(&mut bench, "A1"), "SUCCESS");
    let told = told(&mut bench);
    assert!(matches!(told.as_slice(), [(_, Event::Payment(_))]));
}
