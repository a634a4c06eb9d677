use std::error::Error as StdError;

use thiserror::Error;

use super::response::effect_words;
use super::{DraftError, Effect, OperationName, RefreshError, ResponseError, SignError};
use crate::operation::Replay;

/// What a transport's `call` returns: the core's errors, and the transport's own `E`.
///
/// The variants say how far the call came: nothing was sent ([`Draft`](Self::Draft),
/// [`Sign`](Self::Sign), [`Keys`](Self::Keys), [`NotSent`](Self::NotSent)), it may have arrived
/// ([`Unknown`](Self::Unknown)), or it was answered ([`Answered`](Self::Answered)). They tell of the
/// last attempt; where an earlier one says more, the error is [`Unsettled`](Self::Unsettled).
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum CallError<E: StdError + 'static> {
    /// Nothing was sent: the operation is at fault.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// Nothing was sent: the signer is at fault.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The platform got no whole request: no connection was made, or it was gone before the body.
    #[error("{operation}: not sent: {source}; this attempt moved no money")]
    NotSent {
        /// The operation.
        operation: OperationName,
        /// What the transport said.
        source: E,
    },
    /// The request may have arrived, and no whole answer came back.
    #[error("{operation}: no answer: {source}; {}", effect_words(Effect::Unknown, *.replay))]
    Unknown {
        /// The operation.
        operation: OperationName,
        /// What may be done about it.
        replay: Replay,
        /// What the transport said.
        source: E,
    },
    /// Nothing was sent: without a platform key no answer could be verified, and none was to be had.
    #[error("{operation}: no platform key is held: {source}; nothing was sent")]
    Keys {
        /// The operation.
        operation: OperationName,
        /// Why there is none.
        source: RefreshError,
    },
    /// Several attempts: the last one moved no money, and an earlier one may have.
    #[error(
        "{last}; but an earlier one of the {attempts} attempts may have arrived: {}",
        effect_words(Effect::Unknown, *.replay)
    )]
    Unsettled {
        /// What may be done about it.
        replay: Replay,
        /// How many attempts were made.
        attempts: u32,
        /// How the last one ended.
        #[source]
        last: Box<Self>,
    },
    /// The platform answered, and not with the response that was asked for.
    #[error(transparent)]
    Answered(#[from] ResponseError),
}

impl<E: StdError + 'static> CallError<E> {
    /// What is known of the operation's effect.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::Draft(_) | Self::Sign(_) | Self::NotSent { .. } | Self::Keys { .. } => {
                Effect::None
            }
            Self::Unsettled { .. } => Effect::Unknown,
            Self::Unknown {
                replay: Replay::ReadOnly,
                ..
            } => Effect::None,
            Self::Unknown { .. } => Effect::Unknown,
            Self::Answered(error) => error.effect(),
        }
    }

    /// The answer's error, where an answer came.
    #[must_use]
    pub fn answered(&self) -> Option<&ResponseError> {
        match self {
            Self::Answered(error) => Some(error),
            Self::Unsettled { last, .. } => last.answered(),
            _ => None,
        }
    }
}
