//! Which failures certainly sent nothing, and which leave the outcome open.

use std::error::Error as _;
use std::net::TcpListener;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use wechatpay_core::{CallError, Effect, Policy, SignError, Signature};
use wechatpay_hyper::{AsyncSigner, Client, Timeouts, TransportError};

use crate::server::{self, Act, Server, signed, signed_head};
use crate::{client, client_of, get, post};

type Failed = CallError<TransportError>;

fn not_sent(error: Failed) -> TransportError {
    assert_eq!(error.effect(), Effect::None, "{error}");
    let text = error.to_string();
    assert!(text.contains("not sent"), "{text}");
    let CallError::NotSent { source, .. } = error else {
        panic!("{text}")
    };
    source
}

fn unknown(error: Failed) -> TransportError {
    assert_eq!(error.effect(), Effect::Unknown, "{error}");
    let text = error.to_string();
    let CallError::Unknown { source, .. } = error else {
        panic!("{text}")
    };
    source
}

#[tokio::test]
async fn no_connection() {
    let unused = TcpListener::bind("127.0.0.1:0").unwrap();
    let refusing = format!("http://{}", unused.local_addr().unwrap());
    drop(unused);
    for operation in [get(), post()] {
        let error = client_of(&refusing).call(&operation).await.unwrap_err();
        let error = not_sent(error);
        assert!(matches!(error, TransportError::Connect(_)), "{error}");
        assert!(error.to_string().contains("refused"), "{error}");
        assert!(error.source().is_some(), "the reason is kept");

        let nowhere = client_of("http://no-such-host.invalid");
        not_sent(nowhere.call(&operation).await.unwrap_err());
    }
}

/// A backlog that is full answers nothing to a new connection.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_connection_that_does_not_come_about_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let within = Duration::from_millis(100);
    let mut filling = Vec::new();
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, within) {
        filling.push(stream);
        assert!(filling.len() < 10_000);
    }
    let started = Instant::now();
    let error = client_of(&format!("http://{address}"))
        .call(&post())
        .await
        .unwrap_err();
    let after = Duration::from_millis(400);
    assert!(matches!(not_sent(error), TransportError::ConnectTimeout { after: a } if a == after));
    assert!((after..after * 10).contains(&started.elapsed()));
}

