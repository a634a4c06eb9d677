//! The typed operations. The folders are the URL: `/v3/ecommerce/subsidies/create` is
//! [`ecommerce::subsidies::Create`].
//!
//! [`CATALOG`] lists them all, with what each states of itself; `docs/operations.md` is that list as
//! a table.
//!
//! Notices ([`Notice`](crate::Notice)) carry [`pay::transactions::Transaction`],
//! [`pay::partner::transactions::Transaction`] and [`combine_transactions::Transaction`].
//!
//! Requests are built by builders whose required fields the compiler asks for. Responses tolerate
//! fields that are missing or new, and their enums keep values that are not known here as text.

pub mod bill;
pub mod certificates;
pub mod combine_transactions;
pub mod ecommerce;
pub mod marketing;
pub mod merchant;
pub mod merchant_service;
pub mod pay;

mod catalog;
mod check;
mod lenient;
pub(crate) mod open_enum;

pub use catalog::{CATALOG, Entry};
pub use open_enum::AsSent;
