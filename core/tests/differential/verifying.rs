//! A signature that one of the two accepts, the other accepts.

use wechatpay_core::PublicKey;

use crate::cases::{Cases, times};
use crate::openssl::OpenSsl;
use crate::pool::{Key, private_keys, public_keys};

/// Both opinions, which have to be one.
#[track_caller]
fn accepted(openssl: &OpenSsl, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    openssl.file("signature", signature);
    // `dgst -verify` reads as many bytes as the key has, and so misses what comes after them.
    let command =
        "pkeyutl -verify -pubin -inkey public.pem -rawin -digest sha256 -sigfile signature";
    let theirs = openssl.asked(command.split(' '), message).is_some();
    let ours = key.verifies(message, signature);
    assert_eq!(
        ours, theirs,
        "message {message:02x?}, signature {signature:02x?}"
    );
    ours
}

fn every_key() -> impl Iterator<Item = &'static Key> {
    private_keys().iter().chain(public_keys())
}

#[test]
fn valid_ones_are_accepted_and_broken_ones_refused() {
    let Some(openssl) = OpenSsl::find("verifying") else {
        return;
    };
    let mut cases = Cases::of("verifying");
    for key in every_key() {
        key.private_file(&openssl);
        key.public_file(&openssl);
        let own = &key.public;
        let other = &private_keys()[usize::from(key.name == "a_2048")];
        let foreign = openssl.file("other.pem", &other.pkcs8_pem);
        for _ in 0..times(4) {
            let message = cases.message(1 << 16);
            let signature = openssl.says("dgst -sha256 -sign private.pem", &message);
            assert!(accepted(&openssl, own, &message, &signature));

            let longer = [&message[..], &cases.bytes(1)].concat();
            let mut refused = vec![(longer, signature.clone())];
            if !message.is_empty() {
                refused.push((cases.flipped(&message), signature.clone()));
            }
            let cut = cases.below(signature.len());
            let foreign = ["dgst", "-sha256", "-sign", foreign.to_str().unwrap()];
            for signature in [
                cases.flipped(&signature),
                cases.flipped(&signature),
                signature[..cut].to_vec(),
                signature[1..].to_vec(),
                [&signature[..], &cases.bytes(1)].concat(),
                [&[0][..], &signature].concat(),
                [&signature[..], &[0]].concat(),
                vec![0; key.size()],
                vec![0xff; key.size()],
                cases.bytes(key.size()),
                message.clone(),
                openssl.asked(foreign, &message).unwrap(),
            ] {
                refused.push((message.clone(), signature));
            }
            for digest in ["-sha1", "-sha384", "-sha512", "-md5"] {
                let command = format!("dgst {digest} -sign private.pem");
                refused.push((message.clone(), openssl.says(&command, &message)));
            }
            let pss = "dgst -sha256 -sigopt rsa_padding_mode:pss -sign private.pem";
            refused.push((message.clone(), openssl.says(pss, &message)));
            for (message, signature) in refused {
                assert!(
                    !accepted(&openssl, own, &message, &signature),
                    "{}",
                    key.name
                );
            }
        }
    }
}

/// `SEQUENCE { SEQUENCE { sha256, NULL }, OCTET STRING }` up to the digest.
const SHA256: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];
/// The same without NULL.
const SHA256_WITHOUT_NULL: [u8; 17] = [
    0x30, 0x2f, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x04,
    0x20,
];

/// What is signed, laid out as PKCS#1 says or nearly so.
fn block(start: [u8; 2], filler: u8, separator: u8, end: &[u8], size: usize) -> Vec<u8> {
    let filled = size - start.len() - 1 - end.len();
    [&start[..], &vec![filler; filled], &[separator], end].concat()
}

/// What the key's owner could sign, and nobody may accept but in the one right layout.
#[test]
fn one_padding_is_right() {
    let Some(openssl) = OpenSsl::find("padding") else {
        return;
    };
    let mut cases = Cases::of("padding");
    for key in every_key() {
        key.private_file(&openssl);
        key.public_file(&openssl);
        let size = key.size();
        for _ in 0..times(3) {
            let message = cases.message(300);
            let digest = openssl.says("dgst -sha256 -binary", &message);
            let right = [&SHA256[..], &digest].concat();
            let without_null = [&SHA256_WITHOUT_NULL[..], &digest].concat();
            let garbage = cases.bytes(40);
            let mut forged = block([0, 1], 0xff, 0, &right, size - garbage.len());
            forged.extend(&garbage);
            let hole = {
                let mut block = block([0, 1], 0xff, 0, &right, size);
                block[2 + cases.below(size - 3 - right.len())] = 0xfe;
                block
            };
            for (block, good) in [
                (block([0, 1], 0xff, 0, &right, size), true),
                (block([0, 1], 0xff, 0, &without_null, size), false),
                (block([0, 1], 0xff, 0, &digest, size), false),
                (block([0, 1], 0xff, 1, &right, size), false),
                (block([0, 2], 0xff, 0, &right, size), false),
                (block([0, 0], 0xff, 0, &right, size), false),
                (block([0, 1], 0x00, 0, &right, size), false),
                (forged, false),
                (hole, false),
            ] {
                // What decrypts without a padding signs without one.
                let raw = "pkeyutl -decrypt -inkey private.pem -pkeyopt rsa_padding_mode:none";
                let signature = openssl.says(raw, &block);
                assert_eq!(accepted(&openssl, &key.public, &message, &signature), good);
            }
        }
    }
}

/// The same number in another spelling: the modulus added to it.
#[test]
fn a_signature_has_one_spelling() {
    let Some(openssl) = OpenSsl::find("spelling") else {
        return;
    };
    let mut cases = Cases::of("spelling");
    let mut fit = 0;
    for key in every_key() {
        key.private_file(&openssl);
        key.public_file(&openssl);
        let modulus = openssl.says("rsa -in private.pem -noout -modulus", b"");
        let digits = std::str::from_utf8(&modulus).unwrap().trim();
        let digits = digits.strip_prefix("Modulus=").unwrap();
        let digits = format!("{digits:0>width$}", width = 2 * key.size());
        let modulus: Vec<u8> = (0..key.size())
            .map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        for _ in 0..times(12) {
            let message = cases.message(300);
            let signature = openssl.says("dgst -sha256 -sign private.pem", &message);
            let mut sum = vec![0; signature.len()];
            let mut carry = 0;
            for at in (0..sum.len()).rev() {
                let digit = u16::from(signature[at]) + u16::from(modulus[at]) + carry;
                sum[at] = digit.to_le_bytes()[0];
                carry = digit >> 8;
            }
            if carry == 0 {
                fit += 1;
            } else {
                sum.insert(0, 1);
            }
            assert!(
                !accepted(&openssl, &key.public, &message, &sum),
                "{}",
                key.name
            );
        }
    }
    assert!(fit > 0, "not one sum was as long as the key");
}
