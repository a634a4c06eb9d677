//! What tells notices apart: whose order it is, and which way the money went.

use crate::common::{NOW, notice_file, platform_keys, signed_request};
use serde_json::{Value, json};
use wechatpay_core::notice::{Direction, Event};
use wechatpay_core::{ApiV3Key, Notice, NoticeError};

fn opened(
    original_type: &str,
    event_type: &str,
    summary: Option<&str>,
    plain: &str,
) -> Result<Notice, NoticeError> {
    let key = ApiV3Key::new("0123456789abcdefGHIJKLMNOPQRSTUV").unwrap();
    let ciphertext = key.seal("abcdefghijkl", "", plain.as_bytes());
    let body = json!({
        "id": "1", "create_time": "2026-11-21T08:00:00+08:00", "event_type": event_type,
        "summary": summary,
        "resource": {
            "algorithm": "AEAD_AES_256_GCM", "nonce": "abcdefghijkl", "associated_data": "",
            "ciphertext": ciphertext.unwrap(), "original_type": original_type,
        },
    });
    Notice::open(
        &signed_request(body.to_string()),
        &platform_keys(),
        &key,
        NOW,
    )
}

fn direction(event_type: &str, summary: Option<&str>) -> Direction {
    let plain = notice_file("sharing", "plaintext");
    match opened("profitsharing", event_type, summary, &plain)
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

/// Either field is of combined orders only, so that one which lacks the other is damaged, and is not
/// taken for an order of another kind.
#[test]
fn one_field_of_a_combined_order_makes_it_one() {
    let direct: Value = serde_json::from_str(&notice_file("payment_direct", "plaintext")).unwrap();
    for (field, missing) in [
        ("combine_mchid", "combine_out_trade_no"),
        ("combine_out_trade_no", "combine_mchid"),
    ] {
        let mut plain = direct.clone();
        plain[field] = "1".into();
        let refused = opened(
            "transaction",
            "TRANSACTION.SUCCESS",
            None,
            &plain.to_string(),
        );
        let words = refused.unwrap_err().to_string();
        assert!(
            words.contains(&format!("missing field `{missing}`")),
            "{words}"
        );
    }
}
