use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::call::Draft;
use crate::error::{DecodeError, DraftError, FieldError, OperationName, SealedFieldError};
use crate::merchant::Merchant;
use crate::sealing::Seal;
use crate::target::Target;

/// One endpoint of the API: the implementing value is the request.
///
/// Fields serialize into the query of a `GET` or `DELETE` and into the JSON body of anything else.
/// A field that fills a `{placeholder}` of [`PATH`](Self::PATH) is marked `#[serde(skip)]` and
/// named in [`path_args`](Self::path_args).
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use wechatpay_core::{Merchant, Method, Operation, Replay};
///
/// #[derive(Serialize)]
/// struct QueryOrder {
///     #[serde(skip)]
///     out_trade_no: String,
///     mchid: String,
/// }
///
/// #[derive(Deserialize)]
/// struct Order {
///     trade_state: String,
/// }
///
/// impl Operation for QueryOrder {
///     const METHOD: Method = Method::GET;
///     const PATH: &'static str = "/v3/pay/transactions/out-trade-no/{out_trade_no}";
///     const REPLAY: Replay = Replay::ReadOnly;
///     type Response = Order;
///     fn path_args(&self) -> Vec<(&'static str, &str)> {
///         vec![("out_trade_no", &self.out_trade_no)]
///     }
/// }
///
/// let merchant = Merchant::new("1900009191")?;
/// let draft = merchant.draft(&QueryOrder { out_trade_no: "a/b".into(), mchid: "1900009191".into() })?;
/// assert_eq!(draft.target(), "/v3/pay/transactions/out-trade-no/a%2Fb?mchid=1900009191");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Operation: Serialize {
    /// The HTTP method.
    const METHOD: Method;
    /// The path, as the documentation writes it, with `{placeholders}`.
    const PATH: &'static str;
    /// What may be done when the outcome is unknown.
    const REPLAY: Replay;
    /// The sensitive fields, by their names on the wire, which
    /// [`sealed_with`](Self::sealed_with) seals; none by default.
    const SEALED: &'static [&'static str] = &[];
    /// The method and path of the query that settles an unknown outcome, as its own operation states
    /// them; none by default, where a repetition is all there is.
    const SETTLED_BY: Option<&'static str> = None;
    /// The official page.
    const SOURCE: &'static str = "";
    /// What a 2xx answer holds.
    type Response: Decode;

    /// Values for the placeholders of [`PATH`](Self::PATH).
    fn path_args(&self) -> Vec<(&'static str, &str)> {
        Vec::new()
    }

    /// The body, where it is not the JSON of `self`: [`Body::empty`] for a POST that takes none.
    ///
    /// # Errors
    ///
    /// [`serde_json::Error`] when `self` does not serialize.
    fn body(&self) -> Result<Body, serde_json::Error> {
        if in_query(&Self::METHOD) {
            Ok(Body::empty())
        } else {
            Body::json(self)
        }
    }

    /// Holds the fields against the documented limits: only what the platform is certain to refuse.
    ///
    /// # Errors
    ///
    /// [`FieldError`], which names the field, its limit and its value.
    fn check(&self) -> Result<(), FieldError> {
        Ok(())
    }

    /// The same request with its [`SEALED`](Self::SEALED) fields sealed, each by
    /// [`Sealed::seal_with`](crate::Sealed::seal_with); `None` when it has none to seal.
    ///
    /// # Errors
    ///
    /// [`SealedFieldError`] when there is no sealer, or it refuses a field.
    fn sealed_with(&self, sealer: Option<&dyn Seal>) -> Result<Option<Self>, SealedFieldError>
    where
        Self: Sized,
    {
        let _ = sealer;
        Ok(None)
    }
}

/// What can be drafted: every [`Operation`], and an [`AnyOperation`](crate::AnyOperation) whose
/// method and path are chosen at run time.
pub trait ToDraft {
    /// What a 2xx answer holds.
    type Response: Decode;

    /// Freezes the request's target and body. Fields that want sealing are sealed by `sealer`, and
    /// then the draft declares its key.
    ///
    /// # Errors
    ///
    /// [`DraftError`] when the value cannot be written as a request.
    fn to_draft(
        &self,
        merchant: &Merchant,
        sealer: Option<&dyn Seal>,
    ) -> Result<Draft<Self::Response>, DraftError>;
}

impl<O: Operation> ToDraft for O {
    type Response = O::Response;

