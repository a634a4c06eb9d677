//! An engine, a merchant that signs for it, and a clock in the hand.

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use serde_json::{Value, json};
use wechatpay_core::canonical::{request_message, response_message};
use wechatpay_core::{
    Authorization, Merchant, Nonce, PlatformKeys, Prepared, ResponseError, RsaSigner, Signer as _,
    Timestamp, ToDraft, Verifier as _, VerifyError,
};
use wechatpay_gateway::{Delivery, DeliveryOutcome, Engine, Entropy, Handled, credentials};

/// 2025-11-21T12:40:00+08:00.
pub(crate) const NOW: u64 = 1_763_700_000;
pub(crate) const NONCE: &str = "593BEC0C930BF1AFEB40B4A08C8FB242";

pub(crate) struct Bench {
    pub(crate) engine: Engine,
    pub(crate) now: u64,
    pub(crate) keys: PlatformKeys,
    signer: RsaSigner,
    requests: u64,
}

impl Bench {
    /// The clock stands still, so nothing is held to the rates of a second.
    pub(crate) fn new() -> Self {
        let mut bench = Self::with_limits();
        let lift = Request::put("/_gateway/limits").body(r#"{"rates":"lifted"}"#.into());
        let (now, entropy) = (Timestamp::from_secs(NOW), Entropy::new([9; 32]));
        bench.engine.handle(&lift.unwrap(), now, entropy);
        bench
    }

    pub(crate) fn with_limits() -> Self {
        Self {
            engine: Engine::new(),
            now: NOW,
            keys: credentials::platform_keys().unwrap(),
            signer: credentials::merchant_signer().unwrap(),
            requests: 0,
        }
    }

    pub(crate) fn handle(&mut self, request: &Request<Bytes>) -> Handled {
        let entropy = self.entropy();
        let now = Timestamp::from_secs(self.now);
        self.engine.handle(request, now, entropy)
    }

    /// Other bytes each time, and the same in each run.
    pub(crate) fn entropy(&mut self) -> Entropy {
        self.requests += 1;
        let mut entropy = [0; 32];
        entropy[..8].copy_from_slice(&self.requests.to_be_bytes());
        entropy[16..24].copy_from_slice(&self.requests.to_be_bytes());
        entropy[24..].copy_from_slice(&self.requests.to_be_bytes());
        Entropy::new(entropy)
    }

    /// Queues callbacks and gives their ids.
    pub(crate) fn queue(&mut self, body: &Value) -> Vec<String> {
        let mut queue = json!({ "notify_url": "http://127.0.0.1:9/notify", "event": "payment" });
        let extra = body.as_object().unwrap().clone();
        queue.as_object_mut().unwrap().extend(extra);
        let (status, queued) = self.admin("POST", "/_gateway/notices", &queue);
        assert_eq!(status, 201, "{queued}");
        serde_json::from_value(queued["ids"].clone()).unwrap()
    }

    /// The callbacks that are due now.
    pub(crate) fn deliveries(&mut self) -> Vec<Delivery> {
        let entropy = self.entropy();
        let now = Timestamp::from_secs(self.now);
        self.engine.due_notices(100_000, now, entropy)
    }

    pub(crate) fn answered(&mut self, delivery: &Delivery, status: u16) {
        let outcome = DeliveryOutcome::Answered(StatusCode::from_u16(status).unwrap());
        let now = Timestamp::from_secs(self.now);
        self.engine.notice_answered(delivery.id, outcome, now);
    }

    pub(crate) fn notices(&mut self) -> Value {
        self.admin("GET", "/_gateway/notices", &Value::Null).1
    }

    pub(crate) fn send(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        match self.handle(request) {
            Handled::Answer { response, .. } => response,
            other => panic!("no answer: {other:?}"),
        }
    }

    /// A call through the typed core: drafted, sealed, signed, and its answer verified.
    pub(crate) fn call<O: ToDraft>(&mut self, operation: &O) -> Result<O::Response, ResponseError> {
        let now = Timestamp::from_secs(self.now);
        let merchant = Merchant::new(credentials::MCHID).unwrap();
        let draft = merchant.draft_for(operation, &self.keys).unwrap();
        let unsigned = draft.stamp(now, Nonce::parse(NONCE).unwrap());
        let Prepared { request, pending } = unsigned.sign(&self.signer).unwrap();
        let response = self.send(&request);
        pending
            .complete(&response, &self.keys, now)
            .map(|answer| answer.value)
    }

    /// A signed request, written by hand.
    pub(crate) fn signed(
        &self,
        method: &str,
        target: &str,
        body: impl Into<Bytes>,
    ) -> Request<Bytes> {
        let body = body.into();
        let timestamp = self.now.to_string();
        let authorization = self.authorization(method, target, &timestamp, NONCE, &body);
        Request::builder()
            .method(method)
            .uri(target)
            .header("accept", "application/json")
            .header("user-agent", "test/1.0")
            .header("content-type", "application/json")
            .header("authorization", authorization)
            .body(body)
            .unwrap()
    }

    pub(crate) fn authorization(
        &self,
        method: &str,
        target: &str,
        timestamp: &str,
        nonce: &str,
        body: &[u8],
    ) -> String {
        let message = request_message(method, target, timestamp, nonce, body);
        Authorization {
            scheme: "WECHATPAY2-SHA256-RSA2048",
            mchid: credentials::MCHID,
            nonce,
            timestamp,
            serial_no: credentials::MERCHANT_SERIAL,
            signature: &self.signer.sign(&message).unwrap().to_base64(),
        }
        .to_string()
    }

    /// The status and the JSON of an answer whose signature holds.
    pub(crate) fn ask(&mut self, request: &Request<Bytes>) -> (u16, Value) {
        let response = self.send(request);
        self.verify(&response);
        read(&response)
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> (u16, Value) {
        self.post_text(path, &body.to_string())
    }

    pub(crate) fn post_text(&mut self, path: &str, body: &str) -> (u16, Value) {
        let request = self.signed("POST", path, body.to_owned());
        self.ask(&request)
    }

    pub(crate) fn get(&mut self, target: &str) -> (u16, Value) {
        let request = self.signed("GET", target, "");
        self.ask(&request)
    }

    pub(crate) fn verify(&self, response: &Response<Bytes>) {
        let timestamp = response.headers()["wechatpay-timestamp"].to_str().unwrap();
        assert_eq!(timestamp, self.now.to_string());
        verify(&self.keys, response.headers(), response.body()).unwrap();
    }

    /// Calls the administration.
    pub(crate) fn admin(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let request = Request::builder().method(method).uri(path);
        let response = self.send(&request.body(body.into()).unwrap());
        assert!(!response.headers().contains_key("wechatpay-signature"));
        read(&response)
    }

    pub(crate) fn ledger(&mut self) -> Value {
        let (status, ledger) = self.admin("GET", "/_gateway/ledger", &Value::Null);
        assert_eq!((status, &ledger["sum"]), (200, &json!(0)));
        ledger
    }

    pub(crate) fn balance(&mut self, account: &str) -> i64 {
        self.ledger()["balances"][account].as_i64().unwrap_or(0)
    }

    /// Asks for something that is refused, and holds the ledger to not having changed.
    pub(crate) fn refused(
        &mut self,
        status: u16,
        code: &str,
        ask: impl FnOnce(&mut Self) -> (u16, Value),
    ) -> Value {
        let before = self.ledger();
        let (got, answer) = ask(self);
        assert_eq!(
            (got, answer["code"].as_str().unwrap()),
            (status, code),
            "{answer}"
        );
        assert!(answer["message"].is_string(), "{answer}");
        assert_eq!(self.ledger(), before, "money moved: {answer}");
        answer
    }

    /// Asks for something that is answered, and moves nothing.
    pub(crate) fn unmoved<T>(&mut self, ask: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.ledger();
        let answer = ask(self);
        assert_eq!(self.ledger(), before, "money moved");
        answer
    }

    /// The same after the clock moved on.
    pub(crate) fn unmoved_but_clock<T>(
        &mut self,
        seconds: u64,
        ask: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.unmoved(|bench| {
            bench.advance(seconds);
            ask(bench)
        })
    }

    /// Places an order at sub-merchant 1900000109 and gives its transaction id.
    pub(crate) fn order(&mut self, body: &Value) -> String {
        let mut order = json!({ "sub_mchid": "1900000109", "total": 8_000 });
        let extra = body.as_object().unwrap().clone();
        order.as_object_mut().unwrap().extend(extra);
        let (status, order) = self.admin("POST", "/_gateway/orders", &order);
        assert_eq!(status, 201, "{order}");
        order["transaction_id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn order_path(id: &str) -> String {
        format!("/_gateway/orders/1900000109/{id}")
    }

    /// Refunds an order in part and gives the refund's id.
    pub(crate) fn refund(&mut self, id: &str, amount: i64) -> String {
        let path = Self::order_path(id) + "/refunds";
        let (status, refund) = self.admin("POST", &path, &json!({ "amount": amount }));
        assert_eq!(status, 201, "{refund}");
        refund["refund_id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn share(&mut self, id: &str) {
        let path = Self::order_path(id) + "/share";
        assert_eq!(self.admin("POST", &path, &Value::Null).0, 200);
    }

    pub(crate) fn advance(&mut self, seconds: u64) {
        let body = json!({ "advance_seconds": seconds });
        assert_eq!(self.admin("POST", "/_gateway/clock", &body).0, 200);
    }

    pub(crate) fn set_balance(&mut self, account: &str, balance: i64) {
        let body = json!({ "account": account, "balance": balance });
        assert_eq!(self.admin("PUT", "/_gateway/balances", &body).0, 200);
    }
}

/// Whether the platform signed these bytes.
pub(crate) fn verify(
    keys: &PlatformKeys,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), VerifyError> {
    let header = |name| headers[name].to_str().unwrap();
    let timestamp = header("wechatpay-timestamp");
    let message = response_message(timestamp, header("wechatpay-nonce"), body);
    let signature = base64(header("wechatpay-signature"));
    keys.verify(header("wechatpay-serial"), &message, &signature)
}

pub(crate) fn read(response: &Response<Bytes>) -> (u16, Value) {
    assert_eq!(response.headers()["content-type"], "application/json");
    let body = serde_json::from_slice(response.body()).unwrap();
    (response.status().as_u16(), body)
}

/// The tests' own decoder, so that nothing of the engine decodes what it encoded.
pub(crate) fn base64(text: &str) -> Vec<u8> {
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for sign in text.bytes().filter(|b| *b != b'=') {
        let value = SIGNS.iter().position(|s| *s == sign).unwrap();
        bits = (bits << 6) | u32::try_from(value).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xFF).unwrap());
        }
    }
    bytes
}
