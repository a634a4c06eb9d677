use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use tower_service::Service;
use wechatpay_core::http::{Request, Response, Uri};

use crate::error::{BoxError, TransportError};

/// How long an idle connection is kept: less than a server keeps it, so that few calls meet one
/// that is being closed.
const IDLE: Duration = Duration::from_secs(15);

/// Time limits of an attempt.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a new connection, name lookup and TLS handshake included. 5 seconds by default.
    pub connect: Duration,
    /// For one attempt, from the signature to the last byte of the answer. 15 seconds by default.
    /// Keep it longer than `connect`: when it is this one that runs out, the outcome counts as
    /// unknown, even if nothing was sent. The whole call is bounded by its
    /// [`Policy`](wechatpay_core::Policy).
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

/// hyper-util's pooled HTTP/1.1 client over TCP and rustls, the service of a
/// [`Client`](crate::Client) by default. An idle connection is kept for 15 seconds.
#[derive(Clone)]
pub struct Pool {
    client: Client<Connector, Full<Bytes>>,
    tls: Arc<ClientConfig>,
}

impl Pool {
    pub(crate) fn new(mut tls: ClientConfig, connect: Duration) -> Self {
        tls.alpn_protocols.clear();
        Self::build(Arc::new(tls), connect)
    }

    pub(crate) fn connecting_within(self, connect: Duration) -> Self {
        Self::build(self.tls, connect)
    }

    fn build(tls: Arc<ClientConfig>, within: Duration) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let inner = HttpsConnector::from((tcp, Arc::clone(&tls)));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(Connector { inner, within });
        Self { client, tls }
    }
}

impl Default for Pool {
    fn default() -> Self {
        // ring by name: a process-wide provider is neither needed nor set.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has cipher suites for rustls's default versions")
            .with_webpki_roots()
            .with_no_client_auth();
        Self::new(tls, Timeouts::default().connect)
    }
}

impl Service<Request<Full<Bytes>>> for Pool {
    type Response = Response<Incoming>;
    type Error = Error;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Service::poll_ready(&mut self.client, cx)
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> ResponseFuture {
        self.client.request(request)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

/// Bounds everything that comes before the request, and not only TCP as hyper-util's own limit
/// does: a peer that stalls the TLS handshake got nothing either.
#[derive(Clone)]
struct Connector {
    inner: HttpsConnector<HttpConnector>,
    within: Duration,
}

type Stream = <HttpsConnector<HttpConnector> as Service<Uri>>::Response;

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let after = self.within;
        let connecting = tokio::time::timeout(after, self.inner.call(to));
        Box::pin(async move {
            let timed_out = TransportError::ConnectTimeout { after };
            connecting.await.unwrap_or_else(|_| Err(timed_out.into()))
        })
    }
}
