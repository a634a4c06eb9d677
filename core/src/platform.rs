//! The other end of the wire, for simulators, proxies and tests: check a merchant's request, sign
//! an answer as the platform does.
//!
//! ```
//! use wechatpay_core::platform::SignedRequest;
//!
//! let request = http::Request::get("/v3/certificates")
//!     .header(
//!         "authorization",
//!         "WECHATPAY2-SHA256-RSA2048 mchid=\"1900009191\",nonce_str=\"593BEC0C\",\
//!          timestamp=\"1554208460\",serial_no=\"4B2C\",signature=\"c2ln\"",
//!     )
//!     .body("")?;
//! let signed = SignedRequest::read(&request)?;
//! assert_eq!(signed.authorization().mchid, "1900009191");
//! assert_eq!(signed.message(), b"GET\n/v3/certificates\n1554208460\n593BEC0C\n\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Request, Response};
use thiserror::Error;

use crate::authorization::{Authorization, AuthorizationError};
use crate::canonical::{request_message, response_message};
use crate::certificate::PublicKey;
use crate::error::SignError;
use crate::key_id::KeyId;
use crate::sign::{Signature, Signer};
use crate::stamp::{MAX_CLOCK_SKEW, Nonce, Timestamp, header_name};

mod upload;

pub use upload::{MultipartError, Upload};

/// A merchant's request with its `Authorization` taken apart: read, not yet trusted.
#[derive(Debug)]
pub struct SignedRequest<'a> {
    authorization: Authorization<'a>,
    at: Timestamp,
    message: Vec<u8>,
}

impl<'a> SignedRequest<'a> {
    /// Reads the header, and builds the canonical message from the request line and the raw body.
    ///
    /// # Errors
    ///
    /// [`RequestError`] when the header is absent, comes twice or is not of the grammar.
    pub fn read(request: &'a Request<impl AsRef<[u8]>>) -> Result<Self, RequestError> {
        Self::read_signing(request, request.body().as_ref())
    }

    /// Reads a request of which only `signed` enters the signature: an upload's [`Upload::meta`].
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_signing<B>(request: &'a Request<B>, signed: &[u8]) -> Result<Self, RequestError> {
        let mut values = request.headers().get_all(AUTHORIZATION).iter();
        let value = match (values.next(), values.next()) {
            (Some(value), None) => value,
            (None, _) => return Err(RequestError::Missing),
            (Some(_), Some(_)) => return Err(RequestError::Twice),
        };
        let text = value.to_str().map_err(|_| AuthorizationError::Item)?;
        let authorization = Authorization::parse(text)?;
        let at = Timestamp::parse(authorization.timestamp).ok_or_else(|| {
            RequestError::Timestamp(crate::error::excerpt(authorization.timestamp))
        })?;
        let target = request
            .uri()
            .path_and_query()
            .map_or("/", |target| target.as_str());
        let message = request_message(
            request.method().as_str(),
            target,
            authorization.timestamp,
            authorization.nonce,
            signed,
        );
        Ok(Self {
            authorization,
            at,
            message,
        })
    }

    /// Who claims to call.
    #[must_use]
    pub fn authorization(&self) -> &Authorization<'a> {
        &self.authorization
    }

    /// The canonical message as the platform builds it.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// Checks the clock, then the signature.
    ///
    /// # Errors
    ///
    /// [`RequestError::Stale`] or [`RequestError::Signature`].
    pub fn verify(&self, key: &PublicKey, now: Timestamp) -> Result<(), RequestError> {
        if self.at.distance(now) >= MAX_CLOCK_SKEW {
            return Err(RequestError::Stale { at: self.at, now });
        }
        match STANDARD.decode(self.authorization.signature) {
            Ok(signature) if key.verifies(&self.message, &signature) => Ok(()),
            Ok(_) | Err(_) => Err(RequestError::Signature),
        }
    }
}

/// Why a merchant's request is not trusted.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RequestError {
    /// There is no `Authorization` header.
    #[error("the request has no Authorization header")]
    Missing,
    /// There are several.
    #[error("the request has several Authorization headers")]
    Twice,
    /// The header is not of the grammar.
    #[error(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The timestamp is not decimal seconds.
    #[error("timestamp {0:?} is not decimal seconds")]
    Timestamp(String),
    /// The request was signed 300 seconds or more away from the platform's clock.
    #[error(
        "the request was signed at {at} and the platform's clock says {now}: {} s apart, where less \
         than 300 s is accepted; set the clock of the machine that signs",
        .at.distance(*.now).as_secs()
    )]
    Stale {
        /// The signed time.
        at: Timestamp,
        /// The platform's clock.
        now: Timestamp,
    },
    /// The signature is not the key's over the canonical message.
    #[error("the signature does not match the canonical message under the merchant's key")]
    Signature,
}

/// The platform's signature over one answer or one callback, to be written into headers.
#[derive(Debug)]
pub struct AnswerSignature {
    key: KeyId,
    timestamp: Timestamp,
    nonce: Nonce,
    signature: Signature,
}

impl AnswerSignature {
    /// Signs `body` with the platform's key, which `key` names.
    ///
    /// # Errors
    ///
    /// [`SignError`] when the signer refuses.
    pub fn new(
        body: &[u8],
        key: KeyId,
        signer: &(impl Signer + ?Sized),
        now: Timestamp,
        nonce: Nonce,
    ) -> Result<Self, SignError> {
        let message = response_message(&now.to_string(), nonce.as_str(), body);
        Ok(Self {
            signature: signer.sign(&message)?,
            key,
            timestamp: now,
            nonce,
        })
    }

    /// Writes the five `Wechatpay-*` headers of an answer.
    pub fn write<B>(&self, response: &mut Response<B>) {
        self.write_headers(response.headers_mut());
    }

    /// Writes the five `Wechatpay-*` headers of a callback (回调), which is a request.
    ///
    /// ```
    /// use wechatpay_core::platform::AnswerSignature;
    /// use wechatpay_core::{KeyId, Nonce, RsaSigner, Timestamp, http};
    /// # let pem = include_bytes!("../tests/known_answers/keys/merchant_pkcs8.pem");
    ///
    /// let mut callback = http::Request::post("http://127.0.0.1:9000/notify").body("{}")?;
    /// let key = KeyId::parse("5157F09EFDC096DE15EBE81A47057A7232F1B8E1")?;
    /// let signer = RsaSigner::from_pem(key.as_str(), pem)?;
    /// let (now, nonce) = (Timestamp::from_secs(1_554_208_460), Nonce::from_entropy([7; 16]));
    /// let signature = AnswerSignature::new(b"{}", key, &signer, now, nonce)?;
    /// signature.write_headers(callback.headers_mut());
    /// assert_eq!(callback.headers()["wechatpay-timestamp"], "1554208460");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_headers(&self, headers: &mut HeaderMap) {
        let texts = [
            (header_name::TIMESTAMP, self.timestamp.to_string()),
            (header_name::NONCE, self.nonce.as_str().to_owned()),
            (header_name::SIGNATURE, self.signature.to_base64()),
            (header_name::SERIAL, self.key.as_str().to_owned()),
            (
                header_name::SIGNATURE_TYPE,
                self.signature.scheme().as_str().to_owned(),
            ),
        ];
        for (name, text) in texts {
            let value =
                HeaderValue::try_from(text).expect("each text is visible ASCII by its type");
            headers.insert(name, value);
        }
    }
}
