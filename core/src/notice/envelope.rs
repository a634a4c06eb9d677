use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::EventType;
use crate::api::AsSent;
use crate::datetime::DateTime;
use crate::error::ResourceError;
use crate::resource::{ApiV3Key, SealedResource};

/// The body of a notice: what it is, and what it holds, sealed.
#[derive(Deserialize)]
pub(super) struct Envelope {
    #[serde(deserialize_with = "not_empty")]
    pub(super) id: String,
    pub(super) create_time: DateTime,
    pub(super) event_type: AsSent<EventType>,
    pub(super) summary: Option<String>,
    pub(super) resource: Resource,
}

#[derive(Deserialize)]
pub(super) struct Resource {
    algorithm: String,
    ciphertext: String,
    nonce: String,
    associated_data: Option<String>,
    pub(super) original_type: Option<String>,
}

impl Resource {
    pub(super) fn open(&mut self, key: &ApiV3Key) -> Result<Vec<u8>, ResourceError> {
        let sealed = SealedResource {
            algorithm: std::mem::take(&mut self.algorithm),
            nonce: std::mem::take(&mut self.nonce),
            associated_data: self.associated_data.take().unwrap_or_default(),
            ciphertext: std::mem::take(&mut self.ciphertext),
        };
        sealed.open(key)
    }
}

/// Two notices without an id would count as one.
fn not_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Err(D::Error::custom("the id is empty"));
    }
    Ok(text)
}
