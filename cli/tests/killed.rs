//! `wxpay gateway --state`, killed a hundred times in the middle of its work: what it acknowledged is
//! there again, once, and every fen is somewhere.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use common::Gateway;
use serde_json::{Value, json};
use wechatpay_core::api::ecommerce::subsidies::{Create, SubsidyState};
use wechatpay_core::{Fen, Merchant, PlatformKeys, Policy, RsaSigner};
use wechatpay_gateway::credentials;
use wechatpay_ureq::Client;

const ROUNDS: u64 = 100;
const WORKERS: u64 = 4;
const SUB_MERCHANT: &str = "1900000109";

/// What one worker was told, and what it was not told.
#[derive(Default)]
struct Log {
    /// The `Request-ID` of each answer that acknowledged a posting.
    acknowledged: Vec<String>,
    /// A subsidy whose answer never came.
    unknown: Option<Create>,
}

#[test]
fn nothing_acknowledged_is_lost_and_the_sum_holds() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let flags = ["--state", state.to_str().unwrap()];
    let mut acknowledged = Vec::new();
    let mut unknown: Vec<Create> = Vec::new();
    for round in 0..ROUNDS {
        let gateway = Gateway::start_with(&flags);
        if round == 0 {
            gateway.admin("PUT", "/_gateway/limits", &json!({ "rates": "lifted" }));
            let plenty = json!({ "account": "platform:operation", "balance": 1_000_000_000 });
            gateway.admin("PUT", "/_gateway/balances", &plenty);
        }
        check(&gateway, &acknowledged);
        let client = client(&gateway.base_url);
        for create in unknown.drain(..) {
            let answer = client.call_full(&create).unwrap();
            assert_eq!(answer.value.result, SubsidyState::Success);
        }
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| {
                let base_url = gateway.base_url.clone();
                thread::spawn(move || work(&base_url, round * WORKERS + worker))
            })
            .collect();
        // Somewhere in the middle, and each time elsewhere.
        thread::sleep(Duration::from_millis(20 + round * 37 % 90));
        gateway.kill();
        for worker in workers {
            let log = worker.join().unwrap();
            acknowledged.extend(log.acknowledged);
            unknown.extend(log.unknown);
        }
    }
    let gateway = Gateway::start_with(&flags);
    check(&gateway, &acknowledged);
    assert!(
        acknowledged.len() > 200,
        "{} postings are no load",
        acknowledged.len()
    );
}

/// Places orders and subsidises them until the gateway is gone.
fn work(base_url: &str, name: u64) -> Log {
    let mut log = Log::default();
    let client = client(base_url);
    for number in 0.. {
        let id = format!("{name:010}{number:08}");
        let order = json!({
            "sub_mchid": SUB_MERCHANT, "transaction_id": id, "total": 1_000, "subsidy_amount": 7,
        });
        let Some(request_id) = place(base_url, &order) else {
            return log;
        };
        log.acknowledged.push(request_id);
        let create = Create::builder()
            .sub_mchid(SUB_MERCHANT)
            .transaction_id(&id)
            .amount(Fen::new(7))
            .description("补差")
            .out_subsidy_no(&id)
            .build();
        match client.call_full(&create) {
            Ok(answer) => log.acknowledged.push(answer.request_id.unwrap()),
            Err(_) => {
                log.unknown = Some(create);
                return log;
            }
        }
    }
    log
}

/// An order of the administration's, in plain HTTP; the request id of a whole answer.
fn place(base_url: &str, order: &Value) -> Option<String> {
    let address = base_url.strip_prefix("http://")?;
    let mut stream = TcpStream::connect(address).ok()?;
    let body = order.to_string();
    let length = body.len();
    write!(
        stream,
        "POST /_gateway/orders HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    serde_json::from_str::<Value>(body).ok()?;
    assert!(head.starts_with("HTTP/1.1 201"), "{head}\n{body}");
    let line = head.lines().find_map(|l| l.strip_prefix("Request-Id: "));
    Some(line.unwrap().to_owned())
}

fn client(base_url: &str) -> Client<RsaSigner, PlatformKeys> {
    let merchant = Merchant::new(credentials::MCHID).unwrap();
    let signer = credentials::merchant_signer().unwrap();
    let keys = credentials::platform_keys().unwrap();
    let merchant = merchant.at(base_url).unwrap();
    Client::new(merchant, signer, keys).with_policy(Policy::once())
}

/// Holds the ledger against what was acknowledged, and its balances against its postings.
fn check(gateway: &Gateway, acknowledged: &[String]) {
    let ledger = gateway.admin("GET", "/_gateway/ledger", &Value::Null);
    let entries = ledger["entries"].as_array().unwrap();
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    let mut balances: BTreeMap<&str, i64> = BTreeMap::new();
    for entry in entries {
        *seen
            .entry(entry["request_id"].as_str().unwrap())
            .or_default() += 1;
        for transfer in entry["transfers"].as_array().unwrap() {
            let amount = transfer["amount"].as_i64().unwrap();
            *balances
                .entry(transfer["from"].as_str().unwrap())
                .or_default() -= amount;
            *balances
                .entry(transfer["to"].as_str().unwrap())
                .or_default() += amount;
        }
    }
    for id in acknowledged {
        assert_eq!(seen.get(id.as_str()), Some(&1), "{id} was acknowledged");
    }
    assert_eq!(ledger["sum"], 0);
    assert_eq!(json!(balances), ledger["balances"]);
}
