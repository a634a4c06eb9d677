//! The platform's own errors: what is kept of them, and what they prove.

use crate::common::{NOW, answer, any_post, pending, platform_keys, unsigned_answer};
use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders;
use wechatpay_core::http::Response;
use wechatpay_core::{Effect, ResponseError};

fn refused(response: &Response<Vec<u8>>) -> ResponseError {
    any_post()
        .complete(response, &platform_keys(), NOW)
        .unwrap_err()
}

#[test]
fn a_verified_refusal_moved_nothing() {
    let body =
        r#"{"code":"NOT_ENOUGH","message":"可用余额不足","detail":{"field":"amount","value":10}}"#;
    let error = refused(&answer(403, body));
    assert_eq!(error.effect(), Effect::None);
    let api = error.api().unwrap();
    assert_eq!(
        (api.status.as_u16(), &*api.code, &*api.message),
        (403, "NOT_ENOUGH", "可用余额不足")
    );
    assert_eq!(
        api.detail,
        Some(serde_json::json!({"field": "amount", "value": 10}))
    );
    assert_eq!(
        error.to_string(),
        "POST /v3/ecommerce/subsidies/create: 403 NOT_ENOUGH: 可用余额不足, detail \
         {\"field\":\"amount\",\"value\":10} (request id 08F78BDBEB0510A1-0); this attempt moved no money"
    );
}

#[test]
fn an_issue_that_the_message_tells_is_not_told_twice() {
    let body = r#"{"code":"PARAM_ERROR","message":"参数错误: amount is 0","detail":{"field":"amount","value":0,"issue":"amount is 0","location":"body"}}"#;
    let error = refused(&answer(400, body));
    assert_eq!(
        error.to_string(),
        "POST /v3/ecommerce/subsidies/create: 400 PARAM_ERROR: 参数错误: amount is 0, detail \
         {\"field\":\"amount\",\"location\":\"body\",\"value\":0} (request id \
         08F78BDBEB0510A1-0); this attempt moved no money"
    );
    let detail = error.api().unwrap().detail.as_ref().unwrap();
    assert_eq!(detail["issue"], "amount is 0", "and it is kept");
}

#[test]
fn an_unsigned_refusal_says_so_and_proves_nothing() {
    let error = refused(&unsigned_answer(
        403,
        r#"{"code":"NOT_ENOUGH","message":"x"}"#,
    ));
    let api = error.api().unwrap();
    assert!(!api.is_verified());
    assert_eq!(error.effect(), Effect::Unknown);
    assert!(
        error
            .to_string()
            .contains("this error answer is not verified"),
        "{error}"
    );
}

#[test]
fn a_server_error_leaves_the_outcome_unknown() {
    for status in [500, 502, 503] {
        assert_eq!(
            refused(&answer(status, r#"{"code":"SYSTEM_ERROR"}"#)).effect(),
            Effect::Unknown
        );
    }
}

#[test]
fn reading_moves_nothing_whatever_the_answer() {
    let query = after_sales_orders::Query::builder()
        .sub_mchid("1")
        .transaction_id("2")
        .build();
    let error = pending(&query)
        .complete(&unsigned_answer(502, ""), &platform_keys(), NOW)
        .unwrap_err();
    assert_eq!(error.effect(), Effect::None);
}

#[test]
fn error_bodies_of_any_shape_keep_status_and_request_id() {
    let cases: &[(&[u8], &str, &str)] = &[
        (b"", "", ""),
        (
            b"<html><body>502 Bad Gateway</body></html>",
            "",
            "<html><body>502 Bad Gateway</body></html>",
        ),
        (b"[]", "", "[]"),
        (b"null", "", "null"),
        (b"\xff\xfe", "", "\u{FFFD}\u{FFFD}"),
        (br#"{"code":"X""#, "", r#"{"code":"X""#),
        (br#"{"code":5,"message":null}"#, "5", ""),
        (
            br#"{"code":"X","message":{"a":1},"detail":"text"}"#,
            "X",
            r#"{"a":1}"#,
        ),
    ];
    for (body, code, message) in cases {
        let error = refused(&unsigned_answer(502, *body));
        assert_eq!(error.request_id.as_deref(), Some("08F78BDBEB0510A1-0"));
        let api = error.api().unwrap();
        assert_eq!(
            (api.status.as_u16(), &*api.code, &*api.message),
            (502, *code, *message)
        );
    }
    let huge = "x".repeat(1 << 20);
    assert!(refused(&unsigned_answer(502, huge)).to_string().len() < 2_000);
}

#[test]
fn nested_detail_is_kept_whole() {
    let body = r#"{"code":"SIGN_ERROR","message":"bad","detail":{"detail":{"issue":"sign not match"},
        "field":"signature","location":"authorization","sign_information":{"method":"POST",
        "url":"/v3/x","sign_message_length":200,"truncated_sign_message":"POST\n/v3/x\n"}}}"#;
    let error = refused(&answer(401, body));
    let detail = error.api().unwrap().detail.clone().unwrap();
    assert_eq!(
        detail["sign_information"]["truncated_sign_message"],
        "POST\n/v3/x\n"
    );
}

#[test]
fn what_to_do_about_an_unknown_outcome_is_the_operations_own_rule() {
    use wechatpay_core::api::ecommerce::subsidies::Cancel;
    let cancel = Cancel::builder()
        .sub_mchid("1")
        .transaction_id("2")
        .description("-")
        .build();
    let known = pending(&cancel).complete(&unsigned_answer(502, ""), &platform_keys(), NOW);
    let words = "outcome is unknown and money may have moved: repeat with identical parameters";
    assert!(known.unwrap_err().to_string().ends_with(words));

    let any = refused(&unsigned_answer(502, "")).to_string();
    assert!(
        any.ends_with("query the outcome before anything is repeated"),
        "{any}"
    );
}

/// The signature covers the body and not the status: whoever rewrites `200` to `400` on the way
/// must not make a payment look refused.
#[test]
fn a_status_alone_proves_nothing() {
    let done = r#"{"sub_mchid":"1","transaction_id":"2","subsidy_id":"3","description":"-","amount":10,"result":"SUCCESS"}"#;
    for body in [
        done,
        "",
        "{}",
        "<html>",
        r#"{"code":""}"#,
        r#"{"code":"SYSTEM_ERROR"}"#,
    ] {
        for status in [400, 403, 404, 429] {
            let error = refused(&answer(status, body));
            assert!(error.api().unwrap().is_verified());
            assert_eq!(error.effect(), Effect::Unknown, "{error}");
        }
    }
    assert_eq!(
        refused(&answer(429, r#"{"code":"FREQUENCY_LIMITED"}"#)).effect(),
        Effect::None
    );
}
