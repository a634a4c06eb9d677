//! Receivers of profit sharing, and the names that are sealed for the platform.

use http::HeaderValue;
use serde_json::{Value, json};
use wechatpay_core::api::ecommerce::profitsharing::receivers::{Add, Delete, Kind, Relation};
use wechatpay_gateway::credentials;

use crate::bench::Bench;

const ADD: &str = "/v3/ecommerce/profitsharing/receivers/add";
const DELETE: &str = "/v3/ecommerce/profitsharing/receivers/delete";

const FIRST: &str = "7132D72A03E93CDDF8C03BBD1F37EEDF00A1B2C3";
const SECOND: &str = "4E9C05B81A7D36F2C4086EAF91D3527B00D4E5F6";
const PUBLIC_KEY: &str = "PUB_KEY_ID_0119000011092026112100000000000000";

/// What is sealed in the files of `tests/sealed`, by openssl.
const NAME: &str = "欧阳待证实";
const FOR_FIRST: &str = include_str!("../sealed/first");
const FOR_SECOND: &str = include_str!("../sealed/second");
const FOR_PUBLIC_KEY: &str = include_str!("../sealed/public_key");
const FOR_MERCHANT: &str = include_str!("../sealed/merchant");
const OAEP_SHA256: &str = include_str!("../sealed/oaep_sha256");
const PKCS1: &str = include_str!("../sealed/pkcs1");

fn merchant() -> Value {
    json!({
        "appid": "wx8888888888888888", "type": "MERCHANT_ID", "account": "190001001",
        "name": "张三网络公司", "relation_type": "SUPPLIER",
    })
}

fn person(encrypted_name: impl Into<Value>) -> Value {
    json!({
        "appid": "wx8888888888888888", "type": "PERSONAL_OPENID",
        "account": "oxTWIuGaIt6gTKsQRLau2M0yL16E", "encrypted_name": encrypted_name.into(),
        "relation_type": "DISTRIBUTOR",
    })
}

