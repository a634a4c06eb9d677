//! Bad input of every kind gets 400 with a reason, and moves nothing.

use serde_json::{Value, json};

use crate::bench::Bench;

const CREATE: &str = "/v3/ecommerce/subsidies/create";
const RETURN: &str = "/v3/ecommerce/subsidies/return";
const CANCEL: &str = "/v3/ecommerce/subsidies/cancel";
const COUPONS: &str = "/v3/marketing/busifavor/subsidy/return-receipts";
const FEES: &str = "/v3/ecommerce/profitsharing/after-sales-orders";

/// A request of each operation that would succeed.
fn good(bench: &mut Bench) -> Vec<(&'static str, Value)> {
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    let refund = bench.refund(&order, 1_000);
    let done = bench.order(&json!({ "subsidy_amount": 500 }));
    let done_refund = bench.refund(&done, 1_000);
    let create = |id: &str| {
        json!({
            "sub_mchid": "1900000109", "transaction_id": id, "amount": 500,
            "description": "d", "out_subsidy_no": format!("S-{id}"),
        })
    };
    assert_eq!(bench.post(CREATE, &create(&done)).0, 200);
    vec![
        (CREATE, create(&order)),
        (
            RETURN,
            json!({
                "sub_mchid": "1900000109", "out_order_no": "R-1", "transaction_id": done,
                "refund_id": done_refund, "amount": 100, "description": "d",
            }),
        ),
        (
            CANCEL,
            json!({ "sub_mchid": "1900000109", "transaction_id": order, "description": "d" }),
        ),
        (
            FEES,
            json!({
                "sub_mchid": "1900000109", "transaction_id": order, "amount": 100,
                "type": "SERVICE_FEE_INCOME", "scene": "RETURN_GOODS", "refund_id": refund,
            }),
        ),
        (
            COUPONS,
            json!({
                "stock_id": "128888000000001", "coupon_code": "ABCD12345678",
                "transaction_id": "4200000913202101152566792388",
                "refund_id": "50100506732021010105138718375",
                "payer_merchant": "1900000001", "payee_merchant": "1900000002",
                "amount": 100, "description": "d", "out_subsidy_return_no": "CR-1",
            }),
        ),
    ]
}

fn refused_bytes(bench: &mut Bench, path: &str, body: impl Into<bytes::Bytes>) -> Value {
    let request = bench.signed("POST", path, body);
    bench.refused(400, "PARAM_ERROR", |b| b.ask(&request))
}

fn refused_field(bench: &mut Bench, path: &str, body: &Value, field: &str) -> Value {
    let refused = bench.refused(400, "PARAM_ERROR", |b| b.post(path, body));
    assert_eq!(refused["detail"]["field"], field, "{refused}");
    assert_eq!(refused["detail"]["location"], "body");
    assert!(refused["detail"]["issue"].is_string(), "{refused}");
    assert!(
        refused["message"].as_str().unwrap().contains(field),
        "{refused}"
    );
    refused
}

#[test]
fn bodies_that_are_no_json_object() {
    let mut bench = Bench::new();
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let deep_field = format!("{{\"amount\":{deep}}}");
    for (path, good) in good(&mut bench) {
        let good = good.to_string();
        let half = good.len() / 2;
        let mut latin = good.clone().into_bytes();
        let text = good.find(":\"").unwrap() + 2;
        latin[text] = 0xE9;
        let bodies: Vec<Vec<u8>> = vec![
            b"".to_vec(),
            b" ".to_vec(),
            b"null".to_vec(),
            b"42".to_vec(),
            b"\"text\"".to_vec(),
            b"[]".to_vec(),
            format!("[{good}]").into_bytes(),
            good.as_bytes()[..half].to_vec(),
            format!("{good}{good}").into_bytes(),
            format!("{good},").into_bytes(),
            good.replace('"', "'").into_bytes(),
            b"sub_mchid=1900000109&amount=10".to_vec(),
            b"<xml></xml>".to_vec(),
            latin,
            vec![0xFF, 0xFE, b'{', 0, b'}', 0],
            vec![0; 64],
            deep.clone().into_bytes(),
            deep_field.clone().into_bytes(),
            b"{\"description\":\"\\ud800\"}".to_vec(),
        ];
        for body in bodies {
            let refused = refused_bytes(&mut bench, path, body.clone());
            assert_eq!(refused["detail"]["location"], "body", "{refused}");
        }
    }
}

#[test]
fn keys_that_come_twice() {
    let mut bench = Bench::new();
    for (path, good) in good(&mut bench) {
        for name in good
            .as_object()
            .unwrap()
            .keys()
            .chain([&"unknown".to_owned()])
        {
            let twice = json!({ name: good[name] }).to_string();
            let twice = twice.trim_matches(['{', '}']);
            let body = good
                .to_string()
                .replacen('{', &format!("{{{twice},{twice},"), 1);
            let refused = refused_bytes(&mut bench, path, body);
            let message = refused["message"].as_str().unwrap();
            assert!(
                message.contains(name.as_str()) && message.contains("twice"),
                "{message}"
            );
        }
    }
}

#[test]
fn required_fields_that_are_missing_or_null_or_of_another_type() {
    let mut bench = Bench::new();
    for (path, good) in good(&mut bench) {
        for name in good.as_object().unwrap().keys() {
            // `refund_id` and `out_subsidy_no` are optional here, and tested by the rules.
            let optional = name == "out_subsidy_no" || (path == RETURN && name == "refund_id");
            let mut body = good.clone();
            body.as_object_mut().unwrap().remove(name);
            if !optional {
                refused_field(&mut bench, path, &body, name);
                body[name] = Value::Null;
                refused_field(&mut bench, path, &body, name);
            }
            for other in [json!(true), json!([]), json!({}), json!([1]), json!(1.5)] {
                body[name] = other;
                refused_field(&mut bench, path, &body, name);
            }
            if name != "amount" {
                body[name] = json!(190);
                refused_field(&mut bench, path, &body, name);
            }
        }
    }
}

