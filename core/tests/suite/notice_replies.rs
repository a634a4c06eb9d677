//! What a notice is answered with, besides refusals.

use serde_json::{Value, json};
use wechatpay_core::Reply;

#[test]
fn replies_keep_within_the_documented_lengths() {
    let accepted = Reply::accept();
    assert_eq!(accepted.status(), 204);
    assert!(accepted.body().is_empty());
    for (reason, message) in [
        ("", String::new()),
        ("busy", "busy".to_owned()),
        (&"忙".repeat(64), "忙".repeat(64)),
        (&"忙".repeat(65), "忙".repeat(64)),
        (&"x".repeat(1_000_000), "x".repeat(64)),
        ("a\"b\\\n\u{0}", "a\"b\\\n\u{0}".to_owned()),
    ] {
        let reply = Reply::again(reason);
        assert_eq!(reply.status(), 503);
        assert_eq!(reply.headers()["content-type"], "application/json");
        let body: Value = serde_json::from_slice(reply.body()).unwrap();
        assert_eq!(body, json!({"code": "BUSY", "message": message}));
    }
}
