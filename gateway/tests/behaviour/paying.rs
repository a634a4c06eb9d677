//! The buyer pays: the money, the notice, the queries, the bill.

use serde_json::{Value, json};
use wechatpay_core::api::combine_transactions::out_trade_no::Query as CombinedQuery;
use wechatpay_core::api::pay::partner::transactions::out_trade_no::Query;

use wechatpay_core::notice::{Event, Payment};

use crate::bench::Bench;
use crate::bills::{READY, TRADE, ask, download};
use crate::ordering::{
    COMBINED, OTHER_SHOP, SHOP, SINGLE, by_id, by_number, combined, fail, paid, pay, place, single,
    state, subsidised, told, with,
};

const SHOP_UNSETTLED: &str = "sub-merchant:1230000109:unsettled";
const SHOP_FROZEN: &str = "sub-merchant:1230000109:frozen";
const SHOP_AVAILABLE: &str = "sub-merchant:1230000109:available";

#[test]
fn an_order_is_placed_paid_and_told() {
    let mut bench = Bench::new();
    place(&mut bench, SINGLE, &single("A1"));
    let (status, waiting) = bench.unmoved(|b| b.get(&by_number("A1", SHOP)));
    let expected = json!({
        "sp_appid": "wx8888888888888888",
        "sp_mchid": "1900001109",
        "sub_mchid": SHOP,
        "out_trade_no": "A1",
        "trade_state": "NOTPAY",
        "trade_state_desc": "订单未支付",
        "amount": { "total": 100, "currency": "CNY" },
    });
    assert_eq!((status, waiting), (200, expected));

    bench.advance(20);
    let order = json!({ "out_trade_no": "A1", "sub_mchid": SHOP });
    let (status, answer) = bench.admin("POST", "/_gateway/payments", &order);
    let id = answer["transactions"][0]["transaction_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let transaction = json!({ "sub_mchid": SHOP, "out_trade_no": "A1", "transaction_id": id });
    let expected = json!({ "trade_state": "SUCCESS", "transactions": [transaction] });
    assert_eq!((status, answer), (201, expected));
    let expected = json!({
        "sp_appid": "wx8888888888888888",
        "sp_mchid": "1900001109",
        "sub_mchid": SHOP,
        "out_trade_no": "A1",
        "transaction_id": id,
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "bank_type": "OTHERS",
        "attach": "深圳分店",
        "success_time": "2025-11-21T12:40:20+08:00",
        "payer": { "sp_openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
        "amount": {
            "total": 100, "payer_total": 100, "currency": "CNY", "payer_currency": "CNY",
        },
        "scene_info": { "device_id": "013467007045764" },
    });
    for target in [by_number("A1", SHOP), by_id(&id, SHOP)] {
        assert_eq!(bench.unmoved(|b| b.get(&target)), (200, expected.clone()));
    }

    // The notice tells what the query tells.
    let query = Query::builder()
        .out_trade_no("A1")
        .sp_mchid("1900001109")
        .sub_mchid(SHOP)
        .build();
    let asked = bench.call(&query).unwrap();
    let told = told(&mut bench);
    let [(url, Event::Payment(Payment::Partner(order)))] = told.as_slice() else {
        panic!("{}", told.len());
    };
    assert_eq!(url, "http://127.0.0.1:9/paid");
    assert_eq!(**order, asked);
}

#[test]
fn a_minute_later_the_order_is_settled() {
    let mut bench = Bench::new();
    paid(&mut bench, &single("A1"));
    let promised = paid(&mut bench, &subsidised("A2"));
    assert_eq!(bench.balance(SHOP_UNSETTLED), 200);
    bench.advance(59);
    assert_eq!(bench.balance(SHOP_UNSETTLED), 200);
    bench.advance(1);
    // What is to be shared is kept for it.
    let balances = [SHOP_UNSETTLED, SHOP_AVAILABLE, SHOP_FROZEN].map(|name| bench.balance(name));
    assert_eq!(balances, [0, 100, 100]);
    let create = json!({
        "sub_mchid": SHOP, "transaction_id": promised, "amount": 10, "description": "d",
    });
    let (status, answer) = bench.post("/v3/ecommerce/subsidies/create", &create);
    assert_eq!((status, &answer["result"]), (200, &json!("SUCCESS")));
    assert_eq!(bench.balance(SHOP_FROZEN), 110);
}

#[test]
fn a_combined_order_is_paid_as_a_whole() {
    let mut bench = Bench::new();
    let prepay_id = place(&mut bench, COMBINED, &combined("C1"));
    let target = format!("{COMBINED}/out-trade-no/C1");
    let sub_order = |number: &str, shop: &str, total: i64| {
        json!({
            "mchid": "1900001109",
            "sub_mchid": shop,
            "out_trade_no": number,
            "trade_state": "NOTPAY",
            "amount": { "total_amount": total, "currency": "CNY" },
        })
    };
    let expected = json!({
        "combine_appid": "wxd678efh567hg6787",
        "combine_mchid": "1900001109",
        "combine_out_trade_no": "C1",
        "sub_orders": [sub_order("C1-1", SHOP, 100), sub_order("C1-2", OTHER_SHOP, 250)],
    });
    assert_eq!(bench.unmoved(|b| b.get(&target)), (200, expected));

    let entries = |bench: &mut Bench| bench.ledger()["entries"].as_array().unwrap().len();
    let before = entries(&mut bench);
    let ids = pay(&mut bench, &json!({ "prepay_id": prepay_id }));
    assert_ne!(ids[0], ids[1]);
    // One entry: all, or nothing.
    assert_eq!(entries(&mut bench), before + 1);
    assert_eq!(bench.balance(SHOP_UNSETTLED), 100);
    assert_eq!(bench.balance("sub-merchant:1230000110:unsettled"), 250);

    let sub_order = |number: &str, shop: &str, total: i64, id: &str| {
        json!({
            "mchid": "1900001109",
            "sub_mchid": shop,
            "out_trade_no": number,
            "transaction_id": id,
            "trade_type": "JSAPI",
            "trade_state": "SUCCESS",
            "bank_type": "OTHERS",
            "attach": format!("of {shop}"),
            "success_time": "2025-11-21T12:40:00+08:00",
            "amount": {
                "total_amount": total, "payer_amount": total, "currency": "CNY",
                "payer_currency": "CNY",
            },
        })
    };
    let expected = json!({
        "combine_appid": "wxd678efh567hg6787",
        "combine_mchid": "1900001109",
        "combine_out_trade_no": "C1",
        "sub_orders": [
            sub_order("C1-1", SHOP, 100, &ids[0]),
            sub_order("C1-2", OTHER_SHOP, 250, &ids[1]),
        ],
        "combine_payer_info": { "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
    });
    assert_eq!(bench.unmoved(|b| b.get(&target)), (200, expected));
    let asked = bench
        .call(&CombinedQuery::builder().combine_out_trade_no("C1").build())
        .unwrap();
    let told = told(&mut bench);
    let [(_, Event::Payment(Payment::Combined(order)))] = told.as_slice() else {
        panic!("{}", told.len());
    };
    assert_eq!(**order, asked);

    // A paid sub-order is an order of its sub-merchant.
    let (_, alone) = bench.get(&by_id(&ids[1], OTHER_SHOP));
    assert_eq!(alone["attach"], "of 1230000110");
    assert_eq!(alone["sp_appid"], "wxd678efh567hg6787");
    bench.advance(60);
    assert_eq!(bench.balance("sub-merchant:1230000110:frozen"), 250);
}

#[test]
fn a_failed_payment_can_be_tried_again() {
    let mut bench = Bench::new();
    let prepay_id = place(&mut bench, SINGLE, &single("A1"));
    fail(&mut bench, json!({ "prepay_id": prepay_id }));
    assert_eq!(state(&mut bench, "A1"), "PAYERROR");
    assert!(told(&mut bench).is_empty());
    fail(&mut bench, json!({ "prepay_id": prepay_id }));
    assert_eq!(place(&mut bench, SINGLE, &single("A1")), prepay_id);
    pay(&mut bench, &json!({ "prepay_id": prepay_id }));
    assert_eq!(state(&mut bench, "A1"), "SUCCESS");
    assert_eq!(told(&mut bench).len(), 1);

    place(&mut bench, COMBINED, &combined("C1"));
    fail(&mut bench, json!({ "combine_out_trade_no": "C1" }));
    let (_, order) = bench.get(&format!("{COMBINED}/out-trade-no/C1"));
    assert_eq!(order["sub_orders"][0]["trade_state"], "PAYERROR");
    assert_eq!(order["sub_orders"][1]["trade_state"], "PAYERROR");
}

#[test]
fn a_refunded_order_says_so() {
    let mut bench = Bench::new();
    place(&mut bench, COMBINED, &combined("C1"));
    let ids = pay(&mut bench, &json!({ "combine_out_trade_no": "C1" }));
    let path = format!("/_gateway/orders/{OTHER_SHOP}/{}/refunds", ids[1]);
    assert_eq!(bench.admin("POST", &path, &json!({ "amount": 1 })).0, 201);
    let (_, order) = bench.get(&format!("{COMBINED}/out-trade-no/C1"));
    assert_eq!(order["sub_orders"][0]["trade_state"], "SUCCESS");
    assert_eq!(order["sub_orders"][1]["trade_state"], "REFUND");
    let (_, order) = bench.get(&by_id(&ids[1], OTHER_SHOP));
    assert_eq!(order["trade_state"], "REFUND");
    assert_eq!(order["amount"]["total"], 250);
}

#[test]
fn orders_made_by_hand_can_be_asked_for() {
    let mut bench = Bench::new();
    let id = bench.order(&json!({ "out_trade_no": "H1" }));
    for target in [by_number("H1", "1900000109"), by_id(&id, "1900000109")] {
        let (status, order) = bench.unmoved(|b| b.get(&target));
        assert_eq!((status, &order["trade_state"]), (200, &json!("SUCCESS")));
        assert_eq!(order["out_trade_no"], "H1");
        assert_eq!(order["transaction_id"], *id);
        assert_eq!(order["amount"]["payer_total"], 8_000);
    }
    // So can the orders of the samples.
    let sample = by_id("4208450740201411110007820472", "1900000109");
    assert_eq!(bench.get(&sample).1["amount"]["total"], 10_000);
}

#[test]
fn the_payer_is_told_as_each_application_knows_them() {
    let mut bench = Bench::new();
    let appid = json!({ "sub_appid": "wx9999999999999999", "payer": { "sub_openid": "oSub" } });
    let id = paid(&mut bench, &with(single("A1"), appid));
    let (_, order) = bench.get(&by_id(&id, SHOP));
    assert_eq!(order["payer"], json!({ "sub_openid": "oSub" }));
    assert_eq!(order["sub_appid"], "wx9999999999999999");

    let mut body = combined("C1");
    body["sub_orders"][1]["sub_appid"] = "wx9999999999999999".into();
    body["combine_payer_info"] = json!({ "openid": "oOpen", "sub_openid": "oSub" });
    place(&mut bench, COMBINED, &body);
    pay(&mut bench, &json!({ "combine_out_trade_no": "C1" }));
    let (_, order) = bench.get(&format!("{COMBINED}/out-trade-no/C1"));
    assert_eq!(
        order["combine_payer_info"],
        json!({ "openid": "oOpen", "sub_openid": "oSub" })
    );
    assert_eq!(order["sub_orders"][0]["sub_openid"], Value::Null);
    assert_eq!(order["sub_orders"][1]["sub_openid"], "oSub");
}

#[test]
fn the_bill_tells_how_it_was_paid() {
    let mut bench = Bench::new();
    let id = paid(&mut bench, &single("A1"));
    bench.advance(READY);
    let file = ask(&mut bench, &format!("{TRADE}&sub_mchid={SHOP}"));
    let response = download(&mut bench, &file);
    let text = String::from_utf8(response.body().to_vec()).unwrap();
    let row = text.lines().nth(1).unwrap();
    let expected = format!(
        "`2025-11-21 12:40:00,`wx8888888888888888,`1900001109,`1230000109,`013467007045764,`{id},\
         `A1,`oUpF8uMuAJO_M2pxb1Q9zNjWeS6o,`JSAPI,`SUCCESS,`OTHERS,`CNY,`1.00,`0.00,`0,`0,`0.00,\
         `0.00,`,`,`Image形象店-深圳腾大-QQ公仔,`深圳分店,`0.00000,`0.00%,`1.00,`0.00,`"
    );
    assert_eq!(row, expected);
}

#[test]
fn a_notice_by_hand_tells_what_was_placed() {
    let mut bench = Bench::new();
    let id = paid(&mut bench, &single("A1"));
    let first = told(&mut bench);
    bench.queue(&json!({ "transaction_id": id }));
    let again = told(&mut bench);
    assert_eq!(format!("{:?}", first[0].1), format!("{:?}", again[0].1));
    let Event::Payment(Payment::Partner(order)) = &again[0].1 else {
        panic!("another kind");
    };
    assert_eq!(order.attach.as_deref(), Some("深圳分店"));
}

#[test]
fn an_order_for_later_is_paid_later() {
    let mut bench = Bench::new();
    let start = json!({ "time_start": "2025-11-21T13:00:00+08:00" });
    place(&mut bench, COMBINED, &with(combined("C1"), start));
    let order = json!({ "combine_out_trade_no": "C1" });
    bench.advance(1_199);
    bench.refused(400, "INVALID_REQUEST", |b| {
        b.admin("POST", "/_gateway/payments", &order)
    });
    bench.advance(1);
    pay(&mut bench, &order);
}