/// Posts a body with these `Wechatpay-Serial` headers.
fn post(bench: &mut Bench, body: &Value, serials: &[&'static str]) -> (u16, Value) {
    let mut request = bench.signed("POST", ADD, body.to_string());
    for serial in serials {
        let serial = HeaderValue::from_static(serial);
        request.headers_mut().append("wechatpay-serial", serial);
    }
    bench.ask(&request)
}

fn step(bench: &mut Bench, step: &str) {
    let body = json!({ "step": step });
    let (status, _) = bench.admin("POST", "/_gateway/certificates", &body);
    assert_eq!(status, 200);
}

fn receivers(bench: &mut Bench) -> Value {
    let (status, list) = bench.admin("GET", "/_gateway/receivers", &Value::Null);
    assert_eq!(status, 200);
    list["receivers"].clone()
}

/// Sends what is refused with 400 and `PARAM_ERROR`, and gives the refusal.
fn refused(bench: &mut Bench, body: &Value, serials: &[&'static str], field: &str) -> String {
    let (status, answer) = post(bench, body, serials);
    assert_eq!(
        (status, &answer["code"]),
        (400, &json!("PARAM_ERROR")),
        "{answer}"
    );
    assert_eq!(answer["detail"]["field"], field, "{answer}");
    assert_eq!(receivers(bench), json!([]));
    let text = answer.to_string();
    assert!(!text.contains(NAME), "{text}");
    text
}

#[test]
fn receivers_are_added_once_and_deleted_once() {
    let mut bench = Bench::new();
    let answer = json!({ "type": "MERCHANT_ID", "account": "190001001" });
    for _ in 0..2 {
        assert_eq!(bench.post(ADD, &merchant()), (200, answer.clone()));
    }
    let listed = json!([{
        "appid": "wx8888888888888888", "type": "MERCHANT_ID", "account": "190001001",
        "relation_type": "SUPPLIER",
    }]);
    assert_eq!(receivers(&mut bench), listed);
    let delete = json!({
        "appid": "wx8888888888888888", "type": "MERCHANT_ID", "account": "190001001",
    });
    let elsewhere = [
        ("appid", "wx1"),
        ("type", "PERSONAL_OPENID"),
        ("account", "190001002"),
    ];
    for (field, value) in elsewhere {
        let mut other = delete.clone();
        other[field] = value.into();
        let refused = bench.refused(400, "INVALID_REQUEST", |b| b.post(DELETE, &other));
        assert!(
            refused["message"].as_str().unwrap().contains(value),
            "{refused}"
        );
    }
    assert_eq!(receivers(&mut bench), listed);
    assert_eq!(bench.post(DELETE, &delete), (200, answer));
    assert_eq!(receivers(&mut bench), json!([]));
    bench.refused(400, "INVALID_REQUEST", |b| b.post(DELETE, &delete));
}

#[test]
fn later_relation_replaces_the_earlier() {
    let mut bench = Bench::new();
    let mut add = merchant();
    bench.post(ADD, &add);
    add["relation_type"] = "OTHERS".into();
    assert_eq!(bench.post(ADD, &add).0, 200);
    assert_eq!(receivers(&mut bench)[0]["relation_type"], "OTHERS");
    bench.admin("POST", "/_gateway/reset", &Value::Null);
    assert_eq!(receivers(&mut bench), json!([]));
}

#[test]
fn names_open_with_each_of_the_platforms_keys() {
    let mut bench = Bench::new();
    let added = json!({ "type": "PERSONAL_OPENID", "account": "oxTWIuGaIt6gTKsQRLau2M0yL16E" });
    let lower = "7132d72a03e93cddf8c03bbd1f37eedf00a1b2c3";
    for (sealed, serial) in [
        (FOR_PUBLIC_KEY, PUBLIC_KEY),
        (FOR_FIRST, FIRST),
        (FOR_FIRST, lower),
    ] {
        let answer = post(&mut bench, &person(sealed), &[serial]);
        assert_eq!(answer, (200, added.clone()), "{serial}");
    }
    let second = bench.keys.clone();
    let pem = credentials::SECOND_PLATFORM_CERT_PEM.as_bytes();
    bench.keys = second.with_certificate(pem).unwrap();
    for name in ["announce", "switch"] {
        step(&mut bench, name);
        for (sealed, serial) in [(FOR_FIRST, FIRST), (FOR_SECOND, SECOND)] {
            assert_eq!(
                post(&mut bench, &person(sealed), &[serial]).0,
                200,
                "{name} {serial}"
            );
        }
    }
    // A merchant's name may be sealed beside, and an empty text is none.
    let mut both = merchant();
    both["encrypted_name"] = FOR_SECOND.into();
    assert_eq!(post(&mut bench, &both, &[SECOND]).0, 200);
    assert_eq!(post(&mut bench, &person(""), &[SECOND]).0, 200);
}

#[test]
fn core_seals_and_the_gateway_opens() {
    let mut bench = Bench::new();
    let add = Add::builder()
        .appid("wx8888888888888888")
        .kind(Kind::PersonalOpenid)
        .account("oxTWIuGaIt6gTKsQRLau2M0yL16E")
        .encrypted_name(NAME)
        .relation_type(Relation::Distributor)
        .build();
    let added = bench.call(&add).unwrap();
    assert_eq!(added.account, "oxTWIuGaIt6gTKsQRLau2M0yL16E");
    bench.keys.declare(FIRST).unwrap();
    bench.call(&add).unwrap();
    let delete = Delete::builder()
        .appid("wx8888888888888888")
        .kind(Kind::PersonalOpenid)
        .account("oxTWIuGaIt6gTKsQRLau2M0yL16E")
        .build();
    assert_eq!(bench.call(&delete).unwrap(), added);
}

#[test]
fn fields_sealed_for_another_key_say_which_was_declared() {
    let mut bench = Bench::new();
    for (sealed, declared, fits) in [
        (FOR_PUBLIC_KEY, FIRST, PUBLIC_KEY),
        (FOR_FIRST, PUBLIC_KEY, FIRST),
    ] {
        let text = refused(&mut bench, &person(sealed), &[declared], "encrypted_name");
        assert!(
            text.contains(&format!("does not open with {declared}")),
            "{text}"
        );
        assert!(text.contains(&format!("it opens with {fits}")), "{text}");
    }
    let text = refused(
        &mut bench,
        &person(FOR_MERCHANT),
        &[PUBLIC_KEY],
        "encrypted_name",
    );
    assert!(!text.contains("it opens with"), "{text}");
}

#[test]
fn declared_key_must_be_one_of_the_platforms() {
    let mut bench = Bench::new();
    let missing = refused(&mut bench, &person(FOR_PUBLIC_KEY), &[], "Wechatpay-Serial");
    assert!(missing.contains("is missing"), "{missing}");
    assert!(
        missing.contains(PUBLIC_KEY) && missing.contains(FIRST),
        "{missing}"
    );
    let twice = [PUBLIC_KEY, PUBLIC_KEY];
    refused(
        &mut bench,
        &person(FOR_PUBLIC_KEY),
        &twice,
        "Wechatpay-Serial",
    );
    for unknown in [
        credentials::MERCHANT_SERIAL,
        "PUB_KEY_ID_0100",
        "",
        "no key",
    ] {
        refused(
            &mut bench,
            &person(FOR_PUBLIC_KEY),
            &[unknown],
            "Wechatpay-Serial",
        );
    }
    // Not announced yet, and retired.
    refused(
        &mut bench,
        &person(FOR_SECOND),
        &[SECOND],
        "Wechatpay-Serial",
    );
    let pem = credentials::SECOND_PLATFORM_CERT_PEM.as_bytes();
    bench.keys = bench.keys.with_certificate(pem).unwrap();
    for name in ["announce", "switch", "retire"] {
        step(&mut bench, name);
    }
    refused(&mut bench, &person(FOR_FIRST), &[FIRST], "Wechatpay-Serial");
    let none = json!({ "available": "not_exists" });
    bench.admin("POST", "/_gateway/certificates", &none);
    refused(
        &mut bench,
        &person(FOR_SECOND),
        &[SECOND],
        "Wechatpay-Serial",
    );
    assert_eq!(
        post(&mut bench, &person(FOR_PUBLIC_KEY), &[PUBLIC_KEY]).0,
        200
    );
}

#[test]
fn what_is_not_sealed_rightly_is_refused_and_not_repeated() {
    let mut bench = Bench::new();
    let long = "A".repeat(1_000_000);
    let cut = &FOR_PUBLIC_KEY[..340];
    let url_safe = FOR_PUBLIC_KEY.replace('+', "-").replace('/', "_");
    let twice = format!("{FOR_PUBLIC_KEY}{FOR_PUBLIC_KEY}");
    let texts = [
        NAME,
        "Plain Name",
        "hu89ohu89ohu89o",
        "QUJD",
        cut,
        &long,
        PKCS1,
        OAEP_SHA256,
        &url_safe,
        &twice,
    ];
    for text in texts {
        let said = refused(&mut bench, &person(text), &[PUBLIC_KEY], "encrypted_name");
        assert!(!said.contains(text), "{said}");
        assert!(said.len() < 2_000, "{said}");
    }
    for value in [
        json!([NAME]),
        json!({ "name": NAME }),
        json!(42),
        json!(true),
    ] {
        let said = refused(&mut bench, &person(value), &[PUBLIC_KEY], "encrypted_name");
        assert!(said.contains("must be a string"), "{said}");
    }
    let mut clear = person(FOR_PUBLIC_KEY);
    clear["name"] = NAME.into();
    refused(&mut bench, &clear, &[PUBLIC_KEY], "name");
}

#[test]
fn opened_name_is_told_nowhere() {
    let mut bench = Bench::new();
    let (status, answer) = post(&mut bench, &person(FOR_PUBLIC_KEY), &[PUBLIC_KEY]);
    assert_eq!(status, 200);
    let mut told = answer.to_string();
    for path in [
        "",
        "receivers",
        "ledger",
        "requests",
        "notices?list=all",
        "certificates",
    ] {
        let (status, answer) = bench.admin("GET", &format!("/_gateway/{path}"), &Value::Null);
        assert_eq!(status, 200, "{path}");
        told += &answer.to_string();
    }
    told += &format!("{:?}", bench.engine);
    assert!(told.contains("oxTWIuGaIt6gTKsQRLau2M0yL16E"));
    assert!(!told.contains(NAME));
}

#[test]
fn values_that_are_not_documented_are_refused() {
    let mut bench = Bench::new();
    let cases = [
        ("type", json!("PERSONAL_WECHATID")),
        ("type", json!("")),
        ("relation_type", json!("FRIEND")),
        ("relation_type", Value::Null),
        ("appid", json!("")),
        ("appid", json!("x".repeat(33))),
        ("account", json!("x".repeat(65))),
        ("account", json!(190_001_001)),
        ("name", json!("x".repeat(257))),
    ];
    for (field, value) in cases {
        let mut add = merchant();
        add[field] = value;
        refused(&mut bench, &add, &[], field);
    }
    for field in ["appid", "type", "account"] {
        let mut delete = merchant();
        delete.as_object_mut().unwrap().remove(field);
        let refused = bench.refused(400, "PARAM_ERROR", |b| b.post(DELETE, &delete));
        assert_eq!(refused["detail"]["field"], field);
    }
}
