//! What both transports do when an attempt fails. `crate::call` waits for the result, whichever the
//! transport.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use wechatpay_core::{
    AnyOperation, CallError, Effect, Ended, Keyring, Method, PlatformKeys, Policy, Replay, Report,
    RsaSigner, Wish,
};

use crate::server::{self, Act, Seen, Server, signed, signed_head};
use crate::{Client, Timeouts, TransportError, call};

type Plain = Client<RsaSigner, PlatformKeys>;

fn quick() -> Policy {
    Policy::default().with_pauses(Duration::from_millis(10), Duration::from_millis(20))
}

fn client(base_url: &str) -> Plain {
    Client::new(server::merchant(base_url), server::signer(), server::keys()).with_policy(quick())
}

/// A call that the platform deduplicates.
fn subsidy() -> AnyOperation {
    let operation = AnyOperation::new(Method::POST, "/v3/ecommerce/subsidies/create?a=%20b");
    let operation = operation.json(&serde_json::json!({"description": "订单补差", "amount": 10}));
    operation.unwrap().replay(Replay::Idempotent {
        key: "all parameters",
        window: None,
    })
}

/// A request's first line, the named header, and its body.
fn parts(seen: &Seen, header: &str) -> (String, String, String) {
    let text = String::from_utf8(seen.bytes.clone()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let first = lines.next().unwrap().to_owned();
    let named = lines.filter_map(|line| line.split_once(": "));
    let mut named = named.filter(|(name, _)| name.eq_ignore_ascii_case(header));
    let value = named.next().map_or("", |(_, value)| value).to_owned();
    (first, value, body.to_owned())
}

/// The value of an item in an `Authorization` header.
fn item<'a>(authorization: &'a str, name: &str) -> &'a str {
    let (_, rest) = authorization.split_once(&format!("{name}=\"")).unwrap();
    rest.split_once('"').unwrap().0
}

/// Everything that an observer heard: attempt, host, status, how it ended.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<Attempted>>>);

type Attempted = (u32, String, Option<u16>, Ended);

