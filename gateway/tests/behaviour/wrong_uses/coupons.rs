//! Coupon subsidies.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::paying_coupons::{PAY, PAYEE, PAYER, RETURN, pay, redeemed, refund, take_back};

fn refused(bench: &mut Bench, path: &str, request: &Value, says: &str) -> Value {
    let refused = bench.refused(400, "INVALID_REQUEST", |b| b.post(path, request));
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains(says), "{message}");
    refused
}

fn paid() -> (Bench, Value) {
    let mut bench = Bench::new();
    let coupon = redeemed(&mut bench);
    assert_eq!(bench.post(PAY, &pay(&coupon, "S1", 300)).0, 200);
    (bench, coupon)
}

fn paid_and_refunded() -> (Bench, Value, String) {
    let (mut bench, coupon) = paid();
    let refund = refund(&mut bench, &coupon);
    (bench, coupon, refund)
}

#[test]
fn a_coupon_that_was_not_redeemed() {
    let mut bench = Bench::new();
    let mut coupon = redeemed(&mut bench);
    coupon["coupon_code"] = "ANOTHER".into();
    let request = pay(&coupon, "S1", 1);
    bench.refused(404, "RESOURCE_NOT_EXISTS", |b| b.post(PAY, &request));
}

#[test]
fn a_coupon_of_another_stock() {
    let mut bench = Bench::new();
    let mut coupon = redeemed(&mut bench);
    coupon["stock_id"] = "128888000000002".into();
    let request = pay(&coupon, "S1", 1);
    bench.refused(404, "RESOURCE_NOT_EXISTS", |b| b.post(PAY, &request));
}

#[test]
fn another_order() {
    let mut bench = Bench::new();
    let coupon = redeemed(&mut bench);
    let mut request = pay(&coupon, "S1", 1);
    request["transaction_id"] = "4200000000000000000000000009".into();
    let answer = refused(&mut bench, PAY, &request, "the coupon's transaction_id is");
    assert_eq!(answer["detail"]["field"], "transaction_id");
}

#[test]
fn another_payer() {
    let mut bench = Bench::new();
    let coupon = redeemed(&mut bench);
    bench.set_balance("merchant:1900000023", 500);
    let mut request = pay(&coupon, "S1", 1);
    request["payer_merchant"] = "1900000023".into();
    refused(&mut bench, PAY, &request, "payer_merchant is 1900000021");
}

#[test]
fn another_payee() {
    let mut bench = Bench::new();
    let coupon = redeemed(&mut bench);
    let mut request = pay(&coupon, "S1", 1);
    request["payee_merchant"] = "1900000023".into();
    refused(&mut bench, PAY, &request, "payee_merchant is 1900000022");
}

#[test]
fn payer_and_payee_the_wrong_way_round() {
    let mut bench = Bench::new();
    let coupon = redeemed(&mut bench);
    bench.set_balance(PAYEE, 500);
    let mut request = pay(&coupon, "S1", 1);
    request["payer_merchant"] = "1900000022".into();
    request["payee_merchant"] = "1900000021".into();
    refused(&mut bench, PAY, &request, "payer_merchant is 1900000021");
}

#[test]
fn more_than_the_coupon_took_off() {
    let mut bench = Bench::new();
    let coupon = redeemed(&mut bench);
    let answer = refused(
        &mut bench,
        PAY,
        &pay(&coupon, "S1", 401),
        "took 400 fen off",
    );
    assert_eq!(answer["detail"]["field"], "amount");
    assert_eq!(bench.post(PAY, &pay(&coupon, "S1", 400)).0, 200);
}

#[test]
fn more_than_5000_yuan() {
    let mut bench = Bench::new();
    bench.set_balance(PAYER, 1_000_000);
    let body = json!({
        "payer_merchant": "1900000021", "payee_merchant": "1900000022", "amount": 600_000,
        "state": "redeemed",
    });
    let (_, coupon) = bench.admin("POST", "/_gateway/coupons", &body);
    refused(
        &mut bench,
        PAY,
        &pay(&coupon, "S1", 500_001),
        "500000 fen at most",
    );
    assert_eq!(bench.post(PAY, &pay(&coupon, "S1", 500_000)).0, 200);
}

#[test]
fn a_second_subsidy_for_a_coupon() {
    let (mut bench, coupon) = paid();
    refused(
        &mut bench,
        PAY,
        &pay(&coupon, "S2", 100),
        "with out_subsidy_no S1",
    );
}

#[test]
fn a_second_subsidy_after_all_went_back() {
    let (mut bench, coupon, refund) = paid_and_refunded();
    let back = take_back(&coupon, &refund, "B1", 300);
    assert_eq!(bench.post(RETURN, &back).0, 200);
    refused(
        &mut bench,
        PAY,
        &pay(&coupon, "S2", 100),
        "with out_subsidy_no S1",
    );
}

#[test]
fn the_same_number_with_another_amount() {
    let (mut bench, coupon) = paid();
    refused(
        &mut bench,
        PAY,
        &pay(&coupon, "S1", 299),
        "amount was 300 and is 299",
    );
}

