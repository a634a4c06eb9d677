//! The seven operations: what they send, what they refuse before sending, what they read.

use crate::common::{merchant, refuses, sends};
use wechatpay_core::api::certificates;
use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders as fees;
use wechatpay_core::api::ecommerce::subsidies::{self, Account, ReturnFrom};
use wechatpay_core::api::marketing::busifavor::subsidy as coupons;
use wechatpay_core::{Fen, Method, Operation, Replay};

fn create() -> subsidies::Create {
    subsidies::Create::builder()
        .sub_mchid("1900000109")
        .transaction_id("4208450740201411110007820472")
        .amount(Fen::new(10))
        .description("测试备注")
        .out_subsidy_no("P20150806125347")
        .build()
}

fn take_back() -> subsidies::Return {
    subsidies::Return::builder()
        .sub_mchid("1900000109")
        .out_order_no("P20150806125346")
        .transaction_id("4208450740201411110007820472")
        .refund_id("3008450740201411110007820472")
        .amount(Fen::new(10))
        .description("测试备注")
        .build()
}

fn cancel() -> subsidies::Cancel {
    subsidies::Cancel::builder()
        .sub_mchid("1900013401")
        .transaction_id("4208450740201411110007820472")
        .description("订单退款")
        .build()
}

fn fee() -> fees::Create {
    fees::Create::builder()
        .sub_mchid("1900000109")
        .transaction_id("3008450740201411110007820472")
        .amount(Fen::new(10))
        .scene(fees::Scene::RefundTicket)
        .refund_id("50000000382019052709732678859")
        .build()
}

fn query() -> fees::Query {
    fees::Query::builder()
        .sub_mchid("1900000109")
        .transaction_id("3008450740201411110007820472")
        .build()
}

fn receipt() -> coupons::ReturnReceipt {
    coupons::ReturnReceipt::builder()
        .stock_id("128888000000001")
        .coupon_code("ABCD12345678")
        .transaction_id("4200000913202101152566792388")
        .refund_id("50100506732021010105138718375")
        .payer_merchant("1900000001")
        .payee_merchant("1900000002")
        .amount(Fen::new(100))
        .description("20210115DESCRIPTION")
        .out_subsidy_return_no("subsidy-abcd-12345678")
        .build()
}

#[test]
fn the_samples_are_sent_as_documented() {
    sends(
        &create(),
        Method::POST,
        "/v3/ecommerce/subsidies/create",
        r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","amount":10,"description":"测试备注","out_subsidy_no":"P20150806125347"}"#,
    );
    sends(
        &take_back(),
        Method::POST,
        "/v3/ecommerce/subsidies/return",
        r#"{"sub_mchid":"1900000109","out_order_no":"P20150806125346","transaction_id":"4208450740201411110007820472","refund_id":"3008450740201411110007820472","amount":10,"description":"测试备注"}"#,
    );
    sends(
        &cancel(),
        Method::POST,
        "/v3/ecommerce/subsidies/cancel",
        r#"{"sub_mchid":"1900013401","transaction_id":"4208450740201411110007820472","description":"订单退款"}"#,
    );
    sends(
        &fee(),
        Method::POST,
        "/v3/ecommerce/profitsharing/after-sales-orders",
        r#"{"sub_mchid":"1900000109","transaction_id":"3008450740201411110007820472","amount":10,"type":"SERVICE_FEE_INCOME","scene":"REFUND_TICKET","refund_id":"50000000382019052709732678859"}"#,
    );
    sends(
        &query(),
        Method::GET,
        "/v3/ecommerce/profitsharing/after-sales-orders?sub_mchid=1900000109&transaction_id=3008450740201411110007820472",
        "",
    );
    sends(
        &receipt(),
        Method::POST,
        "/v3/marketing/busifavor/subsidy/return-receipts",
        r#"{"stock_id":"128888000000001","coupon_code":"ABCD12345678","transaction_id":"4200000913202101152566792388","refund_id":"50100506732021010105138718375","payer_merchant":"1900000001","payee_merchant":"1900000002","amount":100,"description":"20210115DESCRIPTION","out_subsidy_return_no":"subsidy-abcd-12345678"}"#,
    );
    sends(
        &certificates::List::new(),
        Method::GET,
        "/v3/certificates",
        "",
    );
    let all = certificates::List::builder()
        .algorithm_type(certificates::AlgorithmType::All)
        .build();
    sends(&all, Method::GET, "/v3/certificates?algorithm_type=ALL", "");
}

