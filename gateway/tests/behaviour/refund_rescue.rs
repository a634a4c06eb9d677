//! Refunds that cannot arrive, and what is paid in advance and comes back.

use serde_json::{Value, json};
use wechatpay_core::api::bill::AccountType;
use wechatpay_core::api::ecommerce::refunds::abnormal::{Apply, Destination};
use wechatpay_core::api::ecommerce::refunds::return_advance::{Create, Query, ReturnState};
use wechatpay_core::api::ecommerce::refunds::{Channel, RefundStatus};
use wechatpay_core::{DateTime, Fen};

use crate::bench::Bench;
use crate::refunds::{AVAILABLE, OPERATION, TRANSIT, accepted, apply, query, set_payer, told};

const NOTIFY: &str = "http://127.0.0.1:9/refunds";

fn abnormal(bench: &mut Bench) -> (String, String) {
    let order = bench.order(&json!({}));
    set_payer(bench, &order, "abnormal");
    let more = json!({ "notify_url": NOTIFY });
    let id = accepted(bench, &apply(&order, "R-1", 888, &more));
    bench.advance(5);
    (order, id)
}

fn to_card(refund: &str) -> Apply {
    Apply::builder()
        .refund_id(refund)
        .sub_mchid("1900000109")
        .out_refund_no("R-1")
        .destination(Destination::UserBankCard)
        .bank_type("ICBC_DEBIT")
        .bank_account("6222020000000000000")
        .real_name("张三")
        .build()
}

#[test]
fn abnormal_refund_waits_and_is_sent_to_a_card() {
    let mut bench = Bench::new();
    let (_, id) = abnormal(&mut bench);
    let refund = query(&mut bench, &id);
    assert_eq!(refund["status"], "ABNORMAL");
    assert_eq!(refund["success_time"], Value::Null);
    let told_first = told(&mut bench);
    assert_eq!(told_first[0].0, "REFUND.ABNORMAL");
    assert_eq!(told_first[0].1["refund_status"], "ABNORMAL");
    assert_eq!(told_first[0].1["success_time"], Value::Null);
    bench.advance(1_000_000);
    assert_eq!(
        bench.balance(TRANSIT),
        888,
        "it waits for as long as it takes"
    );

    let answer = bench.call(&to_card(&id)).unwrap();
    assert_eq!(answer.status, RefundStatus::Processing);
    assert_eq!(answer.channel, Some(Channel::OtherBankcard));
    assert_eq!(answer.user_received_account.as_deref(), Some("ICBC_DEBIT"));
    // Sealed anew, it is the same request; the answer tells how far it is.
    let again = bench.unmoved(|b| b.call(&to_card(&id)).unwrap());
    assert_eq!(again, answer);
    bench.advance(5);
    let over = bench.unmoved(|b| b.call(&to_card(&id)).unwrap());
    assert_eq!(over.status, RefundStatus::Success);
    assert_eq!(bench.balance(TRANSIT), 0);
    let told_then = told(&mut bench);
    assert_eq!(told_then.len(), 1);
    assert_eq!(told_then[0].0, "REFUND.SUCCESS");
    assert_eq!(told_then[0].1["user_received_account"], "ICBC_DEBIT");
    assert!(!format!("{:?}", bench.ledger()).contains("6222"));
}

#[test]
fn abnormal_refund_goes_to_the_merchants_bank_without_a_card() {
    let mut bench = Bench::new();
    let (_, id) = abnormal(&mut bench);
    let request = Apply::builder()
        .refund_id(&id)
        .sub_mchid("1900000109")
        .out_refund_no("R-1")
        .destination(Destination::MerchantBankCard)
        .build();
    let answer = bench.call(&request).unwrap();
    assert_eq!(answer.status, RefundStatus::Processing);
    bench.advance(5);
    assert_eq!(query(&mut bench, &id)["status"], "SUCCESS");
}

#[test]
fn closed_refund_is_told() {
    let mut bench = Bench::new();
    let (order, id) = abnormal(&mut bench);
    assert_eq!(told(&mut bench).len(), 1);
    let path = format!("{}/refunds/{id}/close", Bench::order_path(&order));
    assert_eq!(bench.admin("POST", &path, &Value::Null).0, 200);
    let told = told(&mut bench);
    assert_eq!(told[0].0, "REFUND.CLOSED");
    assert_eq!(told[0].1["refund_status"], "CLOSED");
    assert_eq!(told[0].1["out_refund_no"], "R-1");
}

