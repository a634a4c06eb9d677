//! Platform certificates (平台证书): `GET /v3/certificates`, and how the first of them come to be
//! trusted.
//!
//! The first list cannot be verified, because no key is held yet. [`Pending::bootstrap`] opens it
//! with the APIv3 key, which authenticates each certificate, and then verifies that very answer's
//! signature with the certificate it names. Only then are the certificates adopted.
//!
//! Merchants that joined since September 2024 have no platform certificates, only a WeChat Pay
//! public key: for them this operation fails, with 404 or 500.
//!
//! Source: <https://pay.weixin.qq.com/doc/v3/merchant/4012551764>

use bon::Builder;
use http::{Method, Response};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::answer::{Answer, AnswerBody};
use crate::api::open_enum::open_enum;
use crate::certificate::Certificate;
use crate::datetime::DateTime;
use crate::error::{KeyError, Reason, ResourceError, ResponseError, excerpt};
use crate::key_id::SerialNumber;
use crate::keys::PlatformKeys;
use crate::operation::{Operation, Replay};
use crate::pending::Pending;
use crate::resource::{ApiV3Key, SealedResource};
use crate::stamp::Timestamp;

/// Downloads the platform certificates (下载平台证书): `GET /v3/certificates`.
///
/// ```
/// use wechatpay_core::Merchant;
/// use wechatpay_core::api::certificates::List;
///
/// let draft = Merchant::new("1900001109")?.draft(&List::new())?;
/// assert_eq!(draft.target(), "/v3/certificates");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Builder)]
pub struct List {
    /// Which certificates; without it, those of RSA.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm_type: Option<AlgorithmType>,
}

impl List {
    /// Asks for the RSA certificates.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Operation for List {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/certificates";
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/merchant/4012551764";
    type Response = CertificateList;
}

open_enum! {
    /// Which certificates to list.
    AlgorithmType {
        /// RSA.
        Rsa = "RSA",
        /// SM2.
        Sm2 = "SM2",
        /// Both.
        All = "ALL",
    }
}

/// The answer to [`List`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
pub struct CertificateList {
    /// The certificates; during a rotation the old and the new.
    pub data: Vec<EncryptedCertificate>,
}

impl CertificateList {
    /// Opens every certificate and holds it against the serial number beside it. One that is not
    /// valid at `now` is left out.
    ///
    /// # Errors
    ///
    /// [`AdoptError`] when one cannot be opened or read, or none is left.
    pub fn open(&self, key: &ApiV3Key, now: Timestamp) -> Result<PlatformKeys, AdoptError> {
        let mut keys = PlatformKeys::new();
        for sealed in &self.data {
            let certificate = sealed.open(key)?;
            if certificate.is_valid_at(now) {
                let serial = sealed.serial_no.clone();
                keys.add(certificate)
                    .map_err(|source| AdoptError::Certificate { serial, source })?;
            }
        }
        if keys.is_empty() {
            return Err(AdoptError::NoneValid {
                listed: self.data.len(),
            });
        }
        Ok(keys)
    }
}

/// One platform certificate, sealed under the APIv3 key.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct EncryptedCertificate {
    /// The certificate's serial number (证书序列号).
    pub serial_no: String,
    /// When it becomes valid.
    pub effective_time: DateTime,
    /// When it expires.
    pub expire_time: DateTime,
    /// The certificate as PEM, sealed.
    pub encrypt_certificate: SealedResource,
}

impl EncryptedCertificate {
    fn open(&self, key: &ApiV3Key) -> Result<Certificate, AdoptError> {
        let pem = self
            .encrypt_certificate
            .open(key)
            .map_err(|source| AdoptError::Open {
                serial: self.serial_no.clone(),
                source,
            })?;
        let certificate =
            Certificate::from_pem(&pem).map_err(|source| AdoptError::Certificate {
                serial: self.serial_no.clone(),
                source,
            })?;
        match SerialNumber::parse(&self.serial_no) {
            // The list's spelling is the platform's own, with every leading zero.
            Ok(listed) if listed == *certificate.serial() => Ok(certificate.with_serial(listed)),
            Ok(_) | Err(_) => Err(AdoptError::Serial {
                listed: self.serial_no.clone(),
                found: certificate.serial().to_string(),
            }),
        }
    }
}

/// Why certificates of a list are not adopted. Whatever keys were held before stay.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum AdoptError {
    /// A certificate does not open.
    #[error("certificate {}: {source}", excerpt(.serial))]
    Open {
        /// The serial number in the list.
        serial: String,
        /// Why.
        source: ResourceError,
    },
    /// What was opened is not a platform certificate.
    #[error("certificate {}: {source}", excerpt(.serial))]
    Certificate {
        /// The serial number in the list.
        serial: String,
        /// Why.
        source: KeyError,
    },
    /// The certificate's own serial number is another than the one beside it.
    #[error("certificate {} has the serial number {found} in it", excerpt(.listed))]
    Serial {
        /// The serial number in the list.
        listed: String,
        /// The serial number in the certificate.
        found: String,
    },
    /// No certificate of the list is valid now.
    #[error("none of the {listed} listed certificates is valid now")]
    NoneValid {
        /// How many were listed.
        listed: usize,
    },
    /// The body is no list.
    #[error("the body is not a certificate list: {}", excerpt(&.0.to_string()))]
    Json(#[from] serde_json::Error),
}

impl Pending<CertificateList> {
    /// Completes the first list, with no platform key held: opens it with the APIv3 key, then
    /// verifies this same answer with the certificate that it names.
    ///
    /// # Errors
    ///
    /// [`ResponseError`]; [`Reason::Certificates`] when the list cannot be opened.
    pub fn bootstrap(
        &self,
        response: &Response<impl AnswerBody>,
        key: &ApiV3Key,
        now: Timestamp,
    ) -> Result<Answer<PlatformKeys>, ResponseError> {
        self.adopt(response, key, &PlatformKeys::new(), now)
    }

    /// Completes a list while platform keys are held: as [`bootstrap`](Self::bootstrap), and the
    /// answer may as well be signed with a key of `held`. The keys that come back are the listed
    /// ones.
    ///
    /// # Errors
    ///
    /// As [`bootstrap`](Self::bootstrap).
    pub fn adopt(
        &self,
        response: &Response<impl AnswerBody>,
        key: &ApiV3Key,
        held: &PlatformKeys,
        now: Timestamp,
    ) -> Result<Answer<PlatformKeys>, ResponseError> {
        if let Some(error) = self.refusal(response, held, now) {
            return Err(error);
        }
        let listed = serde_json::from_slice::<CertificateList>(response.body().as_ref())
            .map_err(AdoptError::Json)
            .and_then(|list| list.open(key, now))
            .map_err(|error| self.refuse(response, Reason::Certificates(error), now))?;
        let answer = self.complete(response, &held.and(&listed), now)?;
        Ok(answer.map(|_| listed))
    }
}
