//! Sensitive fields: sealed, opened and refused. `tests/differential` compares with openssl at length.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use crate::common::{PLATFORM_ID, key, platform_keys};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use wechatpay_core::{
    Certificate, KeyError, KeyId, Open, OpenError, Opener, PlatformKeys, PublicKey, Seal,
    SealError, Sealed, Sealer, Verifier,
};

fn sealer() -> Sealer {
    let key = PublicKey::from_pem(&key("platform_spki.pem")).unwrap();
    Sealer::new(KeyId::parse(PLATFORM_ID).unwrap(), &key)
}

fn opener() -> &'static Opener {
    static OPENER: LazyLock<Opener> =
        LazyLock::new(|| Opener::from_pem(&key("merchant_pkcs8.pem")).unwrap());
    &OPENER
}

fn platform_opener() -> &'static Opener {
    static OPENER: LazyLock<Opener> =
        LazyLock::new(|| Opener::from_pem(&key("platform_pkcs8.pem")).unwrap());
    &OPENER
}

fn known(case: &str, file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/known_answers/sealed");
    std::fs::read_to_string(folder.join(case).join(file)).unwrap()
}

#[test]
fn known_answers_are_opened_with_the_key_in_every_layout() {
    let openers = [
        Opener::from_pem(&key("merchant_pkcs8.pem")).unwrap(),
        Opener::from_pem(&key("merchant_pkcs1.pem")).unwrap(),
        Opener::from_pkcs8_der(&key("merchant_pkcs8.der")).unwrap(),
        Opener::from_pkcs1_der(&key("merchant_pkcs1.der")).unwrap(),
    ];
    for opener in openers {
        for (case, text) in [
            ("phone", "13800000000".to_owned()),
            ("chinese", "张三".to_owned()),
            ("longest", "长".repeat(71) + "x"),
        ] {
            let sealed = Sealed::from_wire(known(case, "ciphertext"));
            assert_eq!(&*sealed.open(&opener).unwrap(), text, "{case}");
        }
    }
    let opened = platform_opener()
        .open(&known("for_the_platform", "ciphertext"))
        .unwrap();
    assert_eq!(&*opened, "13800000000");
}

#[test]
fn what_was_sealed_otherwise_is_refused() {
    let refused = |case: &str| opener().open(&known(case, "ciphertext")).unwrap_err();
    assert!(matches!(refused("for_the_platform"), OpenError::Refused));
    assert!(matches!(refused("pkcs1"), OpenError::Refused));
    assert!(matches!(refused("sha256"), OpenError::Refused));
    assert!(matches!(refused("not_text"), OpenError::NotText));
    assert_eq!(
        refused("sha256").to_string(),
        "the sealed text does not open: it was sealed for another key, or not by RSAES-OAEP with \
         SHA-1, or is damaged",
    );
}

#[test]
fn damaged_texts_are_refused() {
    let text = known("phone", "ciphertext");
    let bytes = STANDARD.decode(&text).unwrap();
    let open = |text: &str| opener().open(text).unwrap_err();

    for not_base64 in [
        "x",
        "张三",
        "13800000000",
        &text[..343],
        &text[1..],
        &format!("{text}\n"),
        &format!(" {text}"),
        &text.replace('=', ""),
    ] {
        assert!(
            matches!(open(not_base64), OpenError::NotBase64),
            "{not_base64}"
        );
    }
    for length in [0, 1, 255, 257, 512, 1_000_000] {
        let error = open(&STANDARD.encode(vec![1; length]));
        let expected =
            format!("the sealed text has {length} bytes, and this key opens texts of 256");
        assert_eq!(error.to_string(), expected);
    }
    // Neither zero nor a number beyond the modulus is a ciphertext.
    for byte in [0, 0xFF] {
        let error = open(&STANDARD.encode([byte; 256]));
        assert!(matches!(error, OpenError::Refused), "{error}");
    }
    for at in [0, 1, 100, 255] {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        let error = open(&STANDARD.encode(bytes));
        assert!(matches!(error, OpenError::Refused), "{error}");
    }
}

#[test]
fn the_limit_counts_bytes() {
    for text in ["x".repeat(214), "长".repeat(71), "é".repeat(107)] {
        assert_eq!(sealer().seal(&text).unwrap().len(), 344);
    }
    for (text, bytes) in [
        ("x".repeat(215), 215),
        ("长".repeat(72), 216),
        ("x".repeat(1_000_000), 1_000_000),
    ] {
        let error = sealer().seal(&text).unwrap_err();
        assert!(
            matches!(error, SealError::TooLong { length, limit: 214 } if length == bytes),
            "{error}"
        );
        let error = Sealed::plain(text)
            .seal_with("receivers[1].receiver_name", Some(&sealer()))
            .unwrap_err();
        assert_eq!(error.field(), "receivers[1].receiver_name");
        assert_eq!(
            error.to_string(),
            format!(
                "sensitive field receivers[1].receiver_name cannot be sealed: it has {bytes} bytes \
                 of UTF-8, and a key of this size seals at most 214"
            ),
        );
    }
}

