//! Profit sharing: what its operations send, and what they refuse before sending.

use crate::common::{merchant, refuses, sends};
use wechatpay_core::api::ecommerce::profitsharing::finish_order::Finish;
use wechatpay_core::api::ecommerce::profitsharing::orders::{self, Receiver, amounts};
use wechatpay_core::api::ecommerce::profitsharing::receivers::Kind;
use wechatpay_core::api::ecommerce::profitsharing::returnorders;
use wechatpay_core::{DraftError, Fen, Method, Operation, Replay};

fn receiver(account: &str) -> Receiver {
    Receiver::builder()
        .kind(Kind::MerchantId)
        .receiver_account(account)
        .amount(Fen::new(190))
        .description("分给商户1900000109")
        .build()
}

fn share() -> orders::Create {
    orders::Create::builder()
        .appid("wx8888888888888888")
        .sub_mchid("1900000109")
        .transaction_id("4208450740201411110007820472")
        .out_order_no("P20150806125346")
        .receivers(vec![receiver("1900000109")])
        .finish(true)
        .build()
}

fn query() -> orders::Query {
    orders::Query::builder()
        .sub_mchid("1900000109")
        .transaction_id("4208450740201411110007820472")
        .out_order_no("P20150806125346")
        .build()
}

fn unsplit() -> amounts::Query {
    amounts::Query::builder()
        .transaction_id("4208450740201411110007820472")
        .build()
}

fn finish() -> Finish {
    Finish::builder()
        .sub_mchid("1900000109")
        .transaction_id("4208450740201411110007820472")
        .out_order_no("P20150806125346")
        .description("分账完结")
        .build()
}

fn take_back() -> returnorders::Create {
    returnorders::Create::builder()
        .sub_mchid("1900000109")
        .order_id("3008450740201411110007820472")
        .out_return_no("R20190516001")
        .return_mchid("86693852")
        .amount(Fen::new(10))
        .description("分账回退")
        .build()
}

fn query_return() -> returnorders::Query {
    returnorders::Query::builder()
        .sub_mchid("1900000109")
        .out_order_no("P20150806125346")
        .out_return_no("R20190516001")
        .build()
}

#[test]
fn the_samples_are_sent_as_documented() {
    sends(
        &share(),
        Method::POST,
        "/v3/ecommerce/profitsharing/orders",
        r#"{"appid":"wx8888888888888888","sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","out_order_no":"P20150806125346","receivers":[{"type":"MERCHANT_ID","receiver_account":"1900000109","amount":190,"description":"分给商户1900000109"}],"finish":true}"#,
    );
    sends(
        &query(),
        Method::GET,
        "/v3/ecommerce/profitsharing/orders?out_order_no=P20150806125346&sub_mchid=1900000109&transaction_id=4208450740201411110007820472",
        "",
    );
    sends(
        &unsplit(),
        Method::GET,
        "/v3/ecommerce/profitsharing/orders/4208450740201411110007820472/amounts",
        "",
    );
    sends(
        &finish(),
        Method::POST,
        "/v3/ecommerce/profitsharing/finish-order",
        r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","out_order_no":"P20150806125346","description":"分账完结"}"#,
    );
    sends(
        &take_back(),
        Method::POST,
        "/v3/ecommerce/profitsharing/returnorders",
        r#"{"sub_mchid":"1900000109","order_id":"3008450740201411110007820472","out_return_no":"R20190516001","return_mchid":"86693852","amount":10,"description":"分账回退"}"#,
    );
    sends(
        &query_return(),
        Method::GET,
        "/v3/ecommerce/profitsharing/returnorders?out_order_no=P20150806125346&out_return_no=R20190516001&sub_mchid=1900000109",
        "",
    );
}

#[test]
fn optional_fields_are_sent_when_they_are_set() {
    let mut operation = share();
    operation.appid = None;
    operation.finish = false;
    operation.notify_url = Some("https://shop.example/notify".into());
    sends(
        &operation,
        Method::POST,
        "/v3/ecommerce/profitsharing/orders",
        r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","out_order_no":"P20150806125346","receivers":[{"type":"MERCHANT_ID","receiver_account":"1900000109","amount":190,"description":"分给商户1900000109"}],"finish":false,"notify_url":"https://shop.example/notify"}"#,
    );
    let mut operation = finish();
    operation.notify_url = Some("https://shop.example/notify".into());
    sends(
        &operation,
        Method::POST,
        "/v3/ecommerce/profitsharing/finish-order",
        r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","out_order_no":"P20150806125346","description":"分账完结","notify_url":"https://shop.example/notify"}"#,
    );
    // Both numbers of the round, as the example of 2019 has them.
    let mut operation = take_back();
    operation.out_order_no = Some("P20150806125346".into());
    operation.transaction_id = Some("4208450740201411110007820472".into());
    sends(
        &operation,
        Method::POST,
        "/v3/ecommerce/profitsharing/returnorders",
        r#"{"sub_mchid":"1900000109","order_id":"3008450740201411110007820472","out_order_no":"P20150806125346","out_return_no":"R20190516001","return_mchid":"86693852","amount":10,"description":"分账回退","transaction_id":"4208450740201411110007820472"}"#,
    );
    let mut operation = query_return();
    operation.order_id = Some("3008450740201411110007820472".into());
    operation.out_order_no = None;
    sends(
        &operation,
        Method::GET,
        "/v3/ecommerce/profitsharing/returnorders?order_id=3008450740201411110007820472&out_return_no=R20190516001&sub_mchid=1900000109",
        "",
    );
}

