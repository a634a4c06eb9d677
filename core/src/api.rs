//! The typed operations. The folders are the URL: `/v3/ecommerce/subsidies/create` is
//! [`ecommerce::subsidies::Create`].
//!
//! | type | call |
//! |---|---|
//! | [`ecommerce::subsidies::Create`] | `POST /v3/ecommerce/subsidies/create` |
//! | [`ecommerce::subsidies::Return`] | `POST /v3/ecommerce/subsidies/return` |
//! | [`ecommerce::subsidies::Cancel`] | `POST /v3/ecommerce/subsidies/cancel` |
//! | [`ecommerce::profitsharing::after_sales_orders::Create`] | `POST /v3/ecommerce/profitsharing/after-sales-orders` |
//! | [`ecommerce::profitsharing::after_sales_orders::Query`] | `GET /v3/ecommerce/profitsharing/after-sales-orders` |
//! | [`ecommerce::profitsharing::receivers::Add`] | `POST /v3/ecommerce/profitsharing/receivers/add` |
//! | [`ecommerce::profitsharing::receivers::Delete`] | `POST /v3/ecommerce/profitsharing/receivers/delete` |
//! | [`marketing::busifavor::subsidy::ReturnReceipt`] | `POST /v3/marketing/busifavor/subsidy/return-receipts` |
//! | [`certificates::List`] | `GET /v3/certificates` |
//! | [`merchant::media::UploadImage`] | `POST /v3/merchant/media/upload` |
//! | [`merchant::media::UploadVideo`] | `POST /v3/merchant/media/video_upload` |
//! | [`merchant_service::images::Download`] | `GET /v3/merchant-service/images/{media_id}` |
//! | [`bill::TradeBill`] | `GET /v3/bill/tradebill` |
//! | [`bill::FundFlowBill`] | `GET /v3/bill/fundflowbill` |
//! | [`bill::Download`] | `GET /v3/billdownload/file` |
//!
//! Notices ([`Notice`](crate::Notice)) carry [`pay::transactions::Transaction`],
//! [`pay::partner::transactions::Transaction`] and [`combine_transactions::Transaction`].
//!
//! Requests are built by builders whose required fields the compiler asks for. Responses tolerate
//! fields that are missing or new, and their enums keep values that are not known here as text.

pub mod bill;
pub mod certificates;
pub mod combine_transactions;
pub mod ecommerce;
pub mod marketing;
pub mod merchant;
pub mod merchant_service;
pub mod pay;

mod check;
mod lenient;
pub(crate) mod open_enum;

pub use open_enum::AsSent;
