//! Orders are placed: what opens the payment page, and what a second time does.

use serde_json::{Value, json};
use wechatpay_core::api::combine_transactions as combine;
use wechatpay_core::api::pay::partner::transactions as partner;
use wechatpay_core::cashier::{AppId, JsapiPayment, PrepayId};
use wechatpay_core::{Nonce, Timestamp};
use wechatpay_gateway::credentials;

use crate::bench::{Bench, NONCE};
use crate::ordering::{COMBINED, SHOP, SINGLE, combined, pay, place, single, with};

/// Takes what one channel does not know away, and adds what it wants.
fn for_channel(channel: &str, mut body: Value) -> Value {
    if channel != "jsapi" {
        for name in ["payer", "combine_payer_info"] {
            body.as_object_mut().unwrap().remove(name);
        }
    }
    if channel == "h5" {
        body["scene_info"] = json!({
            "payer_client_ip": "14.23.150.211", "device_id": "1", "h5_info": { "type": "Wap" },
        });
    }
    body
}

#[test]
fn each_channel_opens_its_own_page() {
    let mut bench = Bench::new();
    for family in [SINGLE, COMBINED] {
        for (channel, field, begins) in [
            ("jsapi", "prepay_id", "wx20251121124000"),
            ("app", "prepay_id", "wx20251121124000"),
            (
                "h5",
                "h5_url",
                "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx",
            ),
            ("native", "code_url", "weixin://wxpay/bizpayurl"),
        ] {
            let order = if family == SINGLE {
                single(channel)
            } else {
                combined(channel)
            };
            let body = for_channel(channel, order);
            let path = format!("{family}/{channel}");
            let (status, answer) = bench.unmoved(|b| b.post(&path, &body));
            assert_eq!(status, 200, "{answer}");
            assert_eq!(answer.as_object().unwrap().len(), 1);
            let opens = answer[field].as_str().unwrap();
            assert!(opens.starts_with(begins), "{opens}");
            let paid = pay(&mut bench, &answer);
            assert_eq!(paid.len(), if family == SINGLE { 1 } else { 2 });
        }
    }
    // Each by the name that bills and answers have for it.
    for (number, name) in [
        ("jsapi", "JSAPI"),
        ("app", "APP"),
        ("h5", "MWEB"),
        ("native", "NATIVE"),
    ] {
        let (_, order) = bench.get(&crate::ordering::by_number(number, SHOP));
        assert_eq!(order["trade_type"], name);
        let (_, order) = bench.get(&format!("{COMBINED}/out-trade-no/{number}"));
        assert_eq!(order["sub_orders"][1]["trade_type"], name);
    }
}

#[test]
fn the_cashier_opens_with_what_was_answered() {
    let mut bench = Bench::new();
    let place: partner::Jsapi = serde_json::from_value(single("A1")).unwrap();
    let answer = bench.call(&place).unwrap();
    let app_id = AppId::parse(place.order.sp_appid).unwrap();
    let prepay_id = PrepayId::parse(answer.prepay_id).unwrap();
    let (now, nonce) = (
        Timestamp::from_secs(bench.now),
        Nonce::parse(NONCE).unwrap(),
    );
    let payment = JsapiPayment::unsigned(&app_id, &prepay_id, now, &nonce)
        .sign(&credentials::merchant_signer().unwrap())
        .unwrap();
    let page = serde_json::to_value(&payment).unwrap();
    let package = page["package"].as_str().unwrap();
    let prepay_id = package.strip_prefix("prepay_id=").unwrap();
    assert_eq!(prepay_id.len(), 36);
    pay(&mut bench, &json!({ "prepay_id": prepay_id }));
    assert_eq!(bench.balance("sub-merchant:1230000109:unsettled"), 100);
}

#[test]
fn the_core_places_combined_orders_too() {
    let mut bench = Bench::new();
    let place: combine::Jsapi = serde_json::from_value(combined("C1")).unwrap();
    let answer = bench.call(&place).unwrap();
    assert!(PrepayId::parse(answer.prepay_id).is_ok());
}

