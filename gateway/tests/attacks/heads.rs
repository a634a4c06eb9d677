//! Heads that are slow, endless, too long, or none.

use std::thread::sleep;
use std::time::Duration;

use crate::target::{Answer, Target, create, signed};

fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

/// A byte now and then keeps a connection busy, and not for long.
#[test]
fn a_head_that_trickles_in_is_not_waited_for() {
    let target = Target::impatient();
    let mut client = target.connect();
    let mut written = 0;
    // A request of some 600 bytes would take 12 s.
    for byte in create() {
        if !client.writes([byte]) {
            break;
        }
        written += 1;
        sleep(Duration::from_millis(20));
    }
    assert!(written < 200, "{written} bytes were taken");
    assert!(client.rest().is_empty());
    assert_eq!(target.subsidised(), 0);
    target.serves();
}

#[test]
fn a_head_without_an_end_is_cut_off() {
    let target = Target::patient();
    let mut client = target.connect();
    client.write("GET /v3/certificates HTTP/1.1\r\n");
    let mut written = 0;
    while written < 1 << 20 && client.writes("x-more: and more\r\n") {
        written += 18;
    }
    assert!(statuses(&client.rest()).iter().all(|status| *status == 431));
    target.serves();
}

#[test]
fn ten_thousand_headers_are_refused() {
    let target = Target::patient();
    let head = format!("GET / HTTP/1.1\r\n{}\r\n", "a:b\r\n".repeat(10_000));
    let answers = statuses(&target.ask(head));
    assert!(matches!(answers[..], [] | [431]), "{answers:?}");
    // Few enough bytes to be read, and still too many.
    let head = format!("GET / HTTP/1.1\r\n{}\r\n", "a:b\r\n".repeat(1_000));
    assert_eq!(statuses(&target.ask(head)), [431]);
    target.serves();
}

#[test]
fn long_lines_are_refused() {
    let target = Target::patient();
    let megabytes = "x".repeat(5 << 20);
    for head in [
        format!("GET /{megabytes} HTTP/1.1\r\n\r\n"),
        format!("{megabytes} / HTTP/1.1\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nhost: g\r\nx: {megabytes}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nhost: g\r\n{megabytes}: x\r\n\r\n"),
        format!("GET / HTTP/{megabytes}\r\n\r\n"),
        megabytes.clone(),
    ] {
        let answers = statuses(&target.ask(head));
        assert!(matches!(answers[..], [] | [400 | 414 | 431]), "{answers:?}");
    }
    target.serves();
}

/// The longest head that any client has use for is read.
#[test]
fn a_head_of_20_kib_is_read() {
    let target = Target::patient();
    let request = signed("GET", "/v3/certificates", "");
    let text = String::from_utf8(request).unwrap();
    let long = text.replace(
        "host: ",
        &format!("x-trace: {}\r\nhost: ", "x".repeat(20_480)),
    );
    assert_eq!(statuses(&target.ask(long)), [200]);
}

#[test]
fn what_is_no_http_is_answered_with_400_or_closed() {
    let target = Target::patient();
    let tls = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\x00\x00\x00\r\n\r\n";
    let http2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x12\x04\x00\x00\x00\x00\x00";
    let cases: [&[u8]; 14] = [
        tls,
        http2,
        b"\0\0\0\0\r\n\r\n",
        b"GET /\0 HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: g\r\na\0b: c\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: g\r\na: b\0c\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: g\r\n folded: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: g\r\na: b\r\n c\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nspace : x\r\n\r\n",
        b"GET  /  HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\xff\xfe\xfd / HTTP/1.1\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
    ];
    for bytes in cases {
        let answers = statuses(&target.ask(bytes));
        assert!(
            matches!(answers[..], [] | [400 | 505]),
            "{answers:?}: {bytes:?}"
        );
    }
    target.serves();
}

/// A client that says it is done still gets what it asked for.
#[test]
fn half_closed_connections_are_answered() {
    let target = Target::patient();
    let answers = target.ask(create());
    assert_eq!(statuses(&answers), [200]);
    assert_eq!(target.subsidised(), 10);
    // Done before it asked for anything, or in the middle of it.
    assert!(target.ask("").is_empty());
    assert!(target.ask("GET /v3/cert").is_empty());
    target.serves();
}
