//! The pages of tickets, as data for their templates.

use askama::Template;

use super::model::{Attachment, Category, Person, Priority, Status};
use crate::platform::ui::{Form, Ui};

/// `/dashboard/tickets-new`: the list.
#[derive(Template)]
#[template(path = "tickets.html")]
pub struct TicketsPage {
    pub ui: Ui,
    pub staff: bool,
    pub filter: FilterView,
    /// Tiles above the list: a number and where it leads.
    pub tiles: Vec<Tile>,
    pub rows: Vec<Row>,
    pub pages: Pages,
    /// Staff: since when the longest waiting customer waits.
    pub oldest_wait_ms: Option<i64>,
    /// Staff: who can be chosen in the filter.
    pub operators: Vec<Person>,
}

/// What the list is narrowed to; the values of the form. Empty = all.
#[derive(Clone, Debug, Default)]
pub struct FilterView {
    pub search: String,
    pub status: String,
    pub category: String,
    pub priority: String,
    /// `me`, `unassigned`, `others` or an operator's id.
    pub assigned: String,
}

impl FilterView {
    pub fn is_empty(&self) -> bool {
        [&self.search, &self.status, &self.category, &self.priority, &self.assigned].iter().all(|text| text.is_empty())
    }
}

pub struct Tile {
    pub count: i64,
    /// Key of the text.
    pub label: &'static str,
    pub href: String,
    pub current: bool,
}

/// One card of the list.
pub struct Row {
    pub id: i64,
    pub title: String,
    /// The beginning of the message; for a search the place that was found, with `<mark>`: trusted markup.
    pub excerpt_html: String,
    pub title_html: String,
    pub status: Status,
    pub priority: Priority,
    pub category: Category,
    pub customer: Person,
    pub operator: Option<Person>,
    pub replies: i64,
    pub updated_ms: i64,
    /// Something here is newer than what this reader has seen.
    pub unread: bool,
}

pub struct Pages {
    pub page: i64,
    pub pages: i64,
    pub first: i64,
    pub last: i64,
    pub total: i64,
    pub prev: Option<String>,
    pub next: Option<String>,
}

/// `/dashboard/tickets-new/{id}`: one ticket.
#[derive(Template)]
#[template(path = "ticket.html")]
pub struct TicketPage {
    pub ui: Ui,
    pub staff: bool,
    pub id: i64,
    pub title: String,
    pub status: Status,
    pub priority: Priority,
    pub category: Category,
    pub customer: Person,
    pub operator: Option<Person>,
    pub created_ms: i64,
    pub closed_ms: Option<i64>,
    /// How long the first answer took, in seconds.
    pub first_answer: Option<i64>,
    pub previous_id: Option<i64>,
    /// Messages and changes in order of time; the first is the question itself.
    pub entries: Vec<Entry>,
    pub may: May,
    /// Staff: who can be assigned.
    pub operators: Vec<Person>,
    pub reply: ReplyView,
    /// Text of a notice such as "saved".
    pub notice: Option<String>,
}

/// What this reader may do now, from the map of transitions.
#[derive(Clone, Copy, Debug, Default)]
pub struct May {
    pub reply: bool,
    pub thank: bool,
    pub close: bool,
    /// Staff.
    pub resolve: bool,
    pub reopen: bool,
    pub take: bool,
    /// The owner of a ticket that was closed too long ago: a new one that refers to it.
    pub follow_up: bool,
}

pub enum Entry {
    Message(Box<Message>),
    Change(Change),
}

pub struct Message {
    /// 0: the question itself.
    pub id: i64,
    pub author: Person,
    /// Written by staff for staff.
    pub note: bool,
    /// By this reader.
    pub mine: bool,
    /// Sanitised: trusted markup.
    pub html: String,
    pub files: Vec<Attachment>,
    pub at_ms: i64,
}

pub struct Change {
    pub icon: &'static str,
    /// "Мария Ковалёва взяла тикет в работу", translated.
    pub text: String,
    pub at_ms: i64,
}

/// The reply form: value `message`, errors of `message` and `attachments`.
pub struct ReplyView {
    pub form: Form,
    pub note: bool,
    /// Which answers this reader has seen: a newer one is shown before sending.
    pub last_seen: i64,
    /// A newer answer that came while this one was written.
    pub stale: Option<Box<Message>>,
    /// Makes a repeated sending harmless.
    pub idempotency_key: String,
}

/// `/dashboard/tickets/new`: values `title`, `category`, `priority`, `message`; errors of these and of
/// `attachments`.
#[derive(Template)]
#[template(path = "ticket_new.html")]
pub struct TicketNewPage {
    pub ui: Ui,
    pub form: Form,
    pub previous_id: Option<i64>,
    pub idempotency_key: String,
}
