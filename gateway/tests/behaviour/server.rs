//! Over a real socket, byte by byte.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};
use wechatpay_gateway::{Gateway, Running, Server};

use crate::bench::Bench;

/// A request as bytes, signed at the real time.
fn wire(method: &str, target: &str, body: &str) -> Vec<u8> {
    let mut bench = Bench::new();
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    bench.now = now.as_secs();
    write(&bench.signed(method, target, body.to_owned()))
}

fn write(request: &Request<Bytes>) -> Vec<u8> {
    let mut text = format!(
        "{} {} HTTP/1.1\r\nhost: gateway\r\n",
        request.method(),
        request.uri()
    );
    for (name, value) in request.headers() {
        text += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    text += &format!("content-length: {}\r\n\r\n", request.body().len());
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(request.body());
    bytes
}

fn connect(gateway: &Running) -> TcpStream {
    let stream = TcpStream::connect(gateway.local_addr()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream
}

/// One answer: the head, and as much body as it announces.
fn answer(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).unwrap().to_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap();
    let length = length.split("\r\n").next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (head, body)
}

fn inject(gateway: &Running, fault: &Value) {
    gateway
        .admin(Method::POST, "/_gateway/faults", fault)
        .unwrap();
}

#[test]
fn sample_succeeds_over_a_socket() {
    let gateway = Gateway::start().unwrap();
    let mut stream = connect(&gateway);
    let body = r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","amount":10,"description":"测试备注"}"#;
    let request = wire("POST", "/v3/ecommerce/subsidies/create", body);
    stream.write_all(&request).unwrap();
    let (head, body) = answer(&mut stream);
    assert!(head.starts_with("http/1.1 200 ok"), "{head}");
    for name in [
        "wechatpay-timestamp: ",
        "wechatpay-nonce: ",
        "wechatpay-signature: ",
        "wechatpay-serial: 7132d72a03e93cddf8c03bbd1f37eedf00a1b2c3",
        "wechatpay-signature-type: wechatpay2-sha256-rsa2048",
        "request-id: ",
        "content-type: application/json",
    ] {
        assert!(head.contains(name), "{name} is not in {head}");
    }
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["result"], "SUCCESS");
    // The connection serves on.
    stream
        .write_all(b"GET /_gateway/ledger HTTP/1.1\r\nhost: g\r\n\r\n")
        .unwrap();
    let (_, ledger) = answer(&mut stream);
    let ledger: Value = serde_json::from_slice(&ledger).unwrap();
    assert_eq!(ledger["sum"], 0);
    assert_eq!(ledger["balances"]["platform:operation"], 999_990);
}

#[test]
fn header_case_does_not_count_and_body_may_be_chunked() {
    let gateway = Gateway::start().unwrap();
    let mut stream = connect(&gateway);
    let body = r#"{"sub_mchid":"1900013401","transaction_id":"4208450740201411110007820472","description":"订单退款"}"#;
    let request = wire("POST", "/v3/ecommerce/subsidies/cancel", body);
    let text = String::from_utf8(request).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let head = head
        .replace("authorization:", "AUTHORIZATION:")
        .replace("user-agent:", "User-agent:")
        .replace("accept:", "ACCEPT:")
        .replace(
            &format!("content-length: {}", body.len()),
            "transfer-encoding: chunked",
        );
    let chunked = format!("{head}\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    stream.write_all(chunked.as_bytes()).unwrap();
    let (head, _) = answer(&mut stream);
    assert!(head.starts_with("http/1.1 200 ok"), "{head}");
}

#[test]
fn long_bodies_are_refused_before_they_are_read() {
    let gateway = Gateway::start().unwrap();
    let mut stream = connect(&gateway);
    let head = "POST /v3/ecommerce/subsidies/create HTTP/1.1\r\nhost: g\r\n\
                content-length: 1048577\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let chunk = vec![b' '; 64 * 1024];
    for _ in 0..=16 {
        // The answer may come, and the connection end, while this still writes.
        if stream.write_all(&chunk).is_err() {
            break;
        }
    }
    let (head, body) = answer(&mut stream);
    assert!(head.starts_with("http/1.1 413 "), "{head}");
    assert!(head.contains("wechatpay-signature: "), "{head}");
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["code"], "REQUEST_TOO_LARGE");
}

