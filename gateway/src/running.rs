use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::thread::{self, JoinHandle};

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::Value;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;

use crate::engine::{Engine, Handled};
use crate::server::{Server, SharedEngine};

/// A gateway for programs that are not asynchronous, and for tests.
///
/// ```
/// use wechatpay_gateway::{Account, Gateway};
///
/// let gateway = Gateway::start()?;
/// assert!(gateway.base_url().starts_with("http://127.0.0.1:"));
/// let held = gateway.engine().lock().ledger().balance(&Account::PlatformOperation);
/// assert_eq!(held.get(), 1_000_000);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Gateway;

impl Gateway {
    /// Starts a gateway on a free port of this machine, in a thread of its own.
    ///
    /// # Errors
    ///
    /// [`io::Error`] when no port or no thread is to be had.
    pub fn start() -> io::Result<Running> {
        Running::start(Engine::new())
    }

    /// The same with the state that a file keeps: see [`SharedEngine::open`].
    ///
    /// # Errors
    ///
    /// [`io::Error`], also when the file cannot keep the state; then a [`StoreError`](crate::StoreError) is its source.
    pub fn open(path: &Path) -> io::Result<Running> {
        Running::serve(SharedEngine::open(path).map_err(io::Error::other)?)
    }
}

/// A gateway that runs until this is dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    engine: SharedEngine,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts to serve an engine on a free port of this machine.
    ///
    /// # Errors
    ///
    /// As [`Gateway::start`].
    pub fn start(engine: Engine) -> io::Result<Self> {
        Self::serve(SharedEngine::new(engine))
    }

    fn serve(engine: SharedEngine) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        // Bound without waiting, so that this works inside another runtime too.
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let server = {
            let _inside = runtime.enter();
            Server::on(TcpListener::from_std(listener)?)?
        };
        let server = server.with_engine(engine);
        let (address, engine) = (server.local_addr(), server.engine());
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = move || {
            runtime.block_on(server.serve(async {
                // A sender that is gone means the same as one that spoke.
                let _ = stopped.await;
            }));
        };
        let thread = thread::Builder::new()
            .name("wechatpay-gateway".to_owned())
            .spawn(serve)?;
        Ok(Self {
            address,
            engine,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where it listens, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address it listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The engine, to look into while it serves.
    #[must_use]
    pub fn engine(&self) -> &SharedEngine {
        &self.engine
    }

    /// Calls an endpoint of the administration (`/_gateway/…`) without a socket. `null` is no body.
    ///
    /// ```
    /// use serde_json::json;
    /// use wechatpay_core::Method;
    /// use wechatpay_gateway::Gateway;
    ///
    /// let gateway = Gateway::start()?;
    /// let order = json!({ "sub_mchid": "1900000109", "total": 8_000, "subsidy_amount": 500 });
    /// let order = gateway.admin(Method::POST, "/_gateway/orders", &order)?;
    /// assert_eq!(order["state"], "settled");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AdminError`] with the answer, when it is not a success.
    pub fn admin(&self, method: Method, path: &str, body: &Value) -> Result<Value, AdminError> {
        let text = match body {
            Value::Null => String::new(),
            value => value.to_string(),
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Bytes::from(text))
            .map_err(|e| AdminError::new(StatusCode::BAD_REQUEST, e.to_string()))?;
        let refuse = |e: &dyn std::error::Error| {
            AdminError::new(StatusCode::INTERNAL_SERVER_ERROR, e.to_string())
        };
        let handled = pollster::block_on(self.engine.handle(&request)).map_err(|e| refuse(&e))?;
        let Handled::Answer { response, .. } = handled else {
            let why = "the connection would have been cut: is this a path of the administration?";
            return Err(AdminError::new(StatusCode::BAD_REQUEST, why.to_owned()));
        };
        if !response.status().is_success() {
            let text = String::from_utf8_lossy(response.body()).into_owned();
            return Err(AdminError::new(response.status(), text));
        }
        serde_json::from_slice(response.body()).map_err(|e| refuse(&e))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended by itself.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The administration refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the gateway's administration answered {status}: {body}")]
pub struct AdminError {
    status: StatusCode,
    body: String,
}

impl AdminError {
    fn new(status: StatusCode, body: String) -> Self {
        Self { status, body }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The answer's body: JSON with `code` and `message`.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }
}
