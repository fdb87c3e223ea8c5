//! What a ticket is: its rows, its words, and what each side may see of it. What a customer gets has
//! no room for internal notes or for an operator's e-mail.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::{
    base::{
        actor::Actor,
        clock::Timestamp,
        public_id::PublicId,
        text::{Line, Prose},
    },
    files::kind,
};

/// A set of words that stand in the database, in JSON and in the names of texts; `as`: its name in the
/// description of the API.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident as $shown:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema, sqlx::Type)]
        #[serde(rename_all = "snake_case")]
        #[sqlx(type_name = "TEXT", rename_all = "snake_case")]
        #[schema(as = $shown)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    };
}

words! {
    /// Where a ticket stands.
    Status as TicketStatus {
        /// Nobody has taken it.
        Open = "open",
        /// An operator works on it.
        InProgress = "in_progress",
        /// The customer's turn.
        AwaitingReply = "awaiting_reply",
        Resolved = "resolved",
        Closed = "closed",
    }
}

words! {
    Priority as TicketPriority { Low = "low", Normal = "normal", High = "high", Urgent = "urgent" }
}

words! {
    Category as TicketCategory { General = "general", Technical = "technical", Billing = "billing", Other = "other" }
}

impl Default for Priority {
    fn default() -> Self {
        Self::Normal
    }
}

impl Default for Category {
    fn default() -> Self {
        Self::General
    }
}

impl Status {
    /// Whether somebody still waits for something.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Open | Self::InProgress | Self::AwaitingReply)
    }
}

/// Whose tickets a query may touch: the permission inside the SQL. Staff may read all; customers their
/// own, and never what is internal. Pages, JSON, search, files and live messages say it so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One customer's, without internal notes.
    Own(i64),
    /// Everybody's, for staff.
    All,
}

impl Scope {
    pub fn of(actor: &Actor) -> Self {
        if actor.role.is_staff() { Self::All } else { Self::Own(actor.user) }
    }

    pub fn is_staff(self) -> bool {
        self == Self::All
    }

    /// The owner that a query must match; 0 is nobody in particular.
    pub fn owner(self) -> i64 {
        match self {
            Self::Own(user) => user,
            Self::All => 0,
        }
    }
}

crate::table! { $
    /// A row of `ticket`.
    #[derive(Clone, Debug)]
    pub struct Ticket in "ticket" as ticket_columns {
        key { id: i64 }
        fixed {
            user_id: i64,
            message: String,
            /// The closed ticket that this one goes on from.
            previous_id: Option<i64>,
            created_at: Timestamp,
            /// Grows with each change: whoever acts on an older one looks again.
            version: i64,
        }
        changing {
            title: String,
            status: Status,
            status_since: Timestamp,
            priority: Priority,
            category: Category,
            assigned_to: Option<i64>,
            /// Public answers.
            response_count: i64,
            last_response_at: Option<Timestamp>,
            /// Whether the last public word is an operator's.
            last_by_staff: bool,
            /// When an operator first answered.
            first_answer_at: Option<Timestamp>,
            /// Since when the customer waits; none while it is the customer's turn.
            waiting_since: Option<Timestamp>,
            /// When time acts next.
            due_at: Option<Timestamp>,
            reminded_at: Option<Timestamp>,
            updated_at: Timestamp,
            closed_at: Option<Timestamp>,
            /// What was said before it counts as read by everybody: it was brought over.
            read_before: Option<Timestamp>,
            /// Time acts on nothing that happened before it.
            quiet_before: Option<Timestamp>,
        }
    }
}

impl Ticket {
    /// A ticket as it is when it is asked. The database gives its id.
    pub fn asked(by: i64, what: Question, at: Timestamp) -> Self {
        Self {
            id: 0,
            user_id: by,
            title: what.title.to_string(),
            message: what.message.to_string(),
            previous_id: what.previous_id,
            created_at: at,
            version: 0,
            status: Status::Open,
            status_since: at,
            priority: what.priority,
            category: what.category,
            assigned_to: None,
            response_count: 0,
            last_response_at: None,
            last_by_staff: false,
            first_answer_at: None,
            waiting_since: Some(at),
            due_at: None,
            reminded_at: None,
            updated_at: at,
            closed_at: None,
            read_before: None,
            quiet_before: None,
        }
    }

