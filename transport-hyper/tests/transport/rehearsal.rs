//! What both transports rehearse on the simulator: the official samples, and what each fault is
//! reported as.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders;
use wechatpay_core::api::ecommerce::subsidies;
use wechatpay_core::api::marketing::busifavor::subsidy::ReturnReceipt;
use wechatpay_core::{CallError, Effect, Fen, Method, Reason, VerifyError};
use wechatpay_gateway::{Account, Running};

use crate::TransportError;

fn sample<O: DeserializeOwned>(json: Value) -> O {
    serde_json::from_value(json).unwrap()
}

pub(crate) fn create() -> subsidies::Create {
    sample(json!({
        "sub_mchid": "1900000109", "transaction_id": "4208450740201411110007820472", "amount": 10,
        "description": "测试备注", "out_subsidy_no": "P20150806125347",
    }))
}

pub(crate) fn take_back() -> subsidies::Return {
    sample(json!({
        "sub_mchid": "1900000109", "out_order_no": "P20150806125346",
        "transaction_id": "4208450740201411110007820472",
        "refund_id": "3008450740201411110007820472", "amount": 10, "description": "测试备注",
    }))
}

pub(crate) fn cancel() -> subsidies::Cancel {
    sample(json!({
        "sub_mchid": "1900013401", "transaction_id": "4208450740201411110007820472",
        "description": "订单退款",
    }))
}

pub(crate) fn receipt() -> ReturnReceipt {
    sample(json!({
        "stock_id": "128888000000001", "coupon_code": "ABCD12345678",
        "transaction_id": "4200000913202101152566792388",
        "refund_id": "50100506732021010105138718375", "payer_merchant": "1900000001",
        "payee_merchant": "1900000002", "amount": 100, "description": "20210115DESCRIPTION",
        "out_subsidy_return_no": "subsidy-abcd-12345678",
    }))
}

pub(crate) fn fee() -> after_sales_orders::Create {
    sample(json!({
        "sub_mchid": "1900000109", "transaction_id": "3008450740201411110007820472", "amount": 10,
        "type": "SERVICE_FEE_INCOME", "scene": "REFUND_TICKET",
        "refund_id": "50000000382019052709732678859",
    }))
}

pub(crate) fn query() -> after_sales_orders::Query {
    sample(json!({
        "sub_mchid": "1900000109", "transaction_id": "3008450740201411110007820472",
    }))
}

/// An order that promises 500 fen, and the call that subsidises it.
pub(crate) fn promised(gateway: &Running, number: usize) -> subsidies::Create {
    let transaction_id = format!("T{number}");
    let order = json!({
        "sub_mchid": "1900000109", "transaction_id": transaction_id,
        "total": 8_000, "subsidy_amount": 500,
    });
    gateway
        .admin(Method::POST, "/_gateway/orders", &order)
        .unwrap();
    sample(json!({
        "sub_mchid": "1900000109", "transaction_id": transaction_id, "amount": 500,
        "description": "x", "out_subsidy_no": format!("S{number}"),
    }))
}

pub(crate) fn inject(gateway: &Running, fault: &Value) {
    gateway
        .admin(Method::POST, "/_gateway/faults", fault)
        .unwrap();
}

/// What the platform holds to pay subsidies from.
pub(crate) fn balance(gateway: &Running) -> Fen {
    let engine = gateway.engine().lock();
    engine.ledger().balance(&Account::PlatformOperation)
}

pub(crate) type Check = fn(&CallError<TransportError>) -> bool;

/// Each fault, what it is reported as, and whether the subsidy was paid all the same.
pub(crate) fn faults() -> [(Value, Check, Effect, bool); 13] {
    [
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
                        source: TransportError::AttemptTimeout { .. },
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
    ]
}

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
