//! What is an object or a list on the wire, as one flag takes it: JSON, or `@FILE`.

use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The value of such a flag.
#[derive(Clone, Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize + DeserializeOwned> FromStr for Json<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let json = match text.strip_prefix('@') {
            Some(path) => std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?,
            None => text.to_owned(),
        };
        let given: Value = serde_json::from_str(&json).map_err(|e| e.to_string())?;
        let value: T = serde_json::from_str(&json).map_err(|e| e.to_string())?;
        let sent = serde_json::to_value(&value).map_err(|e| e.to_string())?;
        match unsent(&given, &sent) {
            Some(field) => Err(format!("field {field} is not known here")),
            None => Ok(Self(value)),
        }
    }
}

/// A field that was given and would not be sent: a slip of the pen that could cost a subsidy.
fn unsent(given: &Value, sent: &Value) -> Option<String> {
    match (given, sent) {
        (Value::Object(given), Value::Object(sent)) => given
            .iter()
            .filter(|(_, value)| !value.is_null())
            .find_map(|(name, value)| match sent.get(name) {
                Some(sent) => unsent(value, sent).map(|field| format!("{name}.{field}")),
                None => Some(name.clone()),
            }),
        (Value::Array(given), Value::Array(sent)) => {
            given.iter().zip(sent).find_map(|(g, s)| unsent(g, s))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use wechatpay_core::Fen;
    use wechatpay_core::api::combine_transactions::NewSubOrder;

    use super::Json;

    const ORDER: &str = r#"{"mchid":"1","attach":"a","amount":{"total_amount":100,"currency":"CNY"},"out_trade_no":"2","description":"d""#;

    fn read(text: &str) -> Result<Vec<NewSubOrder>, String> {
        text.parse().map(|Json(orders)| orders)
    }

    #[test]
    fn lists_of_objects_are_read() {
        let orders = read(&format!("[{ORDER},\"detail\":null}}]")).unwrap();
        assert_eq!(orders[0].amount.total_amount, Fen::new(100));
        assert!(read("[]").unwrap().is_empty());
    }

    #[test]
    fn what_would_not_be_sent_is_refused() {
        let error = read(&format!("[{ORDER}}},{ORDER},\"setle_info\":{{}}}}]")).unwrap_err();
        assert_eq!(error, "field setle_info is not known here");
        let error = read(&format!("[{ORDER},\"settle_info\":{{\"subsidy\":10}}}}]"));
        assert_eq!(
            error.unwrap_err(),
            "field settle_info.subsidy is not known here"
        );
    }

    #[test]
    fn other_texts_say_why_not() {
        for (text, words) in [
            ("", "EOF while parsing"),
            ("{}", "expected a sequence"),
            (r#"[{"mchid":"1"}]"#, "missing field `attach`"),
            ("@/no/such/file", "/no/such/file: "),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