    /// What the history follows beside the operator, by the names that it has there.
    pub fn properties(&self) -> [(&'static str, &str); 4] {
        [
            ("status", self.status.as_str()),
            ("priority", self.priority.as_str()),
            ("category", self.category.as_str()),
            ("title", &self.title),
        ]
    }

    /// Whether a change has changed anything.
    pub fn is_same(&self, other: &Self) -> bool {
        self.properties() == other.properties() && self.assigned_to == other.assigned_to
    }

    /// What a search finds of the ticket itself.
    pub fn words(&self) -> String {
        format!("{}\n{}", self.title, self.message)
    }
}

crate::table! { $
    /// A row of `response`: a public answer, or an internal note.
    #[derive(Clone, Debug)]
    pub struct Response in "response" as response_columns {
        key { id: i64 }
        fixed {
            ticket_id: i64,
            /// None: the account is gone, and what it wrote stays.
            author_id: Option<i64>,
            by_staff: bool,
            message: String,
            is_internal: bool,
            created_at: Timestamp,
        }
        changing {}
    }
}

/// What somebody asks, checked: a ticket before it is one.
#[derive(Clone, Debug, Default)]
pub struct Question {
    pub title: Line,
    pub message: Prose,
    pub priority: Priority,
    pub category: Category,
    /// The closed ticket that this one goes on from.
    pub previous_id: Option<i64>,
}

/// A person in a ticket. `email`: only for staff, and a customer's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Person {
    pub id: i64,
    #[schema(example = "Мария Ковалёва")]
    pub username: String,
    pub operator: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl Person {
    /// As a customer may know them: nobody's e-mail but their own.
    pub fn for_customer(mut self, customer: i64) -> Self {
        if self.id != customer {
            self.email = None;
        }
        self
    }
}

/// A file of a ticket or an answer, in JSON.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    #[schema(value_type = i64)]
    pub id: PublicId,
    #[schema(example = "консоль.png")]
    pub filename: String,
    #[schema(example = "/api/attachments/ticket/7/console.png")]
    pub file_url: String,
    /// Of pictures: a small one, in JPEG. 404 when none could be made.
    #[schema(example = "/api/attachments/ticket/7/console.png/thumbnail")]
    pub thumbnail_url: Option<String>,
    pub file_size: i64,
    #[schema(example = "image/png")]
    pub mime_type: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl Attachment {
    /// Whether a browser shows it instead of saving it.
    pub fn is_shown(&self) -> bool {
        kind::is_shown(&self.mime_type)
    }
}

/// A public answer: what customers get. There is no note that could be put into it.
#[derive(Clone, Debug)]
pub struct PublicResponse {
    pub id: PublicId,
    /// Its id in the database, which is never shown.
    pub row: i64,
    pub author: Person,
    pub message: String,
    pub attachments: Vec<Attachment>,
    pub created_at: Timestamp,
}

/// An answer or an internal note: what staff gets.
#[derive(Clone, Debug)]
pub struct StaffResponse {
    pub response: PublicResponse,
    pub is_internal: bool,
}

/// An answer in JSON.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResponseView {
    #[schema(value_type = i64)]
    pub id: PublicId,
    pub message: String,
    /// Always false for customers.
    pub is_internal: bool,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    pub author: Person,
    pub attachments: Vec<Attachment>,
}

impl From<PublicResponse> for ResponseView {
    fn from(one: PublicResponse) -> Self {
        Self {
            id: one.id,
            message: one.message,
            is_internal: false,
            created_at: one.created_at,
            author: one.author,
            attachments: one.attachments,
        }
    }
}

