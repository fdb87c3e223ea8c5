//! The pages of tickets, as data for their templates.

use std::sync::Arc;

use askama::Template;

use super::{
    conversation::Conversation,
    model::{Category, Priority, Status, Ticket},
    reading::Item,
    shown::{Attachment, Person},
};
use crate::platform::{
    base::public_id::PublicId,
    files::settings::Rules,
    web::ui::{Form, Ui},
};

impl Status {
    pub fn label(self, ui: &Ui) -> &'static str {
        // The customer is not "the customer" to themselves.
        if self == Status::AwaitingReply && ui.user.as_ref().is_some_and(|me| !me.role.is_staff()) {
            return ui.t("ticket-status-awaiting-you");
        }
        ui.t(&self.text_key())
    }

    pub fn text_key(self) -> String {
        format!("ticket-status-{}", self.as_str())
    }
}

impl Priority {
    pub fn label(self, ui: &Ui) -> &'static str {
        ui.t(&self.text_key())
    }

    pub fn text_key(self) -> String {
        format!("ticket-priority-{}", self.as_str())
    }

    /// Its shape: never told by colour alone.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Low => "priority-low",
            Self::Normal => "priority-normal",
            Self::High => "priority-high",
            Self::Urgent => "priority-urgent",
        }
    }
}

impl Category {
    pub fn label(self, ui: &Ui) -> &'static str {
        ui.t(&self.text_key())
    }

    pub fn text_key(self) -> String {
        format!("ticket-category-{}", self.as_str())
    }

    /// What belongs there, in a few words.
    pub fn hint(self, ui: &Ui) -> &'static str {
        ui.t(&self.hint_key())
    }

    pub fn hint_key(self) -> String {
        format!("ticket-category-{}-hint", self.as_str())
    }

    pub fn icon(self) -> &'static str {
        match self {
            Self::General => "chat",
            Self::Technical => "server",
            Self::Billing => "card",
            Self::Other => "dots",
        }
    }
}

impl Attachment {
    pub fn icon(&self) -> &'static str {
        let packed = ["application/zip", "application/gzip", "application/x-7z-compressed"];
        if packed.contains(&self.mime_type.as_str()) { "archive" } else { "file" }
    }

    /// `240 КБ`, `1,4 МБ`; `file-picker.js` says the same.
    pub fn size(&self, ui: &Ui) -> String {
        const KB: i64 = 1024;
        const MB: i64 = KB * KB;
        if self.file_size < MB {
            return ui.tn("ticket-size-kb", (self.file_size + KB - 1) / KB);
        }
        let tenths = self.file_size * 10 / MB;
        let (whole, rest) = ((tenths / 10).to_string(), (tenths % 10).to_string());
        ui.lang.ta("ticket-size-mb", &[("whole", &whole), ("tenths", &rest)])
    }
}

/// A length of time in its largest unit: `40 минут`, `3 дня`.
fn span(ui: &Ui, seconds: i64) -> String {
    const HOUR: i64 = 3600;
    const DAY: i64 = 24 * HOUR;
    match seconds {
        ..HOUR => ui.tn("ticket-span-minutes", (seconds / 60).max(1)),
        HOUR..DAY => ui.tn("ticket-span-hours", seconds / HOUR),
        _ => ui.tn("ticket-span-days", seconds / DAY),
    }
}

/// `/dashboard/tickets-new`: the list.
#[derive(Template)]
#[template(path = "tickets.html")]
pub struct TicketsPage {
    pub ui: Ui,
    pub staff: bool,
    pub filter: FilterView,
    /// Tiles above the list: a number and where it leads.
    pub tiles: Vec<Tile>,
    pub rows: Arc<[Item]>,
    pub pages: Pages,
    /// Staff: since when the longest waiting customer waits.
    pub oldest_wait_ms: Option<i64>,
    /// Staff: who can be chosen in the filter.
    pub operators: Vec<Person>,
}

impl TicketsPage {
    fn lead(&self) -> String {
        match self.oldest_wait_ms {
            _ if !self.staff => self.ui.t("tickets-lead").into(),
            Some(since) => {
                let span = span(&self.ui, (self.ui.now_ms - since) / 1000);
                self.ui.ta("tickets-oldest", "span", &span)
            }
            None => self.ui.t("tickets-nobody-waits").into(),
        }
    }

    fn range(&self) -> String {
        let Pages { first, last, total, .. } = &self.pages;
        let [first, last, total] = [first, last, total].map(ToString::to_string);
        self.ui.lang.ta("tickets-range", &[("first", &first), ("last", &last), ("total", &total)])
    }

    /// Said to screen readers after a search.
    fn found(&self) -> String {
        self.ui.tn("tickets-found", self.pages.total)
    }
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
        self.search.is_empty() && self.chosen() == 0
    }

    /// How many of the lists hold a choice.
    pub fn chosen(&self) -> i64 {
        let lists = [&self.status, &self.category, &self.priority, &self.assigned];
        lists.iter().filter(|text| !text.is_empty()).map(|_| 1).sum()
    }

    fn is_operator(&self, id: &i64) -> bool {
        self.assigned == id.to_string()
    }
}

