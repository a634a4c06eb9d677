//! The exit statuses 0 to 3, and what is said with each.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{Gateway, Run, STACKS};
use serde_json::{Value, json};

const SHOP: &str = "1900088001";

/// An order that promises 100 fen.
fn order(gateway: &Gateway) -> String {
    let order = json!({ "sub_mchid": SHOP, "total": 10_000, "subsidy_amount": 100 });
    let order = gateway.admin("POST", "/_gateway/orders", &order);
    order["transaction_id"].as_str().unwrap().to_owned()
}

fn create(gateway: &Gateway, stack: &str, order: &str, amount: &str) -> Run {
    gateway.run(&[
        "subsidies",
        "create",
        "--transport",
        stack,
        "--sub-mchid",
        SHOP,
        "--transaction-id",
        order,
        "--amount",
        amount,
        "--description",
        "d",
        "--out-subsidy-no",
        order,
    ])
}

/// A command that sends nothing.
fn unsent(gateway: &Gateway, args: &[&str], words: &[&str]) {
    let run = gateway.run(args).failed(2, words);
    assert_eq!(run.stdout, "");
}

#[test]
fn refusals_are_1() {
    let gateway = Gateway::start();
    for stack in STACKS {
        let order = order(&gateway);
        let before = gateway.entries();
        let words = ["400 INVALID_REQUEST", "request id 08", "moved no money"];
        create(&gateway, stack, &order, "101").failed(1, &words);
        let words = ["404", "moved no money"];
        create(&gateway, stack, "4200000000000000000000009999", "100").failed(1, &words);
        assert_eq!(gateway.entries(), before);
    }
}

#[test]
fn a_balance_that_runs_out_is_1() {
    let gateway = Gateway::start();
    let empty = json!({ "account": "platform:operation", "balance": 0 });
    gateway.admin("POST", "/_gateway/balances", &empty);
    let order = order(&gateway);
    let words = ["NOT_ENOUGH", "hint: ", "top it up", "identical"];
    create(&gateway, "hyper", &order, "100").failed(1, &words);
}

#[test]
fn rate_limits_are_1_with_a_hint() {
    let gateway = Gateway::start();
    let order = order(&gateway);
    gateway.fault(&json!({ "fault": "rate_limited" }));
    let words = ["429", "hint: too many calls", "identical parameters"];
    create(&gateway, "hyper", &order, "100").failed(1, &words);
    create(&gateway, "hyper", &order, "100").succeeded();
}

#[test]
fn an_answer_200_that_says_fail_is_1() {
    let gateway = Gateway::start();
    let paid = gateway.admin(
        "POST",
        "/_gateway/coupons",
        &json!({
            "payer_merchant": "1900088002", "payee_merchant": "1900088003", "amount": 900,
            "refund_id": "5000000000000000000000088001",
        }),
    );
    let spent = json!({ "account": "merchant:1900088003", "balance": 0 });
    gateway.admin("POST", "/_gateway/balances", &spent);
    let text = |field: &str| paid[field].as_str().unwrap();
    let args = [
        "coupon-subsidy",
        "return",
        "--stock-id",
        text("stock_id"),
        "--coupon-code",
        text("coupon_code"),
        "--transaction-id",
        text("transaction_id"),
        "--refund-id",
        text("refund_id"),
        "--payer-merchant",
        "1900088002",
        "--payee-merchant",
        "1900088003",
        "--amount",
        "900",
        "--description",
        "d",
        "--out-subsidy-return-no",
        "r-1",
    ];
    let words = [
        "200 POST",
        "refused: status is RETURN_RECEIPT_FAIL",
        "INSUFFICIENT_BALANCE",
    ];
    let run = gateway.run(&args).failed(1, &words);
    assert_eq!(run.json()["status"], "RETURN_RECEIPT_FAIL");

    let body = json!({
        "stock_id": text("stock_id"), "coupon_code": text("coupon_code"),
        "transaction_id": text("transaction_id"), "refund_id": text("refund_id"),
        "payer_merchant": "1900088002", "payee_merchant": "1900088003", "amount": 900,
        "description": "d", "out_subsidy_return_no": "r-1",
    });
    let path = "/v3/marketing/busifavor/subsidy/return-receipts";
    let run = gateway.run(&["call", "POST", path, "--data", &body.to_string()]);
    run.failed(1, &["refused: status is RETURN_RECEIPT_FAIL"]);
}

#[test]
fn a_subsidy_that_was_wholly_returned_is_1() {
    let gateway = Gateway::start();
    let order = order(&gateway);
    create(&gateway, "hyper", &order, "100").succeeded();
    let path = format!("/_gateway/orders/{SHOP}/{order}/refunds");
    let refund = gateway.admin("POST", &path, &json!({ "amount": 10_000 }));
    let returned = gateway.run(&[
        "subsidies",
        "return",
        "--sub-mchid",
        SHOP,
        "--out-order-no",
        "R1",
        "--transaction-id",
        &order,
        "--refund-id",
        refund["refund_id"].as_str().unwrap(),
        "--amount",
        "100",
        "--description",
        "d",
    ]);
    returned.succeeded();
    let again = create(&gateway, "hyper", &order, "100");
    let again = again.failed(1, &["200 POST", "refused: result is REFUND"]);
    assert_eq!(again.json()["result"], "REFUND");
}

