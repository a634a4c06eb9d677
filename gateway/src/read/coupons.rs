use wechatpay_core::api::marketing::busifavor::subsidy::{
    ReturnReceipt, pay_receipts, return_receipts,
};

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

impl Readable for return_receipts::Query {
    const FIELDS: &'static [Field] = &[];
}

impl Readable for pay_receipts::Create {
    const FIELDS: &'static [Field] = &[
        Field::text("stock_id"),
        Field::text("coupon_code"),
        Field::text("transaction_id"),
        Field::text("payer_merchant"),
        Field::text("payee_merchant"),
        Field::amount("amount"),
        Field::text("description"),
        Field::text("out_subsidy_no"),
    ];
}

impl Readable for pay_receipts::List {
    const FIELDS: &'static [Field] = &[
        Field::text("stock_id"),
        Field::text("coupon_code"),
        Field::text("out_subsidy_no").optional(),
    ];
}

impl Readable for pay_receipts::Query {
    const FIELDS: &'static [Field] = &[];
}
