//! What leaves of a ticket, by who gets it. What a customer gets has no room for internal notes or for an
//! operator's e-mail.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{Category, Priority, Status, Ticket};
use crate::platform::{
    base::{clock::Timestamp, public_id::PublicId},
    files::kind,
};

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
