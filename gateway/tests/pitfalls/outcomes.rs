//! How a call ended, and what may be done then.

use std::net::TcpListener;

use serde_json::{Value, json};
use wechatpay_core::api::ecommerce::subsidies::SubsidyState;
use wechatpay_core::api::marketing::busifavor::subsidy::{
    ReturnFailReason, ReturnReceipt, ReturnStatus,
};
use wechatpay_core::{AnyOperation, Effect, Method, Policy, Replay};
use wechatpay_gateway::{Gateway, Running};

use crate::bench::{Transport, admin, fund, inject, promised, quick, requests, unsigned};
use crate::server::{self, Act, Server, signed};

const CREATE: &str = "POST /v3/ecommerce/subsidies/create";

/// A subsidy that no server here knows of.
fn subsidy() -> AnyOperation {
    AnyOperation::new(Method::POST, "/v3/ecommerce/subsidies/create").json_bytes(r#"{"amount":10}"#)
}

/// Without it: a cut connection is taken for a failure, and the subsidy is paid again under another
/// number.
#[test]
fn p01_an_unknown_outcome_is_not_a_failure() {
    let gateway = Gateway::start().unwrap();
    for transport in Transport::BOTH {
        let client = transport.to_gateway(&gateway, Policy::once());
        let create = promised(&gateway, &format!("{transport:?}"));
        let before = fund(&gateway);
        inject(&gateway, &json!({ "fault": "cut_after" }));
        let cut = client.call(&create).unwrap_err();
        assert_eq!(before - fund(&gateway), 500, "it was paid");
        assert_eq!(cut.effect, Effect::Unknown);
        let advice =
            "the outcome is unknown and money may have moved: repeat with identical parameters";
        assert!(cut.words.ends_with(advice), "{}", cut.words);

        let again = client.call(&create).unwrap();
        assert_eq!(again.result, SubsidyState::Success);
        assert_eq!(before - fund(&gateway), 500, "and paid once");
    }
}

/// Without it: the shop books a return that never happened.
#[test]
fn p08_http_200_is_not_success() {
    let gateway = Gateway::start().unwrap();
    for (transport, refund) in Transport::BOTH.into_iter().zip(1..) {
        let coupon = json!({
            "payer_merchant": "1900000021", "payee_merchant": "1900000022", "amount": 400,
            "refund_id": format!("500000000000000000000000000{refund}"),
        });
        let coupon = admin(&gateway, Method::POST, "/_gateway/coupons", &coupon);
        set_balance(&gateway, "merchant:1900000022", 0);
        let take_back = ReturnReceipt::builder()
            .stock_id(text(&coupon, "stock_id"))
            .coupon_code(text(&coupon, "coupon_code"))
            .transaction_id(text(&coupon, "transaction_id"))
            .refund_id(text(&coupon, "refund_id"))
            .payer_merchant("1900000021")
            .payee_merchant("1900000022")
            .amount(wechatpay_core::Fen::new(400))
            .description("order refunded")
            .out_subsidy_return_no(format!("R{refund}"))
            .build();
        let client = transport.to_gateway(&gateway, Policy::once());
        let receipt = client.call(&take_back).unwrap();
        assert_eq!(receipt.status, ReturnStatus::Fail);
        let reason = receipt.fail_reason.unwrap();
        assert_eq!(reason, ReturnFailReason::InsufficientBalance);

        #[expect(
            unused_must_use,
            reason = "the compiler asks for the result in the answer"
        )]
        client.call(&take_back).unwrap();
    }
}

/// Without it: a page of HTML from a proxy hides the status, and the number that support asks for.
#[test]
fn p14_an_error_body_of_any_shape_keeps_status_and_request_id() {
    let nested = r#"{"code":"SIGN_ERROR","message":"错误的签名","detail":{"detail":{"issue":"sign not match"},"field":"signature","location":"authorization","sign_information":{"method":"POST","url":"/v3/x","sign_message_length":98,"truncated_sign_message":"POST\n/v3/x\n"}}}"#;
    let bodies = [
        ("502 Bad Gateway", "<html>\r\n<h1>502</h1>"),
        ("404 Not Found", ""),
        ("401 Unauthorized", nested),
    ];
    for transport in Transport::BOTH {
        let server = Server::start(move |number| {
            let (status, body) = bodies[number];
            Act::Write(unsigned(status, body))
        });
        let client = transport.to_script(&server);
        let failures = bodies.map(|_| client.call(&subsidy()).unwrap_err());
        let codes = failures.each_ref().map(|failure| failure.code());
        assert_eq!(codes, [(502, ""), (404, ""), (401, "SIGN_ERROR")]);
        for failure in &failures {
            let id = "(request id 08F78BB5-268435462)";
            assert!(failure.words.contains(id), "{}", failure.words);
            assert_eq!(failure.effect, Effect::Unknown, "nobody signed it");
        }
        let detail = failures[2].api.as_ref().unwrap().detail.as_ref().unwrap();
        assert_eq!(detail["detail"]["issue"], "sign not match");
        assert_eq!(detail["sign_information"]["sign_message_length"], 98);
    }
}

