//! Answers that other projects published, read from the folder that `WECHATPAY_VECTORS` names.
//! They stay there; without the variable there is nothing to compare with.
#![cfg(feature = "aws-lc-rs")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use wechatpay_core::canonical::{app_message, jsapi_message, request_message, response_message};
use wechatpay_core::cashier::{AppId, AppPayment, JsapiPayment, PartnerId, PrepayId};
use wechatpay_core::notice::{Event, RefundStatus};
use wechatpay_core::platform::SignedRequest;
use wechatpay_core::{
    ApiV3Key, Authorization, AwsLcSigner, Certificate, Document, Fen, KeyId, Merchant, Method,
    Nonce, Notice, Opener, PlatformKeys, PublicKey, Reason, RsaSigner, Seal, SealError, Sealed,
    Sealer, SerialNumber, Signature, Signer, Timestamp, VerifyError, http,
};

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("WECHATPAY_VECTORS");
    if folder.is_none() {
        println!("WECHATPAY_VECTORS is not set: nothing to compare with");
    }
    folder.map(PathBuf::from)
}

fn read(folder: &std::path::Path, file: &str, list: &str) -> Vec<Value> {
    let path = folder.join(file);
    let text = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let value: Value = serde_json::from_slice(&text).unwrap();
    value[list].as_array().unwrap().clone()
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} in {case}"))
}

fn is(case: &Value, kind: &str) -> bool {
    case["kind"] == kind
}

/// Counts what was compared, so that a file that lost its cases is noticed.
#[track_caller]
fn at_least(count: usize, expected: usize) {
    assert!(
        count >= expected,
        "only {count} cases were compared, of {expected}"
    );
}

struct Keys(Vec<Value>);

impl Keys {
    fn find(&self, id: &str) -> &Value {
        self.0
            .iter()
            .find(|key| key["id"] == id)
            .unwrap_or_else(|| panic!("key {id}"))
    }

    fn pem(&self, id: &str, names: &[&str]) -> Option<Vec<u8>> {
        let key = self.find(id);
        names
            .iter()
            .find_map(|name| key[*name].as_str())
            .map(|pem| pem.as_bytes().to_vec())
    }

    fn public(&self, id: &str) -> PublicKey {
        match self.pem(id, &["public_key_spki_pem"]) {
            Some(pem) => PublicKey::from_pem(&pem).unwrap(),
            None => {
                let pem = self.pem(id, &["certificate_pem"]).unwrap();
                Certificate::from_pem(&pem).unwrap().public_key().clone()
            }
        }
    }

    fn private(&self, id: &str) -> Option<Vec<u8>> {
        self.pem(id, &["private_key_pkcs8_pem", "private_key_pem"])
    }

    fn signer(&self, id: &str) -> Option<RsaSigner> {
        Some(RsaSigner::from_pem("4B2C", &self.private(id)?).unwrap())
    }
}

#[test]
fn keys_and_certificates() {
    let Some(folder) = folder() else { return };
    let keys = Keys(read(&folder, "keys.json", "keys"));
    let mut count = 0;
    for key in &keys.0 {
        let id = text(key, "id");
        if let Some(pem) = key["certificate_pem"].as_str() {
            let certificate = Certificate::from_pem(pem.as_bytes()).unwrap();
            assert_eq!(
                certificate.serial().as_str(),
                text(key, "serial_no"),
                "{id}"
            );
            count += 1;
        }
        if let Some(pem) = key["public_key_spki_pem"].as_str() {
            assert!(PublicKey::from_pem(pem.as_bytes()).is_ok(), "{id}");
            count += 1;
        }
        count += usize::from(keys.signer(id).is_some());
    }
    at_least(count, 14);
}

#[test]
fn signatures() {
    let Some(folder) = folder() else { return };
    let keys = Keys(read(&folder, "keys.json", "keys"));
    let mut count = 0;
    for case in read(&folder, "rsa-signatures.json", "vectors") {
        let id = text(&case, "key");
        let message = text(&case, "message").as_bytes();
        let signature = STANDARD.decode(text(&case, "signature_b64"));
        let verifies = signature.is_ok_and(|bytes| keys.public(id).verifies(message, &bytes));
        assert_eq!(verifies, !is(&case, "verify-must-fail"), "{case}");
        if is(&case, "sign+verify") {
            let signed = keys.signer(id).unwrap().sign(message).unwrap();
            assert_eq!(signed.to_base64(), text(&case, "signature_b64"), "{case}");
            let aws_lc = AwsLcSigner::from_pem("4B2C", &keys.private(id).unwrap()).unwrap();
            assert_eq!(aws_lc.sign(message).unwrap(), signed, "{case}");
        }
        count += 1;
    }
    at_least(count, 10);
}

