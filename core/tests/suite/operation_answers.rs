//! What the seven operations read: the documented answers, kept whole, and what may differ.

use crate::common::{NOW, answer, keeps, pending, platform_keys};
use serde_json::json;
use wechatpay_core::api::AsSent;
use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders as fees;
use wechatpay_core::api::ecommerce::subsidies;
use wechatpay_core::api::marketing::busifavor::subsidy as coupons;
use wechatpay_core::{DateTime, Decode, Effect, Fen, Timestamp};

#[test]
fn documented_answers_are_read_whole() {
    let created: subsidies::Created = keeps(json!({
        "sub_mchid": "1900000109", "transaction_id": "4208450740201411110007820472",
        "subsidy_id": "3008450740201411110007820472", "description": "测试备注", "amount": 10,
        "result": "SUCCESS", "success_time": "2015-05-20T13:29:35.120+08:00",
        "out_subsidy_no": "P20150806125347",
    }));
    assert_eq!(created.result, subsidies::SubsidyState::Success);
    let time = created.success_time.unwrap().to_timestamp().unwrap();
    assert_eq!(time, Timestamp::from_secs(1_432_099_775));

    let returned: subsidies::Returned = keeps(json!({
        "sub_mchid": "1900000109", "transaction_id": "4208450740201411110007820472",
        "subsidy_refund_id": "3008450740201411110007820472",
        "refund_id": "3008450740201411110007820472", "out_order_no": "P20150806125346",
        "amount": 10, "description": "测试备注", "result": "SUCCESS",
        "success_time": "2015-05-20T13:29:35.120+08:00", "subsidy_id": "1",
        "from": [{"account": "AVAILABLE", "amount": 10}],
    }));
    assert_eq!(returned.result, subsidies::ReturnState::Success);

    let cancelled: subsidies::Cancelled = keeps(json!({
        "sub_mchid": "1900013401", "transaction_id": "4208450740201411110007820472",
        "refund_id": "3008450740201411110007820472", "result": "FAIL", "description": "订单退款",
    }));
    assert_eq!(cancelled.result, subsidies::CancelState::Fail);

    let _: fees::Accepted = keeps(json!({
        "sub_mchid": "1900000109", "transaction_id": "3008450740201411110007820472", "amount": 10,
    }));
    let order: fees::Order = keeps(json!({
        "sub_mchid": "1900000109", "transaction_id": "3008450740201411110007820472", "amount": 10,
        "result": "FAILED", "fail_reason": "NO_RELATION",
        "finish_time": "2015-05-20T13:29:35.120+08:00",
    }));
    assert_eq!(order.result, fees::OrderState::Failed);
    assert_eq!(order.fail_reason, Some(fees::FailReason::NoRelation));

    for (status, reason) in [
        ("RETURN_RECEIPT_FAIL", "RETURN_RECEIPT_INSUFFICIENT_BALANCE"),
        ("FAIL", "INSUFFICIENT_BALANCE"),
    ] {
        let receipt: coupons::ReturnReceiptMade = keeps(json!({
            "subsidy_return_receipt_id": "2120200119165100000000000001",
            "stock_id": "128888000000001", "coupon_code": "ABCD12345678",
            "transaction_id": "4200000913202101152566792388",
            "refund_id": "50100506732021010105138718375", "payer_merchant": "1900000001",
            "payee_merchant": "1900000002", "amount": 100, "description": "20210115DESCRIPTION",
            "status": status, "fail_reason": reason,
            "return_done_time": "2021-01-20T10:29:35+08:00",
            "subsidy_receipt_id": "1120200119165100000000000001",
            "out_subsidy_return_no": "subsidy-abcd-12345678",
            "return_create_time": "2021-01-20T10:29:35+08:00",
        }));
        assert_eq!(receipt.status, coupons::ReturnStatus::Fail);
        assert_eq!(receipt.status.text(), status);
        let reason = receipt.fail_reason.map(AsSent::into_value);
        assert_eq!(reason, Some(coupons::ReturnFailReason::InsufficientBalance));
    }
}

