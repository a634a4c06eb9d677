//! Reads private key files, for whatever library then holds the key.
//!
//! Signing does not notice all damage. A signature is made from the primes and their exponents; the
//! whole exponent `d` beside them is not used, so ring accepts any. A file with a wrong `d` is a
//! damaged file all the same, and other software would sign wrongly with it.

use ring::error::{KeyRejected, Unspecified};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use x509_cert::der::asn1::{AnyRef, OctetStringRef, UintRef};
use x509_cert::der::{Decode as _, Error, Reader as _, SliceReader};
use zeroize::Zeroizing;

use crate::error::{KeyError, KeyKind};
use crate::pem::{self, Section};

/// How the DER of a private key is laid out.
#[derive(Clone, Copy)]
pub(crate) enum Layout {
    Pkcs8,
    Pkcs1,
}

/// The DER inside a PEM file.
pub(crate) fn from_pem(text: &[u8]) -> Result<(Layout, Zeroizing<Vec<u8>>), KeyError> {
    let Section { label, der } = pem::read(text, &KeyKind::PrivateKey)?;
    let layout = match label.as_str() {
        "PRIVATE KEY" => Layout::Pkcs8,
        _ => Layout::Pkcs1,
    };
    Ok((layout, der))
}

/// The key, of 2048 to 4096 bits, after it was held against itself and has signed once: damage is
/// found here, and not by the first customer.
pub(crate) fn checked(layout: Layout, der: &[u8]) -> Result<RsaKeyPair, KeyError> {
    let (key, consistent) = match layout {
        Layout::Pkcs8 => (
            RsaKeyPair::from_pkcs8(der),
            inside_pkcs8(der).is_ok_and(is_consistent),
        ),
        Layout::Pkcs1 => (RsaKeyPair::from_der(der), is_consistent(der)),
    };
    let key = key.map_err(|e| damaged(rejection(&e)))?;
    if consistent && signature(&key, b"").is_ok() {
        Ok(key)
    } else {
        Err(damaged(INCONSISTENT))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "PKCS#1 v1.5 draws nothing; ring asks anyway"
)]
pub(crate) fn signature(key: &RsaKeyPair, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let mut bytes = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut bytes)?;
    Ok(bytes)
}

pub(crate) const INCONSISTENT: &str = "its numbers do not belong together";

pub(crate) fn damaged(reason: &str) -> KeyError {
    KeyError::Damaged {
        kind: KeyKind::PrivateKey,
        reason: reason.to_owned(),
    }
}

/// Ring names its reasons by words of its own.
fn rejection(rejected: &KeyRejected) -> &'static str {
    match rejected.to_string().as_str() {
        "TooSmall" => "it has fewer than 2048 bits",
        "TooLarge" => "it has more than 4096 bits",
        "WrongAlgorithm" => "it is not an RSA key",
        "InconsistentComponents" | "InvalidComponent" => INCONSISTENT,
        _ => "its structure is not that of a private key",
    }
}

/// Whether the whole exponent of a PKCS#1 key fits the exponents of its primes.
fn is_consistent(pkcs1: &[u8]) -> bool {
    let Ok([d, p, q, dp, dq]) = exponents(pkcs1) else {
        return false;
    };
    fits(d, p, dp) && fits(d, q, dq)
}

/// The PKCS#1 key inside a PKCS#8 key.
fn inside_pkcs8(der: &[u8]) -> Result<&[u8], Error> {
    let mut reader = SliceReader::new(der)?;
    reader.sequence(|fields| {
        UintRef::decode(fields)?;
        AnyRef::decode(fields)?;
        let key = <&OctetStringRef>::decode(fields)?;
        while !fields.is_finished() {
            AnyRef::decode(fields)?;
        }
        Ok(key.as_bytes())
    })
}

/// `d`, `p`, `q`, `d mod (p - 1)`, `d mod (q - 1)` of
/// `RSAPrivateKey { version, n, e, d, p, q, dP, dQ, qInv }`.
fn exponents(pkcs1: &[u8]) -> Result<[&[u8]; 5], Error> {
    let mut reader = SliceReader::new(pkcs1)?;
    reader.sequence(|fields| {
        let mut numbers = [&[][..]; 9];
        for number in &mut numbers {
            *number = UintRef::decode(fields)?.as_bytes();
        }
        let [_, _, _, d, p, q, dp, dq, _] = numbers;
        Ok::<_, Error>([d, p, q, dp, dq])
    })
}

/// Whether `d mod (prime - 1)` is `expected`. Numbers are big-endian, without leading zeros.
fn fits(d: &[u8], prime: &[u8], expected: &[u8]) -> bool {
    // Of its final size from the start: a buffer that grows leaves its old place unwiped.
    let mut modulus = Zeroizing::new(Vec::with_capacity(prime.len() + 1));
    modulus.push(0);
    modulus.extend_from_slice(prime);
    match modulus.last_mut() {
        Some(last) if *last % 2 == 1 => *last -= 1,
        _ => return false,
    }
    let mut rest = Zeroizing::new(vec![0; modulus.len()]);
    for bit in d
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1))
    {
        let mut carry = bit;
        for byte in rest.iter_mut().rev() {
            (*byte, carry) = (*byte << 1 | carry, *byte >> 7);
        }
        if *rest >= *modulus {
            let mut borrow = false;
            for (byte, other) in rest.iter_mut().zip(modulus.iter()).rev() {
                let (less, first) = byte.overflowing_sub(*other);
                let (less, second) = less.overflowing_sub(u8::from(borrow));
                (*byte, borrow) = (less, first || second);
            }
        }
    }
    let start = rest
        .iter()
        .position(|byte| *byte != 0)
        .unwrap_or(rest.len());
    rest[start..] == *expected
}
