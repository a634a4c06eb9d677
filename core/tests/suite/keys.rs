//! Key files of every kind, in every wrong place, and damaged in every place.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wechatpay_core::{
    ApiV3Key, Certificate, KeyError, KeyId, Keyring, PlatformKeys, PublicKey, RsaSigner, Seal,
    SerialNumber, Verifier, VerifyError,
};

const ID: &str = "PUB_KEY_ID_0114232134912410000000000000";

fn key(file: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/known_answers/keys");
    std::fs::read(folder.join(file)).unwrap()
}

fn signer(file: &str) -> Result<RsaSigner, KeyError> {
    RsaSigner::from_pem("4B2C", &key(file))
}

#[track_caller]
fn says<T: std::fmt::Debug>(result: Result<T, KeyError>, words: &[&str]) {
    let error = result.unwrap_err().to_string();
    for words in words {
        assert!(error.contains(words), "{error:?} does not say {words:?}");
    }
}

#[test]
fn a_private_key_is_asked_for_and_something_else_is_given() {
    says(
        signer("merchant_cert.pem"),
        &[
            "holds certificate, where private key belongs",
            "apiclient_key.pem",
        ],
    );
    says(
        signer("merchant_spki.pem"),
        &["holds public key, where private key belongs"],
    );
    says(
        signer("merchant_encrypted.pem"),
        &["private key under a password", "openssl pkey"],
    );
    says(signer("small_1024_pkcs8.pem"), &["fewer than 2048 bits"]);
    says(signer("ec_p256_pkcs8.pem"), &["not an RSA key"]);
    says(
        RsaSigner::from_pem("4B2C", b""),
        &["not a PEM file of one private key", "no -----BEGIN line"],
    );
    says(
        RsaSigner::from_pem("4B2C", b"\xff\xfe"),
        &["not a PEM file"],
    );
    let sealed = String::from_utf8(key("merchant_pkcs1.pem"))
        .unwrap()
        .replacen(
            '\n',
            "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n",
            1,
        );
    says(
        RsaSigner::from_pem("4B2C", sealed.as_bytes()),
        &["private key under a password", "openssl pkey"],
    );
    let two = [key("merchant_pkcs8.pem"), key("merchant_cert.pem")].concat();
    says(
        RsaSigner::from_pem("4B2C", &two),
        &["more than one section"],
    );
}

#[test]
fn the_merchant_serial_is_asked_for_and_something_else_is_given() {
    let with = |serial| RsaSigner::from_pem(serial, &key("merchant_pkcs8.pem"));
    says(with(ID), &["it is the id of a WeChat Pay public key"]);
    says(with("1D:DE:55"), &["without colons"]);
    says(with(""), &["1 to 64 hexadecimal digits"]);
    says(with("1DDE\r\nX: y"), &["1 to 64 hexadecimal digits"]);
    assert_eq!(with("1dde").unwrap().serial().as_str(), "1DDE");
}

#[test]
fn a_public_key_is_asked_for_and_something_else_is_given() {
    let add = |id, file| PlatformKeys::new().with_public_key(id, &key(file));
    says(
        add(ID, "platform_cert.pem"),
        &[
            "holds certificate, where public key belongs",
            "serial number",
        ],
    );
    says(
        add(ID, "merchant_pkcs8.pem"),
        &["holds private key, where public key belongs"],
    );
    says(
        add(ID, "merchant_pkcs1.pem"),
        &["holds private key, where public key belongs"],
    );
    says(
        add(ID, "small_1024_spki.pem"),
        &["1024 bits", "2048 to 8192"],
    );
    says(
        add("0A15C2", "platform_spki.pem"),
        &["id 0A15C2 does not fit a WeChat Pay public key"],
    );
    says(add("", "platform_spki.pem"), &["the given text is empty"]);
    says(
        add("PUB_KEY_ID_", "platform_spki.pem"),
        &["PUB_KEY_ID_ and digits", "does not fit"],
    );
}

