//! What the platform answers, before anything in it is trusted.

use serde_json::Value;
use wechatpay_core::api::certificates::{CertificateList, List};
use wechatpay_core::http::{Response, StatusCode};
use wechatpay_core::{Decode, Effect};

use crate::stage::{
    API_V3_KEY, GET, NOW, PLATFORM_KEYS, POST, Trusting, fits_a_log_line, headers_of, pending,
    split,
};

/// A whole answer: status, headers, body. Nothing that was not signed is accepted.
///
/// The input is lines of `name: value`, an empty line, and the body; a first line of digits is the
/// status.
pub fn answer(data: &[u8]) {
    let (head, body) = split(data);
    let mut lines = head.split(|byte| *byte == b'\n');
    let status = lines.next().and_then(status_of).unwrap_or_default();
    let Some(headers) = headers_of(lines) else {
        return;
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    let done = POST.complete(&response, &*PLATFORM_KEYS, NOW);
    let error = done.expect_err("a signature was made without the key");
    fits_a_log_line(&error);
    assert_ne!(error.effect(), Effect::None, "nobody proved a refusal");
}

fn status_of(line: &[u8]) -> Option<StatusCode> {
    let digits = std::str::from_utf8(line).ok()?;
    StatusCode::from_u16(digits.parse().ok()?).ok()
}

/// An error's body: it is read whatever it is, and only a signed one that names an error counts as a
/// refusal.
///
/// The input is the status in a line of its own, and the body. A first byte of `!` has the body taken
/// for signed.
pub fn error_body(data: &[u8]) {
    let (signed, data) = match data.strip_prefix(b"!") {
        Some(rest) => (Signed::Yes, rest),
        None => (Signed::No, data),
    };
    let line = data.iter().position(|byte| *byte == b'\n');
    let (status, body) = match line {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &b""[..]),
    };
    let Some(status) = status_of(status).filter(|status| !status.is_success()) else {
        return;
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    if signed == Signed::Yes {
        let headers = b"wechatpay-serial: any\nwechatpay-timestamp: 1795219200\n\
            wechatpay-nonce: any\nwechatpay-signature: AAAA";
        let headers = headers_of(headers.split(|byte| *byte == b'\n'));
        *response.headers_mut() = headers.expect("the headers are in order");
    }
    let refused = signed == Signed::Yes && status.is_client_error() && names_an_error(body);
    let moving = if refused {
        Effect::None
    } else {
        Effect::Unknown
    };
    for (pending, effect) in [(&*POST, moving), (&*GET, Effect::None)] {
        let error = pending.refusal(&response, &Trusting, NOW);
        let error = error.expect("the status is no success");
        fits_a_log_line(&error);
        assert_eq!(error.effect(), effect);
        let is_error = status.is_client_error() || status.is_server_error();
        assert_eq!(error.api().is_some(), is_error);
        if let Some(api) = error.api() {
            fits_a_log_line(api);
            assert_eq!(api.is_verified(), signed == Signed::Yes);
            assert_eq!(api.is_refusal(), refused);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Signed {
    Yes,
    No,
}

/// What the documents ask of an error's body: an object with a `code`. That of an error of the
/// platform's own refuses nothing.
fn names_an_error(body: &[u8]) -> bool {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
        return false;
    };
    match fields.get("code") {
        None | Some(Value::Null) => false,
        Some(Value::String(code)) => !code.is_empty() && code != "SYSTEM_ERROR",
        Some(_) => true,
    }
}

/// The certificate list: nothing unsigned is adopted, and what opens is in order.
pub fn certificate_list(data: &[u8]) {
    if let Ok(list) = CertificateList::decode(data) {
        match list.open(&API_V3_KEY, NOW) {
            Ok(keys) => assert!(!keys.is_empty(), "a list without certificates is adopted"),
            Err(error) => fits_a_log_line(&error),
        }
    }
    let response = Response::new(data);
    let adopted = pending(&List::new()).bootstrap(&response, &API_V3_KEY, NOW);
    let error = adopted.expect_err("nothing unsigned is adopted");
    fits_a_log_line(&error);
}
