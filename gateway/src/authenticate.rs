//! Whether a request is the merchant's: its headers, its clock, its signature over the raw bytes,
//! which of an upload are those of the metadata.
//!
//! Each refusal tells what is wrong and what to fix, with the given value beside the expected one.

use bytes::Bytes;
use http::Request;
use http::header::{ACCEPT, HeaderName, USER_AGENT};
use serde_json::{Value, json};
use wechatpay_core::platform::{RequestError, SignedRequest};
use wechatpay_core::{Authorization, Certificate, PublicKey, Scheme, SerialNumber, Timestamp};

use crate::credentials;
use crate::problem::{Code, Location, Problem, clipped};
use crate::uploads::{is_upload, take_apart};

const MALFORMED: &str = "Http头Authorization值格式错误";

/// Lets the request pass, or says why not.
pub(crate) fn authenticate(
    request: &Request<Bytes>,
    merchant: &Certificate,
    now: Timestamp,
) -> Result<(), Problem> {
    for name in [ACCEPT, USER_AGENT] {
        if !request.headers().contains_key(&name) {
            return Err(missing_header(&name));
        }
    }
    let covered = covered(request);
    let body = covered.as_ref().map_or(&b""[..], |covered| covered.bytes());
    let signed = SignedRequest::read_signing(request, body).map_err(|e| malformed(&e))?;
    known_caller(signed.authorization(), merchant)?;
    // What was signed is known only of an upload that can be taken apart.
    let covered = covered?;
    let key = merchant.public_key();
    signed.verify(key, now).map_err(|error| match error {
        RequestError::Stale { at, .. } => stale(&signed, at, &error),
        _ => wrong_signature(request, &signed, covered.name(request, key, now)),
    })
}

/// What of a request's body enters its signature.
#[derive(Clone, Copy)]
enum Covered<'a> {
    Body(&'a [u8]),
    /// An upload's metadata.
    Meta(&'a [u8]),
}

fn covered(request: &Request<Bytes>) -> Result<Covered<'_>, Problem> {
    if is_upload(request.method(), request.uri().path()) {
        Ok(Covered::Meta(take_apart(request)?.meta()))
    } else {
        Ok(Covered::Body(request.body()))
    }
}

impl<'a> Covered<'a> {
    fn bytes(self) -> &'a [u8] {
        match self {
            Self::Body(bytes) | Self::Meta(bytes) => bytes,
        }
    }

    /// What it is called, for who signed something else.
    fn name(self, request: &Request<Bytes>, key: &PublicKey, now: Timestamp) -> &'static str {
        match (self, SignedRequest::read(request)) {
            (Self::Body(_), _) => "the body",
            (Self::Meta(_), Ok(whole)) if whole.verify(key, now).is_ok() => {
                "the content of the part meta (and not the whole body, which was signed here)"
            }
            (Self::Meta(_), _) => "the content of the part meta",
        }
    }
}

fn missing_header(name: &HeaderName) -> Problem {
    Problem::worded(
        Code::ParamError,
        "Http头缺少Accept或User-Agent",
        format!("header {name} is missing; every request carries Accept and User-Agent"),
    )
    .at(
        Location::Header,
        name.as_str(),
        &Value::Null,
        "the header is missing",
    )
}

fn malformed(error: &RequestError) -> Problem {
    let (field, issue) = match error {
        RequestError::Missing => ("authorization", format!("{error}; sign the request")),
        RequestError::Timestamp(_) => (
            "timestamp",
            format!("{error}; it is the count of seconds since 1970, such as 1554208460"),
        ),
        other => (
            "authorization",
            format!(
                "{other}; it is {} mchid=\"…\",nonce_str=\"…\",timestamp=\"…\",serial_no=\"…\",\
                 signature=\"…\" on one line",
                Scheme::RSA.as_str()
            ),
        ),
    };
    // The value is left out: it is a secret.
    Problem::worded(Code::SignError, MALFORMED, &issue).at(
        Location::Authorization,
        field,
        &Value::Null,
        &issue,
    )
}

