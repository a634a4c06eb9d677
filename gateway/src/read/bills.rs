use wechatpay_core::api::bill::{FundFlowBill, TradeBill};
use wechatpay_core::api::ecommerce;

use super::{Field, Readable};

impl Readable for TradeBill {
    const FIELDS: &'static [Field] = &[
        Field::text("bill_date"),
        Field::text("sub_mchid").optional(),
        Field::text("bill_type").optional(),
        Field::text("tar_type").optional(),
    ];
}

impl Readable for FundFlowBill {
    const FIELDS: &'static [Field] = &[
        Field::text("bill_date"),
        Field::text("account_type").optional(),
        Field::text("tar_type").optional(),
    ];
}

impl Readable for ecommerce::bill::FundFlowBill {
    const FIELDS: &'static [Field] = &[
        Field::text("bill_date"),
        Field::text("account_type"),
        Field::text("tar_type").optional(),
        Field::text("algorithm"),
    ];
}