impl Heard {
    fn observer(&self) -> impl Fn(&Report<'_>) + Send + Sync + 'static {
        let heard = Arc::clone(&self.0);
        move |report| {
            heard.lock().unwrap().push((
                report.attempt,
                report.host.to_owned(),
                report.status.map(|status| status.as_u16()),
                report.ended,
            ));
        }
    }

    fn take(&self) -> Vec<Attempted> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

#[test]
fn every_attempt_sends_the_same_bytes_under_a_fresh_signature() {
    let server = Server::start(|number| match number {
        0 => Act::Close(Vec::new()),
        1 => Act::Write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>".to_vec()),
        2 => Act::Write(signed(
            "500 Internal Server Error",
            br#"{"code":"SYSTEM_ERROR"}"#,
        )),
        _ => Act::Write(signed("200 OK", br#"{"result":"SUCCESS"}"#)),
    });
    let heard = Heard::default();
    let client = client(&server.base_url()).with_observer(heard.observer());
    let answer = call(&client, &subsidy()).unwrap();
    assert_eq!(answer.0["result"], "SUCCESS");

    let seen = server.seen();
    assert_eq!(seen.len(), 4);
    let (first, _, body) = parts(&seen[0], "host");
    assert_eq!(first, "POST /v3/ecommerce/subsidies/create?a=%20b HTTP/1.1");
    assert_eq!(body, r#"{"amount":10,"description":"订单补差"}"#);
    let mut nonces = Vec::new();
    for request in &seen {
        let (line, authorization, sent) = parts(request, "authorization");
        assert_eq!((&line, &sent), (&first, &body));
        nonces.push(item(&authorization, "nonce_str").to_owned());
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 4, "a nonce for each");

    let host = server.host();
    assert_eq!(
        heard.take(),
        [
            (1, host.clone(), None, Ended::Unknown),
            (2, host.clone(), Some(502), Ended::Unknown),
            (3, host.clone(), Some(500), Ended::Unknown),
            (4, host, Some(200), Ended::Answered),
        ]
    );
}

#[test]
fn what_may_act_twice_is_not_repeated() {
    let server = Server::start(|_| Act::Close(Vec::new()));
    let client = client(&server.base_url());
    let operation = subsidy().replay(Replay::AskFirst {
        settle: "query the order",
    });
    let error = call(&client, &operation).unwrap_err();
    assert_eq!(error.effect(), Effect::Unknown);
    assert!(error.to_string().ends_with("query the order"), "{error}");
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn the_backup_is_taken_while_the_main_host_is_dead() {
    let dead = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let server = Server::start(|_| Act::Write(signed("200 OK", b"{}")));
    let heard = Heard::default();
    let merchant = server::merchant(&format!("http://{dead}"))
        .with_backup(&server.base_url())
        .unwrap();
    let client = Client::new(merchant, server::signer(), server::keys())
        .with_policy(quick())
        .with_observer(heard.observer());
    // A call that must not act twice may go to the backup: nothing was sent.
    let ask_first = AnyOperation::new(Method::POST, "/v3/x");
    call(&client, &ask_first).unwrap();
    call(&client, &ask_first).unwrap();
    let host = server.host();
    assert_eq!(
        heard.take(),
        [
            (1, dead, None, Ended::NotSent),
            (2, host.clone(), Some(200), Ended::Answered),
            (1, host.clone(), Some(200), Ended::Answered),
        ]
    );
    let (_, named, _) = parts(&server.seen()[0], "host");
    assert_eq!(named, host);
}

#[test]
fn a_refusal_ends_the_call() {
    let refusal = br#"{"code":"PARAM_ERROR","message":"m"}"#;
    let server = Server::start(|_| Act::Write(signed("400 Bad Request", refusal)));
    let client = client(&server.base_url());
    let error = call(&client, &subsidy()).unwrap_err();
    assert_eq!(error.effect(), Effect::None);
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn retry_after_is_waited_for() {
    let limited = |number| {
        let body = br#"{"code":"FREQUENCY_LIMITED","message":"m"}"#;
        let head = signed_head("429 Too Many Requests", body);
        let wait = if number == 0 { 1 } else { 3600 };
        let head = format!(
            "{head}Retry-After: {wait}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        Act::Write([head.as_bytes(), body].concat())
    };
    let server = Server::start(limited);
    let client = client(&server.base_url());
    let error = call(&client, &subsidy()).unwrap_err();
    assert_eq!(error.effect(), Effect::None, "{error}");
    let seen = server.seen();
    assert_eq!(seen.len(), 2, "an hour is more than the call has");
    let at = |seen: &Seen| {
        let (_, authorization, _) = parts(seen, "authorization");
        item(&authorization, "timestamp").parse::<u64>().unwrap()
    };
    assert!(at(&seen[1]) > at(&seen[0]), "stamped anew, a second later");
}

#[test]
fn a_call_ends_when_its_time_is_over() {
    let server = Server::start(|_| Act::Stall(Vec::new()));
    let policy = quick()
        .with_attempts(NonZeroU32::new(10).unwrap())
        .with_total(Duration::from_millis(1_000));
    let limits = Timeouts::new(Duration::from_millis(400), Duration::from_millis(700));
    let client = client(&server.base_url());
    let client = client.with_policy(policy).with_timeouts(limits);
    let error = call(&client, &subsidy()).unwrap_err();
    assert_eq!(error.effect(), Effect::Unknown);
    let CallError::Unknown {
        source: TransportError::AttemptTimeout { after },
        ..
    } = error
    else {
        panic!("{error}");
    };
    assert!(
        after < Duration::from_millis(300),
        "{after:?}: what the first left"
    );
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn once_is_once() {
    let server = Server::start(|_| Act::Close(Vec::new()));
    let client = client(&server.base_url()).with_policy(Policy::once());
    call(&client, &subsidy()).unwrap_err();
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_ring_without_keys_that_gets_none_sends_nothing_else() {
    let server = Server::start(|_| {
        Act::Write(signed(
            "404 Not Found",
            br#"{"code":"RESOURCE_NOT_EXISTS","message":"m"}"#,
        ))
    });
    let key = wechatpay_core::ApiV3Key::new("0123456789abcdef0123456789abcdef").unwrap();
    let ring = Keyring::new(PlatformKeys::new()).with_api_v3_key(key);
    let client = client(&server.base_url()).with_keys(ring);
    for _ in 0..2 {
        let error = call(&client, &subsidy()).unwrap_err();
        assert_eq!(error.effect(), Effect::None);
        let words = error.to_string();
        assert!(
            words.contains("has no certificates for this merchant"),
            "{words}"
        );
        assert!(words.ends_with("nothing was sent"), "{words}");
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 1, "asked once, and no subsidy was sent");
    assert!(
        parts(&seen[0], "host")
            .0
            .starts_with("GET /v3/certificates ")
    );
    let wait = client.keys().wait(Wish::Due, SystemTime::now().into());
    let wait = wait.unwrap().as_secs();
    assert!((3_000..=3_600).contains(&wait), "an hour: {wait}");
}
