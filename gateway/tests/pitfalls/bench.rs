//! Orders to call about, and messages signed as the platform signs them.

use std::path::Path;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use wechatpay_core::api::ecommerce::subsidies;
use wechatpay_core::platform::AnswerSignature;
use wechatpay_core::{
    ApiV3Key, KeyId, Keyring, Merchant, Method, Nonce, Policy, ResponseError, RsaSigner, Timestamp,
    ToDraft,
};
use wechatpay_gateway::{Account, Running};

pub(crate) use crate::both::{Client, Transport, quick};
use crate::server::{self, KEY_ID, Seen, Server};

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_554_208_460);

impl Transport {
    /// A client of a script, which makes one attempt.
    pub(crate) fn to_script(self, server: &Server) -> Client {
        self.as_merchant(server::merchant(&server.base_url()), Policy::once())
    }

    /// A client of the merchant whose platform the scripts play.
    pub(crate) fn as_merchant(self, merchant: Merchant, policy: Policy) -> Client {
        let keys = Keyring::new(server::keys());
        self.client(merchant, server::signer(), keys, policy)
    }
}

/// An order that promises 500 fen, and the call that subsidises it.
pub(crate) fn promised(gateway: &Running, name: &str) -> subsidies::Create {
    let order = json!({
        "sub_mchid": "1900000109", "transaction_id": name, "total": 8_000, "subsidy_amount": 500,
    });
    admin(gateway, Method::POST, "/_gateway/orders", &order);
    serde_json::from_value(json!({
        "sub_mchid": "1900000109", "transaction_id": name, "amount": 500, "description": "autumn",
        "out_subsidy_no": name,
    }))
    .unwrap()
}

pub(crate) fn admin(gateway: &Running, method: Method, path: &str, body: &Value) -> Value {
    gateway.admin(method, path, body).unwrap()
}

pub(crate) fn inject(gateway: &Running, fault: &Value) {
    admin(gateway, Method::POST, "/_gateway/faults", fault);
}

/// What the platform has to pay subsidies from, in fen.
pub(crate) fn fund(gateway: &Running) -> i64 {
    let engine = gateway.engine().lock();
    engine.ledger().balance(&Account::PlatformOperation).get()
}

/// How many requests came, of one method and path.
pub(crate) fn requests(gateway: &Running, name: &str) -> u64 {
    let counts = admin(gateway, Method::GET, "/_gateway/requests", &Value::Null);
    counts["requests"][name].as_u64().unwrap_or(0)
}

/// A request as the script got it.
pub(crate) fn request_of(seen: &Seen) -> Request<Bytes> {
    let text = std::str::from_utf8(&seen.bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ');
    let request = Request::builder()
        .method(first.next().unwrap())
        .uri(first.next().unwrap());
    let request = lines.fold(request, |request, line| {
        let (name, value) = line.split_once(": ").unwrap();
        request.header(name, value)
    });
    request
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .unwrap()
}

/// The request line, as the script got it.
pub(crate) fn line_of(seen: &Seen) -> String {
    let text = String::from_utf8_lossy(&seen.bytes);
    text.lines().next().unwrap().to_owned()
}

/// An answer that nobody signed.
pub(crate) fn unsigned(status: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\nRequest-ID: 08F78BB5-268435462\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A file of the core's known answers, which openssl made.
pub(crate) fn known(file: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/tests/known_answers");
    std::fs::read(folder.join(file)).unwrap()
}

pub(crate) fn known_text(file: &str) -> String {
    String::from_utf8(known(file)).unwrap()
}

pub(crate) fn platform_signer() -> RsaSigner {
    RsaSigner::from_pem("00", &known("keys/platform_pkcs8.pem")).unwrap()
}

/// An answer 200 of the platform.
pub(crate) fn answer(body: &str) -> Response<Vec<u8>> {
    let (id, nonce) = (KeyId::parse(KEY_ID).unwrap(), Nonce::from_entropy([9; 16]));
    let signature = AnswerSignature::new(body.as_bytes(), id, &platform_signer(), NOW, nonce);
    let mut response = Response::new(body.as_bytes().to_vec());
    signature.unwrap().write(&mut response);
    response
}

/// What a call makes of an answer.
pub(crate) fn complete<O: ToDraft>(
    operation: &O,
    response: &Response<Vec<u8>>,
    now: Timestamp,
) -> Result<O::Response, ResponseError> {
    let merchant = Merchant::new("1900001109").unwrap();
    let unsigned = merchant.prepare(operation, NOW, Nonce::from_entropy([7; 16]));
    let prepared = unsigned.unwrap().sign(&server::signer()).unwrap();
    let answer = prepared.pending.complete(response, &server::keys(), now)?;
    Ok(answer.value)
}

/// A callback of the core's known answers, and the APIv3 key that opens it.
pub(crate) fn known_notice(case: &str) -> (Request<Bytes>, ApiV3Key) {
    let part = |name: &str| known_text(&format!("notices/{case}/{name}"));
    let request = Request::post("/notify")
        .header("wechatpay-serial", KEY_ID)
        .header("wechatpay-timestamp", part("timestamp"))
        .header("wechatpay-nonce", part("nonce"))
        .header("wechatpay-signature", part("signature"))
        .body(part("body").into());
    (request.unwrap(), ApiV3Key::new(part("key")).unwrap())
}
