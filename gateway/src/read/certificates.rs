use wechatpay_core::api::certificates::List;

use super::{Field, Readable};

impl Readable for List {
    const FIELDS: &'static [Field] = &[Field::text("algorithm_type").optional()];
}
