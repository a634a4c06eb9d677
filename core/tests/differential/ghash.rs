//! GCM out of openssl's AES, whose command line has the cipher but not the mode: GHASH and the layout
//! are written out here after NIST SP 800-38D, and held against openssl's GMAC.

use std::fmt::Write as _;

use crate::cases::{Cases, times};
use crate::openssl::OpenSsl;

/// AES-256-GCM with one key and nonce, over messages of up to so many bytes.
pub(crate) struct Gcm {
    hash_key: u128,
    /// What the tag is masked with, and then what the text is.
    stream: Vec<u8>,
}

impl Gcm {
    pub(crate) fn new(openssl: &OpenSsl, key: &[u8], nonce: &[u8], longest: usize) -> Self {
        let key = hex(key);
        let ecb = format!("enc -aes-256-ecb -nopad -K {key}");
        let hash_key = openssl.says(&ecb, &[0; 16]);
        let hash_key = u128::from_be_bytes(hash_key.try_into().unwrap());
        let first = match nonce.len() {
            12 => [nonce, &[0, 0, 0, 1]].concat(),
            _ => ghash(hash_key, b"", nonce).to_be_bytes().to_vec(),
        };
        // The command line's counter runs over all 16 bytes, and that of GCM over the last four.
        let before_wrapping = u32::MAX - u32::from_be_bytes(first[12..].try_into().unwrap());
        let blocks = 1 + longest.div_ceil(16);
        let before_wrapping = blocks.min(usize::try_from(before_wrapping).unwrap() + 1);
        let ctr = |from: &[u8], blocks: usize| {
            let command = format!("enc -aes-256-ctr -K {key} -iv {}", hex(from));
            openssl.says(&command, &vec![0; 16 * blocks])
        };
        let mut stream = ctr(&first, before_wrapping);
        if before_wrapping < blocks {
            let wrapped = [&first[..12], &[0; 4]].concat();
            stream.extend(ctr(&wrapped, blocks - before_wrapping));
        }
        Self { hash_key, stream }
    }

    /// The ciphertext, and the tag after it.
    pub(crate) fn sealed(&self, associated_data: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut text: Vec<u8> = plain
            .iter()
            .zip(&self.stream[16..])
            .map(|(a, b)| a ^ b)
            .collect();
        assert_eq!(text.len(), plain.len());
        text.extend(self.tag(associated_data, &text));
        text
    }

    /// The tag that belongs to a ciphertext.
    pub(crate) fn tag(&self, associated_data: &[u8], text: &[u8]) -> [u8; 16] {
        let mask = u128::from_be_bytes(self.stream[..16].try_into().unwrap());
        (ghash(self.hash_key, associated_data, text) ^ mask).to_be_bytes()
    }
}

fn ghash(key: u128, associated_data: &[u8], text: &[u8]) -> u128 {
    let mut hash = 0;
    for block in associated_data.chunks(16).chain(text.chunks(16)) {
        let mut padded = [0; 16];
        padded[..block.len()].copy_from_slice(block);
        hash = times_key(hash ^ u128::from_be_bytes(padded), key);
    }
    let bits = |bytes: &[u8]| u128::try_from(bytes.len() * 8).unwrap();
    times_key(hash ^ (bits(associated_data) << 64 | bits(text)), key)
}

/// The product in GF(2^128), whose first bit is the coefficient of 1.
fn times_key(x: u128, key: u128) -> u128 {
    let (mut product, mut power) = (0, key);
    for bit in (0..128).rev() {
        if x >> bit & 1 == 1 {
            product ^= power;
        }
        let out = power & 1;
        power >>= 1;
        if out == 1 {
            power ^= 0xe1 << 120;
        }
    }
    product
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

/// The tags of messages that are authenticated only are openssl's GMAC.
#[test]
fn the_tags_are_those_of_openssl() {
    let Some(openssl) = OpenSsl::find("gmac") else {
        return;
    };
    let mut cases = Cases::of("gmac");
    for _ in 0..times(60) {
        let key = cases.bytes(32);
        let length = *cases.one_of(&[12, 16]);
        let nonce = cases.bytes(length);
        let message = cases.message(1 << 12);
        let command = format!(
            "mac -binary -macopt cipher:AES-256-GCM -macopt hexkey:{} -macopt hexiv:{} -in - GMAC",
            hex(&key),
            hex(&nonce),
        );
        let expected = openssl.says(&command, &message);
        let gcm = Gcm::new(&openssl, &key, &nonce, 0);
        assert_eq!(gcm.sealed(&message, b""), expected);
    }
}
