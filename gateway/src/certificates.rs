//! `GET /v3/certificates`: the platform certificate, sealed under the APIv3 key.

use wechatpay_core::api::certificates::{
    AlgorithmType, CertificateList, EncryptedCertificate, List,
};
use wechatpay_core::{ApiV3Key, Certificate, KeyError, SealedResource};

use crate::credentials;
use crate::moment::{Entropy, in_china};
use crate::problem::{Code, Location, Problem};

/// The certificates and the key that seals them, read once.
#[derive(Debug)]
pub(crate) struct SealedCertificates {
    key: ApiV3Key,
    certificate: Certificate,
}

impl SealedCertificates {
    pub(crate) fn development() -> Result<Self, KeyError> {
        Ok(Self {
            key: credentials::api_v3_key()?,
            certificate: credentials::platform_certificate()?,
        })
    }

    /// There is one certificate, of RSA. Those who ask for SM2 get an empty list, as there is none.
    pub(crate) fn list(&self, query: &List, entropy: &Entropy) -> Result<CertificateList, Problem> {
        match &query.algorithm_type {
            None | Some(AlgorithmType::Rsa | AlgorithmType::All) => {}
            Some(AlgorithmType::Sm2) => return Ok(CertificateList::builder().data(vec![]).build()),
            Some(other) => {
                let value = other.as_str().into();
                let issue = "must be RSA, SM2 or ALL";
                return Err(Problem::field(
                    Location::Query,
                    "algorithm_type",
                    &value,
                    issue,
                ));
            }
        }
        let sealed = SealedResource::seal(
            &self.key,
            &entropy.sealing_nonce(),
            "certificate",
            credentials::PLATFORM_CERT_PEM.as_bytes(),
        )
        .map_err(|e| Problem::new(Code::SystemError, e.to_string()))?;
        let listed = EncryptedCertificate::builder()
            .serial_no(self.certificate.serial().as_str())
            .effective_time(in_china(self.certificate.not_before())?)
            .expire_time(in_china(self.certificate.not_after())?)
            .encrypt_certificate(sealed)
            .build();
        Ok(CertificateList::builder().data(vec![listed]).build())
    }
}
