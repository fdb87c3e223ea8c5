//! What a ticket is: its words, its rows, and what is derived of them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::base::{
    actor::Actor,
    clock::Timestamp,
    text::{Line, Prose},
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
    #[derive(Default)]
    Priority as TicketPriority { Low = "low", #[default] Normal = "normal", High = "high", Urgent = "urgent" }
}

words! {
    #[derive(Default)]
    Category as TicketCategory { #[default] General = "general", Technical = "technical", Billing = "billing", Other = "other" }
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
