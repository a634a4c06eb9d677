use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use http::Method;
use serde::Serialize;

use crate::call::Draft;
use crate::error::{DraftError, OperationName};
use crate::merchant::Merchant;
use crate::operation::{Body, Decode, Document, Replay, ToDraft};
use crate::sealing::Seal;
use crate::target::Target;

/// An endpoint whose method and path are chosen at run time, for whatever is not typed here.
///
/// It is signed, verified and reported like every other operation. `T` is what the answer holds, a
/// [`Document`] unless [`answering`](Self::answering) says otherwise.
///
/// ```
/// use wechatpay_core::{AnyOperation, Merchant, Method};
///
/// let merchant = Merchant::new("1900009191")?;
/// let operation = AnyOperation::new(Method::POST, "/v3/ecommerce/subsidies/cancel")
///     .json(&serde_json::json!({
///         "sub_mchid": "1900013401",
///         "transaction_id": "4208450740201411110007820472",
///         "description": "订单退款",
///     }))?;
/// assert_eq!(merchant.draft(&operation)?.target(), "/v3/ecommerce/subsidies/cancel");
///
/// let operation = AnyOperation::new(Method::GET, "/v3/certificates").query("algorithm_type", "RSA");
/// assert_eq!(merchant.draft(&operation)?.target(), "/v3/certificates?algorithm_type=RSA");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct AnyOperation<T = Document> {
    method: Method,
    target: String,
    query: Vec<(String, String)>,
    body: Body,
    replay: Replay,
    response: PhantomData<fn() -> T>,
}

impl AnyOperation {
    /// A call of `method` on `target`: the path and, if any, the query, percent-encoded already.
    ///
    /// Until [`replay`](Self::replay) says otherwise, a `GET` counts as read-only and anything else
    /// as not to be repeated before its outcome was asked for.
    #[must_use]
    pub fn new(method: Method, target: impl Into<String>) -> Self {
        let replay = if method == Method::GET {
            Replay::ReadOnly
        } else {
            Replay::AskFirst {
                settle: "query the outcome before anything is repeated",
            }
        };
        Self {
            method,
            target: target.into(),
            query: Vec::new(),
            body: Body::empty(),
            replay,
            response: PhantomData,
        }
    }
}

impl<T> AnyOperation<T> {
    /// Adds a query field, which is percent-encoded here.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Sets the body to the JSON of `value`.
    ///
    /// # Errors
    ///
    /// [`serde_json::Error`] when `value` does not serialize.
    pub fn json(mut self, value: &(impl Serialize + ?Sized)) -> Result<Self, serde_json::Error> {
        self.body = Body::json(value)?;
        Ok(self)
    }

    /// Sets the body to JSON that is written already; the bytes go out as they are.
    #[must_use]
    pub fn json_bytes(mut self, json: impl Into<Bytes>) -> Self {
        self.body = Body::json_bytes(json);
        self
    }

    /// Says what may be done when the outcome is unknown.
    #[must_use]
    pub fn replay(mut self, replay: Replay) -> Self {
        self.replay = replay;
        self
    }

    /// Says what the answer holds.
    #[must_use]
    pub fn answering<U: Decode>(self) -> AnyOperation<U> {
        AnyOperation {
            method: self.method,
            target: self.target,
            query: self.query,
            body: self.body,
            replay: self.replay,
            response: PhantomData,
        }
    }
}

impl<T: Decode> ToDraft for AnyOperation<T> {
    type Response = T;

    fn to_draft(&self, merchant: &Merchant, _: Option<&dyn Seal>) -> Result<Draft<T>, DraftError> {
        let path = self.target.split('?').next().unwrap_or_default();
        let operation = OperationName::new(self.method.clone(), path.to_owned());
        let mut target = Target::from_text(&operation, &self.target)?;
        for (name, value) in &self.query {
            target.push(name, value);
        }
        Draft::freeze(merchant, operation, self.replay, target, self.body.clone())
    }
}

/// The method and the path; query and body may hold personal data.
impl<T> fmt::Debug for AnyOperation<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.target.split('?').next().unwrap_or_default();
        write!(f, "AnyOperation({} {path})", self.method)
    }
}