pub struct Tile {
    pub count: i64,
    /// Key of the text.
    pub label: &'static str,
    pub href: String,
    pub current: bool,
}

pub struct Pages {
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
    pub talk: Arc<Conversation>,
    pub may: May,
    /// Staff: who can be assigned.
    pub operators: Vec<Person>,
    pub reply: ReplyView,
    /// What may be attached.
    pub files: Rules,
    /// Text of a notice such as "saved".
    pub notice: Option<&'static str>,
}

impl TicketPage {
    fn ticket(&self) -> &Ticket {
        &self.talk.facts.ticket
    }

    fn customer(&self) -> &Person {
        &self.talk.facts.user
    }

    fn operator(&self) -> Option<&Person> {
        self.talk.facts.operator.as_ref()
    }

    /// How long the first answer took.
    fn first_answer_text(&self) -> Option<String> {
        let seconds = (self.ticket().first_answer_at?.0 - self.ticket().created_at.0) / 1000;
        Some(self.ui.ta("ticket-first-answer-after", "span", &span(&self.ui, seconds)))
    }

    fn is_operator(&self, id: &i64) -> bool {
        self.operator().is_some_and(|operator| operator.id == *id)
    }

    /// Where a form of this page is sent.
    fn path(&self, what: &str) -> String {
        format!("/dashboard/tickets-new/{}/{what}", self.id)
    }

    /// Who can have the ticket: the operators, and whoever has it though they are none any more.
    fn assignable(&self) -> impl Iterator<Item = &Person> {
        let former =
            self.operator().into_iter().filter(|operator| self.operators.iter().all(|one| one.id != operator.id));
        self.operators.iter().chain(former)
    }

    /// Where a ticket goes when staff opens it again.
    fn reopened(&self) -> Status {
        if self.operator().is_some() { Status::InProgress } else { Status::Open }
    }

    /// Whether the form's name tells the customer what an answer does.
    fn explains_reply(&self) -> bool {
        matches!(self.ticket().status, Status::AwaitingReply | Status::Resolved | Status::Closed)
    }

    /// The name of the form.
    fn reply_label(&self) -> &'static str {
        self.ui.t(match (self.staff, self.ticket().status) {
            (true, _) => "ticket-reply-to-customer",
            (false, Status::Closed) => "ticket-reply-reopens",
            (false, Status::Resolved) => "ticket-reply-not-solved",
            (false, Status::AwaitingReply) => "ticket-reply-your-turn",
            (false, _) => "ticket-reply",
        })
    }
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

/// Messages and changes in order of time; the first is the question itself.
#[derive(Template)]
#[template(path = "ticket_thread.html")]
pub struct Thread {
    pub ui: Ui,
    pub id: i64,
    /// Stands behind the question.
    pub earlier: Option<Earlier>,
    pub entries: Vec<Entry>,
}

/// Answers that are not shown, and where they are.
#[derive(Clone, Copy, Debug)]
pub struct Earlier {
    pub count: i64,
    /// How many answers the page shows that has more of them.
    pub shown: i64,
    /// The first answer of this page, to stay at.
    pub first: PublicId,
}

pub enum Entry {
    Message(Box<Message>),
    Change(Change),
}

pub struct Message {
    /// None: the question itself.
    pub id: PublicId,
    pub author: Person,
    /// Written by staff for staff.
    pub note: bool,
    /// By this reader.
    pub mine: bool,
    /// Sanitised: trusted markup.
    pub html: Arc<str>,
    pub files: Vec<Attachment>,
    pub at_ms: i64,
}

impl Message {
    /// Where a link finds it.
    pub fn anchor(&self) -> String {
        if self.id == PublicId::NONE { "question".to_owned() } else { format!("response-{}", self.id) }
    }
}

pub struct Change {
    /// `plus`, `arrow` (status), `person` (assigned), `flag` (priority), `folder` (category), `pencil` (title).
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
    pub last_seen: PublicId,
    /// A newer answer that came while this one was written.
    pub stale: Option<Box<Message>>,
    /// How it will look, if that was asked for: trusted markup.
    pub preview: Option<String>,
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
    /// How the message will look, if that was asked for: trusted markup.
    pub preview: Option<String>,
    pub idempotency_key: String,
    /// What may be attached.
    pub files: Rules,
}

impl TicketNewPage {
    fn category(&self) -> Category {
        Category::parse(self.form.value("category")).unwrap_or(Category::General)
    }

    fn priority(&self) -> Priority {
        Priority::parse(self.form.value("priority")).unwrap_or(Priority::Normal)
    }
}

/// What somebody wrote whose session ended meanwhile.
#[derive(Template)]
#[template(path = "ticket_words.html")]
pub struct WordsPage {
    pub ui: Ui,
    /// Where the form is sent again.
    pub action: String,
    pub text: String,
    /// Its other fields, as they came.
    pub fields: Vec<(String, String)>,
}
