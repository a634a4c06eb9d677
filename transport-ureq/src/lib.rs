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
//! What the core wrote; beside that, only `Host` and `Content-Length` are added. No redirect is
//! followed, nothing is compressed, no proxy is taken from the environment.
//!
//! A call whose attempt fails is attempted again as its [`Policy`] and the operation's `REPLAY`
//! allow: with the same target and body, under a fresh time, nonce and signature, at the backup host
//! while the main one cannot be reached. [`Client::with_policy`] with [`Policy::once`] turns that
//! off. ureq itself repeats nothing: it drops a pooled connection that it finds closed before use,
//! and after that an error is an error. It looks the name up anew for each attempt, in a thread of
//! its own; an agent with a resolver of your own can spare that ([`Client::with_agent`]).
//!
//! Leave ureq's features `gzip`, `brotli` and `cookies` off in the whole build: with them ureq
//! unpacks answers, whose signatures then fail, and sends cookies, and no setting stops it.
//!
//! ureq writes to the crate `log`: nothing secret down to the level debug, and at the level trace
//! every byte that goes over the wire, `Authorization` among them. Keep the target `ureq_proto` at
//! debug wherever `log` is listened to.
//!
//! # Keys that rotate
//!
//! With a [`Keyring`] that has the APIv3 key, in place of fixed
//! [`PlatformKeys`], certificates are fetched when they are needed; threads side by side share one
//! fetch, and the answer that wanted the key is completed again, without another request.
//!
//! # Examples
//!
//! In `examples/`, each run against a gateway of its own:
//!
//! - `callbacks_blocking`: a server of callbacks, which applies each notice once.
//! - `remote_signer`: a [`Signer`] that asks another process.

mod download;
mod error;
mod run;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::Agent;
use wechatpay_core::api::certificates::List;
use wechatpay_core::http::Request;
use wechatpay_core::{
    Answer, ApiV3Key, CallError, Host, Hosts, Keyring, Merchant, Notice, NoticeError, Observer,
    PlatformKeys, Policy, Signer, ToDraft, Verifier, Wish,
};

pub use error::TransportError;
pub use ureq;

/// Bytes of the longest answer that is read, unless [`Client::with_body_limit`] says otherwise.
pub const BODY_LIMIT: usize = 8 << 20;

/// Time limits of an attempt.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For the name lookup, and again for a new connection with its TLS handshake. 5 seconds by
    /// default.
    pub connect: Duration,
    /// For one attempt, from the name lookup to the last byte of the answer. 15 seconds by default.
    /// The whole call is bounded by its [`Policy`].
    pub attempt: Duration,
}

impl Timeouts {
    /// Both limits.
    #[must_use]
    pub const fn new(connect: Duration, attempt: Duration) -> Self {
        Self { connect, attempt }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::new(Duration::from_secs(5), Duration::from_secs(15))
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
    policy: Policy,
    observer: Option<Arc<dyn Observer + Send + Sync>>,
    hosts: Arc<Hosts>,
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

    /// Runs one operation and returns what was asked for, verified. It is attempted as often as the
    /// [policy](Self::with_policy) and the operation's `REPLAY` allow; the calling thread sleeps
    /// between attempts.
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
        let began = (Instant::now(), run::now());
        // Before the draft, which declares a key and seals with it.
        let trouble = self.freshen();
        let draft = self.merchant.draft_for(operation, &self.keys)?;
        #[cfg(feature = "tracing")]
        let _span = wechatpay_core::call_span(draft.operation()).entered();
        self.run(draft, began, trouble)
    }

    /// Opens a callback, as [`Notice::open`] does. When it was signed with a platform key that is
    /// not held, the certificates on a [`Keyring`] are fetched, and the
    /// same request is opened again: within 3 seconds, so that the platform has its reply in time.
    ///
    /// # Errors
    ///
    /// [`NoticeError`], which [`Reply::refuse`](wechatpay_core::Reply::refuse) answers.
    pub fn open_notice<N: AsRef<[u8]>>(
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
                let _ = self.refresh(ring, edition, Wish::Notice, WITHIN);
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
    pub fn certificates(
        &self,
        key: &ApiV3Key,
    ) -> Result<Answer<PlatformKeys>, CallError<TransportError>> {
        let draft = self.merchant.draft(&List::new())?;
        let draft = draft.declaring(&PlatformKeys::new());
        let within = self.policy.total();
        let (pending, response) = self.exchange(&draft, Host::Main, within)?;
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
impl<S, V> fmt::Debug for Client<S, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("merchant", &self.merchant)
            .field("timeouts", &self.timeouts)
            .field("body_limit", &self.body_limit)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
