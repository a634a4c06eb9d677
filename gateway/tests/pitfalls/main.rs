//! The field's known pitfalls, ranked by how often they happen and what they cost: one test each,
//! which fails when its protection is taken away.
//!
//! Above each test stands what goes wrong without it. Where a pitfall lives on the wire, both
//! transports go through it: against the gateway, or against a script that answers byte by byte.
#![allow(clippy::unwrap_used, missing_docs)]
// A protection may be a `#[must_use]`, which a test expects to be missed.
#![deny(unfulfilled_lint_expectations)]

mod bench;
mod bodies;
#[path = "../common/both.rs"]
mod both;
mod callbacks;
mod keys;
mod outcomes;
// The script of the transports' own tests.
#[path = "../../../transport-hyper/tests/transport/server.rs"]
#[allow(dead_code)]
mod server;
mod signing;
mod verifying;
