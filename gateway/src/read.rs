//! Reading requests strictly: what is refused names the field, and nothing was done yet.
//!
//! Unknown fields are passed over, as SDKs differ in them. `null` stands for an absent field, and
//! so is refused where a field is required.

mod balances;
mod bills;
mod certificates;
mod checkout;
mod coupons;
mod refunds;
mod sharing;
mod subsidies;

use bytes::Bytes;
use http::Request;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use wechatpay_core::Operation;

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
    /// A whole number that is no amount.
    Whole,
    Flag,
    Object(&'static [Field]),
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

    const fn whole(name: &'static str) -> Self {
        Self::new(name, Shape::Whole)
    }

    const fn flag(name: &'static str) -> Self {
        Self::new(name, Shape::Flag)
    }

    const fn object(name: &'static str, fields: &'static [Self]) -> Self {
        Self::new(name, Shape::Object(fields))
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

/// Reads an operation from a path and a JSON body.
pub(crate) fn read_body<O: Readable>(request: &Request<Bytes>) -> Result<O, Problem> {
    let fields = json::object(request.body())?;
    // The caller may be named in the body, too; then it is the one who signed.
    for name in CALLER {
        if let Some(value) = fields.get(name).filter(|v| **v != credentials::MCHID) {
            return Err(not_the_caller(Location::Body, name, value));
        }
    }
    read(request, fields, Location::Body)
}

/// Reads an operation from a path and a query.
pub(crate) fn read_query<O: Readable>(request: &Request<Bytes>) -> Result<O, Problem> {
    let fields = query::fields(request.uri().query().unwrap_or_default())?;
    for name in CALLER {
        if let Some(value) = fields.get(name).filter(|v| **v != credentials::MCHID) {
            return Err(not_the_caller(Location::Query, name, value));
        }
    }
    read(request, fields, Location::Query)
}

/// Under which names a request repeats who signed it.
const CALLER: [&str; 3] = ["mchid", "sp_mchid", "combine_mchid"];

fn not_the_caller(location: Location, name: &str, value: &Value) -> Problem {
    let issue = format!(
        "must be the merchant who signed the request, {}",
        credentials::MCHID
    );
    Problem::field(location, name, value, &issue)
}

fn read<O: Readable>(
    request: &Request<Bytes>,
    mut fields: Map<String, Value>,
    location: Location,
) -> Result<O, Problem> {
    check_fields("", &fields, O::FIELDS, location)?;
    let args = path_args(O::PATH, request.uri().path())?;
    // What the path says is not for the body to say otherwise.
    fields.extend(args.clone());
    let sealed = |name: &str| {
        let mut known = O::FIELDS.iter();
        known.any(|field| field.name == name && matches!(field.shape, Shape::Sealed))
    };
    let value = |name: &str| match fields.get(name) {
        Some(value) if !sealed(name) => value.clone(),
        _ => Value::Null,
    };
    let operation: O = serde_json::from_value(Value::Object(fields.clone()))
        .map_err(|e| Problem::field(location, "", &Value::Null, &format!("does not fit: {e}")))?;
    match operation.check() {
        Ok(()) => Ok(operation),
        Err(error) => {
            let in_path = args.contains_key(error.field());
            let location = if in_path { Location::Path } else { location };
            Err(Problem::limit(location, &error, &value(error.field())))
        }
    }
}

/// What stands for the placeholders of a path, percent-decoded.
fn path_args(template: &str, path: &str) -> Result<Map<String, Value>, Problem> {
    let mut args = Map::new();
    for (wanted, given) in template.split('/').zip(path.split('/')) {
        let name = wanted.strip_prefix('{').and_then(|w| w.strip_suffix('}'));
        if let Some(name) = name {
            let decoded = query::decode(given).ok_or_else(|| {
                let issue = "must be percent-encoded UTF-8";
                Problem::field(Location::Path, name, &given.into(), issue)
            })?;
            args.insert(name.to_owned(), decoded.into());
        }
    }
    Ok(args)
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
            (Shape::Whole, Value::Number(number)) if number.is_i64() => {}
            (Shape::Whole, _) => return refuse("must be a whole number"),
            (Shape::Flag, Value::Bool(_)) => {}
            (Shape::Flag, _) => return refuse("must be true or false"),
            (Shape::Object(fields), Value::Object(part)) => {
                check_fields(&format!("{name}."), part, fields, location)?;
            }
            (Shape::Object(_), _) => return refuse("must be an object"),
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
