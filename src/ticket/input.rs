//! What people send, and the rules for it.

use sha2::{Digest, Sha256};

use super::model::{Category, Priority, Status};
use crate::platform::{
    base::{
        error::{Error, Result},
        public_id::PublicId,
        text::{Line, Prose},
    },
    files::Received,
};

/// A ticket to be.
#[derive(Default)]
pub struct NewTicket {
    pub title: Line,
    pub message: Prose,
    /// Words of the enumerations; empty = the usual one.
    pub category: String,
    pub priority: String,
    pub previous_id: Option<i64>,
    pub files: Vec<Received>,
    /// The same key again makes nothing twice.
    pub key: Option<String>,
}

/// An answer or a note to be.
#[derive(Default)]
pub struct NewReply {
    pub ticket_id: i64,
    pub message: Prose,
    pub is_internal: bool,
    /// The newest answer that the writer has seen.
    pub last_seen: Option<PublicId>,
    /// Send although a newer answer has come.
    pub force: bool,
    /// What an operator makes of the ticket with the same click.
    pub then: Option<Status>,
    pub files: Vec<Received>,
    pub key: Option<String>,
}

/// Title 3 to 200 characters, message 10 to 10,000; known words.
pub fn check_ticket(new: &NewTicket) -> Result<(Category, Priority)> {
    let mut error = check_title(Error::invalid(), &new.title);
    error = check_message(error, &new.message, 10);
    let category = word(&new.category, Category::General, Category::parse);
    let priority = word(&new.priority, Priority::Normal, Priority::parse);
    if category.is_none() {
        error = error.field("category", "field-choice-unknown");
    }
    if priority.is_none() {
        error = error.field("priority", "field-choice-unknown");
    }
    match (category, priority) {
        (Some(category), Some(priority)) => error.or_ok().map(|()| (category, priority)),
        _ => Err(error),
    }
}

fn word<T>(text: &str, usual: T, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    if text.is_empty() { Some(usual) } else { parse(text) }
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

/// 1 to 255 visible ASCII characters, as the header's draft has it.
pub fn check_key(key: Option<&str>) -> Result<()> {
    match key {
        Some(key) if key.is_empty() || key.len() > 255 || !key.bytes().all(|byte| (0x21..=0x7e).contains(&byte)) => {
            Err(Error::invalid().field("Idempotency-Key", "field-ticket-key"))
        }
        _ => Ok(()),
    }
}

/// What makes two requests the same one. Files count by name and size.
pub fn fingerprint(parts: &[&str], files: &[Received]) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update(text.len().to_le_bytes());
        hash.update(text.as_bytes());
    };
    parts.iter().for_each(|part| add(part));
    for file in files {
        add(&file.filename);
        add(&file.file_size.to_string());
    }
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(title: &str, message: &str) -> Vec<(&'static str, &'static str)> {
        let new = NewTicket { title: title.into(), message: message.into(), ..NewTicket::default() };
        check_ticket(&new).err().map_or_else(Vec::new, |error| error.fields.into_iter().collect())
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
        assert_ne!(fingerprint(&["ab", "c"], &[]), fingerprint(&["a", "bc"], &[]));
        assert!(check_key(Some("f3b0-42")).is_ok() && check_key(None).is_ok());
        for bad in ["", "два", "a b", &"x".repeat(256)] {
            assert!(check_key(Some(bad)).is_err(), "{bad}");
        }
    }
}