/// Who calls, with which certificate, in which scheme.
fn known_caller(given: &Authorization<'_>, merchant: &Certificate) -> Result<(), Problem> {
    let expected = merchant.serial().as_str();
    if given.scheme != Scheme::RSA.as_str() {
        let issue = format!(
            "scheme {} is not supported; use {}",
            given.scheme,
            Scheme::RSA.as_str()
        );
        return Err(refused("scheme", given.scheme, &issue));
    }
    if given.mchid != credentials::MCHID {
        let issue = format!(
            "merchant {} is not known here; the gateway's merchant is {}",
            given.mchid,
            credentials::MCHID
        );
        return Err(refused("mchid", given.mchid, &issue));
    }
    if SerialNumber::parse(given.serial_no).as_ref() != Ok(merchant.serial()) {
        let issue = format!(
            "serial_no {} is not of a certificate of merchant {}, whose serial number is \
             {expected}{}",
            given.serial_no,
            credentials::MCHID,
            confusion(given.serial_no),
        );
        return Err(refused("serial_no", given.serial_no, &issue));
    }
    let length = given.nonce.chars().count();
    if !(10..=32).contains(&length) {
        let issue = format!("nonce_str has {length} characters; 10 to 32 are accepted");
        return Err(refused("nonce_str", given.nonce, &issue));
    }
    Ok(())
}

/// Serial numbers that belong elsewhere.
fn confusion(serial_no: &str) -> &'static str {
    let platform = [
        credentials::PLATFORM_CERT_SERIAL,
        credentials::SECOND_PLATFORM_CERT_SERIAL,
    ]
    .map(SerialNumber::parse);
    let given = SerialNumber::parse(serial_no);
    if given.is_ok() && platform.contains(&given) {
        "; this one is the platform certificate's, which belongs in Wechatpay-Serial: take the \
         serial number of apiclient_cert.pem"
    } else if serial_no.starts_with("PUB_KEY_ID_") {
        "; this one is the id of the platform's public key, which belongs in Wechatpay-Serial: take \
         the serial number of apiclient_cert.pem"
    } else {
        ""
    }
}

fn refused(field: &str, value: &str, issue: &str) -> Problem {
    Problem::new(Code::SignError, issue).at(Location::Authorization, field, &value.into(), issue)
}

fn stale(signed: &SignedRequest<'_>, at: Timestamp, error: &RequestError) -> Problem {
    // No one signs in the year 33658, but clocks in milliseconds look like it.
    let hint = if at.as_secs() > 100_000_000_000 {
        "; this looks like milliseconds: send seconds"
    } else {
        ""
    };
    let issue = format!("{error}{hint}");
    refused("timestamp", signed.authorization().timestamp, &issue)
}

/// Shows the message as the gateway built it: held against the message that was signed, it tells
/// which byte differs.
fn wrong_signature(request: &Request<Bytes>, signed: &SignedRequest<'_>, last: &str) -> Problem {
    let message = signed.message();
    let url = request
        .uri()
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let mut problem = Problem::worded(
        Code::SignError,
        "错误的签名，验签失败",
        format!(
            "the signature is not over these bytes with the private key of certificate {}. Compare \
             detail.sign_information with the message that you signed: if they differ, sign the \
             method, the path with its query, the timestamp, the nonce and {last} exactly as they \
             are sent; if they are equal, the private key is not the one of this certificate, or \
             the signature is not RSA with SHA-256 in base64",
            signed.authorization().serial_no
        ),
    );
    problem.detail = Some(json!({
        "detail": { "issue": "sign not match" },
        "field": "signature",
        "location": "authorization",
        "sign_information": {
            "method": request.method().as_str(),
            "url": clipped(url),
            "sign_message_length": message.len(),
            "truncated_sign_message": truncated(message),
        },
    }));
    problem
}

fn truncated(message: &[u8]) -> String {
    const MOST: usize = 1024;
    String::from_utf8_lossy(message)
        .chars()
        .take(MOST)
        .collect()
}
