//! The engine behind HTTP/1.1: the only part that reads a clock, draws randomness and waits.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Request, Response, request};
use hyper_util::rt::TokioIo;
use ring::rand::{SecureRandom as _, SystemRandom};
use thiserror::Error;
use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use wechatpay_core::Timestamp;

use crate::connection::{self, PATIENCE};
use crate::courier;
use crate::engine::{Engine, Handled, Unread};
use crate::journal::{Journal, NotKept, Ticket};
use crate::memory::Memory;
use crate::moment::Entropy;
use crate::notices::{Delivery, DeliveryId, DeliveryOutcome};
use crate::store::{Store, StoreError};

/// An engine that several connections share.
#[derive(Clone, Debug, Default)]
pub struct SharedEngine(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    engine: Mutex<Engine>,
    /// Where the engine's changes go. Locked while the engine is, so that they go in order.
    journal: Option<Mutex<Journal>>,
    /// Tells the courier that something is due.
    due: Notify,
    /// What is under way in either direction.
    bodies: Memory,
    answers: Memory,
}

impl SharedEngine {
    /// Shares an engine, which lasts as long as the process.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self::with_journal(engine, None)
    }

    /// Shares the engine that a file keeps, or one at its start where there is no file yet. An answer
    /// goes out when what it tells is on the disk: whatever ends the process, it stays true.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("state");
    /// use wechatpay_gateway::SharedEngine;
    ///
    /// let engine = SharedEngine::open(&path)?;
    /// assert_eq!(engine.lock().ledger().sum().get(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`StoreError`], which names the file.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let (store, records) = Store::open(path)?;
        let mut engine = Engine::restore(&records).map_err(|source| StoreError::Restore {
            path: path.to_owned(),
            source,
        })?;
        let mut journal = Journal::start(store)?;
        // Nothing waits for the beginning: whoever asks waits for it, too.
        let _ticket = journal.push(engine.changes());
        Ok(Self::with_journal(engine, Some(Mutex::new(journal))))
    }

    fn with_journal(engine: Engine, journal: Option<Mutex<Journal>>) -> Self {
        Self(Arc::new(Shared {
            engine: Mutex::new(engine),
            journal,
            due: Notify::new(),
            bodies: Memory::default(),
            answers: Memory::default(),
        }))
    }

    /// The engine, for as long as the guard lives. Requests wait meanwhile.
    pub fn lock(&self) -> MutexGuard<'_, Engine> {
        // An engine changes its state only when an operation is complete, so it is whole even after
        // a panic.
        let engine = self.0.engine.lock();
        engine.unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the state is not kept any more, once that is so. From then on requests are cut off.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        let journal = self.0.journal.as_ref()?;
        let journal = journal.lock().unwrap_or_else(PoisonError::into_inner);
        journal.failure()
    }

    /// Answers a request now; the answer is for sending when it is kept.
    pub(crate) async fn handle(&self, request: &Request<Bytes>) -> Result<Handled, Cut> {
        let entropy = draw()?;
        let (handled, ticket) = {
            let now = now();
            let mut engine = self.lock();
            let handled = self.holding(engine.handle(request, now, entropy));
            if engine.has_due_notices(now) {
                self.0.due.notify_one();
            }
            (handled, self.ticket(&mut engine))
        };
        kept(ticket).await?;
        Ok(handled)
    }

    /// Counts an answer for as long as it is not sent. A large one that there is no room for is not
    /// sent at all.
    fn holding(&self, handled: Handled) -> Handled {
        let Handled::Answer { response, delay } = handled else {
            return Handled::Cut;
        };
        let (head, body) = response.into_parts();
        match self.0.answers.hold(body) {
            Some(body) => Handled::Answer {
                response: Response::from_parts(head, body),
                delay,
            },
            None => Handled::Cut,
        }
    }

    /// What the bodies of requests take.
    pub(crate) fn bodies(&self) -> &Memory {
        &self.0.bodies
    }

    /// The callbacks that are due now, once what they tell is kept. None when there is no randomness
    /// to sign them with.
    pub(crate) async fn due_notices(&self, limit: usize) -> Vec<Delivery> {
        let Ok(entropy) = draw() else {
            return Vec::new();
        };
        let (deliveries, ticket) = {
            let mut engine = self.lock();
            let deliveries = engine.due_notices(limit, now(), entropy);
            (deliveries, self.ticket(&mut engine))
        };
        match kept(ticket).await {
            Ok(()) => deliveries,
            Err(Cut) => Vec::new(),
        }
    }

    /// Takes in what became of a callback.
    pub(crate) fn notice_answered(&self, id: DeliveryId, outcome: DeliveryOutcome) {
        let mut engine = self.lock();
        engine.notice_answered(id, outcome, now());
        // Should it be lost, the callback goes out once more.
        let _ticket = self.ticket(&mut engine);
    }

    /// Waits until a request made a callback due.
    pub(crate) async fn woken(&self) {
        self.0.due.notified().await;
    }

    /// Waits until the state cannot be kept any more.
    async fn failed(&self) {
        match &self.0.journal {
            Some(journal) => {
                let failing = journal
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .failing();
                failing.await;
            }
            None => std::future::pending().await,
        }
    }

    /// Answers a request that could not be read whole.
    pub(crate) fn refuse(&self, head: request::Parts, why: Unread) -> Result<Response<Bytes>, Cut> {
        let request = Request::from_parts(head, ());
        let entropy = draw()?;
        Ok(self.lock().refuse(&request, why, now(), entropy))
    }

    /// Queues what changed; the engine is locked meanwhile, so that it stays in order.
    fn ticket(&self, engine: &mut Engine) -> Option<Ticket> {
        let journal = self.0.journal.as_ref()?;
        let mut journal = journal.lock().unwrap_or_else(PoisonError::into_inner);
        Some(journal.push(engine.changes()))
    }
}

