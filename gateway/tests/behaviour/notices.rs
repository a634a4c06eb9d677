use std::collections::BTreeSet;

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use wechatpay_core::SealedResource;
use wechatpay_gateway::{Delivery, credentials};

use crate::bench::{Bench, read, verify};

/// The one callback that is queued: its envelope, and what is sealed in it.
fn told(bench: &mut Bench, queue: &Value) -> (Value, Value) {
    bench.queue(queue);
    let deliveries = bench.deliveries();
    assert_eq!(deliveries.len(), 1);
    let request = &deliveries[0].request;
    verify(&bench.keys, request.headers(), request.body()).unwrap();
    let envelope: Value = serde_json::from_slice(request.body()).unwrap();
    let resource: SealedResource = serde_json::from_value(envelope["resource"].clone()).unwrap();
    let opened = resource.open(&credentials::api_v3_key().unwrap()).unwrap();
    (envelope, serde_json::from_slice(&opened).unwrap())
}

#[test]
fn request_is_what_the_platform_posts() {
    let mut bench = Bench::new();
    let url = "http://localhost:9000/pay/notify";
    let ids = bench.queue(&json!({ "notify_url": url }));
    let Delivery { request, .. } = bench.deliveries().remove(0);
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), url);
    let headers = request.headers();
    for (name, value) in [
        ("content-type", "application/json"),
        ("wechatpay-timestamp", "1763700000"),
        ("wechatpay-signature-type", "WECHATPAY2-SHA256-RSA2048"),
        (
            "wechatpay-serial",
            "7132D72A03E93CDDF8C03BBD1F37EEDF00A1B2C3",
        ),
    ] {
        assert_eq!(headers[name], value);
    }
    assert!(headers["request-id"].to_str().unwrap().ends_with("-0"));
    assert_eq!(headers["wechatpay-nonce"].len(), 32);
    verify(&bench.keys, headers, request.body()).unwrap();

    let envelope: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(envelope["id"], *ids[0]);
    assert_eq!(ids[0].len(), 36);
    assert_eq!(envelope["create_time"], "2025-11-21T12:40:00+08:00");
    assert_eq!(envelope["event_type"], "TRANSACTION.SUCCESS");
    assert_eq!(envelope["resource_type"], "encrypt-resource");
    assert_eq!(envelope["summary"], "支付成功");
    let resource = &envelope["resource"];
    assert_eq!(resource["original_type"], "transaction");
    assert_eq!(resource["algorithm"], "AEAD_AES_256_GCM");
    assert_eq!(resource["associated_data"], "transaction");
    assert_eq!(resource["nonce"].as_str().unwrap().len(), 12);
    assert_eq!(resource.as_object().unwrap().len(), 5);
}