/// Without it: a request that may have been carried out is sent to the other city, too.
#[test]
fn p25_the_other_access_point_is_for_what_was_not_sent() {
    let broken = || signed("500 Internal Server Error", br#"{"code":"SYSTEM_ERROR"}"#);
    let idempotent = subsidy().replay(Replay::Idempotent {
        key: "all parameters",
        window: None,
    });
    for transport in Transport::BOTH {
        let main = Server::start(move |number| match number {
            1 => Act::Close(Vec::new()),
            _ => Act::Write(broken()),
        });
        let backup = Server::start(|_| Act::Write(signed("200 OK", b"{}")));
        let merchant = server::merchant(&main.base_url());
        let merchant = merchant.with_backup(&backup.base_url()).unwrap();
        let client = transport.as_merchant(merchant, quick());
        let sent = || (main.seen().len(), backup.seen().len());

        // What may act twice is sent once, also when the connection of the last call breaks.
        for requests in [1, 2] {
            let failure = client.call(&subsidy()).unwrap_err();
            assert_eq!((failure.effect, sent()), (Effect::Unknown, (requests, 0)));
        }
        // What the platform deduplicates is repeated where it was, and no oftener than planned.
        let failure = client.call(&idempotent).unwrap_err();
        assert_eq!((failure.effect, sent()), (Effect::Unknown, (6, 0)));

        let unused = TcpListener::bind("127.0.0.1:0").unwrap();
        let refusing = format!("http://{}", unused.local_addr().unwrap());
        drop(unused);
        let merchant = server::merchant(&refusing);
        let merchant = merchant.with_backup(&backup.base_url()).unwrap();
        let client = transport.as_merchant(merchant, quick());
        client.call(&subsidy()).unwrap();
        assert_eq!(backup.seen().len(), 1);
    }
}

/// Without it: whoever tops up and takes a new number pays twice, where an earlier attempt had
/// arrived; or never pays, where the old number sticks to its refusal.
#[test]
fn p26_a_balance_error_sticks_to_its_parameters() {
    const FUND: &str = "platform:operation";
    let gateway = Gateway::start().unwrap();
    for transport in Transport::BOTH {
        let client = transport.to_gateway(&gateway, quick());
        let mut create = promised(&gateway, &format!("{transport:?}-1"));
        set_balance(&gateway, FUND, 0);
        let before = requests(&gateway, CREATE);
        let refused = client.call(&create).unwrap_err();
        assert_eq!(refused.code(), (403, "NOT_ENOUGH"));
        assert_eq!(refused.effect, Effect::None, "so a new number is safe");
        assert_eq!(requests(&gateway, CREATE) - before, 1, "not repeated");
        set_balance(&gateway, FUND, 1_000);
        create.out_subsidy_no = Some(format!("{transport:?}-2"));
        let created = client.call(&create).unwrap();
        assert_eq!(created.result, SubsidyState::Success);
        assert_eq!(fund(&gateway), 500);

        // The same refusal, after an attempt of which nothing is known.
        let create = promised(&gateway, &format!("{transport:?}-3"));
        set_balance(&gateway, FUND, 0);
        inject(&gateway, &json!({ "fault": "cut_before" }));
        let unsettled = client.call(&create).unwrap_err();
        assert_eq!(unsettled.code(), (403, "NOT_ENOUGH"));
        assert_eq!(unsettled.effect, Effect::Unknown, "so a new number is not");

        // And the same words from anyone on the way.
        let server =
            Server::start(|_| Act::Write(unsigned("403 Forbidden", r#"{"code":"NOT_ENOUGH"}"#)));
        let forged = transport.to_script(&server).call(&create).unwrap_err();
        assert_eq!(forged.code(), (403, "NOT_ENOUGH"));
        assert_eq!(forged.effect, Effect::Unknown);
    }
}

fn set_balance(gateway: &Running, account: &str, balance: i64) {
    let body = json!({ "account": account, "balance": balance });
    admin(gateway, Method::PUT, "/_gateway/balances", &body);
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap().to_owned()
}
