//! Callbacks over real sockets.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};
use wechatpay_core::Timestamp;
use wechatpay_gateway::{Engine, Entropy, Gateway, Handled, Running, Server, SharedEngine};

use crate::receiver::{NO_CONTENT, REFUSED, Receiver};

fn queue(gateway: &Running, url: &str, extra: &Value) {
    let mut body = json!({ "notify_url": url, "event": "payment" });
    let fields = extra.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(fields);
    gateway
        .admin(Method::POST, "/_gateway/notices", &body)
        .unwrap();
}

/// Waits until a count of the outbox is reached.
fn wait(read: impl Fn() -> Value, name: &str, count: u64) -> Value {
    let start = Instant::now();
    loop {
        let counts = read();
        if counts[name] == count {
            return counts;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{counts}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn notices(gateway: &Running) -> Value {
    let path = "/_gateway/notices";
    gateway.admin(Method::GET, path, &Value::Null).unwrap()
}

#[test]
fn notice_arrives_signed_and_is_not_repeated() {
    let gateway = Gateway::start().unwrap();
    let receiver = Receiver::start(|_| Some(NO_CONTENT));
    queue(&gateway, &receiver.url, &json!({}));
    let (head, body) = receiver.next();
    assert!(head.starts_with("post /notify http/1.1\r\n"), "{head}");
    for name in [
        "host: 127.0.0.1:",
        "content-type: application/json",
        "wechatpay-timestamp: ",
        "wechatpay-nonce: ",
        "wechatpay-signature: ",
        "wechatpay-serial: 7132d72a03e93cddf8c03bbd1f37eedf00a1b2c3",
        "wechatpay-signature-type: wechatpay2-sha256-rsa2048",
        "request-id: ",
    ] {
        assert!(head.contains(name), "{name} is not in {head}");
    }
    let envelope: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(envelope["event_type"], "TRANSACTION.SUCCESS");
    let counts = wait(|| notices(&gateway), "delivered", 1);
    assert_eq!(counts["deliveries"], 1);
}

#[test]
fn moving_the_clock_brings_the_retries() {
    let gateway = Gateway::start().unwrap();
    let receiver = Receiver::start(|number| Some(if number < 2 { REFUSED } else { NO_CONTENT }));
    queue(&gateway, &receiver.url, &json!({}));
    let (_, first) = receiver.next();
    for round in 1..=2 {
        wait(|| notices(&gateway), "refused", round);
        let body = json!({ "advance_seconds": 15 });
        gateway
            .admin(Method::POST, "/_gateway/clock", &body)
            .unwrap();
        assert_eq!(receiver.next().1, first);
    }
    let counts = wait(|| notices(&gateway), "delivered", 1);
    assert_eq!(counts["deliveries"], 3);
}

#[test]
fn many_arrive_each_once_or_twice() {
    let gateway = Gateway::start().unwrap();
    let receiver = Receiver::start(|_| Some(NO_CONTENT));
    let extra = json!({ "count": 200, "duplicates_percent": 100 });
    queue(&gateway, &receiver.url, &extra);
    let mut ids = BTreeSet::new();
    for _ in 0..400 {
        let envelope: Value = serde_json::from_slice(&receiver.next().1).unwrap();
        ids.insert(envelope["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), 200);
    let counts = wait(|| notices(&gateway), "accepted", 400);
    assert_eq!(counts["delivered"], 200);
}

#[test]
fn nobody_there_is_told_with_the_reason() {
    let gateway = Gateway::start().unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", free.local_addr().unwrap());
    drop(free);
    queue(&gateway, &url, &json!({}));
    wait(|| notices(&gateway), "unanswered", 1);
    let path = "/_gateway/notices?list=all";
    let list = gateway.admin(Method::GET, path, &Value::Null).unwrap();
    let why = list["notices"][0]["attempts"][0]["unanswered"].as_str();
    assert!(why.unwrap().contains("refused"), "{list}");
    assert_eq!(list["notices"][0]["state"], "waiting");
}

/// Queues one notice, and reads the counts, at an engine that no one serves yet.
fn engine_with_notice(url: &str) -> SharedEngine {
    let mut engine = Engine::new();
    let body = json!({ "notify_url": url, "event": "echo" });
    let request = http::Request::post("/_gateway/notices");
    let request = request.body(body.to_string().into()).unwrap();
    let now = Timestamp::from(std::time::SystemTime::now());
    engine.handle(&request, now, Entropy::new([7; 32]));
    SharedEngine::new(engine)
}

fn counts(engine: &SharedEngine) -> Value {
    let request = http::Request::get("/_gateway/notices")
        .body("".into())
        .unwrap();
    let now = Timestamp::from(std::time::SystemTime::now());
    match engine.lock().handle(&request, now, Entropy::new([9; 32])) {
        Handled::Answer { response, .. } => serde_json::from_slice(response.body()).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn silent_receiver_is_given_up_in_time() {
    let receiver = Receiver::start(|_| None);
    let engine = engine_with_notice(&receiver.url);
    let server = Server::bind("127.0.0.1:0").await.unwrap();
    let server = server
        .with_engine(engine.clone())
        .with_notice_patience(Duration::from_millis(50));
    let serving = tokio::spawn(server.serve(std::future::pending()));
    let waiting = engine.clone();
    let waited = move || wait(|| counts(&waiting), "unanswered", 1);
    let counts = tokio::task::spawn_blocking(waited).await.unwrap();
    assert_eq!(counts["waiting"], 1);
    serving.abort();
}

#[tokio::test]
async fn stopping_the_server_leaves_no_notice_hanging() {
    let receiver = Receiver::start(|_| None);
    let engine = engine_with_notice(&receiver.url);
    let server = Server::bind("127.0.0.1:0").await.unwrap();
    let server = server.with_engine(engine.clone());
    let serving = tokio::spawn(server.serve(std::future::pending()));
    let receiver = tokio::task::spawn_blocking(move || {
        receiver.next();
        receiver
    });
    let _receiver = receiver.await.unwrap();
    assert_eq!(counts(&engine)["underway"], 1);
    serving.abort();
    let waited = move || wait(|| counts(&engine), "unanswered", 1);
    let counts = tokio::task::spawn_blocking(waited).await.unwrap();
    assert_eq!(
        (&counts["waiting"], &counts["underway"]),
        (&json!(1), &json!(0))
    );
}
