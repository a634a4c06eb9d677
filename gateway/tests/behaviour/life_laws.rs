//! What holds whatever the administration asks for, and whatever a receiver answers.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::bench::{Bench, verify};

fn certificates(bench: &mut Bench) -> Value {
    bench.admin("GET", "/_gateway/certificates", &Value::Null).1
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// A client that asks for the list whenever it meets an unknown key always finds it.
    #[test]
    fn certificate_that_signs_is_listed(
        steps in prop::collection::vec(prop::sample::select(vec!["announce", "switch", "retire"]), 0..12),
    ) {
        let mut bench = Bench::new();
        let mut changes = 0;
        for step in steps {
            let before = certificates(&mut bench);
            let body = json!({ "step": step });
            let (status, _) = bench.admin("POST", "/_gateway/certificates", &body);
            let after = certificates(&mut bench);
            // Only the step that was told as the next one is taken.
            prop_assert_eq!(status == 200, before["next_step"] == step);
            prop_assert_eq!(status == 200, before != after);
            let listed = after["listed"].as_array().unwrap();
            prop_assert!(listed.contains(&after["signing"]));
            // What signed before is still known to those who hold it, until it is retired.
            let signed_before = listed.contains(&before["signing"]);
            prop_assert!(signed_before || step == "retire");
            changes += usize::from(before["signing"] != after["signing"]);
            prop_assert!(step == "switch" || before["signing"] == after["signing"]);
        }
        prop_assert!(changes <= 4);
    }

    /// Each notice goes out until a success, 16 times at most, and no delivery is lost.
    #[test]
    fn notice_ends_with_the_first_success(
        answers in prop::collection::vec(prop::sample::select(vec![200, 204, 302, 401, 500]), 20),
        refusals in 0_usize..20,
    ) {
        let mut bench = Bench::new();
        bench.queue(&json!({}));
        let mut rounds = 0;
        let mut ended = false;
        for (round, status) in answers.into_iter().enumerate() {
            let status = if round < refusals { 500 } else { status };
            let deliveries = bench.deliveries();
            let over = ended || rounds == 16;
            prop_assert_eq!(deliveries.len(), usize::from(!over));
            for delivery in deliveries {
                let request = &delivery.request;
                prop_assert!(verify(&bench.keys, request.headers(), request.body()).is_ok());
                bench.answered(&delivery, status);
                rounds += 1;
                ended = status < 300;
            }
            // The longest wait of all.
            bench.advance(21_600);
        }
        let counts = bench.notices();
        prop_assert_eq!(&counts["deliveries"], rounds);
        prop_assert_eq!(&counts["delivered"], u64::from(ended));
        prop_assert_eq!(&counts["given_up"], u64::from(!ended && rounds == 16));
    }

    /// Every share of at most four decimals is taken and shown as it was given.
    #[test]
    fn shares_are_shown_as_given(millionths in 0_u32..=1_000_000) {
        let mut bench = Bench::new();
        let text = format!(
            "{{\"public_key_percent\":{}.{:04}}}",
            millionths / 10_000,
            millionths % 10_000
        );
        let body: Value = serde_json::from_str(&text).unwrap();
        let answer = bench.admin("PUT", "/_gateway/switch", &body);
        prop_assert_eq!(answer, (200, body));
    }

    /// Nothing that the administration is told can make it fall over.
    #[test]
    fn any_text_is_answered(text in ".{0,60}", field in 0_usize..5) {
        let mut bench = Bench::new();
        let field = ["notify_url", "event", "transaction_id", "sub_mchid", "refund_id"][field];
        let mut body = json!({ "notify_url": "http://127.0.0.1:9/", "event": "refund" });
        body[field] = text.into();
        let (status, _) = bench.admin("POST", "/_gateway/notices", &body);
        prop_assert!([201, 400, 404].contains(&status));
        let queued = usize::from(status == 201);
        prop_assert_eq!(bench.deliveries().len(), queued);
    }
}
