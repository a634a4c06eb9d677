//! A callback server of threads, on `oxhttp`.
//!
//! ```text
//! cargo run --release -p wechatpay-ureq --example callbacks_blocking -- --notices 10000
//! ```
//!
//! It rehearses against a gateway of its own, and ends with status 0 only if each notice was applied
//! once, no probe was accepted, and none was given up. `--listen 127.0.0.1:8080`, with the variables
//! of a gateway's `wechatpay.env`, serves until it is stopped.

#[path = "../../transport-hyper/examples/callbacks/mod.rs"]
mod callbacks;

use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use oxhttp::Server;
use oxhttp::model::Body;
use wechatpay_core::http::{Method, Request, Response, StatusCode};
use wechatpay_core::{ApiV3Key, Bytes, Deduplicator, Keyring, Reply, RsaSigner, Timestamp};
use wechatpay_ureq::Client;

use callbacks::books::Books;
use callbacks::{Failure, Setup};

/// The most of a body that is held in memory. A notice has a few thousand bytes.
const BODY_LIMIT: u64 = 64 << 10;

/// Notices are repeated for 24 hours: more of them than a day brings.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(100_000).expect("more than none");

/// A connection keeps its thread for as long as it lasts, and the platform's may last.
const CONNECTIONS: usize = 256;

/// How long a connection may be silent, amid a request and between two.
const PATIENCE: Duration = Duration::from_secs(5);

struct Shop {
    client: Client<RsaSigner, Keyring>,
    api_v3_key: Arc<ApiV3Key>,
    seen: Mutex<Deduplicator>,
    books: Arc<Books>,
}

impl Shop {
    /// Deals with a request to the `notify_url`, whose body is whole and as it came.
    fn receive(&self, request: &Request<Vec<u8>>) -> Response<Bytes> {
        // Fetches the platform's new certificate when the request names one that is not held.
        let notice = match self.client.open_notice(request, &self.api_v3_key) {
            Ok(notice) => notice,
            Err(error) => {
                self.books.note(&error);
                return Reply::refuse(&error);
            }
        };
        // The lock is held for the claim, and not while the notice is dealt with.
        let now = Timestamp::from(SystemTime::now());
        let claim = self.seen().claim(&notice.id, now);
        let ticket = match claim.into_ticket() {
            Ok(ticket) => ticket,
            Err(reply) => return reply,
        };
        // Keeps the notice where a crash does not lose it. Whatever takes longer than the platform's
        // 5 seconds, such as shipping, follows from what was kept.
        match self.books.apply(&notice) {
            Ok(()) => {
                self.seen().done(ticket);
                Reply::accept()
            }
            Err(busy) => {
                self.seen().failed(ticket);
                Reply::again(&busy.to_string())
            }
        }
    }

    fn seen(&self) -> MutexGuard<'_, Deduplicator> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn notify(shop: &Shop, request: &mut Request<Body>) -> io::Result<Response<Body>> {
    if (request.method(), request.uri().path()) != (&Method::POST, "/notify") {
        return Ok(status(StatusCode::NOT_FOUND));
    }
    // Ahead of the signature anyone may post anything, of any length. The bytes stay as they came:
    // they are what was signed.
    let mut body = Vec::new();
    let mut limited = request.body_mut().take(BODY_LIMIT + 1);
    limited.read_to_end(&mut body)?;
    if limited.limit() == 0 {
        return Ok(status(StatusCode::PAYLOAD_TOO_LARGE));
    }
    let mut whole = Request::new(body);
    *whole.headers_mut() = std::mem::take(request.headers_mut());
    Ok(shop.receive(&whole).map(|body| Body::from(body.to_vec())))
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// One who posts a byte now and then keeps a thread busy. A reverse proxy in front of it bounds that,
/// and has the TLS that the platform asks for.
fn serve(address: SocketAddr, setup: Setup) -> Result<(), Failure> {
    let shop = Shop {
        client: Client::new(setup.merchant, setup.signer, setup.keys),
        api_v3_key: setup.api_v3_key,
        seen: Mutex::new(Deduplicator::new(REMEMBERED)),
        books: setup.books,
    };
    let answer = move |request: &mut Request<Body>| {
        let reply = notify(&shop, request);
        reply.unwrap_or_else(|_| status(StatusCode::BAD_REQUEST))
    };
    let server = Server::new(answer)
        .bind(address)
        .with_global_timeout(PATIENCE)
        .with_max_concurrent_connections(CONNECTIONS);
    Ok(server.spawn()?.join()?)
}

fn main() -> ExitCode {
    callbacks::run(serve)
}

#[test]
fn each_notice_is_applied_once() -> Result<(), Failure> {
    callbacks::rehearse_in_small(serve)
}
