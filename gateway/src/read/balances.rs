use wechatpay_core::api::{ecommerce, merchant};

use super::{Field, Readable};

impl Readable for merchant::fund::QueryBalance {
    const FIELDS: &'static [Field] = &[];
}

impl Readable for ecommerce::fund::QueryBalance {
    const FIELDS: &'static [Field] = &[Field::text("account_type").optional()];
}

impl Readable for ecommerce::fund::QueryEndDayBalance {
    const FIELDS: &'static [Field] = &[Field::text("date"), Field::text("account_type").optional()];
}