#[test]
fn the_same_number_with_another_amount_after_a_failure() {
    let mut bench = Bench::new();
    let coupon = redeemed(&mut bench);
    bench.set_balance(PAYER, 0);
    assert_eq!(bench.post(PAY, &pay(&coupon, "S1", 300)).0, 200);
    bench.set_balance(PAYER, 1_000);
    refused(
        &mut bench,
        PAY,
        &pay(&coupon, "S1", 299),
        "amount was 300 and is 299",
    );
}

#[test]
fn the_same_number_for_another_coupon() {
    let (mut bench, _) = paid();
    let another = redeemed(&mut bench);
    refused(
        &mut bench,
        PAY,
        &pay(&another, "S1", 300),
        "coupon_code was",
    );
}

#[test]
fn a_number_with_a_sign_that_is_not_allowed() {
    let mut bench = Bench::new();
    let coupon = redeemed(&mut bench);
    let request = pay(&coupon, "S@1", 300);
    let answer = bench.refused(400, "PARAM_ERROR", |b| b.post(PAY, &request));
    assert_eq!(answer["detail"]["field"], "out_subsidy_no");
}

#[test]
fn no_amount_or_a_wrong_one() {
    let mut bench = Bench::new();
    let coupon = redeemed(&mut bench);
    for amount in [json!(0), json!(-1), json!(null), json!(0.5), json!("300")] {
        let mut request = pay(&coupon, "S1", 1);
        request["amount"] = amount;
        let answer = bench.refused(400, "PARAM_ERROR", |b| b.post(PAY, &request));
        assert_eq!(answer["detail"]["field"], "amount");
    }
}

#[test]
fn a_transaction_id_that_is_too_short() {
    let mut bench = Bench::new();
    let coupon = redeemed(&mut bench);
    let mut request = pay(&coupon, "S1", 1);
    request["transaction_id"] = "42".into();
    let answer = bench.refused(400, "PARAM_ERROR", |b| b.post(PAY, &request));
    assert_eq!(answer["detail"]["field"], "transaction_id");
}

#[test]
fn a_list_of_a_coupon_that_was_not_redeemed() {
    let mut bench = Bench::new();
    let target = format!("{PAY}?stock_id=128888000000001&coupon_code=ANOTHER");
    bench.refused(404, "RESOURCE_NOT_EXISTS", |b| b.get(&target));
}

#[test]
fn a_query_of_a_subsidy_that_is_not_there() {
    let (mut bench, coupon, refund) = paid_and_refunded();
    let target = format!("{PAY}/1100000000000000000000009999");
    bench.refused(404, "RESOURCE_NOT_EXISTS", |b| b.get(&target));
    // The number of a return names no subsidy, even where the merchant's own numbers are the same.
    let (_, returned) = bench.post(RETURN, &take_back(&coupon, &refund, "S1", 100));
    let id = returned["subsidy_return_receipt_id"].as_str().unwrap();
    bench.refused(404, "RESOURCE_NOT_EXISTS", |b| {
        b.get(&format!("{PAY}/{id}"))
    });
}

#[test]
fn a_query_of_a_return_by_the_number_of_its_subsidy() {
    let (mut bench, coupon, refund) = paid_and_refunded();
    let (_, returned) = bench.post(RETURN, &take_back(&coupon, &refund, "S1", 100));
    let id = returned["subsidy_receipt_id"].as_str().unwrap();
    bench.refused(404, "RESOURCE_NOT_EXISTS", |b| {
        b.get(&format!("{RETURN}/{id}"))
    });
}

#[test]
fn a_return_of_a_subsidy_that_was_not_paid() {
    let mut bench = Bench::new();
    let coupon = redeemed(&mut bench);
    let refund = refund(&mut bench, &coupon);
    let back = take_back(&coupon, &refund, "B1", 1);
    bench.refused(404, "RESOURCE_NOT_EXISTS", |b| b.post(RETURN, &back));
}

#[test]
fn a_return_of_a_subsidy_that_failed() {
    let mut bench = Bench::new();
    let coupon = redeemed(&mut bench);
    bench.set_balance(PAYER, 0);
    assert_eq!(bench.post(PAY, &pay(&coupon, "S1", 300)).0, 200);
    bench.set_balance(PAYEE, 500);
    let refund = refund(&mut bench, &coupon);
    let back = take_back(&coupon, &refund, "B1", 1);
    bench.refused(404, "RESOURCE_NOT_EXISTS", |b| b.post(RETURN, &back));
}

#[test]
fn a_return_before_the_refund() {
    let (mut bench, coupon) = paid();
    let back = take_back(&coupon, "5000000000000000000000000042", "B1", 1);
    refused(&mut bench, RETURN, &back, "not refunded");
}

#[test]
fn a_return_of_more_than_was_paid_though_not_than_the_discount() {
    let (mut bench, coupon, refund) = paid_and_refunded();
    bench.set_balance(PAYEE, 1_000);
    let back = take_back(&coupon, &refund, "B1", 301);
    refused(&mut bench, RETURN, &back, "the coupon's subsidy is 300 fen");
}

#[test]
fn a_second_refund_of_a_coupons_order() {
    let (mut bench, coupon, _) = paid_and_refunded();
    let name = |field: &str| coupon[field].as_str().unwrap().to_owned();
    let path = format!(
        "/_gateway/coupons/{}/{}/refund",
        name("stock_id"),
        name("coupon_code")
    );
    bench.refused(409, "ALREADY_EXISTS", |b| {
        b.admin("POST", &path, &json!({}))
    });
}
