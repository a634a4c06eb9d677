//! What the refunds of an e-commerce platform and the balances answer: the documented examples, kept
//! whole, and what may differ; and what is asked of balances.

use crate::common::{NOW, answer, keeps, merchant, pending, platform_keys, refuses};
use serde_json::{Value, json};
use wechatpay_core::api::bill::AccountType;
use wechatpay_core::api::ecommerce::fund;
use wechatpay_core::api::ecommerce::refunds::return_advance::{AdvanceReturn, ReturnState};
use wechatpay_core::api::ecommerce::refunds::{
    Applied, Apply, ApplyAmount, Channel, FundsAccount, PromotionKind, Refund, RefundAccount,
    RefundStatus,
};
use wechatpay_core::api::ecommerce::subsidies::Account;
use wechatpay_core::api::merchant::fund as own;
use wechatpay_core::api::pay::transactions::PromotionScope;
use wechatpay_core::{Decode, Effect, Fen, Operation, Replay, notice};

fn refund() -> Value {
    json!({
        "refund_id": "50000000382019052709732678859",
        "out_refund_no": "1217752501201407033233368018",
        "transaction_id": "1217752501201407033233368018",
        "out_trade_no": "1217752501201407033233368018",
        "channel": "ORIGINAL", "user_received_account": "招商银行信用卡0403",
        "success_time": "2020-12-01T16:18:12+08:00", "create_time": "2020-12-01T16:18:12+08:00",
        "status": "SUCCESS", "funds_account": "UNSETTLED",
        "amount": {
            "refund": 100, "from": [{ "account": "AVAILABLE", "amount": 444 }],
            "payer_refund": 90, "discount_refund": 10, "currency": "CNY", "refund_fee": 100,
            "advance": 888,
        },
        "promotion_detail": [{
            "promotion_id": "109519", "scope": "GLOBAL", "type": "COUPON", "amount": 5,
            "refund_amount": 100,
            "goods_detail": [{
                "merchant_goods_id": "1217752501201407033233368018",
                "wechatpay_goods_id": "1001", "goods_name": "iPhone6s 16G",
                "unit_price": 528_800, "refund_amount": 528_800, "refund_quantity": 1,
            }],
        }],
        "refund_account": "REFUND_SOURCE_SUB_MERCHANT",
    })
}

#[test]
fn documented_refunds_are_read_whole() {
    let applied: Applied = keeps(json!({
        "refund_id": "1217752501201407033233368018",
        "out_refund_no": "1217752501201407033233368018",
        "create_time": "2018-06-08T10:34:56+08:00",
        "amount": {
            "refund": 888, "from": [{ "account": "AVAILABLE", "amount": 444 }],
            "payer_refund": 888, "discount_refund": 888, "currency": "CNY", "advance": 888,
        },
        "promotion_detail": [{
            "promotion_id": "109519", "scope": "SINGLE", "type": "DISCOUNT", "amount": 5,
            "refund_amount": 100,
        }],
        "refund_account": "REFUND_SOURCE_SUB_MERCHANT",
    }));
    assert_eq!(applied.amount.advance, Some(Fen::new(888)));
    let coupon = &applied.promotion_detail[0];
    assert_eq!(coupon.kind, Some(PromotionKind::Discount));
    assert_eq!(coupon.scope, Some(PromotionScope::Single));

    let read: Refund = keeps(refund());
    assert_eq!(read.status, RefundStatus::Success);
    assert_eq!(read.channel, Some(Channel::Original));
    assert_eq!(read.funds_account, Some(FundsAccount::Unsettled));
    assert_eq!(read.refund_account, Some(RefundAccount::SubMerchant));
    assert_eq!(read.amount.from[0].account, Account::Available);
    assert_eq!(
        read.promotion_detail[0].goods_detail[0].refund_quantity,
        Some(1)
    );

    let returned: AdvanceReturn = keeps(json!({
        "refund_id": "50000000382019052709732678859",
        "advance_return_id": "1215562501201407033233368018", "return_amount": 888,
        "payer_mchid": "1900000109", "payer_account": "BASIC", "payee_mchid": "1900000108",
        "payee_account": "OPERATION", "result": "SUCCESS",
        "success_time": "2018-06-08T10:34:56+08:00",
    }));
    assert_eq!(returned.result, ReturnState::Success);
    assert_eq!(returned.payer_account, AccountType::Basic);
    assert_eq!(returned.payee_account, AccountType::Operation);
}

