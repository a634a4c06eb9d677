//! `wxpay coupon-subsidy`: what it sends, and how it ends.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::canned::{self, exchange};
use serde_json::{Value, json};

const PAY: [&str; 18] = [
    "coupon-subsidy",
    "pay",
    "--stock-id",
    "128888000000001",
    "--coupon-code",
    "ABCD12345678",
    "--transaction-id",
    "4200000913202101152566792388",
    "--payer-merchant",
    "1900000001",
    "--payee-merchant",
    "1900000002",
    "--amount",
    "100",
    "--description",
    "autumn",
    "--out-subsidy-no",
    "subsidy-abcd-12345678",
];
const LIST: [&str; 6] = [
    "coupon-subsidy",
    "list",
    "--stock-id",
    "128888000000001",
    "--coupon-code",
    "ABCD12345678",
];

fn receipt(status: &str) -> Value {
    json!({
        "stock_id": "128888000000001", "coupon_code": "ABCD12345678",
        "transaction_id": "4200000913202101152566792388", "payer_merchant": "1900000001",
        "payee_merchant": "1900000002", "amount": 100, "description": "autumn",
        "status": status, "fail_reason": "INSUFFICIENT_BALANCE",
        "out_subsidy_no": "subsidy-abcd-12345678",
    })
}

#[test]
fn a_subsidy_is_paid_as_its_status_says() {
    let (run, request) = exchange(&PAY, &receipt("SUCCESS").to_string());
    assert_eq!(
        request.line,
        "POST /v3/marketing/busifavor/subsidy/pay-receipts"
    );
    assert_eq!(
        request.body,
        r#"{"stock_id":"128888000000001","coupon_code":"ABCD12345678","transaction_id":"4200000913202101152566792388","payer_merchant":"1900000001","payee_merchant":"1900000002","amount":100,"description":"autumn","out_subsidy_no":"subsidy-abcd-12345678"}"#
    );
    assert!(!run.succeeded().stderr.contains("note: "));
    for (status, note) in [
        ("PAY_RECEIPT_ACCEPTED", "not final"),
        ("RETURNING", "the subsidy was paid"),
        ("PAY_RECEIPT_PARTIAL_RETURN", "the subsidy was paid"),
    ] {
        let (run, _) = exchange(&PAY, &receipt(status).to_string());
        let run = run.succeeded();
        assert!(
            run.stderr.contains("note: ") && run.stderr.contains(note),
            "{run:#?}"
        );
    }
    for status in ["FAIL", "PAY_RECEIPT_FAIL"] {
        let (run, _) = exchange(&PAY, &receipt(status).to_string());
        run.failed(1, &["refused: ", status, "INSUFFICIENT_BALANCE"]);
    }
    let (run, _) = exchange(&PAY, &receipt("FULL_RETURN").to_string());
    run.failed(1, &["refused: ", "wholly returned"]);
    for status in ["PAY_RECEIPT_UNKNOWN", "NEW"] {
        let (run, _) = exchange(&PAY, &receipt(status).to_string());
        run.failed(3, &["unclear: ", status]);
    }
}

#[test]
fn a_list_of_one_ends_as_its_receipt() {
    let list = |statuses: &[&str]| {
        let receipts: Vec<Value> = statuses.iter().map(|status| receipt(status)).collect();
        json!({ "pay_receipt_list": receipts }).to_string()
    };
    let number = ["--out-subsidy-no", "subsidy-abcd-12345678"];
    let (run, request) = exchange(&[&LIST[..], &number].concat(), &list(&["SUCCESS"]));
    assert_eq!(
        request.line,
        "GET /v3/marketing/busifavor/subsidy/pay-receipts?coupon_code=ABCD12345678&out_subsidy_no=subsidy-abcd-12345678&stock_id=128888000000001"
    );
    assert!(!run.succeeded().stderr.contains("note: "));

    let (run, request) = exchange(&LIST, &list(&["FAIL"]));
    assert!(!request.line.contains("out_subsidy_no"), "{request:#?}");
    run.failed(1, &["refused: "]);
    let (run, _) = exchange(&LIST, &list(&["SUCCESS", "SUCCESS"]));
    assert!(!run.succeeded().stderr.contains("note: "));
    let (run, _) = exchange(&LIST, &list(&["SUCCESS", "FAIL"]));
    assert!(
        run.succeeded()
            .stderr
            .contains("note: look at each receipt")
    );
    for none in ["{}", r#"{"pay_receipt_list":null}"#] {
        let (run, _) = exchange(&LIST, none);
        assert!(
            run.succeeded()
                .stderr
                .contains("note: there is no such subsidy")
        );
    }
}

#[test]
fn one_receipt_and_one_return_are_shown() {
    let id = "1120200119165100000000000001";
    let show = ["coupon-subsidy", "show", "--subsidy-receipt-id", id];
    let (run, request) = exchange(&show, &receipt("PAY_RECEIPT_SUCCESS").to_string());
    let path = "GET /v3/marketing/busifavor/subsidy/pay-receipts/1120200119165100000000000001";
    assert_eq!(request.line, path);
    assert_eq!(run.succeeded().json()["amount"], 100);

    let id = "2120200119165100000000000001";
    let show = [
        "coupon-subsidy",
        "show-return",
        "--subsidy-return-receipt-id",
        id,
    ];
    let mut answer = receipt("RETURN_RECEIPT_SUCCESS");
    answer["refund_id"] = json!("50100506732021010105138718375");
    answer["subsidy_receipt_id"] = json!("1120200119165100000000000001");
    answer["out_subsidy_return_no"] = json!("subsidy-abcd-12345678");
    let (run, request) = exchange(&show, &answer.to_string());
    let path = "GET /v3/marketing/busifavor/subsidy/return-receipts/2120200119165100000000000001";
    assert_eq!(request.line, path);
    assert!(!run.succeeded().stderr.contains("note: "));
}

#[test]
fn wrong_usage_is_2_and_sends_nothing() {
    // No one listens there.
    let env = canned::env("http://127.0.0.1:9");
    let mut pay = PAY;
    pay[17] = "a@b";
    let words = [
        "field out_subsidy_no must be",
        "hint: correct --out-subsidy-no",
        "nothing was sent",
    ];
    env.run(&pay).failed(2, &words);
    let show = ["coupon-subsidy", "show", "--subsidy-receipt-id", "1/2"];
    env.run(&show)
        .failed(2, &["28 to 32 characters", "nothing was sent"]);
}

#[test]
fn help_teaches() {
    for name in ["pay", "list", "show", "return", "show-return"] {
        let run = common::Env::empty().run(&["coupon-subsidy", name, "--help"]);
        assert_eq!(run.status, 0);
        let example = format!("Example:\n  wxpay coupon-subsidy {name} ");
        assert!(run.stdout.contains(&example), "{run:#?}");
        assert!(
            run.stdout.contains("/v3/marketing/busifavor/subsidy/"),
            "{run:#?}"
        );
    }
}
