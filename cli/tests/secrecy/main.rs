//! Nothing secret shows: of no public type, in no report of an attempt, and in no output of a command.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod commands;
#[path = "../common/mod.rs"]
mod common;
mod observer;
mod samples;
mod types;
