use std::time::Duration;

use serde_json::{Value, json};
use wechatpay_core::api::ecommerce::subsidies::Create;
use wechatpay_core::{Effect, Fen, Reason, ResponseError, VerifyError};
use wechatpay_gateway::Handled;

use crate::bench::{Bench, read};

const CREATE: &str = "/v3/ecommerce/subsidies/create";

fn inject(bench: &mut Bench, fault: &Value) {
    let (status, answer) = bench.admin("POST", "/_gateway/faults", fault);
    assert_eq!(status, 200, "{answer}");
}

fn subsidy(bench: &mut Bench) -> Create {
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    Create::builder()
        .sub_mchid("1900000109")
        .transaction_id(order)
        .amount(Fen::new(500))
        .description("d")
        .build()
}

/// Meets the fault once, then repeats the request, which must move the money once in all.
fn met(fault: &Value, moves: bool) -> ResponseError {
    let mut bench = Bench::new();
    let create = subsidy(&mut bench);
    inject(&mut bench, fault);
    let error = bench.call(&create).unwrap_err();
    let held = if moves { 999_500 } else { 1_000_000 };
    assert_eq!(bench.balance("platform:operation"), held);
    assert_eq!(bench.call(&create).unwrap().amount, Fen::new(500));
    assert_eq!(bench.balance("platform:operation"), 999_500);
    error
}

fn untrusted(error: &ResponseError) -> &VerifyError {
    match &error.reason {
        Reason::Untrusted { source, .. } => source,
        other => panic!("{other:?}"),
    }
}

#[test]
fn signatures_are_flawed_after_the_effect() {
    let error = met(&json!({ "fault": "probe_signature" }), true);
    assert!(matches!(untrusted(&error), VerifyError::Probe), "{error}");
    let error = met(&json!({ "fault": "wrong_signature" }), true);
    assert!(
        matches!(untrusted(&error), VerifyError::BadSignature { .. }),
        "{error}"
    );
    let error = met(&json!({ "fault": "stale_timestamp" }), true);
    assert!(
        matches!(untrusted(&error), VerifyError::Stale { .. }),
        "{error}"
    );
    let error = met(&json!({ "fault": "unknown_serial" }), true);
    assert!(
        matches!(untrusted(&error), VerifyError::UnknownKey { .. }),
        "{error}"
    );
    assert_eq!(error.effect(), Effect::Unknown);
}

#[test]
fn rate_limit_comes_before_the_effect() {
    let error = met(&json!({ "fault": "rate_limited" }), false);
    let api = error.api().unwrap();
    assert_eq!(
        (api.status.as_u16(), api.code.as_str()),
        (429, "FREQUENCY_LIMITED")
    );
    assert!(api.is_verified());
    assert_eq!(error.effect(), Effect::None);

    let mut bench = Bench::new();
    inject(
        &mut bench,
        &json!({ "fault": "rate_limited", "retry_after": 7 }),
    );
    let request = bench.signed("GET", "/v3/certificates", "");
    assert_eq!(bench.send(&request).headers()["retry-after"], "7");
}

#[test]
fn server_errors_come_before_or_after_the_effect() {
    for (fault, moves) in [
        (json!({ "fault": "server_error" }), false),
        (
            json!({ "fault": "server_error", "effect": "before" }),
            false,
        ),
        (json!({ "fault": "server_error", "effect": "after" }), true),
    ] {
        let error = met(&fault, moves);
        let api = error.api().unwrap();
        assert_eq!(
            (api.status.as_u16(), api.code.as_str()),
            (500, "SYSTEM_ERROR")
        );
        assert!(api.is_verified());
        assert_eq!(error.effect(), Effect::Unknown);
    }
}

#[test]
fn bad_gateways_are_html_and_unsigned() {
    for (effect, moves) in [("before", false), ("after", true)] {
        let error = met(&json!({ "fault": "bad_gateway", "effect": effect }), moves);
        let api = error.api().unwrap();
        assert_eq!((api.status.as_u16(), api.code.as_str()), (502, ""));
        assert!(!api.is_verified());
        assert!(api.message.contains("<html>"), "{}", api.message);
    }
}

