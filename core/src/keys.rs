use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;

use crate::canonical::response_message;
use crate::certificate::{Certificate, PublicKey};
use crate::error::{KeyError, VerifyError};
use crate::key_id::{KeyId, normal};
use crate::keyring::Keyring;
use crate::sealing::Seal;
use crate::sign::Scheme;
use crate::stamp::{SignatureHeaders, Timestamp, header_name};

/// How long a certificate that left the list still verifies.
const LEAVING: Duration = Duration::from_secs(60 * 60);

/// How a probe's signature begins (签名探测流量).
const PROBE: &str = "WECHATPAY/SIGNTEST/";

/// Checks the platform's signatures.
pub trait Verifier {
    /// Checks `signature` over `message` with the key of the id that the message named.
    ///
    /// # Errors
    ///
    /// [`VerifyError::UnknownKey`] when no such key is held, [`VerifyError::BadSignature`] when it
    /// is, and the signature is not its own.
    fn verify(&self, serial: &str, message: &[u8], signature: &[u8]) -> Result<(), VerifyError>;

    /// The id to declare in requests, as `Wechatpay-Serial`: the platform then signs its answers
    /// with that key. Without one the platform takes its certificate.
    fn declared(&self) -> Option<KeyId> {
        None
    }

    /// What seals sensitive fields (敏感信息加密) for the platform, where the verifier can tell: its
    /// key is the one to declare.
    fn sealer(&self) -> Option<Arc<dyn Seal>> {
        None
    }

    /// The ring that the keys are on, where they can be refreshed.
    fn keyring(&self) -> Option<&Keyring> {
        None
    }

    /// Whether the verifier has the algorithm that `Wechatpay-Signature-Type` names.
    fn accepts(&self, signature_type: &str) -> bool {
        [Scheme::RSA, Scheme::BRAND]
            .iter()
            .any(|known| known.as_str() == signature_type)
    }
}

impl<V: Verifier + ?Sized> Verifier for &V {
    fn verify(&self, serial: &str, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        (**self).verify(serial, message, signature)
    }
    fn declared(&self) -> Option<KeyId> {
        (**self).declared()
    }
    fn sealer(&self) -> Option<Arc<dyn Seal>> {
        (**self).sealer()
    }
    fn keyring(&self) -> Option<&Keyring> {
        (**self).keyring()
    }
    fn accepts(&self, signature_type: &str) -> bool {
        (**self).accepts(signature_type)
    }
}

impl<V: Verifier + ?Sized> Verifier for Arc<V> {
    fn verify(&self, serial: &str, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        (**self).verify(serial, message, signature)
    }
    fn declared(&self) -> Option<KeyId> {
        (**self).declared()
    }
    fn sealer(&self) -> Option<Arc<dyn Seal>> {
        (**self).sealer()
    }
    fn keyring(&self) -> Option<&Keyring> {
        (**self).keyring()
    }
    fn accepts(&self, signature_type: &str) -> bool {
        (**self).accepts(signature_type)
    }
}

impl<V: Verifier + ?Sized> Verifier for Box<V> {
    fn verify(&self, serial: &str, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        (**self).verify(serial, message, signature)
    }
    fn declared(&self) -> Option<KeyId> {
        (**self).declared()
    }
    fn sealer(&self) -> Option<Arc<dyn Seal>> {
        (**self).sealer()
    }
    fn keyring(&self) -> Option<&Keyring> {
        (**self).keyring()
    }
    fn accepts(&self, signature_type: &str) -> bool {
        (**self).accepts(signature_type)
    }
}

