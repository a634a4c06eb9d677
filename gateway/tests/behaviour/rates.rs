use http::Request;
use serde_json::{Value, json};
use wechatpay_gateway::Handled;

use crate::bench::{Bench, read, verify};

const LIST: &str = "/v3/certificates";
const CREATE: &str = "/v3/ecommerce/subsidies/create";

fn set(bench: &mut Bench, rates: &Value) -> Value {
    let (status, answer) = bench.admin("PUT", "/_gateway/faults/rates", rates);
    assert_eq!(status, 200, "{answer}");
    answer
}

fn show(bench: &mut Bench) -> Value {
    bench.admin("GET", "/_gateway/faults/rates", &Value::Null).1
}

/// How many of so many requests for the list are cut.
fn cuts(bench: &mut Bench, count: usize) -> usize {
    let request = Request::get(LIST).body("".into()).unwrap();
    let cut = |b: &mut Bench| matches!(b.handle(&request), Handled::Cut);
    (0..count).filter(|_| cut(bench)).count()
}

#[test]
fn each_kind_is_injected_and_counted() {
    for kind in ["cut_before", "cut_after"] {
        let mut bench = Bench::new();
        set(&mut bench, &json!({ kind: 100 }));
        assert_eq!(cuts(&mut bench, 2), 2);
        assert_eq!(show(&mut bench)["injected"], json!({ kind: 2 }));
    }
    for (kind, status) in [
        ("rate_limited", 429),
        ("server_error_before", 500),
        ("server_error_after", 500),
        ("bad_gateway_before", 502),
        ("bad_gateway_after", 502),
        ("probe_signature", 200),
        ("wrong_signature", 200),
        ("stale_timestamp", 200),
        ("unknown_serial", 200),
    ] {
        let mut bench = Bench::new();
        set(&mut bench, &json!({ kind: 100 }));
        let request = bench.signed("GET", LIST, "");
        let response = bench.send(&request);
        assert_eq!(response.status(), status, "{kind}");
        let headers = response.headers();
        match kind {
            "probe_signature" => {
                let signature = headers["wechatpay-signature"].to_str().unwrap();
                assert!(signature.starts_with("WECHATPAY/SIGNTEST/"), "{signature}");
            }
            "wrong_signature" | "unknown_serial" => {
                verify(&bench.keys, headers, response.body()).unwrap_err();
            }
            "stale_timestamp" => assert_eq!(headers["wechatpay-timestamp"], "1763699400"),
            _ => {}
        }
        assert_eq!(show(&mut bench)["injected"], json!({ kind: 1 }), "{kind}");
    }
}

#[test]
fn effects_come_before_or_after() {
    for (kind, held) in [
        ("server_error_before", 1_000_000),
        ("bad_gateway_before", 1_000_000),
        ("cut_before", 1_000_000),
        ("rate_limited", 1_000_000),
        ("server_error_after", 999_500),
        ("bad_gateway_after", 999_500),
        ("cut_after", 999_500),
        ("probe_signature", 999_500),
    ] {
        let mut bench = Bench::new();
        let order = bench.order(&json!({ "subsidy_amount": 500 }));
        set(&mut bench, &json!({ kind: 100 }));
        let body = json!({
            "sub_mchid": "1900000109", "transaction_id": order, "amount": 500,
            "description": "d",
        });
        let request = bench.signed("POST", CREATE, body.to_string());
        bench.handle(&request);
        assert_eq!(bench.balance("platform:operation"), held, "{kind}");
    }
}

#[test]
fn shares_are_kept_in_the_long_run() {
    let mut bench = Bench::new();
    set(&mut bench, &json!({ "cut_before": 90, "cut_after": 2.5 }));
    let cut = cuts(&mut bench, 2_000);
    assert!((1_800..=1_900).contains(&cut), "{cut}");
    let injected = show(&mut bench)["injected"].clone();
    let count = |kind: &str| usize::try_from(injected[kind].as_u64().unwrap()).unwrap();
    assert_eq!(count("cut_before") + count("cut_after"), cut);
    assert!((30..=75).contains(&count("cut_after")), "{injected}");
}

