//! What is trusted and what is not, and what the errors say.

use crate::common::{self, NOW, answer, any_post, pending, platform_keys, unsigned_answer};
use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders;
use wechatpay_core::http::{HeaderName, HeaderValue, Response};
use wechatpay_core::{
    AnyOperation, Bytes, Document, Effect, Method, NoContent, PlatformKeys, Reason, Replay,
    ResponseError, Timestamp, Unverified, VerifyError,
};

const SIGNATURE_HEADERS: [&str; 4] = [
    "wechatpay-serial",
    "wechatpay-timestamp",
    "wechatpay-nonce",
    "wechatpay-signature",
];

fn refused(response: &Response<Vec<u8>>) -> ResponseError {
    any_post()
        .complete(response, &platform_keys(), NOW)
        .unwrap_err()
}

fn untrusted(response: &Response<Vec<u8>>) -> VerifyError {
    let error = refused(response);
    assert_eq!(error.effect(), Effect::Unknown, "{error}");
    assert!(
        error
            .to_string()
            .contains("the outcome is unknown and money may have moved"),
        "{error}"
    );
    match error.reason {
        Reason::Untrusted { source, .. } => source,
        other => panic!("{other}"),
    }
}

fn with(name: &'static str, value: &str) -> Response<Vec<u8>> {
    let mut response = answer(200, "{}");
    let name = HeaderName::from_static(name);
    response
        .headers_mut()
        .insert(name, HeaderValue::from_str(value).unwrap());
    response
}