#[test]
fn canonical_messages() {
    let Some(folder) = folder() else { return };
    let mut count = 0;
    for case in read(&folder, "canonical-strings.json", "vectors") {
        count += 1;
        if is(&case, "authorization") {
            let parsed = Authorization::parse(text(&case, "authorization")).unwrap();
            assert_eq!(parsed.mchid, text(&case, "mchid"));
            assert_eq!(parsed.nonce, text(&case, "nonce"));
            assert_eq!(parsed.timestamp, text(&case, "timestamp"));
            assert_eq!(parsed.serial_no, text(&case, "serial_no"));
            assert_eq!(parsed.signature, text(&case, "signature"));
            continue;
        }
        let (timestamp, nonce) = (text(&case, "timestamp"), text(&case, "nonce"));
        let body = text(&case, "body").as_bytes();
        let message = if is(&case, "request") {
            request_message(
                text(&case, "method"),
                text(&case, "url"),
                timestamp,
                nonce,
                body,
            )
        } else {
            response_message(timestamp, nonce, body)
        };
        assert_eq!(message, text(&case, "message").as_bytes(), "{case}");
    }
    at_least(count, 10);
}

/// The official answers of both cashiers, under the key that they were made with.
#[test]
fn what_opens_the_cashier() {
    let Some(folder) = folder() else { return };
    let keys = Keys(read(&folder, "keys.json", "keys"));
    let mut count = 0;
    for case in read(&folder, "rsa-signatures.json", "vectors") {
        let id = text(&case, "id");
        if !id.starts_with("official-paysign-") || !is(&case, "verify") {
            continue;
        }
        let app_id = AppId::parse(text(&case, "appid")).unwrap();
        let prepay_id = PrepayId::parse(text(&case, "prepay_id")).unwrap();
        let now = Timestamp::from_secs(text(&case, "timestamp").parse().unwrap());
        let nonce = Nonce::parse(text(&case, "nonce")).unwrap();
        let jsapi = jsapi_message(&app_id, now, &nonce, &prepay_id);
        let app = app_message(&app_id, now, &nonce, &prepay_id);

        let bytes = STANDARD.decode(text(&case, "signature_b64")).unwrap();
        let key = keys.public(text(&case, "key"));
        let in_app = id == "official-paysign-app";
        assert_eq!(key.verifies(&app, &bytes), in_app, "{case}");
        assert_eq!(key.verifies(&jsapi, &bytes), !in_app, "{case}");

        let signature = Signature::new(SerialNumber::parse("4B2C").unwrap(), bytes);
        let shown = if in_app {
            let partner_id = PartnerId::parse("1900009191").unwrap();
            let unsigned = AppPayment::unsigned(&app_id, &partner_id, &prepay_id, now, &nonce);
            assert_eq!(unsigned.message(), text(&case, "message").as_bytes());
            serde_json::to_value(unsigned.attach(&signature).unwrap()).unwrap()["sign"].clone()
        } else {
            let unsigned = JsapiPayment::unsigned(&app_id, &prepay_id, now, &nonce);
            assert_eq!(unsigned.message(), text(&case, "message").as_bytes());
            serde_json::to_value(unsigned.attach(&signature).unwrap()).unwrap()["paySign"].clone()
        };
        assert_eq!(shown, case["signature_b64"]);
        count += 1;
    }
    at_least(count, 2);
}

#[test]
fn resources() {
    let Some(folder) = folder() else { return };
    let mut count = 0;
    for case in read(&folder, "aes-gcm.json", "vectors") {
        let key = ApiV3Key::new(text(&case, "key_utf8"));
        let (nonce, aad) = (
            text(&case, "nonce_utf8"),
            text(&case, "associated_data_utf8"),
        );
        let sealed = text(&case, "ciphertext_b64");
        if case["protocol_valid"] == true {
            let key = key.unwrap();
            let plain = text(&case, "plaintext_utf8").as_bytes();
            assert_eq!(key.open(nonce, aad, sealed).unwrap(), plain, "{case}");
            assert_eq!(key.seal(nonce, aad, plain).unwrap(), sealed, "{case}");
        } else {
            // A key of 16 bytes, a nonce of 16, or a case that must fail by what it holds.
            assert!(
                key.is_err() || key.unwrap().open(nonce, aad, sealed).is_err(),
                "{case}"
            );
        }
        count += 1;
    }
    at_least(count, 11);
}

#[test]
fn sensitive_fields() {
    let Some(folder) = folder() else { return };
    let keys = Keys(read(&folder, "keys.json", "keys"));
    let mut count = 0;
    for case in read(&folder, "rsa-oaep.json", "vectors") {
        let id = text(&case, "key");
        count += 1;
        if is(&case, "encrypt-must-fail") {
            let length = usize::try_from(case["plaintext_length_bytes"].as_u64().unwrap()).unwrap();
            let sealer = Sealer::new(KeyId::parse("4B2C").unwrap(), &keys.public(id));
            let seal = |length| sealer.seal(&"x".repeat(length));
            assert!(matches!(seal(length), Err(SealError::TooLong { .. })));
            assert_eq!(seal(length - 1).unwrap().len(), 344);
            continue;
        }
        let opener = Opener::from_pem(&keys.private(id).unwrap()).unwrap();
        let opened = Sealed::from_wire(text(&case, "ciphertext_b64")).open(&opener);
        let other_padding = case["algorithm"]
            .as_str()
            .is_some_and(|name| name.contains("PKCS1-v1_5"));
        if is(&case, "decrypt-must-fail") || other_padding {
            assert!(opened.is_err(), "{case}");
        } else {
            assert_eq!(&*opened.unwrap(), text(&case, "plaintext"), "{case}");
        }
    }
    at_least(count, 6);
}

