//! Profit sharing: what is read, what the results say together, and the names that are sealed.
#![cfg(feature = "aws-lc-rs")]

use crate::common::{
    NOW, PLATFORM_ID, answer, keeps, key, merchant, nonce, pending, platform_keys,
};
use serde_json::{Value, json};
use wechatpay_core::api::AsSent;
use wechatpay_core::api::ecommerce::profitsharing::finish_order::Accepted;
use wechatpay_core::api::ecommerce::profitsharing::orders::amounts::Amounts;
use wechatpay_core::api::ecommerce::profitsharing::orders::{
    CloseReason, Create, FailReason, Order, OrderState, Outcome, Receiver, ShareState,
};
use wechatpay_core::api::ecommerce::profitsharing::receivers::Kind;
use wechatpay_core::api::ecommerce::profitsharing::returnorders::{self, ReturnState, Returned};
use wechatpay_core::{Decode, DraftError, Fen, Opener, SealError, Sealed};

#[test]
fn documented_answers_are_read_whole() {
    let accepted: Order = keeps(json!({
        "sub_mchid": "1900000109", "transaction_id": "4208450740201411110007820472",
        "out_order_no": "P20150806125346", "order_id": "6754760740201411110007865434",
    }));
    assert_eq!(accepted.outcome(), Outcome::Processing);

    let shared: Order = keeps(json!({
        "sub_mchid": "1900000109", "transaction_id": "4208450740201411110007820472",
        "out_order_no": "P20150806125346", "order_id": "6754760740201411110007865434",
        "status": "FINISHED",
        "receivers": [{
            "receiver_mchid": "1900000109", "amount": 190, "description": "分给商户1900000109",
            "result": "SUCCESS", "finish_time": "2015-05-20T13:29:35.120+08:00",
            "fail_reason": "NO_RELATION", "type": "MERCHANT_ID", "receiver_account": "1900000109",
            "detail_id": "36011111111111111111111",
        }],
    }));
    assert_eq!(shared.outcome(), Outcome::Done);
    assert_eq!(shared.receivers[0].kind, Some(Kind::MerchantId));
    assert_eq!(
        shared.receivers[0].fail_reason,
        Some(FailReason::NoRelation)
    );

    let closed: Order = keeps(json!({
        "sub_mchid": "1900000109", "transaction_id": "4208450740201411110007820472",
        "out_order_no": "P20150806125346", "order_id": "6754760740201411110007865434",
        "status": "CLOSED", "close_reason": "NO_AUTH",
    }));
    assert_eq!(closed.close_reason, Some(CloseReason::NoAuth));
    assert_eq!(closed.outcome(), Outcome::Failed);

    let released: Order = keeps(json!({
        "sub_mchid": "1900000109", "transaction_id": "4208450740201411110007820472",
        "out_order_no": "P20150806125346", "order_id": "6754760740201411110007865434",
        "status": "FINISHED", "finish_amount": 100, "finish_description": "分账完结",
    }));
    assert_eq!(released.outcome(), Outcome::Done);

    let _: Accepted = keeps(json!({
        "sub_mchid": "1900000109", "transaction_id": "4208450740201411110007820472",
        "out_order_no": "P20150806125346", "order_id": "3008450740201411110007820472",
    }));
    let amounts: Amounts = keeps(json!({
        "transaction_id": "4208450740201411110007820472", "unsplit_amount": 1000,
    }));
    assert_eq!(amounts.unsplit_amount, Fen::new(1000));

    for (result, state) in [
        ("SUCCESS", ReturnState::Success),
        ("PROCESSING", ReturnState::Processing),
        ("FAILED", ReturnState::Failed),
        ("FAIL", ReturnState::Failed),
    ] {
        let returned: Returned = keeps(json!({
            "sub_mchid": "1900000109", "order_id": "3008450740201411110007820472",
            "out_order_no": "P20150806125346", "out_return_no": "R20190516001",
            "return_mchid": "86693852", "amount": 10, "return_no": "3008450740201411110007820472",
            "result": result, "fail_reason": "TIME_OUT_CLOSED",
            "finish_time": "2015-05-20T13:29:35.120+08:00",
        }));
        assert_eq!(returned.result, state);
        let reason = returned.fail_reason;
        assert_eq!(reason, Some(returnorders::FailReason::TimeOutClosed));
    }
}

