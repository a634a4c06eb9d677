//! # WeChat Pay APIv3, simulated
//!
//! A platform to test against: it verifies each request's RSA signature over the raw bytes, keeps
//! the rules of the operations around subsidised orders (补差) and a double-entry ledger, and signs
//! each answer with the key that the request names. It opens sealed fields, takes uploads and writes
//! bills.
//!
//! - [`Engine`] is the platform itself, without I/O: a request, the time and 32 random bytes go in,
//!   an answer comes out.
//! - [`Server`] puts it behind HTTP/1.1 and delivers its callbacks (回调); [`Gateway::start`] does so
//!   in a thread.
//! - [`credentials`] are the fixed development credentials, of the merchant and of the platform.
//!
//! Everything that is not the platform's own API is under `/_gateway/`: orders made to measure, the
//! ledger, the clock, keys, callbacks, faults. See the crate's README.
//!
//! Not in scope: anything that guards real money. The private keys of this crate are public.

mod account;
mod admin;
mod after_sales;
mod answer;
mod authenticate;
mod balances;
mod bills;
mod certificates;
mod checkout;
mod clock;
mod connection;
mod coupons;
mod courier;
mod due;
mod engine;
mod faults;
mod files;
mod journal;
mod json;
mod ledger;
mod limits;
mod memory;
mod moment;
mod notices;
mod orders;
mod percent;
mod problem;
mod query;
mod rates;
mod read;
mod receivers;
mod records;
mod refunds;
mod replay;
mod rotation;
mod route;
mod running;
mod samples;
mod sealed;
mod server;
mod sharing;
mod state;
mod store;
mod subsidies;
mod table;
mod traffic;
mod uploads;
mod wire;

pub mod credentials;

pub use account::{Account, AccountError, Mchid, Openid, Purse};
pub use engine::{Engine, Handled, Unread};
pub use ledger::{Entry, Ledger, Transfer};
pub use moment::Entropy;
pub use notices::{Delivery, DeliveryId, DeliveryOutcome};
pub use records::{Changes, Records, RestoreError};
pub use running::{AdminError, Gateway, Running};
pub use server::{Server, SharedEngine, serve_connection};
pub use store::StoreError;

/// Compiles the README's code.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
