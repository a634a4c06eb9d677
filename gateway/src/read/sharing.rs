use wechatpay_core::api::ecommerce::profitsharing::orders::{self, amounts};
use wechatpay_core::api::ecommerce::profitsharing::{
    after_sales_orders, finish_order, receivers, returnorders,
};

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
        Field::sealed("name").optional(),
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

impl Readable for orders::Create {
    const FIELDS: &'static [Field] = &[
        Field::text("appid").optional(),
        Field::text("sub_mchid"),
        Field::text("transaction_id"),
        Field::text("out_order_no"),
        Field::parts(
            "receivers",
            &[
                Field::text("type"),
                // Its older name is receiver_mchid; that one of the two is there, the type knows.
                Field::text("receiver_account").optional(),
                Field::text("receiver_mchid").optional(),
                Field::amount("amount"),
                Field::text("description"),
                Field::sealed("receiver_name").optional(),
            ],
        ),
        Field::flag("finish"),
        Field::text("notify_url").optional(),
    ];
}

impl Readable for orders::Query {
    const FIELDS: &'static [Field] = &[
        Field::text("sub_mchid"),
        Field::text("transaction_id"),
        Field::text("out_order_no"),
    ];
}

impl Readable for amounts::Query {
    const FIELDS: &'static [Field] = &[];
}

impl Readable for finish_order::Finish {
    const FIELDS: &'static [Field] = &[
        Field::text("sub_mchid"),
        Field::text("transaction_id"),
        Field::text("out_order_no"),
        Field::text("description"),
        Field::text("notify_url").optional(),
    ];
}

impl Readable for returnorders::Create {
    const FIELDS: &'static [Field] = &[
        Field::text("sub_mchid"),
        Field::text("order_id").optional(),
        Field::text("out_order_no").optional(),
        Field::text("out_return_no"),
        Field::text("return_mchid"),
        Field::amount("amount"),
        Field::text("description"),
        Field::text("transaction_id").optional(),
    ];
}

impl Readable for returnorders::Query {
    const FIELDS: &'static [Field] = &[
        Field::text("sub_mchid"),
        Field::text("order_id").optional(),
        Field::text("out_order_no").optional(),
        Field::text("out_return_no"),
    ];
}