#[test]
fn a_text_is_sealed_differently_each_time() {
    assert_ne!(
        sealer().seal("张三").unwrap(),
        sealer().seal("张三").unwrap()
    );
}

fn sealing_id(keys: impl Verifier) -> String {
    keys.sealer().unwrap().key_id().to_string()
}

#[test]
fn the_declared_key_seals() {
    assert!(PlatformKeys::new().sealer().is_none());

    let mut keys = platform_keys()
        .with_certificate(&key("platform_cert_high_bit.pem"))
        .unwrap();
    assert_eq!(keys.sealer().unwrap().key_id().as_str(), PLATFORM_ID);
    keys.declare("F5765756002FDD77").unwrap();
    let sealer = keys.sealer().unwrap();
    assert_eq!(sealer.key_id().as_str(), "F5765756002FDD77");
    let opened = platform_opener().open(&sealer.seal("张三").unwrap());
    assert_eq!(&*opened.unwrap(), "张三");

    // Through the wrappers that callers share keys in.
    assert_eq!(sealing_id(&keys), "F5765756002FDD77");
    assert_eq!(sealing_id(Box::new(keys.clone())), "F5765756002FDD77");
    let shared: Arc<dyn Verifier> = Arc::new(keys);
    assert_eq!(sealing_id(shared), "F5765756002FDD77");
    let certificate = Certificate::from_pem(&key("platform_cert.pem")).unwrap();
    let sealer = Sealer::new(
        certificate.serial().clone().into(),
        certificate.public_key(),
    );
    assert_eq!(
        sealer.key_id().as_str(),
        "A15C2D3E4F60718293A4B5C6D7E8F901234567"
    );
}

#[test]
fn an_empty_text_stays_empty() {
    for empty in [Sealed::plain(""), Sealed::from_wire("")] {
        let sealed = empty.seal_with("name", Some(&sealer())).unwrap();
        assert_eq!(sealed.as_sealed(), Some(""));
        assert_eq!(
            empty.seal_with("name", None).unwrap(),
            Sealed::from_wire("")
        );
        assert_eq!(&*empty.open(opener()).unwrap(), "");
        assert_eq!(serde_json::to_string(&empty).unwrap(), "\"\"");
    }
}

#[test]
fn plain_text_does_not_serialize_and_opens_to_itself() {
    let plain = Sealed::plain("张三");
    assert_eq!(plain.as_sealed(), None);
    let error = serde_json::to_string(&plain).unwrap_err().to_string();
    assert!(error.contains("still plain text"), "{error}");
    assert!(!error.contains("张三"), "{error}");
    assert_eq!(&*plain.open(opener()).unwrap(), "张三");
    assert_eq!(Sealed::from("张三"), plain);
    assert_eq!(Sealed::from("张三".to_owned()), plain);
    assert_ne!(Sealed::from_wire("张三"), plain);
}

#[test]
fn private_keys_are_asked_for_and_something_else_is_given() {
    let kind = |file: &str| Opener::from_pem(&key(file)).unwrap_err();
    assert!(matches!(kind("merchant_spki.pem"), KeyError::Kind { .. }));
    assert!(matches!(
        kind("merchant_encrypted.pem"),
        KeyError::Kind { .. }
    ));
    for file in ["small_1024_pkcs8.pem", "ec_p256_pkcs8.pem"] {
        assert!(matches!(kind(file), KeyError::Damaged { .. }), "{file}");
    }
    assert!(Opener::from_pkcs8_der(&key("merchant_pkcs1.der")).is_err());
    assert!(Opener::from_pkcs1_der(&key("merchant_pkcs8.der")).is_err());
    assert!(Opener::from_pkcs1_der(b"").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sealed_opens_to_the_same(text in "[^\u{0}]{1,53}") {
        let sealed = Sealed::plain(text.clone()).seal_with("name", Some(&sealer())).unwrap();
        prop_assert_eq!(sealed.as_sealed().unwrap().len(), 344);
        prop_assert_eq!(&*sealed.open(platform_opener()).unwrap(), text);
    }

    #[test]
    fn no_text_panics_an_opener(text in "\\PC*", bytes: Vec<u8>) {
        prop_assert!(opener().open(&text).is_err());
        prop_assert!(opener().open(&STANDARD.encode(&bytes)).is_err());
        prop_assert!(Opener::from_pem(&bytes).is_err());
        prop_assert!(Opener::from_pkcs8_der(&bytes).is_err());
        prop_assert!(Opener::from_pkcs1_der(&bytes).is_err());
    }
}
