//! The example that serves callbacks, rehearsed in small.
#![allow(clippy::unwrap_used, missing_docs)]

#[allow(dead_code, reason = "an example has a main of its own")]
#[path = "../examples/callbacks_blocking.rs"]
mod callbacks_blocking;

use callbacks_blocking::callbacks::rehearsal::{Plan, rehearse};

#[test]
fn threads_apply_each_notice_once() {
    // More probes than the platform sends, so that there are some for certain.
    let mut plan = Plan::of(200);
    plan.probes_percent = 20.0;
    let seen = rehearse(&plan, callbacks_blocking::serve).unwrap();
    seen.check().unwrap();
    assert_eq!(seen.counts.delivered, 200);
    assert!(seen.counts.probes > 0, "{:?}", seen.counts);
    assert_eq!(seen.books.probes, seen.counts.probes);
}
