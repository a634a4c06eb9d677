//! What goes over the wire, and what of the answer reaches the caller.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use http_body_util::Full;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use wechatpay_core::http::{Request, Response, StatusCode};
use wechatpay_core::{
    AnyOperation, ApiV3Key, Bytes, CallError, Document, Effect, Method, Policy, Reason,
};
use wechatpay_hyper::tower_service::Service;
use wechatpay_hyper::{Client, origin_form};

use crate::server::{self, Act, KEY_ID, Server, signed, signed_head};
use crate::{client, get, post};

fn ok(_: usize) -> Act {
    Act::Write(signed("200 OK", b"{}"))
}

#[tokio::test]
async fn the_bytes_of_each_kind_of_request() {
    let common = format!(
        "accept: application/json\r\nuser-agent: wechatpay-core/{}\r\n",
        env!("CARGO_PKG_VERSION")
    );
    let signed = format!("wechatpay-serial: {KEY_ID}\r\nauthorization: *\r\n");
    let body = r#"{"description":"订单退款"}"#;
    let json = "content-type: application/json\r\n";
    let cancel = "/v3/ecommerce/subsidies/cancel";
    let transfer = "/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/1/cancel";
    let any = |method| AnyOperation::new(method, cancel);
    let with_body = |method| {
        any(method)
            .json(&serde_json::json!({"description": "订单退款"}))
            .unwrap()
    };
    let cases = [
        (
            get(),
            format!(
                "GET /v3/certificates?algorithm_type=RSA HTTP/1.1\r\n{common}{signed}host: *\r\n\r\n"
            ),
        ),
        (
            post(),
            format!(
                "POST {cancel} HTTP/1.1\r\n{common}{json}{signed}host: *\r\ncontent-length: 30\r\n\r\n{body}"
            ),
        ),
        (
            AnyOperation::new(Method::POST, transfer),
            format!(
                "POST {transfer} HTTP/1.1\r\n{common}{signed}content-length: 0\r\nhost: *\r\n\r\n"
            ),
        ),
        (
            any(Method::DELETE),
            format!("DELETE {cancel} HTTP/1.1\r\n{common}{signed}host: *\r\n\r\n"),
        ),
        (
            with_body(Method::PUT),
            format!(
                "PUT {cancel} HTTP/1.1\r\n{common}{json}{signed}host: *\r\ncontent-length: 30\r\n\r\n{body}"
            ),
        ),
        (
            with_body(Method::PATCH),
            format!(
                "PATCH {cancel} HTTP/1.1\r\n{common}{json}{signed}host: *\r\ncontent-length: 30\r\n\r\n{body}"
            ),
        ),
    ];
    for (operation, expected) in cases {
        let server = Server::start(ok);
        client(&server).call(&operation).await.unwrap();
        assert_eq!(masked(&server.seen()[0].bytes, &server.host()), expected);
        assert_eq!(server.seen().len(), 1);
    }
}

/// The request as text, with what differs from run to run replaced by `*`.
fn masked(bytes: &[u8], host: &str) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let start = "authorization: WECHATPAY2-SHA256-RSA2048 mchid=\"1900001109\",";
    let lines = text.split("\r\n").map(|line| match line {
        line if line.starts_with(start) => "authorization: *",
        line if line == format!("host: {host}") => "host: *",
        line => line,
    });
    lines.collect::<Vec<_>>().join("\r\n")
}

