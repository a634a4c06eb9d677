use std::fmt;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
    PublicEncryptingKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use x509_cert::der::asn1::{AnyRef, BitStringRef};
use x509_cert::der::{self, Encode as _};
use x509_cert::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use super::key_pair;
use crate::certificate::{PublicKey, RSA_ENCRYPTION};
use crate::error::{KeyError, OpenError, SealError};
use crate::key_id::KeyId;
use crate::private_key::{self, INCONSISTENT, Layout, damaged};
use crate::sealing::{Open, Opened, Seal};

/// What the padding takes: two hashes of SHA-1, and two bytes.
const OVERHEAD: usize = 2 * 20 + 2;

/// Seals sensitive fields (敏感信息加密) with one platform key, on aws-lc (feature `aws-lc-rs`).
///
/// RSAES-OAEP with SHA-1 and MGF1 with SHA-1, an empty label, base64. A key of 2048 bits seals up
/// to 214 bytes of UTF-8. [`PlatformKeys`](crate::PlatformKeys) make one of the key that they
/// declare, and [`Merchant::draft_for`](crate::Merchant::draft_for) seals with it.
///
/// OAEP pads with randomness, which aws-lc draws from the operating system; it takes none from
/// outside. This is the one place where the crate is not pure, and it is a value that the caller
/// passes in: a [`Seal`] of your own takes its place. The first seal of a process waits for aws-lc
/// to start, some 25 ms, unless an [`AwsLcSigner`](super::AwsLcSigner) was made before.
///
/// ```
/// use wechatpay_core::{Certificate, Seal, Sealer};
/// # let pem = include_bytes!("../../tests/known_answers/keys/platform_cert.pem");
///
/// let certificate = Certificate::from_pem(pem)?;
/// let sealer = Sealer::new(certificate.serial().clone().into(), certificate.public_key());
/// assert_eq!(sealer.seal("张三")?.len(), 344);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sealer {
    id: KeyId,
    key: PublicKey,
}

impl Sealer {
    /// Seals with `key`, which the platform knows by `id`.
    #[must_use]
    pub fn new(id: KeyId, key: &PublicKey) -> Self {
        Self {
            id,
            key: key.clone(),
        }
    }
}

impl Seal for Sealer {
    fn key_id(&self) -> &KeyId {
        &self.id
    }

    fn seal(&self, plaintext: &str) -> Result<String, SealError> {
        let limit = self.key.bits().div_ceil(8) - OVERHEAD;
        if plaintext.len() > limit {
            return Err(SealError::TooLong {
                length: plaintext.len(),
                limit,
            });
        }
        let spki = spki(&self.key).map_err(SealError::new)?;
        let key = PublicEncryptingKey::from_der(&spki)
            .map_err(|e| SealError::new(format!("aws-lc does not take the platform's key: {e}")))?;
        let refuse = |_| SealError::new("aws-lc could not encrypt");
        let key = OaepPublicEncryptingKey::new(key).map_err(refuse)?;
        let mut bytes = vec![0; key.ciphertext_size()];
        let sealed = key
            .encrypt(&OAEP_SHA1_MGF1SHA1, plaintext.as_bytes(), &mut bytes, None)
            .map_err(refuse)?;
        Ok(STANDARD.encode(sealed))
    }
}

/// The key as `PUBLIC KEY`, which is what aws-lc-rs takes.
fn spki(key: &PublicKey) -> Result<Vec<u8>, der::Error> {
    SubjectPublicKeyInfoRef {
        algorithm: AlgorithmIdentifierRef {
            oid: RSA_ENCRYPTION,
            parameters: Some(AnyRef::NULL),
        },
        subject_public_key: BitStringRef::from_bytes(key.as_pkcs1_der())?,
    }
    .to_der()
}

/// Opens sensitive fields with a private key held in memory, on aws-lc (feature `aws-lc-rs`): the
/// merchant's for what answers hold, or a simulated platform's for what requests hold.
///
/// It takes the keys that [`RsaSigner`](crate::RsaSigner) takes. The key never shows in `Debug`.
///
/// ```
/// use wechatpay_core::{Open, OpenError, Opener, Sealed};
/// # let pem = include_bytes!("../../tests/known_answers/keys/merchant_pkcs8.pem");
/// # let text = include_str!("../../tests/known_answers/sealed/phone/ciphertext");
///
/// // The phone number of a complaint, say.
/// let phone = Sealed::from_wire(text);
/// let opener = Opener::from_pem(pem)?;
/// assert_eq!(&*phone.open(&opener)?, "13800000000");
/// assert!(matches!(opener.open("138****0000"), Err(OpenError::NotBase64)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Opener(OaepPrivateDecryptingKey);

impl Opener {
    /// Reads a private key from PEM (`apiclient_key.pem`): `PRIVATE KEY` or `RSA PRIVATE KEY`.
    ///
    /// # Errors
    ///
    /// [`KeyError`], which names what the file holds instead, or what is wrong with the key.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let (layout, der) = private_key::from_pem(pem)?;
        Self::new(layout, &der)
    }

    /// Reads a private key from PKCS#8 DER.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem).
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        Self::new(Layout::Pkcs8, der)
    }

    /// Reads a private key from PKCS#1 DER.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem).
    pub fn from_pkcs1_der(der: &[u8]) -> Result<Self, KeyError> {
        Self::new(Layout::Pkcs1, der)
    }

    fn new(layout: Layout, der: &[u8]) -> Result<Self, KeyError> {
        let refuse = || damaged(INCONSISTENT);
        let pkcs8: Pkcs8V1Der<'_> = key_pair(layout, der)?.as_der().map_err(|_| refuse())?;
        let key = PrivateDecryptingKey::from_pkcs8(pkcs8.as_ref()).map_err(|_| refuse())?;
        let key = OaepPrivateDecryptingKey::new(key).map_err(|_| refuse())?;
        Ok(Self(key))
    }
}

impl Open for Opener {
    fn open(&self, sealed: &str) -> Result<Opened, OpenError> {
        let sealed = STANDARD.decode(sealed).map_err(|_| OpenError::NotBase64)?;
        let expected = self.0.key_size_bytes();
        if sealed.len() != expected {
            return Err(OpenError::Length {
                length: sealed.len(),
                expected,
            });
        }
        let mut bytes = Zeroizing::new(vec![0; self.0.min_output_size()]);
        let opened = self
            .0
            .decrypt(&OAEP_SHA1_MGF1SHA1, &sealed, &mut bytes, None)
            .map_err(|_| OpenError::Refused)?;
        match std::str::from_utf8(opened) {
            Ok(text) => Ok(Opened::new(text)),
            Err(_) => Err(OpenError::NotText),
        }
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener").finish_non_exhaustive()
    }
}
