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
//! A call is sent once, as the core wrote it; beside that, only `Host` and `Content-Length` are
//! added. No redirect is followed, nothing is compressed, no proxy is taken from the environment.
//! One thing happens silently: when a pooled connection turns out to be closed before the first
//! byte of the request went out, hyper hands the request back, and the pool sends it over another
//! connection. A request that hyper began to write is never sent again.
//!
//! The outcome of a call whose future is dropped is unknown, as after
//! [`TransportError::CallTimeout`].

mod error;
mod pool;

use std::fmt;
use std::future::poll_fn;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Body;
use ring::rand::{SecureRandom, SystemRandom};
use tower_service::Service;
use wechatpay_core::api::certificates::List;
use wechatpay_core::http::header::{CONTENT_LENGTH, HOST};
use wechatpay_core::http::{HeaderValue, Method, Request, Response, Uri};
use wechatpay_core::{
    Answer, ApiV3Key, CallError, Decode, Draft, Merchant, Nonce, Pending, PlatformKeys, Prepared,
    SignError, Signer, Timestamp, ToDraft, Verifier,
};

pub use error::{BoxError, TransportError};
pub use pool::{Pool, Timeouts};
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
}

impl<S: Signer, V: Verifier> Client<S, V> {
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

impl<S: Signer, V: Verifier, H> Client<S, V, H> {
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
        }
    }

    /// Another limit for the whole call, 30 seconds by default.
    #[must_use]
    pub fn with_call_timeout(mut self, call: Duration) -> Self {
        self.timeouts.call = call;
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
    S: Signer,
    V: Verifier,
    H: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone,
    H::Error: Into<BoxError>,
    B: Body,
    B::Error: Into<BoxError>,
{
    /// Runs one operation and returns what was asked for, verified.
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
        let draft = self.merchant.draft(operation)?.declaring(&self.keys);
        let (pending, response) = self.exchange(&draft).await?;
        Ok(pending.complete(&response, &self.keys, now())?)
    }

    /// Downloads the platform certificates: `GET /v3/certificates`, opened with the APIv3 key and
    /// verified with a certificate of the same list. No key needs to be held, and none is declared,
    /// so that the platform signs with a certificate. Hand the keys to
    /// [`with_keys`](Self::with_keys).
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
        let (pending, response) = self.exchange(&draft).await?;
        Ok(pending.bootstrap(&response, key, now())?)
    }

    /// One attempt: fresh time, nonce and signature, one request, its whole answer.
    async fn exchange<T: Decode>(
        &self,
        draft: &Draft<T>,
    ) -> Result<(Pending<T>, Response<Bytes>), CallError<TransportError>> {
        let unsigned = draft.stamp(now(), nonce()?);
        let Prepared { request, pending } = unsigned.sign(&self.signer)?;
        let Timeouts { call: after, .. } = self.timeouts;
        let outcome = tokio::time::timeout(after, self.send(request)).await;
        match outcome.unwrap_or(Err(TransportError::CallTimeout { after })) {
            Ok(response) => Ok((pending, response)),
            Err(source) => Err(source.of(&pending)),
        }
    }

    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let bodied = [Method::POST, Method::PUT, Method::PATCH].contains(request.method());
        if bodied && request.body().is_empty() {
            // hyper writes no length for an empty body, and servers may insist on one.
            let headers = request.headers_mut();
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let mut service = self.service.clone();
        let ready = poll_fn(|cx| service.poll_ready(cx)).await;
        ready.map_err(|e| TransportError::Connect(e.into()))?;
        let response = service.call(request.map(Full::new)).await;
        let (head, body) = response
            .map_err(|e| TransportError::sending(e.into()))?
            .into_parts();
        let body = Limited::new(body, self.body_limit).collect().await;
        let body = body.map_err(|e| TransportError::reading(e, self.body_limit))?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

/// Neither the signer nor the keys are shown.
impl<S, V, H> fmt::Debug for Client<S, V, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("merchant", &self.merchant)
            .field("timeouts", &self.timeouts)
            .field("body_limit", &self.body_limit)
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

fn now() -> Timestamp {
    SystemTime::now().into()
}

fn nonce() -> Result<Nonce, SignError> {
    let mut entropy = [0; 16];
    let filled = SystemRandom::new().fill(&mut entropy);
    filled.map_err(|_| SignError::new("the system gives no random bytes for a nonce"))?;
    Ok(Nonce::from_entropy(entropy))
}
