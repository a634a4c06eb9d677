use std::error::Error as StdError;
use std::io;

use thiserror::Error;

use super::CallError;
use crate::api::bill::BillError;

/// A file could not be downloaded whole and good. What was written of it is not to be used.
///
/// Downloads move no money: ask for the bill again, whose address lasts only for a while.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum DownloadError<E: StdError + 'static> {
    /// The platform was not reached, or did not answer with a file.
    #[error(transparent)]
    Call(#[from] CallError<E>),
    /// What came is not the file that its digest was promised for.
    #[error(
        "the file that was written is not the bill: {0}; discard it, and ask for the bill again"
    )]
    Bill(#[from] BillError),
    /// What came could not be written.
    #[error("the bill could not be written: {0}; discard what there is of it")]
    Write(#[source] io::Error),
}