#[test]
fn wrong_usage_is_2_and_sends_nothing() {
    let gateway = Gateway::start();
    let create = |amount| {
        [
            "subsidies",
            "create",
            "--sub-mchid",
            SHOP,
            "--transaction-id",
            "42",
            "--amount",
            amount,
            "--description",
            "d",
        ]
    };
    let words = [
        "field amount",
        "1 fen or more",
        "nothing was sent",
        "hint: correct --amount",
    ];
    unsent(&gateway, &create("0"), &words);
    unsent(&gateway, &create("-5"), &["field amount", "-5"]);
    unsent(
        &gateway,
        &create("19.99"),
        &["--amount", "whole number of fen", "1999"],
    );
    unsent(&gateway, &create("10")[..8], &["--description"]);
    let of_two = [
        "subsidies",
        "return",
        "--sub-mchid",
        SHOP,
        "--out-order-no",
        "R1",
        "--transaction-id",
        "42",
        "--amount",
        "10",
        "--description",
        "d",
        "--from",
        "AVAILABLE=9",
    ];
    unsent(
        &gateway,
        &of_two,
        &["field from", "10 fen", "hint: correct --from"],
    );

    let post = |data| {
        [
            "call",
            "POST",
            "/v3/ecommerce/subsidies/create",
            "--data",
            data,
        ]
    };
    unsent(&gateway, &post("{"), &["not JSON", "nothing was sent"]);
    unsent(&gateway, &post("\u{feff}{}"), &["byte order mark"]);
    unsent(
        &gateway,
        &post("@/nowhere.json"),
        &["--data @/nowhere.json"],
    );
    unsent(
        &gateway,
        &["call", "GET", "/v3/certificates", "--data", "{}"],
        &["--query"],
    );
    unsent(
        &gateway,
        &["call", "GET", "v3/certificates"],
        &["one slash"],
    );
    unsent(
        &gateway,
        &["call", "FETCH", "/v3/certificates"],
        &["GET, POST"],
    );
    unsent(
        &gateway,
        &["call", "GET", "/v3/a", "--query", "b"],
        &["name=value"],
    );
    unsent(&gateway, &["subsidise"], &["subsidise"]);
    unsent(&gateway, &[], &["Usage"]);
}

#[test]
fn no_connection_is_2() {
    let gateway = Gateway::start();
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for stack in STACKS {
        let args = [
            "call",
            "GET",
            "/v3/certificates",
            "--base-url",
            &url,
            "--transport",
            stack,
        ];
        let words = ["not sent", "moved no money", "hint: no connection to", &url];
        unsent(
            &gateway,
            &args,
            &[&words[..], &["WECHATPAY_BASE_URL"]].concat(),
        );
    }
    let args = ["certificates", "--base-url", "127.0.0.1"];
    unsent(&gateway, &args, &["WECHATPAY_BASE_URL", "http://"]);
}

#[test]
fn unknown_outcomes_are_3_and_repeating_settles_them() {
    let faults = [
        (json!({ "fault": "probe_signature" }), "signature probe"),
        (json!({ "fault": "wrong_signature" }), "does not verify"),
        (json!({ "fault": "unknown_serial" }), "is not held"),
        (json!({ "fault": "stale_timestamp" }), "clock"),
        (
            json!({ "fault": "server_error", "effect": "after" }),
            "500 SYSTEM_ERROR",
        ),
        (
            json!({ "fault": "server_error", "effect": "before" }),
            "500 SYSTEM_ERROR",
        ),
        (json!({ "fault": "bad_gateway", "effect": "after" }), "502"),
        (json!({ "fault": "cut_before" }), "no answer"),
        (json!({ "fault": "cut_after" }), "no answer"),
    ];
    let gateway = Gateway::start();
    for stack in STACKS {
        for (fault, word) in &faults {
            let order = order(&gateway);
            gateway.fault(fault);
            let words = [
                word,
                "the outcome is unknown",
                "money may have moved",
                "hint: ",
            ];
            let run = create(&gateway, stack, &order, "100").failed(3, &words);
            assert!(
                run.stderr.contains("run exactly this command again"),
                "{run:#?}"
            );
            assert_eq!(run.stdout, "", "nothing that is not trusted is printed");

            let run = create(&gateway, stack, &order, "100").succeeded();
            assert_eq!(run.json()["result"], "SUCCESS");
            let path = format!("/_gateway/orders/{SHOP}/{order}");
            let order = gateway.admin("GET", &path, &Value::Null);
            assert_eq!(order["subsidy"]["amount"], 100, "charged once");
        }
    }
}
