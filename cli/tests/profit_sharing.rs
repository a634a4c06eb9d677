//! `wxpay profit-sharing`: what it sends, and how it ends.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::canned::{self, PLATFORM_ID, exchange};
use common::{Gateway, STACKS};
use serde_json::{Value, json};
use wechatpay_core::api::ecommerce::profitsharing::orders;

const ORDER: [&str; 6] = [
    "--sub-mchid",
    "1900000109",
    "--transaction-id",
    "4208450740201411110007820472",
    "--out-order-no",
    "P20150806125346",
];
const MERCHANT: &str = r#"[{"type":"MERCHANT_ID","receiver_account":"1900000110","amount":190,"description":"commission"}]"#;

fn command<'a>(name: &'a str, order: &[&'a str], rest: &[&'a str]) -> Vec<&'a str> {
    [&["profit-sharing", name], order, rest].concat()
}

/// An order's answer, with this status and these receivers.
fn order(status: &str, receivers: &Value) -> String {
    json!({
        "sub_mchid": "1900000109", "transaction_id": "4208450740201411110007820472",
        "out_order_no": "P20150806125346", "order_id": "6754760740201411110007865434",
        "status": status, "receivers": receivers,
    })
    .to_string()
}

#[test]
fn a_round_is_sent_and_accepted() {
    for stack in STACKS {
        let rest = ["--receivers", MERCHANT, "--transport", stack];
        let (run, request) = exchange(
            &command("share", &ORDER, &rest),
            &order("PROCESSING", &json!([])),
        );
        assert_eq!(request.line, "POST /v3/ecommerce/profitsharing/orders");
        assert_eq!(
            request.body,
            r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","out_order_no":"P20150806125346","receivers":[{"type":"MERCHANT_ID","receiver_account":"1900000110","amount":190,"description":"commission"}],"finish":false}"#
        );
        let run = run.succeeded();
        assert!(run.stderr.contains("note: "), "{run:#?}");
        assert!(run.stderr.contains("profit-sharing query"), "{run:#?}");
        assert_eq!(run.json()["order_id"], "6754760740201411110007865434");
    }
}

#[test]
fn names_are_sealed_and_told_to_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("receivers.json");
    let receivers = json!([
        { "type": "PERSONAL_OPENID", "receiver_account": "oxTWIuGaIt6gTKsQRLau2M0yL16E",
          "amount": 1, "description": "-", "receiver_name": "张三" },
        { "type": "MERCHANT_ID", "receiver_account": "1900000110", "amount": 2, "description": "-" },
    ]);
    std::fs::write(&file, receivers.to_string()).unwrap();
    let at_file = format!("@{}", file.display());
    let rest = [
        "--appid",
        "wx8888888888888888",
        "--receivers",
        &at_file,
        "--finish",
        "--notify-url",
        "https://shop.example/notify",
    ];
    let share = command("share", &ORDER, &rest);
    let (run, request) = exchange(&share, &order("PROCESSING", &json!([])));
    let run = run.succeeded();
    assert!(!request.body.contains("张三") && !run.stderr.contains("张三"));
    let declared = format!("wechatpay-serial: {}", PLATFORM_ID.to_ascii_lowercase());
    assert!(request.head.contains(&declared), "{request:#?}");

    let sent: orders::Create = serde_json::from_str(&request.body).unwrap();
    assert!(sent.finish);
    assert_eq!(sent.appid.as_deref(), Some("wx8888888888888888"));
    assert_eq!(
        sent.notify_url.as_deref(),
        Some("https://shop.example/notify")
    );
    let name = sent.receivers[0].receiver_name.as_ref().unwrap();
    assert_eq!(&*name.open(&canned::opener()).unwrap(), "张三");
    assert_eq!(sent.receivers[1].receiver_name, None);
}

