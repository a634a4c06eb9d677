use http::HeaderValue;
use serde_json::{Value, json};
use wechatpay_core::api::certificates::List;
use wechatpay_core::{Merchant, Nonce, Timestamp};
use wechatpay_gateway::credentials;

use crate::bench::{Bench, NONCE, read};

const FIRST: &str = "7132D72A03E93CDDF8C03BBD1F37EEDF00A1B2C3";
const SECOND: &str = "4E9C05B81A7D36F2C4086EAF91D3527B00D4E5F6";
const PUBLIC_KEY: &str = "PUB_KEY_ID_0119000011092026112100000000000000";

/// Holds the second certificate too.
fn bench() -> Bench {
    let mut bench = Bench::new();
    let pem = credentials::SECOND_PLATFORM_CERT_PEM.as_bytes();
    bench.keys = bench.keys.with_certificate(pem).unwrap();
    bench
}

fn step(bench: &mut Bench, step: &str) -> Value {
    let body = json!({ "step": step });
    let (status, state) = bench.admin("POST", "/_gateway/certificates", &body);
    assert_eq!(status, 200, "{state}");
    state
}

/// Who signs the answer to a request that names this key; the signature holds.
fn signer(bench: &mut Bench, named: Option<&'static str>) -> String {
    let mut request = bench.signed("GET", "/v3/certificates", "");
    if let Some(named) = named {
        let named = HeaderValue::from_static(named);
        request.headers_mut().insert("wechatpay-serial", named);
    }
    let response = bench.send(&request);
    bench.verify(&response);
    let serial = response.headers()["wechatpay-serial"].to_str().unwrap();
    serial.to_owned()
}

fn listed(bench: &mut Bench) -> Vec<String> {
    let (status, list) = bench.get("/v3/certificates");
    assert_eq!(status, 200);
    let data = list["data"].as_array().unwrap();
    let serial = |entry: &Value| entry["serial_no"].as_str().unwrap().to_owned();
    data.iter().map(serial).collect()
}

#[test]
fn certificate_is_replaced_in_three_steps_and_back_again() {
    let mut bench = bench();
    for (old, new) in [(FIRST, SECOND), (SECOND, FIRST)] {
        assert_eq!(listed(&mut bench), [old]);
        assert_eq!(signer(&mut bench, None), old);

        step(&mut bench, "announce");
        assert_eq!(listed(&mut bench), [old, new]);
        for named in [None, Some(FIRST), Some(SECOND)] {
            assert_eq!(signer(&mut bench, named), old);
        }

        step(&mut bench, "switch");
        assert_eq!(listed(&mut bench), [old, new]);
        for named in [None, Some(FIRST), Some(SECOND)] {
            assert_eq!(signer(&mut bench, named), new);
        }
        assert_eq!(signer(&mut bench, Some(PUBLIC_KEY)), PUBLIC_KEY);

        step(&mut bench, "retire");
        assert_eq!(listed(&mut bench), [new]);
        assert_eq!(signer(&mut bench, Some(old)), new);
    }
}

#[test]
fn state_is_told() {
    let mut bench = bench();
    let state = |rotation: &str, next: &str, listed: &[&str], signing: &str| {
        json!({
            "available": "listed", "rotation": rotation, "next_step": next, "listed": listed,
            "signing": signing,
        })
    };
    let show = |b: &mut Bench| b.admin("GET", "/_gateway/certificates", &Value::Null);
    let steady = state("steady", "announce", &[FIRST], FIRST);
    assert_eq!(show(&mut bench), (200, steady.clone()));
    let announced = state("announced", "switch", &[FIRST, SECOND], FIRST);
    assert_eq!(step(&mut bench, "announce"), announced);
    let switched = state("switched", "retire", &[FIRST, SECOND], SECOND);
    assert_eq!(step(&mut bench, "switch"), switched);
    let retired = state("steady", "announce", &[SECOND], SECOND);
    assert_eq!(step(&mut bench, "retire"), retired);
    bench.admin("POST", "/_gateway/reset", &Value::Null);
    assert_eq!(show(&mut bench), (200, steady));
}

#[test]
fn steps_out_of_order_are_refused_and_change_nothing() {
    let mut bench = bench();
    let refuse = |bench: &mut Bench, step: &str, words: &[&str]| {
        let before = bench.admin("GET", "/_gateway/certificates", &Value::Null);
        let body = json!({ "step": step, "available": "not_found" });
        let refused = bench.refused(400, "INVALID_REQUEST", |b| {
            b.admin("POST", "/_gateway/certificates", &body)
        });
        let message = refused["message"].as_str().unwrap();
        for word in words {
            assert!(message.contains(word), "{word} is not in {message}");
        }
        let after = bench.admin("GET", "/_gateway/certificates", &Value::Null);
        assert_eq!(before, after);
    };
    for wrong in ["switch", "retire"] {
        refuse(&mut bench, wrong, &[wrong, "steady", FIRST, "announce"]);
    }
    step(&mut bench, "announce");
    for wrong in ["announce", "retire"] {
        refuse(&mut bench, wrong, &[wrong, "announced", FIRST, "switch"]);
    }
    step(&mut bench, "switch");
    for wrong in ["announce", "switch"] {
        refuse(&mut bench, wrong, &[wrong, "switched", SECOND, "retire"]);
    }
}

