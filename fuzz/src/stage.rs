//! What the targets share: the parties and their keys, read once, and the grammar of inputs.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use wechatpay_core::http::{HeaderMap, HeaderName, HeaderValue};
use wechatpay_core::{
    AnyOperation, ApiV3Key, Document, Merchant, Method, Nonce, Pending, PlatformKeys, RsaSigner,
    SerialNumber, Signature, Statement, Timestamp, ToDraft, Verifier, VerifyError,
};
use wechatpay_gateway::{Engine, credentials};

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_795_219_200);

pub(crate) static MERCHANT: LazyLock<Merchant> = LazyLock::new(|| {
    Merchant::new(credentials::MCHID).expect("the development merchant number is digits")
});

pub(crate) static SIGNER: LazyLock<RsaSigner> =
    LazyLock::new(|| credentials::merchant_signer().expect("the development key is in order"));

pub(crate) static PLATFORM_KEYS: LazyLock<PlatformKeys> =
    LazyLock::new(|| credentials::platform_keys().expect("the development keys are in order"));

pub(crate) static API_V3_KEY: LazyLock<ApiV3Key> =
    LazyLock::new(|| credentials::api_v3_key().expect("the development key is 32 bytes"));

/// A call that may move money, and one that cannot.
pub(crate) static POST: LazyLock<Pending<Document>> =
    LazyLock::new(|| pending(&AnyOperation::new(Method::POST, "/v3/x")));
pub(crate) static GET: LazyLock<Pending<Document>> =
    LazyLock::new(|| pending(&AnyOperation::new(Method::GET, "/v3/x")));

/// The call for a statement file, whose digest is signed in its place.
pub(crate) static STATEMENT: LazyLock<Pending<Statement>> = LazyLock::new(|| {
    let operation = AnyOperation::new(Method::GET, "/hk/v3/statements");
    pending(&operation.answering::<Statement>())
});

/// What waits for the answer to a call that was signed somehow.
pub(crate) fn pending<O: ToDraft>(operation: &O) -> Pending<O::Response> {
    let serial = SerialNumber::parse(credentials::MERCHANT_SERIAL).expect("hexadecimal digits");
    let signature = Signature::new(serial, b"not a signature".to_vec());
    let draft = MERCHANT.draft(operation).expect("the call can be drafted");
    let unsigned = draft.stamp(NOW, Nonce::from_entropy([0; 16]));
    unsigned.attach(&signature).pending
}

/// Takes every signature, so that the input reaches what comes after it.
pub(crate) struct Trusting;

impl Verifier for Trusting {
    fn verify(&self, _: &str, _: &[u8], _: &[u8]) -> Result<(), VerifyError> {
        Ok(())
    }
}

/// An engine at its start. To make one takes longer than what most inputs ask of it.
pub(crate) struct SharedEngine(LazyLock<Mutex<Engine>>);

pub(crate) static ENGINE: SharedEngine = SharedEngine(LazyLock::new(Mutex::default));

impl SharedEngine {
    pub(crate) fn at_its_start(&self) -> MutexGuard<'_, Engine> {
        let mut engine = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let reset = wechatpay_core::http::Request::post("/_gateway/reset")
            .body(wechatpay_core::Bytes::new())
            .expect("the request is in order");
        let _ = engine.handle(&reset, NOW, [0; 32].into());
        engine
    }
}

/// Lines of `name: value`; none when a name or a value is of other characters than headers are.
pub(crate) fn headers_of<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in lines {
        if let Some(colon) = line.iter().position(|byte| *byte == b':') {
            let name = HeaderName::from_bytes(&line[..colon]).ok()?;
            let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
            headers.append(name, value);
        }
    }
    Some(headers)
}

/// Cuts at the first empty line.
pub(crate) fn split(data: &[u8]) -> (&[u8], &[u8]) {
    match data.windows(2).position(|two| two == b"\n\n") {
        Some(at) => (&data[..at], &data[at + 2..]),
        None => (data, b""),
    }
}

/// What is written to logs is one line, and not a long one.
#[track_caller]
pub(crate) fn fits_a_log_line(error: &dyn std::error::Error) {
    let text = error.to_string();
    assert!(text.len() < 4096, "{} bytes: {text:.200}", text.len());
    assert!(!text.contains(char::is_control), "{text:?}");
}