#[test]
fn legacy_and_newer_fields_are_sent_when_they_are_set() {
    let mut operation = create();
    operation.out_subsidy_no = None;
    operation.refund_id = Some("3008450740201411110007820472".into());
    sends(
        &operation,
        Method::POST,
        "/v3/ecommerce/subsidies/create",
        r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","amount":10,"description":"测试备注","refund_id":"3008450740201411110007820472"}"#,
    );
    let mut operation = take_back();
    operation.refund_id = None;
    operation.subsidy_id = Some("3008450740201411110007820472".into());
    operation.from = Some(vec![
        ReturnFrom::builder()
            .account(Account::Unavailable)
            .amount(Fen::new(10))
            .build(),
    ]);
    sends(
        &operation,
        Method::POST,
        "/v3/ecommerce/subsidies/return",
        r#"{"sub_mchid":"1900000109","out_order_no":"P20150806125346","transaction_id":"4208450740201411110007820472","amount":10,"description":"测试备注","subsidy_id":"3008450740201411110007820472","from":[{"account":"UNAVAILABLE","amount":10}]}"#,
    );
    let mut operation = cancel();
    operation.refund_id = Some("3008450740201411110007820472".into());
    sends(
        &operation,
        Method::POST,
        "/v3/ecommerce/subsidies/cancel",
        r#"{"sub_mchid":"1900013401","transaction_id":"4208450740201411110007820472","description":"订单退款","refund_id":"3008450740201411110007820472"}"#,
    );
}

/// The gateway and the command line read the requests that clients write.
#[test]
fn requests_are_read_back() {
    fn law<O: Operation + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(
        operation: &O,
    ) {
        let text = serde_json::to_string(operation).unwrap();
        assert_eq!(serde_json::from_str::<O>(&text).unwrap(), *operation);
    }
    law(&create());
    law(&take_back());
    law(&cancel());
    law(&fee());
    law(&query());
    law(&receipt());
}