#[test]
fn the_six_operations() {
    let Some(folder) = folder() else { return };
    let keys = Keys(read(&folder, "keys.json", "keys"));
    let mut count = 0;
    for case in read(&folder, "derived.json", "vectors") {
        if !is(&case, "request") {
            continue;
        }
        let signer = keys.signer(text(&case, "key")).unwrap();
        let message = text(&case, "message").as_bytes();
        assert_eq!(
            signer.sign(message).unwrap().to_base64(),
            text(&case, "signature_b64")
        );
        let request = http::Request::builder()
            .method(text(&case, "method").parse::<Method>().unwrap())
            .uri(text(&case, "url"))
            .header("authorization", text(&case, "authorization"))
            .body(text(&case, "body"))
            .unwrap();
        let read = SignedRequest::read(&request).unwrap();
        assert_eq!(read.message(), message, "{case}");
        let now = Timestamp::from_secs(text(&case, "timestamp").parse().unwrap());
        read.verify(&keys.public(text(&case, "key")), now).unwrap();
        count += 1;
    }
    at_least(count, 8);
}

#[test]
fn answers() {
    let Some(folder) = folder() else { return };
    let keys = Keys(read(&folder, "keys.json", "keys"));
    let mut count = 0;
    for case in read(&folder, "derived.json", "vectors") {
        let probe = is(&case, "response-must-fail");
        if !is(&case, "response") && !probe {
            continue;
        }
        let certificate = keys
            .pem("go-cert-D7CE59D1F522D701", &["certificate_pem"])
            .unwrap();
        let held = PlatformKeys::new().with_certificate(&certificate).unwrap();
        let response = http::Response::builder()
            .header("Wechatpay-Serial", text(&case, "serial_no"))
            .header("Wechatpay-Timestamp", text(&case, "timestamp"))
            .header("Wechatpay-Nonce", text(&case, "nonce"))
            .header("Wechatpay-Signature", text(&case, "signature_b64"))
            .body(text(&case, "body"))
            .unwrap();
        let now = Timestamp::from_secs(text(&case, "timestamp").parse().unwrap());
        let operation = wechatpay_core::AnyOperation::new(Method::GET, "/v3/x");
        let done = Merchant::new("1900001109")
            .unwrap()
            .prepare(
                &operation.answering::<Document>(),
                now,
                Nonce::from_entropy([0; 16]),
            )
            .unwrap()
            .sign(&keys.signer("go-test-rsa2048").unwrap())
            .unwrap()
            .pending
            .complete(&response, &held, now);
        if probe {
            let reason = done.unwrap_err().reason;
            assert!(matches!(
                reason,
                Reason::Untrusted {
                    source: VerifyError::Probe,
                    ..
                }
            ));
        } else {
            assert_eq!(done.unwrap().body, text(&case, "body").as_bytes());
        }
        count += 1;
    }
    at_least(count, 3);
}

/// Whole callbacks. One whose APIv3 key is not of 32 bytes cannot be opened by this crate, and is
/// left out.
#[test]
fn notices() {
    let Some(folder) = folder() else { return };
    let keys = Keys(read(&folder, "keys.json", "keys"));
    let mut count = 0;
    for case in read(&folder, "derived.json", "vectors") {
        if !is(&case, "notification") || text(&case, "apiv3_key_utf8").len() != 32 {
            continue;
        }
        let certificate = keys
            .pem("go-cert-D7CE59D1F522D701", &["certificate_pem"])
            .unwrap();
        let held = PlatformKeys::new().with_certificate(&certificate).unwrap();
        let mut request = http::Request::post("/notify");
        for (name, value) in case["headers"].as_object().unwrap() {
            request = request.header(name, value.as_str().unwrap());
        }
        let request = request.body(text(&case, "body")).unwrap();
        let key = ApiV3Key::new(text(&case, "apiv3_key_utf8")).unwrap();
        let now = Timestamp::from_secs(case["now_unix"].as_u64().unwrap());
        let notice = Notice::open(&request, &held, &key, now).unwrap();
        assert_eq!(notice.plaintext, text(&case, "plaintext"), "{case}");
        let Event::Refund(refund) = notice.event else {
            panic!("{case}")
        };
        assert_eq!(refund.refund_status, RefundStatus::Success);
        assert_eq!(refund.amount.unwrap().payer_refund, Some(Fen::new(999)));
        count += 1;
    }
    at_least(count, 1);
}
