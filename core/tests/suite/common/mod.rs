//! What the tests of answers and notices share: the keys, and messages signed as the platform signs
//! them.
#![allow(unreachable_pub)]

pub mod bills;
pub mod lists;
pub mod outcomes;

use std::path::Path;
use std::sync::LazyLock;

use wechatpay_core::platform::AnswerSignature;
use wechatpay_core::{
    AnyOperation, Bytes, Document, DraftError, KeyId, Merchant, Method, Nonce, Operation, Pending,
    PlatformKeys, Prepared, RsaSigner, Timestamp, ToDraft, http,
};

pub const NOW: Timestamp = Timestamp::from_secs(1_554_208_460);
pub const MERCHANT_SERIAL: &str = "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8D";
pub const PLATFORM_ID: &str = "PUB_KEY_ID_0114232134912410000000000000";

pub fn key(file: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/known_answers/keys");
    std::fs::read(folder.join(file)).unwrap()
}

pub fn merchant() -> Merchant {
    Merchant::new("1900009191").unwrap()
}

/// Read once: holding a private key against itself takes its time in a debug build.
pub fn signer() -> &'static RsaSigner {
    static SIGNER: LazyLock<RsaSigner> =
        LazyLock::new(|| RsaSigner::from_pem(MERCHANT_SERIAL, &key("merchant_pkcs8.pem")).unwrap());
    &SIGNER
}

pub fn brand_signer() -> RsaSigner {
    let signer = RsaSigner::from_pem(MERCHANT_SERIAL, &key("merchant_pkcs8.pem"));
    signer.unwrap().for_brand()
}

pub fn platform_signer() -> &'static RsaSigner {
    static SIGNER: LazyLock<RsaSigner> =
        LazyLock::new(|| RsaSigner::from_pem("00", &key("platform_pkcs8.pem")).unwrap());
    &SIGNER
}

pub fn platform_keys() -> PlatformKeys {
    PlatformKeys::new()
        .with_public_key(PLATFORM_ID, &key("platform_spki.pem"))
        .unwrap()
}

pub fn nonce() -> Nonce {
    Nonce::from_entropy([0xAB; 16])
}

pub fn pending<O: ToDraft>(operation: &O) -> Pending<O::Response> {
    prepared(operation).pending
}

/// The request as it is sent.
pub fn request<O: ToDraft>(operation: &O) -> http::Request<Bytes> {
    prepared(operation).request
}

fn prepared<O: ToDraft>(operation: &O) -> Prepared<O::Response> {
    let unsigned = merchant().prepare(operation, NOW, nonce()).unwrap();
    unsigned.sign(signer()).unwrap()
}

/// A call that moves money, as far as the core knows.
pub fn any_post() -> Pending<Document> {
    pending(&AnyOperation::new(
        Method::POST,
        "/v3/ecommerce/subsidies/create",
    ))
}

/// An answer with the platform's signature over these bytes.
pub fn answer(status: u16, body: impl Into<Vec<u8>>) -> http::Response<Vec<u8>> {
    let body = body.into();
    let id = KeyId::parse(PLATFORM_ID).unwrap();
    let signature = AnswerSignature::new(&body, id, platform_signer(), NOW, nonce()).unwrap();
    let mut response = unsigned_answer(status, body);
    signature.write(&mut response);
    response
}

pub fn unsigned_answer(status: u16, body: impl Into<Vec<u8>>) -> http::Response<Vec<u8>> {
    http::Response::builder()
        .status(status)
        .header("Request-ID", "08F78BDBEB0510A1-0")
        .body(body.into())
        .unwrap()
}

/// A notice from `known_answers/notices`, with the id of the key that it names.
pub fn known_notice(case: &str, serial: &str) -> http::Request<Vec<u8>> {
    http::Request::post("/notify")
        .header("Wechatpay-Serial", serial)
        .header("Wechatpay-Timestamp", notice_file(case, "timestamp"))
        .header("Wechatpay-Nonce", notice_file(case, "nonce"))
        .header("Wechatpay-Signature", notice_file(case, "signature"))
        .header("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048")
        .header("Request-ID", "08F78BDBEB0510A1-0")
        .body(notice_file(case, "body").into_bytes())
        .unwrap()
}

pub fn notice_file(case: &str, file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/known_answers/notices");
    std::fs::read_to_string(folder.join(case).join(file)).unwrap()
}

/// A request with the platform's signature over these bytes, whatever they are.
pub fn signed_request(body: impl Into<Vec<u8>>) -> http::Request<Vec<u8>> {
    let (parts, body) = answer(200, body).into_parts();
    let mut request = http::Request::post("/notify").body(body).unwrap();
    *request.headers_mut() = parts.headers;
    request
}

/// Reads a documented answer, and writes the same again.
#[track_caller]
pub fn keeps<T: wechatpay_core::Decode + serde::Serialize>(body: serde_json::Value) -> T {
    let text = body.to_string();
    let value = T::decode(text.as_bytes()).unwrap();
    assert_eq!(serde_json::to_value(&value).unwrap(), body);
    value
}

/// What an operation sends, byte by byte.
#[track_caller]
pub fn sends<O: Operation>(operation: &O, method: Method, target: &str, body: &str) {
    let prepared = merchant().prepare(operation, NOW, nonce()).unwrap();
    let request = prepared.request();
    assert_eq!(*request.method(), method);
    assert_eq!(request.uri().path_and_query().unwrap().as_str(), target);
    assert_eq!(std::str::from_utf8(request.body()).unwrap(), body);
}

/// An operation that is refused before it is sent, for a field; with these words.
#[track_caller]
pub fn refuses<O: ToDraft>(operation: &O, words: &str) {
    let draft = merchant().draft(operation);
    match draft.map(|draft| draft.target().to_owned()) {
        Err(error @ DraftError::Field { .. }) => {
            let text = error.to_string();
            assert!(text.contains(words), "{text}");
            assert!(text.ends_with("nothing was sent"), "{text}");
        }
        other => panic!("{other:?}"),
    }
}
