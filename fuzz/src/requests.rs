//! What a merchant sends, as the platform reads it.

use wechatpay_core::api::merchant::media::UploadImage;
use wechatpay_core::http::Request;
use wechatpay_core::platform::{SignedRequest, Upload};
use wechatpay_core::{AnyOperation, Authorization, Bytes, Method, Nonce};
use wechatpay_gateway::Entropy;

use crate::stage::{ENGINE, MERCHANT, NOW, SIGNER, fits_a_log_line, headers_of, split};

/// The `Authorization` grammar: what was read is written, and read again, the same.
pub fn authorization(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match Authorization::parse(text) {
        Ok(read) => {
            let shown = format!("{read:?}");
            let elsewhere = [read.mchid, read.timestamp, read.serial_no, read.scheme].concat();
            let told = shown.contains(read.signature) && !elsewhere.contains(read.signature);
            assert!(!told || read.signature.len() < 24, "the signature shows");
            let written = read.to_string();
            assert_eq!(Authorization::parse(&written), Ok(read));
        }
        Err(error) => fits_a_log_line(&error),
    }
    let request = Request::get("/v3/x").header("authorization", data).body("");
    if let Ok(request) = request
        && let Err(error) = SignedRequest::read(&request)
    {
        fits_a_log_line(&error);
    }
}

/// An upload's body: what was read is written, and read again, the same.
///
/// The input is the `Content-Type`, an empty line, and the body.
pub fn upload(data: &[u8]) {
    let (content_type, body) = split(data);
    let request = Request::post("/v3/x").header("content-type", content_type);
    let Ok(request) = request.body(body) else {
        return;
    };
    let Ok(upload) = Upload::read(&request) else {
        return;
    };
    let _ = upload.check();
    assert!(upload.meta().len() + upload.file().len() < body.len());
    let Ok(image) = UploadImage::new(upload.filename(), upload.file()) else {
        return;
    };
    let unsigned = MERCHANT
        .prepare(&image, NOW, Nonce::from_entropy([0; 16]))
        .expect("an image that was made is drafted");
    let again = Upload::read(unsigned.request()).expect("what is written is read");
    assert_eq!(again.filename(), upload.filename());
    assert_eq!(again.file(), upload.file());
    assert_eq!(again.check(), Ok(()));
}

/// The gateway's request path, end to end: any request gets an answer, and no fen is lost.
///
/// The input is a request line `METHOD TARGET`, lines of `name: value`, an empty line, and the body.
/// A first byte of `!` has the request signed properly, so that the input reaches the operations.
pub fn gateway_request(data: &[u8]) {
    let (signed, data) = match data.strip_prefix(b"!") {
        Some(rest) => (true, rest),
        None => (false, data),
    };
    let (head, body) = split(data);
    let mut lines = head.split(|byte| *byte == b'\n');
    let mut words = lines
        .next()
        .unwrap_or_default()
        .splitn(2, |byte| *byte == b' ');
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let request = if signed {
        signed_request(method, target, body)
    } else {
        let request = Request::builder().method(method).uri(target);
        let request = request.body(Bytes::copy_from_slice(body)).ok();
        request
            .zip(headers_of(lines))
            .map(|(mut request, headers)| {
                *request.headers_mut() = headers;
                request
            })
    };
    let Some(request) = request else {
        return;
    };
    let mut engine = ENGINE.at_its_start();
    for entropy in [[1; 32], [2; 32]] {
        let _ = engine.handle(&request, NOW, Entropy::new(entropy));
        assert_eq!(
            engine.ledger().sum().get(),
            0,
            "the sum over all accounts never changes"
        );
    }
}

fn signed_request(method: &[u8], target: &[u8], body: &[u8]) -> Option<Request<Bytes>> {
    let method = Method::from_bytes(method).ok()?;
    let target = std::str::from_utf8(target).ok()?;
    let operation = AnyOperation::new(method, target).json_bytes(body.to_vec());
    let unsigned = MERCHANT
        .prepare(&operation, NOW, Nonce::from_entropy([0; 16]))
        .ok()?;
    Some(unsigned.sign(&*SIGNER).ok()?.request)
}
