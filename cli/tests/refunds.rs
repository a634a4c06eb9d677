//! Refunds and balances: what is sent, and how each answer ends.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::canned::{self, Request};
use common::{Gateway, Run, STACKS};
use serde_json::{Value, json};
use wechatpay_core::Sealed;

const ID: &str = "50000000382019052709732678859";
const NUMBER: &str = "1217752501201407033233368018";

/// Runs a command against a platform that gives this answer.
fn run(args: &[&str], answer: &Value) -> (Run, Request) {
    canned::exchange(args, &answer.to_string())
}

fn refund(status: &str) -> Value {
    json!({
        "refund_id": ID, "out_refund_no": NUMBER, "transaction_id": "1", "out_trade_no": "2",
        "create_time": "2018-06-08T10:34:56+08:00", "status": status,
        "amount": { "refund": 10, "payer_refund": 10 },
    })
}

const APPLY: [&str; 12] = [
    "refunds",
    "apply",
    "--sub-mchid",
    "1900000109",
    "--sp-appid",
    "wx8888888888888888",
    "--out-refund-no",
    NUMBER,
    "--refund",
    "10",
    "--total",
    "100",
];

#[test]
fn a_refund_is_asked_for_with_every_field() {
    let accepted = json!({
        "refund_id": ID, "out_refund_no": NUMBER, "create_time": "2018-06-08T10:34:56+08:00",
        "amount": { "refund": 10, "payer_refund": 10 },
    });
    for stack in STACKS {
        let more = ["--transport", stack, "--transaction-id", "T"];
        let (run, sent) = run(&[&APPLY[..], &more].concat(), &accepted);
        let run = run.succeeded();
        assert!(
            run.stderr.contains("`wxpay refunds query` tells"),
            "{run:#?}"
        );
        assert_eq!(run.json(), accepted);
        assert_eq!(sent.line, "POST /v3/ecommerce/refunds/apply");
        assert_eq!(
            sent.body,
            r#"{"sub_mchid":"1900000109","sp_appid":"wx8888888888888888","transaction_id":"T","out_refund_no":"1217752501201407033233368018","amount":{"refund":10,"total":100}}"#
        );
    }
    let more = "--sub-appid wx1 --transaction-id T --out-trade-no O --reason 商品已售完 --currency CNY \
                --from available=4 --from UNAVAILABLE=6 --notify-url https://weixin.qq.com \
                --refund-account REFUND_SOURCE_PARTNER_ADVANCE";
    let more: Vec<&str> = more.split_whitespace().collect();
    let (whole, sent) = run(&[&APPLY[..], &more].concat(), &accepted);
    whole.succeeded();
    assert_eq!(
        sent.body,
        r#"{"sub_mchid":"1900000109","sp_appid":"wx8888888888888888","sub_appid":"wx1","transaction_id":"T","out_trade_no":"O","out_refund_no":"1217752501201407033233368018","reason":"商品已售完","amount":{"refund":10,"total":100,"currency":"CNY","from":[{"account":"AVAILABLE","amount":4},{"account":"UNAVAILABLE","amount":6}]},"notify_url":"https://weixin.qq.com","refund_account":"REFUND_SOURCE_PARTNER_ADVANCE"}"#
    );
    let funds = ["--transaction-id", "T", "--funds-account", "AVAILABLE"];
    let (_, sent) = run(&[&APPLY[..], &funds].concat(), &accepted);
    assert!(
        sent.body.ends_with(r#""funds_account":"AVAILABLE"}"#),
        "{sent:?}"
    );
}

#[test]
fn what_is_certain_to_be_refused_is_not_sent() {
    let env = canned::env("http://127.0.0.1:9");
    for (more, words) in [
        (
            &[][..],
            &[
                "transaction_id",
                "or out_trade_no",
                "hint: correct --transaction-id",
            ][..],
        ),
        (
            &["--transaction-id", "T", "--from", "AVAILABLE=9"],
            &["add up to the refund", "hint: correct --from"],
        ),
        (
            &["--transaction-id", "T", "--from", "AVAILABLE"],
            &["AVAILABLE=10"],
        ),
        (
            &["--transaction-id", "T", "--notify-url", "a b"],
            &["hint: correct --notify-url"],
        ),
    ] {
        env.run(&[&APPLY[..], more].concat()).failed(2, words);
    }
    let mut more = APPLY.to_vec();
    (more[9], more[11]) = ("101", "100");
    more.extend(["--transaction-id", "T"]);
    let words = [
        "no more than the total, 100 fen",
        "hint: correct --refund\n",
    ];
    env.run(&more).failed(2, &words);
    let query = ["refunds", "query", "--sub-mchid", "1"];
    env.run(&query)
        .failed(2, &["--refund-id", "--out-refund-no"]);
    let both = ["--refund-id", "1", "--out-refund-no", "2"];
    env.run(&[&query[..], &both].concat())
        .failed(2, &["cannot be used with"]);
}

#[test]
fn the_status_of_a_refund_is_the_exit_status() {
    for (number, target) in [
        (["--refund-id", ID], format!("id/{ID}")),
        (
            ["--out-refund-no", NUMBER],
            format!("out-refund-no/{NUMBER}"),
        ),
    ] {
        let query = ["refunds", "query", "--sub-mchid", "1900000109"];
        let (done, sent) = run(&[&query[..], &number].concat(), &refund("SUCCESS"));
        assert!(!done.succeeded().stderr.contains("note: "));
        let line = format!("GET /v3/ecommerce/refunds/{target}?sub_mchid=1900000109");
        assert_eq!(sent.line, line);
    }
    for (status, exit, words) in [
        (
            "PROCESSING",
            0,
            "note: status is PROCESSING, which is not final",
        ),
        ("CLOSED", 1, "refused: status is CLOSED"),
        ("ABNORMAL", 1, "`wxpay refunds abnormal`"),
        ("NEW", 3, "unclear: the answer's status is \"NEW\""),
    ] {
        let query = ["refunds", "query", "--sub-mchid", "1", "--refund-id", ID];
        run(&query, &refund(status)).0.failed(exit, &[words]);
    }
}

const ABNORMAL: [&str; 14] = [
    "refunds",
    "abnormal",
    "--refund-id",
    ID,
    "--sub-mchid",
    "1900000109",
    "--out-refund-no",
    NUMBER,
    "--bank-type",
    "ICBC_DEBIT",
    "--bank-account",
    "6222020000000000001",
    "--real-name",
    "张三",
];

#[test]
fn an_abnormal_refund_is_sealed_and_sent_elsewhere() {
    let to_user = [&ABNORMAL[..], &["--type", "USER_BANK_CARD"]].concat();
    for stack in STACKS {
        let args = [&to_user[..], &["--transport", stack]].concat();
        let (run, sent) = run(&args, &refund("PROCESSING"));
        let run = run.succeeded();
        assert!(run.stderr.contains("not final"), "{run:#?}");
        assert_eq!(
            sent.line,
            format!("POST /v3/ecommerce/refunds/{ID}/apply-abnormal-refund")
        );
        let body: Value = serde_json::from_str(&sent.body).unwrap();
        let opener = canned::opener();
        let open = |field: &str| {
            let sealed = Sealed::from_wire(body[field].as_str().unwrap());
            sealed.open(&opener).unwrap().to_string()
        };
        assert_eq!(open("bank_account"), "6222020000000000001");
        assert_eq!(open("real_name"), "张三");
        assert_eq!(body["type"], "USER_BANK_CARD");
        assert_eq!(body["bank_type"], "ICBC_DEBIT");
    }
    // Others read a command's words, and not its files.
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "6222020000000000002\n").unwrap();
    let at_file = format!("@{}", file.path().display());
    let mut args = to_user.clone();
    args[11] = &at_file;
    let (done, sent) = run(&args, &refund("PROCESSING"));
    done.succeeded();
    let body: Value = serde_json::from_str(&sent.body).unwrap();
    let card = Sealed::from_wire(body["bank_account"].as_str().unwrap());
    assert_eq!(
        &*card.open(&canned::opener()).unwrap(),
        "6222020000000000002"
    );
    args[11] = "@/no/such/file";
    let env = canned::env("http://127.0.0.1:9");
    env.run(&args)
        .failed(2, &["--bank-account", "/no/such/file"]);
    let missing = [&ABNORMAL[..10], &["--type", "USER_BANK_CARD"]].concat();
    let run = env.run(&missing);
    run.failed(
        2,
        &["bank_account must be given", "hint: correct --bank-account"],
    );
}

