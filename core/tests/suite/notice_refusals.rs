//! What is not taken for a notice: each step's failure, how it is told, and how it is answered.

use std::error::Error as _;

use crate::common::{
    self, NOW, PLATFORM_ID, known_notice, notice_file, platform_keys, signed_request,
};
use serde_json::{Value, json};
use wechatpay_core::http::{HeaderName, HeaderValue, Request};
use wechatpay_core::notice::Event;
use wechatpay_core::{
    ApiV3Key, Notice, NoticeError, PlatformKeys, Reply, ResourceError, Timestamp, VerifyError,
};

const CASE: &str = "refund_success";

fn api_key() -> ApiV3Key {
    ApiV3Key::new("0123456789abcdefGHIJKLMNOPQRSTUV").unwrap()
}

fn case_time() -> Timestamp {
    Timestamp::from_secs(1_795_219_504)
}

fn known() -> Request<Vec<u8>> {
    known_notice(CASE, PLATFORM_ID)
}

/// Why it is not trusted; and whatever it is, the answer is 401 and says no more.
fn untrusted_at(request: &Request<Vec<u8>>, now: Timestamp) -> VerifyError {
    let error = Notice::open(request, &platform_keys(), &api_key(), now).unwrap_err();
    let reply = Reply::refuse(&error);
    assert_eq!(reply.status(), 401);
    assert_eq!(reply.headers()["content-type"], "application/json");
    assert_eq!(
        reply.body(),
        r#"{"code":"SIGN_ERROR","message":"the signature is not trusted"}"#
    );
    assert_eq!(error.request_id(), Some("08F78BDBEB0510A1-0"));
    assert_eq!(
        error.notice_id(),
        None,
        "nothing is read before it is verified"
    );
    assert!(error.to_string().contains("08F78BDBEB0510A1-0"), "{error}");
    match error {
        NoticeError::Untrusted { source, .. } => source,
        other => panic!("{other}"),
    }
}

fn untrusted(request: &Request<Vec<u8>>) -> VerifyError {
    untrusted_at(request, case_time())
}

#[test]
fn each_header_is_needed_once() {
    for name in [
        "wechatpay-serial",
        "wechatpay-timestamp",
        "wechatpay-nonce",
        "wechatpay-signature",
    ] {
        let header = HeaderName::from_static(name);
        let missing = VerifyError::Missing {
            header: header.clone(),
        };
        let malformed = VerifyError::Malformed {
            header: header.clone(),
        };
        let mut request = known();
        let value = request.headers_mut().remove(&header).unwrap();
        assert_eq!(untrusted(&request), missing);
        request
            .headers_mut()
            .insert(&header, HeaderValue::from_static(""));
        assert_eq!(untrusted(&request), missing);
        request.headers_mut().insert(&header, value.clone());
        request.headers_mut().append(&header, value);
        assert_eq!(untrusted(&request), malformed);
        let not_utf8 = HeaderValue::from_bytes(b"\xff\xfe").unwrap();
        request.headers_mut().insert(&header, not_utf8);
        assert_eq!(untrusted(&request), malformed);
    }
    let mut renamed = known();
    let value = renamed.headers_mut().remove("wechatpay-nonce").unwrap();
    renamed.headers_mut().insert("http_wechatpay_nonce", value);
    assert!(matches!(untrusted(&renamed), VerifyError::Missing { .. }));
}

#[test]
fn the_clock_may_be_299_seconds_off_and_not_300() {
    let signed = case_time().as_secs();
    for off in [0, 299] {
        for now in [signed - off, signed + off] {
            let now = Timestamp::from_secs(now);
            assert!(Notice::open(&known(), &platform_keys(), &api_key(), now).is_ok());
        }
    }
    for now in [signed - 300, signed + 300, 0, u64::MAX] {
        let now = Timestamp::from_secs(now);
        let stale = VerifyError::Stale {
            at: case_time(),
            now,
        };
        assert_eq!(untrusted_at(&known(), now), stale);
    }
    for timestamp in [
        "-1",
        "1795219504.0",
        " 1795219504",
        "99999999999999999999999",
    ] {
        let mut request = known();
        let value = HeaderValue::from_str(timestamp).unwrap();
        request.headers_mut().insert("wechatpay-timestamp", value);
        assert!(
            matches!(untrusted(&request), VerifyError::Malformed { .. }),
            "{timestamp}"
        );
    }
}

