//! Whether a request under a known number is the same request.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::problem::{Location, Problem};

/// Holds two requests against each other, field by field as parsed: spaces, order and escapes of
/// the JSON do not count. A difference is refused with both values.
pub(crate) fn same_request<T: Serialize + PartialEq>(
    earlier: &T,
    now: &T,
    why: &str,
) -> Result<(), Problem> {
    same_or(earlier, now, |issue| {
        Problem::invalid(format!("{why}: {issue}"))
    })
}

/// The same with a refusal of its own, which is handed what differs.
pub(crate) fn same_or<T: Serialize + PartialEq>(
    earlier: &T,
    now: &T,
    refuse: impl FnOnce(&str) -> Problem,
) -> Result<(), Problem> {
    if earlier == now {
        return Ok(());
    }
    let (earlier, now) = (fields(earlier), fields(now));
    let differs = |name: &&String| earlier.get(*name) != now.get(*name);
    let names: Vec<&String> = earlier
        .keys()
        .chain(now.keys().filter(|name| !earlier.contains_key(*name)))
        .filter(differs)
        .collect();
    let said = |map: &Map<String, Value>, name: &str| match map.get(name) {
        Some(value) => value.to_string(),
        None => "absent".to_owned(),
    };
    let words: Vec<String> = names
        .iter()
        .map(|name| {
            format!(
                "{name} was {} and is {}",
                said(&earlier, name),
                said(&now, name)
            )
        })
        .collect();
    let issue = words.join(", ");
    let problem = refuse(&issue);
    Err(match names.first() {
        Some(name) => {
            let value = now.get(*name).unwrap_or(&Value::Null);
            problem.at(Location::Body, name, value, &issue)
        }
        None => problem,
    })
}

fn fields(request: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(request) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => Map::new(),
    }
}