/// An order with this status, and receivers with these results.
fn order(status: &str, results: &[&str]) -> Order {
    let share = |result: &&str| json!({ "amount": 1, "result": result });
    let receivers: Vec<Value> = results.iter().map(share).collect();
    keeps(json!({
        "sub_mchid": "1", "transaction_id": "2", "out_order_no": "3", "order_id": "4",
        "status": status, "receivers": receivers,
    }))
}

#[test]
fn finished_is_what_its_receivers_say() {
    use Outcome::{Done, Failed, Processing, Untold};
    for (status, results, outcome) in [
        ("FINISHED", &["SUCCESS", "SUCCESS"][..], Done),
        ("SUCCESS", &["SUCCESS"], Done),
        ("FINISHED", &["SUCCESS", "CLOSED"], Failed),
        ("FINISHED", &["CLOSED", "PENDING"], Failed),
        ("FINISHED", &["SUCCESS", "PENDING"], Processing),
        ("FINISHED", &["SUCCESS", "ADJUST"], Untold),
        ("FINISHED", &["RETURNED"], Untold),
        ("PROCESSING", &["SUCCESS", "PENDING"], Processing),
        ("PENDING", &["SUCCESS"], Processing),
        ("CLOSED", &["PENDING"], Failed),
        ("ADJUST", &["SUCCESS"], Untold),
        ("RETURNED", &["SUCCESS"], Untold),
        ("A_NEW_STATUS", &["SUCCESS"], Untold),
    ] {
        assert_eq!(
            order(status, results).outcome(),
            outcome,
            "{status} {results:?}"
        );
    }
    // Neither receivers nor a finish: finished says nothing then.
    let minimal = r#"{"sub_mchid":"1","transaction_id":"2","out_order_no":"3","order_id":"4","status":"FINISHED","receivers":null}"#;
    assert_eq!(Order::decode(minimal.as_bytes()).unwrap().outcome(), Untold);
    let silent = r#"{"sub_mchid":"1","transaction_id":"2","out_order_no":"3","order_id":"4","status":"FINISHED","receivers":[{"amount":1}]}"#;
    assert_eq!(Order::decode(silent.as_bytes()).unwrap().outcome(), Untold);
}

#[test]
fn values_on_the_wire() {
    let statuses = [
        "PROCESSING",
        "PENDING",
        "FINISHED",
        "SUCCESS",
        "ADJUST",
        "RETURNED",
        "CLOSED",
    ];
    assert_eq!(
        statuses.map(OrderState::from),
        [
            OrderState::Processing,
            OrderState::Processing,
            OrderState::Finished,
            OrderState::Finished,
            OrderState::Adjust,
            OrderState::Returned,
            OrderState::Closed,
        ]
    );
    assert_eq!(
        ["PENDING", "SUCCESS", "CLOSED"].map(ShareState::from),
        [ShareState::Pending, ShareState::Success, ShareState::Closed]
    );
    let reasons = [
        "ACCOUNT_ABNORMAL",
        "NO_RELATION",
        "RECEIVER_HIGH_RISK",
        "RECEIVER_REAL_NAME_NOT_VERIFIED",
        "NO_AUTH",
        "RECEIVER_RECEIPT_LIMIT",
        "PAYER_ACCOUNT_ABNORMAL",
        "INVALID_REQUEST",
    ];
    assert_eq!(
        reasons.map(FailReason::from),
        [
            FailReason::AccountAbnormal,
            FailReason::NoRelation,
            FailReason::ReceiverHighRisk,
            FailReason::ReceiverRealNameNotVerified,
            FailReason::NoAuth,
            FailReason::ReceiverReceiptLimit,
            FailReason::PayerAccountAbnormal,
            FailReason::InvalidRequest,
        ]
    );
    use returnorders::FailReason as ReturnReason;
    let returns = [
        "ACCOUNT_ABNORMAL",
        "TIME_OUT_CLOSED",
        "PAYER_ACCOUNT_ABNORMAL",
        "INVALID_REQUEST",
    ];
    assert_eq!(
        returns.map(ReturnReason::from),
        [
            ReturnReason::AccountAbnormal,
            ReturnReason::TimeOutClosed,
            ReturnReason::PayerAccountAbnormal,
            ReturnReason::InvalidRequest,
        ]
    );
    assert_eq!(ReturnState::from("NEW"), ReturnState::Other("NEW".into()));
    let status = AsSent::from(OrderState::Finished);
    assert_eq!(status.text(), "FINISHED");
}

