//! Sensitive fields (敏感信息加密): what stands encrypted inside a signed request or answer.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::error::{OpenError, SealError, SealedFieldError};
use crate::key_id::KeyId;

/// Seals sensitive fields with one key of the platform's.
///
/// A request names that key in `Wechatpay-Serial`, so a draft that sealed anything declares the
/// sealer's key and no other. Implement it for a key store of your own: RSAES-OAEP with SHA-1 and
/// MGF1 with SHA-1, an empty label, base64. `Sealer`, of the feature `aws-lc-rs`, is one.
///
/// ```
/// use wechatpay_core::{
///     Document, KeyId, Merchant, Method, Operation, Replay, Seal, SealError, Sealed,
///     SealedFieldError, ToDraft,
/// };
///
/// struct Vault(KeyId);
///
/// impl Seal for Vault {
///     fn key_id(&self) -> &KeyId {
///         &self.0
///     }
///     fn seal(&self, plaintext: &str) -> Result<String, SealError> {
///         Err(SealError::new(format!("the vault is locked for {} bytes", plaintext.len())))
///     }
/// }
///
/// #[derive(serde::Serialize)]
/// struct Apply {
///     real_name: Sealed,
/// }
///
/// impl Operation for Apply {
///     const METHOD: Method = Method::POST;
///     const PATH: &'static str = "/v3/apply";
///     const REPLAY: Replay = Replay::AskFirst { settle: "query the application" };
///     const SEALED: &'static [&'static str] = &["real_name"];
///     type Response = Document;
///     fn sealed_with(&self, sealer: Option<&dyn Seal>) -> Result<Option<Self>, SealedFieldError> {
///         Ok(Some(Self { real_name: self.real_name.seal_with("real_name", sealer)? }))
///     }
/// }
///
/// let vault = Vault(KeyId::parse("PUB_KEY_ID_0114232134912410000000000000")?);
/// let apply = Apply { real_name: "张三".into() };
/// let error = apply.to_draft(&Merchant::new("1900009191")?, Some(&vault)).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "POST /v3/apply: sensitive field real_name cannot be sealed: the vault is locked for 6 \
///      bytes; nothing was sent",
/// );
/// # Ok::<(), wechatpay_core::ConfigError>(())
/// ```
pub trait Seal: Send + Sync {
    /// The id of the key that seals.
    fn key_id(&self) -> &KeyId;

    /// Seals one field's text, which is not empty.
    ///
    /// # Errors
    ///
    /// [`SealError`] when the text is too long, or the key store refuses.
    fn seal(&self, plaintext: &str) -> Result<String, SealError>;
}

/// Opens sensitive fields that the other end sealed: a merchant those of answers, with its private
/// key; a simulator those of requests. `Opener`, of the feature `aws-lc-rs`, is one.
pub trait Open: Send + Sync {
    /// Opens one field's text, which is not empty.
    ///
    /// # Errors
    ///
    /// [`OpenError`] when the text was not sealed for the key, or the key store refuses.
    fn open(&self, sealed: &str) -> Result<Opened, OpenError>;
}

/// The value of a sensitive field: plain text until the request is drafted, sealed text on the
/// wire.
///
/// Plain text does not serialize, so it cannot be sent by mistake; it shows in no `Debug` and no
/// error, and is wiped from memory when it is dropped. An empty text stays empty. A key of 2048
/// bits seals up to 214 bytes of UTF-8. What is deserialized counts as sealed.
///
/// ```
/// use wechatpay_core::Sealed;
///
/// let name = Sealed::plain("张三");
/// assert_eq!(format!("{name:?}"), "Sealed(plain text)");
/// assert!(serde_json::to_string(&name).is_err());
///
/// let phone: Sealed = serde_json::from_str("\"c2VhbGVk\"")?;
/// assert_eq!(phone.as_sealed(), Some("c2VhbGVk"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(State);

#[derive(Clone, PartialEq, Eq)]
enum State {
    Plain(Zeroizing<String>),
    Sealed(String),
}

