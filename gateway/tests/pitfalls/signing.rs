//! What the merchant signs and sends.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use wechatpay_core::api::merchant::media::UploadImage;
use wechatpay_core::api::merchant_service::images;
use wechatpay_core::cashier::{AppId, AppPayment, JsapiPayment, PartnerId, PrepayId};
use wechatpay_core::platform::{SignedRequest, Upload};
use wechatpay_core::{
    AnyOperation, Authorization, Merchant, Method, Nonce, Policy, PublicKey, RsaSigner,
    Signer as _, Timestamp,
};
use wechatpay_gateway::{Gateway, credentials};

use crate::bench::{Transport, known, known_text, line_of, platform_signer, request_of};
use crate::server::{self, Act, KEY_ID, Server, signed};

fn known_signer() -> RsaSigner {
    let serial = "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8D";
    RsaSigner::from_pem(serial, &known("keys/merchant_pkcs8.pem")).unwrap()
}

fn stamp_of(case: &str) -> (Timestamp, Nonce) {
    let seconds = known_text(&format!("{case}/timestamp")).parse().unwrap();
    let nonce = Nonce::parse(known_text(&format!("{case}/nonce"))).unwrap();
    (Timestamp::from_secs(seconds), nonce)
}

/// Without it: a number plate or a piece of JSON in a query, or a slash in a media id, is answered
/// with SIGN_ERROR.
#[test]
fn p04_what_is_signed_is_what_is_sent() {
    let gateway = Gateway::start().unwrap();
    let address = gateway.local_addr();
    // Not in the order of the alphabet.
    let query = AnyOperation::new(
        Method::GET,
        "/v3/ecommerce/profitsharing/after-sales-orders",
    )
    .query("transaction_id", "3008450740201411110007820472")
    .query("sub_mchid", "1900000109")
    .query("plate", "粤B 1+2/3")
    .query("scene", r#"{"a":"b&c"}"#);
    let image = images::Download::builder()
        .media_id("ChsyMDAw/MA+A==")
        .build();
    for transport in Transport::BOTH {
        // The gateway, which verifies the octets that come, and a script in between, which keeps
        // them.
        let between = Server::start(move |_| Act::Pass(address));
        let merchant = Merchant::new(credentials::MCHID).unwrap();
        let client = transport.client(
            merchant.at(&between.base_url()).unwrap(),
            credentials::merchant_signer().unwrap(),
            wechatpay_core::Keyring::new(credentials::platform_keys().unwrap()),
            Policy::once(),
        );
        client.call(&query).unwrap();
        // The gateway has no images, and says so only to those whose signature holds.
        let none = client.call(&image).unwrap_err();
        assert_eq!(none.code(), (404, "RESOURCE_NOT_EXISTS"));
        let bare = client.call(&AnyOperation::new(Method::GET, "v3/certificates"));
        let bare = bare.unwrap_err().words;
        assert!(bare.contains("begins with one slash"), "{bare}");
        let lines: Vec<_> = between.seen().iter().map(line_of).collect();
        assert_eq!(
            lines,
            [
                "GET /v3/ecommerce/profitsharing/after-sales-orders\
                 ?transaction_id=3008450740201411110007820472&sub_mchid=1900000109\
                 &plate=%E7%B2%A4B%201%2B2%2F3&scene=%7B%22a%22%3A%22b%26c%22%7D HTTP/1.1",
                "GET /v3/merchant-service/images/ChsyMDAw%2FMA%2BA%3D%3D HTTP/1.1",
            ]
        );
    }
}

/// Without it: whatever has no body and is no GET is answered with SIGN_ERROR.
#[test]
fn p05_an_empty_body_keeps_its_line() {
    let merchant = Merchant::new("1900009191").unwrap();
    let bill = "/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/plfk2020042013/cancel";
    let url = "/v3/merchant-service/complaint-notifications";
    for (case, method, target, message) in [
        (
            "requests/post_without_body",
            Method::POST,
            bill,
            format!("POST\n{bill}\n1795219204\na1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6\n\n"),
        ),
        (
            "requests/delete_without_body",
            Method::DELETE,
            url,
            format!("DELETE\n{url}\n1795219207\nqwertyuiopasdfghjklzxcvbnm012345\n\n"),
        ),
    ] {
        let (now, nonce) = stamp_of(case);
        let draft = merchant.draft(&AnyOperation::new(method, target)).unwrap();
        let unsigned = draft.stamp(now, nonce);
        assert_eq!(unsigned.message(), message.as_bytes());
        let request = unsigned.sign(&known_signer()).unwrap().request;
        let authorization = known_text(&format!("{case}/authorization"));
        assert_eq!(request.headers()["authorization"], authorization);
    }
}

/// Without it: the cashier does not open, in the app or in the page.
#[test]
fn p06_only_jsapi_signs_the_prefix_of_the_prepay_id() {
    let text = "wx211000000000000a1b2c3d4e5f60718293";
    let prepay_id = PrepayId::parse(text).unwrap();

    let (now, nonce) = stamp_of("payments/jsapi");
    let app_id = AppId::parse("wxd678efh567hg6787").unwrap();
    let page = JsapiPayment::unsigned(&app_id, &prepay_id, now, &nonce);
    let fourth = format!("\nprepay_id={text}\n");
    assert!(page.message().ends_with(fourth.as_bytes()));
    let page = serde_json::to_string(&page.sign(&known_signer()).unwrap()).unwrap();
    assert_eq!(page, known_text("payments/jsapi/parameters.json"));

    let (now, nonce) = stamp_of("payments/app");
    let app_id = AppId::parse("wxcbda96de0b165486").unwrap();
    let partner_id = PartnerId::parse("1900009191").unwrap();
    let app = AppPayment::unsigned(&app_id, &partner_id, &prepay_id, now, &nonce);
    assert!(app.message().ends_with(format!("\n{text}\n").as_bytes()));
    let app = serde_json::to_string(&app.sign(&known_signer()).unwrap()).unwrap();
    assert_eq!(app, known_text("payments/app/parameters.json"));
}

/// Without it: every upload is answered with SIGN_ERROR.
#[test]
fn p09_an_upload_signs_its_metadata_and_not_its_body() {
    // The digest is by `openssl dgst -sha256`.
    let meta = r#"{"filename":"门店.png","sha256":"6ec9c2b0eb14010746c8bce8939303b382344b296206612eb8a907a37b2b2f37"}"#;
    let key = PublicKey::from_pem(&known("keys/merchant_spki.pem")).unwrap();
    let image = UploadImage::new("门店.png", b"pixels").unwrap();
    for transport in Transport::BOTH {
        let server = Server::start(|_| Act::Write(signed("200 OK", br#"{"media_id":"ChsyMDAw"}"#)));
        let uploaded = transport.to_script(&server).call(&image).unwrap();
        assert_eq!(uploaded.media_id, "ChsyMDAw");
        let sent = request_of(&server.seen()[0]);
        assert_eq!(Upload::read(&sent).unwrap().meta(), meta.as_bytes());
        let signed = SignedRequest::read_signing(&sent, meta.as_bytes()).unwrap();
        let now = Timestamp::from(SystemTime::now());
        signed.verify(&key, now).unwrap();
    }
}

/// Without it: requests are refused as coming from the year 50000, and answers whose time is
/// written otherwise than a number prints do not verify.
#[test]
fn p22_time_is_in_seconds_and_verified_as_it_was_written() {
    for transport in Transport::BOTH {
        let server = Server::start(|_| Act::Write(signed_at_a_padded_time("{}")));
        let client = transport.to_script(&server);
        let list = AnyOperation::new(Method::GET, "/v3/certificates");
        let answered = client.call(&list);
        let sent = request_of(&server.seen()[0]);
        let timestamp = authorization(&sent).timestamp;
        assert_eq!(timestamp.len(), 10, "{timestamp}");
        assert!(timestamp.bytes().all(|b| b.is_ascii_digit()), "{timestamp}");
        answered.unwrap();
    }
}

/// Signed by hand, with a zero before the seconds.
fn signed_at_a_padded_time(body: &str) -> Vec<u8> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let (timestamp, nonce) = (format!("0{}", now.as_secs()), "c1D2e3F4a5B6c7D8");
    let message = format!("{timestamp}\n{nonce}\n{body}\n");
    let signature = platform_signer().sign(message.as_bytes()).unwrap();
    format!(
        "HTTP/1.1 200 OK\r\nWechatpay-Serial: {KEY_ID}\r\nWechatpay-Timestamp: {timestamp}\r\n\
         Wechatpay-Nonce: {nonce}\r\nWechatpay-Signature: {}\r\nContent-Length: {}\r\n\r\n{body}",
        signature.to_base64(),
        body.len()
    )
    .into_bytes()
}

/// Without it: signatures can be foretold or fall together, and the platform refuses who does not
/// say what it is.
#[test]
fn p24_each_request_has_a_nonce_of_its_own_and_a_sender() {
    const CALLS: usize = 16;
    let server = Server::start(|_| Act::Write(signed("200 OK", b"{}")));
    for transport in Transport::BOTH {
        let merchant = server::merchant(&server.base_url());
        let merchant = merchant.with_user_agent("shop/1.2").unwrap();
        let client = transport.as_merchant(merchant, Policy::once());
        for _ in 0..CALLS {
            let list = AnyOperation::new(Method::GET, "/v3/certificates");
            client.call(&list).unwrap();
        }
    }
    let requests: Vec<_> = server.seen().iter().map(request_of).collect();
    assert_eq!(requests.len(), 2 * CALLS);
    for half in requests.chunks(CALLS) {
        let nonces: BTreeSet<_> = half.iter().map(|sent| authorization(sent).nonce).collect();
        assert_eq!(nonces.len(), CALLS);
        let digit = |b: u8| b.is_ascii_digit() || (b'A'..=b'F').contains(&b);
        assert!(nonces.iter().all(|n| n.len() == 32 && n.bytes().all(digit)));
        for at in 0..32 {
            let digits: BTreeSet<_> = nonces.iter().map(|n| n.as_bytes()[at]).collect();
            assert!(digits.len() > 1, "digit {at} is the same in all of them");
        }
    }
    for sent in &requests {
        let agent = sent.headers()["user-agent"].to_str().unwrap();
        assert!(agent.starts_with("shop/1.2 wechatpay-core/"), "{agent}");
    }
}

fn authorization(request: &http::Request<bytes::Bytes>) -> Authorization<'_> {
    let text = request.headers()["authorization"].to_str().unwrap();
    Authorization::parse(text).unwrap()
}
