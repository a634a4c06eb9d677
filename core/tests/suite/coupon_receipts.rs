//! Subsidies of merchant coupons: what their operations send, refuse and read.

use crate::common::{keeps, merchant, refuses, sends};
use serde_json::{Value, json};
use wechatpay_core::api::AsSent;
use wechatpay_core::api::marketing::busifavor::subsidy::pay_receipts::{
    Create, List, PayReceipts, Query,
};
use wechatpay_core::api::marketing::busifavor::subsidy::{
    PayFailReason, PayReceipt, PayStatus, ReturnReceipt, ReturnReceiptMade, ReturnStatus,
    return_receipts,
};
use wechatpay_core::{Decode, Fen, Method, Operation, Replay};

fn pay() -> Create {
    Create::builder()
        .stock_id("128888000000001")
        .coupon_code("ABCD12345678")
        .transaction_id("4200000913202101152566792388")
        .payer_merchant("1900000001")
        .payee_merchant("1900000002")
        .amount(Fen::new(100))
        .description("20210115DESCRIPTION")
        .out_subsidy_no("subsidy-abcd-12345678")
        .build()
}

fn list() -> List {
    List::builder()
        .stock_id("128888000000001")
        .coupon_code("ABCD12345678")
        .out_subsidy_no("subsidy-abcd-12345678")
        .build()
}

fn query() -> Query {
    Query::builder()
        .subsidy_receipt_id("1120200119165100000000000001")
        .build()
}

fn query_return() -> return_receipts::Query {
    return_receipts::Query::builder()
        .subsidy_return_receipt_id("2120200119165100000000000001")
        .build()
}

#[test]
fn the_samples_are_sent_as_documented() {
    sends(
        &pay(),
        Method::POST,
        "/v3/marketing/busifavor/subsidy/pay-receipts",
        r#"{"stock_id":"128888000000001","coupon_code":"ABCD12345678","transaction_id":"4200000913202101152566792388","payer_merchant":"1900000001","payee_merchant":"1900000002","amount":100,"description":"20210115DESCRIPTION","out_subsidy_no":"subsidy-abcd-12345678"}"#,
    );
    sends(
        &list(),
        Method::GET,
        "/v3/marketing/busifavor/subsidy/pay-receipts?coupon_code=ABCD12345678&out_subsidy_no=subsidy-abcd-12345678&stock_id=128888000000001",
        "",
    );
    let mut all = list();
    all.out_subsidy_no = None;
    sends(
        &all,
        Method::GET,
        "/v3/marketing/busifavor/subsidy/pay-receipts?coupon_code=ABCD12345678&stock_id=128888000000001",
        "",
    );
    sends(
        &query(),
        Method::GET,
        "/v3/marketing/busifavor/subsidy/pay-receipts/1120200119165100000000000001",
        "",
    );
    sends(
        &query_return(),
        Method::GET,
        "/v3/marketing/busifavor/subsidy/return-receipts/2120200119165100000000000001",
        "",
    );
}

/// The gateway reads the requests that clients write.
#[test]
fn requests_are_read_back() {
    let text = serde_json::to_string(&pay()).unwrap();
    assert_eq!(serde_json::from_str::<Create>(&text).unwrap(), pay());
    let text = serde_json::to_string(&list()).unwrap();
    assert_eq!(serde_json::from_str::<List>(&text).unwrap(), list());

    // What stands in the path is filled in from there.
    let mut read: Query = serde_json::from_str("{}").unwrap();
    read.subsidy_receipt_id = "1120200119165100000000000001".into();
    assert_eq!(read, query());
    let mut read: return_receipts::Query = serde_json::from_str("{}").unwrap();
    read.subsidy_return_receipt_id = "2120200119165100000000000001".into();
    assert_eq!(read, query_return());
}

