//! Refunds of an e-commerce platform: what is sent, refused and read.

use crate::common::{merchant, refuses, sends};
use wechatpay_core::api::ecommerce::refunds::abnormal::{self, Destination};
use wechatpay_core::api::ecommerce::refunds::return_advance;
use wechatpay_core::api::ecommerce::refunds::{
    Apply, ApplyAmount, FundsAccount, FundsFrom, QueryById, QueryByOutRefundNo, RefundAccount,
};
use wechatpay_core::api::ecommerce::subsidies::Account;
use wechatpay_core::{Fen, Method, Operation, Replay};

const REFUND_ID: &str = "50000000382019052709732678859";
const NUMBER: &str = "1217752501201407033233368018";
const BY_NUMBER: &str = "GET /v3/ecommerce/refunds/out-refund-no/{out_refund_no}";

fn amount() -> ApplyAmount {
    ApplyAmount::builder()
        .refund(Fen::new(888))
        .total(Fen::new(888))
        .currency("CNY")
        .build()
}

fn apply() -> Apply {
    Apply::builder()
        .sub_mchid("1900000109")
        .sp_appid("wx8888888888888888")
        .sub_appid("wx8888888888888888")
        .transaction_id(NUMBER)
        .out_trade_no(NUMBER)
        .out_refund_no(NUMBER)
        .reason("商品已售完")
        .amount(amount())
        .notify_url("https://weixin.qq.com")
        .refund_account(RefundAccount::SubMerchant)
        .funds_account(FundsAccount::Available)
        .build()
}

fn from(account: Account, amount: i64) -> FundsFrom {
    FundsFrom::builder()
        .account(account)
        .amount(Fen::new(amount))
        .build()
}

fn elsewhere() -> abnormal::Apply {
    abnormal::Apply::builder()
        .refund_id(REFUND_ID)
        .sub_mchid("1900000109")
        .out_refund_no(NUMBER)
        .destination(Destination::UserBankCard)
        .bank_type("ICBC_DEBIT")
        .bank_account("6222020000000000001")
        .real_name("张三")
        .build()
}

#[test]
fn the_samples_are_sent_as_documented() {
    sends(
        &apply(),
        Method::POST,
        "/v3/ecommerce/refunds/apply",
        r#"{"sub_mchid":"1900000109","sp_appid":"wx8888888888888888","sub_appid":"wx8888888888888888","transaction_id":"1217752501201407033233368018","out_trade_no":"1217752501201407033233368018","out_refund_no":"1217752501201407033233368018","reason":"商品已售完","amount":{"refund":888,"total":888,"currency":"CNY"},"notify_url":"https://weixin.qq.com","refund_account":"REFUND_SOURCE_SUB_MERCHANT","funds_account":"AVAILABLE"}"#,
    );
    let mut shared = apply();
    shared.transaction_id = None;
    shared.funds_account = None;
    shared.amount.from = Some(vec![
        from(Account::Available, 444),
        from(Account::Unavailable, 444),
    ]);
    sends(
        &shared,
        Method::POST,
        "/v3/ecommerce/refunds/apply",
        r#"{"sub_mchid":"1900000109","sp_appid":"wx8888888888888888","sub_appid":"wx8888888888888888","out_trade_no":"1217752501201407033233368018","out_refund_no":"1217752501201407033233368018","reason":"商品已售完","amount":{"refund":888,"total":888,"currency":"CNY","from":[{"account":"AVAILABLE","amount":444},{"account":"UNAVAILABLE","amount":444}]},"notify_url":"https://weixin.qq.com","refund_account":"REFUND_SOURCE_SUB_MERCHANT"}"#,
    );
    let by_id = QueryById::builder()
        .refund_id(REFUND_ID)
        .sub_mchid("1900000109");
    sends(
        &by_id.build(),
        Method::GET,
        "/v3/ecommerce/refunds/id/50000000382019052709732678859?sub_mchid=1900000109",
        "",
    );
    let by_number = QueryByOutRefundNo::builder()
        .out_refund_no("a_-|*@Z9")
        .sub_mchid("1900000109");
    sends(
        &by_number.build(),
        Method::GET,
        "/v3/ecommerce/refunds/out-refund-no/a_-%7C%2A%40Z9?sub_mchid=1900000109",
        "",
    );
    let mut to_merchant = elsewhere();
    to_merchant.destination = Destination::MerchantBankCard;
    (
        to_merchant.bank_type,
        to_merchant.bank_account,
        to_merchant.real_name,
    ) = (None, None, None);
    sends(
        &to_merchant,
        Method::POST,
        "/v3/ecommerce/refunds/50000000382019052709732678859/apply-abnormal-refund",
        r#"{"sub_mchid":"1900000109","out_refund_no":"1217752501201407033233368018","type":"MERCHANT_BANK_CARD"}"#,
    );
    let create = return_advance::Create::builder()
        .refund_id(REFUND_ID)
        .sub_mchid("1900000109");
    sends(
        &create.build(),
        Method::POST,
        "/v3/ecommerce/refunds/50000000382019052709732678859/return-advance",
        r#"{"sub_mchid":"1900000109"}"#,
    );
    let query = return_advance::Query::builder()
        .refund_id(REFUND_ID)
        .sub_mchid("1900000109");
    sends(
        &query.build(),
        Method::GET,
        "/v3/ecommerce/refunds/50000000382019052709732678859/return-advance?sub_mchid=1900000109",
        "",
    );
}

