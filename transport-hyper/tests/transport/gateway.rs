//! The typed operations against the simulator, which verifies and signs for real.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use wechatpay_core::api::certificates::List;
use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders;
use wechatpay_core::api::ecommerce::subsidies;
use wechatpay_core::api::marketing::busifavor::subsidy::ReturnReceipt;
use wechatpay_core::{CallError, Effect, Fen, Merchant, Method, PlatformKeys, Reason, VerifyError};
use wechatpay_gateway::{Account, Gateway, Running, credentials};
use wechatpay_hyper::{Client, Timeouts, TransportError};

use crate::Plain;
use crate::server::{Act, Server};
use crate::tls::settings;

fn gateway() -> Running {
    Gateway::start().unwrap()
}

fn client(base_url: &str) -> Plain {
    let merchant = Merchant::new(credentials::MCHID).unwrap();
    let merchant = merchant.at(base_url).unwrap();
    let signer = credentials::merchant_signer().unwrap();
    Client::new(merchant, signer, credentials::platform_keys().unwrap())
}

fn sample<O: DeserializeOwned>(json: Value) -> O {
    serde_json::from_value(json).unwrap()
}

/// The official samples, pasted as they are.
async fn all_seven(client: &Plain) {
    let create: subsidies::Create = sample(json!({
        "sub_mchid": "1900000109", "transaction_id": "4208450740201411110007820472", "amount": 10,
        "description": "测试备注", "out_subsidy_no": "P20150806125347",
    }));
    let created = client.call_full(&create).await.unwrap();
    assert_eq!(created.value.result.as_str(), "SUCCESS");
    assert!(created.request_id.unwrap().ends_with("-0"));

    let give_back: subsidies::Return = sample(json!({
        "sub_mchid": "1900000109", "out_order_no": "P20150806125346",
        "transaction_id": "4208450740201411110007820472",
        "refund_id": "3008450740201411110007820472", "amount": 10, "description": "测试备注",
    }));
    assert_eq!(
        client.call(&give_back).await.unwrap().result.as_str(),
        "SUCCESS"
    );

    let cancel: subsidies::Cancel = sample(json!({
        "sub_mchid": "1900013401", "transaction_id": "4208450740201411110007820472",
        "description": "订单退款",
    }));
    assert_eq!(
        client.call(&cancel).await.unwrap().result.as_str(),
        "SUCCESS"
    );

    let receipt: ReturnReceipt = sample(json!({
        "stock_id": "128888000000001", "coupon_code": "ABCD12345678",
        "transaction_id": "4200000913202101152566792388",
        "refund_id": "50100506732021010105138718375", "payer_merchant": "1900000001",
        "payee_merchant": "1900000002", "amount": 100, "description": "20210115DESCRIPTION",
        "out_subsidy_return_no": "subsidy-abcd-12345678",
    }));
    assert_eq!(
        client.call(&receipt).await.unwrap().status.as_str(),
        "RETURN_RECEIPT_SUCCESS"
    );

    let fee: after_sales_orders::Create = sample(json!({
        "sub_mchid": "1900000109", "transaction_id": "3008450740201411110007820472", "amount": 10,
        "type": "SERVICE_FEE_INCOME", "scene": "REFUND_TICKET",
        "refund_id": "50000000382019052709732678859",
    }));
    assert_eq!(client.call(&fee).await.unwrap().amount, Fen::new(10));

    let query: after_sales_orders::Query = sample(json!({
        "sub_mchid": "1900000109", "transaction_id": "3008450740201411110007820472",
    }));
    assert_eq!(client.call(&query).await.unwrap().amount, Fen::new(10));

    let list = client.call(&List::new()).await.unwrap();
    assert_eq!(list.data[0].serial_no, credentials::PLATFORM_CERT_SERIAL);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_seven_operations() {
    let gateway = gateway();
    let client = client(&gateway.base_url());
    tokio::spawn(async move { all_seven(&client).await })
        .await
        .unwrap();
}

#[tokio::test]
async fn the_seven_operations_over_tls() {
    let gateway = gateway();
    let (behind, trusting) = settings();
    let address = gateway.local_addr();
    let front = Server::start_tls(behind, move |_| Act::Pass(address));
    let client = client(&front.base_url()).with_tls(trusting);
    all_seven(&client).await;
    assert_eq!(front.seen().len(), 7);
}

#[tokio::test]
async fn certificates_from_nothing_then_a_call_that_they_verify() {
    let gateway = gateway();
    let key = credentials::api_v3_key().unwrap();
    for client in [
        client(&gateway.base_url()).with_keys(PlatformKeys::new()),
        client(&gateway.base_url()),
    ] {
        let keys = client.certificates(&key).await.unwrap().value;
        assert!(keys.get(credentials::PLATFORM_CERT_SERIAL).is_some());
        let client = client.with_keys(keys);
        client.call(&List::new()).await.unwrap();
    }
}

/// What each fault is reported as, and whether the subsidy was paid all the same.
#[tokio::test]
async fn faults() {
    type Check = fn(&CallError<TransportError>) -> bool;
    fn untrusted(error: &CallError<TransportError>) -> Option<&VerifyError> {
        match &error.answered()?.reason {
            Reason::Untrusted { source, .. } => Some(source),
            _ => None,
        }
    }
    fn status(error: &CallError<TransportError>) -> Option<u16> {
        Some(error.answered()?.api()?.status.as_u16())
    }
    fn closed(error: &CallError<TransportError>) -> bool {
        matches!(
            error,
            CallError::Unknown {
                source: TransportError::Closed(_),
                ..
            }
        )
    }
    let cases: [(Value, Check, Effect, bool); 13] = [
        (
            json!({"fault": "probe_signature"}),
            |e| untrusted(e) == Some(&VerifyError::Probe),
            Effect::Unknown,
            true,
        ),
        (
            json!({"fault": "wrong_signature"}),
            |e| matches!(untrusted(e), Some(VerifyError::BadSignature { .. })),
            Effect::Unknown,
            true,
        ),
        (
            json!({"fault": "stale_timestamp"}),
            |e| matches!(untrusted(e), Some(VerifyError::Stale { .. })),
            Effect::Unknown,
            true,
        ),
        (
            json!({"fault": "unknown_serial"}),
            |e| matches!(untrusted(e), Some(VerifyError::UnknownKey { .. })),
            Effect::Unknown,
            true,
        ),
        (
            json!({"fault": "rate_limited"}),
            |e| status(e) == Some(429),
            Effect::None,
            false,
        ),
        (
            json!({"fault": "server_error"}),
            |e| status(e) == Some(500),
            Effect::Unknown,
            false,
        ),
        (
            json!({"fault": "server_error", "effect": "after"}),
            |e| status(e) == Some(500),
            Effect::Unknown,
            true,
        ),
        (
            json!({"fault": "bad_gateway"}),
            |e| status(e) == Some(502),
            Effect::Unknown,
            false,
        ),
        (
            json!({"fault": "bad_gateway", "effect": "after"}),
            |e| status(e) == Some(502),
            Effect::Unknown,
            true,
        ),
        (
            json!({"fault": "delay", "milliseconds": 3000}),
            |e| {
                matches!(
                    e,
                    CallError::Unknown {
                        source: TransportError::CallTimeout { .. },
                        ..
                    }
                )
            },
            Effect::Unknown,
            true,
        ),
        (
            json!({"fault": "cut_before"}),
            closed,
            Effect::Unknown,
            false,
        ),
        (json!({"fault": "cut_after"}), closed, Effect::Unknown, true),
        (
            json!({"fault": "cut_after", "path": "/v3/ecommerce/subsidies/create"}),
            closed,
            Effect::Unknown,
            true,
        ),
    ];
    let gateway = gateway();
    let impatient = Timeouts::new(Duration::from_secs(5), Duration::from_millis(800));
    let client = client(&gateway.base_url()).with_timeouts(impatient);
    for (number, (fault, check, effect, paid)) in cases.into_iter().enumerate() {
        let transaction_id = format!("T{number}");
        let order = json!({
            "sub_mchid": "1900000109", "transaction_id": transaction_id,
            "total": 8_000, "subsidy_amount": 500,
        });
        gateway
            .admin(Method::POST, "/_gateway/orders", &order)
            .unwrap();
        let create: subsidies::Create = sample(json!({
            "sub_mchid": "1900000109", "transaction_id": transaction_id, "amount": 500,
            "description": "x", "out_subsidy_no": format!("S{number}"),
        }));
        let before = balance(&gateway);
        gateway
            .admin(Method::POST, "/_gateway/faults", &fault)
            .unwrap();
        let error = client.call(&create).await.unwrap_err();
        assert!(check(&error), "{fault}: {error:?}");
        assert_eq!(error.effect(), effect, "{fault}: {error}");
        let moved = before.get() - balance(&gateway).get();
        assert_eq!(moved, if paid { 500 } else { 0 }, "{fault}");

        // The same parameters again: paid once.
        assert_eq!(
            client.call(&create).await.unwrap().result.as_str(),
            "SUCCESS"
        );
        assert_eq!(before.get() - balance(&gateway).get(), 500, "{fault}");
    }
}

fn balance(gateway: &Running) -> Fen {
    let engine = gateway.engine().lock();
    engine.ledger().balance(&Account::PlatformOperation)
}
