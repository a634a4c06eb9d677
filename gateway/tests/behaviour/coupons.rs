use serde_json::{Value, json};
use wechatpay_core::Fen;
use wechatpay_core::api::marketing::busifavor::subsidy::{
    ReturnFailReason, ReturnReceipt, ReturnStatus,
};

use crate::bench::Bench;

const PATH: &str = "/v3/marketing/busifavor/subsidy/return-receipts";
const PAYER: &str = "merchant:1900000021";
const PAYEE: &str = "merchant:1900000022";

fn coupon(bench: &mut Bench) -> Value {
    let body = json!({
        "payer_merchant": "1900000021",
        "payee_merchant": "1900000022",
        "refund_id": "5000000000000000000000000042",
        "amount": 400,
    });
    let (status, coupon) = bench.admin("POST", "/_gateway/coupons", &body);
    assert_eq!(status, 201, "{coupon}");
    coupon
}

fn take_back(coupon: &Value, number: &str, amount: i64) -> Value {
    json!({
        "stock_id": coupon["stock_id"],
        "coupon_code": coupon["coupon_code"],
        "transaction_id": coupon["transaction_id"],
        "refund_id": coupon["refund_id"],
        "payer_merchant": coupon["payer_merchant"],
        "payee_merchant": coupon["payee_merchant"],
        "amount": amount,
        "description": "order refunded",
        "out_subsidy_return_no": number,
    })
}

#[test]
fn return_moves_from_payee_to_payer() {
    let mut bench = Bench::new();
    let coupon = coupon(&mut bench);
    assert_eq!(bench.balance(PAYEE), 400);
    let request: ReturnReceipt = serde_json::from_value(take_back(&coupon, "CR-1", 150)).unwrap();
    let receipt = bench.call(&request).unwrap();
    assert_eq!(*receipt.status, ReturnStatus::Success);
    assert_eq!(receipt.status.text(), "RETURN_RECEIPT_SUCCESS");
    assert_eq!(receipt.amount, Fen::new(150));
    assert_eq!(receipt.subsidy_return_receipt_id.unwrap().len(), 28);
    assert_eq!(receipt.subsidy_receipt_id, coupon["subsidy_receipt_id"]);
    assert_eq!(
        receipt.return_done_time.unwrap().as_str(),
        "2025-11-21T12:40:00+08:00"
    );
    assert_eq!((bench.balance(PAYER), bench.balance(PAYEE)), (150, 250));
}

#[test]
fn equal_parameters_answer_the_same_and_others_are_refused() {
    let mut bench = Bench::new();
    let coupon = coupon(&mut bench);
    let request = take_back(&coupon, "CR-1", 150);
    let first = bench.post(PATH, &request);
    bench.advance(60);
    assert_eq!(bench.unmoved(|b| b.post(PATH, &request)), first);
    let other = take_back(&coupon, "CR-1", 151);
    let refused = bench.refused(400, "INVALID_REQUEST", |b| b.post(PATH, &other));
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("amount was 150 and is 151")
    );
}

#[test]
fn returns_together_are_at_most_the_subsidy() {
    let mut bench = Bench::new();
    let coupon = coupon(&mut bench);
    bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(PATH, &take_back(&coupon, "CR-1", 401))
    });
    assert_eq!(bench.post(PATH, &take_back(&coupon, "CR-1", 300)).0, 200);
    let refused = bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(PATH, &take_back(&coupon, "CR-2", 101))
    });
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("400 fen, of which 300 fen")
    );
    assert_eq!(bench.post(PATH, &take_back(&coupon, "CR-2", 100)).0, 200);
}

#[test]
fn receipt_order_refund_and_merchants_belong_together() {
    let mut bench = Bench::new();
    let coupon = coupon(&mut bench);
    for field in ["stock_id", "coupon_code"] {
        let mut request = take_back(&coupon, "CR-1", 100);
        request[field] = "12345".into();
        bench.refused(404, "RESOURCE_NOT_EXISTS", |b| b.post(PATH, &request));
    }
    let others = [
        ("transaction_id", "4200000000000000000000000000"),
        ("refund_id", "5000000000000000000000000000"),
        ("payer_merchant", "1900000022"),
        ("payee_merchant", "1900000021"),
    ];
    for (field, value) in others {
        let mut request = take_back(&coupon, "CR-1", 100);
        request[field] = value.into();
        let refused = bench.refused(400, "INVALID_REQUEST", |b| b.post(PATH, &request));
        assert_eq!(refused["detail"]["field"], field);
        let message = refused["message"].as_str().unwrap();
        let expected = coupon[field].as_str().unwrap();
        assert!(
            message.contains(value) && message.contains(expected),
            "{message}"
        );
    }
}

#[test]
fn unrefunded_order_keeps_its_subsidy() {
    let mut bench = Bench::new();
    let body = json!({
        "payer_merchant": "1900000021", "payee_merchant": "1900000022", "amount": 400,
    });
    let (_, mut coupon) = bench.admin("POST", "/_gateway/coupons", &body);
    coupon["refund_id"] = "5000000000000000000000000042".into();
    let refused = bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(PATH, &take_back(&coupon, "CR-1", 100))
    });
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("not refunded")
    );
}

#[test]
fn uncovered_return_fails_with_200_and_may_be_repeated() {
    let mut bench = Bench::new();
    let coupon = coupon(&mut bench);
    bench.set_balance(PAYEE, 149);
    let request: ReturnReceipt = serde_json::from_value(take_back(&coupon, "CR-1", 150)).unwrap();
    let receipt = bench.unmoved(|b| b.call(&request)).unwrap();
    assert_eq!(*receipt.status, ReturnStatus::Fail);
    let reason = receipt.fail_reason.unwrap();
    assert_eq!(*reason, ReturnFailReason::InsufficientBalance);
    assert_eq!(reason.text(), "RETURN_RECEIPT_INSUFFICIENT_BALANCE");
    assert_eq!(receipt.subsidy_return_receipt_id, None);
    assert_eq!(receipt.return_done_time, None);
    // The number stays bound to its parameters.
    bench.refused(400, "INVALID_REQUEST", |b| {
        b.post(PATH, &take_back(&coupon, "CR-1", 149))
    });
    bench.set_balance(PAYEE, 150);
    let receipt = bench.call(&request).unwrap();
    assert_eq!(*receipt.status, ReturnStatus::Success);
    assert_eq!(bench.balance(PAYEE), 0);
}