#[test]
fn an_unknown_key_is_named_and_the_same_request_opens_later() {
    let request = known_notice(CASE, "PUB_KEY_ID_0999");
    let error = Notice::open(&request, &platform_keys(), &api_key(), case_time()).unwrap_err();
    assert_eq!(error.unknown_key(), Some("PUB_KEY_ID_0999"));
    let fetched = PlatformKeys::new()
        .with_public_key("PUB_KEY_ID_0999", &common::key("platform_spki.pem"))
        .unwrap();
    assert!(Notice::open(&request, &fetched, &api_key(), case_time()).is_ok());

    let nothing = Notice::open(&known(), &PlatformKeys::new(), &api_key(), case_time());
    assert_eq!(nothing.unwrap_err().unknown_key(), Some(PLATFORM_ID));
    let mut tampered = known();
    tampered.body_mut().push(b' ');
    let error = Notice::open(&tampered, &platform_keys(), &api_key(), case_time()).unwrap_err();
    assert_eq!(error.unknown_key(), None);
}

#[test]
fn another_key_s_signature_is_refused() {
    let other = PlatformKeys::new()
        .with_public_key(PLATFORM_ID, &common::key("merchant_spki.pem"))
        .unwrap();
    let error = Notice::open(&known(), &other, &api_key(), case_time()).unwrap_err();
    let bad = VerifyError::BadSignature {
        serial: PLATFORM_ID.to_owned(),
    };
    assert!(matches!(error, NoticeError::Untrusted { source, .. } if source == bad));

    let mut other_message = known();
    let signature = notice_file("refund_closed", "signature");
    let signature = HeaderValue::from_str(&signature).unwrap();
    other_message
        .headers_mut()
        .insert("wechatpay-signature", signature);
    assert_eq!(untrusted(&other_message), bad);

    let mut other_type = known();
    let sm2 = HeaderValue::from_static("WECHATPAY2-SM2-WITH-SM3");
    other_type
        .headers_mut()
        .insert("wechatpay-signature-type", sm2);
    assert!(matches!(
        untrusted(&other_type),
        VerifyError::SignatureType { .. }
    ));
}

#[test]
fn probes_are_refused_like_any_other_wrong_signature() {
    let good = notice_file(CASE, "signature");
    for probe in [
        format!("WECHATPAY/SIGNTEST/{}", &good[19..]),
        "WECHATPAY/SIGNTEST/".to_owned(),
        "WECHATPAY/SIGNTEST/=*not base64*".to_owned(),
    ] {
        let mut request = known();
        let value = HeaderValue::from_str(&probe).unwrap();
        request.headers_mut().insert("wechatpay-signature", value);
        assert_eq!(untrusted(&request), VerifyError::Probe, "{probe}");
    }
    for text in ["*", "AAA", "AA==x"] {
        let mut request = known();
        let value = HeaderValue::from_str(text).unwrap();
        request.headers_mut().insert("wechatpay-signature", value);
        assert!(
            matches!(untrusted(&request), VerifyError::Malformed { .. }),
            "{text}"
        );
    }
}