/// The gateway reads the requests that clients write.
#[test]
fn requests_are_read_back() {
    fn law<O: Operation + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(
        operation: &O,
    ) {
        let text = serde_json::to_string(operation).unwrap();
        assert_eq!(serde_json::from_str::<O>(&text).unwrap(), *operation);
    }
    law(&share());
    law(&query());
    law(&finish());
    law(&take_back());
    law(&query_return());

    // What stands in the path is filled in from there.
    let mut read: amounts::Query = serde_json::from_str("{}").unwrap();
    assert_eq!(read.transaction_id, "");
    read.transaction_id = "4208450740201411110007820472".into();
    assert_eq!(read, unsplit());

    let legacy = r#"{"type":"MERCHANT_ID","receiver_mchid":"1900000109","amount":190,"description":"分给商户1900000109"}"#;
    let read: Receiver = serde_json::from_str(legacy).unwrap();
    assert_eq!(read, receiver("1900000109"));
}

macro_rules! with {
    ($operation:expr, $field:ident = $value:expr) => {{
        let mut operation = $operation;
        operation.$field = $value;
        operation
    }};
}

#[test]
fn a_round_has_1_to_50_receivers_and_none_of_them_twice() {
    let many = |count: usize| (0..count).map(|n| receiver(&n.to_string())).collect();
    refuses(
        &with!(share(), receivers = vec![]),
        "POST /v3/ecommerce/profitsharing/orders: field receivers must be 1 to 50 receivers, and is 0",
    );
    refuses(
        &with!(share(), receivers = many(51)),
        "receivers, and is 51",
    );
    refuses(&with!(share(), receivers = many(5_000)), "and is 5000");
    assert!(
        merchant()
            .draft(&with!(share(), receivers = many(50)))
            .is_ok()
    );

    let twice = |first: &str, last: &str| vec![receiver(first), receiver("2"), receiver(last)];
    refuses(
        &with!(share(), receivers = twice("1", "1")),
        "field receivers must be different receivers, none of them twice, and is \"1\"",
    );
    // One account, as a merchant's and as a person's.
    let mut two = twice("1", "1");
    two[2].kind = Kind::PersonalOpenid;
    assert!(merchant().draft(&with!(share(), receivers = two)).is_ok());
}

#[test]
fn each_receiver_keeps_the_documented_limits() {
    let second = |change: &dyn Fn(&mut Receiver)| {
        let mut receivers = vec![receiver("1"), receiver("2")];
        change(&mut receivers[1]);
        with!(share(), receivers = receivers)
    };
    refuses(
        &second(&|r| r.amount = Fen::ZERO),
        "field receivers[].amount must be 1 fen or more, and is 0",
    );
    refuses(&second(&|r| r.amount = Fen::new(-1)), "and is -1");
    refuses(
        &second(&|r| r.description = "长".repeat(81)),
        "field receivers[].description must be 1 to 80 characters",
    );
    refuses(&second(&|r| r.description = String::new()), "1 to 80");
    refuses(&second(&|r| r.description = "🎉".into()), "beyond U+FFFF");
    refuses(
        &second(&|r| r.receiver_account = String::new()),
        "field receivers[].receiver_account must be 1 to 64 characters",
    );
    refuses(&second(&|r| r.receiver_account = "1".repeat(65)), "1 to 64");
    refuses(&second(&|r| r.receiver_account = "1 2".into()), "visible");
    refuses(&second(&|r| r.kind = Kind::from("")), "receivers[].type");
    let most = second(&|r| {
        r.amount = Fen::new(i64::MAX);
        r.description = "长".repeat(80);
        r.receiver_account = "1".repeat(64);
        r.kind = Kind::from("PERSONAL_SUB_OPENID");
    });
    assert!(merchant().draft(&most).is_ok());

    let person = second(&|r| r.kind = Kind::PersonalOpenid);
    assert!(merchant().draft(&person).is_ok());
    refuses(
        &with!(person, appid = None),
        "field appid must be given where a receiver is a person, and is None",
    );
}

