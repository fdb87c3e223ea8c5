//! Reading a JSON body. serde takes an array for an object whose fields stand in the same order: nobody
//! means that, and what checks requests on their way sees no names in it, so it is refused.

use serde::{
    Deserializer,
    de::{
        DeserializeOwned, Error as _, IntoDeserializer, Unexpected, Visitor,
        value::{MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::{Error as JsonError, Value, error::Category};

use super::{ids, incoming};
use crate::platform::base::error::{Error, Result};

/// 400 for what is no JSON, 422 for what is not what was asked for.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    let said = |error: JsonError| match error.classify() {
        Category::Data => Error::invalid(),
        Category::Syntax | Category::Eof | Category::Io => Error::bad_request(),
    };
    let value = serde_json::from_slice(body).map_err(said)?;
    T::deserialize(Named(incoming::json(value))).map_err(said)
}

/// Up to here every whole number is a float of its own.
const LARGEST: f64 = 9_007_199_254_740_992.0;

/// A value whose objects are objects.
struct Named(Value);

impl<'de> Deserializer<'de> for Named {
    type Error = JsonError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.0 {
            Value::Array(items) => visitor.visit_seq(SeqDeserializer::new(items.into_iter().map(Named))),
            Value::Object(fields) => {
                visitor.visit_map(MapDeserializer::new(fields.into_iter().map(|(name, value)| (name, Named(value)))))
            }
            // 7.0 is the whole number 7 in JSON, whoever wrote it so.
            Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
                Some(float) if float.fract() == 0.0 && float.abs() <= LARGEST => visitor.visit_i64(float as i64),
                _ => Value::Number(number).deserialize_any(visitor),
            },
            plain => plain.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        match self.0 {
            Value::Array(_) => Err(JsonError::invalid_type(Unexpected::Seq, &visitor)),
            _ => self.deserialize_any(visitor),
        }
    }

    /// An id may come as text.
    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.0.as_str().and_then(ids::of_text) {
            Some(number) => visitor.visit_i64(number),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, JsonError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, JsonError> for Named {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Inner {
        a: String,
        b: Option<i64>,
    }

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Outer {
        inner: Inner,
        list: Vec<Inner>,
        maybe: Option<Inner>,
        numbers: Vec<i64>,
    }

    #[test]
    fn door_16_an_array_is_no_object() {
        let right =
            read::<Outer>(br#"{"inner":{"a":"x","b":1},"list":[{"a":"y"}],"maybe":null,"numbers":[1,2]}"#).unwrap();
        assert_eq!((right.inner.a.as_str(), right.list.len(), right.numbers), ("x", 1, vec![1, 2]));
        for wrong in
            ["[]", r#"[["x",1]]"#, r#"{"inner":["x",1]}"#, r#"{"list":[["x",1]]}"#, r#"{"maybe":["x",1]}"#, " [ ] "]
        {
            let error = read::<Outer>(wrong.as_bytes()).unwrap_err();
            assert_eq!((error.status().as_u16(), error.code.as_str()), (422, "invalid_fields"), "{wrong}");
        }
        let whole = |numbers: &str| read::<Outer>(format!("{{\"numbers\":[{numbers}]}}").as_bytes());
        assert_eq!(whole("7.0, -1e3").unwrap().numbers, [7, -1000]);
        assert!(whole("7.5").is_err() && whole("1e300").is_err());
        assert_eq!(whole(r#""12", "-3", "0""#).unwrap().numbers, [12, -3, 0]);
        for text in ["", " 12", "+12", "012", "1e3", "12.0", "0x1", "99999999999999999999", "twelve", "１２"] {
            assert!(whole(&format!("\"{text}\"")).is_err(), "{text}");
        }
        for broken in ["", "{", "{]", "x"] {
            assert_eq!(read::<Outer>(broken.as_bytes()).unwrap_err().status(), 400, "{broken}");
        }
        assert_eq!(read::<Outer>(br#"{"inner":{"a":1}}"#).unwrap_err().status(), 422);
    }
}
