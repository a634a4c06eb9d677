//! How the first platform certificates come to be trusted, on a list that openssl signed.

use crate::common;
use std::path::Path;

use wechatpay_core::{ApiV3Key, Merchant, Nonce, Timestamp, api, http};

fn bytes(file: &str) -> Vec<u8> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/known_answers/certificates_list");
    std::fs::read(folder.join(file)).unwrap()
}

fn text(file: &str) -> String {
    String::from_utf8(bytes(file)).unwrap()
}

#[test]
fn the_first_certificates_are_adopted_from_the_answer_that_they_verify() {
    let key = ApiV3Key::new(bytes("key")).unwrap();
    let now = Timestamp::from_secs(text("timestamp").parse().unwrap());
    let answer = |body: Vec<u8>| {
        http::Response::builder()
            .header("Wechatpay-Serial", text("serial"))
            .header("Wechatpay-Timestamp", text("timestamp"))
            .header("Wechatpay-Nonce", text("nonce"))
            .header("Wechatpay-Signature", text("signature"))
            .header("Request-ID", "08F7-0")
            .body(body)
            .unwrap()
    };
    let pending = Merchant::new("1900009191")
        .unwrap()
        .prepare(
            &api::certificates::List::new(),
            now,
            Nonce::from_entropy([0; 16]),
        )
        .unwrap()
        .sign(common::signer())
        .unwrap()
        .pending;

    let adopted = pending
        .bootstrap(&answer(bytes("body.json")), &key, now)
        .unwrap();
    let ids: Vec<_> = adopted.value.iter().map(|(id, _)| id.to_string()).collect();
    assert_eq!(
        ids,
        [
            "00A15C2D3E4F60718293A4B5C6D7E8F901234567",
            "0A15C2D3E4F60718293A4B5C6D7E8F9012345678"
        ],
        "as the list writes them"
    );

    let mut other_key = bytes("key");
    other_key[0] ^= 1;
    let other_key = ApiV3Key::new(other_key).unwrap();
    let refused = pending
        .bootstrap(&answer(bytes("body.json")), &other_key, now)
        .unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("does not open with this APIv3 key"),
        "{refused}"
    );

    // The list opens, and yet the bytes are not those that were signed.
    let mut longer = bytes("body.json");
    longer.push(b'\n');
    let refused = pending.bootstrap(&answer(longer), &key, now).unwrap_err();
    assert!(refused.to_string().contains("does not verify"), "{refused}");

    // A certificate under another's serial number.
    let swapped = text("body.json").replace(
        "0A15C2D3E4F60718293A4B5C6D7E8F9012345678",
        "0A15C2D3E4F60718293A4B5C6D7E8F9012345679",
    );
    let refused = pending
        .bootstrap(&answer(swapped.into()), &key, now)
        .unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("has the serial number 0A15C2D3"),
        "{refused}"
    );
}
