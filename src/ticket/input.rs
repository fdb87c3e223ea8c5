//! What people send, by JSON or by a form: one shape each, with its rules.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::model::{Category, Priority, Question, Status};
use crate::platform::{
    base::{
        actor::Actor,
        error::{self, Error, Result},
        public_id::PublicId,
        text::{Line, Prose},
    },
    files::Received,
    web::ids,
};

/// A ticket to be.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreateBody)]
pub struct NewTicket {
    /// 3 to 200 characters.
    #[serde(default)]
    #[schema(required = true, min_length = 3, max_length = 200, example = "VPS не отвечает после обновления ядра")]
    pub title: String,
    /// 10 to 10,000 characters, shown as they were written; fences, `code`, `**bold**`, lists and links are
    /// shown as such.
    #[serde(default)]
    #[schema(required = true, min_length = 10, max_length = 10_000)]
    pub message: String,
    #[serde(default)]
    #[schema(value_type = Category, default = "general")]
    pub category: String,
    #[serde(default)]
    #[schema(value_type = Priority, default = "normal")]
    pub priority: String,
    /// A closed ticket that this one goes on from.
    #[serde(alias = "previous")]
    #[schema(schema_with = ids::schema_or_null)]
    pub previous_id: Option<i64>,
    /// Forms: what programs send as a header.
    #[serde(default, skip_serializing)]
    #[schema(ignore)]
    pub idempotency_key: String,
}

impl NewTicket {
    /// Title 3 to 200 characters, message 10 to 10,000; known words, or none for the usual one.
    ///
    /// # Errors
    /// 422 with the field: `title`, `message`, `category`, `priority`.
    pub fn checked(&self) -> Result<Question> {
        let (title, message) = (Line::from(&self.title), Prose::from(&self.message));
        let mut error = check_message(check_title(Error::invalid(), &title), &message, 10);
        let category = word(&self.category, Category::parse);
        let priority = word(&self.priority, Priority::parse);
        if category.is_none() {
            error = error.field("category", "field-choice-unknown");
        }
        if priority.is_none() {
            error = error.field("priority", "field-choice-unknown");
        }
        match (category, priority) {
            (Some(category), Some(priority)) => {
                let previous_id = self.previous_id;
                error.or_ok().map(|()| Question { title, message, priority, category, previous_id })
            }
            _ => Err(error),
        }
    }
}

/// An answer or a note to be.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RespondBody)]
pub struct NewReply {
    #[serde(default)]
    #[schema(required = true, schema_with = ids::schema)]
    pub ticket_id: i64,
    /// 1 to 10,000 characters.
    #[serde(default)]
    #[schema(required = true, min_length = 1, max_length = 10_000)]
    pub message: String,
    /// Operators: a note that the customer never sees.
    #[serde(default)]
    #[schema(default = false)]
    pub is_internal: bool,
    /// The newest answer that the writer has seen: with a newer one nothing is written and 409 brings it.
    #[serde(alias = "lastSeen", skip_serializing)]
    #[schema(schema_with = ids::schema_or_null)]
    pub last_seen_response_id: Option<PublicId>,
    /// Send all the same.
    #[serde(default, skip_serializing)]
    #[schema(default = false)]
    pub force: bool,
    /// Forms of operators say it in a word, `reply` or `note`: what was meant as a note never goes out by accident.
    #[serde(default)]
    #[schema(ignore)]
    pub kind: String,
    /// Forms: what an operator makes of the ticket with the same click.
    #[serde(default)]
    #[schema(ignore)]
    pub then: String,
    #[serde(default, skip_serializing)]
    #[schema(ignore)]
    pub idempotency_key: String,
}

/// What is said, checked.
pub struct Said {
    pub message: Prose,
    pub is_internal: bool,
    pub then: Option<Status>,
}

impl NewReply {
    /// Whether it is a note, by either way to say so.
    pub fn is_note(&self) -> bool {
        self.is_internal || self.kind == "note"
    }