#[test]
fn cuts_come_before_or_after_the_effect() {
    for (fault, held) in [("cut_before", 1_000_000), ("cut_after", 999_500)] {
        let mut bench = Bench::new();
        let create = subsidy(&mut bench);
        inject(&mut bench, &json!({ "fault": fault }));
        let body = serde_json::to_vec(&create).unwrap();
        let request = bench.signed("POST", CREATE, body);
        assert!(matches!(bench.handle(&request), Handled::Cut));
        assert_eq!(bench.balance("platform:operation"), held);
        assert_eq!(bench.call(&create).unwrap().amount, Fen::new(500));
        assert_eq!(bench.balance("platform:operation"), 999_500);
    }
}

#[test]
fn delays_hold_the_answer_back() {
    let mut bench = Bench::new();
    inject(
        &mut bench,
        &json!({ "fault": "delay", "milliseconds": 250 }),
    );
    let request = bench.signed("GET", "/v3/certificates", "");
    for expected in [250, 0] {
        match bench.handle(&request) {
            Handled::Answer { response, delay } => {
                assert_eq!(delay, Duration::from_millis(expected));
                assert_eq!(response.status(), 200);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn faults_count_and_may_wait_for_a_path() {
    let mut bench = Bench::new();
    inject(
        &mut bench,
        &json!({ "fault": "server_error", "path": CREATE, "count": 2 }),
    );
    inject(&mut bench, &json!({ "fault": "rate_limited" }));
    // The first fault waits for its path, so other requests meet the second.
    assert_eq!(bench.get("/v3/certificates").0, 429);
    assert_eq!(bench.get("/v3/certificates").0, 200);
    let (_, waiting) = bench.admin("GET", "/_gateway/faults", &Value::Null);
    assert_eq!(
        waiting,
        json!({ "faults": [{ "fault": "server_error", "count": 2, "path": CREATE }] })
    );
    let (path, body) = (CREATE, json!({}));
    assert_eq!(bench.post(path, &body).0, 500);
    assert_eq!(bench.post(path, &body).0, 500);
    assert_eq!(bench.post(path, &body).0, 400);
}

#[test]
fn faults_spare_the_administration_and_can_be_forgotten() {
    let mut bench = Bench::new();
    inject(
        &mut bench,
        &json!({ "fault": "cut_before", "count": 1_000 }),
    );
    bench.ledger();
    let (status, left) = bench.admin("DELETE", "/_gateway/faults", &Value::Null);
    assert_eq!((status, left), (200, json!({ "faults": [] })));
    assert_eq!(bench.get("/v3/certificates").0, 200);
}

#[test]
fn before_the_effect_means_before_authentication() {
    let mut bench = Bench::new();
    inject(&mut bench, &json!({ "fault": "server_error" }));
    let request = http::Request::get("/v3/certificates")
        .body(bytes::Bytes::new())
        .unwrap();
    assert_eq!(read(&bench.send(&request)).0, 500);
    assert_eq!(read(&bench.send(&request)).0, 400);
}

#[test]
fn senseless_faults_are_refused() {
    let mut bench = Bench::new();
    for fault in [
        json!({}),
        json!({ "fault": "earthquake" }),
        json!({ "fault": "delay" }),
        json!({ "fault": "delay", "milliseconds": 600_001 }),
        json!({ "fault": "delay", "milliseconds": -1 }),
        json!({ "fault": "cut_before", "milliseconds": 1 }),
        json!({ "fault": "cut_before", "effect": "after" }),
        json!({ "fault": "server_error", "retry_after": 1 }),
        json!({ "fault": "server_error", "count": 0 }),
        json!({ "fault": "server_error", "path": "v3/certificates" }),
        json!({ "fault": "server_error", "effect": "sideways" }),
        json!({ "fault": "server_error", "colour": "red" }),
    ] {
        bench.refused(400, "PARAM_ERROR", |b| {
            b.admin("POST", "/_gateway/faults", &fault)
        });
    }
    assert_eq!(bench.get("/v3/certificates").0, 200);
}