#[test]
fn each_documented_word_is_known_and_new_ones_are_kept() {
    let with = |field: &str, value: &str| {
        let mut body = refund();
        body[field] = value.into();
        keeps::<Refund>(body)
    };
    for (word, status) in [
        ("CLOSED", RefundStatus::Closed),
        ("PROCESSING", RefundStatus::Processing),
        ("ABNORMAL", RefundStatus::Abnormal),
        ("NEW", RefundStatus::Other("NEW".into())),
        // Some transcriptions write this for CLOSED; no official document does.
        ("CLOSE", RefundStatus::Other("CLOSE".into())),
    ] {
        assert_eq!(with("status", word).status, status);
    }
    let known = ["ORIGINAL", "BALANCE", "OTHER_BALANCE", "OTHER_BANKCARD"];
    for word in known {
        let channel = with("channel", word).channel.unwrap();
        assert!(!matches!(channel, Channel::Other(_)), "{word}");
    }
    let words = "UNSETTLED AVAILABLE UNAVAILABLE OPERATION BASIC ECNY_BASIC PREPAID";
    for word in words.split(' ') {
        let account = with("funds_account", word).funds_account.unwrap();
        assert!(!matches!(account, FundsAccount::Other(_)), "{word}");
    }
    let advance = with("refund_account", "REFUND_SOURCE_PARTNER_ADVANCE");
    assert_eq!(advance.refund_account, Some(RefundAccount::PartnerAdvance));
    let new = with("refund_account", "NEW").refund_account;
    assert_eq!(new, Some(RefundAccount::Other("NEW".into())));
    for (word, state) in [
        ("FAILED", ReturnState::Failed),
        ("PROCESSING", ReturnState::Processing),
        ("FAIL", ReturnState::Other("FAIL".into())),
    ] {
        assert_eq!(ReturnState::from(word), state);
    }
    // Notices name the same two.
    let status: notice::RefundStatus = RefundStatus::Closed;
    let account: notice::RefundAccount = RefundAccount::SubMerchant;
    assert_eq!(
        (status.as_str(), account.as_str()),
        ("CLOSED", "REFUND_SOURCE_SUB_MERCHANT")
    );
}

#[test]
fn answers_may_lack_optional_fields_and_grow_new_ones() {
    let least = json!({
        "refund_id": "1", "out_refund_no": "2", "create_time": "2018-06-08T10:34:56+08:00",
        "amount": { "refund": 1, "payer_refund": 0 },
    });
    let _ = keeps::<Applied>(least.clone());
    let mut more = least.clone();
    more["promotion_detail"] = Value::Null;
    more["amount"]["from"] = Value::Null;
    more["amount"]["settlement_refund"] = 1.into();
    more["new"] = json!({ "a": [1] });
    let read: Applied = serde_json::from_value(more).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), least);

    let mut least = least;
    least["transaction_id"] = "3".into();
    least["out_trade_no"] = "4".into();
    least["status"] = "PROCESSING".into();
    let _ = keeps::<Refund>(least);
    let processing = json!({
        "refund_id": "1", "advance_return_id": "2", "return_amount": 1, "payer_mchid": "3",
        "payer_account": "BASIC", "payee_mchid": "4", "payee_account": "BASIC",
        "result": "PROCESSING",
    });
    assert_eq!(keeps::<AdvanceReturn>(processing).success_time, None);
}

