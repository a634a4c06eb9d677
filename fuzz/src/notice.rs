use wechatpay_core::http::Request;
use wechatpay_core::notice::{Event, Payment};
use wechatpay_core::{ApiV3Key, Decode, Notice, NoticeError, Reply};

use crate::stage::{API_V3_KEY, NOW, PLATFORM_KEYS, Trusting, fits_a_log_line, headers_of, split};

const SEAL_NONCE: &str = "fuzzingfuzz0";

/// A callback: nothing that was not signed is accepted, what was sealed shows in no text, and what
/// is read is written the same.
///
/// The input is lines of `name: value`, an empty line, and the body. A first byte of `!` has the body
/// taken for signed. A first byte of `@` makes it what was sealed: a line each with the event's type,
/// the original type and the summary, an empty line, and the plaintext.
pub fn notice(data: &[u8]) {
    match data.first() {
        Some(b'!') => signed(&data[1..], &API_V3_KEY),
        Some(b'@') => sealed(&data[1..], &API_V3_KEY),
        _ => unsigned(data, &API_V3_KEY),
    }
}

fn unsigned(data: &[u8], key: &ApiV3Key) {
    let (head, body) = split(data);
    let Some(headers) = headers_of(head.split(|byte| *byte == b'\n')) else {
        return;
    };
    let mut request = Request::new(body);
    *request.headers_mut() = headers;
    let error = Notice::open(&request, &*PLATFORM_KEYS, key, NOW)
        .expect_err("a signature was made without the key");
    fits_a_log_line(&error);
    assert_eq!(Reply::refuse(&error).status(), 401);
}

fn signed(body: &[u8], key: &ApiV3Key) {
    match open(body, key) {
        Ok(notice) => assert!(!notice.id.is_empty(), "a notice has an id"),
        Err(error) => {
            fits_a_log_line(&error);
            assert!(Reply::refuse(&error).status().as_u16() >= 400);
        }
    }
}

fn sealed(data: &[u8], key: &ApiV3Key) {
    let (head, plaintext) = split(data);
    let Ok(head) = std::str::from_utf8(head) else {
        return;
    };
    let mut lines = head.split('\n');
    let mut next = || lines.next().filter(|line| !line.is_empty());
    let Ok(ciphertext) = key.seal(SEAL_NONCE, "", plaintext) else {
        return;
    };
    let body = serde_json::json!({
        "id": "1", "create_time": "", "event_type": next().unwrap_or_default(),
        "resource": {
            "algorithm": "AEAD_AES_256_GCM", "ciphertext": ciphertext, "nonce": SEAL_NONCE,
            "original_type": next(),
        },
        "summary": next(),
    });
    let shown = match open(body.to_string().as_bytes(), key) {
        Ok(notice) => {
            assert_eq!(notice.plaintext, plaintext);
            read_again(&notice.event);
            // The head, which is no secret, may name the same.
            let head = format!("{:?}{:?}", notice.summary, notice.original_type);
            let whole = format!("{notice:?}");
            (!head.contains("SECRET") && !notice.event_type.text().contains("SECRET"))
                .then_some(whole)
        }
        Err(NoticeError::Payload { notice, source }) => {
            assert_eq!(notice.plaintext, plaintext);
            Some(format!("{source}"))
        }
        Err(error) => panic!("what was sealed does not open: {error}"),
    };
    assert!(
        !shown.is_some_and(|text| text.contains("SECRET")),
        "what was sealed shows"
    );
}

/// What was read is written, and read again, the same.
fn read_again(event: &Event) {
    fn same<T: serde::Serialize + Decode + PartialEq>(value: &T) {
        let text = serde_json::to_vec(value).expect("what was read is written");
        assert!(T::decode(&text).is_ok_and(|again| again == *value));
    }
    match event {
        Event::Payment(Payment::Direct(order)) => same(&**order),
        Event::Payment(Payment::Partner(order)) => same(&**order),
        Event::Payment(Payment::Combined(order)) => same(&**order),
        Event::Refund(refund) => same(&**refund),
        Event::ProfitSharing(sharing) => same(&sharing.movement),
        _ => {}
    }
}

fn open(body: &[u8], key: &ApiV3Key) -> Result<Notice, NoticeError> {
    let request = Request::post("/notify")
        .header("wechatpay-serial", "any")
        .header("wechatpay-timestamp", NOW.to_string())
        .header("wechatpay-nonce", "any")
        .header("wechatpay-signature", "AAAA")
        .body(body)
        .expect("the headers are in order");
    Notice::open(&request, &Trusting, key, NOW)
}
