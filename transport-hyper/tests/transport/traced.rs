//! What the feature `tracing` emits: each attempt, inside the span of its call, and nothing secret.

use std::io;
use std::sync::{Arc, Mutex};

use wechatpay_core::Policy;

use crate::server::{Act, Server, signed};
use crate::{call, client, post};

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
    for secret in [
        "WECHATPAY2-",
        "signature=",
        "BODY-OF-THE-ANSWER",
        "订单退款",
        "nonce_str",
    ] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}
