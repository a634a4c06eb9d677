//! The answers of the typed operations, as they are read after verification.

use std::fmt::Debug;

use serde::Serialize;
use serde_json::Value;
use wechatpay_core::api::ecommerce::bill::EncryptedBills;
use wechatpay_core::api::ecommerce::profitsharing::orders::Order;
use wechatpay_core::api::{
    bill, certificates, combine_transactions, ecommerce, marketing, merchant, merchant_service, pay,
};
use wechatpay_core::{DateTime, Decode, Operation};

use crate::stage::fits_a_log_line;

macro_rules! operations {
    ($($body:ident: $($operation:ty),+;)+) => {
        /// Each operation by the name of its type, and what becomes of an answer to it.
        pub const OPERATIONS: &[(&str, fn(&[u8]))] = &[
            $($((stringify!($operation), $body::<$operation>)),+),+
        ];
    };
}

operations! {
    again:
        bill::FundFlowBill,
        bill::TradeBill,
        certificates::List,
        combine_transactions::App,
        combine_transactions::H5,
        combine_transactions::Jsapi,
        combine_transactions::Native,
        combine_transactions::out_trade_no::Query,
        ecommerce::bill::FundFlowBill,
        ecommerce::fund::QueryBalance,
        ecommerce::fund::QueryEndDayBalance,
        ecommerce::profitsharing::after_sales_orders::Query,
        ecommerce::profitsharing::after_sales_orders::Create,
        ecommerce::profitsharing::finish_order::Finish,
        ecommerce::profitsharing::orders::Query,
        ecommerce::profitsharing::orders::Create,
        ecommerce::profitsharing::orders::amounts::Query,
        ecommerce::profitsharing::receivers::Add,
        ecommerce::profitsharing::receivers::Delete,
        ecommerce::profitsharing::returnorders::Query,
        ecommerce::profitsharing::returnorders::Create,
        ecommerce::refunds::Apply,
        ecommerce::refunds::QueryById,
        ecommerce::refunds::QueryByOutRefundNo,
        ecommerce::refunds::abnormal::Apply,
        ecommerce::refunds::return_advance::Query,
        ecommerce::refunds::return_advance::Create,
        ecommerce::subsidies::Cancel,
        ecommerce::subsidies::Create,
        ecommerce::subsidies::Return,
        marketing::busifavor::subsidy::pay_receipts::List,
        marketing::busifavor::subsidy::pay_receipts::Create,
        marketing::busifavor::subsidy::pay_receipts::Query,
        marketing::busifavor::subsidy::return_receipts::ReturnReceipt,
        marketing::busifavor::subsidy::return_receipts::Query,
        merchant::fund::QueryBalance,
        merchant::media::UploadImage,
        merchant::media::UploadVideo,
        pay::partner::transactions::App,
        pay::partner::transactions::H5,
        pay::partner::transactions::id::Query,
        pay::partner::transactions::Jsapi,
        pay::partner::transactions::Native,
        pay::partner::transactions::out_trade_no::Query;
    taken:
        combine_transactions::out_trade_no::Close,
        merchant_service::images::Download,
        pay::partner::transactions::out_trade_no::Close;
}

/// An answer of any operation: what was read is written, and read again, the same.
///
/// The first byte tells whose it is: `A` is the first of [`OPERATIONS`].
pub fn typed_answer(data: &[u8]) {
    if let Some((first, body)) = data.split_first() {
        let index = usize::from(first.wrapping_sub(b'A')) % OPERATIONS.len();
        OPERATIONS[index].1(body);
    }
    // What these types tell of themselves beyond their fields.
    if let Ok(order) = Order::decode(data.get(1..).unwrap_or_default()) {
        let _ = order.outcome();
    }
    if let Ok(bills) = EncryptedBills::decode(data.get(1..).unwrap_or_default()) {
        match bills.in_order() {
            Ok(parts) => assert_eq!(parts.len(), bills.download_bill_list.len()),
            Err(error) => fits_a_log_line(&error),
        }
    }
}

fn again<O>(body: &[u8])
where
    O: Operation,
    O::Response: Serialize + PartialEq + Debug,
{
    match O::Response::decode(body) {
        Ok(read) => {
            let written = serde_json::to_vec(&read).expect("what was read is written");
            assert_eq!(O::Response::decode(&written).ok().as_ref(), Some(&read));
            let document = serde_json::to_value(&read).expect("what was read is written");
            times_convert(&document);
        }
        Err(error) => fits_a_log_line(&error),
    }
}

/// Whatever a field of time holds is converted, or refused.
fn times_convert(document: &Value) {
    match document {
        Value::String(text) => match DateTime::new(text).to_timestamp() {
            Ok(at) => {
                let text = DateTime::in_china(at).expect("a year of four digits is written");
                assert_eq!(text.to_timestamp(), Ok(at));
            }
            Err(error) => fits_a_log_line(&error),
        },
        Value::Array(items) => items.iter().for_each(times_convert),
        Value::Object(fields) => fields.values().for_each(times_convert),
        _ => {}
    }
}

/// An answer that holds no document: nothing, or a file.
fn taken<O: Operation>(body: &[u8]) {
    assert!(O::Response::decode(body).is_ok());
}
