use std::borrow::Cow;
use std::fmt;

use http::Method;

use crate::api::{
    bill, certificates, combine_transactions, ecommerce, marketing, merchant, merchant_service, pay,
};
use crate::operation::{Operation, Replay};

/// What an [`Operation`] states of itself, as a value.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The HTTP method.
    pub method: Method,
    /// The path, with `{placeholders}`.
    pub path: &'static str,
    /// The type under [`api`](crate::api), such as `ecommerce::subsidies::Create`.
    pub rust_type: &'static str,
    /// What may be done when the outcome is unknown.
    pub replay: Replay,
    /// The query that settles an unknown outcome, where there is one.
    pub settled_by: Option<&'static str>,
    /// The sensitive fields, by their names on the wire.
    pub sealed: &'static [&'static str],
    /// The official page.
    pub source: &'static str,
}

impl Entry {
    const fn of<O: Operation>(rust_type: &'static str) -> Self {
        Self {
            method: O::METHOD,
            path: O::PATH,
            rust_type,
            replay: O::REPLAY,
            settled_by: O::SETTLED_BY,
            sealed: O::SEALED,
            source: O::SOURCE,
        }
    }
}

macro_rules! catalog {
    ($($operation:ty),+ $(,)?) => {
        &[$(Entry::of::<$operation>(stringify!($operation))),+]
    };
}

/// All operations of this crate, in the order of their paths. A bill's
/// [`Download`](crate::api::bill::Download) is not among them: its address comes in an answer.
///
/// ```
/// use wechatpay_core::{Method, Replay};
/// use wechatpay_core::api::CATALOG;
///
/// let path = "/v3/ecommerce/subsidies/create";
/// let create = CATALOG.iter().find(|entry| entry.path == path).ok_or("not typed")?;
/// assert_eq!(create.method, Method::POST);
/// assert!(matches!(create.replay, Replay::Idempotent { .. }));
/// assert_eq!(create.settled_by, None); // only the same call tells
/// # Ok::<(), &str>(())
/// ```
pub const CATALOG: &[Entry] = catalog![
    bill::FundFlowBill,
    bill::TradeBill,
    certificates::List,
    combine_transactions::App,
    combine_transactions::H5,
    combine_transactions::Jsapi,
    combine_transactions::Native,
    combine_transactions::out_trade_no::Query,
    combine_transactions::out_trade_no::Close,
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
    merchant_service::images::Download,
    merchant::fund::QueryBalance,
    merchant::media::UploadImage,
    merchant::media::UploadVideo,
    pay::partner::transactions::App,
    pay::partner::transactions::H5,
    pay::partner::transactions::id::Query,
    pay::partner::transactions::Jsapi,
    pay::partner::transactions::Native,
    pay::partner::transactions::out_trade_no::Query,
    pay::partner::transactions::out_trade_no::Close,
];

/// A row of a Markdown table: operation, type, replay, settled by, sealed fields, page.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let replay = match self.replay {
            Replay::ReadOnly => Cow::Borrowed("read only"),
            Replay::Idempotent { key, window: None } => format!("idempotent by {key}").into(),
            Replay::Idempotent {
                key,
                window: Some(window),
            } => {
                let days = window.as_secs() / (24 * 60 * 60);
                format!("idempotent by {key}, for {days} days").into()
            }
            Replay::AskFirst { settle } => format!("ask first: {settle}").into(),
        };
        let settled_by = self.settled_by.map(|query| format!("`{query}`"));
        let sealed: Vec<String> = self.sealed.iter().map(|name| format!("`{name}`")).collect();
        write!(
            f,
            "| `{} {}` | `{}` | {replay} | {} | {} | [page]({}) |",
            self.method,
            self.path,
            self.rust_type,
            settled_by.unwrap_or_default(),
            sealed.join(", "),
            self.source,
        )
    }
}
