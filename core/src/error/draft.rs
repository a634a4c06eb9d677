use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use http::Method;
use thiserror::Error;

use super::SealedFieldError;
use crate::operation::Coverage;

/// Which operation: the method, and the path as the documentation writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationName {
    method: Method,
    path: Cow<'static, str>,
}

impl OperationName {
    pub(crate) fn new(method: Method, path: impl Into<Cow<'static, str>>) -> Self {
        Self {
            method,
            path: path.into(),
        }
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path, with its `{placeholders}` where it has any.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for OperationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// An operation could not be written as a request. Nothing was sent, no money moved by it.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum DraftError {
    /// A field breaks a documented limit.
    #[error("{operation}: {source}; nothing was sent")]
    Field {
        /// The operation.
        operation: OperationName,
        /// The field, its limit and its value.
        source: FieldError,
    },
    /// A placeholder of the path and its value do not match up.
    #[error("{operation}: path argument {name:?} {reason}; nothing was sent")]
    PathArg {
        /// The operation.
        operation: OperationName,
        /// The placeholder.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// A path or query that was chosen at run time cannot be a request target.
    #[error("{operation}: the request target {reason}; nothing was sent")]
    Target {
        /// The operation.
        operation: OperationName,
        /// Why.
        reason: &'static str,
    },
    /// A field of a query is not a string, a number or a boolean.
    #[error("{operation}: query field {field:?} is not a plain value; nothing was sent")]
    QueryField {
        /// The operation.
        operation: OperationName,
        /// The field.
        field: String,
    },
    /// The method is not one of this protocol, or does not go with a body.
    #[error("{operation}: {reason}; nothing was sent")]
    Method {
        /// The operation.
        operation: OperationName,
        /// Why.
        reason: &'static str,
    },
    /// The response type expects another signature than the platform makes on this path.
    #[error(
        "{operation}: the response type expects {}, and the platform signs {}; {}; nothing was sent",
        coverage_words(*.expected), coverage_words(*.documented), coverage_advice(*.documented)
    )]
    Coverage {
        /// The operation.
        operation: OperationName,
        /// What the response type's signature covers.
        expected: Coverage,
        /// What the platform's covers.
        documented: Coverage,
    },
    /// The value does not serialize.
    #[error("{operation}: the body does not serialize: {source}; nothing was sent")]
    Json {
        /// The operation.
        operation: OperationName,
        /// What the serializer said.
        source: serde_json::Error,
    },
    /// A sensitive field could not be sealed.
    #[error("{operation}: {source}; nothing was sent")]
    Seal {
        /// The operation.
        operation: OperationName,
        /// Which, and why.
        source: SealedFieldError,
    },
    /// The parts do not form an HTTP request.
    #[error("{operation}: the parts do not form an HTTP request: {source}; nothing was sent")]
    Http {
        /// The operation.
        operation: OperationName,
        /// What the builder said.
        source: http::Error,
    },
}

fn coverage_words(coverage: Coverage) -> &'static str {
    match coverage {
        Coverage::Body => "the body",
        Coverage::Nothing => "nothing",
        Coverage::Statement => "the statement's SHA-1",
    }
}

fn coverage_advice(documented: Coverage) -> &'static str {
    match documented {
        Coverage::Body => "take a response type that is verified",
        Coverage::Nothing => "take the answer as `Unverified`",
        Coverage::Statement => "take the answer as a `Statement`",
    }
}

/// A field breaks a documented limit: which field, which limit, which value.
///
/// ```
/// use wechatpay_core::FieldError;
///
/// let error = FieldError::new("description", "at most 80 characters", "…");
/// assert_eq!(error.to_string(), r#"field description must be at most 80 characters, and is "…""#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("field {field} must be {limit}, and is {value}")]
pub struct FieldError {
    field: Cow<'static, str>,
    limit: Cow<'static, str>,
    value: String,
}

impl FieldError {
    /// States that `field` must be `limit`, and is `value`.
    #[must_use]
    pub fn new(
        field: impl Into<Cow<'static, str>>,
        limit: impl Into<Cow<'static, str>>,
        value: impl fmt::Debug,
    ) -> Self {
        Self {
            field: field.into(),
            limit: limit.into(),
            value: format!("{value:?}"),
        }
    }

    /// The field.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What it must be.
    #[must_use]
    pub fn limit(&self) -> &str {
        &self.limit
    }

    /// What it is, as Rust writes the value.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// A signer could not sign. Nothing was sent, no money moved by it.
#[derive(Debug)]
pub struct SignError(Box<dyn StdError + Send + Sync>);

impl SignError {
    /// Wraps the key store's own error.
    #[must_use]
    pub fn new(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the signer failed: {}; nothing was sent", self.0)
    }
}

impl StdError for SignError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.0.as_ref())
    }
}