#[test]
fn a_round_ends_as_its_receivers_do() {
    let query = command("query", &ORDER, &[]);
    let share = |result: &str| json!({ "receiver_account": result, "amount": 1, "result": result });
    let (run, request) = exchange(&query, &order("FINISHED", &json!([share("SUCCESS")])));
    assert_eq!(
        request.line,
        "GET /v3/ecommerce/profitsharing/orders?out_order_no=P20150806125346&sub_mchid=1900000109&transaction_id=4208450740201411110007820472"
    );
    let run = run.succeeded();
    assert!(!run.stderr.contains("note: "), "{run:#?}");

    let mut closed = share("CLOSED");
    closed["fail_reason"] = json!("NO_RELATION");
    let (run, _) = exchange(
        &query,
        &order("FINISHED", &json!([share("SUCCESS"), closed])),
    );
    let words = [
        "refused: 1 of 2 receivers",
        "CLOSED (fail_reason: NO_RELATION)",
    ];
    assert_eq!(run.failed(1, &words).json()["status"], "FINISHED");

    let (run, _) = exchange(&query, &order("CLOSED", &Value::Null));
    run.failed(1, &["refused: status is CLOSED", "nothing was shared"]);
    for status in ["A_NEW_STATUS", "FINISHED"] {
        let (run, _) = exchange(&query, &order(status, &Value::Null));
        run.failed(3, &["unclear: ", status]);
    }
}

#[test]
fn an_order_is_finished_and_asked_for() {
    let finish = command("finish", &ORDER, &["--description", "nothing left"]);
    let accepted = r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","out_order_no":"P20150806125346","order_id":"3008450740201411110007820472"}"#;
    let (run, request) = exchange(&finish, accepted);
    assert_eq!(
        request.line,
        "POST /v3/ecommerce/profitsharing/finish-order"
    );
    assert_eq!(
        request.body,
        r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","out_order_no":"P20150806125346","description":"nothing left"}"#
    );
    assert!(
        run.succeeded()
            .stderr
            .contains("note: the finish is accepted")
    );

    let unsplit = ["--transaction-id", "4208450740201411110007820472"];
    let amounts = r#"{"transaction_id":"4208450740201411110007820472","unsplit_amount":1000}"#;
    let (run, request) = exchange(&command("unsplit", &unsplit, &[]), amounts);
    assert_eq!(
        request.line,
        "GET /v3/ecommerce/profitsharing/orders/4208450740201411110007820472/amounts"
    );
    assert_eq!(run.succeeded().json()["unsplit_amount"], 1000);
}

#[test]
fn a_return_ends_as_its_result_says() {
    let numbers = [
        "--sub-mchid",
        "1900000109",
        "--out-order-no",
        "P20150806125346",
        "--out-return-no",
        "R20190516001",
    ];
    let money = [
        "--return-mchid",
        "86693852",
        "--amount",
        "10",
        "--description",
        "refunded",
    ];
    let answer = |result: &str| {
        json!({
            "sub_mchid": "1900000109", "out_order_no": "P20150806125346",
            "out_return_no": "R20190516001", "return_mchid": "86693852", "amount": 10,
            "return_no": "3008450740201411110007820472", "result": result,
            "fail_reason": "TIME_OUT_CLOSED",
        })
        .to_string()
    };
    let take_back = command("return", &numbers, &money);
    let (run, request) = exchange(&take_back, &answer("PROCESSING"));
    assert_eq!(
        request.line,
        "POST /v3/ecommerce/profitsharing/returnorders"
    );
    assert_eq!(
        request.body,
        r#"{"sub_mchid":"1900000109","out_order_no":"P20150806125346","out_return_no":"R20190516001","return_mchid":"86693852","amount":10,"description":"refunded"}"#
    );
    let run = run.succeeded();
    assert!(run.stderr.contains("never take another --out-return-no"));

    let query = command("query-return", &numbers, &[]);
    let (run, request) = exchange(&query, &answer("SUCCESS"));
    assert_eq!(
        request.line,
        "GET /v3/ecommerce/profitsharing/returnorders?out_order_no=P20150806125346&out_return_no=R20190516001&sub_mchid=1900000109"
    );
    assert!(!run.succeeded().stderr.contains("note: "));
    for word in ["FAIL", "FAILED"] {
        let (run, _) = exchange(&query, &answer(word));
        run.failed(1, &["refused: ", word, "TIME_OUT_CLOSED"]);
    }
    let (run, _) = exchange(&query, &answer("NEW"));
    run.failed(3, &["unclear: "]);
}