    /// # Errors
    /// 422 with `message` or `then`; 403 `forbidden` for a customer's note.
    pub fn checked(&self, actor: &Actor) -> Result<Said> {
        let message = Prose::from(&self.message);
        check_message(Error::invalid(), &message, 1).or_ok()?;
        let is_internal = self.is_note();
        let then = match self.then.as_str() {
            "" => None,
            word => Some(Status::parse(word).ok_or_else(|| Error::invalid().field("then", "field-choice-unknown"))?),
        };
        if !actor.role.is_staff() && (is_internal || then.is_some()) {
            return Err(Error::forbidden(error::codes::FORBIDDEN));
        }
        Ok(Said { message, is_internal, then: then.filter(|_| !is_internal) })
    }
}

fn word<T: Default>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    if text.is_empty() { Some(T::default()) } else { parse(text) }
}

pub fn check_title(error: Error, title: &Line) -> Error {
    let length = title.chars().count();
    if length == 0 {
        return error.field("title", "field-required");
    }
    if !(3..=200).contains(&length) {
        return error.field("title", "field-ticket-title-length");
    }
    error
}

/// At least `least` characters, at most 10,000.
pub fn check_message(error: Error, message: &Prose, least: usize) -> Error {
    let text = match message.chars().count() {
        0 => "field-required",
        10_001.. => "field-ticket-message-long",
        length if length < least => "field-ticket-message-short",
        _ => return error,
    };
    error.field("message", text)
}

pub fn check_key(key: Option<&str>) -> Result<()> {
    match key {
        Some(key) if key.is_empty() || key.len() > 255 || !key.bytes().all(|byte| (0x21..=0x7e).contains(&byte)) => {
            Err(Error::invalid().field("Idempotency-Key", "field-ticket-key"))
        }
        _ => Ok(()),
    }
}

/// What makes two requests the same one: what they say, and their files by name and size.
pub fn fingerprint(says: &impl Serialize, files: &[Received]) -> Result<Vec<u8>> {
    let mut hash = Sha256::new();
    let mut add = |text: &[u8]| {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    };
    add(&serde_json::to_vec(says).map_err(Error::internal)?);
    for file in files {
        add(file.filename.as_bytes());
        add(&file.file_size.to_le_bytes());
    }
    Ok(hash.finalize().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(title: &str, message: &str) -> Vec<(&'static str, &'static str)> {
        let new = NewTicket { title: title.into(), message: message.into(), ..NewTicket::default() };
        new.checked().err().map_or_else(Vec::new, |error| error.fields.into_iter().collect())
    }

    #[test]
    fn lengths_are_counted_after_trimming_in_characters() {
        assert!(wrong("VPS", "не работает").is_empty());
        assert!(wrong(&"ы".repeat(200), &"ы".repeat(10_000)).is_empty());
        assert_eq!(
            wrong(" ab ", " коротко "),
            [("message", "field-ticket-message-short"), ("title", "field-ticket-title-length")]
        );
        assert_eq!(
            wrong(&"ы".repeat(201), &"ы".repeat(10_001)),
            [("message", "field-ticket-message-long"), ("title", "field-ticket-title-length")]
        );
        assert_eq!(wrong(" ", "\n"), [("message", "field-required"), ("title", "field-required")]);
        assert!(wrong("a\nb c", "нуль \0 внутри").is_empty());
        assert_eq!(wrong("\u{3164}", "\u{200b}"), [("message", "field-required"), ("title", "field-required")]);
    }

    #[test]
    fn a_key_with_another_request_is_told_apart() {
        let asked = |title: &str, message: &str| {
            fingerprint(&NewTicket { title: title.into(), message: message.into(), ..NewTicket::default() }, &[])
                .unwrap()
        };
        assert_ne!(asked("ab", "c"), asked("a", "bc"));
        assert_eq!(asked("ab", "c"), asked("ab", "c"));
        assert!(check_key(Some("f3b0-42")).is_ok() && check_key(None).is_ok());
        for bad in ["", "два", "a b", &"x".repeat(256)] {
            assert!(check_key(Some(bad)).is_err(), "{bad}");
        }
    }
}
