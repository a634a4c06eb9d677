//! Callbacks as the platform sends them, made by openssl: each type is told, and read whole.

use crate::common::{self, PLATFORM_ID, key, known_notice, notice_file, platform_keys};
use serde_json::{Value, json};
use wechatpay_core::api::combine_transactions;
use wechatpay_core::api::pay::partner;
use wechatpay_core::api::pay::transactions::{
    PromotionKind, PromotionScope, TradeState, TradeType, Transaction,
};
use wechatpay_core::notice::{
    Direction, Event, EventType, Movement, Payment, ReceiverKind, Refund, RefundAccount,
    RefundStatus, Sharing,
};
use wechatpay_core::{ApiV3Key, Bytes, Fen, Notice, PlatformKeys, Timestamp, http};

const CERTIFICATE: &str = "00A15C2D3E4F60718293A4B5C6D7E8F901234567";

/// Every case, with the type that it names and the kind that it is.
const CASES: [(&str, &str, &str); 14] = [
    (
        "payment_direct",
        "TRANSACTION.SUCCESS",
        "Payment(Direct(..))",
    ),
    (
        "payment_partner",
        "TRANSACTION.SUCCESS",
        "Payment(Partner(..))",
    ),
    (
        "payment_combined",
        "TRANSACTION.SUCCESS",
        "Payment(Combined(..))",
    ),
    ("refund_success", "REFUND.SUCCESS", "Refund(..)"),
    ("refund_abnormal", "REFUND.ABNORMAL", "Refund(..)"),
    ("refund_closed", "REFUND.CLOSED", "Refund(..)"),
    (
        "sharing",
        "PROFITSHARING.SUCCESS",
        "ProfitSharing(Shared, ..)",
    ),
    (
        "sharing_short",
        "PROFITSHARING",
        "ProfitSharing(Shared, ..)",
    ),
    (
        "sharing_as_transaction",
        "TRANSACTION.SUCCESS",
        "ProfitSharing(Shared, ..)",
    ),
    (
        "sharing_return",
        "PROFITSHARING.RETURN",
        "ProfitSharing(Returned, ..)",
    ),
    (
        "sharing_return_as_transaction",
        "TRANSACTION.SUCCESS",
        "ProfitSharing(Returned, ..)",
    ),
    (
        "sharing_untold",
        "TRANSACTION.SUCCESS",
        "ProfitSharing(Untold, ..)",
    ),
    ("security_echo", "SECURITY_ECHO.SUCCESS", "Other"),
    ("another_event", "COUPON.USE", "Other"),
];

fn api_key() -> ApiV3Key {
    ApiV3Key::new("0123456789abcdefGHIJKLMNOPQRSTUV").unwrap()
}

fn at(case: &str) -> Timestamp {
    Timestamp::from_secs(notice_file(case, "timestamp").parse().unwrap())
}

fn open(case: &str) -> Notice {
    Notice::open(
        &known_notice(case, PLATFORM_ID),
        &platform_keys(),
        &api_key(),
        at(case),
    )
    .unwrap()
}

fn plaintext(case: &str) -> Value {
    serde_json::from_str(&notice_file(case, "plaintext")).unwrap()
}

#[test]
fn every_notice_opens_by_certificate_and_by_public_key() {
    let certificate = PlatformKeys::new()
        .with_certificate(&key("platform_cert.pem"))
        .unwrap();
    let both = platform_keys()
        .with_certificate(&key("platform_cert.pem"))
        .unwrap();
    for (case, event_type, kind) in CASES {
        for (serial, keys) in [
            (CERTIFICATE, &certificate),
            (CERTIFICATE, &both),
            (PLATFORM_ID, &both),
        ] {
            let request = known_notice(case, serial);
            let notice = Notice::open(&request, keys, &api_key(), at(case)).unwrap();
            assert_eq!(notice.id, format!("EV-{}", at(case)), "{case}");
            assert_eq!(notice.create_time.as_str(), "2026-11-21T08:00:00+08:00");
            assert_eq!(notice.event_type.text(), event_type, "{case}");
            assert_eq!(notice.request_id.as_deref(), Some("08F78BDBEB0510A1-0"));
            assert_eq!(format!("{:?}", notice.event), kind, "{case}");
            assert_eq!(notice.plaintext, notice_file(case, "plaintext"), "{case}");
        }
    }
}

#[test]
fn every_kind_of_body_is_taken() {
    let case = "refund_success";
    let bytes = known_notice(case, PLATFORM_ID).map(Bytes::from);
    let text = known_notice(case, PLATFORM_ID).map(|body| String::from_utf8(body).unwrap());
    let owned = known_notice(case, PLATFORM_ID);
    let (keys, key) = (platform_keys(), api_key());
    let borrowed = http::Request::from_parts(owned.clone().into_parts().0, &owned.body()[..]);
    assert!(Notice::open(&bytes, &keys, &key, at(case)).is_ok());
    assert!(Notice::open(&text, &keys, &key, at(case)).is_ok());
    assert!(Notice::open(&borrowed, &keys, &key, at(case)).is_ok());
}

