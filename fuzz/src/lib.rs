//! The bodies of the fuzz targets: whatever reads foreign bytes is called with any bytes, and holds
//! to a law.
//!
//! Each is a plain function, so a stable toolchain builds it, a test runs the committed corpus
//! through it, and a crash found elsewhere becomes a file of that corpus. See `README.md`.

mod notice;

use std::process::ExitCode;

use wechatpay_core::api::bill::{BillCheck, BillError, BillFile, HashType, Packing, Sheet};
use wechatpay_core::api::merchant::media::UploadImage;
use wechatpay_core::http::{Request, Response};
use wechatpay_core::platform::{SignedRequest, Upload};
use wechatpay_core::{
    AnyOperation, Authorization, Bytes, Certificate, DateTime, Decode, Merchant, Method, Nonce,
    PlatformKeys, PublicKey, RsaSigner, SerialNumber, Signature, Timestamp, api,
};
use wechatpay_gateway::{Engine, Entropy, credentials};

pub use notice::notice;

const NOW: Timestamp = Timestamp::from_secs(1_795_219_200);

/// The `Authorization` grammar: what was read is written, and read again, the same.
pub fn authorization(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(read) = Authorization::parse(text) {
        let written = read.to_string();
        assert_eq!(Authorization::parse(&written), Ok(read));
    }
    let request = Request::get("/v3/x").header("authorization", data).body("");
    if let Ok(request) = request {
        let _ = SignedRequest::read(&request);
    }
}

/// A whole answer: status, headers, body. Nothing that was not signed is accepted.
///
/// The input is lines of `name: value`, an empty line, and the body; a first line of digits is the
/// status.
pub fn answer(data: &[u8]) {
    let (head, body) = split(data);
    let mut lines = head.split(|byte| *byte == b'\n');
    let status = lines
        .next()
        .and_then(|line| std::str::from_utf8(line).ok()?.parse::<u16>().ok());
    let mut response = Response::builder().status(status.unwrap_or(200));
    for line in lines {
        if let Some(colon) = line.iter().position(|byte| *byte == b':') {
            response = response.header(&line[..colon], line[colon + 1..].trim_ascii());
        }
    }
    let Ok(response) = response.body(body) else {
        return;
    };
    let Ok(unsigned) = merchant().prepare(&any_post(), NOW, Nonce::from_entropy([0; 16])) else {
        return;
    };
    let pending = unsigned.attach(&signature()).pending;
    let done = pending.complete(&response, &platform_keys(), NOW);
    let error = done.expect_err("a signature was made without the key");
    assert!(error.to_string().len() < 4096, "an error fits a log line");
}

/// The typed answers, as they are read after verification: decoding never panics.
fn decode_all(body: &[u8]) {
    use api::ecommerce::profitsharing::{after_sales_orders, finish_order, orders, returnorders};
    use api::ecommerce::subsidies;
    use api::marketing::busifavor::subsidy;
    let _ = subsidies::Created::decode(body);
    let _ = subsidies::Returned::decode(body);
    let _ = subsidies::Cancelled::decode(body);
    let _ = after_sales_orders::Accepted::decode(body);
    let _ = subsidy::ReturnReceiptMade::decode(body);
    let _ = subsidy::pay_receipts::PayReceipts::decode(body);
    let _ = finish_order::Accepted::decode(body);
    let _ = returnorders::Returned::decode(body);
    let _ = orders::amounts::Amounts::decode(body);
    if let Ok(order) = orders::Order::decode(body) {
        let _ = order.outcome();
    }
    if let Ok(order) = after_sales_orders::Order::decode(body) {
        let _ = order.finish_time.as_ref().map(DateTime::to_timestamp);
        let text = serde_json::to_vec(&order).expect("what was read is written");
        assert_eq!(after_sales_orders::Order::decode(&text).ok(), Some(order));
    }
}

/// PEM, X.509, SPKI and private keys: an error for anything else, and never a panic.
pub fn key_files(data: &[u8]) {
    if let Ok(certificate) = Certificate::from_pem(data) {
        let serial = certificate.serial().as_str();
        assert_eq!(
            SerialNumber::parse(serial).as_ref(),
            Ok(certificate.serial())
        );
    }
    let _ = Certificate::from_der(data);
    let _ = PublicKey::from_pem(data);
    let _ = PlatformKeys::new().with_certificate(data);
    let _ = PlatformKeys::new().with_public_key("PUB_KEY_ID_01", data);
    let _ = RsaSigner::from_pem("4B2C", data);
    let _ = RsaSigner::from_pkcs8_der("4B2C", data);
    let _ = RsaSigner::from_pkcs1_der("4B2C", data);
}

