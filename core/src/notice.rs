//! Callbacks (回调通知): what the platform tells of its own accord, by a `POST` to the merchant's
//! `notify_url`.
//!
//! [`Notice::open`] takes the request as it came and gives what it tells; [`Reply`] is what to
//! answer; [`Deduplicator`] keeps a notice that comes twice from being handled twice.
//!
//! A notice may come late, twice, several times at once, out of order, or never: the platform gives
//! up after 24 hours. So whatever waits for one also queries, and a notice changes an order's state
//! only where the order's own books allow it.
//!
//! ```
//! use wechatpay_core::notice::{Direction, Event, Payment};
//! use wechatpay_core::{ApiV3Key, Bytes, Notice, PlatformKeys, Reply, Timestamp, http};
//!
//! fn receive(
//!     request: &http::Request<Bytes>,
//!     keys: &PlatformKeys,
//!     key: &ApiV3Key,
//!     now: Timestamp,
//! ) -> http::Response<Bytes> {
//!     let notice = match Notice::open(request, keys, key, now) {
//!         Ok(notice) => notice,
//!         Err(error) => {
//!             if let Some(id) = error.unknown_key() {
//!                 println!("fetch the platform's keys, {id} among them, and open once more");
//!             }
//!             eprintln!("{error}");
//!             return Reply::refuse(&error);
//!         }
//!     };
//!     match &notice.event {
//!         Event::Payment(Payment::Partner(order)) => {
//!             println!("{} of {} was paid", order.out_trade_no, order.sub_mchid);
//!         }
//!         Event::Refund(refund) => println!("{}: {}", refund.refund_id, refund.refund_status),
//!         Event::ProfitSharing(sharing) if sharing.direction == Direction::Shared => {
//!             println!("received {}", sharing.movement.receiver.amount);
//!         }
//!         _ => println!("{}: {}", notice.id, notice.event_type.text()),
//!     }
//!     Reply::accept()
//! }
//! # let keys = PlatformKeys::new().with_public_key(
//! #     "PUB_KEY_ID_01",
//! #     include_bytes!("../tests/known_answers/keys/platform_spki.pem"),
//! # )?;
//! # let key = ApiV3Key::new(include_str!("../tests/known_answers/notices/payment_partner/key"))?;
//! # let request = |serial| http::Request::post("/notify")
//! #     .header("wechatpay-serial", serial)
//! #     .header("wechatpay-timestamp", include_str!("../tests/known_answers/notices/payment_partner/timestamp"))
//! #     .header("wechatpay-nonce", include_str!("../tests/known_answers/notices/payment_partner/nonce"))
//! #     .header("wechatpay-signature", include_str!("../tests/known_answers/notices/payment_partner/signature"))
//! #     .body(Bytes::from_static(include_bytes!("../tests/known_answers/notices/payment_partner/body")));
//! # let now = Timestamp::from_secs(
//! #     include_str!("../tests/known_answers/notices/payment_partner/timestamp").parse()?,
//! # );
//! # assert_eq!(receive(&request("PUB_KEY_ID_01")?, &keys, &key, now).status(), 204);
//! # assert_eq!(receive(&request("PUB_KEY_ID_02")?, &keys, &key, now).status(), 401);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod deduplicator;
mod envelope;
mod event;
mod refund;
mod reply;
mod sharing;

use std::fmt;

use bytes::Bytes;
use http::Request;
use serde::de::DeserializeOwned;

use crate::api::AsSent;
use crate::datetime::DateTime;
use crate::error::{DecodeError, NoticeError};
use crate::keys::{Verifier, check_answer};
use crate::operation::Decode;
use crate::resource::ApiV3Key;
use crate::stamp::{Timestamp, request_id};
use envelope::Envelope;