/// A TLS handshake that stalls has sent nothing either.
#[tokio::test]
async fn a_handshake_that_does_not_come_about_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("https://{}", silent.local_addr().unwrap());
    let error = not_sent(client_of(&base_url).call(&post()).await.unwrap_err());
    assert!(
        matches!(error, TransportError::ConnectTimeout { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn an_exchange_that_breaks_leaves_the_outcome_unknown() {
    type Check = fn(&TransportError) -> bool;
    type Case = (&'static str, fn(Vec<u8>) -> Act, Vec<u8>, Check);
    let closed: Check = |error| matches!(error, TransportError::Closed(_));
    let protocol: Check = |error| matches!(error, TransportError::Protocol(_));
    let too_long: Check = |error| matches!(error, TransportError::BodyTooLong { limit: 64 });
    let slow: Check = |error| matches!(error, TransportError::AttemptTimeout { after } if *after == Duration::from_millis(700));
    let long = [b'x'; 65];
    let chunks = signed_head("200 OK", &long)
        + "Transfer-Encoding: chunked\r\n\r\n"
        + &"1\r\nx\r\n".repeat(65);
    let cut = |most: usize| signed("200 OK", b"{}")[..most].to_vec();
    let whole = signed("200 OK", b"{}").len();
    let cases: Vec<Case> = vec![
        ("closed before an answer", Act::Close, vec![], closed),
        ("closed within the head", Act::Close, cut(40), closed),
        ("closed within the body", Act::Close, cut(whole - 1), closed),
        (
            "closed within the chunks",
            Act::Close,
            chunks.clone().into_bytes()[..500].to_vec(),
            closed,
        ),
        (
            "no HTTP",
            Act::Close,
            b"220 smtp ready\r\n\r\n".to_vec(),
            protocol,
        ),
        ("no answer in time", Act::Stall, vec![], slow),
        ("no whole head in time", Act::Stall, cut(40), slow),
        ("no whole body in time", Act::Stall, cut(whole - 1), slow),
        (
            "longer than the limit",
            Act::Write,
            signed("200 OK", &long),
            too_long,
        ),
        (
            "longer than the limit in chunks",
            Act::Stall,
            chunks.into_bytes(),
            too_long,
        ),
        (
            "a length beyond the limit",
            Act::Stall,
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"
                .iter()
                .chain(&long)
                .copied()
                .collect(),
            too_long,
        ),
    ];
    for (name, act, bytes, check) in cases {
        let server = Server::start(move |_| act(bytes.clone()));
        let client = client_of(&server.base_url()).with_body_limit(64);
        let started = Instant::now();
        let error = unknown(client.call(&post()).await.unwrap_err());
        assert!(check(&error), "{name}: {error:?}");
        assert!(started.elapsed() < Duration::from_secs(7), "{name}");
        assert_eq!(server.seen().len(), 1, "{name}");
    }
}

/// The server closes an idle connection: the next call takes a new one.
#[tokio::test]
async fn a_pooled_connection_that_the_server_closed() {
    let server = Server::start(|_| Act::Close(signed("200 OK", b"{}")));
    let client = client(&server);
    for calls in 1..=5 {
        client.call(&post()).await.unwrap();
        let seen = server.seen();
        assert_eq!(seen.len(), calls);
        assert_eq!(seen[calls - 1].connection, calls - 1);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The same, at the moment when the closing is known and hyper has not looked yet: hyper hands the
/// request back before it wrote a byte of it, and the pool takes a new connection.
#[tokio::test(flavor = "current_thread")]
async fn a_request_that_hyper_hands_back_goes_out_once() {
    let server = Server::start(|_| Act::Close(signed("200 OK", b"{}")));
    let client = client(&server);
    for calls in 1..=5 {
        client.call(&post()).await.unwrap();
        let seen = server.seen();
        assert_eq!(seen.len(), calls);
        assert_eq!(seen[calls - 1].connection, calls - 1);

        // Time and socket become ready in one turn of the runtime, which resumes this test first.
        let mut turn = std::pin::pin!(tokio::time::sleep(Duration::from_millis(1)));
        std::future::poll_fn(|cx| Poll::Ready(turn.as_mut().poll(cx).is_ready())).await;
        std::thread::sleep(Duration::from_millis(50));
        turn.await;
    }
}

/// The server closes a used connection upon the next request: it is not sent again.
#[tokio::test]
async fn a_pooled_connection_that_breaks_under_the_request() {
    let server = Server::start(|number| match number {
        0 => Act::Write(signed("200 OK", b"{}")),
        _ => Act::Close(Vec::new()),
    });
    let client = client(&server);
    client.call(&post()).await.unwrap();
    let error = unknown(client.call(&post()).await.unwrap_err());
    assert!(matches!(error, TransportError::Closed(_)), "{error}");
    let seen = server.seen();
    assert_eq!(
        seen.iter().map(|seen| seen.connection).collect::<Vec<_>>(),
        [0, 0]
    );
}

/// A race between the server's closing and the next request, many times: each call that succeeds
/// was sent once, and each that fails at most once.
#[tokio::test]
async fn a_race_with_the_server_closing_sends_nothing_twice() {
    let server = Server::start(|_| Act::Close(signed("200 OK", b"{}")));
    let client = client(&server);
    let (mut answered, mut unclear) = (0, 0);
    for _ in 0..300 {
        match client.call(&post()).await {
            Ok(_) => answered += 1,
            Err(CallError::NotSent { .. }) => {}
            Err(CallError::Unknown { .. }) => unclear += 1,
            Err(error) => panic!("{error}"),
        }
    }
    let seen = server.seen().len();
    assert!(
        (answered..=answered + unclear).contains(&seen),
        "{answered} {unclear} {seen}"
    );
}

/// A service that is not hyper's pool may have sent anything.
#[tokio::test]
async fn an_error_of_another_service() {
    use wechatpay_core::http::{Request, Response};
    type Body = http_body_util::Full<wechatpay_core::Bytes>;

    #[derive(Clone)]
    struct Failing;
    impl wechatpay_hyper::tower_service::Service<Request<Body>> for Failing {
        type Response = Response<Body>;
        type Error = std::io::Error;
        type Future = std::future::Ready<Result<Response<Body>, std::io::Error>>;
        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), std::io::Error>> {
            Poll::Ready(Ok(()))
        }
        fn call(&mut self, _: Request<Body>) -> Self::Future {
            std::future::ready(Err(std::io::ErrorKind::ConnectionRefused.into()))
        }
    }
    let merchant = server::merchant("http://127.0.0.1:1");
    let client = Client::over(Failing, merchant, server::signer(), server::keys())
        .with_policy(Policy::once());
    unknown(client.call(&post()).await.unwrap_err());
}

#[test]
fn the_time_limits_by_default() {
    let timeouts = Timeouts::default();
    assert_eq!(
        (timeouts.connect, timeouts.attempt),
        (Duration::from_secs(5), Duration::from_secs(15))
    );
}

#[test]
fn debug_shows_neither_signer_nor_keys() {
    let text = format!("{:?}", client_of("http://127.0.0.1:1"));
    assert!(text.starts_with("Client { merchant: Merchant"), "{text}");
    assert!(
        !text.contains("igner") && !text.contains("PUB_KEY"),
        "{text}"
    );
}

#[tokio::test]
async fn a_signer_that_never_answers_sends_nothing_and_ends_in_time() {
    struct Silent;
    impl AsyncSigner for Silent {
        async fn sign(&self, _: &[u8]) -> Result<Signature, SignError> {
            std::future::pending().await
        }
    }
    let server = Server::start(|_| Act::Write(signed("200 OK", b"{}")));
    let client = Client::new(server::merchant(&server.base_url()), Silent, server::keys())
        .with_attempt_timeout(Duration::from_millis(50));
    let error = client.call(&post()).await.unwrap_err();
    assert!(matches!(error, CallError::Sign(_)), "{error}");
    assert_eq!(error.effect(), Effect::None);
    assert!(server.seen().is_empty());
}

/// Limits without end are no reason to panic.
#[tokio::test]
async fn limits_may_be_as_long_as_a_duration_can_be() {
    let server = Server::start(|_| Act::Write(signed("200 OK", b"{}")));
    let client = client(&server)
        .with_policy(Policy::default().with_total(Duration::MAX))
        .with_timeouts(Timeouts::new(Duration::MAX, Duration::MAX));
    client.call(&post()).await.unwrap();
}
