use std::fmt;

use x509_cert::der::asn1::{BitStringRef, UintRef};
use x509_cert::der::{Decode as _, Encode as _, Reader as _, SliceReader};
use x509_cert::spki::{ObjectIdentifier, SubjectPublicKeyInfoRef};

use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use crate::error::{KeyError, KeyKind};
use crate::key_id::SerialNumber;
use crate::pem::{self, Section};
use crate::stamp::Timestamp;

pub(crate) const RSA_ENCRYPTION: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// An X.509 certificate: the little of it that the protocol needs.
///
/// No chain is checked. A platform certificate is trusted because it came sealed under the APIv3
/// key, or because its owner put the file there.
///
/// ```no_run
/// use wechatpay_core::Certificate;
///
/// let certificate = Certificate::from_pem(&std::fs::read("platform_cert.pem")?)?;
/// println!("{} until {}", certificate.serial(), certificate.not_after());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Certificate {
    serial: SerialNumber,
    common_name: String,
    not_before: Timestamp,
    not_after: Timestamp,
    key: PublicKey,
}

impl Certificate {
    /// Reads one PEM `CERTIFICATE`.
    ///
    /// # Errors
    ///
    /// [`KeyError`], which names what the file holds instead, or what is wrong with it.
    pub fn from_pem(text: &[u8]) -> Result<Self, KeyError> {
        Self::from_der(&pem::read(text, &KeyKind::Certificate)?.der)
    }

    /// Reads a certificate from DER.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when it is damaged, its key is not RSA of 2048 to 8192 bits, its serial number is
    /// negative or has more than 20 octets, or a year is before 1970.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let damaged = |reason: &dyn fmt::Display| damaged(&KeyKind::Certificate, &reason);
        let certificate = x509_cert::Certificate::from_der(der).map_err(|e| damaged(&e))?;
        let body = certificate.tbs_certificate();
        let digits: String = significant(body.serial_number().as_bytes())
            .ok_or_else(|| damaged(&"its serial number is negative"))?
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
        let spki = body.subject_public_key_info().to_der();
        let spki = spki.map_err(|e| damaged(&e))?;
        let common_name = match body.subject().common_name() {
            Ok(Some(name)) => name.into(),
            Ok(None) | Err(_) => String::new(),
        };
        Ok(Self {
            serial: SerialNumber::parse(&digits)?,
            common_name,
            not_before: seconds(body.validity().not_before),
            not_after: seconds(body.validity().not_after),
            key: PublicKey::from_spki_der(&spki, &KeyKind::Certificate)?,
        })
    }

    /// The same certificate with its serial number spelled as the platform spells it.
    pub(crate) fn with_serial(mut self, serial: SerialNumber) -> Self {
        self.serial = serial;
        self
    }

    /// The serial number (证书序列号), in upper-case hexadecimal digits.
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        &self.serial
    }

    /// The subject's common name; a merchant's certificate has its merchant number there.
    #[must_use]
    pub fn common_name(&self) -> &str {
        &self.common_name
    }

    /// The first second of validity.
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The last second of validity.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Whether `now` lies within the validity.
    #[must_use]
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        (self.not_before..=self.not_after).contains(&now)
    }

    /// The public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// The merchant number that a merchant's own API certificate names; the platform's certificates
    /// have a name there.
    #[must_use]
    pub fn merchant(&self) -> Option<&str> {
        let digits = self.common_name.bytes().all(|b| b.is_ascii_digit());
        (digits && !self.common_name.is_empty()).then_some(&*self.common_name)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("serial", &self.serial)
            .field("common_name", &self.common_name)
            .field("not_before", &self.not_before)
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

/// An RSA public key of 2048 to 8192 bits that verifies RSASSA-PKCS1-v1_5 with SHA-256.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// PKCS#1 `RSAPublicKey`, which is what ring takes.
    pkcs1: Vec<u8>,
    bits: usize,
}

impl PublicKey {
    /// Reads one PEM `PUBLIC KEY` (SPKI) or `RSA PUBLIC KEY` (PKCS#1).
    ///
    /// # Errors
    ///
    /// [`KeyError`], which names what the file holds instead, or what is wrong with it.
    pub fn from_pem(text: &[u8]) -> Result<Self, KeyError> {
        let Section { label, der } = pem::read(text, &KeyKind::PublicKey)?;
        match label.as_str() {
            "PUBLIC KEY" => Self::from_spki_der(&der, &KeyKind::PublicKey),
            _ => Self::from_pkcs1_der(&der, &KeyKind::PublicKey),
        }
    }

    fn from_spki_der(der: &[u8], kind: &KeyKind) -> Result<Self, KeyError> {
        let spki = SubjectPublicKeyInfoRef::from_der(der).map_err(|e| damaged(kind, &e))?;
        if spki.algorithm.oid != RSA_ENCRYPTION {
            return Err(damaged(kind, &"the key is not an RSA key"));
        }
        let key: BitStringRef<'_> = spki.subject_public_key;
        let key = key
            .as_bytes()
            .ok_or_else(|| damaged(kind, &"the key is not whole bytes"))?;
        Self::from_pkcs1_der(key, kind)
    }

    fn from_pkcs1_der(der: &[u8], kind: &KeyKind) -> Result<Self, KeyError> {
        let (modulus, exponent) = rsa_numbers(der).map_err(|e| damaged(kind, &e))?;
        let bits = match modulus.first() {
            Some(first) => modulus.len() * 8 - first.leading_zeros() as usize,
            None => 0,
        };
        if !(2048..=8192).contains(&bits) {
            return Err(KeyError::Size {
                kind: kind.clone(),
                bits,
            });
        }
        let odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
        if !odd(modulus) || !odd(exponent) || exponent == [1] || exponent.len() > 4 {
            return Err(damaged(kind, &"its numbers are not those of an RSA key"));
        }
        Ok(Self {
            pkcs1: der.to_vec(),
            bits,
        })
    }

    /// The length of the modulus.
    #[must_use]
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// The key as PKCS#1 DER.
    #[must_use]
    pub fn as_pkcs1_der(&self) -> &[u8] {
        &self.pkcs1
    }

    /// Whether `signature` is this key's over `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.pkcs1)
            .verify(message, signature)
            .is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bits)", self.bits)
    }
}

fn rsa_numbers(der: &[u8]) -> Result<(&[u8], &[u8]), x509_cert::der::Error> {
    let mut reader = SliceReader::new(der)?;
    let numbers = reader.sequence(|numbers| {
        let modulus = UintRef::decode(numbers)?;
        let exponent = UintRef::decode(numbers)?;
        Ok::<_, x509_cert::der::Error>((modulus.as_bytes(), exponent.as_bytes()))
    })?;
    reader.finish()?;
    Ok(numbers)
}

/// DER puts a zero byte before a number whose first bit is set: without it the number is negative,
/// and its bytes without their sign are those of another.
fn significant(number: &[u8]) -> Option<&[u8]> {
    match number {
        [0x80..=0xff, ..] => None,
        [0, rest @ ..] if !rest.is_empty() => Some(rest),
        _ => Some(number),
    }
}

fn seconds(time: x509_cert::time::Time) -> Timestamp {
    Timestamp::from_secs(time.to_unix_duration().as_secs())
}

fn damaged(kind: &KeyKind, reason: &impl fmt::Display) -> KeyError {
    KeyError::Damaged {
        kind: kind.clone(),
        reason: reason.to_string(),
    }
}
