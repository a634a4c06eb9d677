//! # WeChat Pay APIv3 over hyper
//!
//! [`Client`] runs the operations of [`wechatpay_core`] asynchronously, on a tokio runtime with I/O
//! and time enabled. All protocol knowledge is in the core; this crate moves bytes.
//!
//! ```no_run
//! use std::sync::Arc;
//! use wechatpay_core::api::ecommerce::subsidies;
//! use wechatpay_core::{Fen, Merchant, PlatformKeys, RsaSigner};
//! use wechatpay_hyper::Client;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let serial = "5A0E1C7B2D9F48E36B105C8D7F2A94E1B3C6D8F0";
//! let signer = RsaSigner::from_pem(serial, &std::fs::read("apiclient_key.pem")?)?;
//! let id = "PUB_KEY_ID_0114232134912410000000000000";
//! let keys = PlatformKeys::new().with_public_key(id, &std::fs::read("pub_key.pem")?)?;
//! let client = Arc::new(Client::new(Merchant::new("1900001109")?, signer, keys));
//!
//! let create = subsidies::Create::builder()
//!     .sub_mchid("1900000109")
//!     .transaction_id("4208450740201411110007820472")
//!     .amount(Fen::new(10))
//!     .description("autumn campaign")
//!     .out_subsidy_no("P20150806125347")
//!     .build();
//! match client.call(&create).await {
//!     Ok(created) => println!("{:?}", created.result),
//!     Err(error) => println!("{error}; effect: {:?}", error.effect()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is sent, and how often
//!
//! What the core wrote; beside that, only `Host` and `Content-Length` are added. No redirect is
//! followed, nothing is compressed, no proxy is taken from the environment.
//!
//! A call whose attempt fails is attempted again as its [`Policy`] and the operation's `REPLAY`
//! allow: with the same target and body, under a fresh time, nonce and signature, at the backup host
//! while the main one cannot be reached. [`Client::with_policy`] with [`Policy::once`] turns that
//! off. Beside it, one thing happens silently: when a pooled connection turns out to be closed
//! before the first byte of the request went out, hyper hands the request back, and the pool sends
//! it over another connection. A request that hyper began to write is never sent again by it.
//!
//! The outcome of a call whose future is dropped is unknown, as after
//! [`TransportError::AttemptTimeout`].
//!
//! # Keys that rotate
//!
//! With a [`Keyring`] that has the APIv3 key, in place of fixed
//! [`PlatformKeys`], certificates are fetched when they are needed; calls side by side share one
//! fetch, and the answer that wanted the key is completed again, without another request.
//!
//! # Examples
//!
//! In `examples/`, each run against a gateway of its own:
//!
//! - `callbacks_axum`, `callbacks_hyper`: a server of callbacks, which applies each notice once.
//! - `remote_signer_async`: an [`AsyncSigner`] that asks another process.

mod download;
mod error;
mod pool;
mod run;
mod signer;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Body;
use tower_service::Service;
use wechatpay_core::api::certificates::List;
use wechatpay_core::http::header::HOST;
use wechatpay_core::http::{HeaderValue, Request, Response, Uri};
use wechatpay_core::{
    Answer, ApiV3Key, CallError, Host, Hosts, Keyring, Merchant, Notice, NoticeError, Observer,
    PlatformKeys, Policy, ToDraft, Verifier, Wish,
};

pub use error::{BoxError, TransportError};
pub use pool::{Pool, Timeouts};
pub use signer::AsyncSigner;
pub use {rustls, tower_service};

/// Bytes of the longest answer that is read, unless [`Client::with_body_limit`] says otherwise.
pub const BODY_LIMIT: usize = 8 << 20;

