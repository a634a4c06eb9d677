//! What both transports do when the platform's certificate rotates under calls: one fetch for all of
//! them, and no call is sent twice. `crate::call` waits for the result, whichever the transport.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use wechatpay_core::api::ecommerce::profitsharing::receivers;
use wechatpay_core::{Keyring, Merchant, Method, Notice, PlatformKeys, Report, RsaSigner, http};
use wechatpay_gateway::{Gateway, Running, credentials};

use crate::rehearsal::{balance, promised};
use crate::{Client, call, open_notice};

/// As long as a ring waits between two fetches.
const PAUSE: Duration = Duration::from_millis(1_100);

/// A ring that holds the old certificate, and has fetched the list that says so.
fn client(gateway: &Running, attempts: &Arc<AtomicU32>) -> Client<RsaSigner, Keyring> {
    let certificate = credentials::PLATFORM_CERT_PEM.as_bytes();
    let keys = PlatformKeys::new().with_certificate(certificate).unwrap();
    let ring = Keyring::new(keys).with_api_v3_key(credentials::api_v3_key().unwrap());
    let merchant = Merchant::new(credentials::MCHID).unwrap();
    let merchant = merchant.at(&gateway.base_url()).unwrap();
    let attempts = Arc::clone(attempts);
    let client = Client::new(merchant, credentials::merchant_signer().unwrap(), ring);
    let client = client.with_observer(move |report: &Report<'_>| {
        if report.operation.path() != "/v3/certificates" {
            attempts.fetch_add(1, Ordering::Relaxed);
        }
    });
    call(&client, &crate::rehearsal::query()).unwrap();
    client
}

fn rotate(gateway: &Running) {
    for step in ["announce", "switch"] {
        let step = json!({ "step": step });
        gateway
            .admin(Method::POST, "/_gateway/certificates", &step)
            .unwrap();
    }
}

fn requests(gateway: &Running, name: &str) -> u64 {
    let requests = gateway.admin(Method::GET, "/_gateway/requests", &Value::Null);
    requests.unwrap()["requests"][name].as_u64().unwrap_or(0)
}

#[test]
fn calls_under_a_rotation_share_one_fetch_and_are_sent_once() {
    let gateway = Gateway::start().unwrap();
    let attempts = Arc::default();
    let client = client(&gateway, &attempts);
    assert_eq!(requests(&gateway, "GET /v3/certificates"), 1);
    let before = balance(&gateway);
    let creates: Vec<_> = (0..8).map(|number| promised(&gateway, number)).collect();

    // Right after the last fetch: the answers wait until the next one is allowed.
    rotate(&gateway);
    attempts.store(0, Ordering::Relaxed);
    thread::scope(|scope| {
        for create in &creates {
            scope.spawn(|| {
                let created = call(&client, create).unwrap();
                assert_eq!(created.result.as_str(), "SUCCESS");
            });
        }
    });
    assert_eq!(
        attempts.load(Ordering::Relaxed),
        8,
        "no answer was asked for twice"
    );
    assert_eq!(requests(&gateway, "POST /v3/ecommerce/subsidies/create"), 8);
    assert_eq!(
        requests(&gateway, "GET /v3/certificates"),
        2,
        "one more, for all of them"
    );
    assert_eq!(before.get() - balance(&gateway).get(), 8 * 500);
    let declared = client.keys().current();
    let newest = declared.get(credentials::SECOND_PLATFORM_CERT_SERIAL);
    assert!(newest.is_some());
}

#[test]
fn a_callback_under_a_rotation_is_opened_with_the_fetched_certificate() {
    let gateway = Gateway::start().unwrap();
    let client = client(&gateway, &Arc::default());
    rotate(&gateway);
    thread::sleep(PAUSE);

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/notify", listener.local_addr().unwrap());
    let order = json!({ "notify_url": url, "event": "refund" });
    gateway
        .admin(Method::POST, "/_gateway/notices", &order)
        .unwrap();
    let (mut stream, _) = listener.accept().unwrap();
    let request = read(&mut stream);
    assert_eq!(
        request.headers()["wechatpay-serial"],
        credentials::SECOND_PLATFORM_CERT_SERIAL
    );
    let key = credentials::api_v3_key().unwrap();
    Notice::open(
        &request,
        client.keys(),
        &key,
        std::time::SystemTime::now().into(),
    )
    .unwrap_err();
    let notice = open_notice(&client, &request, &key).unwrap();
    assert_eq!(notice.original_type.as_deref(), Some("refund"));
    assert_eq!(requests(&gateway, "GET /v3/certificates"), 2);
}

/// The key is fetched before the field is sealed with it.
#[test]
fn a_first_call_with_a_sealed_field_finds_its_key() {
    let gateway = Gateway::start().unwrap();
    let ring = Keyring::new(PlatformKeys::new());
    let ring = ring.with_api_v3_key(credentials::api_v3_key().unwrap());
    let merchant = Merchant::new(credentials::MCHID).unwrap();
    let merchant = merchant.at(&gateway.base_url()).unwrap();
    let client = Client::new(merchant, credentials::merchant_signer().unwrap(), ring);
    let add = receivers::Add::builder()
        .appid("wx8888888888888888")
        .kind(receivers::Kind::PersonalOpenid)
        .account("oxTWIuGaIt6gTKsQRLau2M0yL16E")
        .encrypted_name("欧阳锋")
        .relation_type(receivers::Relation::Others)
        .build();
    let added = call(&client, &add).unwrap();
    assert_eq!(added.account, "oxTWIuGaIt6gTKsQRLau2M0yL16E");

    // And once the ring's certificate is outdated, the new one is sealed with.
    rotate(&gateway);
    let retire = json!({ "step": "retire" });
    gateway
        .admin(Method::POST, "/_gateway/certificates", &retire)
        .unwrap();
    let certificate = credentials::PLATFORM_CERT_PEM.as_bytes();
    let old = PlatformKeys::new().with_certificate(certificate).unwrap();
    let ring = Keyring::new(old).with_api_v3_key(credentials::api_v3_key().unwrap());
    call(&client.with_keys(ring), &add).unwrap();
}

/// One request with its body, which the gateway sends with a length.
fn read(stream: &mut impl std::io::Read) -> http::Request<Vec<u8>> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let length = stream.read(&mut buffer).unwrap();
        assert_ne!(length, 0, "the gateway went away");
        bytes.extend_from_slice(&buffer[..length]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let headers = head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "));
        let request = headers.fold(http::Request::post("/notify"), |request, (name, value)| {
            request.header(name, value)
        });
        let request = request.body(bytes[end + 4..].to_vec()).unwrap();
        let whole: usize = request.headers()["content-length"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        if request.body().len() == whole {
            return request;
        }
    }
}