impl Sealed {
    /// The shortest sealed text there is: that of a key of 2048 bits.
    const LEAST: usize = 256;

    /// Takes plain text, which is sealed when the request is drafted.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        Self(State::Plain(Zeroizing::new(text.into())))
    }

    /// Takes text that was sealed elsewhere, and goes out as it stands. The request must declare
    /// the key that sealed it.
    #[must_use]
    pub fn from_wire(text: impl Into<String>) -> Self {
        Self(State::Sealed(text.into()))
    }

    /// The sealed text, as it stands on the wire; `None` while it is plain.
    #[must_use]
    pub fn as_sealed(&self) -> Option<&str> {
        match &self.0 {
            State::Plain(text) => text.is_empty().then_some(""),
            State::Sealed(text) => Some(text),
        }
    }

    /// Opens a field of an answer. Plain text is as good as opened.
    ///
    /// # Errors
    ///
    /// [`OpenError`] when it was not sealed for the opener's key.
    pub fn open(&self, opener: &(impl Open + ?Sized)) -> Result<Opened, OpenError> {
        match &self.0 {
            State::Plain(text) => Ok(Opened(text.clone())),
            State::Sealed(text) if text.is_empty() => Ok(Opened::new("")),
            State::Sealed(text) => opener.open(text),
        }
    }

    /// The field as it goes out, for [`Operation::sealed_with`](crate::Operation::sealed_with): an
    /// empty text and one that is sealed already are left as they are.
    ///
    /// # Errors
    ///
    /// [`SealedFieldError`], which names `field`, when there is no sealer or it refuses.
    pub fn seal_with(
        &self,
        field: impl Into<Cow<'static, str>>,
        sealer: Option<&dyn Seal>,
    ) -> Result<Self, SealedFieldError> {
        let text = match (&self.0, sealer) {
            (State::Plain(text), _) if text.is_empty() => Ok(String::new()),
            (State::Plain(text), Some(sealer)) => sealer.seal(text),
            (State::Plain(_), None) => Err(SealError::NoSealer),
            (State::Sealed(text), _) if text.is_empty() || is_sealed(text) => Ok(text.clone()),
            (State::Sealed(_), _) => Err(SealError::NotSealed),
        };
        text.map(Self::from_wire)
            .map_err(|source| SealedFieldError::new(field, source))
    }
}

/// Whether it can be sealed text at all. Plain text in a JSON file would be read as if it were.
fn is_sealed(text: &str) -> bool {
    STANDARD
        .decode(text)
        .is_ok_and(|bytes| bytes.len() >= Sealed::LEAST)
}

/// Plain text.
impl From<&str> for Sealed {
    fn from(text: &str) -> Self {
        Self::plain(text)
    }
}

/// Plain text.
impl From<String> for Sealed {
    fn from(text: String) -> Self {
        Self::plain(text)
    }
}

impl Serialize for Sealed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.as_sealed() {
            Some(text) => serializer.serialize_str(text),
            None => Err(ser::Error::custom(
                "a sensitive field is still plain text; its operation's `sealed_with` has to seal it",
            )),
        }
    }
}

impl<'de> Deserialize<'de> for Sealed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from_wire)
    }
}

impl ZeroizeOnDrop for Sealed {}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.as_sealed() {
            None => "Sealed(plain text)",
            Some("") => "Sealed(empty)",
            Some(_) => "Sealed(sealed)",
        })
    }
}

/// The text of a sensitive field that was opened. It shows in no `Debug`, and is wiped from memory
/// when it is dropped.
///
/// ```
/// use wechatpay_core::Opened;
///
/// let phone = Opened::new("13800000000");
/// assert_eq!(&*phone, "13800000000");
/// assert_eq!(format!("{phone:?}"), "Opened(..)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Opened(Zeroizing<String>);

impl Opened {
    /// Takes what an opener found.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }
}

impl Deref for Opened {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl ZeroizeOnDrop for Opened {}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opened(..)")
    }
}
