//! Coupon subsidies: paid once, returned in parts, and shown as they are by now.

use serde_json::{Value, json};
use wechatpay_core::Fen;
use wechatpay_core::api::marketing::busifavor::subsidy::pay_receipts::{Create, List, Query};
use wechatpay_core::api::marketing::busifavor::subsidy::{
    PayFailReason, PayStatus, return_receipts,
};

use crate::bench::Bench;

pub(crate) const PAY: &str = "/v3/marketing/busifavor/subsidy/pay-receipts";
pub(crate) const RETURN: &str = "/v3/marketing/busifavor/subsidy/return-receipts";
pub(crate) const PAYER: &str = "merchant:1900000021";
pub(crate) const PAYEE: &str = "merchant:1900000022";

/// A coupon that took 400 fen off, whose payer has 1,000.
pub(crate) fn redeemed(bench: &mut Bench) -> Value {
    bench.set_balance(PAYER, 1_000);
    let body = json!({
        "payer_merchant": "1900000021", "payee_merchant": "1900000022", "amount": 400,
        "state": "redeemed",
    });
    let (status, coupon) = bench.admin("POST", "/_gateway/coupons", &body);
    assert_eq!(status, 201, "{coupon}");
    assert_eq!(coupon.get("subsidy_receipt_id"), None);
    coupon
}

pub(crate) fn pay(coupon: &Value, number: &str, amount: i64) -> Value {
    json!({
        "stock_id": coupon["stock_id"],
        "coupon_code": coupon["coupon_code"],
        "transaction_id": coupon["transaction_id"],
        "payer_merchant": coupon["payer_merchant"],
        "payee_merchant": coupon["payee_merchant"],
        "amount": amount,
        "description": "a coupon",
        "out_subsidy_no": number,
    })
}

pub(crate) fn take_back(coupon: &Value, refund: &str, number: &str, amount: i64) -> Value {
    let mut request = pay(coupon, number, amount);
    let fields = request.as_object_mut().unwrap();
    let number = fields.remove("out_subsidy_no").unwrap();
    fields.insert("out_subsidy_return_no".to_owned(), number);
    fields.insert("refund_id".to_owned(), refund.into());
    request
}

pub(crate) fn refund(bench: &mut Bench, coupon: &Value) -> String {
    let name = |field: &str| coupon[field].as_str().unwrap().to_owned();
    let (stock, code) = (name("stock_id"), name("coupon_code"));
    let path = format!("/_gateway/coupons/{stock}/{code}/refund");
    let (status, coupon) = bench.admin("POST", &path, &json!({}));
    assert_eq!(status, 200, "{coupon}");
    coupon["refund_id"].as_str().unwrap().to_owned()
}

fn list(bench: &mut Bench, coupon: &Value, number: Option<&str>) -> Vec<Value> {
    let list = List::builder()
        .stock_id(coupon["stock_id"].as_str().unwrap())
        .coupon_code(coupon["coupon_code"].as_str().unwrap())
        .maybe_out_subsidy_no(number)
        .build();
    let receipts = bench.call(&list).unwrap().pay_receipt_list;
    receipts.iter().map(|r| json!(r)).collect()
}

#[test]
fn a_subsidy_moves_from_payer_to_payee() {
    let mut bench = Bench::new();
    let coupon = redeemed(&mut bench);
    let request: Create = serde_json::from_value(pay(&coupon, "S1", 400)).unwrap();
    let receipt = bench.call(&request).unwrap();
    assert_eq!(*receipt.status, PayStatus::Success);
    assert_eq!(receipt.status.text(), "PAY_RECEIPT_SUCCESS");
    assert_eq!(receipt.amount, Fen::new(400));
    assert_eq!(
        receipt.success_time.as_ref().unwrap().as_str(),
        "2025-11-21T12:40:00+08:00"
    );
    assert_eq!((bench.balance(PAYER), bench.balance(PAYEE)), (600, 400));
    assert_eq!(bench.unmoved(|b| b.call(&request)).unwrap(), receipt);
    let id = receipt.subsidy_receipt_id.clone().unwrap();
    let query = Query::builder().subsidy_receipt_id(id).build();
    assert_eq!(bench.call(&query).unwrap(), receipt);
    assert_eq!(list(&mut bench, &coupon, None), [json!(receipt)]);
    assert_eq!(list(&mut bench, &coupon, Some("S1")), [json!(receipt)]);
    assert_eq!(list(&mut bench, &coupon, Some("S2")), [] as [Value; 0]);
}

