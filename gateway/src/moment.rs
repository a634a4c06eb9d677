use ring::digest::{Context, SHA256};
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

    pub(crate) fn bytes(&self) -> [u8; 32] {
        self.0
    }

    /// The nonce of the answer's signature.
    pub(crate) fn nonce(&self) -> Nonce {
        let mut half = [0; 16];
        half.copy_from_slice(&self.0[..16]);
        Nonce::from_entropy(half)
    }

    /// Bytes of their own for one of the things that a request needs. None of them tells another.
    pub(crate) fn part(&self, purpose: Purpose, index: usize) -> Self {
        let mut digest = Context::new(&SHA256);
        digest.update(&self.0);
        digest.update(&[purpose as u8]);
        // A count of things in memory fits.
        digest.update(&u64::try_from(index).unwrap_or(u64::MAX).to_be_bytes());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.finish().as_ref());
        Self(bytes)
    }

    /// A whole number below a million.
    pub(crate) fn millionth(&self) -> u32 {
        let mut first = [0; 8];
        first.copy_from_slice(&self.0[..8]);
        u32::try_from(u64::from_be_bytes(first) % 1_000_000).unwrap_or_default()
    }

    /// A UUID's text, 36 characters.
    pub(crate) fn uuid(&self) -> String {
        let digits: String = self.0[..16].iter().map(|b| format!("{b:02x}")).collect();
        let [a, b, c, d, e] = [0..8, 8..12, 12..16, 16..20, 20..32].map(|at| &digits[at]);
        format!("{a}-{b}-{c}-{d}-{e}")
    }

    /// The number that an answer or a callback is known by, without what is behind it.
    pub(crate) fn request_id(&self) -> String {
        let digits: String = self.0[16..].iter().map(|b| format!("{b:02X}")).collect();
        format!("08{digits}")
    }

    /// 12 characters for a sealed resource.
    pub(crate) fn sealing_nonce(&self) -> String {
        self.letters()[20..].to_owned()
    }

    /// 32 letters and digits.
    pub(crate) fn letters(&self) -> String {
        const SIGNS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let pick = |byte: &u8| char::from(SIGNS[usize::from(*byte) % SIGNS.len()]);
        self.0.iter().map(pick).collect()
    }
}

/// What a part of a request's entropy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Which fault a request meets.
    Fault,
    /// One sealed certificate of a list.
    Certificate,
    /// One notice that is queued.
    Notice,
    /// Whether a notice is delivered twice.
    Copies,
    /// One delivery of a notice.
    Delivery,
    /// Which of the platform's keys signs it.
    Key,
    /// Whether its signature is a probe.
    Probe,
    /// The id of a file that is handed out later.
    File,
    /// What such a file is encrypted with.
    BillKey,
    /// The nonce of that.
    BillNonce,
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
    /// The clock that signatures are held against.
    pub(crate) now: Timestamp,
    /// Without the number behind it that tells errors.
    pub(crate) request_id: String,
}

impl Moment {
    pub(crate) fn new(at: Timestamp, now: Timestamp, entropy: &Entropy) -> Self {
        Self {
            at,
            now,
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