/// A merchant, its signer, the platform's keys, and the HTTP service `H` that sends requests.
///
/// Share it by reference or in an `Arc`: calls run side by side and use one pool.
#[derive(Clone)]
pub struct Client<S, V, H = Pool> {
    service: H,
    merchant: Merchant,
    signer: S,
    keys: V,
    timeouts: Timeouts,
    body_limit: usize,
    policy: Policy,
    observer: Option<Arc<dyn Observer + Send + Sync>>,
    hosts: Arc<Hosts>,
}

impl<S: AsyncSigner, V: Verifier> Client<S, V> {
    /// A client over a connection pool of its own, with TLS by rustls, ring and Mozilla's roots.
    /// Plain `http` works too, for a gateway on the same machine.
    #[must_use]
    pub fn new(merchant: Merchant, signer: S, keys: V) -> Self {
        Self::over(Pool::default(), merchant, signer, keys)
    }

    /// Other time limits. Set them before the first call: the pool starts afresh.
    #[must_use]
    pub fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.service = self.service.connecting_within(timeouts.connect);
        self.timeouts = timeouts;
        self
    }

    /// Other TLS settings: roots of your own, a client certificate, another crypto provider. The
    /// pool starts afresh. Protocols for ALPN are taken out, as the pool speaks HTTP/1.1 only.
    #[must_use]
    pub fn with_tls(mut self, tls: rustls::ClientConfig) -> Self {
        self.service = Pool::new(tls, self.timeouts.connect);
        self
    }
}

impl<S: AsyncSigner, V: Verifier, H> Client<S, V, H> {
    /// A client over any service on `http` types: a pool with other settings, a proxy, a stack of
    /// tower layers, one bare connection (see [`origin_form`]). It is cloned for each call.
    ///
    /// The service must send a request at most once and follow no redirect. What it reports is
    /// taken for [`CallError::NotSent`] only where hyper says so; see [`TransportError`].
    pub fn over(service: H, merchant: Merchant, signer: S, keys: V) -> Self {
        Self {
            service,
            merchant,
            signer,
            keys,
            timeouts: Timeouts::default(),
            body_limit: BODY_LIMIT,
            policy: Policy::default(),
            observer: default_observer(),
            hosts: Arc::default(),
        }
    }

    /// Another policy of repetition; [`Policy::once`] turns it off.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Reports each attempt to `observer`. With the feature `tracing`, it takes the place of the
    /// events; the spans stay.
    #[must_use]
    pub fn with_observer(mut self, observer: impl Observer + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Another limit for one attempt, 15 seconds by default.
    #[must_use]
    pub fn with_attempt_timeout(mut self, attempt: Duration) -> Self {
        self.timeouts.attempt = attempt;
        self
    }

    /// Refuses answers of more than `bytes`, [`BODY_LIMIT`] by default.
    #[must_use]
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The same client with other platform keys, such as those of [`certificates`](Self::certificates).
    pub fn with_keys<W: Verifier>(self, keys: W) -> Client<S, W, H> {
        Client {
            service: self.service,
            merchant: self.merchant,
            signer: self.signer,
            keys,
            timeouts: self.timeouts,
            body_limit: self.body_limit,
            policy: self.policy,
            observer: self.observer,
            hosts: self.hosts,
        }
    }

    /// The platform keys that verify answers.
    #[must_use]
    pub fn keys(&self) -> &V {
        &self.keys
    }
}

impl<S, V, H, B> Client<S, V, H>
where
    S: AsyncSigner,
    V: Verifier,
    H: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone,
    H::Error: Into<BoxError>,
    B: Body,
    B::Error: Into<BoxError>,
{
    /// Runs one operation and returns what was asked for, verified. It is attempted as often as the
    /// [policy](Self::with_policy) and the operation's `REPLAY` allow.
    ///
    /// # Errors
    ///
    /// [`CallError`], whose variant and [`effect`](CallError::effect) say how far the call came.
    pub async fn call<O: ToDraft + ?Sized>(
        &self,
        operation: &O,
    ) -> Result<O::Response, CallError<TransportError>> {
        Ok(self.call_full(operation).await?.value)
    }

    /// As [`call`](Self::call), with the platform's `Request-ID` and the bytes that were verified.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub async fn call_full<O: ToDraft + ?Sized>(
        &self,
        operation: &O,
    ) -> Result<Answer<O::Response>, CallError<TransportError>> {
        let began = (Instant::now(), run::now());
        // Before the draft, which declares a key and seals with it.
        let trouble = self.freshen().await;
        let draft = self.merchant.draft_for(operation, &self.keys)?;
        #[cfg(feature = "tracing")]
        let span = wechatpay_core::call_span(draft.operation());
        let run = self.run(draft, began, trouble);
        #[cfg(feature = "tracing")]
        let run = tracing::Instrument::instrument(run, span);
        run.await
    }

