//! What a request says, with the rule for text applied to every string of it: no handler can forget it.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::fields;
use crate::platform::base::text;

/// The body of a JSON request.
pub fn json(value: Value) -> Value {
    clean("", value)
}

/// The fields of a form or a query as their type.
pub fn pairs<T: DeserializeOwned>(pairs: Vec<(String, String)>) -> Result<T, serde::de::value::Error> {
    fields::read(cleaned(pairs))
}

/// The fields themselves.
pub fn cleaned(pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    pairs.into_iter().map(|(name, value)| (text::clean(&name), clean_text(&name, value))).collect()
}

/// As deep as the value: the parser ends at 128.
fn clean(name: &str, value: Value) -> Value {
    match value {
        Value::String(text) => clean_text(name, text).into(),
        Value::Array(values) => values.into_iter().map(|value| clean(name, value)).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (text::clean(&name), clean(&name, value))).collect()
        }
        other => other,
    }
}

/// A password is no text but a secret: it stays as it was when its hash was made.
fn clean_text(name: &str, text: String) -> String {
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain || name.ends_with("assword") { text } else { text::clean(&text) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn input_14_every_string_of_a_request_is_cleaned() {
        let sent = json!({"a": "x\0y", "b": ["1\r\n2", {"c\0": "\u{202e}z"}], "newPassword": "p\u{200b}", "n": 7});
        assert_eq!(
            super::json(sent),
            json!({"a": "xy", "b": ["1\n2", {"c": "z"}], "newPassword": "p\u{200b}", "n": 7})
        );
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let read: std::collections::BTreeMap<String, String> =
            pairs(vec![pair("a\0", "x\r\ny"), pair("password", "p\u{200b}"), pair("plain", "~ok")]).unwrap();
        assert_eq!(
            read.into_iter().collect::<Vec<_>>(),
            [pair("a", "x\ny"), pair("password", "p\u{200b}"), pair("plain", "~ok")]
        );
    }
}
