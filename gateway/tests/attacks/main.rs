//! Against the gateway's HTTP side, byte by byte: whatever comes, it answers or closes, carries out
//! what was asked, and nothing else.
#![allow(clippy::unwrap_used, missing_docs)]

mod heads;
mod lengths;
mod many;
mod pipelines;
mod target;
