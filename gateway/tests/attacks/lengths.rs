//! Bodies whose length is wrong, told twice, or told by what is no length.

use std::thread::sleep;
use std::time::Duration;

use crate::target::{Answer, CREATE, CREATE_BODY, Target, create, parts};

/// The sample request with these headers in place of its length, and this body.
fn with(headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let (head, _) = parts("POST", CREATE, CREATE_BODY);
    [
        head.as_bytes(),
        headers.as_bytes(),
        b"\r\n\r\n",
        body.as_ref(),
    ]
    .concat()
}

fn chunked(pieces: usize) -> String {
    let chunks: String = CREATE_BODY
        .as_bytes()
        .chunks(pieces)
        .map(|piece| {
            format!(
                "{:x}\r\n{}\r\n",
                piece.len(),
                std::str::from_utf8(piece).unwrap()
            )
        })
        .collect();
    chunks + "0\r\n\r\n"
}

#[track_caller]
fn refused(target: &Target, bytes: Vec<u8>) -> Vec<Answer> {
    let shown = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(200)..]).into_owned();
    let answers = target.ask(bytes);
    assert!(
        answers.iter().all(|answer| answer.status >= 400),
        "{answers:?}: {shown}"
    );
    assert_eq!(target.subsidised(), 0, "{shown}");
    answers
}

#[test]
fn a_body_that_is_cut_short_does_nothing() {
    let target = Target::patient();
    let length = CREATE_BODY.len();
    for more in [1, 100, 1_000_000] {
        let headers = format!("content-length: {}", length + more);
        assert!(refused(&target, with(&headers, CREATE_BODY)).is_empty());
    }
    let chunks = chunked(10);
    for cut in [1, 3, 5, chunks.len() / 2] {
        let body = &chunks[..chunks.len() - cut];
        assert!(refused(&target, with("transfer-encoding: chunked", body)).is_empty());
    }
    target.serves();
}

/// What stands after a body is the next request, and never a part of this one.
#[test]
fn a_length_that_is_too_small_leaves_another_request() {
    let target = Target::patient();
    let headers = format!("content-length: {}", CREATE_BODY.len() - 1);
    let answers = refused(&target, with(&headers, CREATE_BODY));
    // The signature covers one character more than came.
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert!(matches!(statuses[..], [401] | [401, 400]), "{statuses:?}");
    target.serves();
}

#[test]
fn lengths_that_are_none_are_refused() {
    let target = Target::patient();
    let length = CREATE_BODY.len();
    for value in [
        "-1".to_owned(),
        format!("-{length}"),
        format!("+{length}"),
        format!("{length}.0"),
        format!("0x{length:x}"),
        format!("{length} {length}"),
        format!("{length},{}", length + 1),
        format!("{length}\r\ncontent-length: {}", length + 1),
        "99999999999999999999".to_owned(),
        "18446744073709551616".to_owned(),
        "many".to_owned(),
        String::new(),
    ] {
        let answers = refused(
            &target,
            with(&format!("content-length: {value}"), CREATE_BODY),
        );
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert!(matches!(statuses[..], [] | [400]), "{statuses:?}: {value}");
    }
    target.serves();
}

/// Two ways to tell a length make two requests of one for whoever stands in between.
#[test]
fn a_length_told_in_two_ways_smuggles_nothing() {
    let target = Target::patient();
    let inner = String::from_utf8(create()).unwrap();
    for headers in [
        format!(
            "content-length: {}\r\ntransfer-encoding: chunked",
            inner.len() + 5
        ),
        format!(
            "transfer-encoding: chunked\r\ncontent-length: {}",
            inner.len() + 5
        ),
        "content-length: 5\r\ntransfer-encoding: identity, chunked".to_owned(),
        "content-length: 5\r\ntransfer-encoding:\u{b}chunked".to_owned(),
        "content-length: 5\r\ntransfer-encoding: xchunked".to_owned(),
        "transfer-encoding: chunked, identity".to_owned(),
        "transfer-encoding: gzip".to_owned(),
    ] {
        let bytes = with(&headers, format!("0\r\n\r\n{inner}"));
        let answers = target.ask(bytes);
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        // Whoever goes by the chunks closes behind them, so that nothing follows.
        assert!(statuses.len() <= 1, "{statuses:?}: {headers}");
        assert_eq!(target.subsidised(), 0, "{headers}");
    }
    target.serves();
}

#[test]
fn chunks_that_are_none_do_nothing() {
    let target = Target::patient();
    let good = chunked(10);
    for body in [
        good.replacen("a\r\n", "g\r\n", 1),
        good.replacen("a\r\n", "-a\r\n", 1),
        good.replacen("a\r\n", "\r\n", 1),
        good.replacen("a\r\n", "fffffffffffffffff\r\n", 1),
        good.replacen("a\r\n", "ffffffffffffffff\r\n", 1),
        good.replacen("a\r\n", "b\r\n", 1),
        good.replacen("a\r\n", "9\r\n", 1),
        good.replacen("a\r\n", "a\n", 1),
        good.replacen("a\r\n", &format!("a;{}\r\n", "x".repeat(1 << 20)), 1),
        good.replace(
            "0\r\n\r\n",
            &format!("0\r\n{}\r\n", "t: x\r\n".repeat(100_000)),
        ),
        "\0\0\0\0".to_owned(),
    ] {
        refused(&target, with("transfer-encoding: chunked", body));
    }
    target.serves();
}

#[test]
fn chunks_of_one_byte_are_one_body() {
    let target = Target::patient();
    let answers = target.ask(with("transfer-encoding: chunked", chunked(1)));
    assert_eq!(answers[0].status, 200);
    assert_eq!(target.subsidised(), 10);
}

#[test]
fn a_chunked_body_has_a_limit() {
    let target = Target::patient();
    let mut client = target.connect();
    client.write(with("transfer-encoding: chunked", ""));
    let piece = format!("10000\r\n{}\r\n", " ".repeat(65_536));
    let mut written = 0;
    while written < 1_024 && client.writes(&piece) {
        written += 1;
    }
    let answers = client.rest();
    assert!(
        answers.iter().all(|answer| answer.status == 413),
        "{answers:?}"
    );
    // Some MiB fit into the buffers on the way.
    assert!(written < 1_024, "64 MiB were read");
    target.serves();
}

#[test]
fn a_body_that_trickles_in_is_not_waited_for() {
    let target = Target::impatient();
    let mut client = target.connect();
    client.write(with(&format!("content-length: {}", CREATE_BODY.len()), ""));
    for byte in CREATE_BODY.bytes() {
        if !client.writes([byte]) {
            break;
        }
        sleep(Duration::from_millis(20));
    }
    let answers = client.rest();
    assert!(
        answers.iter().all(|answer| answer.status == 408),
        "{answers:?}"
    );
    assert_eq!(target.subsidised(), 0);
    target.serves();
}
