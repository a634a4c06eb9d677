//! The gateway's rules at its public surface: each with the case that keeps it and the case that
//! breaks it.
#![allow(clippy::unwrap_used, missing_docs)]

mod admin;
mod after_sales;
mod authentication;
mod bad_input;
mod bench;
mod bill_addresses;
mod bills;
mod cancelling;
mod certificates;
mod clients;
mod coupons;
mod credentials;
mod delivering;
mod faults;
mod images;
mod keeping;
mod laws;
mod life_laws;
mod limits;
mod notice_ladder;
mod notices;
mod rates;
mod receiver;
mod receivers;
mod requests;
mod returning;
mod rotation;
mod running;
mod samples;
mod server;
mod state_file;
mod subsidising;
mod switch;
mod uploads;