#[test]
fn documented_limits_are_checked_before_anything_is_sent() {
    refuses(&with!(share(), appid = Some(String::new())), "field appid");
    refuses(&with!(share(), appid = Some("a".repeat(33))), "1 to 32");
    for text in ["", "1\r\n", "1 2", "\0", "１９", &"1".repeat(33)] {
        refuses(&with!(share(), sub_mchid = text.into()), "sub_mchid");
        refuses(&with!(share(), transaction_id = text.into()), "transaction");
        refuses(&with!(query(), sub_mchid = text.into()), "sub_mchid");
        refuses(&with!(query(), transaction_id = text.into()), "transaction");
        refuses(&with!(unsplit(), transaction_id = text.into()), "transact");
        refuses(&with!(finish(), sub_mchid = text.into()), "sub_mchid");
        refuses(&with!(finish(), transaction_id = text.into()), "transac");
        refuses(&with!(take_back(), sub_mchid = text.into()), "sub_mchid");
        refuses(&with!(take_back(), return_mchid = text.into()), "return_m");
        refuses(&with!(query_return(), sub_mchid = text.into()), "sub_mch");
        let order = Some(text.to_owned());
        refuses(&with!(take_back(), transaction_id = order), "transaction");
    }
    for text in ["", "a/b", "a b", "补差", "a.b", &"1".repeat(65)] {
        let number = Some(text.to_owned());
        refuses(&with!(share(), out_order_no = text.into()), "out_order_no");
        refuses(&with!(query(), out_order_no = text.into()), "out_order_no");
        refuses(&with!(finish(), out_order_no = text.into()), "out_order_no");
        refuses(&with!(take_back(), out_return_no = text.into()), "out_ret");
        refuses(&with!(take_back(), out_order_no = number.clone()), "order");
        refuses(&with!(query_return(), out_return_no = text.into()), "out_");
        refuses(&with!(query_return(), out_order_no = number), "out_order");
    }
    assert!(
        merchant()
            .draft(&with!(share(), out_order_no = "aZ9_-|*@".into()))
            .is_ok()
    );
    assert!(
        merchant()
            .draft(&with!(finish(), out_order_no = "1".repeat(64)))
            .is_ok()
    );
    refuses(
        &with!(
            share(),
            notify_url = Some("https://shop.example/回调".into())
        ),
        "field notify_url must be visible ASCII characters only",
    );
    refuses(&with!(finish(), notify_url = Some(String::new())), "notify");
    refuses(&with!(finish(), description = "长".repeat(81)), "1 to 80");
    refuses(&with!(take_back(), description = String::new()), "1 to 80");
    refuses(&with!(take_back(), amount = Fen::ZERO), "field amount");
    refuses(
        &with!(take_back(), order_id = Some("1".repeat(65))),
        "field order_id must be 1 to 64 characters",
    );
    refuses(
        &with!(take_back(), order_id = None),
        "field order_id must be given where out_order_no is not, and is None",
    );
    refuses(
        &with!(query_return(), out_order_no = None),
        "field order_id",
    );
    // A path cannot be left by its argument.
    let up = merchant().draft(&with!(unsplit(), transaction_id = "..".into()));
    assert!(matches!(up, Err(DraftError::PathArg { .. })), "{up:?}");
}

#[test]
fn each_operation_states_what_a_replay_may_do() {
    fn key<O: Operation>() -> &'static str {
        match O::REPLAY {
            Replay::Idempotent { key, window: None } => key,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(key::<orders::Create>(), "out_order_no");
    assert_eq!(key::<Finish>(), "out_order_no");
    assert_eq!(key::<returnorders::Create>(), "out_return_no");
    assert_eq!(orders::Query::REPLAY, Replay::ReadOnly);
    assert_eq!(amounts::Query::REPLAY, Replay::ReadOnly);
    assert_eq!(returnorders::Query::REPLAY, Replay::ReadOnly);

    let orders = Some("GET /v3/ecommerce/profitsharing/orders");
    assert_eq!(orders::Create::SETTLED_BY, orders);
    assert_eq!(Finish::SETTLED_BY, orders);
    let returns = Some("GET /v3/ecommerce/profitsharing/returnorders");
    assert_eq!(returnorders::Create::SETTLED_BY, returns);
    assert_eq!(orders::Create::SEALED, ["receivers[].receiver_name"]);
}
