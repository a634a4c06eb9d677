use http::HeaderName;
use thiserror::Error;

use super::excerpt;
use crate::key_id::KeyId;
use crate::stamp::Timestamp;

const BY_HAND: &str =
    "; a WeChat Pay public key is downloaded from the merchant platform, and added by hand";

/// Why a message that claims to come from the platform is not trusted.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VerifyError {
    /// A header of the signature is absent or empty.
    #[error("header {header} is missing, so the message is not signed")]
    Missing {
        /// The header.
        header: HeaderName,
    },
    /// A header of the signature cannot be read, or comes twice.
    #[error("header {header} is malformed or comes twice")]
    Malformed {
        /// The header.
        header: HeaderName,
    },
    /// The signed time lies 300 seconds or more from the caller's clock.
    #[error(
        "the platform signed at {at} and this clock says {now}: {} s apart, where less than 300 s \
         is accepted; set this machine's clock",
        .at.distance(*.now).as_secs()
    )]
    Stale {
        /// The signed time.
        at: Timestamp,
        /// The caller's clock.
        now: Timestamp,
    },
    /// The platform tests whether signatures are checked (签名探测流量): it sent a wrong signature on
    /// purpose. What it did with the request is not known from this answer.
    #[error("the platform sent a signature probe (WECHATPAY/SIGNTEST/) in place of a signature")]
    Probe,
    /// The signature is of an algorithm that the verifier does not have.
    #[error("signature type {:?} is not one that this verifier has", excerpt(.signature_type))]
    SignatureType {
        /// The `Wechatpay-Signature-Type` that came.
        signature_type: String,
    },
    /// A statement file is not the one that the signature covers.
    #[error(
        "the statement's SHA-1 is {found}, and the signature covers {stated}: the bytes were changed \
         on the way, or unpacked"
    )]
    Statement {
        /// The `Wechatpay-Statement-Sha1` that came, which is signed.
        stated: String,
        /// The body's.
        found: String,
    },
    /// No platform key of that id is held. Fetch keys, then complete the same answer again.
    #[error(
        "platform key {:?} is not held; held: {held}{}",
        excerpt(.serial),
        if KeyId::names_public_key(.serial) { BY_HAND } else { "" }
    )]
    UnknownKey {
        /// The `Wechatpay-Serial` that came.
        serial: String,
        /// The ids that are held.
        held: String,
    },
    /// The key is held, and the signature is not its signature over these bytes.
    #[error(
        "the signature does not verify under platform key {:?}: the bytes were changed on the way, \
         or the key is not the platform's",
        excerpt(.serial)
    )]
    BadSignature {
        /// The `Wechatpay-Serial` that came.
        serial: String,
    },
}

/// An `AEAD_AES_256_GCM` resource could not be opened or sealed.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ResourceError {
    /// The algorithm is not `AEAD_AES_256_GCM`.
    #[error("algorithm {:?} is not AEAD_AES_256_GCM", excerpt(.0))]
    Algorithm(String),
    /// The nonce is not 12 bytes.
    #[error("the resource's nonce has {0} bytes, where it has 12")]
    Nonce(usize),
    /// The ciphertext is not base64.
    #[error("the resource's ciphertext is not base64")]
    Base64,
    /// The tag does not match.
    #[error(
        "the resource does not open with this APIv3 key: the key is another than the one set in the \
         merchant platform, or the bytes were changed"
    )]
    Tag,
    /// The plaintext is too long to seal.
    #[error("the plaintext is too long for AES-GCM")]
    TooLong,
}
