//! The request target: the path with its placeholders filled, then the query. What is built here
//! is signed and sent as it stands.

use serde::Serialize;
use serde_json::Value;

use crate::error::{DraftError, OperationName};

pub(crate) struct Target(String);

impl Target {
    /// Fills the placeholders of the operation's path.
    pub(crate) fn from_template(
        operation: &OperationName,
        args: &[(&'static str, &str)],
    ) -> Result<Self, DraftError> {
        let refuse = |name: &str, reason| DraftError::PathArg {
            operation: operation.clone(),
            name: name.to_owned(),
            reason,
        };
        let template = operation.path();
        let mut out = String::with_capacity(template.len() + 64);
        let mut rest = template;
        let mut filled = 0;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| refuse(after, "has no }"))?;
            let mut values = args
                .iter()
                .filter(|(n, _)| *n == name)
                .map(|(_, value)| *value);
            let value = values.next().ok_or_else(|| refuse(name, "has no value"))?;
            if values.next().is_some() {
                return Err(refuse(name, "has two values"));
            }
            if matches!(value, "" | "." | "..") {
                return Err(refuse(name, "is empty or a dot segment"));
            }
            out.push_str(before);
            escape(value, &mut out);
            rest = after;
            filled += 1;
        }
        if filled != args.len() {
            return Err(refuse("", "is given and has no place in the path"));
        }
        out.push_str(rest);
        Self::from_text(operation, &out)
    }

    /// Takes a target that is percent-encoded already, if it is sent as it stands.
    pub(crate) fn from_text(operation: &OperationName, text: &str) -> Result<Self, DraftError> {
        let path = text.split('?').next().unwrap_or_default();
        let reason = if !text.starts_with('/') || text.starts_with("//") {
            "must be a path that begins with one slash, without scheme and host"
        } else if !text.bytes().all(|b| b.is_ascii_graphic()) {
            "has spaces, control characters or characters beyond ASCII: percent-encode them"
        } else if text.contains('#') {
            "has a fragment, which is never sent"
        } else if text.ends_with('?') {
            "ends in a question mark without a query"
        } else if path.split('/').any(|segment| matches!(segment, "." | "..")) {
            "has dot segments, which servers and proxies rewrite"
        } else {
            return Ok(Self(text.to_owned()));
        };
        Err(DraftError::Target {
            operation: operation.clone(),
            reason,
        })
    }

    /// Appends the fields of `value` to the query.
    pub(crate) fn push_fields(
        &mut self,
        operation: &OperationName,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), DraftError> {
        let refuse = |field| DraftError::QueryField {
            operation: operation.clone(),
            field,
        };
        let value = serde_json::to_value(value).map_err(|source| DraftError::Json {
            operation: operation.clone(),
            source,
        })?;
        let fields = match value {
            Value::Object(fields) => fields,
            Value::Null => return Ok(()),
            _ => return Err(refuse("(the whole value)".to_owned())),
        };
        for (name, value) in fields {
            match value {
                Value::Null => {}
                Value::String(text) => self.push(&name, &text),
                Value::Bool(_) | Value::Number(_) => self.push(&name, &value.to_string()),
                Value::Array(_) | Value::Object(_) => return Err(refuse(name)),
            }
        }
        Ok(())
    }

    /// Appends one field to the query.
    pub(crate) fn push(&mut self, name: &str, value: &str) {
        self.0.push(if self.0.contains('?') { '&' } else { '?' });
        escape(name, &mut self.0);
        self.0.push('=');
        escape(value, &mut self.0);
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters: a space is `%20`, never `+`.
fn escape(text: &str, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}
