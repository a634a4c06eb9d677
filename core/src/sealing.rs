//! Sensitive fields (敏感信息加密): what the platform wants encrypted inside a signed request.

use std::error::Error as StdError;
use std::fmt;

use crate::key_id::KeyId;

/// Seals sensitive fields with one key of the platform's.
///
/// A request names that key in `Wechatpay-Serial`, so a draft that sealed anything declares the
/// sealer's key and no other.
pub trait Seal: Send + Sync {
    /// The id of the key that seals.
    fn key_id(&self) -> &KeyId;

    /// Seals one field's text.
    ///
    /// # Errors
    ///
    /// [`SealError`] when the text is too long, or the key store refuses.
    fn seal(&self, plaintext: &str) -> Result<String, SealError>;
}

/// A field could not be sealed. Nothing was sent, no money moved by it.
#[derive(Debug)]
pub struct SealError(Box<dyn StdError + Send + Sync>);

impl SealError {
    /// Wraps the sealer's own error.
    #[must_use]
    pub fn new(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for SealError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}
