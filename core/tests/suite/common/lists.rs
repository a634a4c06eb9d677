//! Certificate lists as the platform answers them, and rings that read them.

use std::io;
use std::time::Duration;

use wechatpay_core::api::certificates::{CertificateList, List};
use wechatpay_core::platform::AnswerSignature;
use wechatpay_core::{
    AnyOperation, ApiV3Key, CallError, Certificate, Fetch, KeyId, Keyring, Method, Pending,
    PlatformKeys, Refresh, RefreshError, SealedResource, Timestamp, Verifier as _, Wish, http,
};

use super::{key, merchant, nonce, platform_signer, signer};

pub const API_V3_KEY: &str = "0123456789abcdefGHIJKLMNOPQRSTUV";
/// Two certificates of the platform's, of one key.
pub const OLD: &str = "A15C2D3E4F60718293A4B5C6D7E8F901234567";
pub const NEW: &str = "A15C2D3E4F60718293A4B5C6D7E8F9012345678";
pub const OLD_FILE: &str = "platform_cert.pem";
pub const NEW_FILE: &str = "platform_cert_leading_zero.pem";

/// A time at which both certificates are valid.
pub fn now() -> Timestamp {
    let old = Certificate::from_pem(&key(OLD_FILE)).unwrap();
    let new = Certificate::from_pem(&key(NEW_FILE)).unwrap();
    let from = old.not_before().max(new.not_before());
    let now = from.plus(Duration::from_secs(24 * 60 * 60));
    assert!(old.is_valid_at(now) && new.is_valid_at(now));
    now
}

pub fn after(seconds: u64) -> Timestamp {
    now().plus(Duration::from_secs(seconds))
}

pub fn api_v3_key() -> ApiV3Key {
    ApiV3Key::new(API_V3_KEY).unwrap()
}

pub fn certificates(files: &[&str]) -> PlatformKeys {
    files.iter().fold(PlatformKeys::new(), |keys, file| {
        keys.with_certificate(&key(file)).unwrap()
    })
}

pub fn ring(keys: PlatformKeys) -> Keyring {
    Keyring::new(keys).with_api_v3_key(api_v3_key())
}

pub fn list_pending() -> Pending<CertificateList> {
    let unsigned = merchant().prepare(&List::new(), now(), nonce()).unwrap();
    unsigned.sign(signer()).unwrap().pending
}

/// A list of certificates under these serial numbers, signed with the key of `signed_by`.
pub fn list(entries: &[(&str, &str)], signed_by: &str, at: Timestamp) -> http::Response<Vec<u8>> {
    let data: Vec<_> = entries
        .iter()
        .map(|(serial, file)| {
            let sealed =
                SealedResource::seal(&api_v3_key(), "61f9c719728a", "certificate", &key(file));
            serde_json::json!({
                "serial_no": serial,
                "effective_time": "2018-06-08T10:34:56+08:00",
                "expire_time": "2018-12-08T10:34:56+08:00",
                "encrypt_certificate": sealed.unwrap(),
            })
        })
        .collect();
    signed(
        200,
        serde_json::json!({ "data": data }).to_string(),
        signed_by,
        at,
    )
}

pub fn signed(status: u16, body: String, by: &str, at: Timestamp) -> http::Response<Vec<u8>> {
    let id = KeyId::parse(by).unwrap();
    let signature = AnswerSignature::new(body.as_bytes(), id, platform_signer(), at, nonce());
    let mut response = super::unsigned_answer(status, body);
    signature.unwrap().write(&mut response);
    response
}

/// Fetches by this wish, and gets this answer.
pub fn fetch(
    ring: &Keyring,
    wish: Wish,
    response: &http::Response<Vec<u8>>,
    at: Timestamp,
) -> Result<(), RefreshError> {
    let fetch = begin(ring, wish, at);
    let read = fetch.read(&list_pending(), response, at);
    fetch.settle(read.map_err(CallError::<io::Error>::from), at)
}

#[track_caller]
pub fn begin(ring: &Keyring, wish: Wish, at: Timestamp) -> Fetch<'_> {
    match ring.refresh(ring.edition(), wish, at) {
        Refresh::Fetch(fetch) => fetch,
        other => panic!("{other:?}"),
    }
}

pub fn adopt(
    ring: &Keyring,
    response: &http::Response<Vec<u8>>,
    at: Timestamp,
) -> Result<(), RefreshError> {
    fetch(ring, Wish::Due, response, at)
}

/// No connection is made.
pub fn unreached(ring: &Keyring, at: Timestamp) {
    let error = CallError::NotSent {
        operation: list_pending().operation().clone(),
        source: io::Error::from(io::ErrorKind::ConnectionRefused),
    };
    begin(ring, Wish::Due, at)
        .settle(Err(error), at)
        .unwrap_err();
}

/// How long until certificates may be fetched for an answer.
pub fn pause(ring: &Keyring, at: Timestamp) -> Option<u64> {
    ring.wait(Wish::Answer, at).map(|wait| wait.as_secs())
}

pub fn ids(ring: &Keyring) -> Vec<String> {
    ring.current()
        .iter()
        .map(|(id, _)| id.to_string())
        .collect()
}

pub fn declared(ring: &Keyring) -> String {
    ring.declared().unwrap().to_string()
}

/// Whether an answer that names this key verifies.
pub fn verifies(ring: &Keyring, by: &str) -> bool {
    let unsigned = merchant().prepare(&AnyOperation::new(Method::GET, "/v3/x"), now(), nonce());
    let pending = unsigned.unwrap().sign(signer()).unwrap().pending;
    let response = signed(200, "{}".to_owned(), by, now());
    pending.complete(&response, ring, now()).is_ok()
}