#[test]
fn answers_may_lack_optional_fields_grow_new_ones_and_know_new_values() {
    let body = json!({
        "sub_mchid": "1", "transaction_id": "2", "subsidy_id": "3", "description": "",
        "amount": 10, "result": "PENDING_REVIEW", "success_time": null, "a_new_field": {"x": [1]},
    });
    let created = subsidies::Created::decode(body.to_string().as_bytes()).unwrap();
    assert_eq!(
        created.result,
        subsidies::SubsidyState::Other("PENDING_REVIEW".into())
    );
    assert_eq!(created.result.to_string(), "PENDING_REVIEW");
    assert_eq!(created.success_time, None);
}

#[test]
fn a_200_that_says_fail_is_an_answer_and_not_an_error() {
    let body = r#"{"sub_mchid":"1","transaction_id":"2","subsidy_id":"3","description":"","amount":10,"result":"FAIL"}"#;
    let done = pending(&create())
        .complete(&answer(200, body), &platform_keys(), NOW)
        .unwrap();
    assert_eq!(done.value.result, subsidies::SubsidyState::Fail);
}

#[test]
fn amounts_are_whole_fen() {
    for amount in [
        "1.0",
        "1e2",
        "\"10\"",
        "null",
        "9223372036854775808",
        "true",
        "[1]",
    ] {
        let body = format!(r#"{{"sub_mchid":"1","transaction_id":"2","amount":{amount}}}"#);
        let error = pending(&fee())
            .complete(&answer(200, body), &platform_keys(), NOW)
            .unwrap_err();
        assert!(error.to_string().contains("amount: "), "{error}");
        assert_eq!(error.effect(), Effect::Accepted);
    }
}

#[test]
fn times_of_answers_convert() {
    let at = |text: &str| {
        DateTime::new(text)
            .to_timestamp()
            .map(Timestamp::as_secs)
            .ok()
    };
    assert_eq!(at("2015-05-20T13:29:35+08:00"), Some(1_432_099_775));
    assert_eq!(at("2015-05-20T13:29:35.120+08:00"), Some(1_432_099_775));
    assert_eq!(at("2015-05-20T05:29:35Z"), Some(1_432_099_775));
    assert_eq!(at("2015-05-20T00:29:35-05:00"), Some(1_432_099_775));
    assert_eq!(at("2024-02-29T00:00:00Z"), Some(1_709_164_800));
    assert_eq!(at("1970-01-01T08:00:00+08:00"), Some(0));
    for text in [
        "",
        "2015-05-20",
        "2015-05-20T13:29:35",
        "2015-05-20T13:29:35.+08:00",
        "20150520132935",
        "2015-02-29T00:00:00Z",
        "2015-13-01T00:00:00Z",
        "2015-05-20T24:00:00Z",
        "1970-01-01T00:00:00+08:00",
        "2015-05-20T13:29:35+25:00",
        "2015-05-20T13:29:35 08:00",
        "２015-05-20T13:29:35Z",
        "+015-05-20T13:29:35Z",
        "2015-05-20T13:29:35+0800",
    ] {
        assert_eq!(at(text), None, "{text}");
    }
    let written = DateTime::in_china(Timestamp::from_secs(1_432_099_775)).unwrap();
    assert_eq!(written.as_str(), "2015-05-20T13:29:35+08:00");
    assert!(DateTime::in_china(Timestamp::from_secs(u64::MAX)).is_err());
}

fn create() -> subsidies::Create {
    subsidies::Create::builder()
        .sub_mchid("1")
        .transaction_id("2")
        .amount(Fen::new(10))
        .description("-")
        .build()
}

fn fee() -> fees::Create {
    let fee = fees::Create::builder().sub_mchid("1").transaction_id("2");
    fee.amount(Fen::new(10))
        .scene(fees::Scene::ReturnGoods)
        .refund_id("3")
        .build()
}
