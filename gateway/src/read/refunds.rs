use wechatpay_core::api::ecommerce::refunds::{
    Apply, QueryById, QueryByOutRefundNo, abnormal, return_advance,
};

use super::{Field, Readable};

impl Readable for Apply {
    const FIELDS: &'static [Field] = &[
        Field::text("sub_mchid"),
        Field::text("sp_appid"),
        Field::text("sub_appid").optional(),
        Field::text("transaction_id").optional(),
        Field::text("out_trade_no").optional(),
        Field::text("out_refund_no"),
        Field::text("reason").optional(),
        Field::object(
            "amount",
            &[
                Field::amount("refund"),
                Field::amount("total"),
                Field::text("currency").optional(),
                Field::parts("from", &[Field::text("account"), Field::amount("amount")]).optional(),
            ],
        ),
        Field::text("notify_url").optional(),
        Field::text("refund_account").optional(),
        Field::text("funds_account").optional(),
    ];
}

impl Readable for QueryById {
    const FIELDS: &'static [Field] = &[Field::text("sub_mchid")];
}

impl Readable for QueryByOutRefundNo {
    const FIELDS: &'static [Field] = &[Field::text("sub_mchid")];
}

impl Readable for abnormal::Apply {
    const FIELDS: &'static [Field] = &[
        Field::text("sub_mchid"),
        Field::text("out_refund_no"),
        Field::text("type"),
        Field::text("bank_type").optional(),
        Field::sealed("bank_account").optional(),
        Field::sealed("real_name").optional(),
    ];
}

impl Readable for return_advance::Create {
    const FIELDS: &'static [Field] = &[Field::text("sub_mchid")];
}

impl Readable for return_advance::Query {
    const FIELDS: &'static [Field] = &[Field::text("sub_mchid")];
}
