//! Keys: their ids, their two roles, where they come from.

use std::sync::Arc;

use http::HeaderValue;
use serde_json::json;
use wechatpay_core::api::ecommerce::profitsharing::receivers::{Add, Kind, Relation};
use wechatpay_core::api::ecommerce::subsidies::SubsidyState;
use wechatpay_core::{
    AnyOperation, ApiV3Key, KeyError, KeyId, Keyring, Merchant, Method, Nonce, Notice, Opener,
    PlatformKeys, RsaSigner, Timestamp,
};
use wechatpay_gateway::{Gateway, credentials};

use crate::bench::{
    NOW, Transport, admin, inject, known, known_notice, promised, quick, request_of, requests,
};
use crate::server::{self, Act, KEY_ID, Server, signed};

/// Without it: a key that is held counts as unknown, or a number goes out that no one has.
#[test]
fn p15_a_key_id_is_compared_by_number_and_sent_as_it_was_spelled() {
    let id = "PUB_KEY_ID_0114232134912410000000000000";
    let key_id = KeyId::parse(id).unwrap();
    assert!(key_id.is_public_key());
    assert_eq!(key_id.as_str(), id);

    let certificate = known("keys/platform_cert.pem");
    let keys = PlatformKeys::new().with_certificate(&certificate).unwrap();
    let (mut notice, key) = known_notice("payment_partner");
    for serial in [
        "00A15C2D3E4F60718293A4B5C6D7E8F901234567",
        "00a15c2d3e4f60718293a4b5c6d7e8f901234567",
        "A15C2D3E4F60718293A4B5C6D7E8F901234567",
    ] {
        let named = HeaderValue::from_static(serial);
        notice.headers_mut().insert("wechatpay-serial", named);
        Notice::open(&notice, &keys, &key, Timestamp::from_secs(1_795_219_502)).unwrap();
    }

    let serial = "00A15C2D3E4F60718293A4B5C6D7E8F901234567";
    let signer = RsaSigner::from_pem(serial, &known("keys/merchant_pkcs8.pem")).unwrap();
    let list = AnyOperation::new(Method::GET, "/v3/certificates");
    let unsigned = Merchant::new("1900001109")
        .unwrap()
        .declaring(&server::keys());
    let unsigned = unsigned
        .prepare(&list, NOW, Nonce::from_entropy([7; 16]))
        .unwrap();
    let request = unsigned.sign(&signer).unwrap().request;
    assert_eq!(request.headers()["wechatpay-serial"], id);
    let authorization = request.headers()["authorization"].to_str().unwrap();
    let item = r#"serial_no="00A15C2D3E4F60718293A4B5C6D7E8F901234567""#;
    assert!(authorization.contains(item), "{authorization}");
}

/// Without it: the platform cannot open what was sealed, once the keys change between two attempts.
#[test]
fn p16_the_key_that_sealed_is_the_key_that_is_declared() {
    let add = Add::builder()
        .appid("wx8888888888888888")
        .kind(Kind::PersonalOpenid)
        .account("oxTWIuGaIt6gTKsQRLau2M0yL16E")
        .encrypted_name("张三")
        .relation_type(Relation::Distributor)
        .build();
    let other = credentials::PLATFORM_CERT_SERIAL;
    let opener = |pem: &[u8]| Opener::from_pem(pem).unwrap();
    let first = opener(&known("keys/platform_pkcs8.pem"));
    let second = opener(include_bytes!("../../credentials/platform_key.pem"));
    for transport in Transport::BOTH {
        let keys = server::keys().with_certificate(credentials::PLATFORM_CERT_PEM.as_bytes());
        let ring = Arc::new(Keyring::new(keys.unwrap()));
        let switched = Arc::clone(&ring);
        let server = Server::start(move |number| {
            if number == 0 {
                switched.declare(other).unwrap();
                return Act::Close(Vec::new());
            }
            let body = br#"{"type":"PERSONAL_OPENID","account":"oxTWIuGaIt6gTKsQRLau2M0yL16E"}"#;
            Act::Write(signed("200 OK", body))
        });
        let merchant = server::merchant(&server.base_url());
        let client = transport.client(merchant, server::signer(), ring, quick());
        client.call(&add).unwrap();
        client.call(&add).unwrap();

        let seen = server.seen();
        let expected = [(KEY_ID, &first), (KEY_ID, &first), (other, &second)];
        assert_eq!(seen.len(), expected.len());
        for (seen, (declared, opener)) in seen.iter().zip(expected) {
            let request = request_of(seen);
            assert_eq!(request.headers()["wechatpay-serial"], declared);
            let sent: Add = serde_json::from_slice(request.body()).unwrap();
            assert_eq!(&*sent.encrypted_name.unwrap().open(opener).unwrap(), "张三");
        }
    }
}

