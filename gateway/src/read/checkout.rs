use wechatpay_core::api::combine_transactions as combined;
use wechatpay_core::api::pay::partner::transactions as partner;

use super::{Field, Readable};

/// The fields that every order of a sub-merchant has, and some of its own.
macro_rules! order {
    ($($own:expr),* $(,)?) => {
        &[
            Field::text("sp_appid"),
            Field::text("sp_mchid"),
            Field::text("sub_appid").optional(),
            Field::text("sub_mchid"),
            Field::text("description"),
            Field::text("out_trade_no"),
            Field::text("time_expire").optional(),
            Field::text("attach").optional(),
            Field::text("notify_url"),
            Field::text("goods_tag").optional(),
            Field::flag("support_fapiao").optional(),
            Field::object("amount", AMOUNT),
            Field::object("settle_info", SETTLE_INFO).optional(),
            Field::object("detail", DETAIL).optional(),
            $($own),*
        ]
    };
}

/// The same of combined orders.
macro_rules! combined_order {
    ($($own:expr),* $(,)?) => {
        &[
            Field::text("combine_appid"),
            Field::text("combine_mchid"),
            Field::text("combine_out_trade_no"),
            Field::parts("sub_orders", SUB_ORDER),
            Field::text("time_start").optional(),
            Field::text("time_expire").optional(),
            Field::text("notify_url").optional(),
            $($own),*
        ]
    };
}

const AMOUNT: &[Field] = &[Field::amount("total"), Field::text("currency").optional()];
const SUB_AMOUNT: &[Field] = &[
    Field::amount("total_amount"),
    Field::text("currency").optional(),
];
const SETTLE_INFO: &[Field] = &[
    Field::flag("profit_sharing").optional(),
    Field::whole("subsidy_amount").optional(),
];
const DETAIL: &[Field] = &[
    Field::whole("cost_price").optional(),
    Field::text("invoice_id").optional(),
    Field::parts(
        "goods_detail",
        &[
            Field::text("merchant_goods_id"),
            Field::text("wechatpay_goods_id").optional(),
            Field::text("goods_name").optional(),
            Field::whole("quantity"),
            Field::whole("unit_price"),
        ],
    )
    .optional(),
];
const SUB_ORDER: &[Field] = &[
    Field::text("mchid"),
    Field::text("attach"),
    Field::object("amount", SUB_AMOUNT),
    Field::text("out_trade_no"),
    Field::text("sub_mchid").optional(),
    Field::text("sub_appid").optional(),
    Field::text("detail").optional(),
    Field::text("goods_tag").optional(),
    Field::text("description"),
    Field::object("settle_info", SETTLE_INFO).optional(),
];
const SCENE: &[Field] = &[
    Field::text("payer_client_ip"),
    Field::text("device_id").optional(),
];
const H5_SCENE: &[Field] = &[
    Field::text("payer_client_ip"),
    Field::text("device_id").optional(),
    Field::object("h5_info", &[Field::text("type")]),
];
const PAYER: &[Field] = &[
    Field::text("sp_openid").optional(),
    Field::text("sub_openid").optional(),
];
const COMBINED_PAYER: &[Field] = &[
    Field::text("openid").optional(),
    Field::text("sub_openid").optional(),
];

impl Readable for partner::Jsapi {
    const FIELDS: &'static [Field] = order![
        Field::object("payer", PAYER),
        Field::object("scene_info", SCENE).optional(),
    ];
}

impl Readable for partner::App {
    const FIELDS: &'static [Field] = order![Field::object("scene_info", SCENE).optional()];
}

impl Readable for partner::H5 {
    const FIELDS: &'static [Field] = order![Field::object("scene_info", H5_SCENE)];
}

impl Readable for partner::Native {
    const FIELDS: &'static [Field] = order![Field::object("scene_info", SCENE).optional()];
}

impl Readable for partner::id::Query {
    const FIELDS: &'static [Field] = &[Field::text("sp_mchid"), Field::text("sub_mchid")];
}

impl Readable for partner::out_trade_no::Query {
    const FIELDS: &'static [Field] = &[Field::text("sp_mchid"), Field::text("sub_mchid")];
}

impl Readable for partner::out_trade_no::Close {
    const FIELDS: &'static [Field] = &[Field::text("sp_mchid"), Field::text("sub_mchid")];
}

impl Readable for combined::Jsapi {
    const FIELDS: &'static [Field] = combined_order![
        Field::object("combine_payer_info", COMBINED_PAYER),
        Field::object("scene_info", SCENE).optional(),
    ];
}

impl Readable for combined::App {
    const FIELDS: &'static [Field] = combined_order![
        Field::object("combine_payer_info", COMBINED_PAYER).optional(),
        Field::object("scene_info", SCENE).optional(),
    ];
}

impl Readable for combined::H5 {
    const FIELDS: &'static [Field] = combined_order![
        Field::object("combine_payer_info", COMBINED_PAYER).optional(),
        Field::object("scene_info", H5_SCENE),
    ];
}

impl Readable for combined::Native {
    const FIELDS: &'static [Field] = combined_order![
        Field::object("combine_payer_info", COMBINED_PAYER).optional(),
        Field::object("scene_info", SCENE).optional(),
    ];
}

impl Readable for combined::out_trade_no::Query {
    const FIELDS: &'static [Field] = &[];
}

impl Readable for combined::out_trade_no::Close {
    const FIELDS: &'static [Field] = &[
        Field::text("combine_appid"),
        Field::parts(
            "sub_orders",
            &[
                Field::text("mchid"),
                Field::text("out_trade_no"),
                Field::text("sub_mchid").optional(),
                Field::text("sub_appid").optional(),
            ],
        ),
    ];
}
