//! Callbacks (回调): notices that the platform posts to a merchant's own URL, again and again until
//! one is answered with success.

mod envelope;
mod event;
mod outbox;
mod url;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{Request, StatusCode};
use serde::{Deserialize, Serialize};
use wechatpay_core::{Timestamp, header_name};

use crate::answer::Flaw;
use crate::engine::Engine;
use crate::moment::{Entropy, Purpose};
use crate::rotation::SigningKey;
use crate::wire;

pub(crate) use envelope::News;
pub(crate) use event::{APPID, Event, OPENID, Refunded, Subject};
pub(crate) use outbox::{Attempt, Copies, NewNotice, Notice, Outbox, SignatureKind, Standing};
pub(crate) use url::notify_url;

/// One attempt to hand a notice over. Post its request as it is; each of its bytes is signed.
#[non_exhaustive]
#[derive(Debug)]
pub struct Delivery {
    /// By which its answer is told to [`Engine::notice_answered`].
    pub id: DeliveryId,
    /// The request; its URI is the whole `notify_url`.
    pub request: Request<Bytes>,
}

/// Names one delivery of an engine. No two are alike, not even after a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(u64);

/// What became of a delivery.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryOutcome {
    /// The merchant answered within 5 seconds. Any 2xx ends the notice.
    Answered(#[serde(with = "wire::status")] StatusCode),
    /// It did not, or could not be reached. The text tells people why.
    Unanswered(String),
}

impl DeliveryOutcome {
    pub(crate) fn is_success(&self) -> bool {
        matches!(self, Self::Answered(status) if status.is_success())
    }
}

impl Engine {
    /// Whether a notice waits to be delivered now.
    #[must_use]
    pub fn has_due_notices(&self, now: Timestamp) -> bool {
        self.outbox.is_due(self.state.clock(now))
    }

    /// Takes the notices out that are due on the gateway's clock, signed at `now`: at most `limit`
    /// deliveries, and one more where the last notice goes out twice. Each must be answered with
    /// [`notice_answered`](Self::notice_answered), or its notice waits forever.
    ///
    /// ```
    /// use wechatpay_core::{Timestamp, http};
    /// use wechatpay_gateway::{DeliveryOutcome, Engine, Entropy};
    ///
    /// let mut engine = Engine::new();
    /// let now = Timestamp::from_secs(1_763_700_000);
    /// let queue = r#"{"notify_url": "http://127.0.0.1:9000/notify", "event": "payment"}"#;
    /// let queue = http::Request::post("/_gateway/notices").body(queue.into())?;
    /// engine.handle(&queue, now, Entropy::new([7; 32]));
    ///
    /// let deliveries = engine.due_notices(64, now, Entropy::new([8; 32]));
    /// assert_eq!(deliveries[0].request.uri(), "http://127.0.0.1:9000/notify");
    /// assert!(deliveries[0].request.headers().contains_key("wechatpay-signature"));
    ///
    /// let outcome = DeliveryOutcome::Answered(http::StatusCode::NO_CONTENT);
    /// engine.notice_answered(deliveries[0].id, outcome, now);
    /// assert!(!engine.has_due_notices(now));
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn due_notices(&mut self, limit: usize, now: Timestamp, entropy: Entropy) -> Vec<Delivery> {
        let at = self.keep_time(now, &entropy);
        let mut deliveries = Vec::new();
        while deliveries.len() < limit {
            let Some((index, copies)) = self.outbox.take_due(at) else {
                break;
            };
            for _ in 0..copies {
                deliveries.extend(self.deliver(index, now, &entropy));
            }
        }
        deliveries
    }

    /// Takes in what became of a delivery. A second answer to the same one changes nothing, nor does
    /// one from before a reset.
    pub fn notice_answered(&mut self, id: DeliveryId, outcome: DeliveryOutcome, now: Timestamp) {
        let at = self.state.clock(now);
        self.outbox.answered(id, outcome, at);
    }

    fn deliver(&mut self, index: usize, now: Timestamp, entropy: &Entropy) -> Option<Delivery> {
        let number = self.outbox.next_delivery();
        let entropy = entropy.part(Purpose::Delivery, number);
        let key = if self.switch.is_drawn(&entropy.part(Purpose::Key, 0)) {
            SigningKey::PublicKey
        } else {
            self.certificates.rotation.signing()
        };
        let at = self.state.clock(now);
        let probe = entropy.part(Purpose::Probe, 0);
        let (id, signature, notice) = self.outbox.begin(index, key, &probe, at)?;
        let flaw = match signature {
            SignatureKind::Right => Flaw::None,
            SignatureKind::Probe => Flaw::Probe,
        };
        let mut request = Request::new(notice.body.clone());
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = notice.url.clone();
        let headers = request.headers_mut();
        let json = HeaderValue::from_static("application/json");
        headers.insert(CONTENT_TYPE, json);
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(USER_AGENT, HeaderValue::from_static("Mozilla/4.0"));
        if let Ok(value) = HeaderValue::try_from(format!("{}-0", entropy.request_id())) {
            headers.insert(header_name::REQUEST_ID, value);
        }
        self.signer
            .sign_headers(headers, &notice.body, key, now, &entropy, flaw);
        Some(Delivery { id, request })
    }
}
