use wechatpay_core::{DateTime, Nonce, Timestamp};

use crate::ledger::{Entry, Transfer};
use crate::problem::{Code, Problem};

/// 32 random bytes for one request. The nonce of the answer and its `Request-ID` are made of them;
/// give each request its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entropy([u8; 32]);

impl Entropy {
    /// Wraps bytes that the caller drew.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The nonce of the answer's signature.
    pub(crate) fn nonce(&self) -> Nonce {
        let mut half = [0; 16];
        half.copy_from_slice(&self.0[..16]);
        Nonce::from_entropy(half)
    }

    fn request_id(&self) -> String {
        let digits: String = self.0[16..].iter().map(|b| format!("{b:02X}")).collect();
        format!("08{digits}")
    }

    /// 12 characters for a sealed resource.
    pub(crate) fn sealing_nonce(&self) -> String {
        const SIGNS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let pick = |byte: &u8| char::from(SIGNS[usize::from(*byte) % SIGNS.len()]);
        self.0[20..].iter().map(pick).collect()
    }
}

impl From<[u8; 32]> for Entropy {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// One request's place in time: the gateway's clock, and the number it is known by.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    /// The clock that business runs on, which the administration can move.
    pub(crate) at: Timestamp,
    /// Without the number behind it that tells errors.
    pub(crate) request_id: String,
}

impl Moment {
    pub(crate) fn new(at: Timestamp, entropy: &Entropy) -> Self {
        Self {
            at,
            request_id: entropy.request_id(),
        }
    }

    pub(crate) fn entry(&self, operation: impl Into<String>, transfers: Vec<Transfer>) -> Entry {
        Entry {
            operation: operation.into(),
            request_id: format!("{}-0", self.request_id),
            at: self.at,
            transfers,
        }
    }

    /// The time as answers carry it.
    pub(crate) fn text(&self) -> Result<DateTime, Problem> {
        in_china(self.at)
    }
}

pub(crate) fn in_china(at: Timestamp) -> Result<DateTime, Problem> {
    DateTime::in_china(at).map_err(|e| Problem::new(Code::SystemError, e.to_string()))
}
