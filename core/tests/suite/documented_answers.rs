//! For every operation that answers with a document, the documented example: it is read, and written
//! back it is what came.
//!
//! The examples are those of the official pages, with each documented field; where two pages give one
//! object different fields, it has all of them.

use std::collections::BTreeSet;

use serde_json::Value;
use wechatpay_core::api::{CATALOG, bill, certificates, combine_transactions, ecommerce};
use wechatpay_core::api::{marketing, merchant, pay};
use wechatpay_core::{Decode, Operation};

/// An operation's name, and what becomes of its documented answer.
type Case = (&'static str, &'static str, fn(&str) -> Value);

fn again<O>(example: &str) -> Value
where
    O: Operation,
    O::Response: serde::Serialize,
{
    serde_json::to_value(O::Response::decode(example.as_bytes()).unwrap()).unwrap()
}

macro_rules! documented {
    ($($operation:ty => $file:literal,)+) => {
        [$((
            stringify!($operation),
            include_str!(concat!("../documented/", $file, ".json")),
            again::<$operation>,
        ),)+]
    };
}

const DOCUMENTED: &[Case] = &documented![
    bill::FundFlowBill => "bill",
    bill::TradeBill => "bill",
    certificates::List => "certificates",
    combine_transactions::App => "prepay",
    combine_transactions::H5 => "h5_link",
    combine_transactions::Jsapi => "prepay",
    combine_transactions::Native => "code_link",
    combine_transactions::out_trade_no::Query => "combined_order",
    ecommerce::bill::FundFlowBill => "encrypted_bills",
    ecommerce::fund::QueryBalance => "sub_merchant_balance",
    ecommerce::fund::QueryEndDayBalance => "sub_merchant_balance",
    ecommerce::profitsharing::after_sales_orders::Query => "fee",
    ecommerce::profitsharing::after_sales_orders::Create => "fee_accepted",
    ecommerce::profitsharing::finish_order::Finish => "finish_order",
    ecommerce::profitsharing::orders::Query => "sharing_order",
    ecommerce::profitsharing::orders::Create => "sharing_order",
    ecommerce::profitsharing::orders::amounts::Query => "unsplit_amount",
    ecommerce::profitsharing::receivers::Add => "receiver",
    ecommerce::profitsharing::receivers::Delete => "receiver",
    ecommerce::profitsharing::returnorders::Query => "sharing_return",
    ecommerce::profitsharing::returnorders::Create => "sharing_return",
    ecommerce::refunds::Apply => "refund_applied",
    ecommerce::refunds::QueryById => "refund",
    ecommerce::refunds::QueryByOutRefundNo => "refund",
    ecommerce::refunds::abnormal::Apply => "refund",
    ecommerce::refunds::return_advance::Query => "advance_return",
    ecommerce::refunds::return_advance::Create => "advance_return",
    ecommerce::subsidies::Cancel => "subsidy_cancelled",
    ecommerce::subsidies::Create => "subsidy_created",
    ecommerce::subsidies::Return => "subsidy_returned",
    marketing::busifavor::subsidy::pay_receipts::List => "pay_receipts",
    marketing::busifavor::subsidy::pay_receipts::Create => "pay_receipt",
    marketing::busifavor::subsidy::pay_receipts::Query => "pay_receipt",
    marketing::busifavor::subsidy::return_receipts::ReturnReceipt => "return_receipt",
    marketing::busifavor::subsidy::return_receipts::Query => "return_receipt",
    merchant::fund::QueryBalance => "merchant_balance",
    merchant::media::UploadImage => "media_id",
    merchant::media::UploadVideo => "media_id",
    pay::partner::transactions::App => "prepay",
    pay::partner::transactions::H5 => "h5_link",
    pay::partner::transactions::id::Query => "partner_order",
    pay::partner::transactions::Jsapi => "prepay",
    pay::partner::transactions::Native => "code_link",
    pay::partner::transactions::out_trade_no::Query => "partner_order",
];

/// These answer with nothing, and with an image.
const NO_DOCUMENT: [&str; 3] = [
    "combine_transactions::out_trade_no::Close",
    "merchant_service::images::Download",
    "pay::partner::transactions::out_trade_no::Close",
];

#[test]
fn each_is_kept_whole() {
    for (operation, example, again) in DOCUMENTED {
        let sent: Value = serde_json::from_str(example).unwrap();
        assert_eq!(again(example), sent, "{operation}");
    }
}

#[test]
fn no_operation_is_without() {
    let documented = DOCUMENTED.iter().map(|(operation, _, _)| *operation);
    let documented: BTreeSet<&str> = documented.chain(NO_DOCUMENT).collect();
    let all: BTreeSet<&str> = CATALOG.iter().map(|entry| entry.rust_type).collect();
    assert_eq!(documented, all);
}

/// A field that is not known yet is passed over, wherever it stands.
#[test]
fn each_may_grow() {
    for (operation, example, again) in DOCUMENTED {
        let sent: Value = serde_json::from_str(example).unwrap();
        let mut grown = sent.clone();
        grow(&mut grown);
        assert_ne!(grown, sent);
        assert_eq!(again(&grown.to_string()), sent, "{operation}");
    }
}

fn grow(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(grow);
            fields.insert(
                "a_field_of_tomorrow".to_owned(),
                serde_json::json!([{ "x": 1 }]),
            );
        }
        Value::Array(items) => items.iter_mut().for_each(grow),
        _ => {}
    }
}
