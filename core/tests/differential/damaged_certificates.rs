//! Certificates with something wrong: nothing panics, and what both read of them is the same.

use wechatpay_core::Certificate;

use crate::cases::{Cases, times};
use crate::certificates::{Authority, Read, compared};
use crate::openssl::OpenSsl;

/// What stands before the key's numbers has about so many bytes.
const HEAD: usize = 320;

#[test]
fn each_byte_in_turn_is_changed() {
    let Some(openssl) = OpenSsl::find("changed-certificates") else {
        return;
    };
    let mut cases = Cases::of("changed certificates");
    let authority = Authority::new(&openssl);
    let mut both = 0;
    for _ in 0..times(1) {
        let der = authority.any(&mut cases).der;
        for at in 0..der.len() {
            let mut changed = der.clone();
            changed[at] ^= 1 << cases.below(8);
            // Further on are random numbers, mostly: those of the key, and the signature.
            if at < HEAD || at % 8 == 0 {
                both += usize::from(compared(&openssl, "DER", &changed) == Read::Both);
            } else {
                let _ = Certificate::from_der(&changed);
            }
        }
    }
    assert!(both > 0, "not one was read");
}

#[test]
fn many_bytes_are_changed_copied_and_left_out() {
    let Some(openssl) = OpenSsl::find("mixed-certificates") else {
        return;
    };
    let mut cases = Cases::of("mixed certificates");
    let authority = Authority::new(&openssl);
    let made: Vec<_> = (0..8).map(|_| authority.any(&mut cases).der).collect();
    for _ in 0..times(300) {
        let mut der = cases.one_of(&made).clone();
        let other = cases.one_of(&made).clone();
        let head = HEAD.min(der.len());
        let at = cases.below(head);
        let length = cases.below(40).min(der.len() - at);
        match cases.below(5) {
            0 => drop(der.drain(at..at + length)),
            1 => drop(der.splice(
                at..at,
                other[at..at + length.min(other.len() - at)].to_vec(),
            )),
            2 => drop(der.splice(
                at..at + length,
                other[at..at + length.min(other.len() - at)].to_vec(),
            )),
            3 => {
                for _ in 0..2 + cases.below(4) {
                    der[cases.below(head)] = cases.bytes(1)[0];
                }
            }
            _ => {
                let tags = [
                    0x02, 0x03, 0x0c, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1e, 0x30, 0x31, 0xa0,
                ];
                der[at] = *cases.one_of(&tags);
            }
        }
        compared(&openssl, "DER", &der);
    }
}

#[test]
fn no_part_of_one_is_a_certificate() {
    let Some(openssl) = OpenSsl::find("cut-certificates") else {
        return;
    };
    let mut cases = Cases::of("cut certificates");
    let authority = Authority::new(&openssl);
    for _ in 0..times(2) {
        let made = authority.any(&mut cases);
        for length in 0..made.der.len() {
            assert!(
                Certificate::from_der(&made.der[..length]).is_err(),
                "{length} bytes"
            );
        }
        for _ in 0..20 {
            let length = cases.below(made.der.len());
            assert_eq!(
                compared(&openssl, "DER", &made.der[..length]),
                Read::Neither
            );
        }
        let start = made.pem.find("-----BEGIN").unwrap();
        let end = made.pem.rfind("-----").unwrap();
        for length in start..end {
            assert!(Certificate::from_pem(&made.pem.as_bytes()[..length]).is_err());
        }
    }
}
