use bytes::Bytes;
use http::Uri;
use serde::Serialize;
use wechatpay_core::{ApiV3Key, DateTime, SealedResource, Timestamp};

use super::{Copies, Event, NewNotice};
use crate::engine::Engine;
use crate::moment::{Entropy, Purpose, in_china};
use crate::percent::Percent;
use crate::problem::{Code, Problem};

/// Something that a merchant is to be told.
#[derive(Clone, Debug)]
pub(crate) struct News {
    pub(crate) event: Event,
    /// The merchant's `notify_url`.
    pub(crate) url: Uri,
    /// What is sealed.
    pub(crate) plaintext: String,
    /// When it happened, on the gateway's clock.
    pub(crate) at: Timestamp,
}

impl Engine {
    /// Queues a notice, due at once, and tells its id.
    pub(crate) fn queue_news(
        &mut self,
        news: &News,
        copies: impl FnOnce(&Entropy) -> Copies,
        probes: Percent,
        entropy: &Entropy,
    ) -> Result<String, Problem> {
        let entropy = entropy.part(Purpose::Notice, self.outbox.len());
        let (id, created) = (entropy.uuid(), in_china(news.at)?);
        let key = &self.certificates.key;
        let body = envelope(key, news.event, &id, &created, &news.plaintext, &entropy)?;
        let new = NewNotice {
            id: id.clone(),
            event: news.event,
            url: news.url.clone(),
            body,
            copies: copies(&entropy.part(Purpose::Copies, 0)),
            probes,
        };
        self.outbox.push(new, news.at);
        Ok(id)
    }
}

pub(super) fn envelope(
    key: &ApiV3Key,
    event: Event,
    id: &str,
    created: &DateTime,
    plaintext: &str,
    entropy: &Entropy,
) -> Result<Bytes, Problem> {
    #[derive(Serialize)]
    struct Envelope<'a> {
        id: &'a str,
        create_time: &'a DateTime,
        event_type: &'a str,
        resource_type: &'a str,
        summary: &'a str,
        resource: Resource<'a>,
    }
    #[derive(Serialize)]
    struct Resource<'a> {
        original_type: &'a str,
        #[serde(flatten)]
        sealed: SealedResource,
    }
    let fail = |error: &dyn std::error::Error| Problem::new(Code::SystemError, error.to_string());
    let original_type = event.original_type();
    let nonce = entropy.sealing_nonce();
    let sealed = SealedResource::seal(key, &nonce, original_type, plaintext.as_bytes())
        .map_err(|e| fail(&e))?;
    let envelope = Envelope {
        id,
        create_time: created,
        event_type: event.event_type(),
        resource_type: "encrypt-resource",
        summary: event.summary(),
        resource: Resource {
            original_type,
            sealed,
        },
    };
    let body = serde_json::to_vec(&envelope).map_err(|e| fail(&e))?;
    Ok(body.into())
}