    /// Opens a callback, as [`Notice::open`] does. When it was signed with a platform key that is
    /// not held, the certificates on a [`Keyring`] are fetched, and the
    /// same request is opened again: within 3 seconds, so that the platform has its reply in time.
    ///
    /// # Errors
    ///
    /// [`NoticeError`], which [`Reply::refuse`](wechatpay_core::Reply::refuse) answers.
    pub async fn open_notice<N: AsRef<[u8]>>(
        &self,
        request: &Request<N>,
        key: &ApiV3Key,
    ) -> Result<Notice, NoticeError> {
        const WITHIN: Duration = Duration::from_secs(3);
        let ring = self.keys.keyring();
        let edition = ring.map(Keyring::edition);
        match (
            Notice::open(request, &self.keys, key, run::now()),
            ring,
            edition,
        ) {
            (Err(error), Some(ring), Some(edition))
                if error.unknown_key().is_some_and(Keyring::could_fetch) =>
            {
                // Whatever comes of it: the request is held against the keys as they are then.
                let _ = self.refresh(ring, edition, Wish::Notice, WITHIN).await;
                Notice::open(request, &self.keys, key, run::now())
            }
            (opened, ..) => opened,
        }
    }

    /// Downloads the platform certificates: `GET /v3/certificates`, opened with the APIv3 key and
    /// verified with a certificate of the same list. No key needs to be held, and none is declared,
    /// so that the platform signs with a certificate. It is sent once. A
    /// [`Keyring`] does this by itself.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call). Merchants without platform certificates get 404 or 500.
    pub async fn certificates(
        &self,
        key: &ApiV3Key,
    ) -> Result<Answer<PlatformKeys>, CallError<TransportError>> {
        let draft = self.merchant.draft(&List::new())?;
        let draft = draft.declaring(&PlatformKeys::new());
        let within = self.policy.total();
        let (pending, response) = self.exchange(&draft, Host::Main, within).await?;
        Ok(pending.bootstrap(&response, key, run::now())?)
    }
}

fn default_observer() -> Option<Arc<dyn Observer + Send + Sync>> {
    #[cfg(feature = "tracing")]
    return Some(Arc::new(wechatpay_core::Traced));
    #[cfg(not(feature = "tracing"))]
    None
}

/// Neither the signer nor the keys are shown.
impl<S, V, H> fmt::Debug for Client<S, V, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("merchant", &self.merchant)
            .field("timeouts", &self.timeouts)
            .field("body_limit", &self.body_limit)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// Rewrites a request for one bare connection, such as hyper's `SendRequest`, which writes the URI
/// as it stands and adds no `Host`. The signed target stays the same. A pool does this itself.
pub fn origin_form<B>(mut request: Request<B>) -> Request<B> {
    let parts = std::mem::take(request.uri_mut()).into_parts();
    let host = parts.authority.as_ref().map(|host| host.as_str());
    if let Some(host) = host.and_then(|host| HeaderValue::from_str(host).ok()) {
        request.headers_mut().entry(HOST).or_insert(host);
    }
    *request.uri_mut() = parts.path_and_query.map(Uri::from).unwrap_or_default();
    request
}
