//! AES-256-GCM with nonces of any length (NIST SP 800-38D). ring and aws-lc-rs take 12 bytes only,
//! and the platform encrypts bills with 16; so the counter mode is aws-lc's, and the hash is here.

use aws_lc_rs::cipher::{AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::iv::FixedLength;

use crate::gcm::{KEY_LEN, Unopened};

const BLOCK: usize = 16;

/// Checks the tag first, and opens then.
pub(crate) fn open_gcm(
    key: &[u8; KEY_LEN],
    nonce: &[u8],
    mut file: Vec<u8>,
) -> Result<Vec<u8>, Unopened> {
    if nonce.is_empty() {
        return Err(Unopened::Nonce);
    }
    let length = file.len().checked_sub(BLOCK).ok_or(Unopened::Tag)?;
    let tag = file.split_off(length);
    let cipher = Counter::new(key)?;
    let mut hash_key = [0; BLOCK];
    cipher.apply(0, &mut hash_key)?;
    let hash = Hash::new(u128::from_be_bytes(hash_key));
    let first = hash.of(nonce);
    let mut expected = hash.of(&file).to_be_bytes();
    cipher.apply(first, &mut expected)?;
    verify_slices_are_equal(&expected, &tag).map_err(|_| Unopened::Tag)?;

    // Only the last 32 bits of a counter are counted, while aws-lc counts all of them.
    let (prefix, counted) = (first & !COUNTED, first.wrapping_add(1) & COUNTED);
    let before_wrap = usize::try_from((COUNTED + 1 - counted) * 16).unwrap_or(usize::MAX);
    let (before, after) = file.split_at_mut(before_wrap.min(length));
    cipher.apply(prefix | counted, before)?;
    cipher.apply(prefix, after)?;
    Ok(file)
}

/// The bits of a block that are counted.
const COUNTED: u128 = 0xFFFF_FFFF;

/// AES-256 in counter mode.
struct Counter(DecryptingKey);

impl Counter {
    fn new(key: &[u8; KEY_LEN]) -> Result<Self, Unopened> {
        let key = UnboundCipherKey::new(&AES_256, key).map_err(|_| Unopened::Tag)?;
        DecryptingKey::ctr(key).map(Self).map_err(|_| Unopened::Tag)
    }

    /// Adds the key stream that begins with block `first`.
    fn apply(&self, first: u128, bytes: &mut [u8]) -> Result<(), Unopened> {
        if bytes.is_empty() {
            return Ok(());
        }
        let first = DecryptionContext::Iv128(FixedLength::from(&first.to_be_bytes()));
        let applied = self.0.decrypt(bytes, first);
        applied.map(drop).map_err(|_| Unopened::Tag)
    }
}

/// GHASH, in the same time whatever the bits: the products of the key with each power of x, of which
/// a block picks.
struct Hash([u128; 128]);

impl Hash {
    fn new(key: u128) -> Self {
        /// What x^128 is, bits reversed: 1 + x + x^2 + x^7.
        const REDUCED: u128 = 0xE1 << 120;
        let mut power = key;
        Self(std::array::from_fn(|_| {
            let this = power;
            power = (power >> 1) ^ (REDUCED & mask(power & 1));
            this
        }))
    }

    /// The hash of a nonce, or of a ciphertext without associated data: its blocks, and its length
    /// in bits.
    fn of(&self, bytes: &[u8]) -> u128 {
        let mut sum = 0;
        for chunk in bytes.chunks(BLOCK) {
            let mut block = [0; BLOCK];
            block[..chunk.len()].copy_from_slice(chunk);
            sum = self.times_key(sum ^ u128::from_be_bytes(block));
        }
        self.times_key(sum ^ (bytes.len() as u128 * 8))
    }

    fn times_key(&self, block: u128) -> u128 {
        let picked = self.0.iter().enumerate();
        picked.fold(0, |sum, (at, power)| {
            sum ^ (power & mask((block >> (127 - at)) & 1))
        })
    }
}

/// All ones for 1, all zeros for 0.
fn mask(bit: u128) -> u128 {
    bit.wrapping_neg()
}