#[test]
fn a_platform_certificate_is_asked_for_and_something_else_is_given() {
    let add = |file| PlatformKeys::new().with_certificate(&key(file));
    says(
        add("merchant_cert.pem"),
        &["belongs to merchant 1900009191", "apiclient_cert.pem"],
    );
    says(
        add("platform_spki.pem"),
        &["holds public key, where certificate belongs", "PUB_KEY_ID_"],
    );
    says(
        add("merchant_pkcs8.pem"),
        &["holds private key, where certificate belongs"],
    );
    says(add("small_1024_cert.pem"), &["1024 bits"]);
    says(add("ec_p256_cert.pem"), &["not an RSA key"]);
}

#[test]
fn the_apiv3_key_is_32_bytes() {
    says(
        ApiV3Key::new("0123456789abcdef"),
        &["has 16 bytes", "exactly 32"],
    );
    says(ApiV3Key::new(""), &["has 0 bytes"]);
    says(
        ApiV3Key::new("0123456789abcdef0123456789abcdef\n"),
        &["has 33 bytes", "space or a line break"],
    );
    let key = ApiV3Key::new("0123456789abcdef0123456789abcdef").unwrap();
    assert_eq!(format!("{key:?}"), "ApiV3Key(..)");
}

#[test]
fn pem_files_come_with_crlf_text_before_them_and_no_last_line_break() {
    let pem = String::from_utf8(key("merchant_pkcs8.pem")).unwrap();
    for variant in [
        pem.replace('\n', "\r\n"),
        format!("Bag Attributes\n    friendlyName: x\n{pem}"),
        pem.trim_end().to_owned(),
        format!("\n\n{pem}\n\n"),
    ] {
        assert!(
            RsaSigner::from_pem("4B2C", variant.as_bytes()).is_ok(),
            "{variant}"
        );
    }
}

/// Every character of the file in turn is another one: there is always an error.
#[test]
fn a_damaged_private_key_file_is_never_accepted() {
    for file in ["merchant_pkcs8.pem", "merchant_pkcs1.pem"] {
        let pem = key(file);
        let inside = |at: usize| !matches!(pem[at], b'\n' | b'=' | b' ' | b'-');
        // In a debug build, RSA takes its time: a sample of the file is as good.
        for at in (0..pem.len()).filter(|&at| inside(at)).step_by(7) {
            let mut damaged = pem.clone();
            damaged[at] = if pem[at] == b'A' { b'B' } else { b'A' };
            let read = RsaSigner::from_pem("4B2C", &damaged);
            assert!(
                read.is_err(),
                "{file}: byte {at} was changed and the key accepted"
            );
        }
        for length in (0..pem.len() - 1).step_by(97) {
            assert!(
                RsaSigner::from_pem("4B2C", &pem[..length]).is_err(),
                "{file} cut at {length}"
            );
        }
    }
}

#[test]
fn one_key_is_declared() {
    let declared = |keys: &PlatformKeys| keys.declared().map(|id| id.to_string());
    let mut keys = PlatformKeys::new();
    assert_eq!(declared(&keys), None);

    keys = keys
        .with_certificate(&key("platform_cert_expired.pem"))
        .unwrap();
    keys = keys
        .with_certificate(&key("platform_cert_leading_zero.pem"))
        .unwrap();
    keys = keys
        .with_certificate(&key("platform_cert_expired.pem"))
        .unwrap();
    let newest = "0A15C2D3E4F60718293A4B5C6D7E8F9012345678";
    assert_eq!(
        declared(&keys).as_deref(),
        Some(newest),
        "the certificate that became valid last"
    );

    keys = keys.with_public_key(ID, &key("platform_spki.pem")).unwrap();
    assert_eq!(
        declared(&keys).as_deref(),
        Some(ID),
        "a public key goes before certificates"
    );
    keys = keys
        .with_certificate(&key("platform_cert_high_bit.pem"))
        .unwrap();
    assert_eq!(declared(&keys).as_deref(), Some(ID));

    keys.declare(&newest.to_lowercase()).unwrap();
    assert_eq!(declared(&keys).as_deref(), Some(newest), "and back");
    says(
        keys.declare("ABCD"),
        &["ABCD is held", "F5765756002FDD77", ID],
    );
}

