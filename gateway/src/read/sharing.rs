use wechatpay_core::api::ecommerce::profitsharing::{after_sales_orders, receivers};

use super::{Field, Readable};

impl Readable for after_sales_orders::Create {
    const FIELDS: &'static [Field] = &[
        Field::text("sub_mchid"),
        Field::text("transaction_id"),
        Field::amount("amount"),
        Field::text("type"),
        Field::text("scene"),
        Field::text("refund_id"),
    ];
}

impl Readable for after_sales_orders::Query {
    const FIELDS: &'static [Field] = &[Field::text("sub_mchid"), Field::text("transaction_id")];
}

impl Readable for receivers::Add {
    const FIELDS: &'static [Field] = &[
        Field::text("appid"),
        Field::text("type"),
        Field::text("account"),
        Field::text("name").optional(),
        Field::sealed("encrypted_name").optional(),
        Field::text("relation_type"),
    ];
}

impl Readable for receivers::Delete {
    const FIELDS: &'static [Field] = &[
        Field::text("appid"),
        Field::text("type"),
        Field::text("account"),
    ];
}