#[test]
fn both_listed_certificates_open_and_each_has_its_nonce() {
    let mut bench = bench();
    step(&mut bench, "announce");
    step(&mut bench, "switch");
    let now = Timestamp::from_secs(bench.now);
    let signer = credentials::merchant_signer().unwrap();
    let draft = Merchant::new(credentials::MCHID).unwrap();
    let draft = draft.draft(&List::new()).unwrap();
    let nonce = Nonce::parse(NONCE).unwrap();
    let prepared = draft.stamp(now, nonce).sign(&signer).unwrap();
    let response = bench.send(&prepared.request);
    let key = credentials::api_v3_key().unwrap();
    // The list is signed with a certificate that only the list itself holds.
    let keys = prepared.pending.bootstrap(&response, &key, now).unwrap();
    let ids: Vec<&str> = keys.value.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, [SECOND, FIRST]);
    let (_, list) = read(&response);
    let nonce = |at: usize| list["data"][at]["encrypt_certificate"]["nonce"].clone();
    assert_ne!(nonce(0), nonce(1));
    assert_eq!(
        list["data"][0]["effective_time"],
        "2020-01-01T08:00:00+08:00"
    );
    assert_eq!(
        list["data"][1]["effective_time"],
        "2025-01-01T08:00:00+08:00"
    );
    assert_eq!(list["data"][1]["expire_time"], "2125-01-01T08:00:00+08:00");
}

#[test]
fn merchant_without_certificates_is_refused_in_three_ways() {
    for (available, status, code) in [
        ("not_exists", 404, "RESOURCE_NOT_EXISTS"),
        ("not_found", 404, "NOT_FOUND"),
        ("system_error", 500, "SYSTEM_ERROR"),
    ] {
        let mut bench = bench();
        let body = json!({ "available": available });
        let (_, state) = bench.admin("POST", "/_gateway/certificates", &body);
        assert_eq!(state["available"], available);
        assert_eq!(state["listed"], json!([]));
        assert_eq!(state["signing"], PUBLIC_KEY);
        bench.refused(status, code, |b| b.get("/v3/certificates"));
        // Whatever is named, and whatever is asked for.
        for named in [None, Some(FIRST), Some(SECOND), Some(PUBLIC_KEY)] {
            assert_eq!(signer(&mut bench, named), PUBLIC_KEY);
        }
        let request = bench.signed("GET", "/v3/nothing", "");
        let response = bench.send(&request);
        assert_eq!(response.headers()["wechatpay-serial"], PUBLIC_KEY);
        bench.queue(&json!({}));
        let delivery = bench.deliveries().remove(0);
        let serial = &delivery.request.headers()["wechatpay-serial"];
        assert_eq!(serial, PUBLIC_KEY);

        let body = json!({ "available": "listed" });
        bench.admin("POST", "/_gateway/certificates", &body);
        assert_eq!(listed(&mut bench), [FIRST]);
        assert_eq!(signer(&mut bench, None), FIRST);
    }
}

#[test]
fn senseless_changes_are_refused() {
    let mut bench = bench();
    for body in [
        json!({}),
        json!({ "step": null }),
        json!({ "step": "rotate" }),
        json!({ "step": "" }),
        json!({ "step": true }),
        json!({ "available": true }),
        json!({ "available": "gone" }),
        json!({ "step": "announce", "when": "now" }),
        json!([]),
    ] {
        bench.refused(400, "PARAM_ERROR", |b| {
            b.admin("POST", "/_gateway/certificates", &body)
        });
    }
    assert_eq!(listed(&mut bench), [FIRST]);
}

#[test]
fn second_serial_in_the_authorization_is_told_apart() {
    let mut bench = bench();
    let mut request = bench.signed("GET", "/v3/certificates", "");
    let text = request.headers()["authorization"].to_str().unwrap();
    let swapped = text.replace(credentials::MERCHANT_SERIAL, SECOND);
    let swapped = HeaderValue::try_from(swapped).unwrap();
    request.headers_mut().insert("authorization", swapped);
    let (status, refused) = bench.ask(&request);
    assert_eq!(
        (status, refused["code"].as_str()),
        (401, Some("SIGN_ERROR"))
    );
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("the platform certificate's"), "{message}");
}