#[test]
fn a_body_that_changed_is_refused() {
    let bad = VerifyError::BadSignature {
        serial: PLATFORM_ID.to_owned(),
    };
    let body = known().into_body();
    for at in [0, 1, body.len() / 2, body.len() - 1] {
        let mut request = known();
        request.body_mut()[at] ^= 1;
        assert_eq!(untrusted(&request), bad, "byte {at}");
    }
    let document: Value = serde_json::from_slice(&body).unwrap();
    let mut reordered = known();
    *reordered.body_mut() = serde_json::to_vec(&document).unwrap();
    assert_eq!(untrusted(&reordered), bad, "re-serialised");
    let mut pretty = known();
    *pretty.body_mut() = serde_json::to_vec_pretty(&document).unwrap();
    assert_eq!(untrusted(&pretty), bad, "indented");
    let mut truncated = known();
    truncated.body_mut().pop();
    assert_eq!(untrusted(&truncated), bad, "truncated");
    let mut empty = known();
    empty.body_mut().clear();
    assert_eq!(untrusted(&empty), bad, "empty");
    let mut junk = known();
    *junk.body_mut() = vec![b'{'; 10_000_000];
    assert_eq!(untrusted(&junk), bad, "ten megabytes");
}

/// The platform's own signature over a body that is no notice.
fn not_a_notice(body: &[u8]) -> NoticeError {
    let request = signed_request(body);
    let error = Notice::open(&request, &platform_keys(), &api_key(), NOW).unwrap_err();
    let reply = Reply::refuse(&error);
    assert_eq!(reply.status(), 400);
    assert_eq!(
        reply.body(),
        r#"{"code":"PARAM_ERROR","message":"the body is not a notice"}"#
    );
    assert!(matches!(error, NoticeError::Envelope { length, .. } if length == body.len()));
    assert!(error.source().is_some());
    assert!(error.to_string().len() < 500, "{error}");
    error
}

#[test]
fn a_signed_body_that_is_no_notice_is_refused() {
    let junk = vec![b'['; 10_000_000];
    let long = format!("{{\"id\":1,\"x\":\"{}\"}}", "y".repeat(10_000_000));
    for body in [
        b"".as_slice(),
        b"null",
        b"[]",
        b"{}",
        b"<xml/>",
        b"\xff\xfe{}",
        b"{\"id\":\"\xff\"}",
        b"\"text\"",
        &junk,
        long.as_bytes(),
    ] {
        not_a_notice(body);
    }
    let good: Value = serde_json::from_str(&notice_file(CASE, "body")).unwrap();
    for field in ["id", "create_time", "event_type", "resource"] {
        let mut without = good.clone();
        without.as_object_mut().unwrap().remove(field);
        let error = not_a_notice(without.to_string().as_bytes());
        assert!(error.to_string().contains(field), "{error}");
        let mut null = good.clone();
        null[field] = Value::Null;
        not_a_notice(null.to_string().as_bytes());
        let twice = format!("{{\"{field}\":{},{}", good[field], &good.to_string()[1..]);
        not_a_notice(twice.as_bytes());
    }
    for field in ["algorithm", "ciphertext", "nonce"] {
        let mut without = good.clone();
        without["resource"].as_object_mut().unwrap().remove(field);
        let error = not_a_notice(without.to_string().as_bytes());
        assert!(error.to_string().contains(field), "{error}");
    }
    let mut empty = good.clone();
    empty["id"] = json!("");
    let error = not_a_notice(empty.to_string().as_bytes());
    assert!(error.to_string().contains("id: the id is empty"), "{error}");
    not_a_notice(format!("{good}{good}").as_bytes());
}

fn unopened(change: impl FnOnce(&mut Value), key: &ApiV3Key) -> ResourceError {
    let mut body: Value = serde_json::from_str(&notice_file(CASE, "body")).unwrap();
    change(&mut body["resource"]);
    let request = signed_request(body.to_string());
    let error = Notice::open(&request, &platform_keys(), key, NOW).unwrap_err();
    assert_eq!(error.notice_id(), Some("EV-1795219504"));
    assert!(error.to_string().contains("EV-1795219504"), "{error}");
    let reply = Reply::refuse(&error);
    assert_eq!(reply.status(), 500);
    assert_eq!(
        reply.body(),
        r#"{"code":"SYSTEM_ERROR","message":"the resource does not open"}"#
    );
    match error {
        NoticeError::Open { source, .. } => source,
        other => panic!("{other}"),
    }
}

