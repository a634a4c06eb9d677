//! The headers that carry the platform's signature, and those that are read beside them.

use std::time::Duration;

use wechatpay_core::http::{HeaderMap, Request, Response, StatusCode};
use wechatpay_core::{Notice, NoticeError, Statement, header_name};

use crate::stage::{
    API_V3_KEY, NOW, PLATFORM_KEYS, POST, STATEMENT, Trusting, fits_a_log_line, headers_of,
};

/// The headers of an answer, of a notice and of a statement file: read by the same rules, which are
/// those of the documents. The input is lines of `name: value`.
pub fn headers(data: &[u8]) {
    let Some(headers) = headers_of(data.split(|byte| *byte == b'\n')) else {
        return;
    };
    let sound = is_sound(&headers);
    assert_eq!(answered(&headers), sound);
    assert_eq!(noticed(&headers), sound);
    // The digest of nothing, which is what comes.
    let empty = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
    let stated = one(&headers, header_name::STATEMENT_SHA1.as_str());
    let stated = stated.is_some_and(|text| text.eq_ignore_ascii_case(empty.as_bytes()));
    assert_eq!(handed_over(&headers), sound && stated);
    failed(&headers);
}

/// What the documents ask: each header once, a time less than 300 seconds away, an algorithm that is
/// known, a signature in base64 that is no probe.
fn is_sound(headers: &HeaderMap) -> bool {
    let known = match headers.get_all("wechatpay-signature-type").iter().count() {
        0 => true,
        _ => matches!(
            one(headers, "wechatpay-signature-type"),
            Some(b"WECHATPAY2-SHA256-RSA2048" | b"WECHATPAY-BRAND-SHA256-RSA2048")
        ),
    };
    let text = |name| one(headers, name).filter(|value| !value.is_empty() && visible(value));
    let timestamp = text("wechatpay-timestamp").is_some_and(|digits| {
        let near = |at: u64| at.abs_diff(NOW.as_secs()) < 300;
        digits.iter().all(u8::is_ascii_digit)
            && std::str::from_utf8(digits).is_ok_and(|text| text.parse().is_ok_and(near))
    });
    let signature = text("wechatpay-signature")
        .is_some_and(|value| is_base64(value) && !value.starts_with(b"WECHATPAY/SIGNTEST/"));
    let named = text("wechatpay-serial").is_some() && text("wechatpay-nonce").is_some();
    known && timestamp && signature && named
}

fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.as_bytes())
}

fn visible(value: &[u8]) -> bool {
    value.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
}

/// Whole groups of four, padded at the end, and no bit left over that is set.
fn is_base64(value: &[u8]) -> bool {
    let digits = value.iter().rev().skip_while(|byte| **byte == b'=').count();
    let padding = value.len() - digits;
    let worth = |byte: &u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let left_over = match padding {
        0 => 0,
        1 => 0b11,
        2 => 0b1111,
        _ => return false,
    };
    let worths: Option<Vec<u8>> = value[..digits].iter().map(worth).collect();
    let ends_clean = |worths: Vec<u8>| worths.last().is_none_or(|last| last & left_over == 0);
    value.len().is_multiple_of(4) && worths.is_some_and(ends_clean)
}

fn answered(headers: &HeaderMap) -> bool {
    let mut response = Response::new(&b""[..]);
    *response.headers_mut() = headers.clone();
    let forged = POST.complete(&response, &*PLATFORM_KEYS, NOW);
    fits_a_log_line(&forged.expect_err("a signature was made without the key"));
    match POST.complete(&response, &Trusting, NOW) {
        Ok(answer) => {
            assert_eq!(
                answer.request_id.is_some(),
                headers.contains_key("request-id")
            );
            true
        }
        Err(error) => {
            fits_a_log_line(&error);
            false
        }
    }
}

fn noticed(headers: &HeaderMap) -> bool {
    let mut request = Request::new(&b""[..]);
    *request.headers_mut() = headers.clone();
    let forged = Notice::open(&request, &*PLATFORM_KEYS, &API_V3_KEY, NOW);
    fits_a_log_line(&forged.expect_err("a signature was made without the key"));
    let error = Notice::open(&request, &Trusting, &API_V3_KEY, NOW);
    let error = error.expect_err("nothing is no notice");
    fits_a_log_line(&error);
    !matches!(error, NoticeError::Untrusted { .. })
}

fn handed_over(headers: &HeaderMap) -> bool {
    let mut response = Response::new(&b""[..]);
    *response.headers_mut() = headers.clone();
    match STATEMENT.complete(&response, &Trusting, NOW) {
        Ok(answer) => {
            let Statement(bytes) = answer.value;
            assert!(bytes.is_empty());
            true
        }
        Err(error) => {
            fits_a_log_line(&error);
            false
        }
    }
}

/// What an error tells of its headers: when to come again, and under which number it is known.
fn failed(headers: &HeaderMap) {
    let mut response = Response::new(&b""[..]);
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    *response.headers_mut() = headers.clone();
    let error = POST.refusal(&response, &Trusting, NOW);
    let error = error.expect("the status is no success");
    fits_a_log_line(&error);
    assert_eq!(
        error.request_id.is_some(),
        headers.contains_key("request-id")
    );
    let first = headers.get("retry-after").map(|value| value.as_bytes());
    let digits = first.and_then(|value| std::str::from_utf8(value.trim_ascii()).ok());
    let seconds = digits.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    match seconds.and_then(|text| text.parse().ok()) {
        Some(seconds) => assert_eq!(error.retry_after, Some(Duration::from_secs(seconds))),
        // A date, which four digits of a year have an end to.
        None => assert!(
            error
                .retry_after
                .is_none_or(|wait| wait.as_secs() < 260_000_000_000)
        ),
    }
}
