//! `wxpay gateway` as a process: its first line, its credentials, its end.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::process::Command;

use common::{Env, Gateway, run};
use serde_json::Value;

#[test]
fn listens_and_answers() {
    let gateway = Gateway::start();
    assert!(gateway.base_url.starts_with("http://127.0.0.1:"));
    let ledger = gateway.admin("GET", "/_gateway/ledger", &Value::Null);
    assert_eq!(ledger["sum"], 0);
    gateway
        .run(&["call", "GET", "/v3/certificates"])
        .succeeded();
}

#[test]
fn credentials_can_be_sourced_by_a_shell() {
    let gateway = Gateway::start();
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            "set -a; . \"$1\"; set +a; exec \"$2\" call GET /v3/certificates",
            "sh",
        ])
        .arg(gateway.file("wechatpay.env"))
        .arg(env!("CARGO_BIN_EXE_wxpay"));
    let run = run(command, b"").succeeded();
    assert!(run.json()["data"].is_array());
    for file in [
        "apiclient_key.pem",
        "apiclient_cert.pem",
        "pub_key.pem",
        "platform_cert.pem",
    ] {
        assert!(gateway.dir().join(file).is_file(), "{file}");
    }
    let env = gateway.env();
    assert_eq!(env.get("WECHATPAY_BASE_URL"), gateway.base_url);
    assert_eq!(
        env.get("WECHATPAY_PLATFORM_CERT_SERIAL_NO"),
        "7132D72A03E93CDDF8C03BBD1F37EEDF00A1B2C3"
    );
}

#[test]
fn ends_cleanly_on_signals() {
    for signal in ["TERM", "INT"] {
        let status = Gateway::start().end_by(signal);
        assert_eq!(status.code(), Some(0), "SIG{signal}");
    }
}

#[test]
fn says_why_it_cannot_start() {
    let gateway = Gateway::start();
    let taken = gateway.base_url.strip_prefix("http://").unwrap();
    Env::empty()
        .run(&["gateway", "--listen", taken])
        .failed(2, &["cannot listen on", taken, "--listen"]);
    let file = gateway.file("pub_key.pem");
    Env::empty()
        .run(&["gateway", "--listen", "127.0.0.1:0", "--credentials", &file])
        .failed(2, &["credentials cannot be written to", "pub_key.pem"]);
    Env::empty()
        .run(&["gateway", "--listen", "nowhere"])
        .failed(2, &["--listen"]);
}
