//! Why the story ended early.

use thiserror::Error;
use wechatpay_core::{ConfigError, DraftError, Fen, KeyError};
use wechatpay_gateway::{Account, AccountError, AdminError};

use crate::transport::Failure;

#[derive(Debug, Error)]
pub(crate) enum DemoError {
    #[error("the gateway cannot be started: {0}")]
    Start(std::io::Error),
    #[error("the gateway's own credentials are damaged: {0}")]
    Key(#[from] KeyError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("standard output is closed: {0}")]
    Print(std::io::Error),
    #[error("standard input cannot be read: {0}")]
    Read(std::io::Error),
    /// Whoever watches has seen enough.
    #[error("the story was ended")]
    Ended,
    #[error("step {0}: no callback came: {1}")]
    NoCallback(usize, std::sync::mpsc::RecvTimeoutError),
    #[error("step {0}: the callback does not open: {1}")]
    Callback(usize, wechatpay_core::NoticeError),
    #[error(transparent)]
    Draft(#[from] DraftError),
    #[error(transparent)]
    Call(#[from] Failure),
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error("the gateway's administration left out {0:?}")]
    Field(&'static str),
    #[error("step {step}: {expected} should have moved, and {found} did")]
    Moved {
        step: usize,
        expected: String,
        found: String,
    },
    #[error("step {step}: the answer should say {expected}, and says {found}")]
    Answer {
        step: usize,
        expected: String,
        found: String,
    },
    #[error("step {0}: the gateway should have refused, and did not")]
    NotRefused(usize),
    #[error("account {account} should hold {expected}, and holds {found}")]
    Balance {
        account: Account,
        expected: Fen,
        found: Fen,
    },
    #[error("all accounts together should hold 0 fen, and hold {0}")]
    Sum(Fen),
    #[error("the bill is not what its digest says: {0}")]
    Bill(#[from] wechatpay_core::api::bill::BillError),
    #[error("the bill does not read: {0}")]
    Sheet(#[from] wechatpay_core::api::bill::SheetError),
    #[error("an amount is beyond the range of 64 bits")]
    Range,
}