async fn kept(ticket: Option<Ticket>) -> Result<(), Cut> {
    match ticket {
        Some(ticket) => ticket.kept().await.map_err(|NotKept| Cut),
        None => Ok(()),
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
    most_connections: usize,
}

impl Server {
    /// So many connections are served at a time, unless
    /// [`with_most_connections`](Self::with_most_connections) says otherwise. Each takes some 128 KiB
    /// at most, and all longer bodies of requests and answers some 64 MiB together: what is beyond
    /// that waits, or is cut off.
    pub const MOST_CONNECTIONS: usize = 4_096;

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
            most_connections: Self::MOST_CONNECTIONS,
        })
    }

    /// Serves this engine instead of a fresh one.
    #[must_use]
    pub fn with_engine(mut self, engine: SharedEngine) -> Self {
        self.engine = engine;
        self
    }

    /// Waits this long, and not 30 seconds, for the head of a request, again for its body, and again
    /// for each piece of the answer to be taken.
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

    /// Serves so many connections at a time. Others wait until one of them ends: each that is idle
    /// ends when the server's patience does.
    #[must_use]
    pub fn with_most_connections(mut self, most: usize) -> Self {
        self.most_connections = most;
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
    /// those that were queued through [`SharedEngine::lock`]. It ends early when the state cannot be
    /// kept any more: [`SharedEngine::failure`] tells why.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut failed = std::pin::pin!(self.engine.failed());
        let mut connections = JoinSet::new();
        connections.spawn(courier::carry(self.engine.clone(), self.notice_patience));
        loop {
            // One of them is the courier.
            let room = connections.len() <= self.most_connections;
            tokio::select! {
                () = &mut shutdown => return,
                () = &mut failed => return,
                Some(_) = connections.join_next() => {}
                accepted = self.listener.accept(), if room => match accepted {
                    Ok((stream, _)) => {
                        let (engine, patience) = (self.engine.clone(), self.patience);
                        connections.spawn(async move {
                            // A small answer shall not wait for another to go out with.
                            let _ = stream.set_nodelay(true);
                            connection::serve(TokioIo::new(stream), engine, patience).await;
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
    connection::serve(io, engine, PATIENCE).await;
}
