//! Ids in bodies: a number, or the same number as text, for clients that keep everything they got from
//! addresses and forms as text.

use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type};

/// Digits of a number as JSON would have them: no sign but a minus, no noughts before it.
pub fn of_text(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// For the description.
pub fn schema() -> ObjectBuilder {
    described(&[Type::Integer, Type::String])
}

/// For the description of one that may be null.
pub fn schema_or_null() -> ObjectBuilder {
    described(&[Type::Integer, Type::String, Type::Null])
}

fn described(types: &[Type]) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter(types.iter().cloned()))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .pattern(Some("^(0|-?[1-9][0-9]{0,17})$"))
}
