//! Schemes beside the merchant's own: a brand's, which this crate signs, and those that a user
//! brings along.

use std::path::Path;

use crate::common::{
    self, MERCHANT_SERIAL, NOW, PLATFORM_ID, answer, brand_signer, merchant, nonce, platform_keys,
    signer, unsigned_answer,
};
use wechatpay_core::api::certificates::{AlgorithmType, List};
use wechatpay_core::platform::SignedRequest;
use wechatpay_core::{
    AnyOperation, ApiV3Key, Certificate, Effect, KeyId, Merchant, Method, Nonce, Pending, Prepared,
    Reason, Scheme, SerialNumber, SignError, Signature, Signer, Timestamp, Verifier, VerifyError,
    http,
};

const SM2: &str = "WECHATPAY2-SM2-WITH-SM3";

/// Requests of a brand, held against what openssl signed.
#[test]
fn a_brand_signs_by_its_own_scheme() {
    let brand = Merchant::new("123456789").unwrap();
    let signer = brand_signer();
    assert_eq!(signer.scheme().as_str(), "WECHATPAY-BRAND-SHA256-RSA2048");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/known_answers/brand_requests");
    for name in ["get_product_coupon", "post_product_coupon"] {
        let text = |file| std::fs::read_to_string(folder.join(name).join(file)).unwrap();
        let mut operation =
            AnyOperation::new(text("method").parse::<Method>().unwrap(), text("target"));
        if !text("body").is_empty() {
            operation = operation.json_bytes(text("body").into_bytes());
        }
        let at = Timestamp::from_secs(text("timestamp").parse().unwrap());
        let unsigned = brand
            .prepare(&operation, at, Nonce::parse(text("nonce")).unwrap())
            .unwrap();
        assert_eq!(unsigned.message(), text("message").as_bytes());
        let request = unsigned.sign(&signer).unwrap().request;
        let header = &request.headers()["authorization"];
        assert_eq!(header.to_str().unwrap(), text("authorization"));
        assert!(header.is_sensitive());

        let read = SignedRequest::read(&request).unwrap();
        assert_eq!(read.authorization().mchid, "123456789");
        let certificate = Certificate::from_pem(&common::key("merchant_cert.pem")).unwrap();
        read.verify(certificate.public_key(), at).unwrap();
    }
}

/// The bytes are the same; what differs is the scheme, and how the caller is named.
#[test]
fn the_scheme_is_part_of_the_signer() {
    let operation = AnyOperation::new(Method::GET, "/v3/certificates");
    let header = |signer: &dyn Signer| {
        let unsigned = merchant().prepare(&operation, NOW, nonce()).unwrap();
        let request = unsigned.sign(signer).unwrap().request;
        request.headers()["authorization"]
            .to_str()
            .unwrap()
            .to_owned()
    };
    let plain = header(signer());
    assert!(plain.starts_with("WECHATPAY2-SHA256-RSA2048 mchid=\"1900009191\","));
    let (_, items) = plain.split_once(' ').unwrap();
    assert_eq!(
        header(&brand_signer()),
        format!(
            "WECHATPAY-BRAND-SHA256-RSA2048 {}",
            items.replace("mchid=", "brand_id=")
        )
    );
    assert_eq!(*signer().scheme(), Scheme::RSA);
}

/// The national algorithms, brought along: a signer for requests, a verifier for answers. It signs
/// nothing; it insists on the bytes that it is given.
struct National {
    request: &'static str,
    response: &'static str,
}

impl Signer for National {
    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        assert_eq!(String::from_utf8_lossy(message), self.request);
        let serial = SerialNumber::parse(MERCHANT_SERIAL).map_err(SignError::new)?;
        let scheme = Scheme::parse(SM2).map_err(SignError::new)?;
        Ok(Signature::new(serial, b"the merchant's".to_vec()).with_scheme(scheme))
    }
}

impl Verifier for National {
    fn verify(&self, serial: &str, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        assert_eq!(serial, PLATFORM_ID);
        let signed = message == self.response.as_bytes() && signature == b"the platform's";
        signed
            .then_some(())
            .ok_or_else(|| VerifyError::BadSignature {
                serial: serial.to_owned(),
            })
    }

    fn declared(&self) -> Option<KeyId> {
        KeyId::parse(PLATFORM_ID).ok()
    }

    fn accepts(&self, signature_type: &str) -> bool {
        signature_type == SM2
    }
}

const NATIONAL: National = National {
    request: "POST\n/v3/ecommerce/subsidies/create\n1554208460\n\
              ABABABABABABABABABABABABABABABAB\n{\"amount\":10}\n",
    response: "1554208460\nABABABABABABABABABABABABABABABAB\n{\"result\":\"SUCCESS\"}\n",
};

