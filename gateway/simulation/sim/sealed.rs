//! Sensitive fields for a simulation that repeats byte for byte. Sealing draws randomness that
//! nobody can hand in, so the few texts that merchants send are sealed here already.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use wechatpay_core::{KeyId, Seal, SealError};

/// The name of whoever gets money, and a bank card's number.
pub(crate) const NAME: &str = "张三";
pub(crate) const CARD: &str = "6222020000000000000";

/// By `openssl pkeyutl -encrypt` with RSAES-OAEP: the key's id, the text, what it is sealed as.
const SEALED: &str = include_str!("envelopes.txt");

/// What seals for each of the platform's keys.
pub(crate) struct Envelopes(BTreeMap<String, Arc<Envelope>>);

struct Envelope {
    key: KeyId,
    texts: BTreeMap<&'static str, &'static str>,
}

impl Envelopes {
    pub(crate) fn new() -> Rc<Self> {
        let mut envelopes: BTreeMap<String, Envelope> = BTreeMap::new();
        for line in SEALED.lines() {
            let mut parts = line.split(' ');
            let (Some(id), Some(text), Some(sealed)) = (parts.next(), parts.next(), parts.next())
            else {
                continue;
            };
            let Ok(key) = KeyId::parse(id) else { continue };
            let texts = BTreeMap::new();
            let envelope = envelopes.entry(id.to_owned());
            let envelope = envelope.or_insert(Envelope { key, texts });
            envelope.texts.insert(text, sealed);
        }
        let shared = |(id, envelope)| (id, Arc::new(envelope));
        Rc::new(Self(envelopes.into_iter().map(shared).collect()))
    }

    pub(crate) fn of(&self, key: &KeyId) -> Option<Arc<dyn Seal>> {
        let envelope = self.0.get(key.as_str())?;
        Some(Arc::clone(envelope) as Arc<dyn Seal>)
    }
}

impl Seal for Envelope {
    fn key_id(&self) -> &KeyId {
        &self.key
    }

    fn seal(&self, plaintext: &str) -> Result<String, SealError> {
        let sealed = self.texts.get(plaintext);
        let sealed = sealed.ok_or_else(|| SealError::new("the simulation seals other texts"))?;
        Ok((*sealed).to_owned())
    }
}