#[test]
fn uploads_may_be_longer_but_not_endless() {
    let gateway = Gateway::start().unwrap();
    for path in [
        "/v3/merchant/media/upload",
        "/v3/merchant/media/video_upload",
    ] {
        // 5 MiB and 64 KiB, and one more.
        let status = [5_308_416, 5_308_417].map(|length| {
            let mut stream = connect(&gateway);
            let head =
                format!("POST {path} HTTP/1.1\r\nhost: g\r\ncontent-length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            let chunk = vec![b' '; 64 * 1024];
            for _ in 0..length / chunk.len() {
                stream.write_all(&chunk).unwrap();
            }
            let _ = stream.write_all(&chunk[..length % chunk.len()]);
            let (head, _) = answer(&mut stream);
            head.split(' ').nth(1).unwrap().to_owned()
        });
        assert_eq!(status, ["400", "413"]);
    }
}

#[test]
fn body_of_1_mib_is_read() {
    let gateway = Gateway::start().unwrap();
    let mut stream = connect(&gateway);
    let blank = " ".repeat(1024 * 1024 - 2);
    let request = wire(
        "POST",
        "/v3/ecommerce/subsidies/create",
        &format!("{{{blank}}}"),
    );
    stream.write_all(&request).unwrap();
    let (head, body) = answer(&mut stream);
    assert!(head.starts_with("http/1.1 400 "), "{head}");
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["detail"]["field"], "sub_mchid");
}

#[test]
fn cuts_end_the_connection_without_a_byte() {
    let gateway = Gateway::start().unwrap();
    for fault in ["cut_before", "cut_after"] {
        inject(&gateway, &json!({ "fault": fault }));
        let mut stream = connect(&gateway);
        stream
            .write_all(&wire("GET", "/v3/certificates", ""))
            .unwrap();
        let mut bytes = Vec::new();
        // The end may come as a reset.
        let _ = stream.read_to_end(&mut bytes);
        assert_eq!(bytes, b"");
    }
}

#[test]
fn delays_hold_one_answer_back_and_no_other() {
    let gateway = Gateway::start().unwrap();
    inject(&gateway, &json!({ "fault": "delay", "milliseconds": 600 }));
    let start = Instant::now();
    let mut slow = connect(&gateway);
    slow.write_all(&wire("GET", "/v3/certificates", ""))
        .unwrap();
    std::thread::sleep(Duration::from_millis(100));
    let mut fast = connect(&gateway);
    fast.write_all(&wire("GET", "/v3/certificates", ""))
        .unwrap();
    assert!(answer(&mut fast).0.starts_with("http/1.1 200 ok"));
    assert!(start.elapsed() < Duration::from_millis(600));
    assert!(answer(&mut slow).0.starts_with("http/1.1 200 ok"));
    assert!(start.elapsed() >= Duration::from_millis(600));
}

/// A server that waits 200 ms, in a thread that outlives the test.
fn impatient() -> std::net::SocketAddr {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let server = Server::bind("127.0.0.1:0").await.unwrap();
            tell.send(server.local_addr()).unwrap();
            let server = server.with_patience(Duration::from_millis(200));
            server.serve(std::future::pending()).await;
        });
    });
    told.recv().unwrap()
}

#[test]
fn slow_clients_are_not_waited_for() {
    let address = impatient();
    let connect = || {
        let stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        stream
    };
    let head = "POST /v3/ecommerce/subsidies/create HTTP/1.1\r\nhost: g\r\ncontent-length: 9\r\n";
    let mut without_body = connect();
    without_body
        .write_all(format!("{head}\r\n{{").as_bytes())
        .unwrap();
    let (answered, body) = answer(&mut without_body);
    assert!(answered.starts_with("http/1.1 408 "), "{answered}");
    assert_eq!(
        serde_json::from_slice::<Value>(&body).unwrap()["code"],
        "REQUEST_TIMEOUT"
    );
    let mut without_head = connect();
    without_head.write_all(head.as_bytes()).unwrap();
    let mut idle = connect();
    for stream in [&mut without_head, &mut idle] {
        let mut bytes = Vec::new();
        // Ended by the server: a time-out of this side would be another error.
        if let Err(error) = stream.read_to_end(&mut bytes) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        }
    }
}

#[test]
fn junk_is_answered_or_closed() {
    let gateway = Gateway::start().unwrap();
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(1_000_000));
    let headers = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(10_000));
    for junk in [
        "\r\n\r\n\r\n\r\n",
        "\u{0}\u{1}\u{2}\r\n\r\n",
        "GET\r\n\r\n",
        &long,
        &headers,
    ] {
        let mut stream = connect(&gateway);
        // The gateway may close while this still writes.
        let _ = stream.write_all(junk.as_bytes());
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut bytes = Vec::new();
        if let Err(error) = stream.read_to_end(&mut bytes) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        }
    }
    let mut stream = connect(&gateway);
    stream
        .write_all(&wire("GET", "/v3/certificates", ""))
        .unwrap();
    assert!(answer(&mut stream).0.starts_with("http/1.1 200 ok"));
}