impl From<StaffResponse> for ResponseView {
    fn from(one: StaffResponse) -> Self {
        Self { is_internal: one.is_internal, ..one.response.into() }
    }
}

/// What both sides see of a ticket itself.
#[derive(Clone, Debug)]
pub struct Facts {
    pub ticket: Ticket,
    pub user: Person,
    pub operator: Option<Person>,
    pub attachments: Vec<Attachment>,
}

/// A ticket as its owner sees it.
#[derive(Clone, Debug)]
pub struct CustomerView {
    pub facts: Facts,
    /// How many answers come before these.
    pub earlier: i64,
    pub responses: Vec<PublicResponse>,
}

/// A ticket as operators see it.
#[derive(Clone, Debug)]
pub struct StaffView {
    pub facts: Facts,
    pub earlier: i64,
    pub responses: Vec<StaffResponse>,
}

/// A ticket for whoever asked.
#[derive(Clone, Debug)]
pub enum View {
    Customer(CustomerView),
    Staff(StaffView),
}

impl View {
    pub fn facts(&self) -> &Facts {
        match self {
            Self::Customer(view) => &view.facts,
            Self::Staff(view) => &view.facts,
        }
    }

    pub fn earlier(&self) -> i64 {
        match self {
            Self::Customer(view) => view.earlier,
            Self::Staff(view) => view.earlier,
        }
    }
}

/// A ticket in JSON. Items of lists have no `responses`.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TicketView {
    pub id: i64,
    #[schema(example = "VPS не отвечает после обновления ядра")]
    pub title: String,
    pub message: String,
    pub status: Status,
    pub priority: Priority,
    pub category: Category,
    pub user: Person,
    /// Id of the operator who has it.
    pub assigned_to: Option<i64>,
    pub assigned_operator: Option<Person>,
    /// The closed ticket that this one goes on from.
    pub previous_id: Option<i64>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Timestamp>,
    pub response_count: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_response_at: Option<Timestamp>,
    pub attachments: Vec<Attachment>,
    /// The newest, in order of time; the others are at `/responses`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responses: Option<Vec<ResponseView>>,
    /// How many there are before these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier_responses: Option<i64>,
}

impl From<Facts> for TicketView {
    fn from(facts: Facts) -> Self {
        let ticket = facts.ticket;
        Self {
            id: ticket.id,
            title: ticket.title,
            message: ticket.message,
            status: ticket.status,
            priority: ticket.priority,
            category: ticket.category,
            user: facts.user,
            assigned_to: ticket.assigned_to,
            assigned_operator: facts.operator,
            previous_id: ticket.previous_id,
            created_at: ticket.created_at,
            updated_at: ticket.updated_at,
            closed_at: ticket.closed_at,
            response_count: ticket.response_count,
            last_response_at: ticket.last_response_at,
            attachments: facts.attachments,
            responses: None,
            earlier_responses: None,
        }
    }
}

impl View {
    /// What was said, in JSON.
    pub fn into_responses(self) -> (Facts, Vec<ResponseView>) {
        match self {
            Self::Customer(view) => (view.facts, view.responses.into_iter().map(ResponseView::from).collect()),
            Self::Staff(view) => (view.facts, view.responses.into_iter().map(ResponseView::from).collect()),
        }
    }
}

impl From<View> for TicketView {
    fn from(view: View) -> Self {
        let earlier = view.earlier();
        let (facts, responses) = view.into_responses();
        Self { responses: Some(responses), earlier_responses: Some(earlier), ..facts.into() }
    }
}

/// One change of a ticket: a row of `ticket_change` with who made it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeView {
    pub id: i64,
    /// `created`, `status`, `priority`, `category`, `title` or `assigned`.
    pub field: String,
    pub old_value: Option<String>,
    pub new_value: Option<String>,
    /// Null: it came by itself, or with time.
    pub author: Option<Person>,
    /// Operators: why nobody has it any more, `blocked`, `demoted` or `erased`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}
