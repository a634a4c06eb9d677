//! What goes over the wire, and what of the answer reaches the caller.

use std::collections::HashSet;
use std::time::Duration;

use wechatpay_core::http::StatusCode;
use wechatpay_core::{AnyOperation, ApiV3Key, Document, Effect, Method, Reason};
use wechatpay_ureq::Timeouts;
use wechatpay_ureq::ureq::Agent;

use crate::server::{Act, KEY_ID, Server, signed, signed_head};
use crate::{client, get, post};

fn ok(_: usize) -> Act {
    Act::Write(signed("200 OK", b"{}"))
}

#[test]
fn the_bytes_of_each_kind_of_request() {
    let common = format!(
        "host: *\r\naccept: application/json\r\nuser-agent: wechatpay-core/{}\r\n",
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
            format!("GET /v3/certificates?algorithm_type=RSA HTTP/1.1\r\n{common}{signed}\r\n"),
        ),
        (
            post(),
            format!(
                "POST {cancel} HTTP/1.1\r\n{common}{json}{signed}content-length: 30\r\n\r\n{body}"
            ),
        ),
        (
            AnyOperation::new(Method::POST, transfer),
            format!("POST {transfer} HTTP/1.1\r\n{common}{signed}content-length: 0\r\n\r\n"),
        ),
        (
            any(Method::DELETE),
            format!("DELETE {cancel} HTTP/1.1\r\n{common}{signed}\r\n"),
        ),
        (
            with_body(Method::PUT),
            format!(
                "PUT {cancel} HTTP/1.1\r\n{common}{json}{signed}content-length: 30\r\n\r\n{body}"
            ),
        ),
        (
            with_body(Method::PATCH),
            format!(
                "PATCH {cancel} HTTP/1.1\r\n{common}{json}{signed}content-length: 30\r\n\r\n{body}"
            ),
        ),
    ];
    for (operation, expected) in cases {
        let server = Server::start(ok);
        client(&server).call(&operation).unwrap();
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

#[test]
fn an_answer_in_one_piece_in_chunks_and_up_to_the_limit() {
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
        let answer = client.call_full(&post()).unwrap();
        assert_eq!(answer.value, Document(serde_json::json!({"a": 1})));
        assert_eq!(answer.request_id.as_deref(), Some("08F78BB5-0"));
        assert_eq!(&answer.body[..], br#"{"a":1}"#);
    }
}

#[test]
fn nothing_is_unpacked() {
    let server = Server::start(|_| {
        let body = b"\x1f\x8b\x08 packed";
        let head =
            signed_head("200 OK", body) + "Content-Encoding: gzip\r\nContent-Length: 10\r\n\r\n";
        Act::Write([head.as_bytes(), body].concat())
    });
    let error = client(&server).call(&post()).unwrap_err();
    let Reason::Decode { body, .. } = &error.answered().unwrap().reason else {
        panic!("{error}")
    };
    assert_eq!(body, b"\x1f\x8b\x08 packed");
}

#[test]
fn error_answers_reach_the_core_whole() {
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
        let error = client.call(&post()).unwrap_err();
        let api = error.answered().and_then(|error| error.api()).unwrap();
        assert_eq!(
            (api.status, &*api.code, &*api.message),
            (status, code, message)
        );
        assert_eq!(error.effect(), effect);
    }
}

#[test]
fn a_redirect_is_an_answer() {
    let server = Server::start(|_| {
        let to =
            "HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n";
        Act::Write(to.into())
    });
    let error = client(&server).call(&post()).unwrap_err();
    let Reason::Status(status) = error.answered().unwrap().reason else {
        panic!("{error}")
    };
    assert_eq!(status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn the_certificates_are_asked_for_without_declaring_a_key() {
    let server = Server::start(|_| Act::Write(signed("200 OK", br#"{"data":[]}"#)));
    let key = ApiV3Key::new("DEVELOPMENT0ONLY0APIV3KEY0123456").unwrap();
    let error = client(&server).certificates(&key).unwrap_err();
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

#[test]
fn sixteen_at_once_on_one_client() {
    let server = Server::start(ok);
    let patient = Timeouts::new(Duration::from_secs(5), Duration::from_secs(10));
    let client = client(&server).with_timeouts(patient);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| (0..8).for_each(|_| drop(client.call(&post()).unwrap())));
        }
    });
    let seen = server.seen();
    assert_eq!(seen.len(), 16 * 8);
    let used_again = seen.iter().all(|seen| seen.connection < 16);
    assert!(used_again, "one connection a thread is enough");
    let texts = seen.iter().map(|s| String::from_utf8_lossy(&s.bytes));
    let nonces: HashSet<_> = texts
        .map(|text| text.split("nonce_str=").nth(1).unwrap()[..34].to_owned())
        .collect();
    assert_eq!(nonces.len(), 16 * 8);
}

/// Whatever an agent is set to, the protocol's needs come first.
#[test]
fn an_agent_of_the_callers_own() {
    let server = Server::start(|number| {
        Act::Write(match number {
            0 => signed("404 Not Found", br#"{"code":"ORDER_NOT_EXIST"}"#),
            _ => "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n".into(),
        })
    });
    let config = Agent::config_builder()
        .http_status_as_error(true)
        .max_redirects(5)
        .accept_encoding("gzip")
        .accept("*/*")
        .user_agent("other/1")
        .timeout_global(Some(Duration::from_millis(1)));
    let client = client(&server).with_agent(config.build().into());
    let error = client.call(&post()).unwrap_err();
    let api = error.answered().and_then(|error| error.api()).unwrap();
    assert_eq!(
        (api.status, &*api.code),
        (StatusCode::NOT_FOUND, "ORDER_NOT_EXIST")
    );
    let error = client.call(&post()).unwrap_err();
    assert!(
        matches!(
            error.answered().unwrap().reason,
            Reason::Status(StatusCode::FOUND)
        ),
        "{error}"
    );
    assert_eq!(server.seen().len(), 2);
    let seen = String::from_utf8(server.seen()[0].bytes.clone()).unwrap();
    for header in ["accept-encoding", "*/*", "other/1"] {
        assert!(!seen.contains(header), "{seen}");
    }
}
