//! Every command that calls, over both stacks.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{Gateway, STACKS};
use serde_json::json;

const SHOP: &str = "1900088001";

/// Places an order and returns its number.
fn order(gateway: &Gateway, subsidy: i64) -> String {
    let order = json!({ "sub_mchid": SHOP, "total": 10_000, "subsidy_amount": subsidy });
    let order = gateway.admin("POST", "/_gateway/orders", &order);
    order["transaction_id"].as_str().unwrap().to_owned()
}

fn refund(gateway: &Gateway, order: &str, amount: i64) -> String {
    let path = format!("/_gateway/orders/{SHOP}/{order}/refunds");
    let refund = gateway.admin("POST", &path, &json!({ "amount": amount }));
    refund["refund_id"].as_str().unwrap().to_owned()
}

#[test]
fn subsidies_are_made_and_returned() {
    let gateway = Gateway::start();
    for stack in STACKS {
        let order = order(&gateway, 100);
        let number = format!("subsidy-{stack}");
        let create = [
            "subsidies",
            "create",
            "--transport",
            stack,
            "--sub-mchid",
            SHOP,
            "--transaction-id",
            &order,
            "--amount",
            "100",
            "--description",
            "autumn 补差",
            "--out-subsidy-no",
            &number,
        ];
        let made = gateway.run(&create).succeeded();
        assert!(made.stdout.starts_with("{\n  \"sub_mchid\": "), "{made:#?}");
        assert!(made.stderr.contains("POST /v3/ecommerce/subsidies/create"));
        let made = made.json();
        assert_eq!(
            (&made["result"], &made["amount"]),
            (&json!("SUCCESS"), &json!(100))
        );

        let before = gateway.entries();
        let again = gateway.run(&create).succeeded().json();
        assert_eq!(again["subsidy_id"], made["subsidy_id"]);
        assert_eq!(gateway.entries(), before, "a repetition moves nothing");

        let refund = refund(&gateway, &order, 5_000);
        let number = format!("return-{stack}");
        let subsidy_id = made["subsidy_id"].as_str().unwrap();
        let returned = gateway.run(&[
            "subsidies",
            "return",
            "--transport",
            stack,
            "--sub-mchid",
            SHOP,
            "--out-order-no",
            &number,
            "--transaction-id",
            &order,
            "--refund-id",
            &refund,
            "--amount",
            "40",
            "--description",
            "refunded",
            "--subsidy-id",
            subsidy_id,
            "--from",
            "AVAILABLE=40",
        ]);
        let returned = returned.succeeded().json();
        assert_eq!(returned["result"], "SUCCESS");
        assert_eq!(
            returned["from"],
            json!([{ "account": "AVAILABLE", "amount": 40 }])
        );
    }
}

#[test]
fn a_promised_subsidy_is_cancelled() {
    let gateway = Gateway::start();
    for stack in STACKS {
        let order = order(&gateway, 100);
        refund(&gateway, &order, 10_000);
        let cancelled = gateway.run(&[
            "subsidies",
            "cancel",
            "--transport",
            stack,
            "--sub-mchid",
            SHOP,
            "--transaction-id",
            &order,
            "--description",
            "refunded",
        ]);
        assert_eq!(cancelled.succeeded().json()["result"], "SUCCESS");
    }
}

#[test]
fn an_after_sales_fee_is_taken() {
    let gateway = Gateway::start();
    for stack in STACKS {
        let order = order(&gateway, 100);
        let refund = refund(&gateway, &order, 1_000);
        let accepted = gateway.run(&[
            "after-sales",
            "create",
            "--transport",
            stack,
            "--sub-mchid",
            SHOP,
            "--transaction-id",
            &order,
            "--amount",
            "30",
            "--scene",
            "REFUND_TICKET",
            "--refund-id",
            &refund,
        ]);
        let accepted = accepted.succeeded();
        assert!(accepted.stderr.contains("note: "), "{accepted:#?}");
        assert_eq!(accepted.json()["amount"], 30);

        let query = [
            "after-sales",
            "query",
            "--transport",
            stack,
            "--sub-mchid",
            SHOP,
            "--transaction-id",
            &order,
        ];
        let processing = gateway.run(&query).succeeded();
        assert!(processing.stderr.contains("not final"), "{processing:#?}");
        assert_eq!(processing.json()["result"], "PROCESSING");

        gateway.admin("POST", "/_gateway/clock", &json!({ "advance_seconds": 60 }));
        let done = gateway.run(&query).succeeded();
        assert!(!done.stderr.contains("note: "), "{done:#?}");
        assert_eq!(done.json()["result"], "SUCCESS");
    }
}

#[test]
fn a_coupon_subsidy_is_returned() {
    let gateway = Gateway::start();
    for stack in STACKS {
        let paid = gateway.admin(
            "POST",
            "/_gateway/coupons",
            &json!({
                "payer_merchant": "1900088002", "payee_merchant": "1900088003", "amount": 900,
                "refund_id": "5000000000000000000000088001",
            }),
        );
        let text = |field: &str| paid[field].as_str().unwrap();
        let number = format!("return-{stack}");
        let made = gateway.run(&[
            "coupon-subsidy",
            "return",
            "--transport",
            stack,
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
            "refunded",
            "--out-subsidy-return-no",
            &number,
        ]);
        assert_eq!(made.succeeded().json()["status"], "RETURN_RECEIPT_SUCCESS");
    }
}