pub use crate::api::ecommerce::refunds::{RefundAccount, RefundStatus};
pub use deduplicator::{Claim, Deduplicator, Ticket};
pub use event::{Event, EventType, Payment};
pub use refund::{Refund, RefundAmount};
pub use reply::Reply;
pub use sharing::{Direction, Movement, Receiver, ReceiverKind, Sharing};

/// A notice (通知): verified, opened and read.
///
/// Its `Debug` leaves out what was sealed, which is personal data.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/merchant/4012075420>
#[non_exhaustive]
#[derive(Clone)]
pub struct Notice {
    /// The notice's number (通知ID), at most 36 characters: the same for each time it comes.
    pub id: String,
    /// When the platform wrote it.
    pub create_time: DateTime,
    /// What happened, as the platform names it.
    pub event_type: AsSent<EventType>,
    /// What happened, in words: `支付成功`.
    pub summary: Option<String>,
    /// What was sealed, as the platform names it (原始回调类型): `transaction`, `refund`,
    /// `profitsharing`.
    pub original_type: Option<String>,
    /// The platform's `Request-ID`, which its support asks for. Log it.
    pub request_id: Option<String>,
    /// What the notice tells.
    pub event: Event,
    /// What was sealed, as it was sent.
    pub plaintext: Bytes,
}

impl Notice {
    /// Opens the request that came to the `notify_url`, of which the body is whole and untouched: a
    /// body that went through a JSON parser no longer verifies.
    ///
    /// In this order: the `Wechatpay-*` headers and the clock, the platform key by the id that the
    /// request names, the signature over the raw bytes, the envelope, its seal, and then what was
    /// sealed. Nothing is parsed before it is verified. The body is held in memory, so let the HTTP
    /// server bound it; a notice has a few thousand bytes.
    ///
    /// `key` is the APIv3 key of the merchant that is notified.
    ///
    /// # Errors
    ///
    /// [`NoticeError`], which [`Reply::refuse`] answers.
    pub fn open<B: AsRef<[u8]>>(
        request: &Request<B>,
        keys: &(impl Verifier + ?Sized),
        key: &ApiV3Key,
        now: Timestamp,
    ) -> Result<Self, NoticeError> {
        let (body, request_id) = (request.body().as_ref(), request_id(request.headers()));
        if let Err(source) = check_answer(request.headers(), body, keys, now) {
            return Err(NoticeError::Untrusted { request_id, source });
        }
        let mut envelope = match Envelope::decode(body) {
            Ok(envelope) => envelope,
            Err(error) => {
                return Err(NoticeError::Envelope {
                    request_id,
                    length: body.len(),
                    source: error.without_value(),
                });
            }
        };
        let plaintext = match envelope.resource.open(key) {
            Ok(plaintext) => Bytes::from(plaintext),
            Err(source) => {
                return Err(NoticeError::Open {
                    id: envelope.id,
                    request_id,
                    source,
                });
            }
        };
        let notice = Self {
            id: envelope.id,
            create_time: envelope.create_time,
            event_type: envelope.event_type,
            summary: envelope.summary,
            original_type: envelope.resource.original_type,
            request_id,
            event: Event::Other,
            plaintext,
        };
        match notice.read() {
            Ok(event) => Ok(Self { event, ..notice }),
            Err(error) => Err(NoticeError::Payload {
                notice: Box::new(notice),
                source: error.without_value(),
            }),
        }
    }

    /// Reads what was sealed as a type of your own, for notices that are [`Event::Other`] here.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], with the path to the field and without the value that was found there.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        T::decode(&self.plaintext).map_err(DecodeError::without_value)
    }

    fn read(&self) -> Result<Event, DecodeError> {
        Event::read(
            self.original_type.as_deref(),
            &self.event_type,
            self.summary.as_deref(),
            &self.plaintext,
        )
    }
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notice")
            .field("id", &self.id)
            .field("create_time", &self.create_time)
            .field("event_type", &self.event_type)
            .field("summary", &self.summary)
            .field("original_type", &self.original_type)
            .field("request_id", &self.request_id)
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}
