//! The engine behind HTTP/1.1: the only part that reads a clock, draws randomness and waits.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Request, Response, request};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use ring::rand::{SecureRandom as _, SystemRandom};
use thiserror::Error;
use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use wechatpay_core::Timestamp;

use crate::courier;
use crate::engine::{Engine, Handled, Unread};
use crate::moment::Entropy;
use crate::notices::Delivery;
use crate::uploads::body_limit;

/// How long a client may take for the head of a request, and again for its body.
const PATIENCE: Duration = Duration::from_secs(30);

/// An engine that several connections share.
#[derive(Clone, Debug, Default)]
pub struct SharedEngine(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    engine: Mutex<Engine>,
    /// Tells the courier that something is due.
    due: Notify,
}

impl SharedEngine {
    /// Shares an engine.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self(Arc::new(Shared {
            engine: Mutex::new(engine),
            due: Notify::new(),
        }))
    }

    /// The engine, for as long as the guard lives. Requests wait meanwhile.
    pub fn lock(&self) -> MutexGuard<'_, Engine> {
        // An engine changes its state only when an operation is complete, so it is whole even after
        // a panic.
        let engine = self.0.engine.lock();
        engine.unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request now.
    pub(crate) fn handle(&self, request: &Request<Bytes>) -> Result<Handled, Cut> {
        let entropy = draw()?;
        let now = now();
        let mut engine = self.lock();
        let handled = engine.handle(request, now, entropy);
        if engine.has_due_notices(now) {
            self.0.due.notify_one();
        }
        Ok(handled)
    }

    /// The callbacks that are due now. None when there is no randomness to sign them with.
    pub(crate) fn due_notices(&self, limit: usize) -> Vec<Delivery> {
        match draw() {
            Ok(entropy) => self.lock().due_notices(limit, now(), entropy),
            Err(_) => Vec::new(),
        }
    }

    /// Waits until a request made a callback due.
    pub(crate) async fn woken(&self) {
        self.0.due.notified().await;
    }

    fn refuse(&self, head: request::Parts, why: Unread) -> Result<Response<Bytes>, Cut> {
        let request = Request::from_parts(head, ());
        let entropy = draw()?;
        Ok(self.lock().refuse(&request, why, now(), entropy))
    }
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from(SystemTime::now())
}

pub(crate) fn draw() -> Result<Entropy, Cut> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Cut)?;
    Ok(Entropy::new(bytes))
}

/// The connection ends without an answer.
#[derive(Clone, Copy, Debug, Error)]
#[error("the connection is cut without an answer")]
pub(crate) struct Cut;

/// A listening gateway.
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// use wechatpay_gateway::Server;
///
/// let server = Server::bind("127.0.0.1:0").await?;
/// println!("listening on http://{}", server.local_addr());
/// server.serve(std::future::pending()).await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    engine: SharedEngine,
    patience: Duration,
    notice_patience: Duration,
}

impl Server {
    /// Listens on an address; port 0 picks a free one.
    ///
    /// # Errors
    ///
    /// [`io::Error`] when the address cannot be listened on.
    pub async fn bind(address: impl ToSocketAddrs) -> io::Result<Self> {
        Self::on(TcpListener::bind(address).await?)
    }

    pub(crate) fn on(listener: TcpListener) -> io::Result<Self> {
        let address = listener.local_addr()?;
        Ok(Self {
            listener,
            address,
            engine: SharedEngine::default(),
            patience: PATIENCE,
            notice_patience: courier::PATIENCE,
        })
    }

    /// Serves this engine instead of a fresh one.
    #[must_use]
    pub fn with_engine(mut self, engine: SharedEngine) -> Self {
        self.engine = engine;
        self
    }

    /// Waits this long, and not 30 seconds, for the head of a request, and again for its body.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Waits this long, and not 5 seconds, for the answer to a callback.
    #[must_use]
    pub fn with_notice_patience(mut self, patience: Duration) -> Self {
        self.notice_patience = patience;
        self
    }

    /// The address that is listened on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The engine behind it.
    #[must_use]
    pub fn engine(&self) -> SharedEngine {
        self.engine.clone()
    }

    /// Serves until `shutdown` completes; connections that are open then are closed. Meanwhile it
    /// delivers the engine's callbacks: at once those that a request queues, and within a second
    /// those that were queued through [`SharedEngine::lock`].
    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut connections = JoinSet::new();
        connections.spawn(courier::carry(self.engine.clone(), self.notice_patience));
        loop {
            tokio::select! {
                () = &mut shutdown => return,
                Some(_) = connections.join_next() => {}
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        let (engine, patience) = (self.engine.clone(), self.patience);
                        connections.spawn(async move {
                            // A small answer shall not wait for another to go out with.
                            let _ = stream.set_nodelay(true);
                            connection(TokioIo::new(stream), engine, patience).await;
                        });
                    }
                    // Most likely out of file descriptors: wait for connections to end.
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                },
            }
        }
    }
}

/// Serves one connection to its end. Put TLS under it by giving the decrypted stream. Callbacks are
/// a [`Server`]'s to deliver.
pub async fn serve_connection<I>(io: I, engine: SharedEngine)
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
{
    connection(io, engine, PATIENCE).await;
}

async fn connection<I>(io: I, engine: SharedEngine, patience: Duration)
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
{
    let service = service_fn(|request| answer(request, engine.clone(), patience));
    // What goes wrong with one connection is its client's to see.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        // As the platform writes them, for clients that read header names by the letter.
        .title_case_headers(true)
        .serve_connection(io, service)
        .await;
}

async fn answer(
    request: Request<Incoming>,
    engine: SharedEngine,
    patience: Duration,
) -> Result<Response<Full<Bytes>>, Cut> {
    let (head, body) = request.into_parts();
    let limit = body_limit(&head.method, head.uri.path());
    let limited = Limited::new(body, limit).collect();
    let body = match tokio::time::timeout(patience, limited).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return Ok(engine.refuse(head, Unread::TooLarge)?.map(Full::new));
        }
        // The client went away in the middle.
        Ok(Err(_)) => return Err(Cut),
        Err(_) => return Ok(engine.refuse(head, Unread::TooSlow)?.map(Full::new)),
    };
    match engine.handle(&Request::from_parts(head, body))? {
        Handled::Answer { response, delay } => {
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            Ok(response.map(Full::new))
        }
        Handled::Cut => Err(Cut),
    }
}