#[test]
fn payment_tells_of_the_sample_order() {
    let (_, plain) = told(&mut Bench::new(), &json!({ "event": "payment" }));
    let expected = json!({
        "sp_mchid": "1900001109",
        "sp_appid": "wx2421b1c4370ec43b",
        "sub_mchid": "1900000109",
        "out_trade_no": "P4208450740201411110007820472",
        "transaction_id": "4208450740201411110007820472",
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "bank_type": "OTHERS",
        "attach": "",
        "success_time": "2025-11-21T12:40:00+08:00",
        "payer": { "sp_openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
        "amount": {
            "total": 10_000, "payer_total": 10_000, "currency": "CNY", "payer_currency": "CNY",
        },
    });
    assert_eq!(plain, expected);
}

#[test]
fn combined_payment_has_sub_orders() {
    let queue = json!({ "event": "combined_payment" });
    let (envelope, plain) = told(&mut Bench::new(), &queue);
    assert_eq!(envelope["event_type"], "TRANSACTION.SUCCESS");
    assert_eq!(envelope["resource"]["original_type"], "transaction");
    let expected = json!({
        "combine_appid": "wx2421b1c4370ec43b",
        "combine_mchid": "1900001109",
        "combine_out_trade_no": "C4208450740201411110007820472",
        "sub_orders": [{
            "mchid": "1900001109",
            "sub_mchid": "1900000109",
            "out_trade_no": "P4208450740201411110007820472",
            "transaction_id": "4208450740201411110007820472",
            "trade_type": "JSAPI",
            "trade_state": "SUCCESS",
            "bank_type": "OTHERS",
            "attach": "",
            "success_time": "2025-11-21T12:40:00+08:00",
            "amount": {
                "total_amount": 10_000, "payer_amount": 10_000, "currency": "CNY",
                "payer_currency": "CNY",
            },
        }],
        "combine_payer_info": { "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
    });
    assert_eq!(plain, expected);
}

#[test]
fn refunds_tell_their_three_ends() {
    for (event, event_type, status, succeeded) in [
        ("refund", "REFUND.SUCCESS", "SUCCESS", true),
        ("refund_abnormal", "REFUND.ABNORMAL", "ABNORMAL", false),
        ("refund_closed", "REFUND.CLOSED", "CLOSED", false),
    ] {
        let (envelope, plain) = told(&mut Bench::new(), &json!({ "event": event }));
        assert_eq!(envelope["event_type"], event_type);
        assert_eq!(envelope["resource"]["original_type"], "refund");
        assert_eq!(envelope["resource"]["associated_data"], "refund");
        let mut expected = json!({
            "sp_mchid": "1900001109",
            "sub_mchid": "1900000109",
            "transaction_id": "4208450740201411110007820472",
            "out_trade_no": "P4208450740201411110007820472",
            "refund_id": "3008450740201411110007820472",
            "out_refund_no": "R3008450740201411110007820472",
            "refund_status": status,
            "user_received_account": "支付用户零钱",
            "amount": {
                "total": 10_000, "refund": 1_000, "payer_total": 10_000, "payer_refund": 1_000,
            },
            "refund_account": "REFUND_SOURCE_SUB_MERCHANT",
        });
        if succeeded {
            expected["success_time"] = "2025-11-21T12:40:00+08:00".into();
        }
        assert_eq!(plain, expected);
    }
}

#[test]
fn profit_sharing_tells_the_receiver() {
    let (envelope, plain) = told(&mut Bench::new(), &json!({ "event": "profit_sharing" }));
    assert_eq!(envelope["event_type"], "PROFITSHARING.SUCCESS");
    assert_eq!(envelope["resource"]["original_type"], "profitsharing");
    let expected = json!({
        "sp_mchid": "1900001109",
        "sub_mchid": "1900000109",
        "transaction_id": "4208450740201411110007820472",
        "order_id": "34208450740201411110007820472",
        "out_order_no": "S4208450740201411110007820472",
        "receiver": {
            "type": "MERCHANT_ID", "account": "1900001109", "amount": 100, "description": "分账",
        },
        "success_time": "2025-11-21T12:40:00+08:00",
    });
    assert_eq!(plain, expected);
}

#[test]
fn echo_is_a_test_callback() {
    let (envelope, plain) = told(&mut Bench::new(), &json!({ "event": "echo" }));
    assert_eq!(envelope["event_type"], "SECURITY_ECHO.SUCCESS");
    assert_eq!(envelope["resource"]["original_type"], "security");
    assert_eq!(plain, json!({ "echo_message": "echo" }));
}

#[test]
fn orders_of_the_gateway_are_told_of() {
    let mut bench = Bench::new();
    let id = "T".repeat(64);
    bench.order(&json!({ "transaction_id": id, "total": 70 }));
    let (_, plain) = told(&mut bench, &json!({ "transaction_id": id }));
    assert_eq!(plain["transaction_id"], *id);
    // A merchant's own number is no longer than 32 characters.
    assert_eq!(plain["out_trade_no"], format!("P{}", "T".repeat(31)));
    assert_eq!(plain["amount"]["total"], 70);
    let sharing = json!({ "event": "profit_sharing", "transaction_id": id });
    assert_eq!(told(&mut bench, &sharing).1["receiver"]["amount"], 70);

    let refund = json!({ "event": "refund", "transaction_id": id });
    bench.refused(400, "INVALID_REQUEST", |b| queue(b, &refund));
    let first = bench.refund(&id, 30);
    assert_eq!(told(&mut bench, &refund).1["refund_id"], *first);
    let second = bench.refund(&id, 10);
    bench.refused(400, "INVALID_REQUEST", |b| queue(b, &refund));
    let named = json!({ "event": "refund", "transaction_id": id, "refund_id": second });
    let (_, plain) = told(&mut bench, &named);
    assert_eq!(plain["refund_id"], *second);
    let amount = json!({ "total": 70, "refund": 10, "payer_total": 70, "payer_refund": 10 });
    assert_eq!(plain["amount"], amount);
    let wrong = json!({ "event": "refund", "transaction_id": id, "refund_id": "R0" });
    bench.refused(400, "INVALID_REQUEST", |b| queue(b, &wrong));
}

#[test]
fn orders_of_one_number_are_told_apart_by_the_sub_merchant() {
    let mut bench = Bench::new();
    for (sub_mchid, total) in [("1900000108", 5), ("1900000109", 6)] {
        let order = json!({ "sub_mchid": sub_mchid, "transaction_id": "T1", "total": total });
        assert_eq!(bench.admin("POST", "/_gateway/orders", &order).0, 201);
    }
    let either = json!({ "transaction_id": "T1" });
    bench.refused(400, "INVALID_REQUEST", |b| queue(b, &either));
    let one = json!({ "transaction_id": "T1", "sub_mchid": "1900000108" });
    assert_eq!(told(&mut bench, &one).1["amount"]["total"], 5);
    for missing in [
        json!({ "transaction_id": "T2" }),
        json!({ "transaction_id": "T1", "sub_mchid": "1900000107" }),
    ] {
        bench.refused(404, "ORDER_NOT_EXIST", |b| queue(b, &missing));
    }
}

fn queue(bench: &mut Bench, extra: &Value) -> (u16, Value) {
    let mut body = json!({ "notify_url": "http://127.0.0.1:9/notify", "event": "payment" });
    let fields = extra.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(fields);
    bench.admin("POST", "/_gateway/notices", &body)
}

#[test]
fn each_notice_has_its_own_id_and_seal() {
    let mut bench = Bench::new();
    let mut ids = bench.queue(&json!({ "count": 300 }));
    ids.extend(bench.queue(&json!({ "count": 300 })));
    let distinct: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), 600);
    assert!(ids.iter().all(|id| id.len() <= 36));
    let nonces: BTreeSet<String> = bench
        .deliveries()
        .iter()
        .map(|delivery| {
            let envelope: Value = serde_json::from_slice(delivery.request.body()).unwrap();
            envelope["resource"]["nonce"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(nonces.len(), 600);
}

#[test]
fn urls_that_the_platform_or_the_gateway_cannot_take_are_refused() {
    let mut bench = Bench::new();
    for (url, word) in [
        ("https://shop.example/notify", "plain http only"),
        ("http://shop.example/notify?id=1", "no query string"),
        ("http://shop.example/notify?", "no query string"),
        ("http://shop.example/notify#top", "no fragment"),
        ("http://user:secret@shop.example/notify", "no login"),
        ("http://shop.example/通知", "ASCII"),
        ("http://shop.example/a b", "no URL"),
        ("ftp://shop.example/", "begin with http://"),
        ("shop.example", "begin with http://"),
        ("/notify", "begin with http://"),
        ("", "no URL"),
        ("http://", "no URL"),
        ("http:///notify", "no URL"),
        ("http://:80/notify", "no host"),
    ] {
        let refused = bench.refused(400, "PARAM_ERROR", |b| {
            queue(b, &json!({ "notify_url": url }))
        });
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains("notify_url"), "{url}: {message}");
        assert!(message.contains(word), "{url}: {message}");
    }
    assert_eq!(bench.notices()["queued"], 0);
}

#[test]
fn senseless_notices_are_refused() {
    let mut bench = Bench::new();
    for extra in [
        json!({ "event": "party" }),
        json!({ "event": null }),
        json!({ "count": 0 }),
        json!({ "count": -1 }),
        json!({ "count": 10_001 }),
        json!({ "count": 1.5 }),
        json!({ "duplicates_percent": 101 }),
        json!({ "probes_percent": "1" }),
        json!({ "transaction_id": 5 }),
        json!({ "sub_mchid": "1900000109" }),
        json!({ "event": "refund", "refund_id": "3008450740201411110007820472" }),
        json!({ "transaction_id": "4208450740201411110007820472", "refund_id": "R" }),
        json!({ "event": "echo", "transaction_id": "4208450740201411110007820472" }),
        json!({ "colour": "red" }),
    ] {
        bench.refused(400, "PARAM_ERROR", |b| queue(b, &extra));
    }
    for body in ["", "{}", "[]", "{\"event\":\"payment\"}", "\u{feff}{}"] {
        let request = Request::post("/_gateway/notices");
        let request = request.body(Bytes::from(body.to_owned())).unwrap();
        assert_eq!(read(&bench.send(&request)).0, 400, "{body}");
    }
    let counts = bench.admin("GET", "/_gateway/notices?list=some", &Value::Null);
    assert_eq!(counts.0, 400);
    assert_eq!(bench.notices()["queued"], 0);
}

#[test]
fn outbox_is_bounded() {
    let mut bench = Bench::new();
    for _ in 0..10 {
        bench.queue(&json!({ "event": "echo", "count": 10_000 }));
    }
    let refused = bench.refused(400, "INVALID_REQUEST", |b| queue(b, &json!({})));
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("100000"), "{message}");
    bench.admin("POST", "/_gateway/reset", &Value::Null);
    assert_eq!(bench.queue(&json!({})).len(), 1);
}