#[test]
fn documented_limits_are_checked_before_anything_is_sent() {
    macro_rules! with {
        ($operation:expr, $field:ident = $value:expr) => {{
            let mut operation = $operation;
            operation.$field = $value;
            operation
        }};
    }
    let long = |length: usize| "长".repeat(length);
    refuses(
        &with!(create(), amount = Fen::new(0)),
        "POST /v3/ecommerce/subsidies/create: field amount must be 1 fen or more, and is 0",
    );
    refuses(&with!(create(), amount = Fen::new(-10)), "and is -10");
    refuses(
        &with!(create(), sub_mchid = String::new()),
        "field sub_mchid must be 1 to 32 characters, and is \"\"",
    );
    refuses(
        &with!(create(), sub_mchid = "1".repeat(33)),
        "field sub_mchid must be 1 to 32 characters",
    );
    refuses(
        &with!(create(), transaction_id = "1".repeat(65)),
        "field transaction_id",
    );
    refuses(
        &with!(create(), description = long(81)),
        "field description must be 1 to 80 characters",
    );
    refuses(
        &with!(create(), description = "🎉".into()),
        "without characters beyond U+FFFF",
    );
    refuses(
        &with!(create(), out_subsidy_no = Some("a b".into())),
        "field out_subsidy_no must be letters, digits and _-|*@ only, and is \"a b\"",
    );
    refuses(
        &with!(create(), out_subsidy_no = Some("补差".into())),
        "field out_subsidy_no",
    );
    refuses(
        &with!(create(), out_subsidy_no = Some(String::new())),
        "field out_subsidy_no",
    );
    refuses(
        &with!(create(), refund_id = Some(String::new())),
        "field refund_id",
    );
    assert!(
        merchant()
            .draft(&with!(create(), description = long(80)))
            .is_ok()
    );
    assert!(
        merchant()
            .draft(&with!(create(), amount = Fen::new(i64::MAX)))
            .is_ok()
    );
    assert!(
        merchant()
            .draft(&with!(create(), out_subsidy_no = Some("aZ9_-|*@".into())))
            .is_ok()
    );

    refuses(
        &with!(take_back(), out_order_no = "a/b".into()),
        "field out_order_no",
    );
    refuses(
        &with!(take_back(), subsidy_id = Some("x".repeat(65))),
        "field subsidy_id",
    );
    let from = |amounts: &[i64]| {
        Some(
            amounts
                .iter()
                .map(|a| ReturnFrom::builder().amount(Fen::new(*a)).build())
                .collect(),
        )
    };
    refuses(
        &with!(take_back(), from = from(&[4, 5])),
        "field from must be amounts that add up to the amount, 10 fen, and is \"9 fen\"",
    );
    refuses(&with!(take_back(), from = from(&[])), "and is \"0 fen\"");
    refuses(
        &with!(take_back(), from = from(&[20, -10])),
        "field from.amount",
    );
    refuses(
        &with!(take_back(), from = from(&[i64::MAX, i64::MAX])),
        "beyond 64 bits",
    );
    assert!(
        merchant()
            .draft(&with!(take_back(), from = from(&[4, 6])))
            .is_ok()
    );
    let account_only = vec![ReturnFrom::builder().account(Account::Available).build()];
    assert!(
        merchant()
            .draft(&with!(take_back(), from = Some(account_only)))
            .is_ok()
    );

    let half = vec![
        ReturnFrom::builder().amount(Fen::new(-5)).build(),
        ReturnFrom::builder().account(Account::Available).build(),
    ];
    refuses(
        &with!(take_back(), from = Some(half)),
        "field from.amount must be 1 fen or more",
    );

    for text in ["1\r\n", "1 2", "\0", "１９"] {
        let words = "visible ASCII characters only";
        refuses(&with!(create(), sub_mchid = text.into()), words);
        refuses(&with!(create(), transaction_id = text.into()), words);
        refuses(&with!(create(), refund_id = Some(text.into())), words);
        refuses(&with!(query(), sub_mchid = text.into()), words);
        refuses(&with!(receipt(), payer_merchant = text.into()), words);
    }
    refuses(
        &with!(cancel(), description = String::new()),
        "field description",
    );
    refuses(&with!(fee(), amount = Fen::ZERO), "field amount");
    refuses(
        &with!(query(), transaction_id = String::new()),
        "field transaction_id",
    );

    refuses(
        &with!(receipt(), out_subsidy_return_no = "a@b".into()),
        "letters, digits and |_*- only",
    );
    refuses(
        &with!(receipt(), transaction_id = "1".repeat(27)),
        "28 to 32 characters",
    );
    refuses(
        &with!(receipt(), refund_id = "1".repeat(33)),
        "28 to 32 characters",
    );
    refuses(
        &with!(receipt(), stock_id = "1".repeat(21)),
        "1 to 20 characters",
    );
    refuses(
        &with!(receipt(), coupon_code = String::new()),
        "1 to 128 characters",
    );
    refuses(
        &with!(receipt(), description = long(1025)),
        "1 to 1024 characters",
    );
}

#[test]
fn each_operation_states_what_a_replay_may_do() {
    const DAYS_180: std::time::Duration = std::time::Duration::from_secs(15_552_000);
    assert_eq!(certificates::List::REPLAY, Replay::ReadOnly);
    assert_eq!(fees::Query::REPLAY, Replay::ReadOnly);
    assert!(matches!(
        subsidies::Create::REPLAY,
        Replay::Idempotent {
            window: Some(DAYS_180),
            ..
        }
    ));
    for replay in [
        subsidies::Return::REPLAY,
        subsidies::Cancel::REPLAY,
        fees::Create::REPLAY,
        coupons::ReturnReceipt::REPLAY,
    ] {
        assert!(matches!(replay, Replay::Idempotent { window: None, .. }));
    }
}
