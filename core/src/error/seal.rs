use std::borrow::Cow;
use std::error::Error as StdError;

use thiserror::Error;

/// A sensitive field cannot be sealed: which field, and why. Its text is not repeated.
///
/// ```
/// use wechatpay_core::{SealError, SealedFieldError};
///
/// let error = SealedFieldError::new("encrypted_name", SealError::new("the key store is locked"));
/// assert_eq!(
///     error.to_string(),
///     "sensitive field encrypted_name cannot be sealed: the key store is locked",
/// );
/// ```
#[derive(Debug, Error)]
#[error("sensitive field {field} cannot be sealed: {source}")]
pub struct SealedFieldError {
    field: Cow<'static, str>,
    source: SealError,
}

impl SealedFieldError {
    /// States that `field` cannot be sealed.
    #[must_use]
    pub fn new(field: impl Into<Cow<'static, str>>, source: SealError) -> Self {
        Self {
            field: field.into(),
            source,
        }
    }

    /// The field.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> &SealError {
        &self.source
    }
}

/// A text cannot be sealed. Nothing was sent, no money moved by it.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum SealError {
    /// There is no key to seal it with.
    #[error(
        "there is no key to seal it with; draft with `Merchant::draft_for` and keys that seal, such \
         as `PlatformKeys` with the feature `aws-lc-rs`"
    )]
    NoSealer,
    /// It is too long for the key.
    #[error("it has {length} bytes of UTF-8, and a key of this size seals at most {limit}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// How many bytes the key seals.
        limit: usize,
    },
    /// It was given as sealed already, and is not.
    #[error(
        "it was given as sealed already, and is not base64 of 256 bytes or more; give plain text as \
         `Sealed::plain`"
    )]
    NotSealed,
    /// The key store refused.
    #[error("{0}")]
    KeyStore(#[source] Box<dyn StdError + Send + Sync>),
}

impl SealError {
    /// Wraps the key store's own error.
    #[must_use]
    pub fn new(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::KeyStore(source.into())
    }
}

/// A sealed text cannot be opened.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum OpenError {
    /// It is not base64.
    #[error("the sealed text is not base64")]
    NotBase64,
    /// It is not as long as what the key opens.
    #[error("the sealed text has {length} bytes, and this key opens texts of {expected}")]
    Length {
        /// Its length in bytes.
        length: usize,
        /// The key's length in bytes.
        expected: usize,
    },
    /// It was sealed for another key or in another way, or is damaged.
    #[error(
        "the sealed text does not open: it was sealed for another key, or not by RSAES-OAEP with \
         SHA-1, or is damaged"
    )]
    Refused,
    /// What was sealed is not UTF-8.
    #[error("what was sealed is not UTF-8")]
    NotText,
    /// The key store refused.
    #[error("{0}")]
    KeyStore(#[source] Box<dyn StdError + Send + Sync>),
}

impl OpenError {
    /// Wraps the key store's own error.
    #[must_use]
    pub fn new(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::KeyStore(source.into())
    }
}
