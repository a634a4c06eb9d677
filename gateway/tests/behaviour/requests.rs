use http::Request;
use serde_json::{Value, json};
use wechatpay_core::Timestamp;
use wechatpay_gateway::Unread;

use crate::bench::Bench;

fn requests(bench: &mut Bench) -> Value {
    bench.admin("GET", "/_gateway/requests", &Value::Null).1
}

#[test]
fn requests_are_counted_by_method_and_path() {
    let mut bench = Bench::new();
    assert_eq!(requests(&mut bench), json!({ "total": 0, "requests": {} }));
    bench.get("/v3/certificates");
    bench.get("/v3/certificates?algorithm_type=ALL");
    let create = "/v3/ecommerce/subsidies/create";
    bench.post(create, &json!({}));
    bench.get(create);
    let cut = json!({ "fault": "cut_before" });
    bench.admin("POST", "/_gateway/faults", &cut);
    let request = bench.signed("POST", create, "{}");
    bench.handle(&request);
    let unsigned = Request::get("/v3/nothing").body("".into()).unwrap();
    bench.handle(&unsigned);
    let entropy = bench.entropy();
    let now = Timestamp::from_secs(bench.now);
    let large = Request::put("/v3/large").body(()).unwrap();
    bench.engine.refuse(&large, Unread::TooLarge, now, entropy);
    let expected = json!({
        "total": 7,
        "requests": {
            "GET /v3/certificates": 2,
            "POST /v3/ecommerce/subsidies/create": 2,
            "GET /v3/ecommerce/subsidies/create": 1,
            "GET /v3/nothing": 1,
            "PUT /v3/large": 1,
        },
    });
    assert_eq!(requests(&mut bench), expected);
    bench.admin("POST", "/_gateway/reset", &Value::Null);
    assert_eq!(requests(&mut bench), json!({ "total": 0, "requests": {} }));
}

#[test]
fn made_up_paths_do_not_fill_the_memory() {
    let mut bench = Bench::new();
    // Cut, as signing two thousand answers would take long.
    let rates = json!({ "cut_before": 100 });
    bench.admin("PUT", "/_gateway/faults/rates", &rates);
    for number in 0..2_000 {
        let path = format!("/v3/{number}/{}", "x".repeat(5_000));
        let request = Request::get(path).body("".into()).unwrap();
        bench.handle(&request);
    }
    let counted = requests(&mut bench);
    assert_eq!(counted["total"], 2_000);
    let counts = counted["requests"].as_object().unwrap();
    assert_eq!(counts.len(), 1_001);
    assert_eq!(counts["others"], 1_000);
    assert!(counts.keys().all(|name| name.len() < 1_100));
}
