use std::fmt;
use std::marker::PhantomData;

use http::{Method, Response};

use crate::answer::{Answer, AnswerBody, Earlier};
use crate::coverage::check_covered;
use crate::error::{ApiError, OperationName, Reason, ResponseError};
use crate::keys::{Verifier, check_answer};
use crate::operation::{Coverage, Decode, Replay};
use crate::stamp::{Timestamp, request_id, retry_after};

/// The last phase: turns an answer into a `T`, after verifying it. It borrows nothing, so it can
/// wait in a table.
#[must_use = "an answer is trusted only after `complete`"]
pub struct Pending<T> {
    pub(crate) operation: OperationName,
    pub(crate) replay: Replay,
    response: PhantomData<fn() -> T>,
}

impl<T: Decode> Pending<T> {
    /// Verifies, then decodes. Takes `&self` and `&Response`, so that a caller who meets an unknown
    /// platform key can fetch it and complete the same answer again.
    ///
    /// # Errors
    ///
    /// [`ResponseError`], which names the operation and the request id, and says whether money may
    /// have moved.
    pub fn complete(
        &self,
        response: &Response<impl AnswerBody>,
        keys: &(impl Verifier + ?Sized),
        now: Timestamp,
    ) -> Result<Answer<T>, ResponseError> {
        if let Some(error) = self.refusal(response, keys, now) {
            return Err(error);
        }
        let status = response.status();
        let body = response.body().share();
        if let Err(source) = check_covered(T::COVERAGE, response.headers(), &body, keys, now) {
            return Err(self.refuse(response, Reason::Untrusted { status, source }, now));
        }
        // The signature covers the body and not the status, which anyone on the way can change.
        if T::COVERAGE == Coverage::Body && ApiError::is_named_by(&body) {
            let error = ApiError::read(status, &body, None);
            return Err(self.refuse(response, Reason::Api(Box::new(error)), now));
        }
        match T::decode_shared(&body) {
            Ok(value) => Ok(Answer {
                value,
                status,
                request_id: request_id(response.headers()),
                body,
                earlier: Earlier::Settled,
            }),
            Err(source) => {
                let body = body.to_vec();
                Err(self.refuse(response, Reason::Decode { source, body }, now))
            }
        }
    }
}

impl<T> Pending<T> {
    pub(crate) fn new(operation: OperationName, replay: Replay) -> Self {
        Self {
            operation,
            replay,
            response: PhantomData,
        }
    }

    /// The operation.
    #[must_use]
    pub fn operation(&self) -> &OperationName {
        &self.operation
    }

    /// The method of the operation.
    #[must_use]
    pub fn method(&self) -> &Method {
        self.operation.method()
    }

    /// What may be done when the outcome is unknown.
    #[must_use]
    pub fn replay(&self) -> Replay {
        self.replay
    }

    /// What an answer says whose status is no success, as [`complete`](Self::complete) would; `None`
    /// for one that is. For a body that is not read whole, such as a file's.
    pub fn refusal(
        &self,
        response: &Response<impl AnswerBody>,
        keys: &(impl Verifier + ?Sized),
        now: Timestamp,
    ) -> Option<ResponseError> {
        let (status, body) = (response.status(), response.body().as_ref());
        if status.is_success() {
            return None;
        }
        let reason = if status.is_client_error() || status.is_server_error() {
            let trust = check_answer(response.headers(), body, keys, now);
            Reason::Api(Box::new(ApiError::read(status, body, trust.err())))
        } else {
            Reason::Status(status)
        };
        Some(self.refuse(response, reason, now))
    }

    pub(crate) fn refuse<B>(
        &self,
        response: &Response<B>,
        reason: Reason,
        now: Timestamp,
    ) -> ResponseError {
        ResponseError {
            operation: self.operation.clone(),
            replay: self.replay,
            status: response.status(),
            request_id: request_id(response.headers()),
            retry_after: retry_after(response.headers(), now),
            trouble: None,
            reason,
        }
    }
}

impl<T> Clone for Pending<T> {
    fn clone(&self) -> Self {
        Self::new(self.operation.clone(), self.replay)
    }
}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pending({})", self.operation)
    }
}
