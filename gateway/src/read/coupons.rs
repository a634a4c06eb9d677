use wechatpay_core::api::marketing::busifavor::subsidy::ReturnReceipt;

use super::{Field, Readable};

impl Readable for ReturnReceipt {
    const FIELDS: &'static [Field] = &[
        Field::text("stock_id"),
        Field::text("coupon_code"),
        Field::text("transaction_id"),
        Field::text("refund_id"),
        Field::text("payer_merchant"),
        Field::text("payee_merchant"),
        Field::amount("amount"),
        Field::text("description"),
        Field::text("out_subsidy_return_no"),
    ];
}
