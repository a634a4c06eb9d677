//! Sensitive fields (敏感信息加密): sealed for the key that `Wechatpay-Serial` names.
//!
//! Neither what was opened nor what should have been sealed shows in a refusal.

use http::{HeaderMap, HeaderValue};
use serde_json::Value;
use wechatpay_core::{KeyId, OpenError, Opened, Sealed, header_name};

use crate::credentials;
use crate::problem::{Code, Location, Problem};
use crate::rotation::{Rotation, SigningKey};

/// Opens a field of a request's body.
pub(crate) fn open(
    field: &str,
    sealed: &Sealed,
    headers: &HeaderMap,
    rotation: &Rotation,
) -> Result<Opened, Problem> {
    let keys = keys(rotation);
    let declared = declared(field, headers, &keys)?;
    open_with(declared, sealed)?.map_err(|error| {
        let others = keys.iter().filter(|key| **key != declared);
        let fits = |key: &&SigningKey| matches!(open_with(**key, sealed), Ok(Ok(_)));
        let hint = match others.copied().find(|key| fits(&key)) {
            Some(key) => format!("; it opens with {}: declare that one", key.id()),
            None => String::new(),
        };
        let issue = format!(
            "does not open with {}, the key that Wechatpay-Serial declares: {error}{hint}",
            declared.id()
        );
        Problem::field(Location::Body, field, &Value::Null, &issue)
    })
}

/// The keys that a field may be sealed for by now.
fn keys(rotation: &Rotation) -> Vec<SigningKey> {
    let listed = rotation.listed().unwrap_or_default();
    let certificates = listed.into_iter().map(SigningKey::Certificate);
    certificates.chain([SigningKey::PublicKey]).collect()
}

fn declared(field: &str, headers: &HeaderMap, keys: &[SigningKey]) -> Result<SigningKey, Problem> {
    let refuse = |value: Value, issue: String| {
        Err(Problem::field(
            Location::Header,
            "Wechatpay-Serial",
            &value,
            &issue,
        ))
    };
    let known = keys
        .iter()
        .map(|key| key.id())
        .collect::<Vec<_>>()
        .join(", ");
    let mut values = headers.get_all(header_name::SERIAL).iter();
    let text = match (values.next().map(HeaderValue::to_str), values.next()) {
        (Some(Ok(text)), None) => text,
        (None, _) => {
            let issue = format!(
                "is missing: it names the key that {field} was sealed with, one of {known}"
            );
            return refuse(Value::Null, issue);
        }
        _ => return refuse(Value::Null, "must come once, and name a key".to_owned()),
    };
    let named = KeyId::parse(text).ok();
    let found = keys.iter().find(|key| KeyId::parse(key.id()).ok() == named);
    match found.filter(|_| named.is_some()) {
        Some(key) => Ok(*key),
        None => {
            let issue = format!(
                "must name one of the platform's keys, {known}, as {field} is sealed for one"
            );
            refuse(text.into(), issue)
        }
    }
}

fn open_with(key: SigningKey, sealed: &Sealed) -> Result<Result<Opened, OpenError>, Problem> {
    let opener = credentials::opener(key)
        .map_err(|error| Problem::new(Code::SystemError, error.to_string()))?;
    Ok(sealed.open(&opener))
}
