//! What stands in an archive: a file of lines for each sort of thing, each line one JSON object with exactly
//! these fields. docs/moving.md says it for people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    notification::model::{Channel, Kind},
    platform::base::{actor::Role, clock::Timestamp},
    ticket::model::{Category, Priority, Status},
};

pub const FORMAT: &str = "ospabhost";
pub const VERSION: u32 = 1;
/// Written last: an archive without it is not whole.
pub const HEADER: &str = "header.json";
/// The folder of objects, by their keys.
pub const FILES: &str = "files";

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Header {
    pub format: String,
    pub version: u32,
    /// What wrote it.
    pub program: String,
    pub exported_at: Timestamp,
    /// By which ids become the numbers that are shown outside, in hexadecimal digits.
    pub public_id_key: String,
    /// The highest id that was ever given, so that none is given twice.
    pub highest_ids: BTreeMap<String, i64>,
    pub parts: BTreeMap<String, Written>,
}

/// What a file of lines holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Written {
    pub lines: u64,
    /// Not given by who writes an archive by other means: then it is not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

macro_rules! line {
    ($(#[$doc:meta])* $name:ident in $part:literal { $($(#[$field_doc:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Serialize, Deserialize, sqlx::FromRow)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type),+ }

        impl Line for $name {
            const PART: &'static str = $part;
        }
    };
}

/// A line of the file `PART`.
pub trait Line {
    const PART: &'static str;
}

line! {
    /// Somebody, with what they chose. Passwords as argon2id (PHC) or bcrypt.
    Person in "people.jsonl" {
        id: i64,
        username: String,
        email: String,
        /// The same for every spelling of a mailbox; no two people have the same.
        email_key: String,
        password_hash: String,
        role: Role,
        language: String,
        timezone: String,
        avatar_url: Option<String>,
        blocked_at: Option<Timestamp>,
        created_at: Timestamp,
        signed_in_at: Option<Timestamp>,
        email_set_at: Option<Timestamp>,
        #[sqlx(skip)]
        notification_settings: Vec<Choice>,
        #[sqlx(skip)]
        quiet_hours: Option<QuietHours>,
        #[sqlx(skip)]
        known_browsers: Vec<Browser>,
    }
}

/// Where somebody's choice differs from the default.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, sqlx::FromRow)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Choice {
    pub kind: Kind,
    pub channel: Channel,
    #[serde(rename = "on")]
    pub is_on: bool,
}

/// Minutes of the day.
#[derive(Debug, Serialize, Deserialize, sqlx::FromRow)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuietHours {
    pub from_minute: i64,
    pub to_minute: i64,
}

/// A browser that its owner signed in with: the SHA-256 of its cookie, in hexadecimal digits.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Browser {
    pub key_hash: String,
    pub seen_at: Timestamp,
}

line! {
    /// A sign-in, or an attempt at one.
    SignIn in "sign_ins.jsonl" {
        id: i64,
        user_id: i64,
        method: String,
        success: bool,
        reason: Option<String>,
        ip_address: String,
        /// JSON of the place, as text.
        location: String,
        user_agent: String,
        device: String,
        browser: String,
        count: i64,
        created_at: Timestamp,
    }
}

line! {
    Ticket in "tickets.jsonl" {
        id: i64,
        user_id: i64,
        title: String,
        message: String,
        status: Status,
        status_since: Timestamp,
        priority: Priority,
        category: Category,
        assigned_to: Option<i64>,
        previous_id: Option<i64>,
        response_count: i64,
        last_response_at: Option<Timestamp>,
        last_by_staff: bool,
        first_answer_at: Option<Timestamp>,
        waiting_since: Option<Timestamp>,
        due_at: Option<Timestamp>,
        reminded_at: Option<Timestamp>,
        created_at: Timestamp,
        updated_at: Timestamp,
        closed_at: Option<Timestamp>,
        version: i64,
        /// What was said before it counts as read by everybody.
        read_before: Option<Timestamp>,
        /// Time does not act on what happened before it.
        quiet_before: Option<Timestamp>,
        /// Its operator was erased, and neither its history nor those on duty were told yet.
        operator_erased: bool,
        #[sqlx(skip)]
        files: Vec<File>,
    }
}

line! {
    /// An answer, or with `isInternal` a note.
    Response in "responses.jsonl" {
        id: i64,
        ticket_id: i64,
        author_id: Option<i64>,
        by_staff: bool,
        message: String,
        is_internal: bool,
        created_at: Timestamp,
        #[sqlx(skip)]
        files: Vec<File>,
    }
}

/// A file of a ticket or an answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct File {
    pub id: i64,
    pub filename: String,
    pub storage_key: String,
    pub file_size: i64,
    pub mime_type: String,
    pub created_at: Timestamp,
    /// Of what lies in `files/`; null: the storage had it no more.
    pub sha256: Option<String>,
}

line! {
    /// Who changed what of a ticket.
    Change in "changes.jsonl" {
        id: i64,
        ticket_id: i64,
        author_id: Option<i64>,
        field: String,
        old_value: Option<String>,
        new_value: Option<String>,
        old_user: Option<i64>,
        new_user: Option<i64>,
        reason: Option<String>,
        created_at: Timestamp,
    }
}

line! {
    /// Up to when somebody has read a ticket.
    Seen in "seen.jsonl" {
        user_id: i64,
        ticket_id: i64,
        seen_at: Timestamp,
    }
}

line! {
    Notice in "notifications.jsonl" {
        id: i64,
        user_id: i64,
        message_key: String,
        kind: Kind,
        ticket_id: Option<i64>,
        staff_only: bool,
        /// JSON in the database's text too.
        #[serde(with = "as_json")]
        facts: String,
        in_app: bool,
        by_mail: bool,
        author_id: Option<i64>,
        created_at: Timestamp,
        read_at: Option<Timestamp>,
        mailed_at: Option<Timestamp>,
    }
}

line! {
    /// Which row was brought over from which of an earlier portal, so that a later import knows it.
    Origin in "origins.jsonl" {
        source: String,
        kind: String,
        source_id: i64,
        target_id: i64,
        /// How a ticket stood there.
        state: Option<String>,
    }
}

/// A text that is JSON stands in a line as what it is.
mod as_json {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::{Map, Value};

    pub fn serialize<S: Serializer>(text: &str, to: S) -> Result<S::Ok, S::Error> {
        // Readers of the table take what they cannot read for nothing said.
        let facts: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
        facts.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
        let facts: Map<String, Value> = Map::deserialize(from)?;
        Ok(Value::Object(facts).to_string())
    }
}

/// The files of lines in the order in which they are read: what others refer to first.
pub const PARTS: [&str; 8] =
    [Person::PART, SignIn::PART, Ticket::PART, Response::PART, Change::PART, Seen::PART, Notice::PART, Origin::PART];
