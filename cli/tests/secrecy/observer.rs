//! What an observer hears of each attempt, in every way in which one ends, over both transports.

use std::sync::{Arc, Mutex};

use serde_json::json;
use wechatpay_core::{
    AnyOperation, ApiV3Key, Ended, Keyring, Merchant, Method, Observer, PlatformKeys, Policy,
    RefreshError, Report, RsaSigner,
};
use wechatpay_gateway::{Gateway, Running, credentials};

use crate::common::secrets::Secrets;
use crate::samples;

/// A query whose parameters are nobody's business, and whose answer is.
fn query() -> AnyOperation {
    AnyOperation::new(Method::GET, "/v3/certificates?openid=PERSONAL")
}

#[test]
fn no_report_of_an_attempt_shows_a_secret() {
    let heard = Heard::default();
    for call in [over_hyper, over_ureq] {
        *heard.0.lock().unwrap() = Notes::default();
        let gateway = Gateway::start().unwrap();
        let merchant = merchant(&gateway.base_url());
        let signer = || credentials::merchant_signer().unwrap();
        let keys = || Keyring::new(credentials::platform_keys().unwrap());

        call(merchant.clone(), signer(), keys(), &heard);
        fault(&gateway, "cut_after");
        call(merchant.clone(), signer(), keys(), &heard);
        fault(&gateway, "wrong_signature");
        call(merchant.clone(), signer(), keys(), &heard);
        let stranger = RsaSigner::from_pem(
            credentials::MERCHANT_SERIAL,
            &samples::file("merchant_pkcs8.pem"),
        );
        call(merchant.clone(), stranger.unwrap(), keys(), &heard);
        let nowhere = self::merchant("http://127.0.0.1:9");
        call(nowhere.clone(), signer(), keys(), &heard);
        // Certificates that are fetched first: with the key, with another, and from nowhere.
        let other = "0123456789abcdef0123456789abcdef";
        for (merchant, key) in [
            (&merchant, credentials::API_V3_KEY),
            (&merchant, other),
            (&nowhere, credentials::API_V3_KEY),
        ] {
            let key = ApiV3Key::new(key).unwrap();
            let ring = Keyring::new(PlatformKeys::new()).with_api_v3_key(key);
            call(merchant.clone(), signer(), ring, &heard);
        }

        let notes = heard.0.lock().unwrap();
        for ended in [
            Ended::Answered,
            Ended::Accepted,
            Ended::Refused,
            Ended::NotSent,
            Ended::Unknown,
        ] {
            assert!(notes.ended.contains(&ended), "{ended:?}: {:?}", notes.ended);
        }
        assert_eq!(notes.refreshed, [true, false, false]);
        let secrets = Secrets::default()
            .private_key(credentials::MERCHANT_KEY_PEM)
            .private_key(&samples::text("merchant_pkcs8.pem"))
            .text(credentials::API_V3_KEY)
            .text(other)
            .text("signature=\"")
            .text("WECHATPAY2-SHA256-RSA2048")
            .text("PERSONAL");
        for text in &notes.texts {
            secrets.are_not_in("a report", &[text]);
        }
    }
}

fn merchant(base_url: &str) -> Merchant {
    let merchant = Merchant::new(credentials::MCHID).unwrap();
    merchant.at(base_url).unwrap()
}

fn fault(gateway: &Running, fault: &str) {
    let fault = json!({ "fault": fault, "path": "/v3/certificates" });
    gateway
        .admin(Method::POST, "/_gateway/faults", &fault)
        .unwrap();
}

/// A query; then one whose answer is not what is expected; then what moves money.
fn over_hyper(merchant: Merchant, signer: RsaSigner, keys: Keyring, heard: &Heard) {
    let client = wechatpay_hyper::Client::new(merchant, signer, keys)
        .with_policy(Policy::once())
        .with_observer(heard.clone());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _ = runtime.block_on(client.call(&query()));
    let _ = runtime.block_on(client.call(&post()));
}

fn over_ureq(merchant: Merchant, signer: RsaSigner, keys: Keyring, heard: &Heard) {
    let client = wechatpay_ureq::Client::new(merchant, signer, keys)
        .with_policy(Policy::once())
        .with_observer(heard.clone());
    let _ = client.call(&query());
    let _ = client.call(&post());
}

/// What moves money, and is answered with something else than is expected.
fn post() -> AnyOperation<Vec<u8>> {
    let fields = json!({ "sub_mchid": "1900000109", "amount": 10, "description": "PERSONAL",
        "transaction_id": "4208450740201411110007820472", "out_subsidy_no": "P20150806125347" });
    let create = AnyOperation::new(Method::POST, "/v3/ecommerce/subsidies/create");
    create.json(&fields).unwrap().answering()
}

/// All that was heard.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Notes>>);

#[derive(Default)]
struct Notes {
    texts: Vec<String>,
    ended: Vec<Ended>,
    refreshed: Vec<bool>,
}

impl Observer for Heard {
    fn attempted(&self, report: &Report<'_>) {
        let mut notes = self.0.lock().unwrap();
        notes.texts.push(format!("{report} {report:?} {report:#?}"));
        notes.ended.push(report.ended);
    }

    fn keys_refreshed(&self, outcome: Result<(), &RefreshError>) {
        let mut notes = self.0.lock().unwrap();
        notes.refreshed.push(outcome.is_ok());
        if let Err(error) = outcome {
            notes.texts.push(format!("{error} {error:?} {error:#?}"));
        }
    }
}
