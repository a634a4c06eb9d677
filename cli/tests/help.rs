//! `--help` teaches: its examples run as they stand.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{Env, Gateway};

/// The examples of a command's help: lines that begin with `wxpay`, and those that continue them.
fn examples(help: &str) -> Vec<String> {
    let mut examples: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in help.lines() {
        if line.starts_with("  wxpay ") {
            examples.push(line.to_owned());
        } else if goes_on {
            let example = examples.last_mut().unwrap();
            example.push('\n');
            example.push_str(line);
        }
        let open = examples
            .last()
            .is_some_and(|e| e.matches('\'').count() % 2 == 1);
        goes_on = line.ends_with('\\') || open;
    }
    examples
}

#[test]
fn the_examples_of_the_help_work() {
    let commands: [&[&str]; 9] = [
        &["--help"],
        &["call", "--help"],
        &["subsidies", "create", "--help"],
        &["subsidies", "return", "--help"],
        &["subsidies", "cancel", "--help"],
        &["after-sales", "create", "--help"],
        &["after-sales", "query", "--help"],
        &["coupon-subsidy", "return", "--help"],
        &["certificates", "--help"],
    ];
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_wxpay"));
    let path = format!("{}:/usr/bin:/bin", binary.parent().unwrap().display());
    for command in commands {
        let help = Env::empty().run(command).stdout;
        let examples = examples(&help);
        assert!(!examples.is_empty(), "{help}");
        let gateway = Gateway::start();
        let sample = r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","amount":10,"description":"d"}"#;
        std::fs::write(gateway.dir().join("sample.json"), sample).unwrap();
        for example in examples {
            if example.starts_with("  wxpay gateway") || example.starts_with("  wxpay demo") {
                continue;
            }
            let mut shell = std::process::Command::new("sh");
            let script = format!("set -a; . ./wechatpay.env; set +a\n{example}");
            shell.args(["-c", &script]).current_dir(gateway.dir());
            shell.env_clear().env("PATH", &path);
            let run = common::run(shell, b"");
            assert_eq!(run.status, 0, "{example}\n{run:#?}");
        }
    }
}

#[test]
fn help_teaches() {
    let run = Env::empty().run(&["--help"]);
    assert_eq!(run.status, 0);
    for word in [
        "wxpay subsidies create",
        "WECHATPAY_APIV3_KEY",
        "Exit status",
        "identical",
    ] {
        assert!(run.stdout.contains(word), "{word}: {run:#?}");
    }
    // Not even the values of variables are shown.
    let gateway = Gateway::start();
    for command in ["call", "certificates"] {
        let run = gateway.run(&[command, "--help"]);
        assert_eq!(run.status, 0);
        assert!(run.stdout.contains("Example"), "{run:#?}");
        assert!(!run.stdout.contains(&gateway.base_url), "{run:#?}");
    }
}