    fn to_draft(
        &self,
        merchant: &Merchant,
        sealer: Option<&dyn Seal>,
    ) -> Result<Draft<O::Response>, DraftError> {
        let operation = OperationName::new(O::METHOD, O::PATH);
        self.check().map_err(|source| DraftError::Field {
            operation: operation.clone(),
            source,
        })?;
        let sealed = self
            .sealed_with(sealer)
            .map_err(|source| DraftError::Seal {
                operation: operation.clone(),
                source,
            })?;
        let key = sealer.filter(|_| sealed.is_some()).map(Seal::key_id);
        let this = sealed.as_ref().unwrap_or(self);
        let mut target = Target::from_template(&operation, &this.path_args())?;
        if in_query(&O::METHOD) {
            target.push_fields(&operation, this)?;
        }
        let body = this.body().map_err(|source| DraftError::Json {
            operation: operation.clone(),
            source,
        })?;
        let draft = Draft::freeze(merchant, operation, O::REPLAY, target, body)?;
        Ok(match key {
            Some(key) => draft.pinned_to(key),
            None => draft,
        })
    }
}

fn in_query(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::DELETE)
}

/// What may be done when the outcome of an operation is unknown.
///
/// A replay is always the same draft: the same target and body under a fresh timestamp, nonce and
/// signature.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    /// The operation moves nothing and may be sent again at any time.
    ReadOnly,
    /// The platform answers a repetition with equal parameters again, and acts once.
    Idempotent {
        /// The fields that make two requests the same one.
        key: &'static str,
        /// How long after the first request a repetition is recognised, where it is documented.
        window: Option<Duration>,
    },
    /// A repetition may act twice: ask first.
    AskFirst {
        /// What settles the outcome, such as the query operation to call.
        settle: &'static str,
    },
}

/// A request body. What is signed may differ from what is sent: an upload signs its metadata.
#[derive(Clone, Default)]
pub struct Body {
    pub(crate) sent: Bytes,
    pub(crate) signed: Option<Bytes>,
    pub(crate) content_type: Option<String>,
}

/// Without the bytes, which may hold personal data.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.sent.len())
    }
}

impl Body {
    /// No body.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// A JSON body, signed as sent.
    ///
    /// # Errors
    ///
    /// [`serde_json::Error`] when `value` does not serialize.
    pub fn json(value: &(impl Serialize + ?Sized)) -> Result<Self, serde_json::Error> {
        serde_json::to_vec(value).map(Self::json_bytes)
    }

    /// A JSON body that is written already; the bytes go out as they are.
    #[must_use]
    pub fn json_bytes(json: impl Into<Bytes>) -> Self {
        Self {
            sent: json.into(),
            signed: None,
            content_type: Some("application/json".to_owned()),
        }
    }

    /// A body of which only `signed` enters the signature.
    #[must_use]
    pub fn upload(
        sent: impl Into<Bytes>,
        signed: impl Into<Bytes>,
        content_type: impl Into<String>,
    ) -> Self {
        Self {
            sent: sent.into(),
            signed: Some(signed.into()),
            content_type: Some(content_type.into()),
        }
    }
}

/// What a successful body decodes to. Every `DeserializeOwned` type is one, from JSON.
///
/// Decoding comes after verification, which no implementation can skip or replace: a type can only
/// state, by [`COVERAGE`](Self::COVERAGE), what the platform signs, and is then drafted for such
/// paths alone.
pub trait Decode: Sized {
    /// What the platform's signature covers.
    const COVERAGE: Coverage = Coverage::Body;

    /// Reads a 2xx body.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], with the path to the field, and line and column.
    fn decode(body: &[u8]) -> Result<Self, DecodeError>;

    /// [`decode`](Self::decode) for a type that keeps the bytes, which then need no copy.
    ///
    /// # Errors
    ///
    /// As [`decode`](Self::decode).
    fn decode_shared(body: &Bytes) -> Result<Self, DecodeError> {
        Self::decode(body)
    }
}

/// What the platform's signature covers. A path decides this, so that a draft whose response type
/// says otherwise is refused.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// The raw body: every answer but a few.
    Body,
    /// Nothing: the answer is unsigned by the platform's documentation, such as a bill file.
    Nothing,
    /// `{"sha1":"…"}`, of which the header `Wechatpay-Statement-Sha1` has the digits: statement
    /// files. The body must have that SHA-1.
    Statement,
}

impl<T: DeserializeOwned> Decode for T {
    fn decode(body: &[u8]) -> Result<Self, DecodeError> {
        let mut json = serde_json::Deserializer::from_slice(body);
        let value = serde_path_to_error::deserialize(&mut json).map_err(DecodeError::at)?;
        json.end()?;
        Ok(value)
    }
}

/// The answer `204 No Content`; a body that comes all the same is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_structs,
    reason = "there is nothing to add to nothing"
)]
pub struct NoContent;

impl Decode for NoContent {
    fn decode(_: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self)
    }
}

/// Any JSON document, for endpoints that are not typed; an empty body is `null`.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "a document is its value")]
pub struct Document(pub Value);

impl Decode for Document {
    fn decode(body: &[u8]) -> Result<Self, DecodeError> {
        if body.is_empty() {
            return Ok(Self(Value::Null));
        }
        serde_json::from_slice(body)
            .map(Self)
            .map_err(DecodeError::from)
    }
}
