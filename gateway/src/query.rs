//! The query of a request target.

use serde_json::{Map, Value};

use crate::problem::{Location, Problem};

/// The fields of a query, percent-decoded. A key that comes twice is refused. `+` is a plus sign:
/// the platform's SDKs percent-encode.
pub(crate) fn fields(query: &str) -> Result<Map<String, Value>, Problem> {
    let mut fields = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let refuse = |issue| Problem::field(Location::Query, name, &value.into(), issue);
        let malformed = "must be percent-encoded UTF-8";
        let decoded = decode(name).ok_or_else(|| refuse(malformed))?;
        let value = decode(value).ok_or_else(|| refuse(malformed))?;
        if fields.insert(decoded, Value::String(value)).is_some() {
            return Err(refuse("comes twice"));
        }
    }
    Ok(fields)
}

/// Undoes percent-encoding, where it is right and yields UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let [high, low] = [digits.first()?, digits.last()?].map(|b| char::from(*b).to_digit(16));
        bytes.push(u8::try_from(high? * 16 + low?).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}
