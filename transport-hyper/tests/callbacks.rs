//! The examples that serve callbacks, each rehearsed in small.
#![allow(clippy::unwrap_used, missing_docs)]

#[allow(dead_code, reason = "an example has a main of its own")]
#[path = "../examples/callbacks_axum.rs"]
mod callbacks_axum;
#[allow(dead_code, reason = "an example has a main of its own")]
#[path = "../examples/callbacks_hyper.rs"]
mod callbacks_hyper;

/// More probes than the platform sends, so that there are some for certain.
macro_rules! rehearse {
    ($example:ident) => {{
        use $example::callbacks::rehearsal::{Plan, rehearse};

        let mut plan = Plan::of(200);
        plan.probes_percent = 20.0;
        let seen = rehearse(&plan, $example::serve).unwrap();
        seen.check().unwrap();
        assert_eq!(seen.counts.delivered, 200);
        assert!(seen.counts.probes > 0, "{:?}", seen.counts);
        assert_eq!(seen.books.probes, seen.counts.probes);
    }};
}

#[test]
fn axum_applies_each_notice_once() {
    rehearse!(callbacks_axum);
}

#[test]
fn hyper_applies_each_notice_once() {
    rehearse!(callbacks_hyper);
}
