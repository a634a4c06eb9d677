//! What others wrote gets into a log by the errors that show it: as one line, and not a long one.
#![allow(clippy::unwrap_used, missing_docs)]

use wechatpay_core::api::certificates::{AdoptError, CertificateList, List};
use wechatpay_core::api::ecommerce::bill::EncryptedBills;
use wechatpay_core::api::ecommerce::subsidies::Created;
use wechatpay_core::http::{Request, Response};
use wechatpay_core::platform::Upload;
use wechatpay_core::{
    ApiV3Key, DateTime, Decode, Merchant, Nonce, PlatformKeys, RsaSigner, Timestamp, Verifier,
};

const MERCHANT_KEY: &[u8] = include_bytes!("known_answers/keys/merchant_pkcs8.pem");
const PLATFORM_KEY: &[u8] = include_bytes!("known_answers/keys/platform_spki.pem");

#[track_caller]
fn shown(error: impl std::error::Error) -> String {
    let text = error.to_string();
    assert!(text.len() < 1_000, "{} bytes: {text:.300}", text.len());
    assert!(!text.contains(char::is_control), "{text:?}");
    text
}

#[test]
fn a_serial_number_of_many_zeros_is_cut() {
    let keys = PlatformKeys::new().with_public_key("PUB_KEY_ID_00", PLATFORM_KEY);
    let id = format!("{}PUB_KEY_ID_00", "0".repeat(10_000));
    // The leading zeros do not count: the key is found.
    let error = keys.unwrap().verify(&id, b"message", b"signature");
    let text = shown(error.unwrap_err());
    assert!(text.starts_with("the signature does not verify under platform key \"0000"));
}

fn list(serial_no: &str) -> String {
    let serial_no = serde_json::to_string(serial_no).unwrap();
    format!(
        r#"{{"data":[{{"serial_no":{serial_no},"effective_time":"","expire_time":"",
        "encrypt_certificate":{{"algorithm":"AEAD_AES_256_GCM","nonce":"61f9c719728a",
        "associated_data":"certificate","ciphertext":"AAAA"}}}}]}}"#
    )
}

/// The first list is opened before anything of it is verified: anyone on the way can write it.
#[test]
fn a_listed_serial_number_breaks_no_line() {
    let key = ApiV3Key::new([b'k'; 32]).unwrap();
    let now = Timestamp::from_secs(1_554_208_460);
    let signer = RsaSigner::from_pem("4B2C", MERCHANT_KEY).unwrap();
    let merchant = Merchant::new("1900009191").unwrap();
    let unsigned = merchant.prepare(&List::new(), now, Nonce::from_entropy([1; 16]));
    let pending = unsigned.unwrap().sign(&signer).unwrap().pending;
    let forged = Response::new(list("1\n2026-11-21 INFO refunded 100 fen"));
    let error = pending.bootstrap(&forged, &key, now).unwrap_err();
    assert!(shown(error).contains(r"certificate 1\n2026-11-21 INFO refunded"));

    let long = list(&"1".repeat(10_000));
    let error = CertificateList::decode(long.as_bytes()).unwrap();
    let error = error.open(&key, now).unwrap_err();
    assert!(shown(error).starts_with("certificate 11111"));
    let error = serde_json::from_str::<CertificateList>(&format!("\"{}\"", "x".repeat(10_000)));
    assert!(shown(AdoptError::Json(error.unwrap_err())).contains("xxxx…"));
}

#[test]
fn a_value_of_the_wrong_type_is_cut() {
    let body = format!(r#"{{"sub_mchid":"1","amount":"{}"}}"#, "1".repeat(10_000));
    let error = Created::decode(body.as_bytes()).unwrap_err();
    assert_eq!(error.path(), "amount");
    assert!(shown(error).starts_with("amount: invalid type: string \"1111"));

    let body = format!(
        "--cut\r\nContent-Disposition: form-data; name=\"meta\"\r\n\r\n{{\"filename\":[],\"{0}\":1}}\r\n\
         --cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\nabc\r\n--cut--\r\n",
        "x".repeat(10_000)
    );
    let meta = format!("\"{}\"", "x".repeat(10_000));
    for body in [
        body.clone(),
        body.replace("[]", &meta).replace("\"x", "\"sha256\":5,\"x"),
    ] {
        let request = Request::post("/v3/merchant/media/upload")
            .header("content-type", "multipart/form-data; boundary=cut")
            .body(body);
        let request = request.unwrap();
        shown(Upload::read(&request).unwrap().check().unwrap_err());
    }
}

#[test]
fn a_text_that_is_no_time_is_cut() {
    let error = DateTime::new("yesterday ".repeat(1_000)).to_timestamp();
    assert!(shown(error.unwrap_err()).starts_with("\"yesterday yesterday"));
}

#[test]
fn a_list_of_many_parts_is_cut() {
    let part = |number: u64| {
        format!(
            r#"{{"bill_sequence":{number},"hash_type":"SHA1","hash_value":"","download_url":"",
            "encrypt_key":"","nonce":""}}"#
        )
    };
    let parts: Vec<String> = (2..2_000).map(part).collect();
    let parts = parts.join(",");
    let body = format!(r#"{{"download_bill_count":1,"download_bill_list":[{parts}]}}"#);
    let bills = EncryptedBills::decode(body.as_bytes()).unwrap();
    let text = shown(bills.in_order().unwrap_err());
    assert!(text.starts_with("the bill has 1 parts, and listed are [2, 3, 4"));
    assert!(text.ends_with("…: ask for the bill again"));
}