#[test]
fn sealing_waits_for_the_certificates() {
    let gateway = Gateway::start();
    let to_user = [&ABNORMAL[..], &["--type", "USER_BANK_CARD"]].concat();
    let run = gateway.env().bootstrapping().run(&to_user);
    // There is no such refund; what matters is that the call was sealed and sent.
    let words = ["200 GET /v3/certificates", "apply-abnormal-refund", "404"];
    run.failed(1, &words);
}

#[test]
fn an_advance_is_taken_back() {
    let answer = |result: &str| {
        json!({
            "refund_id": ID, "advance_return_id": "1", "return_amount": 888,
            "payer_mchid": "1900000109", "payer_account": "BASIC", "payee_mchid": "1900000108",
            "payee_account": "BASIC", "result": result,
        })
    };
    let args = |command| {
        [
            "refunds",
            command,
            "--refund-id",
            ID,
            "--sub-mchid",
            "1900000109",
        ]
    };
    let (done, sent) = run(&args("advance-return"), &answer("SUCCESS"));
    done.succeeded();
    let target = format!("/v3/ecommerce/refunds/{ID}/return-advance");
    assert_eq!(sent.line, format!("POST {target}"));
    assert_eq!(sent.body, r#"{"sub_mchid":"1900000109"}"#);
    let (done, sent) = run(&args("advance-query"), &answer("SUCCESS"));
    done.succeeded();
    assert_eq!(sent.line, format!("GET {target}?sub_mchid=1900000109"));
    for (result, exit, words) in [
        ("PROCESSING", 0, "`wxpay refunds advance-query` tells"),
        ("FAILED", 1, "refused: result is FAILED"),
        ("NEW", 3, "unclear: the answer's result is \"NEW\""),
    ] {
        for command in ["advance-return", "advance-query"] {
            run(&args(command), &answer(result))
                .0
                .failed(exit, &[words]);
        }
    }
}

#[test]
fn balances_are_shown() {
    let own = json!({ "available_amount": 10_000, "pending_amount": 1 });
    let sub = json!({ "sub_mchid": "1900000109", "available_amount": 10_000 });
    for (command, answer, target) in [
        ("merchant", &own, "/v3/merchant/fund/balance/BASIC"),
        (
            "merchant --account-type OPERATION",
            &own,
            "/v3/merchant/fund/balance/OPERATION",
        ),
        (
            "sub-merchant --sub-mchid 1900000109",
            &sub,
            "/v3/ecommerce/fund/balance/1900000109",
        ),
        (
            "sub-merchant --sub-mchid 1900000109 --account-type DEPOSIT",
            &sub,
            "/v3/ecommerce/fund/balance/1900000109?account_type=DEPOSIT",
        ),
        (
            "end-of-day --sub-mchid 1222212222 --date 2019-08-17 --account-type BASIC",
            &sub,
            "/v3/ecommerce/fund/enddaybalance/1222212222?account_type=BASIC&date=2019-08-17",
        ),
    ] {
        let args: Vec<&str> = ["balance"].into_iter().chain(command.split(' ')).collect();
        let (run, sent) = run(&args, answer);
        assert_eq!(run.succeeded().json(), *answer);
        assert_eq!(sent.line, format!("GET {target}"));
    }
    let env = canned::env("http://127.0.0.1:9");
    let today = [
        "balance",
        "end-of-day",
        "--sub-mchid",
        "1",
        "--date",
        "today",
    ];
    env.run(&today)
        .failed(2, &["a day as YYYY-MM-DD", "hint: correct --date"]);
}
