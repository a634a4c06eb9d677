//! # WeChat Pay APIv3 over ureq
//!
//! [`Client`] runs the operations of [`wechatpay_core`], blocking the calling thread. All protocol
//! knowledge is in the core; this crate moves bytes.
//!
//! ```no_run
//! use wechatpay_core::api::ecommerce::subsidies;
//! use wechatpay_core::{Fen, Merchant, PlatformKeys, RsaSigner};
//! use wechatpay_ureq::Client;
//!
//! let serial = "5A0E1C7B2D9F48E36B105C8D7F2A94E1B3C6D8F0";
//! let signer = RsaSigner::from_pem(serial, &std::fs::read("apiclient_key.pem")?)?;
//! let id = "PUB_KEY_ID_0114232134912410000000000000";
//! let keys = PlatformKeys::new().with_public_key(id, &std::fs::read("pub_key.pem")?)?;
//! let client = Client::new(Merchant::new("1900001109")?, signer, keys);
//!
//! let create = subsidies::Create::builder()
//!     .sub_mchid("1900000109")
//!     .transaction_id("4208450740201411110007820472")
//!     .amount(Fen::new(10))
//!     .description("autumn campaign")
//!     .out_subsidy_no("P20150806125347")
//!     .build();
//! match client.call(&create) {
//!     Ok(created) => println!("{:?}", created.result),
//!     Err(error) => println!("{error}; effect: {:?}", error.effect()),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is sent, and how often
//!
//! A call is sent once, as the core wrote it; beside that, only `Host` and `Content-Length` are
//! added. No redirect is followed, nothing is compressed, no proxy is taken from the environment.
//! ureq repeats nothing: it drops a pooled connection that it finds closed before use, and after
//! that an error is an error. It looks the name up anew for each call, in a thread of its own; an
//! agent with a resolver of your own can spare that ([`Client::with_agent`]).
//!
//! Leave ureq's features `gzip`, `brotli` and `cookies` off in the whole build: with them ureq
//! unpacks answers, whose signatures then fail, and sends cookies, and no setting stops it.

mod error;

use std::fmt;
use std::io::Read;
use std::time::{Duration, SystemTime};

use ring::rand::{SecureRandom, SystemRandom};
use ureq::{Agent, AsSendBody, Body, SendBody};
use wechatpay_core::api::certificates::List;
use wechatpay_core::http::header::CONTENT_LENGTH;
use wechatpay_core::http::{Method, Request, Response};
use wechatpay_core::{
    Answer, ApiV3Key, Bytes, CallError, Decode, Draft, Merchant, Nonce, Pending, PlatformKeys,
    Prepared, SignError, Signer, Timestamp, ToDraft, Verifier,
};

pub use error::TransportError;
pub use ureq;

/// Bytes of the longest answer that is read, unless [`Client::with_body_limit`] says otherwise.
pub const BODY_LIMIT: usize = 8 << 20;

/// Time limits of a call.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For the name lookup, and again for a new connection with its TLS handshake. 5 seconds by
    /// default.
    pub connect: Duration,
    /// For the whole call, from the name lookup to the last byte of the answer. 30 seconds by
    /// default.
    pub call: Duration,
}

impl Timeouts {
    /// Both limits.
    #[must_use]
    pub const fn new(connect: Duration, call: Duration) -> Self {
        Self { connect, call }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::new(Duration::from_secs(5), Duration::from_secs(30))
    }
}

/// A merchant, its signer, the platform's keys, and the ureq agent that sends requests.
///
/// Share it by reference or in an `Arc`: threads call side by side and use one pool.
#[derive(Clone)]
pub struct Client<S, V> {
    agent: Agent,
    merchant: Merchant,
    signer: S,
    keys: V,
    timeouts: Timeouts,
    body_limit: usize,
}

impl<S: Signer, V: Verifier> Client<S, V> {
    /// A client with a connection pool of its own, with TLS by rustls and Mozilla's roots; the
    /// cryptography is ring's, unless the process has installed another default provider. Plain
    /// `http` works too, for a gateway on the same machine.
    pub fn new(merchant: Merchant, signer: S, keys: V) -> Self {
        // ureq keeps 3 idle connections a host, and more threads than that would reconnect.
        let config = Agent::config_builder()
            .max_idle_connections(64)
            .max_idle_connections_per_host(64)
            .proxy(None);
        Self {
            agent: config.build().into(),
            merchant,
            signer,
            keys,
            timeouts: Timeouts::default(),
            body_limit: BODY_LIMIT,
        }
    }

