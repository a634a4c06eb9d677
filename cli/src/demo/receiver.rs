//! The merchant's end of the callbacks: a small server, which verifies, opens and answers.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use wechatpay_core::{ApiV3Key, KeyError, Notice, NoticeError, PlatformKeys, Reply, Timestamp};
use wechatpay_gateway::credentials;

/// Longer than a callback takes on its way, even on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(30);
/// A callback has a few kilobytes.
const MOST: usize = 64 * 1024;

type Came = Result<Notice, NoticeError>;

/// Takes callbacks until it is dropped.
pub(super) struct Receiver {
    url: String,
    came: mpsc::Receiver<Came>,
    _runtime: Runtime,
}

/// What callbacks are opened with.
struct Keys {
    platform: PlatformKeys,
    api_v3: ApiV3Key,
}

impl Receiver {
    /// Listens on a free port of this machine.
    pub(super) fn start() -> Result<io::Result<Self>, KeyError> {
        let keys = Arc::new(Keys {
            platform: credentials::platform_keys()?,
            api_v3: credentials::api_v3_key()?,
        });
        Ok(Self::listen(&keys))
    }

    fn listen(keys: &Arc<Keys>) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
        let url = format!("http://{}/notify", listener.local_addr()?);
        let (tell, came) = mpsc::channel();
        runtime.spawn(serve(listener, keys.clone(), tell));
        Ok(Self {
            url,
            came,
            _runtime: runtime,
        })
    }

    /// What orders and refunds name as their `notify_url`.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The next callback, once it has been answered.
    pub(super) fn next(&self) -> Result<Came, RecvTimeoutError> {
        self.came.recv_timeout(PATIENCE)
    }
}

async fn serve(listener: TcpListener, keys: Arc<Keys>, tell: mpsc::Sender<Came>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (keys, tell) = (keys.clone(), tell.clone());
        let service = service_fn(move |request| take(request, keys.clone(), tell.clone()));
        tokio::spawn(async move {
            // What goes wrong with a connection, the platform repeats on another.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn take(
    request: Request<Incoming>,
    keys: Arc<Keys>,
    tell: mpsc::Sender<Came>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MOST).collect().await else {
        let mut refused = Response::new(Full::default());
        *refused.status_mut() = StatusCode::BAD_REQUEST;
        return Ok(refused);
    };
    let request = Request::from_parts(head, body.to_bytes());
    let now = Timestamp::from(SystemTime::now());
    let notice = Notice::open(&request, &keys.platform, &keys.api_v3, now);
    let reply = match &notice {
        Ok(_) => Reply::accept(),
        Err(error) => Reply::refuse(error),
    };
    // Nobody listens any more once the story has ended.
    let _ = tell.send(notice);
    Ok(reply.map(Full::new))
}
