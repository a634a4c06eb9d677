//! AES-256-GCM of whole files: the tag at the end, no associated data, and a nonce that need not
//! have the usual 12 bytes.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

pub(crate) const KEY_LEN: usize = 32;

/// Why a file does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unopened {
    /// The nonce is of a length that cannot be used here.
    Nonce,
    /// The tag does not match, or the file is shorter than a tag.
    Tag,
}

pub(crate) fn open(
    key: &[u8; KEY_LEN],
    nonce: &[u8],
    mut file: Vec<u8>,
) -> Result<Vec<u8>, Unopened> {
    let Ok(nonce) = <[u8; NONCE_LEN]>::try_from(nonce) else {
        return open_with_long_nonce(key, nonce, file);
    };
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| Unopened::Tag)?;
    let plain = LessSafeKey::new(key)
        .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut file)
        .map_err(|_| Unopened::Tag)?;
    let length = plain.len();
    file.truncate(length);
    Ok(file)
}

/// The documents' nonce has 16 bytes, which ring does not take.
#[cfg(feature = "aws-lc-rs")]
fn open_with_long_nonce(
    key: &[u8; KEY_LEN],
    nonce: &[u8],
    mut file: Vec<u8>,
) -> Result<Vec<u8>, Unopened> {
    use aes_gcm::aead::consts::U16;
    use aes_gcm::aead::{AeadInOut as _, KeyInit as _};
    use aes_gcm::{AesGcm, aes::Aes256};

    let nonce = <[u8; 16]>::try_from(nonce).map_err(|_| Unopened::Nonce)?;
    AesGcm::<Aes256, U16>::new(key.into())
        .decrypt_in_place(&nonce.into(), b"", &mut file)
        .map_err(|_| Unopened::Tag)?;
    Ok(file)
}

/// Opening a key needs that feature, too.
#[cfg(not(feature = "aws-lc-rs"))]
fn open_with_long_nonce(_: &[u8; KEY_LEN], _: &[u8], _: Vec<u8>) -> Result<Vec<u8>, Unopened> {
    Err(Unopened::Nonce)
}
