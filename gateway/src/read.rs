//! Reading requests strictly: what is refused names the field, and nothing was done yet.
//!
//! Unknown fields are passed over, as SDKs differ in them. `null` stands for an absent field, and
//! so is refused where a field is required.

use http::Uri;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use wechatpay_core::Operation;
use wechatpay_core::api::bill::{FundFlowBill, TradeBill};
use wechatpay_core::api::certificates::List;
use wechatpay_core::api::ecommerce::profitsharing::{after_sales_orders, receivers};
use wechatpay_core::api::ecommerce::subsidies;
use wechatpay_core::api::marketing::busifavor::subsidy::ReturnReceipt;

use crate::credentials;
use crate::json;
use crate::orders::MAX_AMOUNT;
use crate::problem::{Location, Problem};
use crate::query;

/// One field of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    name: &'static str,
    shape: Shape,
    presence: Presence,
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    Text,
    /// Text that no refusal repeats: it may be plain by mistake.
    Sealed,
    Amount,
    /// A list of objects.
    Parts(&'static [Field]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Required,
    Optional,
}

impl Field {
    const fn text(name: &'static str) -> Self {
        Self::new(name, Shape::Text)
    }

    const fn sealed(name: &'static str) -> Self {
        Self::new(name, Shape::Sealed)
    }

    const fn amount(name: &'static str) -> Self {
        Self::new(name, Shape::Amount)
    }

    const fn parts(name: &'static str, fields: &'static [Self]) -> Self {
        Self::new(name, Shape::Parts(fields))
    }

    const fn new(name: &'static str, shape: Shape) -> Self {
        Self {
            name,
            shape,
            presence: Presence::Required,
        }
    }

    const fn optional(mut self) -> Self {
        self.presence = Presence::Optional;
        self
    }
}

/// An operation whose fields are known here, so that a refusal can name them.
pub(crate) trait Readable: Operation + DeserializeOwned {
    const FIELDS: &'static [Field];
}

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

impl Readable for List {
    const FIELDS: &'static [Field] = &[Field::text("algorithm_type").optional()];
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

/// Reads an operation from a JSON body.
pub(crate) fn read_body<O: Readable>(body: &[u8]) -> Result<O, Problem> {
    let fields = json::object(body)?;
    // The caller may be named in the body, too; then it is the one who signed.
    for name in ["mchid", "sp_mchid", "combine_mchid"] {
        if let Some(value) = fields.get(name).filter(|v| **v != credentials::MCHID) {
            let issue = format!(
                "must be the merchant who signed the request, {}",
                credentials::MCHID
            );
            return Err(Problem::field(Location::Body, name, value, &issue));
        }
    }
    read(fields, Location::Body)
}

/// Reads an operation from a query.
pub(crate) fn read_query<O: Readable>(uri: &Uri) -> Result<O, Problem> {
    read(
        query::fields(uri.query().unwrap_or_default())?,
        Location::Query,
    )
}

fn read<O: Readable>(fields: Map<String, Value>, location: Location) -> Result<O, Problem> {
    check_fields("", &fields, O::FIELDS, location)?;
    let value = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let operation: O = serde_json::from_value(Value::Object(fields.clone()))
        .map_err(|e| Problem::field(location, "", &Value::Null, &format!("does not fit: {e}")))?;
    match operation.check() {
        Ok(()) => Ok(operation),
        Err(error) => Err(Problem::limit(location, &error, &value(error.field()))),
    }
}

fn check_fields(
    path: &str,
    given: &Map<String, Value>,
    fields: &[Field],
    location: Location,
) -> Result<(), Problem> {
    for field in fields {
        let name = format!("{path}{}", field.name);
        let value = given.get(field.name).unwrap_or(&Value::Null);
        let refuse = |issue: &str| Err(Problem::field(location, &name, value, issue));
        match (field.shape, value) {
            (_, Value::Null) => match (field.presence, given.contains_key(field.name)) {
                (Presence::Optional, _) => {}
                (Presence::Required, false) => return refuse("is missing"),
                (Presence::Required, true) => return refuse("is required, and is null"),
            },
            (Shape::Text | Shape::Sealed, Value::String(_)) => {}
            (Shape::Sealed, _) => {
                let issue = "must be a string";
                return Err(Problem::field(location, &name, &Value::Null, issue));
            }
            (Shape::Text, _) => return refuse("must be a string"),
            (Shape::Amount, value) => check_amount(value).or_else(|issue| refuse(&issue))?,
            (Shape::Parts(fields), Value::Array(parts)) => {
                for (at, part) in parts.iter().enumerate() {
                    let Value::Object(part) = part else {
                        return refuse("must be a list of objects");
                    };
                    check_fields(&format!("{name}[{at}]."), part, fields, location)?;
                }
            }
            (Shape::Parts(_), _) => return refuse("must be a list"),
        }
    }
    Ok(())
}

fn check_amount(value: &Value) -> Result<(), String> {
    let Value::Number(number) = value else {
        return Err("must be a number".to_owned());
    };
    let most = MAX_AMOUNT.get();
    if number.is_f64() {
        return Err(format!(
            "must be a whole number of fen, 1 to {most}, written without point and exponent"
        ));
    }
    match number.as_i64() {
        Some(fen) if (1..=most).contains(&fen) => Ok(()),
        _ => Err(format!("must be 1 to {most} fen")),
    }
}