#[test]
fn the_same_order_again_is_the_same_order() {
    let mut bench = Bench::new();
    for (family, body) in [(SINGLE, single("A1")), (COMBINED, combined("A1"))] {
        let first = place(&mut bench, family, &body);
        assert_eq!(place(&mut bench, family, &body), first);
        bench.advance(7_199);
        assert_eq!(place(&mut bench, family, &body), first);
        // What opens the page is good for two hours; then the same order has another.
        bench.advance(1);
        let second = place(&mut bench, family, &body);
        assert_ne!(second, first);
        assert_eq!(place(&mut bench, family, &body), second);
        let old = json!({ "prepay_id": first });
        bench.refused(400, "INVALID_REQUEST", |b| {
            b.admin("POST", "/_gateway/payments", &old)
        });
        pay(&mut bench, &json!({ "prepay_id": second }));
    }
}

#[test]
fn a_link_for_a_browser_is_good_for_five_minutes() {
    let mut bench = Bench::new();
    let body = for_channel("h5", single("A1"));
    let path = format!("{SINGLE}/h5");
    let (_, first) = bench.post(&path, &body);
    bench.advance(300);
    bench.refused(400, "INVALID_REQUEST", |b| {
        b.admin("POST", "/_gateway/payments", &first)
    });
    let (_, second) = bench.post(&path, &body);
    assert_ne!(first, second);
    pay(&mut bench, &second);
}

#[test]
fn spelling_is_no_parameter() {
    let mut bench = Bench::new();
    let first = place(&mut bench, SINGLE, &single("A1"));
    let text = serde_json::to_string_pretty(&single("A1")).unwrap();
    let text = text.replace("深", "\\u6df1");
    let (status, again) = bench.post_text(&format!("{SINGLE}/jsapi"), &text);
    assert_eq!((status, again["prepay_id"].as_str()), (200, Some(&*first)));
}

#[test]
fn an_order_needs_neither_notice_nor_settlement() {
    let mut bench = Bench::new();
    let mut body = combined("C1");
    body.as_object_mut().unwrap().remove("notify_url");
    for order in body["sub_orders"].as_array_mut().unwrap() {
        order.as_object_mut().unwrap().remove("settle_info");
    }
    place(&mut bench, COMBINED, &body);
    pay(&mut bench, &json!({ "combine_out_trade_no": "C1" }));
    assert!(bench.deliveries().is_empty());
    bench.advance(60);
    assert_eq!(bench.balance("sub-merchant:1230000109:available"), 100);
}

#[test]
fn fifty_sub_orders_are_the_most() {
    let mut bench = Bench::new();
    let sub_orders = |count: usize| -> Value {
        let order = |n: usize| crate::ordering::sub_order(&format!("S{n}"), SHOP, 1);
        (0..count).map(order).collect()
    };
    let body = with(combined("C1"), json!({ "sub_orders": sub_orders(51) }));
    let path = format!("{COMBINED}/jsapi");
    bench.refused(400, "PARAM_ERROR", |b| b.post(&path, &body));
    let body = with(combined("C1"), json!({ "sub_orders": sub_orders(50) }));
    place(&mut bench, COMBINED, &body);
    assert_eq!(
        pay(&mut bench, &json!({ "combine_out_trade_no": "C1" })).len(),
        50
    );
    assert_eq!(bench.balance("sub-merchant:1230000109:unsettled"), 50);
    // A service provider may also place one.
    let body = with(
        combined("C2"),
        json!({ "sub_orders": [crate::ordering::sub_order("X", SHOP, 1)] }),
    );
    place(&mut bench, COMBINED, &body);
}

#[test]
fn merchants_of_their_own_combine_two_to_ten() {
    let mut bench = Bench::new();
    let own = |number: &str, mchid: &str| {
        let mut order = crate::ordering::sub_order(number, SHOP, 7);
        order.as_object_mut().unwrap().remove("sub_mchid");
        with(order, json!({ "mchid": mchid }))
    };
    let body = with(
        combined("C1"),
        json!({ "sub_orders": [own("S1", "1900000777")] }),
    );
    let path = format!("{COMBINED}/jsapi");
    bench.refused(400, "PARAM_ERROR", |b| b.post(&path, &body));
    let two = json!({ "sub_orders": [own("S1", "1900000777"), own("S2", "1900001109")] });
    place(&mut bench, COMBINED, &with(combined("C1"), two));
    pay(&mut bench, &json!({ "combine_out_trade_no": "C1" }));
    assert_eq!(bench.balance("sub-merchant:1900000777:unsettled"), 7);
    assert_eq!(bench.balance("sub-merchant:1900001109:unsettled"), 7);
}
