//! What stands in bodies, both ways.

use serde_json::json;
use wechatpay_core::api::ecommerce::profitsharing::{after_sales_orders, receivers};
use wechatpay_core::api::ecommerce::subsidies::{Create, SubsidyState};
use wechatpay_core::api::marketing::busifavor::subsidy::{ReturnReceipt, ReturnStatus};
use wechatpay_core::{AnyOperation, Effect, Fen, Merchant, Method, Operation as _, Reason};
use wechatpay_gateway::Gateway;

use crate::bench::{NOW, Transport, answer, complete, quick};
use crate::server::{Act, Server, signed};

fn create(description: &str, amount: i64) -> Create {
    Create::builder()
        .sub_mchid("1900000109")
        .transaction_id("4208450740201411110007820472")
        .amount(Fen::new(amount))
        .description(description)
        .build()
}

/// An answer to it, with these fields after the first.
fn created(fields: &str) -> String {
    format!(
        r#"{{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","subsidy_id":"3008450740201411110007820472","description":"x",{fields}}}"#
    )
}

/// Without it: a call that succeeded is reported as failed, as the platform learned a new word.
#[test]
fn p07_a_value_that_is_not_known_is_kept() {
    let receipt: ReturnReceipt = serde_json::from_value(json!({
        "stock_id": "128888000000001", "coupon_code": "ABCD12345678",
        "transaction_id": "4200000913202101152566792388",
        "refund_id": "50100506732021010105138718375", "payer_merchant": "1900000001",
        "payee_merchant": "1900000002", "amount": 100, "description": "x",
        "out_subsidy_return_no": "subsidy-abcd-12345678",
    }))
    .unwrap();
    for (text, value) in [
        ("RETURN_RECEIPT_SUCCESS", ReturnStatus::Success),
        ("SUCCESS", ReturnStatus::Success),
        ("REVERSED", ReturnStatus::Other("REVERSED".to_owned())),
    ] {
        let mut body = serde_json::to_value(&receipt).unwrap();
        body["status"] = text.into();
        body["subsidy_receipt_id"] = "1120200119165100000000000001".into();
        let made = complete(&receipt, &answer(&body.to_string()), NOW).unwrap();
        assert_eq!((&*made.status, made.status.text()), (&value, text));
    }
    let body = created(r#""amount":10,"result":"CLOSED""#);
    let made = complete(&create("x", 10), &answer(&body), NOW).unwrap();
    assert_eq!(made.result, SubsidyState::Other("CLOSED".to_owned()));
}

/// Without it: the platform refuses the request, or stores other words than it was sent.
#[test]
fn p19_emoji_and_nulls_are_not_sent_and_new_fields_are_passed_over() {
    let merchant = Merchant::new("1900001109").unwrap();
    let refused = merchant.draft(&create("秋天🍂", 10)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "POST /v3/ecommerce/subsidies/create: field description must be without characters beyond \
         U+FFFF, such as emoji, and is \"秋天🍂\"; nothing was sent"
    );
    // What is absent is left out, and nothing undocumented is added.
    let draft = merchant.draft(&create("秋天", 10)).unwrap();
    assert_eq!(
        draft.body(),
        r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","amount":10,"description":"秋天"}"#
    );
    // What the platform adds is passed over, and its nulls are absent.
    let body = created(r#""amount":10,"result":"FAIL","success_time":null,"since_2027":{"a":1}"#);
    let made = complete(&create("x", 10), &answer(&body), NOW).unwrap();
    assert_eq!((made.result, made.success_time), (SubsidyState::Fail, None));
}

/// Without it: an operation goes to the sister family, or in another merchant's name, and what the
/// platform says against it is repeated, or taken for an open outcome.
#[test]
fn p20_the_family_and_the_caller_are_those_that_were_signed() {
    // The path is the type's: a caller cannot take the sister family's, `/v3/profitsharing/…`.
    let paths = [
        (after_sales_orders::Create::PATH, "after-sales-orders"),
        (after_sales_orders::Query::PATH, "after-sales-orders"),
        (receivers::Add::PATH, "receivers/add"),
        (receivers::Delete::PATH, "receivers/delete"),
    ];
    for (path, end) in paths {
        assert_eq!(path, format!("/v3/ecommerce/profitsharing/{end}"));
    }
    let query = after_sales_orders::Query::builder()
        .sub_mchid("1900000109")
        .transaction_id("3008450740201411110007820472")
        .build();
    let cancel = json!({
        "sub_mchid": "1900013401", "transaction_id": "4208450740201411110007820472",
        "description": "订单退款", "sp_mchid": "1900009191",
    });
    let cancel = AnyOperation::new(Method::POST, "/v3/ecommerce/subsidies/cancel").json(&cancel);
    let plain = AnyOperation::new(Method::POST, "/v3/profitsharing/orders").json_bytes("{}");
    let gateway = Gateway::start().unwrap();
    for transport in Transport::BOTH {
        let client = transport.to_gateway(&gateway, quick());
        client.call(&query).unwrap();
        let other = client.call(cancel.as_ref().unwrap()).unwrap_err();
        assert_eq!(other.code(), (400, "PARAM_ERROR"));
        let words = "field sp_mchid must be the merchant who signed the request, 1900001109";
        assert!(other.words.contains(words), "{}", other.words);
        assert_eq!(other.effect, Effect::None);

        let words = "电商商户不允许调用非电商分账API";
        let body = json!({ "code": "INVALID_REQUEST", "message": words }).to_string();
        let server = Server::start(move |_| Act::Write(signed("400 Bad Request", body.as_bytes())));
        let merchant = crate::server::merchant(&server.base_url());
        let client = transport.as_merchant(merchant, quick());
        let sister = client.call(&plain).unwrap_err();
        assert!(sister.words.contains(words), "{}", sister.words);
        assert_eq!(sister.effect, Effect::None);
        assert_eq!(server.seen().len(), 1, "not repeated");
    }
}

/// Without it: 30 million yuan turn negative, and 0.1 + 0.2 is booked.
#[test]
fn p21_an_amount_is_a_whole_number_of_64_bits() {
    // 2^53 + 1, which no floating-point number is.
    const MOST: i64 = 9_007_199_254_740_993;
    let merchant = Merchant::new("1900001109").unwrap();
    let draft = merchant.draft(&create("x", MOST)).unwrap();
    let sent = std::str::from_utf8(draft.body()).unwrap();
    assert!(sent.contains(r#""amount":9007199254740993,"#), "{sent}");
    let body = created(r#""result":"SUCCESS","amount":9007199254740993"#);
    let made = complete(&create("x", MOST), &answer(&body), NOW).unwrap();
    assert_eq!(made.amount.get(), MOST);

    for amount in [
        "10.0",
        "10.5",
        "1e1",
        r#""10""#,
        "9223372036854775808",
        "null",
    ] {
        let body = created(&format!(r#""result":"SUCCESS","amount":{amount}"#));
        let refused = complete(&create("x", 10), &answer(&body), NOW).unwrap_err();
        let Reason::Decode { source, .. } = &refused.reason else {
            panic!("{amount}: {refused}");
        };
        assert_eq!(
            (source.path(), refused.effect()),
            ("amount", Effect::Accepted)
        );
    }
}