#[test]
fn rates_are_replaced_as_a_whole_and_shown() {
    let mut bench = Bench::new();
    let nothing = json!({ "rates": {}, "except": [], "injected": {} });
    assert_eq!(show(&mut bench), nothing);
    let answer = set(
        &mut bench,
        &json!({ "probe_signature": 1, "server_error_after": 2.5, "except": [LIST] }),
    );
    let expected = json!({
        "rates": { "probe_signature": 1.0, "server_error_after": 2.5 },
        "except": [LIST],
        "injected": {},
    });
    assert_eq!(answer, expected);
    assert_eq!(show(&mut bench), expected);
    set(&mut bench, &json!({ "cut_before": 10 }));
    let expected = json!({ "rates": { "cut_before": 10.0 }, "except": [], "injected": {} });
    assert_eq!(show(&mut bench), expected);
    assert_eq!(set(&mut bench, &json!({})), nothing);
}

#[test]
fn excepted_paths_and_the_administration_are_spared() {
    let mut bench = Bench::new();
    set(&mut bench, &json!({ "cut_before": 100, "except": [LIST] }));
    assert_eq!(bench.get(LIST).0, 200);
    assert_eq!(bench.get("/v3/certificates?algorithm_type=ALL").0, 200);
    let request = bench.signed("POST", CREATE, "{}");
    assert!(matches!(bench.handle(&request), Handled::Cut));
    // Only that very path.
    let request = bench.signed("GET", "/v3/certificates/", "");
    assert!(matches!(bench.handle(&request), Handled::Cut));
    bench.ledger();
}

#[test]
fn queued_faults_come_first() {
    let mut bench = Bench::new();
    set(&mut bench, &json!({ "cut_before": 100 }));
    let fault = json!({ "fault": "server_error", "path": LIST });
    bench.admin("POST", "/_gateway/faults", &fault);
    assert_eq!(bench.get(LIST).0, 500);
    assert_eq!(cuts(&mut bench, 1), 1);
    let injected = json!({ "server_error_before": 1, "cut_before": 1 });
    assert_eq!(show(&mut bench)["injected"], injected);
}

#[test]
fn forgetting_and_resetting_clear_rates_and_counts() {
    for (method, path) in [("DELETE", "/_gateway/faults"), ("POST", "/_gateway/reset")] {
        let mut bench = Bench::new();
        set(&mut bench, &json!({ "cut_before": 100, "except": ["/x"] }));
        assert_eq!(cuts(&mut bench, 3), 3);
        assert_eq!(bench.admin(method, path, &Value::Null).0, 200);
        let nothing = json!({ "rates": {}, "except": [], "injected": {} });
        assert_eq!(show(&mut bench), nothing);
        assert_eq!(cuts(&mut bench, 3), 0);
    }
}

#[test]
fn senseless_rates_are_refused_and_the_old_ones_stay() {
    let mut bench = Bench::new();
    let kept = set(&mut bench, &json!({ "cut_before": 60, "cut_after": 40 }));
    for rates in [
        json!({ "earthquake": 1 }),
        json!({ "delay": 1 }),
        json!({ "cut_before": 101 }),
        json!({ "cut_before": -1 }),
        json!({ "cut_before": "10" }),
        json!({ "cut_before": null }),
        json!({ "cut_before": 0.00001 }),
        json!({ "cut_before": 60, "cut_after": 40.0001 }),
        json!({ "cut_before": 1, "except": LIST }),
        json!({ "cut_before": 1, "except": ["v3/certificates"] }),
        json!({ "cut_before": 1, "except": [1] }),
        json!([]),
    ] {
        bench.refused(400, "PARAM_ERROR", |b| {
            b.admin("PUT", "/_gateway/faults/rates", &rates)
        });
    }
    let twice = Request::put("/_gateway/faults/rates");
    let twice = twice
        .body(r#"{"cut_before":1,"cut_before":2}"#.into())
        .unwrap();
    assert_eq!(read(&bench.send(&twice)).0, 400);
    assert_eq!(show(&mut bench), kept);
}