#[test]
fn answers_may_lack_optional_fields_grow_new_ones_and_know_new_values() {
    let body = r#"{"sub_mchid":"1","out_return_no":"2","return_mchid":"3","amount":1,"return_no":"4","result":"NEW","finish_time":null,"a_new_field":{"x":[1]}}"#;
    let returned = Returned::decode(body.as_bytes()).unwrap();
    assert_eq!(*returned.result, ReturnState::Other("NEW".into()));
    assert_eq!((returned.order_id, returned.finish_time), (None, None));

    for amount in ["1.0", "\"1\"", "null", "9223372036854775808"] {
        let body = format!(r#"{{"transaction_id":"1","unsplit_amount":{amount}}}"#);
        let error = Amounts::decode(body.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("unsplit_amount: "), "{error}");
    }
    for body in ["", "[]", "null", "{", r#"{"sub_mchid":"1"}"#, "\u{feff}{}"] {
        assert!(Order::decode(body.as_bytes()).is_err(), "{body}");
    }
    assert!(Order::decode(b"{\"sub_mchid\":\"\xff\"}").is_err());
}

#[test]
fn an_answer_is_read_after_it_is_verified() {
    let body = r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","out_order_no":"P20150806125346","order_id":"6754760740201411110007865434","status":"FINISHED","receivers":[{"amount":190,"result":"CLOSED"}]}"#;
    let round = round(&[]);
    let done = pending(&round)
        .complete(&answer(200, body), &platform_keys(), NOW)
        .unwrap();
    assert_eq!(done.value.outcome(), Outcome::Failed);
    let mut forged = answer(200, body);
    *forged.body_mut() = body.replace("CLOSED", "SUCCESS").into_bytes();
    assert!(
        pending(&round)
            .complete(&forged, &platform_keys(), NOW)
            .is_err()
    );
}

/// A round of a merchant, and of people with these names.
fn round(names: &[&str]) -> Create {
    let part = |account: &str, kind| {
        Receiver::builder()
            .kind(kind)
            .receiver_account(account)
            .amount(Fen::new(1))
            .description("-")
    };
    let mut receivers = vec![part("1900000109", Kind::MerchantId).build()];
    for (at, name) in names.iter().enumerate() {
        let account = format!("oxTWIuGaIt6gTKsQRLau2M0yL16{at}");
        let person = part(&account, Kind::PersonalOpenid);
        receivers.push(person.receiver_name(*name).build());
    }
    Create::builder()
        .appid("wx8888888888888888")
        .sub_mchid("1900000109")
        .transaction_id("4208450740201411110007820472")
        .out_order_no("P20150806125346")
        .receivers(receivers)
        .finish(false)
        .build()
}

#[test]
fn each_name_is_sealed_with_the_key_that_is_declared() {
    let draft = merchant()
        .draft_for(&round(&["张三", "李四"]), &platform_keys())
        .unwrap();
    let read: Create = serde_json::from_slice(draft.body()).unwrap();
    let opener = Opener::from_pem(&key("platform_pkcs8.pem")).unwrap();
    let names: Vec<Option<String>> = read
        .receivers
        .iter()
        .map(|r| Some(r.receiver_name.as_ref()?.open(&opener).unwrap().to_string()))
        .collect();
    assert_eq!(names, [None, Some("张三".into()), Some("李四".into())]);
    let sent = std::str::from_utf8(draft.body()).unwrap();
    assert!(!sent.contains("张三") && !sent.contains("李四"), "{sent}");

    let request = draft.stamp(NOW, nonce());
    let declared = request.request().headers().get("wechatpay-serial").unwrap();
    assert_eq!(declared, PLATFORM_ID);
}

#[test]
fn a_name_without_a_sealer_is_not_drafted() {
    let error = merchant().draft(&round(&["张三"])).unwrap_err();
    assert!(
        error.to_string().starts_with(
            "POST /v3/ecommerce/profitsharing/orders: sensitive field receivers[].receiver_name \
             cannot be sealed: there is no key to seal it with"
        ),
        "{error}"
    );
    let DraftError::Seal { source, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(source.field(), "receivers[].receiver_name");
    assert!(matches!(source.reason(), SealError::NoSealer));

    // The second name is no better than the first.
    let mut two = round(&["张三", "李四"]);
    two.receivers[2].receiver_name = Some(Sealed::plain("长".repeat(72)));
    let error = merchant().draft_for(&two, &platform_keys()).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("216 bytes") && !text.contains('长'), "{text}");

    // Without a name there is nothing to seal.
    assert!(merchant().draft(&round(&[])).is_ok());
    assert!(!format!("{two:?}").contains("张三"));
}