/// Whether a message is the platform's: all four headers, the clock, the key by its id, and the
/// signature over the raw bytes. Nothing is decoded before this says yes.
pub(crate) fn check_answer(
    headers: &HeaderMap,
    body: &[u8],
    keys: &(impl Verifier + ?Sized),
    now: Timestamp,
) -> Result<(), VerifyError> {
    let signed = SignatureHeaders::read(headers, now)?;
    // A probe need not be base64, so it is recognised by its text.
    if signed.signature.starts_with(PROBE) {
        return Err(VerifyError::Probe);
    }
    if let Some(signature_type) = signed.signature_type.filter(|name| !keys.accepts(name)) {
        return Err(VerifyError::SignatureType {
            signature_type: signature_type.to_owned(),
        });
    }
    let signature = STANDARD
        .decode(signed.signature)
        .map_err(|_| VerifyError::Malformed {
            header: header_name::SIGNATURE,
        })?;
    let message = response_message(signed.timestamp, signed.nonce, body);
    keys.verify(signed.serial, &message, &signature)
}

/// The platform's keys by id: certificates (平台证书) and public keys (微信支付公钥) side by side, so
/// that each message is checked with the key that it names.
///
/// One of them is declared in requests: the one that [`declare`](Self::declare) named, or else the
/// public key that was added first, or else the certificate that became valid last. With the
/// feature `aws-lc-rs` the declared key seals sensitive fields too.
///
/// ```no_run
/// use wechatpay_core::PlatformKeys;
///
/// let keys = PlatformKeys::new()
///     .with_public_key("PUB_KEY_ID_0114232134912410000000000000", &std::fs::read("pub_key.pem")?)?
///     .with_certificate(&std::fs::read("platform_cert.pem")?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct PlatformKeys {
    held: BTreeMap<KeyId, PlatformKey>,
    declared: Option<KeyId>,
    /// Certificates that left the list, and when that was seen.
    leaving: BTreeMap<KeyId, Timestamp>,
}

/// One platform key.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub enum PlatformKey {
    /// A WeChat Pay public key, which does not expire.
    PublicKey(PublicKey),
    /// A platform certificate.
    Certificate(Certificate),
}

impl PlatformKey {
    /// The RSA key, whichever it came as.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        match self {
            Self::PublicKey(key) => key,
            Self::Certificate(certificate) => certificate.public_key(),
        }
    }
}

impl PlatformKeys {
    /// No keys yet: every answer is refused as signed by an unknown key.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a WeChat Pay public key: its id from the merchant platform, and PEM as SPKI or PKCS#1.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when the id is not of a public key, or the file holds something else.
    pub fn with_public_key(mut self, id: &str, pem: &[u8]) -> Result<Self, KeyError> {
        let key = PublicKey::from_pem(pem)?;
        let id = KeyId::parse(id)?;
        if !id.is_public_key() {
            return Err(KeyError::PublicKeyId {
                id: id.as_str().to_owned(),
            });
        }
        if !self.declared.as_ref().is_some_and(KeyId::is_public_key) {
            self.declared = Some(id.clone());
        }
        self.held.insert(id, PlatformKey::PublicKey(key));
        Ok(self)
    }

    /// Adds a platform certificate from PEM; its id is the serial number in it.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when the file holds something else, a merchant's certificate among them.
    pub fn with_certificate(mut self, pem: &[u8]) -> Result<Self, KeyError> {
        self.add(Certificate::from_pem(pem)?)?;
        Ok(self)
    }

    /// Adds a platform certificate that was read already.
    ///
    /// # Errors
    ///
    /// [`KeyError::MerchantCertificate`] when it is a merchant's.
    pub fn add(&mut self, certificate: Certificate) -> Result<(), KeyError> {
        if let Some(mchid) = certificate.merchant() {
            return Err(KeyError::MerchantCertificate {
                serial: certificate.serial().to_string(),
                mchid: mchid.to_owned(),
            });
        }
        let id = KeyId::from(certificate.serial().clone());
        let newest = match self.declared.as_ref().and_then(|id| self.held.get(id)) {
            Some(PlatformKey::PublicKey(_)) => false,
            Some(PlatformKey::Certificate(other)) => certificate.not_before() > other.not_before(),
            None => true,
        };
        if newest {
            self.declared = Some(id.clone());
        }
        self.held.insert(id, PlatformKey::Certificate(certificate));
        Ok(())
    }

