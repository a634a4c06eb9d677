//! Subsidies of merchant coupons (商家券营销补差): a coupon's issuer pays the shop that honoured it, and
//! takes the money back when the order is refunded.

pub mod pay_receipts;
pub mod return_receipts;

pub use pay_receipts::{PayFailReason, PayReceipt, PayStatus};
pub use return_receipts::{ReturnFailReason, ReturnReceipt, ReturnReceiptMade, ReturnStatus};

/// What a merchant's own numbers may hold besides letters and digits: no `@` here.
const MARKS: &str = "|_*-";
