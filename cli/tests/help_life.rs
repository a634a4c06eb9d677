//! The examples of `--help` tell one life: run in order on one gateway, between the scenes that the
//! buyer and time set, each succeeds as it stands.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::process::Command;

use common::{Env, Gateway, Run};
use serde_json::{Value, json};

/// What the examples are run with: a gateway, and the numbers that it gave.
struct Life {
    gateway: Gateway,
    numbers: Vec<(&'static str, String)>,
}

impl Life {
    /// The example of a command's help.
    fn example(command: &[&str]) -> String {
        let help = Env::empty().run(&[command, &["--help"]].concat()).stdout;
        let example = help
            .split("\nExample:\n")
            .nth(1)
            .unwrap_or_else(|| panic!("{help}"));
        example.split("\n\n").next().unwrap().to_owned()
    }

    /// Runs the example of a command, which succeeds.
    fn runs(&self, command: &[&str]) -> Run {
        self.shell(&Self::example(command))
    }

    fn shell(&self, line: &str) -> Run {
        let binary = std::path::Path::new(env!("CARGO_BIN_EXE_wxpay"));
        let path = format!("{}:/usr/bin:/bin", binary.parent().unwrap().display());
        let script = format!("set -a; . ./wechatpay.env; set +a\n{line}");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).current_dir(self.gateway.dir());
        shell
            .env_clear()
            .env("PATH", &path)
            .envs(self.numbers.iter().cloned());
        let run = common::run(shell, b"");
        assert_eq!(run.status, 0, "{line}\n{run:#?}");
        run
    }

    fn scene(&self, method: &str, path: &str, body: &Value) -> Value {
        self.gateway.admin(method, path, body)
    }

    fn pass(&self, seconds: u64) {
        let clock = json!({ "advance_seconds": seconds });
        self.scene("POST", "/_gateway/clock", &clock);
    }

    /// Remembers a number for the examples that follow.
    fn number(&mut self, name: &'static str, value: &Value) {
        self.numbers
            .push((name, value.as_str().unwrap().to_owned()));
    }
}

#[test]
fn the_examples_tell_one_life() {
    let mut life = Life {
        gateway: Gateway::start(),
        numbers: Vec::new(),
    };

    let place = Life::example(&["orders", "place"]);
    life.shell(&place);
    life.runs(&["orders", "query"]);
    life.shell(&place.replace("P20261121-1", "P20261121-2"));
    life.runs(&["orders", "close"]);
    life.runs(&["combined-orders", "place"]);
    life.runs(&["combined-orders", "query"]);
    life.runs(&["combined-orders", "close"]);

    let pays = json!({ "out_trade_no": "P20261121-1", "sub_mchid": "1900077001" });
    let paid = life.scene("POST", "/_gateway/payments", &pays);
    life.number("TRANSACTION_ID", &paid["transactions"][0]["transaction_id"]);
    life.pass(60);
    life.shell(
        "wxpay subsidies create --sub-mchid 1900077001 --transaction-id \"$TRANSACTION_ID\" \
         --amount 10 --description d --out-subsidy-no S20261121",
    );
    life.runs(&["profit-sharing", "add-receiver"]);
    life.runs(&["profit-sharing", "share"]);
    life.pass(10);
    life.runs(&["profit-sharing", "query"]);
    life.runs(&["profit-sharing", "unsplit"]);
    life.runs(&["profit-sharing", "return"]);
    life.pass(10);
    life.runs(&["profit-sharing", "query-return"]);

    life.runs(&["refunds", "apply"]);
    life.pass(60);
    life.runs(&["refunds", "query"]);
    let payer = |id: &str| format!("/_gateway/orders/1900077001/{id}/payer");
    let transaction_id = life.numbers[0].1.clone();
    let abnormal = json!({ "payer_account": "abnormal" });
    life.scene("PUT", &payer(&transaction_id), &abnormal);
    let apply = Life::example(&["refunds", "apply"]);
    let apply = apply.replace("R20261121-1", "R20261121-2");
    let refund = life.shell(&apply).json();
    life.number("REFUND_ID", &refund["refund_id"]);
    life.pass(10);
    life.runs(&["refunds", "abnormal"]);
    life.pass(10);

    life.runs(&["profit-sharing", "finish"]);
    life.pass(10);
    life.runs(&["profit-sharing", "delete-receiver"]);
    life.runs(&["balance", "merchant"]);
    life.runs(&["balance", "sub-merchant"]);
    life.pass(86_400 + 12 * 3_600);
    life.runs(&["balance", "end-of-day"]);
}

#[test]
fn so_do_those_of_an_advance() {
    let mut life = Life {
        gateway: Gateway::start(),
        numbers: Vec::new(),
    };
    let order = json!({
        "sub_mchid": "1900077001", "total": 100, "out_trade_no": "P20261121-1",
    });
    life.scene("POST", "/_gateway/orders", &order);
    let balance = |fen| json!({ "account": "sub-merchant:1900077001:available", "balance": fen });
    life.scene("PUT", "/_gateway/balances", &balance(0));
    let apply = Life::example(&["refunds", "apply"]);
    let in_advance = format!("{apply} --refund-account REFUND_SOURCE_PARTNER_ADVANCE");
    let refund = life.shell(&in_advance).json();
    life.number("REFUND_ID", &refund["refund_id"]);
    life.pass(10);
    life.scene("PUT", "/_gateway/balances", &balance(10));
    life.runs(&["refunds", "advance-return"]);
    life.pass(10);
    life.runs(&["refunds", "advance-query"]);
}

#[test]
fn and_those_of_a_coupon() {
    let mut life = Life {
        gateway: Gateway::start(),
        numbers: Vec::new(),
    };
    life.runs(&["coupon-subsidy", "pay"]);
    life.runs(&["coupon-subsidy", "list"]);
    life.runs(&["coupon-subsidy", "show"]);
    let returned = life.runs(&["coupon-subsidy", "return"]).json();
    life.number("RECEIPT_ID", &returned["subsidy_return_receipt_id"]);
    life.runs(&["coupon-subsidy", "show-return"]);
}