#[test]
fn what_may_be_absent_is_absent() {
    let closed = open("refund_closed");
    assert_eq!(closed.summary, None);
    assert_eq!(closed.original_type, None);
    let mut request = known_notice("refund_closed", PLATFORM_ID);
    request.headers_mut().remove("Request-ID");
    request.headers_mut().remove("Wechatpay-Signature-Type");
    let notice = Notice::open(&request, &platform_keys(), &api_key(), at("refund_closed")).unwrap();
    assert_eq!(notice.request_id, None);

    let paid = open("payment_direct");
    assert_eq!(paid.summary.as_deref(), Some("支付成功"));
    assert_eq!(paid.original_type.as_deref(), Some("transaction"));
    assert_eq!(*paid.event_type, EventType::TransactionSuccess);
}

#[test]
fn a_direct_payment_is_read_whole() {
    let Event::Payment(Payment::Direct(order)) = open("payment_direct").event else {
        panic!("a direct payment")
    };
    assert_eq!(order.appid.as_deref(), Some("wxd678efh567hg6787"));
    assert_eq!(order.mchid, "1900009191");
    assert_eq!(order.out_trade_no, "K20261121000001");
    assert_eq!(
        order.transaction_id.as_deref(),
        Some("4200002226202611211234567890")
    );
    assert_eq!(order.trade_type, Some(TradeType::Jsapi));
    assert_eq!(order.trade_state, TradeState::Success);
    let amount = order.amount.as_ref().unwrap();
    assert_eq!(amount.total, Fen::new(100));
    assert_eq!(amount.payer_total, Some(Fen::new(90)));
    let paid_at = order.success_time.as_ref().unwrap().to_timestamp();
    assert_eq!(paid_at, Ok(Timestamp::from_secs(1_795_219_200)));
    let coupon = &order.promotion_detail[0];
    assert_eq!(coupon.scope, Some(PromotionScope::Single));
    assert_eq!(coupon.kind, Some(PromotionKind::Cash));
    assert_eq!(coupon.goods_detail[0].quantity, Some(1));
    assert_eq!(
        serde_json::to_value(&order).unwrap(),
        plaintext("payment_direct")
    );
}

#[test]
fn a_partner_payment_is_read_whole() {
    let Event::Payment(Payment::Partner(order)) = open("payment_partner").event else {
        panic!("a partner payment")
    };
    assert_eq!(order.sp_mchid, "1230000109");
    assert_eq!(order.sub_mchid, "1900000109");
    let payer = order.payer.as_ref().unwrap();
    assert_eq!(payer.sub_openid.as_deref(), Some("oLTPCuN5a-nBD4rAL_fa"));
    assert_eq!(
        serde_json::to_value(&order).unwrap(),
        plaintext("payment_partner")
    );
}

#[test]
fn a_combined_payment_is_read_whole() {
    let Event::Payment(Payment::Combined(order)) = open("payment_combined").event else {
        panic!("a combined payment")
    };
    assert_eq!(order.combine_out_trade_no, "P20150806125346");
    let totals = order
        .sub_orders
        .iter()
        .map(|sub| sub.amount.as_ref().unwrap().total_amount);
    assert_eq!(Fen::checked_sum(totals), Some(Fen::new(30)));
    assert_eq!(
        order.sub_orders[1].transaction_id.as_deref(),
        Some("4208450740201411110007820473")
    );
    assert_eq!(
        serde_json::to_value(&order).unwrap(),
        plaintext("payment_combined")
    );
}

#[test]
fn refunds_are_read_whole() {
    let read = |case| {
        let Event::Refund(refund) = open(case).event else {
            panic!("{case}")
        };
        assert_eq!(
            serde_json::to_value(&refund).unwrap(),
            plaintext(case),
            "{case}"
        );
        refund
    };
    let success = read("refund_success");
    assert_eq!(success.refund_status, RefundStatus::Success);
    assert_eq!(success.refund_account, Some(RefundAccount::SubMerchant));
    assert_eq!(success.amount.as_ref().unwrap().refund, Fen::new(888));
    assert_eq!(
        read("refund_abnormal").refund_status,
        RefundStatus::Abnormal
    );
    let closed = read("refund_closed");
    assert_eq!(closed.refund_status, RefundStatus::Closed);
    assert_eq!(closed.amount, None);
}

#[test]
fn sharings_are_read_whole() {
    for case in [
        "sharing",
        "sharing_short",
        "sharing_as_transaction",
        "sharing_return",
        "sharing_return_as_transaction",
        "sharing_untold",
    ] {
        let Event::ProfitSharing(sharing) = open(case).event else {
            panic!("{case}")
        };
        let Sharing { movement, .. } = *sharing;
        assert_eq!(movement.receiver.kind, ReceiverKind::Merchant, "{case}");
        assert_eq!(movement.receiver.amount, Fen::new(888), "{case}");
        assert_eq!(
            serde_json::to_value(&movement).unwrap(),
            plaintext(case),
            "{case}"
        );
    }
    let Event::ProfitSharing(sharing) = open("sharing_return").event else {
        panic!("a return")
    };
    assert_eq!(sharing.direction, Direction::Returned);
}

