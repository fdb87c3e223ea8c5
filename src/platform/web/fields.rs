//! Fields of a form or a query as the type that a JSON body has too: `"on"` is a boolean, `"7"` a number, an
//! empty field nothing.

use std::collections::BTreeMap;

use serde::{
    Deserializer,
    de::{
        DeserializeOwned, IntoDeserializer, Visitor,
        value::{Error, MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};

/// Reads the fields; of a name that came twice, the last counts (a checkbox behind a hidden field),
/// unless a list is wanted.
pub fn read<T: DeserializeOwned>(pairs: Vec<(String, String)>) -> Result<T, Error> {
    let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in pairs {
        fields.entry(name).or_default().push(value);
    }
    let fields = fields.into_iter().map(|(name, values)| (name, Field(values)));
    T::deserialize(MapDeserializer::new(fields))
}

/// What a box, ticked or not, or a program says; `None` for what is neither yes nor no.
pub fn yes_or_no(value: &str) -> Option<bool> {
    match value.trim() {
        "true" | "on" | "1" => Some(true),
        "false" | "off" | "0" | "" => Some(false),
        _ => None,
    }
}

struct Field(Vec<String>);

impl Field {
    fn last(mut self) -> String {
        self.0.pop().unwrap_or_default()
    }

    fn parse<T: std::str::FromStr>(self) -> Result<T, Error> {
        use serde::de::Error as _;
        self.last().trim().parse().map_err(|_| Error::custom("not a number"))
    }
}

impl<'de> IntoDeserializer<'de> for Field {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! numbers {
    ($($method:ident => $visit:ident)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit(self.parse()?)
        }
    )* };
}

impl<'de> Deserializer<'de> for Field {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(self.last())
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        use serde::de::Error as _;
        let said = yes_or_no(&self.last()).ok_or_else(|| Error::custom("not a boolean"))?;
        visitor.visit_bool(said)
    }

    numbers! {
        deserialize_i8 => visit_i8
        deserialize_i16 => visit_i16
        deserialize_i32 => visit_i32
        deserialize_i64 => visit_i64
        deserialize_u8 => visit_u8
        deserialize_u16 => visit_u16
        deserialize_u32 => visit_u32
        deserialize_u64 => visit_u64
        deserialize_f32 => visit_f32
        deserialize_f64 => visit_f64
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.last().is_none_or(|value| value.trim().is_empty()) {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self.last().into_deserializer())
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(SeqDeserializer::new(self.0.into_iter().map(|value| Self(vec![value]))))
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier
        ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Reply {
        ticket_id: i64,
        message: String,
        is_internal: bool,
        last_seen: Option<i64>,
        note: Option<String>,
        priority: Option<Priority>,
        tags: Vec<String>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Priority {
        Low,
    }

    fn reply(pairs: &[(&str, &str)]) -> Result<Reply, Error> {
        read(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_form_fills_the_type_of_the_json_body() {
        let full = reply(&[
            ("ticketId", " 7 "),
            ("message", " Привет\r\n"),
            ("isInternal", "false"),
            ("isInternal", "on"),
            ("lastSeen", "12"),
            ("note", "x"),
            ("priority", "low"),
            ("tags", "a"),
            ("tags", "b"),
            ("unknown", "ignored"),
        ]);
        let expected = Reply {
            ticket_id: 7,
            message: " Привет\r\n".into(),
            is_internal: true,
            last_seen: Some(12),
            note: Some("x".into()),
            priority: Some(Priority::Low),
            tags: vec!["a".into(), "b".into()],
        };
        assert_eq!(full.unwrap(), expected);
        let empty = reply(&[("message", ""), ("isInternal", ""), ("lastSeen", " "), ("note", ""), ("priority", "")]);
        assert_eq!(empty.unwrap(), Reply::default());
        for wrong in [("ticketId", "seven"), ("isInternal", "maybe"), ("priority", "highest"), ("ticketId", "")] {
            assert!(reply(&[wrong]).is_err(), "{wrong:?}");
        }
    }
}
