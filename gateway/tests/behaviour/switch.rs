use serde_json::{Value, json};

use crate::bench::{Bench, verify};

const FIRST: &str = "7132D72A03E93CDDF8C03BBD1F37EEDF00A1B2C3";
const SECOND: &str = "4E9C05B81A7D36F2C4086EAF91D3527B00D4E5F6";
const PUBLIC_KEY: &str = "PUB_KEY_ID_0119000011092026112100000000000000";

fn switch(bench: &mut Bench, percent: &Value) {
    let body = json!({ "public_key_percent": percent });
    let (status, answer) = bench.admin("PUT", "/_gateway/switch", &body);
    assert_eq!(status, 200, "{answer}");
}

/// The ids that signed so many callbacks, whose signatures hold.
fn signers(bench: &mut Bench, count: usize) -> Vec<String> {
    bench.queue(&json!({ "count": count }));
    let deliveries = bench.deliveries();
    assert_eq!(deliveries.len(), count);
    let serial = |delivery: &wechatpay_gateway::Delivery| {
        let request = &delivery.request;
        verify(&bench.keys, request.headers(), request.body()).unwrap();
        let serial = request.headers()["wechatpay-serial"].to_str().unwrap();
        serial.to_owned()
    };
    deliveries.iter().map(serial).collect()
}

#[test]
fn callbacks_move_over_in_steps() {
    let mut bench = Bench::new();
    let by_key = |ids: &[String]| ids.iter().filter(|id| *id == PUBLIC_KEY).count();
    let by_certificate = |ids: &[String]| ids.iter().filter(|id| *id == FIRST).count();
    for (percent, least, most) in [
        (json!(0), 0, 0),
        (json!(0.1), 0, 4),
        (json!(20), 50, 110),
        (json!(50), 160, 240),
        (json!(100), 400, 400),
    ] {
        switch(&mut bench, &percent);
        let ids = signers(&mut bench, 400);
        let keyed = by_key(&ids);
        assert!((least..=most).contains(&keyed), "{percent} %: {keyed}");
        assert_eq!(keyed + by_certificate(&ids), 400);
    }
    let counts = bench.notices();
    assert!(counts["signed_with_public_key"].as_u64().unwrap() >= 400);
}

#[test]
fn the_rest_is_signed_with_the_current_certificate() {
    let mut bench = Bench::new();
    let pem = wechatpay_gateway::credentials::SECOND_PLATFORM_CERT_PEM;
    bench.keys = bench.keys.with_certificate(pem.as_bytes()).unwrap();
    for step in ["announce", "switch"] {
        bench.admin("POST", "/_gateway/certificates", &json!({ "step": step }));
    }
    assert_eq!(signers(&mut bench, 2), [SECOND, SECOND]);
    // Answers are not switched: they follow what the request names.
    switch(&mut bench, &json!(100));
    let request = bench.signed("GET", "/v3/certificates", "");
    let response = bench.send(&request);
    assert_eq!(response.headers()["wechatpay-serial"], SECOND);
}

#[test]
fn switch_is_shown_and_reset() {
    let mut bench = Bench::new();
    let show = |b: &mut Bench| b.admin("GET", "/_gateway/switch", &Value::Null).1;
    assert_eq!(show(&mut bench), json!({ "public_key_percent": 0.0 }));
    switch(&mut bench, &json!(0.1));
    assert_eq!(show(&mut bench), json!({ "public_key_percent": 0.1 }));
    bench.admin("POST", "/_gateway/reset", &Value::Null);
    assert_eq!(show(&mut bench), json!({ "public_key_percent": 0.0 }));
}

#[test]
fn what_is_no_percentage_is_refused() {
    let mut bench = Bench::new();
    switch(&mut bench, &json!(33.3333));
    for percent in [
        json!(-1),
        json!(-0.00001),
        json!(100.0001),
        json!(101),
        json!(0.00001),
        json!(33.33333),
        json!(1e300),
        json!("5"),
        json!(null),
        json!([5]),
    ] {
        let body = json!({ "public_key_percent": percent });
        bench.refused(400, "PARAM_ERROR", |b| {
            b.admin("PUT", "/_gateway/switch", &body)
        });
    }
    bench.refused(400, "PARAM_ERROR", |b| {
        b.admin("PUT", "/_gateway/switch", &json!({}))
    });
    let (_, kept) = bench.admin("GET", "/_gateway/switch", &Value::Null);
    assert_eq!(kept["public_key_percent"], 33.3333);
}
