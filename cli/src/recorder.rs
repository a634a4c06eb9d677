//! A signer that remembers what it signed, so that a signature error can be explained.

use std::sync::{Arc, Mutex, PoisonError};

use wechatpay_core::{RsaSigner, SignError, Signature, Signer};

/// Signs, and keeps the last message (never the signature).
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    signer: Arc<RsaSigner>,
    last: Arc<Mutex<Vec<u8>>>,
}

impl Recorder {
    pub(crate) fn new(signer: RsaSigner) -> Self {
        Self {
            signer: Arc::new(signer),
            last: Arc::default(),
        }
    }

    /// The serial number that signatures carry.
    pub(crate) fn serial(&self) -> &str {
        self.signer.serial().as_str()
    }

    /// The message that was signed last; empty before the first.
    pub(crate) fn last_message(&self) -> Vec<u8> {
        self.last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Signer for Recorder {
    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = message.to_vec();
        self.signer.sign(message)
    }
}