/// The certificate list, and every other body that is decoded after verification.
pub fn certificate_list(data: &[u8]) {
    decode_all(data);
    let key = credentials::api_v3_key().expect("the development key is 32 bytes");
    if let Ok(list) = api::certificates::CertificateList::decode(data) {
        let _ = list.open(&key, NOW);
    }
    let list = api::certificates::List::new();
    let Ok(unsigned) = merchant().prepare(&list, NOW, Nonce::from_entropy([0; 16])) else {
        return;
    };
    let pending = unsigned.attach(&signature()).pending;
    let response = Response::new(data);
    assert!(
        pending.bootstrap(&response, &key, NOW).is_err(),
        "nothing unsigned is adopted"
    );
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
    let unsigned = merchant()
        .prepare(&image, NOW, Nonce::from_entropy([0; 16]))
        .expect("an image that was made is drafted");
    let again = Upload::read(unsigned.request()).expect("what is written is read");
    assert_eq!(again.filename(), upload.filename());
    assert_eq!(again.file(), upload.file());
    assert_eq!(again.check(), Ok(()));
}

/// A bill file: nothing passes without its digest, pieces do not matter, and every row has a value
/// for each column.
pub fn bill(data: &[u8]) {
    const LIMIT: u64 = 1 << 20;
    let other = BillFile::builder()
        .hash_type(HashType::Sha1)
        .hash_value("0".repeat(40))
        .download_url("")
        .build();
    let unpack = |size: usize| {
        let mut check = BillCheck::new(&other, Packing::Gzip, LIMIT).expect("SHA-1 is known");
        let mut text = Vec::new();
        for piece in data.chunks(size) {
            if let Err(error) = check.push(piece, |bytes| text.extend_from_slice(bytes)) {
                return (text, error);
            }
        }
        let error = check.finish().expect_err("the digest is another");
        (text, error)
    };
    let (text, error) = unpack(data.len().max(1));
    assert!(u64::try_from(text.len()).is_ok_and(|size| size <= LIMIT));
    if data.len() < 4096 {
        let (pieces, in_pieces) = unpack(1);
        // Of a file that is damaged and too large, either may be met first.
        let large = BillError::TooLarge { limit: LIMIT };
        assert!(in_pieces == error || in_pieces == large);
        if error.to_string().contains("SHA-1") {
            assert_eq!(pieces, text);
        }
    }
    for text in [data, &text] {
        let Ok(sheet) = Sheet::read(text) else {
            continue;
        };
        let mut line = 0;
        for row in sheet.rows().flatten() {
            assert!(row.line() > line, "lines are counted");
            line = row.line();
            assert_eq!(row.iter().count(), sheet.columns().len());
        }
        let _ = sheet.check_summary();
        let _ = sheet.trade_rows().count() + sheet.fund_flow_rows().count();
    }
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
        let mut request = Request::builder().method(method).uri(target);
        for line in lines {
            if let Some(colon) = line.iter().position(|byte| *byte == b':') {
                request = request.header(&line[..colon], line[colon + 1..].trim_ascii());
            }
        }
        request.body(Bytes::copy_from_slice(body)).ok()
    };
    let Some(request) = request else {
        return;
    };
    let mut engine = Engine::new();
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
    let unsigned = merchant()
        .prepare(&operation, NOW, Nonce::from_entropy([0; 16]))
        .ok()?;
    let signer = credentials::merchant_signer().expect("the development key is in order");
    Some(unsigned.sign(&signer).ok()?.request)
}

fn merchant() -> Merchant {
    Merchant::new(credentials::MCHID).expect("the development merchant number is digits")
}

fn platform_keys() -> PlatformKeys {
    credentials::platform_keys().expect("the development keys are in order")
}

fn any_post() -> AnyOperation {
    AnyOperation::new(Method::POST, "/v3/x")
}

fn signature() -> Signature {
    let serial = SerialNumber::parse(credentials::MERCHANT_SERIAL).expect("hexadecimal digits");
    Signature::new(serial, b"not a signature".to_vec())
}

/// Cuts at the first empty line.
fn split(data: &[u8]) -> (&[u8], &[u8]) {
    match data.windows(2).position(|two| two == b"\n\n") {
        Some(at) => (&data[..at], &data[at + 2..]),
        None => (data, b""),
    }
}

/// What a target does on a stable toolchain: runs the files named on the command line.
#[must_use]
pub fn replay(target: fn(&[u8])) -> ExitCode {
    let mut count = 0;
    for path in std::env::args_os().skip(1) {
        match std::fs::read(&path) {
            Ok(data) => target(&data),
            Err(error) => {
                eprintln!("{}: {error}", path.display());
                return ExitCode::from(2);
            }
        }
        count += 1;
    }
    eprintln!("{count} inputs run");
    ExitCode::SUCCESS
}
