use bytes::Bytes;
use http::StatusCode;

/// A verified answer: the value, the status, the platform's request id, and the bytes that were
/// verified.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Answer<T> {
    /// What was asked for.
    pub value: T,
    /// The HTTP status: 200, 202 or 204.
    pub status: StatusCode,
    /// The platform's `Request-ID`, which its support asks for. Log it.
    pub request_id: Option<String>,
    /// The body as it came.
    pub body: Bytes,
    /// What of the call's earlier attempts is open.
    pub earlier: Earlier,
}

/// Whether attempts of a call that came before its last one may still be carried out.
///
/// A success speaks for all of them: they were the same request. An answer that says no, such as
/// the status `FAIL` of a coupon subsidy, speaks for its own attempt; one that is still on its way
/// may be carried out when the reason is gone, for as long as the platform accepts its time: 5
/// minutes, and as much again where clocks differ. Until then hold the outcome as unknown.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Earlier {
    /// There was none, or none that reached the platform.
    #[default]
    Settled,
    /// One ended without an outcome.
    MayHaveArrived,
}

impl<T> Answer<T> {
    /// The same answer with another value made of its own.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Answer<U> {
        Answer {
            value: make(self.value),
            status: self.status,
            request_id: self.request_id,
            body: self.body,
            earlier: self.earlier,
        }
    }
}

/// The body of an answer, whole in memory. A `Bytes` is shared, others are copied once.
pub trait AnswerBody: AsRef<[u8]> {
    /// The same bytes, to keep.
    fn share(&self) -> Bytes;
}

impl AnswerBody for Bytes {
    fn share(&self) -> Bytes {
        self.clone()
    }
}

impl AnswerBody for Vec<u8> {
    fn share(&self) -> Bytes {
        Bytes::copy_from_slice(self)
    }
}

impl AnswerBody for &[u8] {
    fn share(&self) -> Bytes {
        Bytes::copy_from_slice(self)
    }
}

impl AnswerBody for String {
    fn share(&self) -> Bytes {
        Bytes::copy_from_slice(self.as_bytes())
    }
}

impl AnswerBody for &str {
    fn share(&self) -> Bytes {
        Bytes::copy_from_slice(self.as_bytes())
    }
}