#[test]
fn a_signed_answer_is_decoded_and_kept() {
    let done = any_post()
        .complete(&answer(200, r#"{"a":1}"#), &platform_keys(), NOW)
        .unwrap();
    assert_eq!(done.value, Document(serde_json::json!({"a": 1})));
    assert_eq!(done.request_id.as_deref(), Some("08F78BDBEB0510A1-0"));
    assert_eq!(done.body, r#"{"a":1}"#.as_bytes());
}

#[test]
fn every_kind_of_body_is_taken() {
    let call = any_post();
    let keys = platform_keys();
    let of = |body: &str| answer(200, body);
    assert!(
        call.complete(&of("{}").map(Bytes::from), &keys, NOW)
            .is_ok()
    );
    assert!(
        call.complete(&of("{}").map(|b| String::from_utf8(b).unwrap()), &keys, NOW)
            .is_ok()
    );
    let owned = of("{}");
    let borrowed = Response::from_parts(of("{}").into_parts().0, owned.body().as_slice());
    assert!(call.complete(&borrowed, &keys, NOW).is_ok());
}

#[test]
fn each_signature_header_is_needed_once() {
    for name in SIGNATURE_HEADERS {
        let header = HeaderName::from_static(name);
        let mut response = answer(200, "{}");
        let value = response.headers_mut().remove(name).unwrap();
        assert_eq!(
            untrusted(&response),
            VerifyError::Missing {
                header: header.clone()
            }
        );

        response
            .headers_mut()
            .insert(header.clone(), HeaderValue::from_static(""));
        assert_eq!(
            untrusted(&response),
            VerifyError::Missing {
                header: header.clone()
            }
        );

        response.headers_mut().insert(header.clone(), value.clone());
        response.headers_mut().append(header.clone(), value);
        assert_eq!(
            untrusted(&response),
            VerifyError::Malformed {
                header: header.clone()
            }
        );

        let not_utf8 = HeaderValue::from_bytes(b"\xff\xfe").unwrap();
        response.headers_mut().insert(header.clone(), not_utf8);
        assert_eq!(untrusted(&response), VerifyError::Malformed { header });
    }
}

#[test]
fn header_names_are_of_either_case_and_request_id_is_not_needed() {
    let mut response = answer(200, "{}");
    response.headers_mut().remove("Request-ID");
    let done = any_post()
        .complete(&response, &platform_keys(), NOW)
        .unwrap();
    assert_eq!(done.request_id, None);
}

#[test]
fn the_clock_may_be_299_seconds_off_and_not_300() {
    let response = answer(200, "{}");
    let at = |secs| any_post().complete(&response, &platform_keys(), Timestamp::from_secs(secs));
    assert!(at(1_554_208_460 + 299).is_ok());
    assert!(at(1_554_208_460 - 299).is_ok());
    for now in [1_554_208_460 + 300, 1_554_208_460 - 300, 0, u64::MAX] {
        let error = at(now).unwrap_err();
        assert!(matches!(
            error.reason,
            Reason::Untrusted {
                source: VerifyError::Stale { .. },
                ..
            }
        ));
    }
    let error = at(1_554_208_860).unwrap_err().to_string();
    for words in [
        "signed at 1554208460",
        "this clock says 1554208860",
        "400 s apart",
        "set this machine's clock",
    ] {
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn a_timestamp_is_decimal_seconds_and_nothing_else() {
    for text in [
        "now",
        "-1",
        "+1554208460",
        "1554208460.0",
        "0x5CA354CC",
        "1,554,208,460",
        "1554208460 1",
    ] {
        let header = HeaderName::from_static("wechatpay-timestamp");
        assert_eq!(
            untrusted(&with("wechatpay-timestamp", text)),
            VerifyError::Malformed { header },
            "{text}"
        );
    }
    let milliseconds = untrusted(&with("wechatpay-timestamp", "1554208460000"));
    assert!(matches!(milliseconds, VerifyError::Stale { .. }));
    let leading_zero = untrusted(&with("wechatpay-timestamp", "01554208460"));
    assert!(
        matches!(leading_zero, VerifyError::BadSignature { .. }),
        "the header's own text is signed"
    );
}

#[test]
fn a_probe_is_an_error_of_its_own() {
    for signature in [
        "WECHATPAY/SIGNTEST/AAAA",
        "WECHATPAY/SIGNTEST/not base64!",
        "WECHATPAY/SIGNTEST/",
    ] {
        assert_eq!(
            untrusted(&with("wechatpay-signature", signature)),
            VerifyError::Probe
        );
    }
}

#[test]
fn an_unknown_key_is_named_and_the_same_answer_completes_later() {
    let response = answer(200, "{}");
    let call = any_post();
    let error = call
        .complete(&response, &PlatformKeys::new(), NOW)
        .unwrap_err();
    let Reason::Untrusted { source, .. } = &error.reason else {
        panic!("{error}")
    };
    assert_eq!(
        source.to_string(),
        "platform key \"PUB_KEY_ID_0114232134912410000000000000\" is not held; held: none; a \
         WeChat Pay public key is downloaded from the merchant platform, and added by hand"
    );
    assert!(call.complete(&response, &platform_keys(), NOW).is_ok());
}

#[test]
fn a_signature_by_another_key_or_over_another_body_is_refused() {
    let mut tampered = answer(200, r#"{"amount":10}"#);
    tampered.body_mut()[10] = b'9';
    assert!(matches!(
        untrusted(&tampered),
        VerifyError::BadSignature { .. }
    ));

    let other = wechatpay_core::PlatformKeys::new()
        .with_public_key(common::PLATFORM_ID, &common::key("merchant_spki.pem"))
        .unwrap();
    let error = any_post()
        .complete(&answer(200, "{}"), &other, NOW)
        .unwrap_err();
    assert!(matches!(
        error.reason,
        Reason::Untrusted {
            source: VerifyError::BadSignature { .. },
            ..
        }
    ));
}

#[test]
fn an_algorithm_that_is_not_held_is_refused() {
    let error = untrusted(&with("wechatpay-signature-type", "WECHATPAY2-SM2-WITH-SM3"));
    assert_eq!(
        error.to_string(),
        "signature type \"WECHATPAY2-SM2-WITH-SM3\" is not one that this verifier has"
    );
    let mut without = answer(200, "{}");
    without.headers_mut().remove("wechatpay-signature-type");
    assert!(any_post().complete(&without, &platform_keys(), NOW).is_ok());
}

#[test]
fn a_status_outside_the_protocol_is_an_error() {
    for status in [100, 302, 304, 999] {
        let error = refused(&answer(status, "{}"));
        assert!(matches!(error.reason, Reason::Status(_)), "{error}");
        assert_eq!(error.effect(), Effect::Unknown);
    }
}

#[test]
fn a_verified_body_that_does_not_decode_is_kept() {
    let query = after_sales_orders::Query::builder()
        .sub_mchid("1")
        .transaction_id("2")
        .build();
    let body = r#"{"sub_mchid":"1","transaction_id":"2","amount":1.5,"result":"SUCCESS"}"#;
    let error = pending(&query)
        .complete(&answer(200, body), &platform_keys(), NOW)
        .unwrap_err();
    assert!(
        error.to_string().contains(
            "amount: invalid type: floating point `1.5`, expected i64 at line 1 column 50"
        ),
        "{error}"
    );
    let Reason::Decode { body: kept, .. } = error.reason else {
        panic!()
    };
    assert_eq!(kept, body.as_bytes());

    let error = refused(&answer(200, "not json"));
    assert_eq!(error.effect(), Effect::Accepted);
}

/// Found by simulation: the signature covers the body and not the status, so a refusal whose status
/// was changed on the way passed for a success of whatever type reads any body.
#[test]
fn a_signed_error_under_the_status_of_a_success_is_no_success() {
    let refusal = r#"{"code":"PARAM_ERROR","message":"参数错误","detail":{"field":"amount"}}"#;
    for status in [200, 202, 204] {
        let answer = answer(status, refusal);
        let nothing = AnyOperation::new(Method::POST, "/v3/x").answering::<NoContent>();
        let errors = [
            pending(&nothing)
                .complete(&answer, &platform_keys(), NOW)
                .unwrap_err(),
            any_post()
                .complete(&answer, &platform_keys(), NOW)
                .unwrap_err(),
        ];
        for error in errors {
            let api = error.api().expect("an error of the platform's");
            assert_eq!(
                (api.code.as_str(), api.status.as_u16()),
                ("PARAM_ERROR", status)
            );
            assert!(
                api.is_verified() && !api.is_refusal(),
                "the status may be a lie either way"
            );
            assert_eq!(error.effect(), Effect::Unknown);
        }
    }
    // A document that merely has such a field is one.
    for body in [
        r#"{"code":"A-1"}"#,
        r#"{"code":7,"message":"m"}"#,
        r#"{"data":{"code":"A","message":"m"}}"#,
        r#"[{"code":"A","message":"m"}]"#,
    ] {
        assert!(
            any_post()
                .complete(&answer(200, body), &platform_keys(), NOW)
                .is_ok(),
            "{body}"
        );
    }
}

#[test]
fn no_content_and_documents_take_an_empty_body() {
    let call = AnyOperation::new(Method::POST, "/v3/x").answering::<NoContent>();
    let done = pending(&call)
        .complete(&answer(204, ""), &platform_keys(), NOW)
        .unwrap();
    assert_eq!(done.value, NoContent);
    let done = any_post()
        .complete(&answer(202, ""), &platform_keys(), NOW)
        .unwrap();
    assert_eq!(done.value, Document(serde_json::Value::Null));
    let mut forged = answer(204, "");
    forged.headers_mut().remove("wechatpay-signature");
    assert!(
        pending(&call)
            .complete(&forged, &platform_keys(), NOW)
            .is_err()
    );
}

#[test]
fn only_a_type_that_says_so_takes_unsigned_bytes() {
    let call =
        AnyOperation::new(Method::GET, "/v3/billdownload/file?token=x").answering::<Unverified>();
    let done = pending(&call)
        .complete(&unsigned_answer(200, "bill"), &platform_keys(), NOW)
        .unwrap();
    assert_eq!(done.value, Unverified("bill".into()));
}

#[test]
fn what_an_unknown_outcome_asks_for_is_the_operations_own_rule() {
    let unknown = AnyOperation::new(Method::POST, "/v3/x");
    assert!(matches!(
        pending(&unknown).replay(),
        Replay::AskFirst { .. }
    ));
    let known = unknown.replay(Replay::ReadOnly);
    assert_eq!(pending(&known).replay(), Replay::ReadOnly);
}