#[test]
fn payer_account_that_recovers_in_time_gets_the_refund() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "payer_account": "abnormal" }));
    let id = accepted(&mut bench, &apply(&order, "R-1", 888, &json!({})));
    bench.advance(4);
    set_payer(&mut bench, &order, "normal");
    bench.advance(1);
    assert_eq!(query(&mut bench, &id)["status"], "SUCCESS");
}

#[test]
fn notices_go_nowhere_over_https_and_the_refund_goes_on() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({}));
    let more = json!({ "notify_url": "https://weixin.qq.com" });
    let id = accepted(&mut bench, &apply(&order, "R-1", 888, &more));
    bench.advance(5);
    assert_eq!(query(&mut bench, &id)["status"], "SUCCESS");
    let deliveries = bench.deliveries();
    assert_eq!(deliveries[0].request.uri(), "https://weixin.qq.com/");
}

/// A refund that the platform paid, and that arrived.
fn advanced(bench: &mut Bench) -> String {
    let order = bench.order(&json!({}));
    bench.set_balance(AVAILABLE, 0);
    let more = json!({ "refund_account": "REFUND_SOURCE_PARTNER_ADVANCE" });
    let id = accepted(bench, &apply(&order, "R-1", 888, &more));
    bench.advance(5);
    assert_eq!(query(bench, &id)["status"], "SUCCESS");
    id
}

fn take_back(id: &str) -> Create {
    let create = Create::builder().refund_id(id).sub_mchid("1900000109");
    create.build()
}

fn ask(id: &str) -> Query {
    let query = Query::builder().refund_id(id).sub_mchid("1900000109");
    query.build()
}

#[test]
fn advance_comes_back_once_the_sub_merchant_has_it() {
    let mut bench = Bench::new();
    let id = advanced(&mut bench);
    let own = bench.balance(OPERATION);
    let answer = bench.unmoved(|b| b.call(&take_back(&id)).unwrap());
    assert_eq!(answer.result, ReturnState::Processing);
    assert_eq!(answer.return_amount, Fen::new(888));
    assert_eq!(answer.payer_mchid, "1900000109");
    assert_eq!(answer.payer_account, AccountType::Basic);
    assert_eq!(answer.payee_mchid, "1900001109");
    assert_eq!(answer.payee_account, AccountType::Operation);
    assert_eq!(answer.success_time, None);
    // It is tried every hour.
    bench.set_balance(AVAILABLE, 887);
    bench.advance(5);
    assert_eq!(bench.call(&ask(&id)).unwrap(), answer);
    bench.set_balance(AVAILABLE, 1_000);
    bench.advance(3_599);
    assert_eq!(bench.call(&ask(&id)).unwrap(), answer);
    bench.advance(1);
    let over = bench.call(&ask(&id)).unwrap();
    assert_eq!(over.result, ReturnState::Success);
    let at = DateTime::new("2025-11-21T13:40:10+08:00");
    assert_eq!(over.success_time, Some(at));
    assert_eq!(bench.balance(AVAILABLE), 112);
    assert_eq!(bench.balance(OPERATION), own + 888);
    // Once: the second time moves nothing.
    assert_eq!(bench.unmoved(|b| b.call(&take_back(&id)).unwrap()), over);
    bench.unmoved(|b| b.advance(10_000));
}

#[test]
fn advance_is_given_up_after_ninety_days() {
    let mut bench = Bench::new();
    let id = advanced(&mut bench);
    let answer = bench.call(&take_back(&id)).unwrap();
    bench.advance(90 * 86_400 - 1);
    assert_eq!(bench.call(&ask(&id)).unwrap(), answer);
    bench.advance(1);
    assert_eq!(bench.call(&ask(&id)).unwrap().result, ReturnState::Failed);
    bench.set_balance(AVAILABLE, 1_000);
    bench.unmoved(|b| b.advance(10_000));
    let again = bench.unmoved(|b| b.call(&take_back(&id)).unwrap());
    assert_eq!(again.result, ReturnState::Failed);
}