#[test]
fn certificates_are_downloaded_and_saved() {
    let gateway = Gateway::start();
    for stack in STACKS {
        let dir = gateway.dir().join(stack);
        let run = gateway.run(&[
            "certificates",
            "--transport",
            stack,
            "--save",
            dir.to_str().unwrap(),
        ]);
        let listed = run.succeeded().json();
        let [certificate] = listed["data"].as_array().unwrap().as_slice() else {
            panic!("{listed:#}");
        };
        let serial = "7132D72A03E93CDDF8C03BBD1F37EEDF00A1B2C3";
        assert_eq!(certificate["serial_no"], serial);
        let pem = std::fs::read_to_string(dir.join(format!("wechatpay_{serial}.pem"))).unwrap();
        assert_eq!(certificate["certificate"], pem.as_str());

        // What was saved serves as a key.
        let saved = dir.join(format!("wechatpay_{serial}.pem"));
        let env = gateway.env().bootstrapping();
        let env = env.without("WECHATPAY_APIV3_KEY");
        let env = env.with("WECHATPAY_PLATFORM_CERT_FILE", saved.to_str().unwrap());
        env.run(&["call", "GET", "/v3/certificates", "--transport", stack])
            .succeeded();
    }
}

#[test]
fn without_a_platform_key_the_certificates_come_first() {
    let gateway = Gateway::start();
    let env = gateway.env().bootstrapping();
    for stack in STACKS {
        let order = order(&gateway, 100);
        let run = env.run(&[
            "subsidies",
            "create",
            "--transport",
            stack,
            "--sub-mchid",
            SHOP,
            "--transaction-id",
            &order,
            "--amount",
            "100",
            "--description",
            "autumn",
        ]);
        let run = run.succeeded();
        let lines: Vec<&str> = run.stderr.lines().collect();
        assert!(lines[0].starts_with("200 GET /v3/certificates"), "{run:#?}");
        assert!(lines[1].starts_with("200 POST /v3/ecommerce"), "{run:#?}");
        assert_eq!(run.json()["result"], "SUCCESS");
    }
}

#[test]
fn the_sample_requests_go_through_call() {
    let gateway = Gateway::start();
    let create = r#"{
    "sub_mchid": "1900000109",
    "transaction_id": "4208450740201411110007820472",
    "amount": 10,
    "description": "测试备注",
    "out_subsidy_no": "P20150806125347"
}
"#;
    let file = gateway.dir().join("sample.json");
    std::fs::write(&file, create).unwrap();
    let at_file = format!("@{}", file.display());
    let path = "/v3/ecommerce/subsidies/create";
    for stack in STACKS {
        let call = ["call", "POST", path, "--transport", stack, "--data"];
        let from_file = gateway.run(&[&call[..], &[&at_file]].concat()).succeeded();
        let inline = gateway.run(&[&call[..], &[create]].concat()).succeeded();
        let env = gateway.env();
        let piped = env.run_with_input(&[&call[..], &["-"]].concat(), create.as_bytes());
        let piped = piped.succeeded();
        assert_eq!(from_file.json()["result"], "SUCCESS");
        assert_eq!(from_file.json()["description"], "测试备注");
        // The body as it came: on one line, ended by a line break.
        assert_eq!(from_file.stdout.lines().count(), 1, "{from_file:#?}");
        assert_eq!(from_file.stdout, inline.stdout);
        assert_eq!(from_file.stdout, piped.stdout);
    }
}

#[test]
fn call_writes_queries() {
    let gateway = Gateway::start();
    for stack in STACKS {
        let run = gateway.run(&[
            "call",
            "get",
            "/v3/ecommerce/profitsharing/after-sales-orders",
            "--transport",
            stack,
            "--query",
            "sub_mchid=1900000109",
            "--query",
            "transaction_id=3008450740201411110007820472",
        ]);
        assert_eq!(run.succeeded().json()["amount"], 10);
    }
}

#[test]
fn flags_come_before_the_environment() {
    let gateway = Gateway::start();
    let env = gateway.env();
    let key = env.get("WECHATPAY_PRIVATE_KEY_FILE").to_owned();
    let apiv3 = gateway.dir().join("apiv3.key");
    std::fs::write(&apiv3, format!("{}\n", env.get("WECHATPAY_APIV3_KEY"))).unwrap();
    let flags = [
        "certificates",
        "--base-url",
        env.get("WECHATPAY_BASE_URL"),
        "--mchid",
        env.get("WECHATPAY_MCHID"),
        "--serial-no",
        env.get("WECHATPAY_SERIAL_NO"),
        "--private-key-file",
        &key,
        "--apiv3-key-file",
        apiv3.to_str().unwrap(),
    ];
    common::Env::empty().run(&flags).succeeded();
    let wrong = env
        .clone()
        .with("WECHATPAY_MCHID", "1")
        .with("WECHATPAY_BASE_URL", "http://[");
    wrong.run(&flags).succeeded();
}
