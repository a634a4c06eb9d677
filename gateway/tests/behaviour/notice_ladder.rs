//! When callbacks are delivered, again and twice.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wechatpay_core::{Timestamp, VerifyError};
use wechatpay_gateway::{Delivery, DeliveryOutcome};

use crate::bench::{Bench, verify};

const LADDER: [u64; 15] = [
    15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800, 3_600, 10_800, 10_800, 10_800, 21_600, 21_600,
];

fn list(bench: &mut Bench) -> Vec<Value> {
    let (status, view) = bench.admin("GET", "/_gateway/notices?list=all", &Value::Null);
    assert_eq!(status, 200);
    view["notices"].as_array().unwrap().clone()
}

/// Whether a right receiver takes it; if not, because it is a probe.
fn is_right(bench: &Bench, delivery: &Delivery) -> bool {
    let request = &delivery.request;
    let signature = request.headers()["wechatpay-signature"].to_str().unwrap();
    match verify(&bench.keys, request.headers(), request.body()) {
        Ok(()) => true,
        Err(VerifyError::BadSignature { .. }) if signature.starts_with("WECHATPAY/SIGNTEST/") => {
            false
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn retries_come_when_the_platform_makes_them() {
    let mut bench = Bench::new();
    bench.queue(&json!({}));
    let body = bench.deliveries().remove(0);
    bench.answered(&body, 500);
    for wait in LADDER {
        assert_eq!(bench.deliveries().len(), 0);
        bench.advance(wait - 1);
        assert_eq!(bench.deliveries().len(), 0, "{wait} s");
        bench.advance(1);
        let deliveries = bench.deliveries();
        assert_eq!(deliveries.len(), 1, "{wait} s");
        // The same notice, signed anew.
        let (again, before) = (&deliveries[0].request, &body.request);
        assert_eq!(again.body(), before.body());
        for name in ["wechatpay-nonce", "wechatpay-signature", "request-id"] {
            assert_ne!(again.headers()[name], before.headers()[name]);
        }
        verify(&bench.keys, again.headers(), again.body()).unwrap();
        // Signed by the real clock, which stood still.
        assert_eq!(again.headers()["wechatpay-timestamp"], "1763700000");
        bench.answered(&deliveries[0], 503);
    }
    bench.advance(100_000);
    assert_eq!(bench.deliveries().len(), 0);
    let counts = bench.notices();
    assert_eq!(counts["given_up"], 1);
    assert_eq!(counts["deliveries"], 16);
    assert_eq!(counts["refused"], 16);
    let total: u64 = LADDER.iter().sum();
    assert_eq!(total, (24 * 60 + 4) * 60);
}

#[test]
fn any_success_ends_it_and_nothing_else_does() {
    for (status, ends) in [
        (200, true),
        (201, true),
        (204, true),
        (299, true),
        (100, false),
        (302, false),
        (400, false),
        (401, false),
        (500, false),
    ] {
        let mut bench = Bench::new();
        bench.queue(&json!({}));
        let delivery = bench.deliveries().remove(0);
        bench.answered(&delivery, status);
        bench.advance(15);
        assert_eq!(bench.deliveries().is_empty(), ends, "{status}");
        assert_eq!(bench.notices()["delivered"], u64::from(ends), "{status}");
    }
}

#[test]
fn silence_counts_as_refusal() {
    let mut bench = Bench::new();
    bench.queue(&json!({}));
    let delivery = bench.deliveries().remove(0);
    let outcome = DeliveryOutcome::Unanswered("connection refused".to_owned());
    let now = Timestamp::from_secs(bench.now);
    bench.engine.notice_answered(delivery.id, outcome, now);
    let notice = list(&mut bench).remove(0);
    assert_eq!(notice["attempts"][0]["unanswered"], "connection refused");
    assert_eq!(notice["due"], "2025-11-21T12:40:15+08:00");
    assert_eq!(bench.notices()["unanswered"], 1);
    bench.now += 15;
    assert_eq!(bench.deliveries().len(), 1);
}

#[test]
fn what_is_under_way_is_not_delivered_again() {
    let mut bench = Bench::new();
    bench.queue(&json!({}));
    let now = Timestamp::from_secs(bench.now);
    assert!(bench.engine.has_due_notices(now));
    let delivery = bench.deliveries().remove(0);
    assert!(!bench.engine.has_due_notices(now));
    bench.advance(100_000);
    assert_eq!(bench.deliveries().len(), 0);
    assert_eq!(bench.notices()["underway"], 1);
    bench.answered(&delivery, 200);
    // A second answer changes nothing.
    bench.answered(&delivery, 500);
    bench.advance(100_000);
    assert_eq!(bench.deliveries().len(), 0);
    assert_eq!(bench.notices()["accepted"], 1);
}

#[test]
fn reset_forgets_notices_and_late_answers() {
    let mut bench = Bench::new();
    bench.queue(&json!({}));
    let old = bench.deliveries().remove(0);
    bench.admin("POST", "/_gateway/reset", &Value::Null);
    assert_eq!(bench.notices()["queued"], 0);
    bench.queue(&json!({}));
    let new = bench.deliveries().remove(0);
    assert_ne!(old.id, new.id);
    bench.answered(&old, 200);
    assert_eq!(bench.notices()["underway"], 1);
}

#[test]
fn all_duplicates_go_out_together() {
    let mut bench = Bench::new();
    bench.queue(&json!({ "count": 2, "duplicates_percent": 100 }));
    let deliveries = bench.deliveries();
    assert_eq!(deliveries.len(), 4);
    assert_eq!(deliveries[0].request.body(), deliveries[1].request.body());
    assert_ne!(deliveries[1].request.body(), deliveries[2].request.body());
    let nonce = |at: usize| deliveries[at].request.headers()["wechatpay-nonce"].clone();
    assert_ne!(nonce(0), nonce(1));
    // One success of the two is enough, in either order.
    bench.answered(&deliveries[0], 200);
    bench.answered(&deliveries[1], 500);
    bench.answered(&deliveries[2], 500);
    assert_eq!(bench.notices()["underway"], 1);
    bench.answered(&deliveries[3], 200);
    bench.advance(100_000);
    assert_eq!(bench.deliveries().len(), 0);
    let counts = bench.notices();
    assert_eq!(
        (&counts["delivered"], &counts["refused"]),
        (&json!(2), &json!(2))
    );
}

#[test]
fn pair_that_was_refused_comes_again_as_a_pair() {
    let mut bench = Bench::new();
    bench.queue(&json!({ "duplicates_percent": 100 }));
    let first = bench.deliveries();
    bench.answered(&first[0], 500);
    bench.advance(15);
    // The other one is still under way.
    assert_eq!(bench.deliveries().len(), 0);
    bench.answered(&first[1], 500);
    bench.advance(14);
    assert_eq!(bench.deliveries().len(), 0);
    bench.advance(1);
    assert_eq!(bench.deliveries().len(), 2);
}

#[test]
fn limit_is_kept_but_for_a_pair() {
    let mut bench = Bench::new();
    bench.queue(&json!({ "count": 3 }));
    bench.queue(&json!({ "count": 3, "duplicates_percent": 100 }));
    let now = Timestamp::from_secs(bench.now);
    for (limit, count) in [(0, 0), (2, 2), (2, 3), (1, 2), (64, 2), (64, 0)] {
        let entropy = bench.entropy();
        let deliveries = bench.engine.due_notices(limit, now, entropy);
        assert_eq!(deliveries.len(), count);
    }
}

#[test]
fn shares_of_duplicates_and_probes_are_kept() {
    let mut bench = Bench::new();
    bench.queue(&json!({ "count": 500, "duplicates_percent": 20 }));
    let pairs = bench.deliveries().len() - 500;
    assert!((70..=130).contains(&pairs), "{pairs}");
    bench.queue(&json!({ "count": 500, "probes_percent": 10 }));
    let deliveries = bench.deliveries();
    let probes = deliveries.iter().filter(|d| !is_right(&bench, d)).count();
    assert!((30..=75).contains(&probes), "{probes}");
    assert_eq!(bench.notices()["probes"], probes);
}

#[test]
fn probe_is_followed_by_a_right_signature() {
    let mut bench = Bench::new();
    bench.queue(&json!({ "count": 20, "probes_percent": 100, "duplicates_percent": 50 }));
    let probes = bench.deliveries();
    for delivery in &probes {
        assert!(!is_right(&bench, delivery));
        bench.answered(delivery, 401);
    }
    bench.advance(15);
    let right = bench.deliveries();
    assert_eq!(right.len(), probes.len());
    for delivery in &right {
        assert!(is_right(&bench, delivery));
        bench.answered(delivery, 204);
    }
    let counts = bench.notices();
    assert_eq!(counts["delivered"], 20);
    assert_eq!(counts["probes"], probes.len());
    assert_eq!(counts["probes_accepted"], 0);
}

#[test]
fn receiver_that_takes_a_probe_is_found_out() {
    let mut bench = Bench::new();
    bench.queue(&json!({ "probes_percent": 100 }));
    let probe = bench.deliveries().remove(0);
    bench.answered(&probe, 200);
    let counts = bench.notices();
    assert_eq!(
        (&counts["delivered"], &counts["probes_accepted"]),
        (&json!(1), &json!(1))
    );
}

#[test]
fn list_tells_each_attempt() {
    let mut bench = Bench::new();
    let ids = bench.queue(&json!({ "event": "refund", "probes_percent": 100 }));
    let serial = "7132D72A03E93CDDF8C03BBD1F37EEDF00A1B2C3";
    let mut expected = json!({
        "id": ids[0], "event": "refund", "notify_url": "http://127.0.0.1:9/notify",
        "state": "waiting", "due": "2025-11-21T12:40:00+08:00", "attempts": [],
    });
    assert_eq!(list(&mut bench), [expected.clone()]);
    let probe = bench.deliveries().remove(0);
    bench.answered(&probe, 401);
    bench.advance(15);
    let right = bench.deliveries().remove(0);
    let mut attempts = json!([
        { "at": "2025-11-21T12:40:00+08:00", "serial": serial, "signature": "probe", "status": 401 },
        { "at": "2025-11-21T12:40:15+08:00", "serial": serial, "signature": "right" },
    ]);
    expected.as_object_mut().unwrap().remove("due");
    expected["state"] = "underway".into();
    expected["attempts"] = attempts.clone();
    assert_eq!(list(&mut bench), [expected.clone()]);
    bench.answered(&right, 204);
    attempts[1]["status"] = 204.into();
    expected["state"] = "delivered".into();
    expected["attempts"] = attempts;
    assert_eq!(list(&mut bench), [expected]);
    let counts: BTreeMap<String, u64> = serde_json::from_value(bench.notices()).unwrap();
    let expected = [
        ("accepted", 1),
        ("delivered", 1),
        ("deliveries", 2),
        ("given_up", 0),
        ("probes", 1),
        ("probes_accepted", 0),
        ("queued", 1),
        ("refused", 1),
        ("signed_with_public_key", 0),
        ("unanswered", 0),
        ("underway", 0),
        ("waiting", 0),
    ];
    let expected: BTreeMap<String, u64> = expected
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count))
        .collect();
    assert_eq!(counts, expected);
}
