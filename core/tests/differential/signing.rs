//! RSASSA-PKCS1-v1_5 with SHA-256 draws nothing, so there is one right signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use wechatpay_core::{AwsLcSigner, KeyError, RsaSigner, Signer};

use crate::cases::{Cases, times};
use crate::openssl::OpenSsl;
use crate::pool::{Key, private_keys, public_keys};

const SERIAL: &str = "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8D";

fn ring(key: &Key) -> RsaSigner {
    RsaSigner::from_pem(SERIAL, &key.pkcs8_pem).unwrap()
}

fn aws_lc(key: &Key) -> AwsLcSigner {
    AwsLcSigner::from_pem(SERIAL, &key.pkcs8_pem).unwrap()
}

#[test]
fn both_signers_make_the_signatures_of_openssl() {
    let Some(openssl) = OpenSsl::find("signing") else {
        return;
    };
    let mut cases = Cases::of("signing");
    for key in private_keys() {
        key.private_file(&openssl);
        let (ring, aws_lc) = (ring(key), aws_lc(key));
        for _ in 0..times(if key.bits == 2048 { 250 } else { 50 }) {
            let message = cases.message(1 << 16);
            let expected = openssl.says("dgst -sha256 -sign private.pem", &message);
            assert_eq!(expected.len(), key.size());
            let expected = STANDARD.encode(expected);
            assert_eq!(
                ring.sign(&message).unwrap().to_base64(),
                expected,
                "{}",
                key.name
            );
            assert_eq!(
                aws_lc.sign(&message).unwrap().to_base64(),
                expected,
                "{}",
                key.name
            );
        }
    }
}

#[test]
fn keys_are_read_from_every_layout_that_openssl_writes() {
    let Some(openssl) = OpenSsl::find("layouts") else {
        return;
    };
    for key in private_keys() {
        key.private_file(&openssl);
        let expected = openssl.says("dgst -sha256 -sign private.pem", b"message");
        let expected = STANDARD.encode(expected);
        let pkcs1 = openssl.says("rsa -in private.pem -traditional -outform DER", b"");
        let pkcs1_pem = openssl.says("rsa -in private.pem -traditional", b"");
        let pkcs8 = openssl.says("pkcs8 -topk8 -nocrypt -in private.pem -outform DER", b"");
        for signer in [
            RsaSigner::from_pkcs1_der(SERIAL, &pkcs1),
            RsaSigner::from_pem(SERIAL, &pkcs1_pem),
            RsaSigner::from_pkcs8_der(SERIAL, &pkcs8),
        ] {
            assert_eq!(
                signer.unwrap().sign(b"message").unwrap().to_base64(),
                expected
            );
        }
        for signer in [
            AwsLcSigner::from_pkcs1_der(SERIAL, &pkcs1),
            AwsLcSigner::from_pem(SERIAL, &pkcs1_pem),
            AwsLcSigner::from_pkcs8_der(SERIAL, &pkcs8),
        ] {
            assert_eq!(
                signer.unwrap().sign(b"message").unwrap().to_base64(),
                expected
            );
        }
    }
}

/// ring takes exponents from 65537 on, and primes of whole 64-byte blocks; merchants' keys are so.
#[test]
fn both_signers_refuse_the_same_keys() {
    if OpenSsl::find("refused").is_none() {
        return;
    }
    for key in public_keys() {
        let ring = RsaSigner::from_pem(SERIAL, &key.pkcs8_pem).map(|_| ());
        let aws_lc = AwsLcSigner::from_pem(SERIAL, &key.pkcs8_pem).map(|_| ());
        assert!(
            matches!(ring, Err(KeyError::Damaged { .. })),
            "{}",
            key.name
        );
        assert_eq!(format!("{ring:?}"), format!("{aws_lc:?}"), "{}", key.name);
    }
}

proptest! {
    #[test]
    fn both_signers_agree(key in 0..5usize, message: Vec<u8>) {
        thread_local! {
            static SIGNERS: Vec<(RsaSigner, AwsLcSigner)> = match OpenSsl::find("agree") {
                Some(_) => private_keys().iter().map(|key| (ring(key), aws_lc(key))).collect(),
                None => Vec::new(),
            };
        }
        SIGNERS.with(|signers| {
            if let Some((ring, aws_lc)) = signers.get(key) {
                let signature = ring.sign(&message).unwrap();
                prop_assert_eq!(aws_lc.sign(&message).unwrap().to_base64(), signature.to_base64());
            }
            Ok(())
        })?;
    }
}