#[test]
fn limits_of_a_refund_are_those_of_the_documents() {
    let with = |change: &dyn Fn(&mut Apply)| {
        let mut apply = apply();
        change(&mut apply);
        apply
    };
    let long = |length: usize| Some("a".repeat(length));
    for (change, words) in [
        (
            &(|a: &mut Apply| a.sub_mchid.clear()) as &dyn Fn(&mut Apply),
            "sub_mchid must be 1 to 32",
        ),
        (
            &|a| a.sub_mchid = "1".repeat(33),
            "sub_mchid must be 1 to 32",
        ),
        (&|a| a.sp_appid.clear(), "sp_appid must be 1 to 32"),
        (
            &|a| a.sp_appid = "微信".into(),
            "sp_appid must be visible ASCII",
        ),
        (&|a| a.sub_appid = long(33), "sub_appid must be 1 to 32"),
        (
            &|a| a.transaction_id = long(33),
            "transaction_id must be 1 to 32",
        ),
        (
            &|a| a.out_trade_no = long(33),
            "out_trade_no must be 1 to 32",
        ),
        (
            &|a| a.out_trade_no = long(0),
            "out_trade_no must be 1 to 32",
        ),
        (
            &|a| a.out_refund_no.clear(),
            "out_refund_no must be 1 to 64",
        ),
        (
            &|a| a.out_refund_no = "1".repeat(65),
            "out_refund_no must be 1 to 64",
        ),
        (
            &|a| a.out_refund_no = "a b".into(),
            "out_refund_no must be letters, digits and _-|*@ only",
        ),
        (
            &|a| a.out_refund_no = "a/b".into(),
            "out_refund_no must be letters, digits and _-|*@ only",
        ),
        (&|a| a.reason = long(81), "reason must be 1 to 80"),
        (&|a| a.reason = Some("😀".into()), "reason must be without"),
        (&|a| a.notify_url = long(257), "notify_url must be 1 to 256"),
        (
            &|a| a.notify_url = Some("https://x/ y".into()),
            "notify_url must be visible ASCII",
        ),
        (
            &|a| a.refund_account = Some("".into()),
            "refund_account must be 1 to 32",
        ),
        (
            &|a| a.funds_account = Some("".into()),
            "funds_account must be 1 to 32",
        ),
        (
            &|a| a.amount.refund = Fen::ZERO,
            "amount.refund must be 1 fen or more",
        ),
        (
            &|a| a.amount.refund = Fen::new(i64::MIN),
            "amount.refund must be 1 fen or more",
        ),
        (
            &|a| a.amount.refund = Fen::new(889),
            "amount.refund must be no more than the total, 888 fen, and is 889",
        ),
        (
            &|a| a.amount.currency = long(17),
            "amount.currency must be 1 to 16",
        ),
        (
            &|a| (a.transaction_id, a.out_trade_no) = (None, None),
            "transaction_id must be given, or out_trade_no in its place",
        ),
        (
            &|a| a.amount.from = Some(vec![from(Account::Available, 888)]),
            "funds_account must be left out where amount.from names the accounts, and is \"AVAILABLE\"",
        ),
    ] {
        refuses(&with(change), &format!("field {words}"));
    }
    let paid_from = |parts: Vec<FundsFrom>| {
        with(&|a| {
            a.funds_account = None;
            a.amount.from = Some(parts.clone());
        })
    };
    let (available, unavailable) = (Account::Available, Account::Unavailable);
    for (parts, words) in [
        (
            vec![],
            "amount.from must be amounts that add up to the refund, 888 fen, and is \"0 fen\"",
        ),
        (
            vec![from(available.clone(), 887)],
            "amount.from must be amounts that add up",
        ),
        (
            vec![from(available.clone(), 0)],
            "amount.from[].amount must be 1 fen or more",
        ),
        (
            vec![
                from(available.clone(), i64::MAX),
                from(unavailable.clone(), 1),
            ],
            "amount.from must be amounts that add up to the refund, 888 fen, and is \"beyond 64 bits\"",
        ),
        (
            vec![from(available.clone(), 444), from(available.clone(), 444)],
            "amount.from[].account must be an account that is named once, and is \"AVAILABLE\"",
        ),
    ] {
        refuses(&paid_from(parts), &format!("field {words}"));
    }
    let longest = with(&|a| {
        a.sub_mchid = "1".repeat(32);
        a.out_refund_no = "_".repeat(64);
        a.reason = Some("退".repeat(80));
        a.notify_url = Some(format!("https://{}", "a".repeat(248)));
    });
    assert!(merchant().draft(&longest).is_ok());
}