#[test]
fn a_verified_answer_that_does_not_read_is_an_accepted_refund_all_the_same() {
    let amount = ApplyAmount::builder()
        .refund(Fen::new(1))
        .total(Fen::new(1))
        .build();
    let apply = Apply::builder()
        .sub_mchid("1")
        .sp_appid("wx1")
        .transaction_id("2")
        .out_refund_no("3")
        .amount(amount)
        .build();
    let body = |refund: &str| {
        format!(
            r#"{{"refund_id":"1","out_refund_no":"3","create_time":"2018-06-08T10:34:56+08:00","amount":{{"refund":{refund},"payer_refund":1}}}}"#
        )
    };
    let good = pending(&apply).complete(&answer(200, body("1")), &platform_keys(), NOW);
    assert_eq!(good.unwrap().value.refund_id, "1");
    for bad in [
        body("8.88"),
        body("\"1\""),
        body("null"),
        "{".into(),
        String::new(),
    ] {
        let read = pending(&apply).complete(&answer(200, bad), &platform_keys(), NOW);
        assert_eq!(read.unwrap_err().effect(), Effect::Accepted);
    }
}

#[track_caller]
fn asks<O: Operation>(operation: &O, target: &str) {
    assert_eq!(O::REPLAY, Replay::ReadOnly);
    let draft = merchant().draft(operation).unwrap();
    assert_eq!(draft.target(), target);
    assert!(draft.body().is_empty());
}

#[test]
fn balances_are_asked_for_as_documented() {
    for account in ["BASIC", "OPERATION", "FEES"] {
        let query = own::QueryBalance::builder().account_type(account.into());
        let target = format!("/v3/merchant/fund/balance/{account}");
        asks(&query.build(), &target);
    }
    let none: own::QueryBalance = serde_json::from_str("{}").unwrap();
    refuses(&none, "field account_type must be 1 to 16");
    let long = own::QueryBalance::builder().account_type("A".repeat(17).into());
    refuses(&long.build(), "field account_type must be 1 to 16");

    let sub = fund::QueryBalance::builder().sub_mchid("1900000109");
    asks(&sub.build(), "/v3/ecommerce/fund/balance/1900000109");
    for account in ["BASIC", "FEES", "OPERATION", "DEPOSIT"] {
        let sub = fund::QueryBalance::builder().sub_mchid("1900000109");
        let target = format!("/v3/ecommerce/fund/balance/1900000109?account_type={account}");
        asks(&sub.account_type(account.into()).build(), &target);
    }
    refuses(
        &fund::QueryBalance::builder().sub_mchid("").build(),
        "field sub_mchid must be 1 to 32",
    );

    let day = || fund::QueryEndDayBalance::builder().sub_mchid("1222212222");
    asks(
        &day().date("2019-08-17").build(),
        "/v3/ecommerce/fund/enddaybalance/1222212222?date=2019-08-17",
    );
    let deposit = day().date("2019-08-17").account_type(AccountType::Deposit);
    asks(
        &deposit.build(),
        "/v3/ecommerce/fund/enddaybalance/1222212222?account_type=DEPOSIT&date=2019-08-17",
    );
    for date in ["", "20190817", "2019-13-01", "2019-08-32", "2019-08-17 "] {
        let words = "date must be a day as YYYY-MM-DD";
        refuses(&day().date(date).build(), &format!("field {words}"));
    }
    let empty = day().date("2019-08-17").account_type("".into()).build();
    refuses(&empty, "field account_type must be 1 to 16");
}

#[test]
fn documented_balances_are_read_whole() {
    let balance: own::Balance = keeps(json!({ "available_amount": 10_000, "pending_amount": 1 }));
    assert_eq!(balance.pending_amount, Some(Fen::new(1)));
    keeps::<own::Balance>(json!({ "available_amount": 0 }));
    let balance: fund::Balance = keeps(json!({
        "sub_mchid": "1900000109", "available_amount": 10_000, "pending_amount": 0,
        "account_type": "BASIC",
    }));
    assert_eq!(balance.account_type, Some(AccountType::Basic));
    keeps::<fund::Balance>(json!({ "sub_mchid": "1", "available_amount": -1 }));
    let grown = r#"{"sub_mchid":"1","available_amount":9223372036854775807,"new":null}"#;
    let balance = fund::Balance::decode(grown.as_bytes()).unwrap();
    assert_eq!(balance.available_amount, Fen::new(i64::MAX));
    let beyond = br#"{"available_amount":9223372036854775808}"#;
    assert!(own::Balance::decode(beyond).is_err());
    assert!(own::Balance::decode(br#"{"available_amount":1.5}"#).is_err());
}
