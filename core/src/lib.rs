//! # WeChat Pay APIv3 as a sans-IO protocol core
//!
//! This crate builds canonical messages, signs requests, verifies answers and types the operations
//! around subsidised orders (补差) of WeChat Pay's APIv3. It opens no socket, reads no clock, draws
//! no randomness, spawns nothing and locks nothing: time, randomness and keys are arguments.
//!
//! A call goes through phases, and each phase is a type:
//!
//! | phase | you give | you get |
//! |---|---|---|
//! | [`Merchant::draft`] | an [`Operation`] | [`Draft`]: target and body, frozen as bytes |
//! | [`Draft::stamp`] | the time and a nonce | [`Unsigned`]: the canonical message |
//! | [`Unsigned::sign`] or [`Unsigned::attach`] | a [`Signer`], or a [`Signature`] from elsewhere | [`Prepared`]: the request, and what reads its answer |
//! | (your HTTP client) | the request | an `http::Response` |
//! | [`Pending::complete`] | the answer, the platform's keys, the time | [`Answer`]: verified first, decoded second |
//!
//! ```
//! use wechatpay_core::api::ecommerce::subsidies;
//! use wechatpay_core::{Fen, Merchant, Nonce, PlatformKeys, Prepared, RsaSigner, Timestamp};
//! # let key = include_bytes!("../tests/known_answers/keys/merchant_pkcs8.pem");
//! # let platform = include_bytes!("../tests/known_answers/keys/platform_spki.pem");
//! # let (entropy, now) = ([7; 16], Timestamp::from_secs(1_554_208_460));
//!
//! let merchant = Merchant::new("1900001109")?;
//! let signer = RsaSigner::from_pem("1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8D", key)?;
//! let keys = PlatformKeys::new().with_public_key("PUB_KEY_ID_0114232134912410000000000000", platform)?;
//!
//! let create = subsidies::Create::builder()
//!     .sub_mchid("1900000109")
//!     .transaction_id("4208450740201411110007820472")
//!     .amount(Fen::new(10))
//!     .description("autumn campaign")
//!     .out_subsidy_no("P20150806125347")
//!     .build();
//!
//! let draft = merchant.declaring(&keys).draft(&create)?;
//! let Prepared { request, pending } = draft.stamp(now, Nonce::from_entropy(entropy)).sign(&signer)?;
//! assert_eq!(request.uri(), "https://api.mch.weixin.qq.com/v3/ecommerce/subsidies/create");
//!
//! // Send `request` with any HTTP client, then hand its answer over:
//! let answer = http::Response::new("{}");
//! let refused = pending.complete(&answer, &keys, now).unwrap_err();
//! assert!(refused.to_string().contains("wechatpay-serial is missing"), "{refused}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Around a call, [`Attempts`] plans what follows a failed attempt, by the [`Policy`] and by what the
//! operation's [`Replay`] allows; a [`Keyring`] holds the platform's keys of a running service. Both
//! are pure too: a transport carries out what they say.
//!
//! What the platform sends of its own accord, callbacks (回调), is opened by [`Notice::open`].
//! What a front end needs to open the payment page (调起支付) is signed too, and sent by nobody: see
//! [`cashier`].
//!
//! # What is verified
//!
//! Every answer, error answers too, and every notice, before a byte of it is decoded: all four
//! `Wechatpay-*` headers, the clock within 300 seconds, the key by the id that the message names, and
//! the signature over the raw bytes. A 2xx that does not verify is an error whose outcome is unknown.
//!
//! A few paths are not signed by the platform: bill files and images come as [`Unverified`], and
//! statement files as [`Statement`]. The path decides, so that a draft with another response type is
//! refused.
//!
//! # Features
//!
//! They only add; none is on by default.
//!
//! - `aws-lc-rs`: `Sealer` and `Opener` for sensitive fields, `AwsLcSigner`, and encrypted bills whose
//!   nonce has not 12 bytes.
//! - `bills`: bills that were asked for as gzip.
//! - `tracing`: `Traced` and `call_span`.
//!
//! # What is not in scope
//!
//! APIv2, the national algorithms (SM2, SM3, SM4) beyond the traits that let you bring them,
//! certificate chains (a platform certificate is trusted because the APIv3 key opened it), and
//! operations outside the product families in [`api`]: those go through [`AnyOperation`] or an
//! [`Operation`] of your own.

mod answer;
mod any;
mod attempts;
mod authorization;
#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
mod call;
mod certificate;
mod coverage;
mod datetime;
mod error;
mod gcm;
mod hosts;
mod key_id;
mod keyring;
mod keys;
mod merchant;
mod money;
mod multipart;
mod observe;
mod operation;
mod pem;
mod pending;
mod policy;
mod private_key;
mod resource;
mod sealing;
mod sign;
mod stamp;
mod target;

pub mod api;
pub mod canonical;
pub mod cashier;
pub mod notice;
pub mod platform;

pub use answer::{Answer, AnswerBody, Earlier};
pub use any::AnyOperation;
pub use attempts::{Attempt, Attempts, Next, WantedKeys};
pub use authorization::{Authorization, AuthorizationError};
#[cfg(feature = "aws-lc-rs")]
pub use aws_lc::{AwsLcSigner, Opener, Sealer};
pub use call::{Draft, Prepared, Unsigned};
pub use certificate::{Certificate, PublicKey};
pub use coverage::{Statement, Unverified};
pub use datetime::{DateTime, DateTimeError};
pub use error::{
    ApiError, CallError, ConfigError, DecodeError, DownloadError, DraftError, Effect, FieldError,
    KeyError, KeyKind, NoticeError, OpenError, OperationName, Reason, RefreshError, ResourceError,
    ResponseError, SealError, SealedFieldError, SignError, Unfit, VerifyError,
};
pub use hosts::{Host, Hosts};
pub use key_id::{KeyId, SerialNumber};
pub use keyring::{Fetch, Keyring, Refresh, Wish};
pub use keys::{PlatformKey, PlatformKeys, Verifier};
pub use merchant::{BACKUP_HOST, HOST, Merchant};
pub use money::{Fen, YuanError};
pub use notice::{Claim, Deduplicator, Notice, Reply, Ticket};
pub use observe::{Ended, Observer, Report};
#[cfg(feature = "tracing")]
pub use observe::{Traced, call_span};
pub use operation::{Body, Coverage, Decode, Document, NoContent, Operation, Replay, ToDraft};
pub use pending::Pending;
pub use policy::Policy;
pub use resource::{ApiV3Key, SealedResource};
pub use sealing::{Open, Opened, Seal, Sealed};
pub use sign::{RsaSigner, Scheme, Signature, Signer};
pub use stamp::{MAX_CLOCK_SKEW, Nonce, Timestamp, header_name};

pub use bytes::Bytes;
pub use http::{self, Method};