#[test]
fn what_the_payer_does_not_have_fails_with_200_and_may_be_repeated() {
    let mut bench = Bench::new();
    let coupon = redeemed(&mut bench);
    bench.set_balance(PAYER, 399);
    let request: Create = serde_json::from_value(pay(&coupon, "S1", 400)).unwrap();
    let receipt = bench.unmoved(|b| b.call(&request)).unwrap();
    assert_eq!(*receipt.status, PayStatus::Fail);
    let reason = receipt.fail_reason.as_ref().unwrap();
    assert_eq!(**reason, PayFailReason::InsufficientBalance);
    assert_eq!(reason.text(), "PAY_RECEIPT_INSUFFICIENT_BALANCE");
    assert_eq!(
        (&receipt.subsidy_receipt_id, &receipt.success_time),
        (&None, &None)
    );
    assert_eq!(list(&mut bench, &coupon, None), [json!(receipt)]);
    bench.set_balance(PAYER, 400);
    bench.advance(60);
    let receipt = bench.call(&request).unwrap();
    assert_eq!(*receipt.status, PayStatus::Success);
    assert_eq!(
        receipt.create_time.unwrap().as_str(),
        "2025-11-21T12:40:00+08:00"
    );
    assert_eq!(
        receipt.success_time.unwrap().as_str(),
        "2025-11-21T12:41:00+08:00"
    );
    assert_eq!((bench.balance(PAYER), bench.balance(PAYEE)), (0, 400));
}

#[test]
fn after_a_failure_another_number_may_pay() {
    let mut bench = Bench::new();
    let coupon = redeemed(&mut bench);
    bench.set_balance(PAYER, 100);
    let (_, failed) = bench.post(PAY, &pay(&coupon, "S1", 400));
    assert_eq!(failed["status"], "PAY_RECEIPT_FAIL");
    let (_, paid) = bench.post(PAY, &pay(&coupon, "S2", 100));
    assert_eq!(paid["status"], "PAY_RECEIPT_SUCCESS");
    assert_eq!(list(&mut bench, &coupon, None), [failed, paid]);
    // The first must not pay a second time.
    bench.set_balance(PAYER, 1_000);
    let again = pay(&coupon, "S1", 400);
    bench.refused(400, "INVALID_REQUEST", |b| b.post(PAY, &again));
}

#[test]
fn the_status_follows_the_returns() {
    let mut bench = Bench::new();
    let coupon = redeemed(&mut bench);
    let request = pay(&coupon, "S1", 300);
    assert_eq!(bench.post(PAY, &request).0, 200);
    let refund = refund(&mut bench, &coupon);
    let back = take_back(&coupon, &refund, "B1", 100);
    let (status, returned) = bench.post(RETURN, &back);
    assert_eq!(status, 200, "{returned}");
    let (_, paid) = bench.unmoved(|b| b.post(PAY, &request));
    assert_eq!(paid["status"], "PAY_RECEIPT_PARTIAL_RETURN");
    assert_eq!(returned["subsidy_receipt_id"], paid["subsidy_receipt_id"]);
    assert_eq!(
        bench
            .post(RETURN, &take_back(&coupon, &refund, "B2", 200))
            .0,
        200
    );
    let (_, paid) = bench.unmoved(|b| b.post(PAY, &request));
    assert_eq!(paid["status"], "PAY_RECEIPT_FULL_RETURN");
    assert_eq!((bench.balance(PAYER), bench.balance(PAYEE)), (1_000, 0));

    let id = returned["subsidy_return_receipt_id"].as_str().unwrap();
    let query = return_receipts::Query::builder()
        .subsidy_return_receipt_id(id)
        .build();
    assert_eq!(json!(bench.call(&query).unwrap()), returned);
}

#[test]
fn the_samples_of_the_documents_succeed() {
    let mut bench = Bench::new();
    let request = json!({
        "stock_id": "128888000000001", "coupon_code": "ABCD12345678",
        "transaction_id": "4200000913202101152566792388", "payer_merchant": "1900000001",
        "payee_merchant": "1900000002", "amount": 100, "description": "20210115DESCRIPTION",
        "out_subsidy_no": "subsidy-abcd-12345678",
    });
    let (status, paid) = bench.unmoved(|b| b.post(PAY, &request));
    assert_eq!(
        (status, &paid["status"]),
        (200, &json!("PAY_RECEIPT_SUCCESS"))
    );
    let (_, found) = bench.get(&format!("{PAY}/1120200119165100000000000001"));
    assert_eq!(found, paid);
    let list = "stock_id=128888000000001&coupon_code=ABCD12345678";
    let (_, found) = bench.get(&format!(
        "{PAY}?{list}&out_subsidy_no=subsidy-abcd-12345678"
    ));
    assert_eq!(found, json!({ "pay_receipt_list": [paid] }));
}