    /// Another agent: roots of your own, a proxy, a resolver. What the protocol needs of it is set
    /// for each request, whatever the agent's own settings: statuses are answers, no redirects, no
    /// compression, and the limits of [`with_timeouts`](Self::with_timeouts). A middleware that it
    /// has must send a request unchanged and once.
    #[must_use]
    pub fn with_agent(mut self, agent: Agent) -> Self {
        self.agent = agent;
        self
    }

    /// Other time limits.
    #[must_use]
    pub fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Refuses answers of more than `bytes`, [`BODY_LIMIT`] by default.
    #[must_use]
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The same client with other platform keys, such as those of [`certificates`](Self::certificates).
    pub fn with_keys<W: Verifier>(self, keys: W) -> Client<S, W> {
        Client {
            agent: self.agent,
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

    /// Runs one operation and returns what was asked for, verified.
    ///
    /// # Errors
    ///
    /// [`CallError`], whose variant and [`effect`](CallError::effect) say how far the call came.
    pub fn call<O: ToDraft + ?Sized>(
        &self,
        operation: &O,
    ) -> Result<O::Response, CallError<TransportError>> {
        Ok(self.call_full(operation)?.value)
    }

    /// As [`call`](Self::call), with the platform's `Request-ID` and the bytes that were verified.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn call_full<O: ToDraft + ?Sized>(
        &self,
        operation: &O,
    ) -> Result<Answer<O::Response>, CallError<TransportError>> {
        let draft = self.merchant.draft(operation)?.declaring(&self.keys);
        let (pending, response) = self.exchange(&draft)?;
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
    pub fn certificates(
        &self,
        key: &ApiV3Key,
    ) -> Result<Answer<PlatformKeys>, CallError<TransportError>> {
        let draft = self.merchant.draft(&List::new())?;
        let (pending, response) = self.exchange(&draft.declaring(&PlatformKeys::new()))?;
        Ok(pending.bootstrap(&response, key, now())?)
    }

    /// One attempt: fresh time, nonce and signature, one request, its whole answer.
    fn exchange<T: Decode>(
        &self,
        draft: &Draft<T>,
    ) -> Result<(Pending<T>, Response<Bytes>), CallError<TransportError>> {
        let unsigned = draft.stamp(now(), nonce()?);
        let Prepared { request, pending } = unsigned.sign(&self.signer)?;
        match self.send(request) {
            Ok(response) => Ok((pending, response)),
            Err(source) => Err(source.of(&pending)),
        }
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let (mut head, body) = request.into_parts();
        let bodied = matches!(head.method, Method::POST | Method::PUT | Method::PATCH);
        if bodied || !body.is_empty() {
            // Without a length ureq would send a reader's body in chunks.
            head.headers.insert(CONTENT_LENGTH, body.len().into());
        }
        // ureq takes the body from here only after the head is written.
        let mut untaken: &[u8] = &body;
        let response = if body.is_empty() {
            self.run(Request::from_parts(head, ()))
        } else {
            let body = SendBody::from_reader(&mut untaken);
            self.run(Request::from_parts(head, body))
        };
        let withheld = !body.is_empty() && untaken.len() == body.len();
        let response = response.map_err(|e| TransportError::sending(e, withheld, self.timeouts))?;

        let (head, body) = response.into_parts();
        let most = (self.body_limit as u64).saturating_add(1);
        let mut bytes = Vec::with_capacity(1024);
        let read = body.into_reader().take(most).read_to_end(&mut bytes);
        read.map_err(|e| TransportError::reading(e.into(), self.timeouts))?;
        if bytes.len() > self.body_limit {
            let limit = self.body_limit;
            return Err(TransportError::BodyTooLong { limit });
        }
        Ok(Response::from_parts(head, bytes.into()))
    }

    fn run(&self, request: Request<impl AsSendBody>) -> Result<Response<Body>, ureq::Error> {
        let request = (self.agent)
            .configure_request(request)
            .http_status_as_error(false)
            .max_redirects(0)
            .accept_encoding("")
            .timeout_global(Some(self.timeouts.call))
            .timeout_resolve(Some(self.timeouts.connect))
            .timeout_connect(Some(self.timeouts.connect))
            .build();
        self.agent.run(request)
    }
}

/// Neither the signer nor the keys are shown.
impl<S, V> fmt::Debug for Client<S, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("merchant", &self.merchant)
            .field("timeouts", &self.timeouts)
            .field("body_limit", &self.body_limit)
            .finish_non_exhaustive()
    }
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