/// Without it: no answer verifies, and nothing says why.
#[test]
fn p17_the_merchants_own_certificate_is_not_the_platforms() {
    let pem = credentials::MERCHANT_CERT_PEM.as_bytes();
    let refused = PlatformKeys::new().with_certificate(pem).unwrap_err();
    let KeyError::MerchantCertificate { serial, mchid } = &refused else {
        panic!("{refused}");
    };
    assert_eq!(serial, "5A0E1C7B2D9F48E36B105C8D7F2A94E1B3C6D8F0");
    assert_eq!(mchid, "1900001109");
    let words = "it is the merchant's own API certificate (apiclient_cert.pem)";
    assert!(refused.to_string().contains(words), "{refused}");
}

/// Without it: a merchant that has only a public key loses it with the first refresh that fails, or
/// asks for certificates without an end.
#[test]
fn p18_a_merchant_without_certificates_keeps_the_keys_it_has() {
    for transport in Transport::BOTH {
        for (available, fetches) in [("not_exists", 1), ("not_found", 1), ("system_error", 3)] {
            let gateway = Gateway::start().unwrap();
            let mode = json!({ "available": available });
            admin(&gateway, Method::POST, "/_gateway/certificates", &mode);
            let ring = Keyring::new(credentials::platform_keys().unwrap());
            let ring = ring.with_api_v3_key(credentials::api_v3_key().unwrap());
            let ring = Arc::new(ring);
            let merchant = Merchant::new(credentials::MCHID).unwrap();
            let merchant = merchant.at(&gateway.base_url()).unwrap();
            let signer = credentials::merchant_signer().unwrap();
            let client = transport.client(merchant, signer, Arc::clone(&ring), quick());

            // An answer that names a key which is not held: fetch, fail, and go on.
            inject(&gateway, &json!({ "fault": "unknown_serial" }));
            let create = promised(&gateway, available);
            let created = client.call(&create).unwrap();
            assert_eq!(created.result, SubsidyState::Success);
            assert_eq!(requests(&gateway, "GET /v3/certificates"), fetches);
            let held: Vec<_> = ring
                .current()
                .iter()
                .map(|(id, _)| id.to_string())
                .collect();
            assert_eq!(
                held,
                [
                    credentials::PLATFORM_CERT_SERIAL,
                    credentials::PUBLIC_KEY_ID
                ]
            );
            let trouble = ring.trouble().unwrap().to_string();
            assert!(trouble.contains("PUB_KEY_ID_… id"), "{trouble}");
            assert_eq!(client.call(&create).unwrap(), created);
        }
    }
}

/// Without it: a key that lost half its characters opens nothing, and the first to say so is a
/// callback.
#[test]
fn p23_an_api_v3_key_has_32_bytes() {
    let whole = "0123456789abcdef0123456789abcdef";
    ApiV3Key::new(whole).unwrap();
    for wrong in [
        "",
        &whole[..16],
        &whole[..24],
        &whole[..31],
        &format!("{whole}\n"),
        &whole.repeat(2),
    ] {
        match ApiV3Key::new(wrong) {
            Err(KeyError::ApiV3KeyLength { length, .. }) => assert_eq!(length, wrong.len()),
            other => panic!("{} bytes: {other:?}", wrong.len()),
        }
    }
}