/// The list of certificates has no order, so the one that was added first keeps its place.
#[test]
fn of_certificates_that_became_valid_together_the_first_is_declared() {
    let (one, other) = (
        "platform_cert_leading_zero.pem",
        "platform_cert_high_bit.pem",
    );
    for (first, second, declared) in [
        (one, other, "0A15C2D3E4F60718293A4B5C6D7E8F9012345678"),
        (other, one, "F5765756002FDD77"),
    ] {
        let keys = PlatformKeys::new().with_certificate(&key(first));
        let keys = keys.unwrap().with_certificate(&key(second)).unwrap();
        assert_eq!(keys.declared().unwrap().as_str(), declared);
    }
}

/// What answers otherwise than every default does.
struct Odd(Keyring);

impl Verifier for Odd {
    fn verify(&self, serial: &str, _: &[u8], _: &[u8]) -> Result<(), VerifyError> {
        let serial = serial.to_owned();
        Err(VerifyError::BadSignature { serial })
    }
    fn declared(&self) -> Option<KeyId> {
        KeyId::parse("4B2C").ok()
    }
    fn sealer(&self) -> Option<Arc<dyn Seal>> {
        self.0.current().sealer()
    }
    fn keyring(&self) -> Option<&Keyring> {
        Some(&self.0)
    }
    fn accepts(&self, signature_type: &str) -> bool {
        signature_type == "ODD"
    }
}

#[test]
fn whoever_holds_a_verifier_is_one() {
    fn is_odd(verifier: impl Verifier) {
        let refused = verifier.verify("7", b"", b"");
        assert!(matches!(refused, Err(VerifyError::BadSignature { serial }) if serial == "7"));
        assert_eq!(verifier.declared().unwrap().as_str(), "4B2C");
        // Without it there is nothing that seals.
        #[cfg(feature = "aws-lc-rs")]
        assert_eq!(verifier.sealer().unwrap().key_id().as_str(), ID);
        assert!(verifier.keyring().is_some());
        assert!(verifier.accepts("ODD") && !verifier.accepts("WECHATPAY2-SHA256-RSA2048"));
    }
    let odd = || {
        let keys = PlatformKeys::new().with_public_key(ID, &key("platform_spki.pem"));
        Odd(Keyring::new(keys.unwrap()))
    };
    let held = odd();
    is_odd(&held);
    is_odd(held);
    is_odd(Arc::new(odd()));
    is_odd(Box::new(odd()));
    is_odd(Box::new(Arc::new(odd())) as Box<dyn Verifier>);
}

#[test]
fn validity_is_known() {
    let expired = Certificate::from_pem(&key("platform_cert_expired.pem")).unwrap();
    let last = expired.not_after();
    assert!(expired.is_valid_at(last));
    assert!(!expired.is_valid_at(last.plus(std::time::Duration::from_secs(1))));
}

#[test]
fn a_negative_serial_number_is_not_read_as_a_positive_one() {
    let pem = String::from_utf8(key("platform_cert_high_bit.pem")).unwrap();
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let mut der = STANDARD.decode(base64).unwrap();
    let number = b"\x02\x09\x00\xF5\x76\x57\x56\x00\x2F\xDD\x77";
    let at = der.windows(number.len()).position(|bytes| bytes == number);
    der[at.unwrap() + 2] = 0x80;
    says(
        Certificate::from_der(&der),
        &["its serial number is negative"],
    );
}

#[test]
fn ids_are_equal_by_number() {
    let serial = |text| SerialNumber::parse(text).unwrap();
    assert_eq!(serial("00ab"), serial("AB"));
    assert_ne!(serial("0AB0"), serial("AB"));
    let id = |text| KeyId::parse(text).unwrap();
    assert_eq!(id("00ab"), id("AB"));
    assert_ne!(id("PUB_KEY_ID_01"), id("PUB_KEY_ID_1"));
    assert!(KeyId::parse("PUB_KEY_ID_01\r\n").is_err());
    assert!(KeyId::parse("WECHAT").is_err());
}

#[test]
fn a_public_key_is_the_same_from_every_form() {
    let spki = PublicKey::from_pem(&key("merchant_spki.pem")).unwrap();
    let signer = signer("merchant_pkcs8.pem").unwrap();
    assert_eq!(spki.as_pkcs1_der(), signer.public_key_der());
}
