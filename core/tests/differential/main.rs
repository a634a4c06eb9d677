//! The core and the `openssl` command line, asked the same thousands of questions.
//!
//! Without an `openssl` of version 3 nothing is compared, and a line says so; with
//! `WECHATPAY_OPENSSL=required` that fails. The cases come from a seed, which a failing test prints:
//! `WECHATPAY_SEED` brings them again, and `WECHATPAY_CASES=20` makes twenty times as many. The keys
//! stay in the target folder.
#![cfg(feature = "aws-lc-rs")]
#![allow(clippy::unwrap_used, missing_docs)]

mod aead;
mod cases;
mod certificates;
mod damaged_certificates;
mod ghash;
mod openssl;
mod pool;
mod sealing;
mod signing;
mod verifying;