    /// Declares in requests the held key of this id.
    ///
    /// # Errors
    ///
    /// [`KeyError::NotHeld`] when there is none.
    pub fn declare(&mut self, id: &str) -> Result<(), KeyError> {
        let id = KeyId::parse(id)?;
        match self.held.get_key_value(&id) {
            Some((held, _)) => {
                self.declared = Some(held.clone());
                Ok(())
            }
            None => Err(KeyError::NotHeld {
                id: id.as_str().to_owned(),
                held: self.ids(),
            }),
        }
    }

    /// The key of this id: hexadecimal digits match in either case and with any leading zeros.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&PlatformKey> {
        self.held.get(normal(id).as_str())
    }

    /// The keys, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&KeyId, &PlatformKey)> {
        self.held.iter()
    }

    /// When the certificates are to be fetched again, as seen from `now`: in twelve hours, or a day
    /// before the first of them expires if that is sooner, and hourly from then on. `None` when no
    /// certificate is held: public keys do not expire.
    #[must_use]
    pub fn next_refresh(&self, now: Timestamp) -> Option<Timestamp> {
        const HOUR: Duration = Duration::from_secs(60 * 60);
        let ends = self.held.values().filter_map(|key| match key {
            PlatformKey::Certificate(certificate) => Some(certificate.not_after()),
            PlatformKey::PublicKey(_) => None,
        });
        let eve = Timestamp::from_secs(ends.min()?.as_secs().saturating_sub(24 * HOUR.as_secs()));
        Some(eve.clamp(now.plus(HOUR), now.plus(Keyring::FRESH)))
    }

    /// These keys after a list was adopted: the public keys stay, the certificates are the listed
    /// ones and, for an hour, those that left the list.
    pub(crate) fn adopting(&self, listed: &Self, now: Timestamp) -> Self {
        let mut next = listed.clone();
        for (id, key) in &self.held {
            match key {
                PlatformKey::PublicKey(_) => {}
                PlatformKey::Certificate(certificate) => {
                    let left = self.leaving.get(id).copied().unwrap_or(now);
                    let stays = certificate.is_valid_at(now) && now < left.plus(LEAVING);
                    if !stays || listed.held.contains_key(id) {
                        continue;
                    }
                    next.leaving.insert(id.clone(), left);
                }
            }
            next.held.insert(id.clone(), key.clone());
        }
        if let Some(id) = self.declared.as_ref().filter(|id| id.is_public_key()) {
            next.declared = Some(id.clone());
        }
        next
    }

    /// These keys and those of a list that is not adopted yet.
    pub(crate) fn and(&self, listed: &Self) -> Self {
        let mut both = self.clone();
        both.held.extend(listed.held.clone());
        both
    }

    /// Whether no key is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    fn ids(&self) -> String {
        match self
            .held
            .keys()
            .map(KeyId::as_str)
            .collect::<Vec<_>>()
            .join(", ")
        {
            none if none.is_empty() => "none".to_owned(),
            ids => ids,
        }
    }
}

impl Verifier for PlatformKeys {
    fn verify(&self, serial: &str, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        let key = self.get(serial).ok_or_else(|| VerifyError::UnknownKey {
            serial: serial.to_owned(),
            held: self.ids(),
        })?;
        if key.public_key().verifies(message, signature) {
            Ok(())
        } else {
            Err(VerifyError::BadSignature {
                serial: serial.to_owned(),
            })
        }
    }

    fn declared(&self) -> Option<KeyId> {
        self.declared.clone()
    }

    #[cfg(feature = "aws-lc-rs")]
    fn sealer(&self) -> Option<Arc<dyn Seal>> {
        let (id, key) = self.held.get_key_value(self.declared.as_ref()?)?;
        Some(Arc::new(crate::aws_lc::Sealer::new(
            id.clone(),
            key.public_key(),
        )))
    }
}
