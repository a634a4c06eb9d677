use wechatpay_core::api::ecommerce::subsidies;

use super::{Field, Readable};

impl Readable for subsidies::Create {
    const FIELDS: &'static [Field] = &[
        Field::text("sub_mchid"),
        Field::text("transaction_id"),
        Field::amount("amount"),
        Field::text("description"),
        Field::text("out_subsidy_no").optional(),
        Field::text("refund_id").optional(),
    ];
}

impl Readable for subsidies::Return {
    const FIELDS: &'static [Field] = &[
        Field::text("sub_mchid"),
        Field::text("out_order_no"),
        Field::text("transaction_id"),
        Field::text("refund_id").optional(),
        Field::amount("amount"),
        Field::text("description"),
        Field::text("subsidy_id").optional(),
        Field::parts(
            "from",
            &[
                Field::text("account").optional(),
                Field::amount("amount").optional(),
            ],
        )
        .optional(),
    ];
}

impl Readable for subsidies::Cancel {
    const FIELDS: &'static [Field] = &[
        Field::text("sub_mchid"),
        Field::text("transaction_id"),
        Field::text("description"),
        Field::text("refund_id").optional(),
    ];
}
