//! Which failures certainly sent nothing, and which leave the outcome open.

use std::error::Error as _;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use wechatpay_core::{CallError, Effect, Policy, SignError, Signature, Signer};
use wechatpay_ureq::{Client, Timeouts, TransportError};

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

#[test]
fn no_connection() {
    let unused = TcpListener::bind("127.0.0.1:0").unwrap();
    let refusing = format!("http://{}", unused.local_addr().unwrap());
    drop(unused);
    for operation in [get(), post()] {
        let error = client_of(&refusing).call(&operation).unwrap_err();
        let error = not_sent(error);
        assert!(matches!(error, TransportError::Connect(_)), "{error}");
        assert!(error.to_string().contains("refused"), "{error}");
        assert!(error.source().is_some(), "the reason is kept");
    }
    let nowhere = client_of("http://no-such-host.invalid");
    not_sent(nowhere.call(&post()).unwrap_err());
    // ureq does not say in which phase this arose, and there is no body that it left untaken.
    let error = nowhere.call(&get()).unwrap_err();
    assert_eq!(error.effect(), Effect::None);
}

/// A backlog that is full answers nothing to a new connection.
#[cfg(target_os = "linux")]
#[test]
fn a_connection_that_does_not_come_about_in_time() {
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
        .unwrap_err();
    let after = Duration::from_millis(400);
    assert!(matches!(not_sent(error), TransportError::ConnectTimeout { after: a } if a == after));
    assert!((after..after * 10).contains(&started.elapsed()));
}

/// A TLS handshake that stalls has sent nothing either.
#[test]
fn a_handshake_that_does_not_come_about_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("https://{}", silent.local_addr().unwrap());
    let error = not_sent(client_of(&base_url).call(&post()).unwrap_err());
    assert!(
        matches!(error, TransportError::ConnectTimeout { .. }),
        "{error}"
    );
}

#[test]
fn an_exchange_that_breaks_leaves_the_outcome_unknown() {
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
        let error = unknown(client.call(&post()).unwrap_err());
        assert!(check(&error), "{name}: {error:?}");
        assert!(started.elapsed() < Duration::from_secs(7), "{name}");
        assert_eq!(server.seen().len(), 1, "{name}");
    }
}

/// The server closes an idle connection: the next call takes a new one.
#[test]
fn a_pooled_connection_that_the_server_closed() {
    let server = Server::start(|_| Act::Close(signed("200 OK", b"{}")));
    let client = client(&server);
    for calls in 1..=5 {
        client.call(&post()).unwrap();
        let seen = server.seen();
        assert_eq!(seen.len(), calls);
        assert_eq!(seen[calls - 1].connection, calls - 1);
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The server closes a used connection upon the next request: it is not sent again.
#[test]
fn a_pooled_connection_that_breaks_under_the_request() {
    let server = Server::start(|number| match number {
        0 => Act::Write(signed("200 OK", b"{}")),
        _ => Act::Close(Vec::new()),
    });
    let client = client(&server);
    client.call(&post()).unwrap();
    let error = unknown(client.call(&post()).unwrap_err());
    assert!(matches!(error, TransportError::Closed(_)), "{error}");
    let seen = server.seen();
    assert_eq!(
        seen.iter().map(|seen| seen.connection).collect::<Vec<_>>(),
        [0, 0]
    );
}

/// A race between the server's closing and the next request, many times: each call that succeeds
/// was sent once, and each that fails at most once.
#[test]
fn a_race_with_the_server_closing_sends_nothing_twice() {
    let server = Server::start(|_| Act::Close(signed("200 OK", b"{}")));
    let client = client(&server);
    let (mut answered, mut unclear) = (0, 0);
    for _ in 0..300 {
        match client.call(&post()) {
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

/// A signer that blocks cannot be interrupted, but what it took is not given a second time.
#[test]
fn a_signer_that_takes_the_whole_time_sends_nothing() {
    struct Slow;
    impl Signer for Slow {
        fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
            std::thread::sleep(Duration::from_millis(120));
            server::signer().sign(message)
        }
    }
    let server = Server::start(|_| Act::Write(signed("200 OK", b"{}")));
    let client =
        Client::new(server::merchant(&server.base_url()), Slow, server::keys()).with_timeouts(
            Timeouts::new(Duration::from_millis(100), Duration::from_millis(100)),
        );
    let error = client.call(&post()).unwrap_err();
    assert!(matches!(error, CallError::Sign(_)), "{error}");
    assert_eq!(error.effect(), Effect::None);
    assert!(server.seen().is_empty());
}

/// Limits without end are no reason to panic.
#[test]
fn limits_may_be_as_long_as_a_duration_can_be() {
    let server = Server::start(|_| Act::Write(signed("200 OK", b"{}")));
    let client = client(&server)
        .with_policy(Policy::default().with_total(Duration::MAX))
        .with_timeouts(Timeouts::new(Duration::MAX, Duration::MAX));
    client.call(&post()).unwrap();
}
