use thiserror::Error;

use super::response::id_words;
use super::{DecodeError, ResourceError, VerifyError, excerpt};
use crate::notice::Notice;

/// Why a request is not taken for a notice. [`Reply::refuse`](crate::Reply::refuse) answers it.
///
/// What the notice holds is personal data: no message repeats it, only the path to a field and what
/// is wrong with it.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum NoticeError {
    /// The request is not the platform's, as far as its signature tells. Nothing of its body was
    /// read.
    #[error("the notice is not trusted: {source}{}", id_words(.request_id))]
    Untrusted {
        /// The `Request-ID` that came, from whomever.
        request_id: Option<String>,
        /// Why it is not trusted.
        source: VerifyError,
    },
    /// The platform's signature holds, and the body is not a notice.
    #[error("the verified body of {length} bytes is not a notice: {source}{}", id_words(.request_id))]
    Envelope {
        /// The platform's `Request-ID`.
        request_id: Option<String>,
        /// How many bytes came.
        length: usize,
        /// Where reading stopped.
        source: DecodeError,
    },
    /// The notice's resource does not open: most often with another APIv3 key than the one that is
    /// set in the merchant platform.
    #[error("notice {:?} does not open: {source}{}", excerpt(.id), id_words(.request_id))]
    Open {
        /// The notice's id.
        id: String,
        /// The platform's `Request-ID`.
        request_id: Option<String>,
        /// Why.
        source: ResourceError,
    },
    /// The notice is the platform's and open, and what it holds is not what its type says.
    #[error(
        "notice {:?} of type {:?} does not hold what its type says: {source}{}",
        excerpt(&.notice.id),
        excerpt(.notice.event_type.text()),
        id_words(&.notice.request_id)
    )]
    Payload {
        /// The notice, with the plaintext, as [`Event::Other`](crate::notice::Event::Other).
        notice: Box<Notice>,
        /// Where reading stopped.
        source: DecodeError,
    },
}

impl NoticeError {
    /// The notice's id, where it could be read.
    #[must_use]
    pub fn notice_id(&self) -> Option<&str> {
        match self {
            Self::Untrusted { .. } | Self::Envelope { .. } => None,
            Self::Open { id, .. } => Some(id),
            Self::Payload { notice, .. } => Some(&notice.id),
        }
    }

    /// The `Request-ID` that came, which the platform's support asks for. Log it.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Untrusted { request_id, .. }
            | Self::Envelope { request_id, .. }
            | Self::Open { request_id, .. } => request_id.as_deref(),
            Self::Payload { notice, .. } => notice.request_id.as_deref(),
        }
    }

    /// The id of the platform key that is not held, where that is the reason. Fetch the keys, at
    /// most once in a while since anyone can name any id, and open the same request again.
    #[must_use]
    pub fn unknown_key(&self) -> Option<&str> {
        match self {
            Self::Untrusted {
                source: VerifyError::UnknownKey { serial, .. },
                ..
            } => Some(serial),
            _ => None,
        }
    }
}
