//! Each step held against answers that the openssl command line made (see `known_answers/README.md`).

use std::fs;
use std::path::{Path, PathBuf};

use wechatpay_core::canonical::{request_message, response_message};
use wechatpay_core::{
    AnyOperation, ApiV3Key, Body, Certificate, Document, Merchant, Method, Nonce, Pending,
    PlatformKeys, PublicKey, RsaSigner, SerialNumber, Signature, Signer, Timestamp, http,
};

const MERCHANT_SERIAL: &str = "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8D";

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/known_answers")
        .join(name)
}

fn bytes(folder: &Path, file: &str) -> Vec<u8> {
    fs::read(folder.join(file)).unwrap_or_else(|e| panic!("{}/{file}: {e}", folder.display()))
}

fn text(folder: &Path, file: &str) -> String {
    String::from_utf8(bytes(folder, file)).unwrap()
}

fn key(file: &str) -> Vec<u8> {
    bytes(&folder("keys"), file)
}

fn cases(name: &str, expected: usize) -> Vec<PathBuf> {
    let mut cases: Vec<_> = fs::read_dir(folder(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    assert_eq!(cases.len(), expected, "the folder {name} is whole");
    cases
}

fn timestamp(folder: &Path) -> Timestamp {
    Timestamp::from_secs(text(folder, "timestamp").parse().unwrap())
}

fn signer() -> RsaSigner {
    RsaSigner::from_pem(MERCHANT_SERIAL, &key("merchant_pkcs8.pem")).unwrap()
}

fn platform_keys() -> PlatformKeys {
    PlatformKeys::new()
        .with_public_key("PUB_KEY_ID_01", &key("platform_spki.pem"))
        .unwrap()
}

#[test]
fn request_messages() {
    for case in cases("requests", 8) {
        let message = request_message(
            &text(&case, "method"),
            &text(&case, "target"),
            &text(&case, "timestamp"),
            &text(&case, "nonce"),
            &bytes(&case, "body"),
        );
        assert_eq!(message, bytes(&case, "message"), "{}", case.display());
    }
}

#[test]
fn request_signatures() {
    let from = |result: Result<RsaSigner, _>| -> RsaSigner { result.unwrap() };
    let signers = [
        signer(),
        from(RsaSigner::from_pem(
            MERCHANT_SERIAL,
            &key("merchant_pkcs1.pem"),
        )),
        from(RsaSigner::from_pkcs8_der(
            MERCHANT_SERIAL,
            &key("merchant_pkcs8.der"),
        )),
        from(RsaSigner::from_pkcs1_der(
            MERCHANT_SERIAL,
            &key("merchant_pkcs1.der"),
        )),
    ];
    for case in cases("requests", 8) {
        for signer in &signers {
            let signature = signer.sign(&bytes(&case, "message")).unwrap();
            assert_eq!(
                signature.to_base64(),
                text(&case, "signature"),
                "{}",
                case.display()
            );
        }
    }
}

#[test]
fn whole_requests() {
    let merchant = Merchant::new("1900009191").unwrap();
    for case in cases("requests", 8) {
        let method: Method = text(&case, "method").parse().unwrap();
        let target = text(&case, "target");
        let body = bytes(&case, "body");
        let mut operation = AnyOperation::new(method.clone(), target.clone());
        if !body.is_empty() {
            operation = operation.json_bytes(body.clone());
        }
        let draft = merchant.draft(&operation).unwrap();
        let nonce = Nonce::parse(text(&case, "nonce")).unwrap();
        let unsigned = draft.stamp(timestamp(&case), nonce);
        assert_eq!(
            unsigned.message(),
            bytes(&case, "message"),
            "{}",
            case.display()
        );

        let request = unsigned.sign(&signer()).unwrap().request;
        assert_eq!(*request.method(), method);
        assert_eq!(
            request.uri().to_string(),
            format!("https://api.mch.weixin.qq.com{target}")
        );
        assert_eq!(request.body(), &body);
        let header = |name: &str| request.headers().get(name).map(|v| v.to_str().unwrap());
        assert_eq!(
            header("authorization"),
            Some(&*text(&case, "authorization"))
        );
        assert_eq!(header("accept"), Some("application/json"));
        assert_eq!(header("user-agent"), Some("wechatpay-core/0.1.0"));
        let json = (!body.is_empty()).then_some("application/json");
        assert_eq!(header("content-type"), json);
    }
}

#[test]
fn a_signature_from_elsewhere_gives_the_same_request() {
    let case = folder("requests").join("post_subsidies_create");
    let operation =
        AnyOperation::new(Method::POST, text(&case, "target")).json_bytes(bytes(&case, "body"));
    let unsigned = Merchant::new("1900009191")
        .unwrap()
        .prepare(
            &operation,
            timestamp(&case),
            Nonce::parse(text(&case, "nonce")).unwrap(),
        )
        .unwrap();
    let raw = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        text(&case, "signature"),
    );
    let serial = SerialNumber::parse(MERCHANT_SERIAL).unwrap();
    let request = unsigned
        .attach(&Signature::new(serial, raw.unwrap()))
        .request;
    let value = &request.headers()["authorization"];
    assert_eq!(value.to_str().unwrap(), text(&case, "authorization"));
    assert!(value.is_sensitive());
}

#[test]
fn an_upload_signs_its_metadata_only() {
    #[derive(serde::Serialize)]
    struct Upload;
    impl wechatpay_core::Operation for Upload {
        const METHOD: Method = Method::POST;
        const PATH: &'static str = "/v3/merchant/media/upload";
        const REPLAY: wechatpay_core::Replay = wechatpay_core::Replay::ReadOnly;
        type Response = Document;
        fn body(&self) -> Result<Body, serde_json::Error> {
            Ok(Body::upload(
                "--b\r\n…",
                "{\"filename\":\"a.png\"}",
                "multipart/form-data; boundary=b",
            ))
        }
    }
    let draft = Merchant::new("1900009191").unwrap().draft(&Upload).unwrap();
    let unsigned = draft.stamp(
        Timestamp::from_secs(1_554_208_460),
        Nonce::from_entropy([0xAB; 16]),
    );
    assert_eq!(
        String::from_utf8_lossy(unsigned.message()),
        "POST\n/v3/merchant/media/upload\n1554208460\nABABABABABABABABABABABABABABABAB\n\
         {\"filename\":\"a.png\"}\n"
    );
    assert_eq!(draft.body(), "--b\r\n…".as_bytes());
}

#[test]
fn response_messages() {
    for case in cases("responses", 5) {
        let message = response_message(
            &text(&case, "timestamp"),
            &text(&case, "nonce"),
            &bytes(&case, "body"),
        );
        assert_eq!(message, bytes(&case, "message"), "{}", case.display());
    }
}

fn pending() -> Pending<Document> {
    Merchant::new("1900009191")
        .unwrap()
        .prepare(
            &AnyOperation::new(Method::POST, "/v3/x"),
            Timestamp::from_secs(0),
            Nonce::from_entropy([0; 16]),
        )
        .unwrap()
        .sign(&signer())
        .unwrap()
        .pending
}

#[test]
fn whole_answers() {
    for case in cases("responses", 5) {
        let status: u16 = text(&case, "status").trim().parse().unwrap();
        let response = http::Response::builder()
            .status(status)
            .header("Wechatpay-Serial", "PUB_KEY_ID_01")
            .header("Wechatpay-Timestamp", text(&case, "timestamp"))
            .header("Wechatpay-Nonce", text(&case, "nonce"))
            .header("Wechatpay-Signature", text(&case, "signature"))
            .body(bytes(&case, "body"))
            .unwrap();
        let done = pending().complete(&response, &platform_keys(), timestamp(&case));
        if status < 300 {
            assert_eq!(
                done.unwrap().body,
                bytes(&case, "body"),
                "{}",
                case.display()
            );
        } else {
            let error = done.unwrap_err();
            assert!(error.api().unwrap().is_verified(), "{error}");
            assert_eq!(error.effect(), wechatpay_core::Effect::None);
        }
    }
}

#[test]
fn resources() {
    for case in cases("resources", 4) {
        let key = ApiV3Key::new(bytes(&case, "key")).unwrap();
        let (nonce, aad) = (text(&case, "nonce"), text(&case, "associated_data"));
        let (plain, sealed) = (bytes(&case, "plaintext"), text(&case, "ciphertext"));
        assert_eq!(
            key.seal(&nonce, &aad, &plain).unwrap(),
            sealed,
            "{}",
            case.display()
        );
        assert_eq!(
            key.open(&nonce, &aad, &sealed).unwrap(),
            plain,
            "{}",
            case.display()
        );
    }
}

#[test]
fn public_keys_of_every_form_are_one_key() {
    let spki = PublicKey::from_pem(&key("platform_spki.pem")).unwrap();
    assert_eq!(spki.bits(), 2048);
    assert_eq!(
        PublicKey::from_pem(&key("platform_pkcs1_public.pem")).unwrap(),
        spki
    );
    let certificate = Certificate::from_pem(&key("platform_cert.pem")).unwrap();
    assert_eq!(*certificate.public_key(), spki);
    let merchant = Certificate::from_pem(&key("merchant_cert.pem")).unwrap();
    assert_eq!(
        merchant.public_key().as_pkcs1_der(),
        signer().public_key_der()
    );
}

#[test]
fn certificates_are_read_as_openssl_reads_them() {
    let expected = [
        ("merchant_cert", MERCHANT_SERIAL, Some("1900009191")),
        (
            "platform_cert",
            "A15C2D3E4F60718293A4B5C6D7E8F901234567",
            None,
        ),
        (
            "platform_cert_leading_zero",
            "0A15C2D3E4F60718293A4B5C6D7E8F9012345678",
            None,
        ),
        ("platform_cert_high_bit", "F5765756002FDD77", None),
        (
            "platform_cert_expired",
            "3F2E1D0C5B4A69788796A5B4C3D2E1F00F1E2D3C",
            None,
        ),
    ];
    for (name, serial, merchant) in expected {
        let certificate = Certificate::from_pem(&key(&format!("{name}.pem"))).unwrap();
        assert_eq!(certificate.serial().as_str(), serial);
        let printed = String::from_utf8(key(&format!("{name}.serial"))).unwrap();
        assert_eq!(printed.trim(), format!("serial={serial}"));
        let dates = format!(
            "not_before={}\nnot_after={}",
            certificate.not_before(),
            certificate.not_after()
        );
        assert_eq!(
            String::from_utf8(key(&format!("{name}.dates")))
                .unwrap()
                .trim(),
            dates
        );
        assert_eq!(certificate.merchant(), merchant);
    }
}

#[test]
fn serials_match_in_either_case_and_with_any_leading_zeros() {
    let keys = PlatformKeys::new()
        .with_certificate(&key("platform_cert.pem"))
        .unwrap()
        .with_certificate(&key("platform_cert_leading_zero.pem"))
        .unwrap();
    for held in [
        "00A15C2D3E4F60718293A4B5C6D7E8F901234567",
        "A15C2D3E4F60718293A4B5C6D7E8F901234567",
        "a15c2d3e4f60718293a4b5c6d7e8f901234567",
        "0A15C2D3E4F60718293A4B5C6D7E8F9012345678",
        "a15c2d3e4f60718293a4b5c6d7e8f9012345678",
    ] {
        assert!(keys.get(held).is_some(), "{held}");
    }
    assert!(keys.get("15C2D3E4F60718293A4B5C6D7E8F9012345678").is_none());
}
