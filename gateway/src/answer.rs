//! Writing answers, and signing what the platform signs.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use wechatpay_core::platform::AnswerSignature;
use wechatpay_core::{AwsLcSigner, KeyError, KeyId, Timestamp, header_name};

use crate::credentials;
use crate::files::File;
use crate::moment::Entropy;
use crate::problem::Problem;
use crate::rotation::{Generation, Rotation, SigningKey};

/// What an operation answers with: 200 and a body, or a refusal, which is always signed.
pub(crate) type Outcome = Result<Content, Problem>;

/// The body of an answer that is a success.
#[derive(Debug)]
pub(crate) enum Content {
    /// JSON, which is signed.
    Json(Bytes),
    /// Nothing, with the status 204; that is signed, too.
    Nothing,
    /// A file, which is not.
    File(File),
}

/// The platform's keys, by the ids that `Wechatpay-Serial` names.
#[derive(Debug)]
pub(crate) struct PlatformSigner {
    first: (KeyId, AwsLcSigner),
    second: (KeyId, AwsLcSigner),
    public_key: (KeyId, AwsLcSigner),
}

/// What is wrong with an answer's signature on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    Probe,
    WrongSignature,
    StaleTimestamp,
    UnknownSerial,
}

impl Flaw {
    /// The name it is counted under.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Probe => "probe_signature",
            Self::WrongSignature => "wrong_signature",
            Self::StaleTimestamp => "stale_timestamp",
            Self::UnknownSerial => "unknown_serial",
        }
    }
}

/// How far back a stale answer is dated: twice what is accepted.
const STALE_SECONDS: u64 = 600;
/// A serial number that no key has.
const NO_SUCH_SERIAL: &str = "00DEAD00000000000000000000000000000000BE";

impl PlatformSigner {
    pub(crate) fn development() -> Result<Self, KeyError> {
        let id = |text| KeyId::parse(text).map_err(KeyError::from);
        Ok(Self {
            first: (
                id(credentials::PLATFORM_CERT_SERIAL)?,
                credentials::certificate_signer()?,
            ),
            second: (
                id(credentials::SECOND_PLATFORM_CERT_SERIAL)?,
                credentials::second_certificate_signer()?,
            ),
            public_key: (
                id(credentials::PUBLIC_KEY_ID)?,
                credentials::public_key_signer()?,
            ),
        })
    }

    /// The key for an answer: the public key when the request names it. What else it may name, even
    /// a certificate that is listed, changes nothing.
    pub(crate) fn chosen(&self, request: &HeaderMap, rotation: &Rotation) -> SigningKey {
        let named = request
            .get(header_name::SERIAL)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| KeyId::parse(text).ok());
        if named.as_ref() == Some(&self.public_key.0) {
            SigningKey::PublicKey
        } else {
            rotation.signing()
        }
    }

    /// Writes the outcome, and signs it unless it is a file.
    pub(crate) fn sign(
        &self,
        outcome: Outcome,
        key: SigningKey,
        now: Timestamp,
        entropy: &Entropy,
        flaw: Flaw,
    ) -> Response<Bytes> {
        let (status, body) = match outcome {
            Ok(Content::Json(body)) => (StatusCode::OK, body),
            Ok(Content::Nothing) => {
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = StatusCode::NO_CONTENT;
                self.sign_headers(response.headers_mut(), b"", key, now, entropy, flaw);
                return response;
            }
            Ok(Content::File(file)) => {
                return written(StatusCode::OK, file.media_type.as_str(), file.bytes);
            }
            Err(problem) => (problem.code.status(), problem.body()),
        };
        let mut response = json(status, body.clone());
        self.sign_headers(response.headers_mut(), &body, key, now, entropy, flaw);
        response
    }

    /// Signs the body of an answer or of a callback.
    pub(crate) fn sign_headers(
        &self,
        headers: &mut HeaderMap,
        body: &[u8],
        key: SigningKey,
        now: Timestamp,
        entropy: &Entropy,
        flaw: Flaw,
    ) {
        let (id, signer) = match key {
            SigningKey::Certificate(Generation::First) => &self.first,
            SigningKey::Certificate(Generation::Second) => &self.second,
            SigningKey::PublicKey => &self.public_key,
        };
        let at = match flaw {
            Flaw::StaleTimestamp => {
                Timestamp::from_secs(now.as_secs().saturating_sub(STALE_SECONDS))
            }
            _ => now,
        };
        let signed = match flaw {
            Flaw::WrongSignature => b"another body",
            _ => body,
        };
        let signature = AnswerSignature::new(signed, id.clone(), signer, at, entropy.nonce());
        // A key that was tried when it was read does not fail here; if it did, the message would go
        // out unsigned, and be refused.
        if let Ok(signature) = signature {
            signature.write_headers(headers);
        }
        spoil(headers, flaw);
    }
}

fn spoil(headers: &mut HeaderMap, flaw: Flaw) {
    match flaw {
        Flaw::Probe => {
            let probe = match headers.get(header_name::SIGNATURE).map(HeaderValue::to_str) {
                Some(Ok(text)) => format!("WECHATPAY/SIGNTEST/{}", text.get(19..).unwrap_or("")),
                _ => "WECHATPAY/SIGNTEST/".to_owned(),
            };
            if let Ok(value) = HeaderValue::try_from(probe) {
                headers.insert(header_name::SIGNATURE, value);
            }
        }
        Flaw::UnknownSerial => {
            headers.insert(
                header_name::SERIAL,
                HeaderValue::from_static(NO_SUCH_SERIAL),
            );
        }
        Flaw::None | Flaw::WrongSignature | Flaw::StaleTimestamp => {}
    }
}

/// An answer of JSON, without a signature.
pub(crate) fn json(status: StatusCode, body: Bytes) -> Response<Bytes> {
    written(status, "application/json", body)
}

fn written(status: StatusCode, media_type: &'static str, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let media_type = HeaderValue::from_static(media_type);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// Adds `Request-ID`: its last number is 0 when all is well.
pub(crate) fn identify(response: &mut Response<Bytes>, request_id: &str) {
    const REFUSED: u32 = 268_435_462;
    let number = if response.status().is_success() {
        0
    } else {
        REFUSED
    };
    if let Ok(value) = HeaderValue::try_from(format!("{request_id}-{number}")) {
        response
            .headers_mut()
            .insert(header_name::REQUEST_ID, value);
    }
}
