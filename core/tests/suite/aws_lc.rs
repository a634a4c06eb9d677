//! The signer on aws-lc is the signer on ring, only faster.

use std::sync::LazyLock;

use crate::common::{MERCHANT_SERIAL, key, signer};
use proptest::prelude::*;
use wechatpay_core::{AwsLcSigner, KeyError, PublicKey, RsaSigner, Signer};

fn aws_lc() -> AwsLcSigner {
    AwsLcSigner::from_pem(MERCHANT_SERIAL, &key("merchant_pkcs8.pem")).unwrap()
}

#[test]
fn it_signs_as_openssl_does_from_every_layout_of_the_key() {
    let signers = [
        aws_lc(),
        AwsLcSigner::from_pem(MERCHANT_SERIAL, &key("merchant_pkcs1.pem")).unwrap(),
        AwsLcSigner::from_pkcs8_der(MERCHANT_SERIAL, &key("merchant_pkcs8.der")).unwrap(),
        AwsLcSigner::from_pkcs1_der(MERCHANT_SERIAL, &key("merchant_pkcs1.der")).unwrap(),
    ];
    let message = include_bytes!("../known_answers/requests/post_subsidies_create/message");
    let signature = include_str!("../known_answers/requests/post_subsidies_create/signature");
    for signer in signers {
        let signed = signer.sign(message).unwrap();
        assert_eq!(signed.to_base64(), signature);
        assert_eq!(signed.serial().as_str(), MERCHANT_SERIAL);
        assert_eq!(signed.scheme().as_str(), "WECHATPAY2-SHA256-RSA2048");
        assert_eq!(signer.serial().as_str(), MERCHANT_SERIAL);
        let public = PublicKey::from_pem(&key("merchant_spki.pem")).unwrap();
        assert_eq!(signer.public_key_der(), public.as_pkcs1_der());
        let debug = format!("AwsLcSigner {{ serial: {:?}, .. }}", signer.serial());
        assert_eq!(format!("{signer:?}"), debug);
    }
}

/// Both take a file, or both refuse it with the same words.
#[track_caller]
fn agree(ring: Result<RsaSigner, KeyError>, aws_lc: Result<AwsLcSigner, KeyError>) -> bool {
    let ring = ring.map(|signer| signer.sign(b"x").unwrap());
    let aws_lc = aws_lc.map(|signer| signer.sign(b"x").unwrap());
    match (ring, aws_lc) {
        (Ok(ring), Ok(aws_lc)) => assert_eq!(ring.to_base64(), aws_lc.to_base64()),
        (Err(ring), Err(aws_lc)) => {
            assert_eq!(ring.to_string(), aws_lc.to_string());
            return false;
        }
        (ring, aws_lc) => panic!("ring: {ring:?}, aws-lc: {aws_lc:?}"),
    }
    true
}

#[test]
fn it_refuses_what_the_other_refuses() {
    for file in [
        "merchant_cert.pem",
        "merchant_spki.pem",
        "merchant_encrypted.pem",
        "small_1024_pkcs8.pem",
        "ec_p256_pkcs8.pem",
        "merchant_pkcs8.der",
    ] {
        let pem = key(file);
        let taken = agree(
            RsaSigner::from_pem("4B2C", &pem),
            AwsLcSigner::from_pem("4B2C", &pem),
        );
        assert!(!taken, "{file}");
    }
    let pem = key("merchant_pkcs8.pem");
    assert!(!agree(
        RsaSigner::from_pem("PUB_KEY_ID_1", &pem),
        AwsLcSigner::from_pem("PUB_KEY_ID_1", &pem),
    ));
}

#[test]
fn no_damaged_byte_gets_past_it() {
    let (pkcs8, pkcs1) = (key("merchant_pkcs8.der"), key("merchant_pkcs1.der"));
    let mut refused = 0;
    for at in (0..pkcs8.len()).step_by(13) {
        let mut damaged = pkcs8.clone();
        damaged[at] ^= 0x10;
        refused += usize::from(!agree(
            RsaSigner::from_pkcs8_der("4B2C", &damaged),
            AwsLcSigner::from_pkcs8_der("4B2C", &damaged),
        ));
        refused += usize::from(!agree(
            RsaSigner::from_pkcs8_der("4B2C", &pkcs8[..at]),
            AwsLcSigner::from_pkcs8_der("4B2C", &pkcs8[..at]),
        ));
    }
    for at in (0..pkcs1.len()).step_by(13) {
        let mut damaged = pkcs1.clone();
        damaged[at] ^= 0x10;
        refused += usize::from(!agree(
            RsaSigner::from_pkcs1_der("4B2C", &damaged),
            AwsLcSigner::from_pkcs1_der("4B2C", &damaged),
        ));
    }
    let tried = 2 * pkcs8.len().div_ceil(13) + pkcs1.len().div_ceil(13);
    assert!(tried > 200, "{tried}");
    assert_eq!(refused, tried);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn it_signs_every_message_as_the_other_does(message: Vec<u8>) {
        static AWS_LC: LazyLock<AwsLcSigner> = LazyLock::new(aws_lc);
        let signature = signer().sign(&message).unwrap();
        prop_assert_eq!(AWS_LC.sign(&message).unwrap().to_base64(), signature.to_base64());
    }

    #[test]
    fn no_bytes_panic_it(bytes: Vec<u8>) {
        prop_assert!(AwsLcSigner::from_pem("4B2C", &bytes).is_err());
        prop_assert!(AwsLcSigner::from_pkcs8_der("4B2C", &bytes).is_err());
        prop_assert!(AwsLcSigner::from_pkcs1_der("4B2C", &bytes).is_err());
    }
}
