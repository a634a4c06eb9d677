//! Callbacks during the switch of keys, damaged ones, and probes.

use std::collections::BTreeSet;
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode};
use serde_json::{Value, json};
use wechatpay_core::api::ecommerce::subsidies::SubsidyState;
use wechatpay_core::{
    ApiV3Key, Effect, Method, NoticeError, Policy, Reply, ResourceError, Timestamp, VerifyError,
};
use wechatpay_gateway::{
    Delivery, DeliveryOutcome, Engine, Entropy, Gateway, Handled, credentials,
};

use crate::bench::{Transport, fund, inject, known_text, promised};

/// An engine that nobody serves: its callbacks are taken out by hand.
struct Platform {
    engine: Engine,
    now: Timestamp,
}

impl Platform {
    fn new() -> Self {
        Self {
            engine: Engine::new(),
            now: SystemTime::now().into(),
        }
    }

    fn admin(&mut self, method: Method, path: &str, body: &Value) {
        let request = Request::builder().method(method).uri(path);
        let request = request.body(Bytes::from(body.to_string())).unwrap();
        match self
            .engine
            .handle(&request, self.now, Entropy::new([5; 32]))
        {
            Handled::Answer { response, .. } if response.status().is_success() => {}
            other => panic!("{other:?}"),
        }
    }

    /// Queues callbacks, and takes out what is due.
    fn deliveries(&mut self, queue: &Value) -> Vec<Delivery> {
        self.admin(Method::POST, "/_gateway/notices", queue);
        self.due(6)
    }

    fn due(&mut self, entropy: u8) -> Vec<Delivery> {
        let entropy = Entropy::new([entropy; 32]);
        self.engine.due_notices(1_000, self.now, entropy)
    }
}

/// Without it: for the week of the switch, a share of all callbacks fails.
#[test]
fn p03_a_callback_is_verified_with_the_key_that_it_names() {
    let gateway = Gateway::start().unwrap();
    let key = credentials::api_v3_key().unwrap();
    for transport in Transport::BOTH {
        let mut platform = Platform::new();
        let half = json!({ "public_key_percent": 50 });
        platform.admin(Method::PUT, "/_gateway/switch", &half);
        let queue =
            json!({ "notify_url": "http://127.0.0.1:9/n", "event": "payment", "count": 32 });
        let client = transport.to_gateway(&gateway, Policy::once());
        let mut named = BTreeSet::new();
        for delivery in platform.deliveries(&queue) {
            client.open_notice(&delivery.request, &key).unwrap();
            let serial = &delivery.request.headers()["wechatpay-serial"];
            named.insert(serial.to_str().unwrap().to_owned());
        }
        let both = [
            "7132D72A03E93CDDF8C03BBD1F37EEDF00A1B2C3",
            "PUB_KEY_ID_0119000011092026112100000000000000",
        ];
        assert_eq!(named, both.map(str::to_owned).into());
    }
}

/// Without it: whoever can change a ciphertext changes the plaintext, bit by bit.
#[test]
fn p10_what_does_not_authenticate_is_not_opened() {
    let part = |name: &str| known_text(&format!("resources/transaction/{name}"));
    let (nonce, ciphertext) = (part("nonce"), part("ciphertext"));
    let key = ApiV3Key::new(part("key")).unwrap();
    let open = |aad: &str, ciphertext: &str| key.open(&nonce, aad, ciphertext);
    let plain = open("transaction", &ciphertext).unwrap();
    assert_eq!(plain, part("plaintext").as_bytes());

    // A bit of the first byte, and one of the tag, which stands at the end.
    let first = ciphertext.replacen("GXtk", "HXtk", 1);
    let tag = ciphertext.replace("vTHw==", "vTGw==");
    assert!(first != ciphertext && tag != ciphertext);
    for (aad, ciphertext) in [
        ("transaction", first.as_str()),
        ("transaction", &tag),
        ("refund", &ciphertext),
    ] {
        assert_eq!(open(aad, ciphertext), Err(ResourceError::Tag));
    }
}

/// Without it: the platform finds a merchant that takes any signature, or one that breaks on a
/// wrong one; and a paid subsidy counts as failed.
#[test]
fn p12_a_probe_is_not_trusted_and_not_special() {
    let gateway = Gateway::start().unwrap();
    let key = credentials::api_v3_key().unwrap();
    for transport in Transport::BOTH {
        let client = transport.to_gateway(&gateway, Policy::once());
        let create = promised(&gateway, &format!("{transport:?}"));
        let before = fund(&gateway);
        inject(&gateway, &json!({ "fault": "probe_signature" }));
        let probed = client.call(&create).unwrap_err();
        assert_eq!(probed.untrusted, Some(VerifyError::Probe));
        assert_eq!(probed.effect, Effect::Unknown);
        assert_eq!(client.call(&create).unwrap().result, SubsidyState::Success);
        assert_eq!(before - fund(&gateway), 500);

        let mut platform = Platform::new();
        let queue = json!({
            "notify_url": "http://127.0.0.1:9/n", "event": "payment", "probes_percent": 100,
        });
        let mut probe = platform.deliveries(&queue).remove(0);
        let reply = |request: &Request<Bytes>| match client.open_notice(request, &key) {
            Ok(notice) => panic!("{notice:?}"),
            Err(error) => (Reply::refuse(&error).status(), error),
        };
        let (status, error) = reply(&probe.request);
        assert!(is_probe(&error), "{error}");
        // Not base64, either.
        let text = HeaderValue::from_static("WECHATPAY/SIGNTEST/%%%");
        let headers = probe.request.headers_mut();
        headers.insert("wechatpay-signature", text);
        assert_eq!(reply(&probe.request).0, StatusCode::UNAUTHORIZED);
        assert_eq!(status, StatusCode::UNAUTHORIZED);

        // It is refused, so it comes again.
        let refused = DeliveryOutcome::Answered(status);
        platform
            .engine
            .notice_answered(probe.id, refused, platform.now);
        let wait = json!({ "advance_seconds": 15 });
        platform.admin(Method::POST, "/_gateway/clock", &wait);
        let again = platform.due(8).remove(0);
        client.open_notice(&again.request, &key).unwrap();
    }
}

fn is_probe(error: &NoticeError) -> bool {
    matches!(
        error,
        NoticeError::Untrusted {
            source: VerifyError::Probe,
            ..
        }
    )
}
