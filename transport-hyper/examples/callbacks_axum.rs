//! A callback server on axum.
//!
//! ```text
//! cargo run --release -p wechatpay-hyper --example callbacks_axum -- --notices 10000
//! ```
//!
//! It rehearses against a gateway of its own, and ends with status 0 only if each notice was applied
//! once, no probe was accepted, and none was given up. `--listen 127.0.0.1:8080`, with the variables
//! of a gateway's `wechatpay.env`, serves until it is stopped.

#[path = "callbacks/mod.rs"]
mod callbacks;
#[path = "callbacks/shop.rs"]
mod shop;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use tokio::net::TcpListener;

use callbacks::{Failure, Setup};
use shop::{BODY_LIMIT, Shop};

/// The raw request: an extractor such as `Json` would take the body apart, and what it gives back
/// does not verify.
async fn notify(State(shop): State<Arc<Shop>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    // Ahead of the signature anyone may post anything, of any length and as slowly as can be.
    let body = tokio::time::timeout(Duration::from_secs(3), to_bytes(body, BODY_LIMIT)).await;
    let body = match body {
        Ok(Ok(body)) => body,
        // Or cut short, and then nobody reads this.
        Ok(Err(_)) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    let reply = shop.receive(&Request::from_parts(head, body)).await;
    reply.map(Body::from)
}

#[tokio::main]
async fn serve(address: SocketAddr, setup: Setup) -> Result<(), Failure> {
    let router = Router::new()
        .route("/notify", post(notify))
        .with_state(Arc::new(Shop::new(setup)));
    let listener = TcpListener::bind(address).await?;
    Ok(axum::serve(listener, router).await?)
}

fn main() -> ExitCode {
    callbacks::run(serve)
}

#[test]
fn each_notice_is_applied_once() -> Result<(), Failure> {
    callbacks::rehearse_in_small(serve)
}