/// The gateway opens the name, so it was sealed with the key that was declared. Without a key it is
/// downloaded first.
#[test]
fn receivers_are_added_and_removed() {
    let gateway = Gateway::start();
    let who = ["--appid", "wx8888888888888888", "--type", "PERSONAL_OPENID"];
    for (stack, env) in STACKS
        .iter()
        .zip([gateway.env(), gateway.env().bootstrapping()])
    {
        let account = format!("oxTWIuGaIt6gTKsQRLau2M0y-{stack}");
        let whom = [&who[..], &["--account", &account, "--transport", stack]].concat();
        let name = ["--encrypted-name", "张三", "--relation-type", "DISTRIBUTOR"];
        let run = env.run(&command("add-receiver", &whom, &name));
        assert_eq!(run.status, 0, "{run:#?}");
        assert_eq!(run.json()["account"], account.as_str());
        assert!(!run.stderr.contains("张三"), "{run:#?}");
        let run = env.run(&command("delete-receiver", &whom, &[]));
        assert_eq!(run.status, 0, "{run:#?}");
        let run = env.run(&command("delete-receiver", &whom, &[]));
        run.failed(1, &["moved no money"]);
    }
}

#[test]
fn wrong_usage_is_2_and_sends_nothing() {
    // No one listens there.
    let env = canned::env("http://127.0.0.1:9");
    let refuses = |args: &[&str], words: &[&str]| {
        let run = env.run(args).failed(2, words);
        assert_eq!(run.stdout, "");
        assert!(run.stderr.contains("nothing was sent"), "{run:#?}");
    };
    let share = |receivers: &str, words: &[&str]| {
        refuses(
            &command("share", &ORDER, &["--receivers", receivers]),
            words,
        );
    };
    share("", &["--receivers is not a JSON array", "line 1 column 0"]);
    share("[{", &["--receivers is not a JSON array"]);
    share(r#"{"type":"MERCHANT_ID"}"#, &["not a JSON array"]);
    share("[{}]", &["missing field `type`"]);
    share(
        "[]",
        &[
            "field receivers must be 1 to 50",
            "hint: correct --receivers",
        ],
    );
    share(
        "@/nowhere/receivers.json",
        &["--receivers @/nowhere/receivers.json"],
    );
    share(
        &MERCHANT.replace("description", "desc"),
        &["no receiver has a field \"desc\""],
    );
    share(
        &MERCHANT.replace("190,", "0,"),
        &["receivers[].amount", "hint: correct --receivers"],
    );
    share(
        &MERCHANT.replace("190,", "1.5,"),
        &["not a JSON array of receivers"],
    );
    share(
        &MERCHANT.replace("MERCHANT_ID", "PERSONAL_OPENID"),
        &["field appid must be given", "hint: correct --appid"],
    );
    let long = format!("\"receiver_name\":\"{}\",\"amount\"", "长".repeat(72));
    let run = env.run(&command(
        "share",
        &ORDER,
        &["--receivers", &MERCHANT.replace("\"amount\"", &long)],
    ));
    let run = run.failed(
        2,
        &["receivers[].receiver_name cannot be sealed", "216 bytes"],
    );
    assert!(!run.stderr.contains('长'), "{run:#?}");

    let query = [
        "--sub-mchid",
        "1900000109",
        "--out-return-no",
        "R20190516001",
    ];
    refuses(
        &command("query-return", &query, &[]),
        &[
            "field order_id must be given where out_order_no is not",
            "hint: correct --order-id",
        ],
    );
}

#[test]
fn help_teaches() {
    for name in [
        "share",
        "query",
        "finish",
        "return",
        "query-return",
        "unsplit",
        "add-receiver",
        "delete-receiver",
    ] {
        let run = common::Env::empty().run(&["profit-sharing", name, "--help"]);
        assert_eq!(run.status, 0);
        let example = format!("Example:\n  wxpay profit-sharing {name} ");
        assert!(run.stdout.contains(&example), "{run:#?}");
        assert!(
            run.stdout.contains("/v3/ecommerce/profitsharing/"),
            "{run:#?}"
        );
    }
}
