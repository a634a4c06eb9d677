//! Finds the damage in a private key file that signing itself does not notice.
//!
//! A signature is made from the primes and their exponents; the whole exponent `d` beside them is
//! not used, so ring accepts any. A file with a wrong `d` is a damaged file all the same, and other
//! software would sign wrongly with it.

use x509_cert::der::asn1::{AnyRef, OctetStringRef, UintRef};
use x509_cert::der::{Decode as _, Error, Reader as _, SliceReader};
use zeroize::Zeroizing;

/// Whether the whole exponent of a PKCS#1 key fits the exponents of its primes.
pub(crate) fn is_consistent(pkcs1: &[u8]) -> bool {
    let Ok([d, p, q, dp, dq]) = exponents(pkcs1) else {
        return false;
    };
    fits(d, p, dp) && fits(d, q, dq)
}

/// The PKCS#1 key inside a PKCS#8 key.
pub(crate) fn inside_pkcs8(der: &[u8]) -> Result<&[u8], Error> {
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
    let mut modulus = Zeroizing::new(prime.to_vec());
    match modulus.last_mut() {
        Some(last) if *last % 2 == 1 => *last -= 1,
        _ => return false,
    }
    let mut rest = Zeroizing::new(vec![0; modulus.len() + 1]);
    modulus.insert(0, 0);
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
