//! What the platform's older documents allow: `null` where a field is absent.

use serde::{Deserialize, Deserializer};

/// A list that may be `null`; with `#[serde(default)]` also absent.
pub(crate) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