fn national_answer(body: &str, signature: &str) -> http::Response<Vec<u8>> {
    let mut response = unsigned_answer(200, body);
    for (name, value) in [
        ("wechatpay-timestamp", "1554208460"),
        ("wechatpay-nonce", "ABABABABABABABABABABABABABABABAB"),
        ("wechatpay-serial", PLATFORM_ID),
        ("wechatpay-signature", signature),
        ("wechatpay-signature-type", SM2),
    ] {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

fn refusal<T: wechatpay_core::Decode>(
    pending: &Pending<T>,
    response: &http::Response<Vec<u8>>,
    keys: &impl Verifier,
) -> VerifyError {
    let error = pending.complete(response, keys, NOW).err().unwrap();
    assert_eq!(error.effect(), Effect::Unknown, "money may have moved");
    match error.reason {
        Reason::Untrusted { source, .. } => source,
        other => panic!("{other}"),
    }
}

#[test]
fn the_national_algorithms_are_a_signer_and_a_verifier_of_ones_own() {
    let operation = AnyOperation::new(Method::POST, "/v3/ecommerce/subsidies/create")
        .json_bytes(&b"{\"amount\":10}"[..]);
    let draft = merchant().draft_for(&operation, &NATIONAL).unwrap();
    let Prepared { request, pending } = draft.stamp(NOW, nonce()).sign(&NATIONAL).unwrap();
    assert_eq!(request.headers()["wechatpay-serial"], PLATFORM_ID);
    // The signature is base64 of "the merchant's".
    assert_eq!(
        request.headers()["authorization"],
        "WECHATPAY2-SM2-WITH-SM3 mchid=\"1900009191\",\
         nonce_str=\"ABABABABABABABABABABABABABABABAB\",timestamp=\"1554208460\",\
         serial_no=\"1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8D\",signature=\"dGhlIG1lcmNoYW50J3M=\""
    );

    // base64 of "the platform's".
    let response = national_answer(r#"{"result":"SUCCESS"}"#, "dGhlIHBsYXRmb3JtJ3M=");
    let done = pending.complete(&response, &NATIONAL, NOW).unwrap();
    assert_eq!(done.body, r#"{"result":"SUCCESS"}"#);

    let refused = refusal(&pending, &response, &platform_keys());
    assert!(
        matches!(&refused, VerifyError::SignatureType { signature_type } if signature_type == SM2),
        "{refused}"
    );
}

#[test]
fn a_verifier_of_ones_own_is_asked_about_every_answer() {
    let operation = AnyOperation::new(Method::POST, "/v3/ecommerce/subsidies/create")
        .json_bytes(&b"{\"amount\":10}"[..]);
    let unsigned = merchant().prepare(&operation, NOW, nonce()).unwrap();
    let pending = unsigned.sign(&NATIONAL).unwrap().pending;
    let changed = national_answer(r#"{"result":"FAILURE"}"#, "dGhlIHBsYXRmb3JtJ3M=");
    let forged = national_answer(r#"{"result":"SUCCESS"}"#, "dGhlIG1lcmNoYW50J3M=");
    for response in [changed, forged] {
        let refused = refusal(&pending, &response, &NATIONAL);
        assert!(matches!(refused, VerifyError::BadSignature { .. }));
    }
    // RSA it does not have, even where the signature is good.
    let rsa = answer(200, r#"{"result":"SUCCESS"}"#);
    assert!(pending.complete(&rsa, &platform_keys(), NOW).is_ok());
    let refused = refusal(&pending, &rsa, &NATIONAL);
    assert!(matches!(refused, VerifyError::SignatureType { .. }));
}

/// The list is asked for and verified; to open it is theirs who have SM4.
#[test]
fn certificates_of_sm2_are_listed() {
    const BODY: &str = r#"{"data":[{"serial_no":"5157F09EFDC096DE15EBE81A47057A7232F1B8E1","effective_time":"2018-06-08T10:34:56+08:00","expire_time":"2118-12-08T10:34:56+08:00","encrypt_certificate":{"algorithm":"AEAD_SM4_GCM","nonce":"61f9c719728a","associated_data":"certificate","ciphertext":"c2VhbGVk"}}]}"#;
    let keys = National {
        request: "GET\n/v3/certificates?algorithm_type=SM2\n1554208460\n\
                  ABABABABABABABABABABABABABABABAB\n\n",
        response: concat!(
            "1554208460\nABABABABABABABABABABABABABABABAB\n",
            r#"{"data":[{"serial_no":"5157F09EFDC096DE15EBE81A47057A7232F1B8E1","effective_time":"2018-06-08T10:34:56+08:00","expire_time":"2118-12-08T10:34:56+08:00","encrypt_certificate":{"algorithm":"AEAD_SM4_GCM","nonce":"61f9c719728a","associated_data":"certificate","ciphertext":"c2VhbGVk"}}]}"#,
            "\n"
        ),
    };
    let list = List::builder().algorithm_type(AlgorithmType::Sm2).build();
    let draft = merchant().draft(&list).unwrap();
    let Prepared { request, pending } = draft.stamp(NOW, nonce()).sign(&keys).unwrap();
    assert_eq!(
        request.uri().path_and_query().unwrap(),
        "/v3/certificates?algorithm_type=SM2"
    );
    let response = national_answer(BODY, "dGhlIHBsYXRmb3JtJ3M=");
    let listed = pending.complete(&response, &keys, NOW).unwrap().value;
    assert_eq!(listed.data[0].encrypt_certificate.algorithm, "AEAD_SM4_GCM");
    let refused = listed
        .open(&ApiV3Key::new([b'k'; 32]).unwrap(), NOW)
        .unwrap_err();
    let mut reasons = vec![refused.to_string()];
    let mut next = std::error::Error::source(&refused);
    while let Some(reason) = next {
        reasons.push(reason.to_string());
        next = reason.source();
    }
    assert!(reasons.concat().contains("AEAD_SM4_GCM"), "{reasons:?}");
}
