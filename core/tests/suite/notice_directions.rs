//! Which way the money of a sharing notice went: its type tells, or else its summary.

use crate::common::{NOW, notice_file, platform_keys, signed_request};
use serde_json::json;
use wechatpay_core::notice::{Direction, Event};
use wechatpay_core::{ApiV3Key, Notice};

fn direction(event_type: &str, summary: Option<&str>) -> Direction {
    let key = ApiV3Key::new("0123456789abcdefGHIJKLMNOPQRSTUV").unwrap();
    let plain = notice_file("sharing", "plaintext");
    let ciphertext = key.seal("abcdefghijkl", "", plain.as_bytes());
    let body = json!({
        "id": "1", "create_time": "2026-11-21T08:00:00+08:00", "event_type": event_type,
        "summary": summary,
        "resource": {
            "algorithm": "AEAD_AES_256_GCM", "nonce": "abcdefghijkl", "associated_data": "",
            "ciphertext": ciphertext.unwrap(), "original_type": "profitsharing",
        },
    });
    let request = signed_request(body.to_string());
    match Notice::open(&request, &platform_keys(), &key, NOW)
        .unwrap()
        .event
    {
        Event::ProfitSharing(sharing) => sharing.direction,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_type_tells_and_else_the_summary() {
    for (event_type, summary, expected) in [
        ("PROFITSHARING", None, Direction::Shared),
        ("PROFITSHARING", Some("分账回退"), Direction::Shared),
        ("PROFITSHARING_RETURN", None, Direction::Returned),
        ("PROFITSHARING_RETURN", Some("分账"), Direction::Returned),
        ("TRANSACTION.SUCCESS", Some("分账"), Direction::Shared),
        ("TRANSACTION.SUCCESS", Some("分账回退"), Direction::Returned),
        ("TRANSACTION.SUCCESS", Some("支付成功"), Direction::Untold),
        ("TRANSACTION.SUCCESS", Some(""), Direction::Untold),
        ("TRANSACTION.SUCCESS", None, Direction::Untold),
    ] {
        assert_eq!(
            direction(event_type, summary),
            expected,
            "{event_type} {summary:?}"
        );
    }
}