#[test]
fn numbers_in_paths_are_held_against_their_limits() {
    for (id, words) in [
        (String::new(), "refund_id must be 1 to 32"),
        ("1".repeat(33), "refund_id must be 1 to 32"),
        ("退款".to_owned(), "refund_id must be visible ASCII"),
    ] {
        let mut abnormal = elsewhere();
        abnormal.refund_id.clone_from(&id);
        refuses(&abnormal, &format!("field {words}"));
        refuses(
            &QueryById::builder().refund_id(&id).sub_mchid("1").build(),
            words,
        );
        let create = return_advance::Create::builder().refund_id(&id);
        refuses(&create.sub_mchid("1").build(), &format!("field {words}"));
        let query = return_advance::Query::builder().refund_id(&id);
        refuses(&query.sub_mchid("1").build(), &format!("field {words}"));
    }
    let by_number = QueryByOutRefundNo::builder().out_refund_no("a/b");
    refuses(
        &by_number.sub_mchid("1").build(),
        "field out_refund_no must be letters",
    );
    // What stands in the path is not in the body, and is set afterwards.
    let mut create: return_advance::Create = serde_json::from_str(r#"{"sub_mchid":"1"}"#).unwrap();
    refuses(&create, "field refund_id must be 1 to 32");
    create.refund_id = "../certificates".to_owned();
    assert_eq!(
        merchant().draft(&create).unwrap().target(),
        "/v3/ecommerce/refunds/..%2Fcertificates/return-advance"
    );
    create.refund_id = "..".to_owned();
    assert!(merchant().draft(&create).is_err());
}

#[test]
fn one_number_refunds_once_and_a_query_settles_the_rest() {
    let key = |replay| match replay {
        Replay::Idempotent { key, window: None } => key,
        other => panic!("{other:?}"),
    };
    assert_eq!(key(Apply::REPLAY), "out_refund_no");
    assert_eq!(key(abnormal::Apply::REPLAY), "out_refund_no");
    assert_eq!(key(return_advance::Create::REPLAY), "refund_id");
    assert_eq!(Apply::SETTLED_BY, Some(BY_NUMBER));
    assert_eq!(abnormal::Apply::SETTLED_BY, Some(BY_NUMBER));
    assert_eq!(
        return_advance::Create::SETTLED_BY,
        Some("GET /v3/ecommerce/refunds/{refund_id}/return-advance")
    );
    for replay in [
        QueryById::REPLAY,
        QueryByOutRefundNo::REPLAY,
        return_advance::Query::REPLAY,
    ] {
        assert_eq!(replay, Replay::ReadOnly);
    }
}
