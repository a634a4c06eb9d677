//! Orders that are placed in a wrong way.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::ordering::{
    COMBINED, OTHER_SHOP, SHOP, SINGLE, close, close_single, combined, paid, pay, place, single,
    sub_order, subsidised, with,
};

/// Places what is refused, and gives what the refusal says.
fn not_placed(bench: &mut Bench, family: &str, body: &Value, status: u16, code: &str) -> String {
    let path = format!("{family}/jsapi");
    let answer = bench.refused(status, code, |b| b.post(&path, body));
    answer["message"].as_str().unwrap().to_owned()
}

pub(super) fn not_found(bench: &mut Bench, target: &str) -> String {
    let answer = bench.refused(404, "ORDER_NOT_EXIST", |b| b.get(target));
    answer["message"].as_str().unwrap().to_owned()
}

#[test]
fn the_number_of_another_order() {
    let mut bench = Bench::new();
    place(&mut bench, SINGLE, &single("A1"));
    let dearer = with(
        single("A1"),
        json!({ "amount": { "total": 101, "currency": "CNY" } }),
    );
    let message = not_placed(&mut bench, SINGLE, &dearer, 403, "OUT_TRADE_NO_USED");
    assert!(message.starts_with("商户订单号重复: "), "{message}");
    assert!(message.contains(r#""total":100"#), "{message}");
    assert!(message.contains(r#""total":101"#), "{message}");
    // The first one stands.
    pay(
        &mut bench,
        &json!({ "out_trade_no": "A1", "sub_mchid": SHOP }),
    );
    assert_eq!(bench.balance("sub-merchant:1230000109:unsettled"), 100);
}

#[test]
fn the_number_of_another_sub_merchants_order() {
    let mut bench = Bench::new();
    place(&mut bench, SINGLE, &single("A1"));
    let body = with(single("A1"), json!({ "sub_mchid": OTHER_SHOP }));
    not_placed(&mut bench, SINGLE, &body, 403, "OUT_TRADE_NO_USED");
}

#[test]
fn another_channel_under_the_same_number() {
    let mut bench = Bench::new();
    place(&mut bench, SINGLE, &single("A1"));
    let path = format!("{SINGLE}/native");
    let answer = bench.refused(403, "OUT_TRADE_NO_USED", |b| b.post(&path, &single("A1")));
    let message = answer["message"].as_str().unwrap();
    assert!(
        message.contains(r#"trade_type was "JSAPI" and is "NATIVE""#),
        "{message}"
    );
}

#[test]
fn another_time_to_expire() {
    let mut bench = Bench::new();
    place(&mut bench, SINGLE, &single("A1"));
    let later = json!({ "time_expire": "2025-11-22T12:40:00+08:00" });
    not_placed(
        &mut bench,
        SINGLE,
        &with(single("A1"), later),
        403,
        "OUT_TRADE_NO_USED",
    );
}

#[test]
fn a_paid_order_placed_again() {
    let mut bench = Bench::new();
    paid(&mut bench, &single("A1"));
    let message = not_placed(&mut bench, SINGLE, &single("A1"), 400, "ORDERPAID");
    assert!(message.starts_with("订单已支付: "), "{message}");
    // Whatever else it says.
    not_placed(&mut bench, SINGLE, &subsidised("A1"), 400, "ORDERPAID");
}

#[test]
fn a_closed_order_placed_again() {
    let mut bench = Bench::new();
    place(&mut bench, SINGLE, &single("A1"));
    close(&mut bench, &close_single("A1"));
    let message = not_placed(&mut bench, SINGLE, &single("A1"), 400, "ORDER_CLOSED");
    assert!(message.starts_with("订单已关闭: "), "{message}");
}

#[test]
fn the_number_of_an_order_made_by_hand() {
    let mut bench = Bench::new();
    bench.order(&json!({ "out_trade_no": "A1" }));
    not_placed(&mut bench, SINGLE, &single("A1"), 403, "OUT_TRADE_NO_USED");
    // The other way round, too.
    place(&mut bench, SINGLE, &single("A2"));
    let by_hand = json!({ "sub_mchid": SHOP, "total": 1, "out_trade_no": "A2" });
    bench.refused(409, "ALREADY_EXISTS", |b| {
        b.admin("POST", "/_gateway/orders", &by_hand)
    });
}

#[test]
fn the_number_of_a_sub_order() {
    let mut bench = Bench::new();
    place(&mut bench, COMBINED, &combined("C1"));
    let message = not_placed(
        &mut bench,
        SINGLE,
        &single("C1-2"),
        403,
        "OUT_TRADE_NO_USED",
    );
    assert!(message.contains("combined order C1"), "{message}");
}

#[test]
fn a_sub_order_with_the_number_of_an_order() {
    let mut bench = Bench::new();
    place(&mut bench, SINGLE, &single("C1-2"));
    let message = not_placed(
        &mut bench,
        COMBINED,
        &combined("C1"),
        403,
        "OUT_TRADE_NO_USED",
    );
    assert!(message.contains("sub_orders[1].out_trade_no"), "{message}");
    // Nothing of it was placed.
    not_found(&mut bench, &format!("{COMBINED}/out-trade-no/C1"));
    place(&mut bench, SINGLE, &single("C1-1"));
}

#[test]
fn a_sub_order_in_two_combined_orders() {
    let mut bench = Bench::new();
    place(&mut bench, COMBINED, &combined("C1"));
    let other = with(combined("C1"), json!({ "combine_out_trade_no": "C2" }));
    not_placed(&mut bench, COMBINED, &other, 403, "OUT_TRADE_NO_USED");
}

#[test]
fn a_sub_order_twice_in_one() {
    let mut bench = Bench::new();
    let sub_orders = json!([sub_order("S1", SHOP, 1), sub_order("S1", OTHER_SHOP, 1)]);
    let body = with(combined("C1"), json!({ "sub_orders": sub_orders }));
    let message = not_placed(&mut bench, COMBINED, &body, 400, "PARAM_ERROR");
    assert!(
        message.contains("sub_orders[].out_trade_no must be unlike"),
        "{message}"
    );
}

#[test]
fn another_settlement_of_a_combined_order() {
    let mut bench = Bench::new();
    place(&mut bench, COMBINED, &combined("C1"));
    for settle_info in [
        json!({ "profit_sharing": true, "subsidy_amount": 11 }),
        json!({ "profit_sharing": true }),
        Value::Null,
    ] {
        let mut body = combined("C1");
        body["sub_orders"][1]["settle_info"] = settle_info;
        let message = not_placed(&mut bench, COMBINED, &body, 400, "INVALID_REQUEST");
        assert!(
            message.starts_with("重复下单且结算信息不一致: "),
            "{message}"
        );
    }
    // Another amount is another order, and no matter of settlement.
    let mut body = combined("C1");
    body["sub_orders"][1]["amount"]["total_amount"] = 251.into();
    not_placed(&mut bench, COMBINED, &body, 403, "OUT_TRADE_NO_USED");
}

#[test]
fn fewer_sub_orders_under_the_same_number() {
    let mut bench = Bench::new();
    place(&mut bench, COMBINED, &combined("C1"));
    let mut body = combined("C1");
    body["sub_orders"].as_array_mut().unwrap().pop();
    not_placed(&mut bench, COMBINED, &body, 403, "OUT_TRADE_NO_USED");
}

#[test]
fn a_subsidy_without_profit_sharing() {
    let mut bench = Bench::new();
    for settle_info in [
        json!({ "subsidy_amount": 10 }),
        json!({ "subsidy_amount": 10, "profit_sharing": false }),
    ] {
        let body = with(single("A1"), json!({ "settle_info": settle_info }));
        let message = not_placed(&mut bench, SINGLE, &body, 400, "INVALID_REQUEST");
        assert!(message.contains("profit_sharing: true"), "{message}");
        let mut body = combined("C1");
        body["sub_orders"][0]["settle_info"] = settle_info;
        let message = not_placed(&mut bench, COMBINED, &body, 400, "INVALID_REQUEST");
        assert!(
            message.contains("sub_orders[0].settle_info.subsidy_amount"),
            "{message}"
        );
    }
    // Nothing is no subsidy.
    let nothing = json!({ "settle_info": { "subsidy_amount": 0 } });
    place(&mut bench, SINGLE, &with(single("A1"), nothing));
}

#[test]
fn a_subsidy_beyond_the_limit() {
    let mut bench = Bench::new();
    let body = |amount: i64| {
        let settle_info = json!({ "profit_sharing": true, "subsidy_amount": amount });
        with(single("A1"), json!({ "settle_info": settle_info }))
    };
    for amount in [500_001, -1, i64::MAX, i64::MIN] {
        not_placed(&mut bench, SINGLE, &body(amount), 400, "PARAM_ERROR");
    }
    place(&mut bench, SINGLE, &body(500_000));
}

#[test]
fn a_subsidy_that_was_not_promised() {
    let mut bench = Bench::new();
    let id = paid(&mut bench, &single("A1"));
    bench.advance(60);
    let create = json!({
        "sub_mchid": SHOP, "transaction_id": id, "amount": 10, "description": "d",
    });
    let path = "/v3/ecommerce/subsidies/create";
    bench.refused(400, "INVALID_REQUEST", |b| b.post(path, &create));
}

#[test]
fn a_subsidy_before_the_order_is_settled() {
    let mut bench = Bench::new();
    let id = paid(&mut bench, &subsidised("A1"));
    bench.advance(59);
    let create = json!({
        "sub_mchid": SHOP, "transaction_id": id, "amount": 10, "description": "d",
    });
    let path = "/v3/ecommerce/subsidies/create";
    bench.refused(400, "INVALID_REQUEST", |b| b.post(path, &create));
    bench.advance(1);
    assert_eq!(bench.post(path, &create).0, 200);
}

#[test]
fn an_order_of_another_service_provider() {
    let mut bench = Bench::new();
    let body = with(single("A1"), json!({ "sp_mchid": "1230000109" }));
    not_placed(&mut bench, SINGLE, &body, 400, "PARAM_ERROR");
    let body = with(combined("C1"), json!({ "combine_mchid": "1230000109" }));
    not_placed(&mut bench, COMBINED, &body, 400, "PARAM_ERROR");
    let mut body = combined("C1");
    body["sub_orders"][1]["mchid"] = "1230000109".into();
    let message = not_placed(&mut bench, COMBINED, &body, 400, "PARAM_ERROR");
    assert!(message.contains("sub_orders[1].mchid"), "{message}");
}

#[test]
fn a_sub_merchant_that_cannot_be_one() {
    let mut bench = Bench::new();
    let body = with(single("A1"), json!({ "sub_mchid": "shop" }));
    let message = not_placed(&mut bench, SINGLE, &body, 400, "MCH_NOT_EXISTS");
    assert!(message.starts_with("商户号不存在: "), "{message}");
}

#[test]
fn amounts_that_are_none() {
    let mut bench = Bench::new();
    for total in [
        json!(0),
        json!(-1),
        json!(1_000_000_001),
        json!(1.0),
        json!("100"),
        Value::Null,
    ] {
        let body = with(single("A1"), json!({ "amount": { "total": total } }));
        not_placed(&mut bench, SINGLE, &body, 400, "PARAM_ERROR");
        let mut body = combined("C1");
        body["sub_orders"][1]["amount"]["total_amount"] = total;
        not_placed(&mut bench, COMBINED, &body, 400, "PARAM_ERROR");
    }
    let dollars = json!({ "amount": { "total": 100, "currency": "USD" } });
    let message = not_placed(
        &mut bench,
        SINGLE,
        &with(single("A1"), dollars),
        400,
        "PARAM_ERROR",
    );
    assert!(message.contains("must be CNY"), "{message}");
}

#[test]
fn a_payer_that_is_nobody() {
    let mut bench = Bench::new();
    let body = with(single("A1"), json!({ "payer": {} }));
    not_placed(&mut bench, SINGLE, &body, 400, "PARAM_ERROR");
    // Known to an application that the order does not name.
    let body = with(single("A1"), json!({ "payer": { "sub_openid": "oSub" } }));
    let message = not_placed(&mut bench, SINGLE, &body, 400, "PARAM_ERROR");
    assert!(message.contains("sub_appid is missing"), "{message}");
    let body = with(
        combined("C1"),
        json!({ "combine_payer_info": { "sub_openid": "oSub" } }),
    );
    not_placed(&mut bench, COMBINED, &body, 400, "PARAM_ERROR");
}

#[test]
fn two_sub_orders_with_an_application() {
    let mut bench = Bench::new();
    let mut body = combined("C1");
    for at in [0, 1] {
        body["sub_orders"][at]["sub_appid"] = "wx9999999999999999".into();
    }
    not_placed(&mut bench, COMBINED, &body, 400, "PARAM_ERROR");
}

#[test]
fn a_place_for_notices_that_is_none() {
    let mut bench = Bench::new();
    for url in [
        "",
        "paid",
        "ftp://127.0.0.1/",
        "http://127.0.0.1/?a=1",
        "http://",
        "http://a b/",
    ] {
        let body = with(single("A1"), json!({ "notify_url": url }));
        not_placed(&mut bench, SINGLE, &body, 400, "PARAM_ERROR");
    }
}