#[test]
fn amounts_out_of_bounds() {
    let mut bench = Bench::new();
    let texts = [
        "0",
        "-1",
        "-0",
        "0.0",
        "10.0",
        "10.5",
        "1e1",
        "\"10\"",
        "1000000001",
        "2147483648",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "99999999999999999999999999",
        "-9223372036854775808",
        "1e400",
    ];
    for (path, good) in good(&mut bench) {
        let Some(amount) = good.get("amount") else {
            continue;
        };
        for text in texts {
            let body = good.to_string().replace(
                &format!("\"amount\":{amount}"),
                &format!("\"amount\":{text}"),
            );
            let refused = refused_bytes(&mut bench, path, body);
            // A number that no JSON reader holds is no JSON to name a field in.
            if text != "1e400" {
                assert_eq!(refused["detail"]["field"], "amount", "{refused}");
            }
        }
    }
}

#[test]
fn texts_that_are_empty_too_long_or_of_other_characters() {
    let mut bench = Bench::new();
    let longest = [
        ("sub_mchid", 32),
        ("transaction_id", 64),
        ("refund_id", 64),
        ("description", 80),
        ("out_subsidy_no", 64),
        ("out_order_no", 64),
        ("stock_id", 20),
        ("coupon_code", 128),
        ("payer_merchant", 32),
        ("payee_merchant", 32),
        ("out_subsidy_return_no", 128),
    ];
    for (path, good) in good(&mut bench) {
        for (name, length) in longest {
            if good.get(name).is_none() {
                continue;
            }
            let length = match (path, name) {
                (COUPONS, "description") => 1024,
                (COUPONS, "transaction_id" | "refund_id") => 32,
                _ => length,
            };
            for text in [String::new(), "1".repeat(length + 1), "1".repeat(100_000)] {
                let mut body = good.clone();
                body[name] = text.into();
                let refused = refused_field(&mut bench, path, &body, name);
                // The answer does not grow with the request.
                assert!(refused.to_string().len() < 4_000);
            }
            let mut body = good.clone();
            body[name] = "with 😀".into();
            refused_field(&mut bench, path, &body, name);
        }
    }
}

#[test]
fn numbers_of_the_merchant_have_a_character_set() {
    let mut bench = Bench::new();
    for (path, good) in good(&mut bench) {
        for name in ["out_subsidy_no", "out_order_no", "out_subsidy_return_no"] {
            if good.get(name).is_none() {
                continue;
            }
            let at = if name == "out_subsidy_return_no" {
                "A@1"
            } else {
                "A#1"
            };
            for text in ["A 1", "A/1", "单号", "A\n1", "A\u{0}1", at] {
                let mut body = good.clone();
                body[name] = text.into();
                refused_field(&mut bench, path, &body, name);
            }
        }
    }
}

#[test]
fn merchants_in_the_body_are_the_caller() {
    let mut bench = Bench::new();
    for (path, good) in good(&mut bench) {
        for name in ["mchid", "sp_mchid", "combine_mchid"] {
            let mut body = good.clone();
            body[name] = "1900009191".into();
            let refused = refused_field(&mut bench, path, &body, name);
            assert!(refused["message"].as_str().unwrap().contains("1900001109"));
        }
        let mut body = good.clone();
        body["sp_mchid"] = "1900001109".into();
        let (status, answer) = bench.post(path, &body);
        // The cancel comes after the create of the same order, and so too late.
        assert_eq!(status, if path == CANCEL { 400 } else { 200 }, "{answer}");
    }
}

#[test]
fn optional_fields_may_be_null() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    let body = json!({
        "sub_mchid": "1900000109", "transaction_id": order, "amount": 500, "description": "d",
        "out_subsidy_no": null, "refund_id": null,
    });
    let (status, answer) = bench.post(CREATE, &body);
    assert_eq!((status, answer.get("out_subsidy_no")), (200, None));
}

#[test]
fn queries() {
    let mut bench = Bench::new();
    let (sub_mchid, id) = (
        "sub_mchid=1900000109",
        "transaction_id=4208450740201411110007820472",
    );
    let cases = [
        (String::new(), "sub_mchid"),
        (format!("?{sub_mchid}"), "transaction_id"),
        (format!("?{id}"), "sub_mchid"),
        (format!("?{sub_mchid}&{id}&{id}"), "transaction_id"),
        (
            format!("?{sub_mchid}&{id}&sub%5Fmchid=1900000109"),
            "sub%5Fmchid",
        ),
        (format!("?{sub_mchid}&transaction_id="), "transaction_id"),
        (format!("?{sub_mchid}&transaction_id"), "transaction_id"),
        (format!("?{sub_mchid}&transaction_id=%"), "transaction_id"),
        (format!("?{sub_mchid}&transaction_id=%4"), "transaction_id"),
        (format!("?{sub_mchid}&transaction_id=%zz"), "transaction_id"),
        (format!("?{sub_mchid}&transaction_id=%FF"), "transaction_id"),
        (
            format!("?{sub_mchid}&transaction_id={}", "1".repeat(65)),
            "transaction_id",
        ),
        (format!("?sub_mchid={}&{id}", "1".repeat(33)), "sub_mchid"),
    ];
    for (query, field) in cases {
        let target = format!("{FEES}{query}");
        let refused = bench.refused(400, "PARAM_ERROR", |b| b.get(&target));
        assert_eq!(refused["detail"]["field"], field, "{refused}");
        assert_eq!(refused["detail"]["location"], "query");
    }
}