#[tokio::test]
async fn an_answer_in_one_piece_in_chunks_and_up_to_the_limit() {
    let server = Server::start(|number| {
        let body = br#"{"a":1}"#;
        let chunked = "Transfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n";
        Act::Write(match number {
            0 => signed("200 OK", body),
            _ => (signed_head("200 OK", body) + chunked).into_bytes(),
        })
    });
    let client = client(&server).with_body_limit(7);
    for _ in 0..2 {
        let answer = client.call_full(&post()).await.unwrap();
        assert_eq!(answer.value, Document(serde_json::json!({"a": 1})));
        assert_eq!(answer.request_id.as_deref(), Some("08F78BB5-0"));
        assert_eq!(&answer.body[..], br#"{"a":1}"#);
    }
}

#[tokio::test]
async fn nothing_is_unpacked() {
    let server = Server::start(|_| {
        let body = b"\x1f\x8b\x08 packed";
        let head =
            signed_head("200 OK", body) + "Content-Encoding: gzip\r\nContent-Length: 10\r\n\r\n";
        Act::Write([head.as_bytes(), body].concat())
    });
    let error = client(&server).call(&post()).await.unwrap_err();
    let Reason::Decode { body, .. } = &error.answered().unwrap().reason else {
        panic!("{error}")
    };
    assert_eq!(body, b"\x1f\x8b\x08 packed");
}

#[tokio::test]
async fn error_answers_reach_the_core_whole() {
    const REFUSED: &str = r#"{"code":"PARAM_ERROR","message":"no"}"#;
    const HTML: &str = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>";
    let server = Server::start(|number| {
        Act::Write(match number {
            0 => signed("400 Bad Request", REFUSED.as_bytes()),
            _ => HTML.into(),
        })
    });
    let client = client(&server);
    for (status, code, message, effect) in [
        (StatusCode::BAD_REQUEST, "PARAM_ERROR", "no", Effect::None),
        (StatusCode::BAD_GATEWAY, "", "<html>", Effect::Unknown),
    ] {
        let error = client.call(&post()).await.unwrap_err();
        let api = error.answered().and_then(|error| error.api()).unwrap();
        assert_eq!(
            (api.status, &*api.code, &*api.message),
            (status, code, message)
        );
        assert_eq!(error.effect(), effect);
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let server = Server::start(|_| {
        let to =
            "HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n";
        Act::Write(to.into())
    });
    let error = client(&server).call(&post()).await.unwrap_err();
    let Reason::Status(status) = error.answered().unwrap().reason else {
        panic!("{error}")
    };
    assert_eq!(status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn the_certificates_are_asked_for_without_declaring_a_key() {
    let server = Server::start(|_| Act::Write(signed("200 OK", br#"{"data":[]}"#)));
    let key = ApiV3Key::new("DEVELOPMENT0ONLY0APIV3KEY0123456").unwrap();
    let error = client(&server).certificates(&key).await.unwrap_err();
    assert!(
        matches!(error.answered().unwrap().reason, Reason::Certificates(_)),
        "{error}"
    );
    let seen = String::from_utf8(server.seen()[0].bytes.clone()).unwrap();
    assert!(
        seen.starts_with("GET /v3/certificates HTTP/1.1\r\n"),
        "{seen}"
    );
    assert!(!seen.contains("wechatpay-serial"), "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_at_once_on_one_client() {
    let server = Server::start(ok);
    let client = Arc::new(client(&server).with_attempt_timeout(std::time::Duration::from_secs(10)));
    let call = |client: Arc<crate::Plain>| async move {
        for _ in 0..8 {
            client.call(&post()).await.unwrap();
        }
    };
    let calls: Vec<_> = (0..16)
        .map(|_| tokio::spawn(call(Arc::clone(&client))))
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 16 * 8);
    assert!(
        seen.iter().all(|seen| seen.connection < 64),
        "connections are used again"
    );
    let nonces: std::collections::HashSet<_> = seen
        .iter()
        .map(|seen| {
            String::from_utf8_lossy(&seen.bytes)
                .split("nonce_str=")
                .nth(1)
                .unwrap()[..34]
                .to_owned()
        })
        .collect();
    assert_eq!(nonces.len(), 16 * 8);
}

/// One connection without a pool; and a service that counts.
#[derive(Clone)]
struct Bare {
    sender: Arc<std::sync::Mutex<SendRequest<Full<Bytes>>>>,
    sent: Arc<AtomicUsize>,
}

impl Service<Request<Full<Bytes>>> for Bare {
    type Response = Response<hyper::body::Incoming>;
    type Error = hyper::Error;
    type Future = std::pin::Pin<
        Box<dyn Future<Output = Result<Response<hyper::body::Incoming>, hyper::Error>> + Send>,
    >;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), hyper::Error>> {
        self.sender.lock().unwrap().poll_ready(cx)
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        self.sent.fetch_add(1, Ordering::Relaxed);
        Box::pin(
            self.sender
                .lock()
                .unwrap()
                .send_request(origin_form(request)),
        )
    }
}

#[tokio::test]
async fn over_one_bare_connection() {
    let server = Server::start(|number| match number {
        0 => ok(0),
        _ => Act::Close(Vec::new()),
    });
    let stream = tokio::net::TcpStream::connect(server.host()).await.unwrap();
    let (sender, driver) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(driver);
    let sent = Arc::default();
    let bare = Bare {
        sender: Arc::new(sender.into()),
        sent: Arc::clone(&sent),
    };
    let merchant = server::merchant(&server.base_url());
    let client = Client::over(bare, merchant, server::signer(), server::keys());
    let client = Arc::new(client.with_policy(Policy::once()));

    tokio::spawn({
        let client = Arc::clone(&client);
        async move { client.call(&post()).await.unwrap() }
    })
    .await
    .unwrap();
    let seen = String::from_utf8(server.seen()[0].bytes.clone()).unwrap();
    assert!(
        seen.starts_with("POST /v3/ecommerce/subsidies/cancel HTTP/1.1\r\n"),
        "{seen}"
    );
    assert!(
        seen.contains(&format!("\r\nhost: {}\r\n", server.host())),
        "{seen}"
    );

    // The server closes upon the second request, and there is no connection for a third.
    let error = client.call(&post()).await.unwrap_err();
    assert!(matches!(error, CallError::Unknown { .. }), "{error}");
    let error = client.call(&post()).await.unwrap_err();
    assert!(matches!(error, CallError::NotSent { .. }), "{error}");
    assert_eq!((sent.load(Ordering::Relaxed), server.seen().len()), (2, 2));
}
