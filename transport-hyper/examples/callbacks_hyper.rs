//! A callback server on hyper itself.
//!
//! ```text
//! cargo run --release -p wechatpay-hyper --example callbacks_hyper -- --notices 10000
//! ```
//!
//! It rehearses against a gateway of its own, and ends with status 0 only if each notice was applied
//! once, no probe was accepted, and none was given up. `--listen 127.0.0.1:8080`, with the variables
//! of a gateway's `wechatpay.env`, serves until it is stopped.

#[path = "callbacks/mod.rs"]
mod callbacks;
#[path = "callbacks/shop.rs"]
mod shop;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

use callbacks::{Failure, Setup};
use shop::{BODY_LIMIT, Shop};

/// Ahead of the signature anyone may post anything, of any length and as slowly as can be.
const PATIENCE: Duration = Duration::from_secs(3);

async fn notify(shop: &Shop, request: Request<Incoming>) -> Response<Bytes> {
    if (request.method(), request.uri().path()) != (&Method::POST, "/notify") {
        return status(StatusCode::NOT_FOUND);
    }
    let (head, body) = request.into_parts();
    // The bytes stay as they came: they are what was signed.
    let body = Limited::new(body, BODY_LIMIT).collect();
    let body = match tokio::time::timeout(PATIENCE, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        // Or cut short, and then nobody reads this.
        Ok(Err(_)) => return status(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => return status(StatusCode::REQUEST_TIMEOUT),
    };
    shop.receive(&Request::from_parts(head, body)).await
}

fn status(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

#[tokio::main]
async fn serve(address: SocketAddr, setup: Setup) -> Result<(), Failure> {
    let shop = Arc::new(Shop::new(setup));
    let listener = TcpListener::bind(address).await?;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(connection(stream, Arc::clone(&shop)))),
            // Most likely out of file descriptors: wait for connections to end.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(stream: TcpStream, shop: Arc<Shop>) {
    let service = service_fn(async |request| {
        let reply = notify(&shop, request).await;
        Ok::<_, Infallible>(reply.map(Full::new))
    });
    // What goes wrong with one connection is its client's to see.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

fn main() -> ExitCode {
    callbacks::run(serve)
}

#[test]
fn each_notice_is_applied_once() -> Result<(), Failure> {
    callbacks::rehearse_in_small(serve)
}
