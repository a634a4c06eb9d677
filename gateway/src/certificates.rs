//! `GET /v3/certificates`: the platform certificates, sealed under the APIv3 key.

use wechatpay_core::api::certificates::{
    AlgorithmType, CertificateList, EncryptedCertificate, List,
};
use wechatpay_core::{ApiV3Key, Certificate, KeyError, SealedResource};

use crate::credentials;
use crate::moment::{Entropy, Purpose, in_china};
use crate::problem::{Code, Location, Problem};
use crate::rotation::{Generation, Rotation};

/// The certificates, which of them there are by now, and the key that seals them.
#[derive(Debug)]
pub(crate) struct SealedCertificates {
    pub(crate) key: ApiV3Key,
    first: Certificate,
    second: Certificate,
    pub(crate) rotation: Rotation,
}

impl SealedCertificates {
    pub(crate) fn development() -> Result<Self, KeyError> {
        Ok(Self {
            key: credentials::api_v3_key()?,
            first: credentials::platform_certificate()?,
            second: credentials::second_platform_certificate()?,
            rotation: Rotation::default(),
        })
    }

    /// All certificates are of RSA. Those who ask for SM2 get an empty list, as there is none.
    pub(crate) fn list(&self, query: &List, entropy: &Entropy) -> Result<CertificateList, Problem> {
        let listed = self.rotation.listed()?;
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
        let data = listed
            .into_iter()
            .enumerate()
            .map(|(index, generation)| {
                self.seal(generation, &entropy.part(Purpose::Certificate, index))
            })
            .collect::<Result<Vec<_>, Problem>>()?;
        Ok(CertificateList::builder().data(data).build())
    }

    fn seal(
        &self,
        generation: Generation,
        entropy: &Entropy,
    ) -> Result<EncryptedCertificate, Problem> {
        let certificate = match generation {
            Generation::First => &self.first,
            Generation::Second => &self.second,
        };
        let nonce = entropy.sealing_nonce();
        let pem = generation.pem().as_bytes();
        let sealed = SealedResource::seal(&self.key, &nonce, "certificate", pem)
            .map_err(|e| Problem::new(Code::SystemError, e.to_string()))?;
        Ok(EncryptedCertificate::builder()
            .serial_no(certificate.serial().as_str())
            .effective_time(in_china(certificate.not_before())?)
            .expire_time(in_china(certificate.not_after())?)
            .encrypt_certificate(sealed)
            .build())
    }
}
