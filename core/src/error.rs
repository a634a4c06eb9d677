//! What can go wrong, one enum per phase: [`ConfigError`] and [`KeyError`] before any call,
//! [`DraftError`], [`SealError`] and [`SignError`] while a request is made, [`VerifyError`] and
//! [`ResponseError`] when an answer comes back, [`CallError`], which a transport returns, and
//! [`NoticeError`] when a callback comes in.
//!
//! Nothing secret is in any of them: no private key, no APIv3 key, no `Authorization`.

mod call;
mod config;
mod download;
mod draft;
mod notice;
mod refresh;
mod response;
mod seal;
mod verify;

pub use call::CallError;
pub use config::{ConfigError, KeyError, KeyKind, Unfit};
pub use download::DownloadError;
pub use draft::{DraftError, FieldError, OperationName, SignError};
pub use notice::NoticeError;
pub use refresh::RefreshError;
pub use response::{ApiError, DecodeError, Effect, Reason, ResponseError};
pub use seal::{OpenError, SealError, SealedFieldError};
pub use verify::{ResourceError, VerifyError};

/// Shows text from the wire in a message: what does not print is escaped, and there is no more
/// than fits a line of a log.
pub(crate) fn excerpt(text: &str) -> String {
    const MOST: usize = 600;
    let mut shown = String::new();
    for c in text.chars() {
        if shown.len() >= MOST {
            shown.push('…');
            break;
        }
        match c {
            '"' | '\'' | '\\' => shown.push(c),
            _ => shown.extend(c.escape_debug()),
        }
    }
    shown
}