#[test]
fn documented_limits_are_checked_before_anything_is_sent() {
    macro_rules! with {
        ($operation:expr, $field:ident = $value:expr) => {{
            let mut operation = $operation;
            operation.$field = $value;
            operation
        }};
    }
    let digits = |length: usize| "1".repeat(length);
    refuses(
        &with!(pay(), amount = Fen::ZERO),
        "POST /v3/marketing/busifavor/subsidy/pay-receipts: field amount must be 1 fen or more, and is 0",
    );
    refuses(&with!(pay(), amount = Fen::new(-100)), "and is -100");
    refuses(&with!(pay(), stock_id = digits(21)), "1 to 20 characters");
    refuses(&with!(pay(), stock_id = String::new()), "field stock_id");
    refuses(&with!(pay(), coupon_code = digits(129)), "1 to 128");
    refuses(&with!(pay(), transaction_id = digits(27)), "28 to 32");
    refuses(&with!(pay(), transaction_id = digits(33)), "28 to 32");
    refuses(&with!(pay(), payer_merchant = digits(33)), "payer_merchant");
    refuses(
        &with!(pay(), payee_merchant = "1 2".into()),
        "visible ASCII",
    );
    refuses(&with!(pay(), description = "长".repeat(1025)), "1 to 1024");
    refuses(&with!(pay(), description = "🎉".into()), "beyond U+FFFF");
    refuses(
        &with!(pay(), out_subsidy_no = "a@b".into()),
        "field out_subsidy_no must be letters, digits and |_*- only, and is \"a@b\"",
    );
    refuses(&with!(pay(), out_subsidy_no = digits(129)), "1 to 128");
    refuses(&with!(list(), stock_id = String::new()), "field stock_id");
    refuses(&with!(list(), coupon_code = "券".into()), "coupon_code");
    refuses(&with!(list(), out_subsidy_no = Some("a@b".into())), "only");
    for id in ["", "..", "1/2", &digits(27), &digits(33), &"１".repeat(28)] {
        refuses(
            &with!(query(), subsidy_receipt_id = id.into()),
            "receipt_id",
        );
        let query = with!(query_return(), subsidy_return_receipt_id = id.into());
        refuses(&query, "field subsidy_return_receipt_id");
    }
    let mut most = pay();
    most.stock_id = digits(20);
    most.coupon_code = digits(128);
    most.transaction_id = digits(32);
    most.description = "长".repeat(1024);
    most.out_subsidy_no = "aZ9|_*-".into();
    assert!(merchant().draft(&most).is_ok());
}

#[test]
fn each_operation_states_what_a_replay_may_do() {
    let Replay::Idempotent { key, window: None } = Create::REPLAY else {
        panic!("{:?}", Create::REPLAY);
    };
    assert_eq!(key, "out_subsidy_no");
    assert_eq!(
        Create::SETTLED_BY,
        Some("GET /v3/marketing/busifavor/subsidy/pay-receipts")
    );
    assert_eq!(List::REPLAY, Replay::ReadOnly);
    assert_eq!(Query::REPLAY, Replay::ReadOnly);
    assert_eq!(return_receipts::Query::REPLAY, Replay::ReadOnly);
    // Its query wants a number that only a success gives.
    assert_eq!(ReturnReceipt::SETTLED_BY, None);
}

/// The documented receipt, with this status and reason.
fn receipt(status: &str, reason: &str) -> Value {
    json!({
        "subsidy_receipt_id": "1120200119165100000000000001",
        "stock_id": "128888000000001", "coupon_code": "ABCD12345678",
        "transaction_id": "4200000913202101152566792388", "payer_merchant": "1900000001",
        "payee_merchant": "1900000002", "amount": 100, "description": "20210115DESCRIPTION",
        "status": status, "fail_reason": reason, "success_time": "2021-01-20T10:29:35+08:00",
        "out_subsidy_no": "subsidy-abcd-12345678", "create_time": "2021-01-20T10:29:35+08:00",
    })
}

