//! What ureq writes to the crate `log`, which this crate does not use: no secret, at any level.

use std::sync::Mutex;

use log::{LevelFilter, Log, Metadata, Record};
use wechatpay_core::{Merchant, Policy};
use wechatpay_gateway::{Gateway, credentials};

use crate::secrets::Secrets;
use crate::{Client, get, post};

struct Kept(Mutex<String>);

impl Log for Kept {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let mut kept = self.0.lock().unwrap();
        kept.push_str(&format!("{} {}\n", record.level(), record.args()));
    }

    fn flush(&self) {}
}

static KEPT: Kept = Kept(Mutex::new(String::new()));

/// At the level trace ureq writes whole requests, as the crate's documents say: there it is only keys
/// that never show.
#[test]
fn nothing_secret_is_logged_down_to_debug_and_no_key_at_trace() {
    log::set_logger(&KEPT).unwrap();
    let keys = || {
        Secrets::default()
            .private_key(credentials::MERCHANT_KEY_PEM)
            .private_key(&String::from_utf8_lossy(crate::server::MERCHANT))
            .text(credentials::API_V3_KEY)
    };
    let carried = ["signature=\"", "algorithm_type=RSA", "订单退款"];
    let carried = carried.into_iter().fold(keys(), Secrets::text);
    let log = log_of_calls(LevelFilter::Debug);
    assert!(log.contains("HEADERS ARE REDACTED"), "{log}");
    carried.are_not_in("the log", &[&log]);
    let log = log_of_calls(LevelFilter::Trace);
    assert!(log.contains("/v3/certificates"), "{log}");
    keys().are_not_in("the log", &[&log]);
}

fn log_of_calls(level: LevelFilter) -> String {
    log::set_max_level(level);
    let gateway = Gateway::start().unwrap();
    for base_url in [gateway.base_url().as_str(), "http://127.0.0.1:9"] {
        let merchant = Merchant::new(credentials::MCHID).unwrap();
        let signer = credentials::merchant_signer().unwrap();
        let keys = credentials::platform_keys().unwrap();
        let client = Client::new(merchant.at(base_url).unwrap(), signer, keys);
        let client = client.with_policy(Policy::once());
        let _ = client.call(&get());
        let _ = client.call(&post());
        let _ = client.certificates(&credentials::api_v3_key().unwrap());
    }
    log::set_max_level(LevelFilter::Off);
    std::mem::take(&mut KEPT.0.lock().unwrap())
}
