//! Many requests at once on one connection.

use serde_json::Value;

use crate::target::{CREATE, Target, create, signed};

/// Answers come in the order of the requests, and each request is carried out once.
#[test]
fn pipelined_requests_are_answered_in_order() {
    let target = Target::patient();
    let mut bytes = Vec::new();
    for number in 0..100 {
        bytes.extend_from_slice(&signed("GET", &format!("/v3/none/{number}"), ""));
        bytes.extend_from_slice(&create());
        bytes.extend_from_slice(&signed("POST", CREATE, "{}"));
    }
    let answers = target.ask(bytes);
    assert_eq!(answers.len(), 300);
    for (number, three) in answers.chunks(3).enumerate() {
        let statuses = [three[0].status, three[1].status, three[2].status];
        // The rate of 80 calls a second may be reached.
        assert!(
            matches!(statuses, [404, 200 | 429, 400 | 429]),
            "{statuses:?}"
        );
        let refused: Value = serde_json::from_slice(&three[0].body).unwrap();
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains(&format!("/v3/none/{number}")), "{message}");
    }
    // Equal parameters are one subsidy.
    assert_eq!(target.subsidised(), 10);
}

/// What follows a request that cannot be read is not read either.
#[test]
fn nothing_is_done_behind_junk() {
    let target = Target::patient();
    let bytes = [
        &signed("GET", "/v3/certificates", "")[..],
        b"\0\0junk\r\n\r\n",
        &create(),
    ];
    let answers = target.ask(bytes.concat());
    assert_eq!(answers[0].status, 200);
    assert!(
        answers[1..].iter().all(|answer| answer.status == 400),
        "{answers:?}"
    );
    assert_eq!(target.subsidised(), 0);
}

/// A connection that is to end after an answer does.
#[test]
fn nothing_is_done_behind_the_last_request() {
    let target = Target::patient();
    let last = String::from_utf8(signed("GET", "/v3/certificates", "")).unwrap();
    let last = last.replace("host: ", "connection: close\r\nhost: ");
    let answers = target.ask([last.as_bytes(), &create()].concat());
    assert_eq!(answers.len(), 1);
    assert_eq!(target.subsidised(), 0);
}

/// A client that asks and never reads is let go, and so is what it asked for.
#[test]
fn who_does_not_read_is_not_waited_for() {
    let target = Target::impatient();
    let ask = "GET /_gateway/ HTTP/1.1\r\nhost: g\r\n\r\n";
    let mut clients: Vec<_> = (0..20).map(|_| target.connect()).collect();
    // More answers than the buffers on the way hold: each is some 10 KB.
    for client in &mut clients {
        client.write(ask.repeat(700));
    }
    // The server gives up on each, so that writing ends, too.
    for client in &mut clients {
        let mut rounds = 0;
        while client.writes(ask.repeat(100)) {
            rounds += 1;
            assert!(rounds < 100_000, "the server goes on reading");
        }
    }
    target.serves();
}