#[test]
fn both_spellings_are_read_and_kept() {
    for (bare, status) in [
        ("ACCEPTED", PayStatus::Accepted),
        ("SUCCESS", PayStatus::Success),
        ("FAIL", PayStatus::Fail),
        ("RETURNING", PayStatus::Returning),
        ("PARTIAL_RETURN", PayStatus::PartialReturn),
        ("FULL_RETURN", PayStatus::FullReturn),
        ("UNKNOWN", PayStatus::Unknown),
        ("NEW", PayStatus::Other("NEW".into())),
    ] {
        let read: PayReceipt = keeps(receipt(bare, "OTHER"));
        assert_eq!(read.status, status);
        if bare != "NEW" {
            let read: PayReceipt = keeps(receipt(&format!("PAY_RECEIPT_{bare}"), "OTHER"));
            assert_eq!(read.status, status);
        }
    }
    for (bare, reason) in [
        ("INSUFFICIENT_BALANCE", PayFailReason::InsufficientBalance),
        ("NOT_INCOMESPLIT_ORDER", PayFailReason::NotIncomesplitOrder),
        (
            "EXCEED_SUBSIDY_AMOUNT_QUOTA",
            PayFailReason::ExceedSubsidyAmountQuota,
        ),
        (
            "EXCEED_SUBSIDY_COUNT_QUOTA",
            PayFailReason::ExceedSubsidyCountQuota,
        ),
        ("OTHER", PayFailReason::Unspecified),
    ] {
        for text in [bare.to_owned(), format!("PAY_RECEIPT_{bare}")] {
            let read: PayReceipt = keeps(receipt("FAIL", &text));
            let read = read.fail_reason.map(AsSent::into_value);
            assert_eq!(read, Some(reason.clone()), "{text}");
        }
    }
}

#[test]
fn lists_and_returns_are_read_whole() {
    let list: PayReceipts = keeps(json!({
        "pay_receipt_list": [receipt("SUCCESS", "OTHER"), receipt("FAIL", "INSUFFICIENT_BALANCE")],
    }));
    let [paid, failed] = &list.pay_receipt_list[..] else {
        panic!("{list:?}");
    };
    assert_eq!(paid.amount, Fen::new(100));
    assert_eq!(failed.status, PayStatus::Fail);
    let none = PayReceipts::decode(br#"{"pay_receipt_list":null}"#).unwrap();
    assert!(none.pay_receipt_list.is_empty());
    assert!(PayReceipts::decode(br#"{"pay_receipt_list":{}}"#).is_err());

    let returned: ReturnReceiptMade = keeps(json!({
        "subsidy_return_receipt_id": "2120200119165100000000000001",
        "stock_id": "128888000000001", "coupon_code": "ABCD12345678",
        "transaction_id": "4200000913202101152566792388",
        "refund_id": "50100506732021010105138718375", "payer_merchant": "1900000001",
        "payee_merchant": "1900000002", "amount": 100, "description": "20210115DESCRIPTION",
        "status": "RETURN_RECEIPT_SUCCESS", "fail_reason": "RETURN_RECEIPT_INSUFFICIENT_BALANCE",
        "return_done_time": "2021-06-15T19:35:11+08:00",
        "subsidy_receipt_id": "1120200119165100000000000001",
        "out_subsidy_return_no": "subsidy-abcd-12345678",
        "return_create_time": "2021-06-15T19:35:11+08:00",
    }));
    assert_eq!(returned.status, ReturnStatus::Success);
}

#[test]
fn answers_may_lack_optional_fields_and_grow_new_ones() {
    let mut body = receipt("PAY_RECEIPT_ACCEPTED", "OTHER");
    let fields = body.as_object_mut().unwrap();
    for field in [
        "subsidy_receipt_id",
        "fail_reason",
        "success_time",
        "create_time",
    ] {
        fields.remove(field);
    }
    let minimal: PayReceipt = keeps(body.clone());
    assert_eq!(minimal.subsidy_receipt_id, None);
    body["a_new_field"] = json!([{}]);
    assert_eq!(
        PayReceipt::decode(body.to_string().as_bytes()).unwrap(),
        minimal
    );
    body["amount"] = json!("100");
    let error = PayReceipt::decode(body.to_string().as_bytes()).unwrap_err();
    assert!(error.to_string().contains("amount: "), "{error}");
}
