//! The storm of `examples/storm`, smaller, over both transports.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../examples/storm/clients.rs"]
mod clients;
#[path = "../examples/storm/report.rs"]
mod report;
#[path = "../examples/storm/storm.rs"]
mod storm;
#[path = "../examples/storm/work.rs"]
mod work;

use storm::{Storm, Transport};

#[track_caller]
fn blows_over(transport: Transport) {
    let report = Storm::new(600, transport).run().unwrap();
    assert_eq!(report.faults(), [""; 0], "{report}");
}

#[test]
fn every_call_ends_truthfully_and_every_operation_is_done_once_over_hyper() {
    blows_over(Transport::Hyper);
}

#[test]
fn every_call_ends_truthfully_and_every_operation_is_done_once_over_ureq() {
    blows_over(Transport::Ureq);
}
