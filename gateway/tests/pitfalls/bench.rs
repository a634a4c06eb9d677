//! Both transports behind one call, orders to call about, and messages signed as the platform signs
//! them.

use std::error::Error as StdError;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use wechatpay_core::api::ecommerce::subsidies;
use wechatpay_core::platform::AnswerSignature;
use wechatpay_core::{
    ApiError, ApiV3Key, CallError, Effect, KeyId, Keyring, Merchant, Method, Nonce, Notice,
    NoticeError, Policy, Reason, ResponseError, RsaSigner, Timestamp, ToDraft, VerifyError,
};
use wechatpay_gateway::{Account, Running, credentials};

use crate::server::{self, KEY_ID, Seen, Server};

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_554_208_460);

#[derive(Clone, Copy, Debug)]
pub(crate) enum Transport {
    Hyper,
    Ureq,
}

type Hyper = wechatpay_hyper::Client<RsaSigner, Arc<Keyring>>;
type Ureq = wechatpay_ureq::Client<RsaSigner, Arc<Keyring>>;

pub(crate) enum Client {
    Hyper(Box<Hyper>, Runtime),
    Ureq(Box<Ureq>),
}

/// What a test asks a failed call.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) effect: Effect,
    pub(crate) words: String,
    /// The platform's own error.
    pub(crate) api: Option<ApiError>,
    /// Why a 2xx is not trusted.
    pub(crate) untrusted: Option<VerifyError>,
}

impl Transport {
    pub(crate) const BOTH: [Self; 2] = [Self::Hyper, Self::Ureq];

    pub(crate) fn client(
        self,
        merchant: Merchant,
        signer: RsaSigner,
        keys: impl Into<Arc<Keyring>>,
        policy: Policy,
    ) -> Client {
        let keys = keys.into();
        match self {
            Self::Hyper => {
                let mut runtime = Builder::new_multi_thread();
                let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
                let client = Hyper::new(merchant, signer, keys).with_policy(policy);
                Client::Hyper(Box::new(client), runtime)
            }
            Self::Ureq => {
                let client = Ureq::new(merchant, signer, keys).with_policy(policy);
                Client::Ureq(Box::new(client))
            }
        }
    }

    /// A client of the gateway.
    pub(crate) fn to_gateway(self, gateway: &Running, policy: Policy) -> Client {
        let merchant = Merchant::new(credentials::MCHID).unwrap();
        let merchant = merchant.at(&gateway.base_url()).unwrap();
        let signer = credentials::merchant_signer().unwrap();
        let keys = Keyring::new(credentials::platform_keys().unwrap());
        self.client(merchant, signer, keys, policy)
    }

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

impl Client {
    pub(crate) fn call<O: ToDraft>(&self, operation: &O) -> Result<O::Response, Failure> {
        match self {
            Self::Hyper(client, runtime) => runtime
                .block_on(client.call(operation))
                .map_err(|error| Failure::new(&error)),
            Self::Ureq(client) => client.call(operation).map_err(|error| Failure::new(&error)),
        }
    }

    pub(crate) fn open_notice(
        &self,
        request: &Request<Bytes>,
        key: &ApiV3Key,
    ) -> Result<Notice, NoticeError> {
        match self {
            Self::Hyper(client, runtime) => runtime.block_on(client.open_notice(request, key)),
            Self::Ureq(client) => client.open_notice(request, key),
        }
    }
}

impl Failure {
    fn new<E: StdError>(error: &CallError<E>) -> Self {
        let answered = error.answered();
        Self {
            effect: error.effect(),
            words: error.to_string(),
            api: answered.and_then(ResponseError::api).cloned(),
            untrusted: answered.and_then(|error| match &error.reason {
                Reason::Untrusted { source, .. } => Some(source.clone()),
                _ => None,
            }),
        }
    }

    /// The platform's status and code.
    pub(crate) fn code(&self) -> (u16, &str) {
        let api = self.api.as_ref();
        let api = api.unwrap_or_else(|| panic!("no error of the platform: {}", self.words));
        (api.status.as_u16(), &api.code)
    }
}

/// Four attempts, one right after the other.
pub(crate) fn quick() -> Policy {
    Policy::default().with_pauses(Duration::from_millis(1), Duration::from_millis(2))
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
