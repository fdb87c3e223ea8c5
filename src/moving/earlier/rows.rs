//! Rows of the earlier portal as they are read: nothing of them is known to make sense.

use crate::platform::base::clock::Timestamp;

pub struct UserRow {
    pub id: i64,
    pub username: String,
    pub email: String,
    pub password: String,
    pub operator: i64,
    pub is_admin: bool,
    pub created_at: Option<Timestamp>,
}

pub struct Profile {
    pub user: i64,
    pub language: Option<String>,
    pub timezone: Option<String>,
    pub avatar: Option<String>,
}

pub struct TicketRow {
    pub id: i64,
    pub owner: i64,
    pub title: String,
    pub message: String,
    pub status: String,
    pub priority: Option<String>,
    pub category: Option<String>,
    pub assigned_to: Option<i64>,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
}

/// An answer without its text.
pub struct WordRow {
    pub id: i64,
    pub ticket: i64,
    /// Whoever wrote it, whatever the column is called.
    pub author: i64,
    /// None: nobody said whether it is a note.
    pub internal: Option<bool>,
    pub at: Option<Timestamp>,
    pub bytes: usize,
}

pub struct FileRow {
    pub id: i64,
    pub hangs_on: i64,
    pub filename: String,
    pub url: String,
    pub at: Option<Timestamp>,
    /// Whether what it hangs on is there, and belongs to somebody.
    pub has_owner: bool,
}

pub struct NoticeRow {
    pub id: i64,
    pub user: i64,
    pub kind: String,
    pub message: String,
    pub ticket: Option<i64>,
    pub is_read: bool,
    pub at: Option<Timestamp>,
    pub ticket_owner: Option<i64>,
    pub title: String,
}
