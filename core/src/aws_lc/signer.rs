use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};

use super::key_pair;
use crate::error::{KeyError, SignError};
use crate::key_id::SerialNumber;
use crate::private_key::{self, INCONSISTENT, Layout, damaged};
use crate::sign::{Signature, Signer};

/// [`RsaSigner`](crate::RsaSigner) on aws-lc, which signs about twice as fast (feature
/// `aws-lc-rs`).
///
/// It takes the same keys, refuses the same files, and makes the same signatures byte for byte. The
/// key never shows in `Debug`. What aws-lc does once per process is done by the constructor, and
/// not during the first call.
///
/// ```no_run
/// use wechatpay_core::AwsLcSigner;
///
/// let pem = std::fs::read("apiclient_key.pem")?;
/// let signer = AwsLcSigner::from_pem("5A0E1C7B2D9F48E36B105C8D7F2A94E1B3C6D8F0", &pem)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct AwsLcSigner {
    serial: SerialNumber,
    key: KeyPair,
}

impl AwsLcSigner {
    /// Reads a private key from PEM (`apiclient_key.pem`): `PRIVATE KEY` or `RSA PRIVATE KEY`.
    ///
    /// `serial` is the serial number of the merchant's API certificate (商户API证书序列号).
    ///
    /// # Errors
    ///
    /// [`KeyError`], which names what the file holds instead, or what is wrong with the key.
    pub fn from_pem(serial: &str, pem: &[u8]) -> Result<Self, KeyError> {
        let (layout, der) = private_key::from_pem(pem)?;
        Self::new(serial, layout, &der)
    }

    /// Reads a private key from PKCS#8 DER.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem).
    pub fn from_pkcs8_der(serial: &str, der: &[u8]) -> Result<Self, KeyError> {
        Self::new(serial, Layout::Pkcs8, der)
    }

    /// Reads a private key from PKCS#1 DER.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem).
    pub fn from_pkcs1_der(serial: &str, der: &[u8]) -> Result<Self, KeyError> {
        Self::new(serial, Layout::Pkcs1, der)
    }

    fn new(serial: &str, layout: Layout, der: &[u8]) -> Result<Self, KeyError> {
        let key = key_pair(layout, der)?;
        let serial = SerialNumber::parse(serial)?;
        let signer = Self { serial, key };
        // The first signature pays for aws-lc's start.
        signer.sign(b"").map_err(|_| damaged(INCONSISTENT))?;
        Ok(signer)
    }

    /// The serial number that signatures carry.
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        &self.serial
    }

    /// The public half as PKCS#1 DER, to hold against a certificate.
    #[must_use]
    pub fn public_key_der(&self) -> &[u8] {
        self.key.public_key().as_ref()
    }
}

impl Signer for AwsLcSigner {
    #[expect(
        clippy::disallowed_methods,
        reason = "PKCS#1 v1.5 draws nothing; aws-lc-rs asks anyway"
    )]
    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        let mut bytes = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut bytes)
            .map_err(|_| SignError::new("the private key's numbers do not belong together"))?;
        Ok(Signature::new(self.serial.clone(), bytes))
    }
}

impl fmt::Debug for AwsLcSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsLcSigner")
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}