#[test]
fn another_notice_is_read_as_a_type_of_the_caller() {
    #[derive(serde::Deserialize)]
    struct Echo {
        echo_message: String,
    }
    let notice = open("security_echo");
    assert_eq!(notice.event, Event::Other);
    let echo: Echo = notice.decode().unwrap();
    assert_eq!(echo.echo_message, "hello");
    let error = notice.decode::<Refund>().unwrap_err().to_string();
    assert!(error.contains("missing field `out_refund_no`"), "{error}");
}

/// How the original type and the event's type decide, each pair sealed and signed anew.
#[test]
fn the_original_type_decides_before_the_event_type() {
    let direct = notice_file("payment_direct", "plaintext");
    let refund = notice_file("refund_success", "plaintext");
    let moved = notice_file("sharing", "plaintext");
    for (original, event_type, plain, kind) in [
        (
            Some("transaction"),
            "TRANSACTION.SUCCESS",
            &direct,
            "Payment(Direct(..))",
        ),
        (None, "TRANSACTION.SUCCESS", &direct, "Payment(Direct(..))"),
        (
            Some("unheard_of"),
            "TRANSACTION.SUCCESS",
            &direct,
            "Payment(Direct(..))",
        ),
        (
            Some(""),
            "TRANSACTION.SUCCESS",
            &direct,
            "Payment(Direct(..))",
        ),
        (Some("transaction"), "TRANSACTION.FAIL", &direct, "Other"),
        (
            Some("transaction"),
            "TRANSACTION.PAY_BACK",
            &direct,
            "Other",
        ),
        (Some("transaction"), "REFUND.SUCCESS", &direct, "Other"),
        (Some("refund"), "REFUND.SUCCESS", &refund, "Refund(..)"),
        (Some("unheard_of"), "REFUND.CLOSED", &refund, "Refund(..)"),
        (Some("refund"), "REFUND.UNHEARD_OF", &refund, "Other"),
        (Some("refund"), "TRANSACTION.SUCCESS", &refund, "Other"),
        (None, "MALL_REFUND.SUCCESS", &refund, "Other"),
        (
            None,
            "PROFITSHARING_RETURN",
            &moved,
            "ProfitSharing(Returned, ..)",
        ),
        (
            Some("profitsharing"),
            "UNHEARD_OF",
            &moved,
            "ProfitSharing(Shared, ..)",
        ),
        (None, "PROFITSHARING.UNHEARD_OF", &moved, "Other"),
    ] {
        let ciphertext = api_key().seal("abcdefghijkl", "aad", plain.as_bytes());
        let body = json!({
            "id": "1", "create_time": "2026-11-21T08:00:00+08:00", "event_type": event_type,
            "summary": "分账",
            "resource": {
                "algorithm": "AEAD_AES_256_GCM", "nonce": "abcdefghijkl", "associated_data": "aad",
                "ciphertext": ciphertext.unwrap(), "original_type": original,
            },
        });
        let request = common::signed_request(body.to_string());
        let notice = Notice::open(&request, &platform_keys(), &api_key(), common::NOW).unwrap();
        assert_eq!(
            format!("{:?}", notice.event),
            kind,
            "{original:?} {event_type}"
        );
    }
}

#[test]
fn orders_tolerate_null_and_what_is_new() {
    let order: Transaction = serde_json::from_value(json!({
        "mchid": "1", "out_trade_no": "2", "trade_state": "NEW_STATE", "trade_type": null,
        "amount": null, "promotion_detail": null, "new_field": {"a": [1]},
    }))
    .unwrap();
    assert_eq!(order.trade_state, TradeState::Other("NEW_STATE".into()));
    assert!(order.promotion_detail.is_empty());
    let combined: combine_transactions::Transaction = serde_json::from_value(json!({
        "combine_mchid": "1", "combine_out_trade_no": "2", "sub_orders": [],
    }))
    .unwrap();
    assert_eq!(combined.combine_payer_info, None);
    let partner = partner::transactions::Transaction::builder()
        .sp_mchid("1")
        .sub_mchid("2")
        .out_trade_no("3")
        .trade_state(TradeState::Refund)
        .build();
    let written =
        json!({"sp_mchid": "1", "sub_mchid": "2", "out_trade_no": "3", "trade_state": "REFUND"});
    assert_eq!(serde_json::to_value(&partner).unwrap(), written);
    for wrong in [
        json!({"total": "1"}),
        json!({"total": 1.5}),
        json!({"total": null}),
        json!({}),
    ] {
        let order =
            json!({"mchid": "1", "out_trade_no": "2", "trade_state": "SUCCESS", "amount": wrong});
        assert!(
            serde_json::from_value::<Transaction>(order.clone()).is_err(),
            "{order}"
        );
    }
    assert!(serde_json::from_value::<Movement>(json!({"receiver": {}})).is_err());
}