#[test]
fn a_resource_that_does_not_open_is_refused() {
    let key = api_key();
    let other = ApiV3Key::new("0123456789abcdefGHIJKLMNOPQRSTUW").unwrap();
    assert_eq!(unopened(|_| (), &other), ResourceError::Tag);
    let set = |field: &'static str, value: &'static str| {
        move |resource: &mut Value| resource[field] = json!(value)
    };
    let sm4 = ResourceError::Algorithm("AEAD_SM4_GCM".to_owned());
    assert_eq!(unopened(set("algorithm", "AEAD_SM4_GCM"), &key), sm4);
    assert_eq!(unopened(set("nonce", ""), &key), ResourceError::Nonce(0));
    assert_eq!(
        unopened(set("nonce", "nC17952195041"), &key),
        ResourceError::Nonce(13)
    );
    assert_eq!(
        unopened(set("nonce", "nC1795219505"), &key),
        ResourceError::Tag
    );
    assert_eq!(
        unopened(set("associated_data", "transaction"), &key),
        ResourceError::Tag
    );
    assert_eq!(
        unopened(set("associated_data", ""), &key),
        ResourceError::Tag
    );
    for (ciphertext, error) in [
        ("", ResourceError::Tag),
        ("AAAA", ResourceError::Tag),
        ("***", ResourceError::Base64),
    ] {
        assert_eq!(unopened(set("ciphertext", ciphertext), &key), error);
    }
}

#[test]
fn a_payload_of_another_shape_is_kept_and_refused() {
    let request = known_notice("another_shape", PLATFORM_ID);
    let now = Timestamp::from_secs(1_795_219_515);
    let error = Notice::open(&request, &platform_keys(), &api_key(), now).unwrap_err();
    assert_eq!(
        error.to_string(),
        "notice \"EV-1795219515\" of type \"TRANSACTION.SUCCESS\" does not hold what its type says: \
         amount.total: invalid type: string, expected i64 at line 1 column 112 \
         (request id 08F78BDBEB0510A1-0)"
    );
    assert_eq!(error.notice_id(), Some("EV-1795219515"));
    assert_eq!(error.request_id(), Some("08F78BDBEB0510A1-0"));
    let reply = Reply::refuse(&error);
    assert_eq!(reply.status(), 500);
    assert_eq!(
        reply.body(),
        r#"{"code":"SYSTEM_ERROR","message":"the resource does not decode"}"#
    );
    assert!(!format!("{error:?} {error:#?}").contains("PERSONAL"));
    let NoticeError::Payload { notice, source } = error else {
        panic!("{error}")
    };
    assert_eq!(source.path(), "amount.total");
    assert_eq!(notice.event, Event::Other);
    assert_eq!(notice.plaintext, notice_file("another_shape", "plaintext"));
}

#[test]
fn a_plaintext_that_is_no_document_is_refused() {
    for plain in [
        b"".as_slice(),
        b"\xff",
        b"null",
        b"[]",
        b"{}",
        b"{\"sp_mchid\":1}",
        b"{}{}",
    ] {
        let ciphertext = api_key().seal("abcdefghijkl", "", plain).unwrap();
        let body = json!({
            "id": "1", "create_time": "x", "event_type": "TRANSACTION.SUCCESS",
            "resource": {"algorithm": "AEAD_AES_256_GCM", "nonce": "abcdefghijkl", "ciphertext": ciphertext},
        });
        let request = signed_request(body.to_string());
        let error = Notice::open(&request, &platform_keys(), &api_key(), NOW).unwrap_err();
        assert!(matches!(error, NoticeError::Payload { .. }), "{error}");
    }
}
