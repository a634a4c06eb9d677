use std::fmt;
use std::hint::black_box;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use zeroize::ZeroizeOnDrop;

use crate::error::{KeyError, ResourceError};

/// The merchant's APIv3 key (APIv3密钥): 32 bytes that open callbacks and platform certificates.
///
/// The key is the 32 bytes of its text as set in the merchant platform, neither hashed nor
/// hexadecimal. It never shows in `Debug`, and is wiped from memory when it is dropped; the text that
/// it is made of is the caller's to wipe.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/merchant/4012071382>
///
/// ```
/// use wechatpay_core::ApiV3Key;
///
/// let key = ApiV3Key::new("0123456789abcdef0123456789abcdef")?;
/// let sealed = key.seal("fdasflkja484", "transaction", b"{}")?;
/// assert_eq!(key.open("fdasflkja484", "transaction", &sealed)?, b"{}");
/// assert!(key.open("fdasflkja484", "refund", &sealed).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ApiV3Key(
    /// In a box, because a value that moves leaves its bytes behind.
    Box<LessSafeKey>,
);

impl ApiV3Key {
    /// Takes the 32 bytes of the key.
    ///
    /// # Errors
    ///
    /// [`KeyError::ApiV3KeyLength`] for any other length.
    pub fn new(key: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let key = key.as_ref();
        let refuse = || KeyError::ApiV3KeyLength {
            length: key.len(),
            spaces: key.trim_ascii().len() != key.len(),
        };
        let held = expanded(key).map(Self).ok_or_else(refuse);
        wipe_stack();
        held
    }

    /// Opens a resource: `nonce` is its 12 characters as bytes, `ciphertext` base64 with the tag at
    /// its end.
    ///
    /// # Errors
    ///
    /// [`ResourceError`] when a part is malformed or the tag does not match.
    pub fn open(
        &self,
        nonce: &str,
        associated_data: &str,
        ciphertext: &str,
    ) -> Result<Vec<u8>, ResourceError> {
        let nonce = nonce_of(nonce)?;
        let mut data = STANDARD
            .decode(ciphertext)
            .map_err(|_| ResourceError::Base64)?;
        let plain = self
            .0
            .open_in_place(nonce, Aad::from(associated_data), &mut data)
            .map_err(|_| ResourceError::Tag)?;
        let length = plain.len();
        data.truncate(length);
        Ok(data)
    }

    /// Seals a resource, as the platform does; for simulators and tests. A nonce must never serve
    /// twice under one key.
    ///
    /// # Errors
    ///
    /// [`ResourceError`] when the nonce is not 12 bytes.
    pub fn seal(
        &self,
        nonce: &str,
        associated_data: &str,
        plaintext: &[u8],
    ) -> Result<String, ResourceError> {
        let nonce = nonce_of(nonce)?;
        let mut data = plaintext.to_vec();
        self.0
            .seal_in_place_append_tag(nonce, Aad::from(associated_data), &mut data)
            .map_err(|_| ResourceError::TooLong)?;
        Ok(STANDARD.encode(data))
    }
}

/// Ring wipes nothing, so another key is expanded over this one.
impl Drop for ApiV3Key {
    fn drop(&mut self) {
        if let Ok(blank) = UnboundKey::new(&AES_256_GCM, &[0; 32]) {
            *self.0 = LessSafeKey::new(blank);
            black_box(&self.0);
        }
    }
}

impl ZeroizeOnDrop for ApiV3Key {}

impl fmt::Debug for ApiV3Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiV3Key(..)")
    }
}

#[inline(never)]
fn expanded(key: &[u8]) -> Option<Box<LessSafeKey>> {
    let key = UnboundKey::new(&AES_256_GCM, key).ok()?;
    Some(Box::new(LessSafeKey::new(key)))
}

/// Ring hands a key over from frame to frame, and each keeps a copy until something else is called.
#[inline(never)]
fn wipe_stack() {
    black_box(&mut [0_u8; 32 << 10]);
}

fn nonce_of(text: &str) -> Result<Nonce, ResourceError> {
    let bytes: [u8; NONCE_LEN] = text
        .as_bytes()
        .try_into()
        .map_err(|_| ResourceError::Nonce(text.len()))?;
    Ok(Nonce::assume_unique_for_key(bytes))
}

/// A sealed resource, as callbacks and the certificate list carry it.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedResource {
    /// Always `AEAD_AES_256_GCM`.
    pub algorithm: String,
    /// 12 characters.
    pub nonce: String,
    /// What the tag covers besides the ciphertext; may be absent.
    #[serde(default)]
    pub associated_data: String,
    /// Base64 of the ciphertext and its tag.
    pub ciphertext: String,
}

impl SealedResource {
    /// The one algorithm.
    pub const ALGORITHM: &str = "AEAD_AES_256_GCM";

    /// Seals `plaintext`, as the platform does; for simulators and tests.
    ///
    /// # Errors
    ///
    /// As [`ApiV3Key::seal`].
    pub fn seal(
        key: &ApiV3Key,
        nonce: &str,
        associated_data: &str,
        plaintext: &[u8],
    ) -> Result<Self, ResourceError> {
        Ok(Self {
            algorithm: Self::ALGORITHM.to_owned(),
            nonce: nonce.to_owned(),
            associated_data: associated_data.to_owned(),
            ciphertext: key.seal(nonce, associated_data, plaintext)?,
        })
    }

    /// The plaintext.
    ///
    /// # Errors
    ///
    /// [`ResourceError`] when the algorithm is another, a part is malformed, or the tag does not
    /// match.
    pub fn open(&self, key: &ApiV3Key) -> Result<Vec<u8>, ResourceError> {
        if self.algorithm != Self::ALGORITHM {
            return Err(ResourceError::Algorithm(self.algorithm.clone()));
        }
        key.open(&self.nonce, &self.associated_data, &self.ciphertext)
    }
}
