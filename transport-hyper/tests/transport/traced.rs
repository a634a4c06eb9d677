//! What the feature `tracing` emits: each attempt, inside the span of its call, and nothing secret.

use std::io;
use std::sync::{Arc, Mutex};

use wechatpay_core::{ApiV3Key, Keyring, Method, PlatformKeys, Policy, RsaSigner};
use wechatpay_gateway::{Gateway, credentials};

use crate::secrets::Secrets;
use crate::server::{Act, Server, merchant, signed, signer};
use crate::{Client, call, client, get, post};

/// What was written to the log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn each_attempt_is_an_event_in_the_span_of_its_call() {
    let server = Server::start(|number| match number {
        0 => Act::Write(signed(
            "429 Too Many Requests",
            br#"{"code":"FREQUENCY_LIMITED"}"#,
        )),
        _ => Act::Write(signed("200 OK", br#"{"result":"BODY-OF-THE-ANSWER"}"#)),
    });
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .without_time()
        .with_writer({
            let log = log.clone();
            move || log.clone()
        })
        .finish();
    let client = client(&server).with_policy(Policy::default());
    // For the whole process: whether a place that emits is listened to is remembered for all threads,
    // and the other tests run beside this one.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    call(&client, &post()).unwrap();
    calls_that_end_in_every_way();

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let host = server.host();
    let ours: Vec<_> = log
        .lines()
        .filter(|line| line.contains("}: wechatpay: attempt ") && line.contains(&host))
        .collect();
    let span = r#"wechatpay{method=POST path="/v3/ecommerce/subsidies/cancel"}"#;
    for (line, (level, attempt, status, ended)) in ours
        .iter()
        .zip([(" WARN", 1, 429, "refused"), ("DEBUG", 2, 200, "answered")])
    {
        assert!(line.starts_with(level) && line.contains(span), "{line}");
        let fields = format!(
            "host=\"{host}\" attempt={attempt} status={status} request_id=\"08F78BB5-0\" duration_ms="
        );
        assert!(line.contains(&fields), "{line}");
        assert!(line.ends_with(&format!("ended=\"{ended}\"")), "{line}");
    }
    assert_eq!(ours.len(), 2, "{log}");
    assert!(log.contains("platform certificates refreshed"), "{log}");
    assert!(log.contains("platform certificates not refreshed"), "{log}");
    for ended in ["answered", "accepted", "refused", "not_sent", "unknown"] {
        assert!(log.contains(&format!("ended=\"{ended}\"")), "{ended}");
    }
    secrets().are_not_in("the log", &[&log]);
}

fn secrets() -> Secrets {
    [
        "WECHATPAY2-",
        "signature=",
        "BODY-OF-THE-ANSWER",
        "订单退款",
        "nonce_str",
    ]
    .into_iter()
    .fold(Secrets::default(), Secrets::text)
    .private_key(credentials::MERCHANT_KEY_PEM)
    .private_key(&String::from_utf8_lossy(crate::server::MERCHANT))
    .text(credentials::API_V3_KEY)
    .text(OTHER_KEY)
}

const OTHER_KEY: &str = "0123456789abcdef0123456789abcdef";

/// With the simulator: answered, refused, not sent, in the dark; with certificates that are fetched
/// first, and that do not open.
fn calls_that_end_in_every_way() {
    let gateway = Gateway::start().unwrap();
    let base_url = gateway.base_url();
    let client = |base_url: &str, signer: RsaSigner, keys: Keyring| {
        Client::new(merchant(base_url), signer, keys).with_policy(Policy::once())
    };
    let ours = || credentials::merchant_signer().unwrap();
    let held = || Keyring::new(credentials::platform_keys().unwrap());
    let fetching = |key| {
        let key = ApiV3Key::new(key).unwrap();
        Keyring::new(PlatformKeys::new()).with_api_v3_key(key)
    };
    for fault in [
        "cut_after",
        "wrong_signature",
        "rate_limited",
        "server_error",
        "bad_gateway",
    ] {
        let fault = serde_json::json!({ "fault": fault });
        gateway
            .admin(Method::POST, "/_gateway/faults", &fault)
            .unwrap();
        call(&client(&base_url, ours(), held()), &post()).unwrap_err();
    }
    let undecodable = get()
        .answering::<Vec<u8>>()
        .replay(wechatpay_core::Replay::AskFirst { settle: "a query" });
    call(&client(&base_url, ours(), held()), &undecodable).unwrap_err();
    call(&client(&base_url, ours(), held()), &get()).unwrap();
    call(
        &client(&base_url, ours(), fetching(credentials::API_V3_KEY)),
        &get(),
    )
    .unwrap();
    call(&client(&base_url, ours(), fetching(OTHER_KEY)), &get()).unwrap_err();
    call(&client(&base_url, signer(), held()), &post()).unwrap_err();
    call(&client("http://127.0.0.1:9", ours(), held()), &post()).unwrap_err();
}
