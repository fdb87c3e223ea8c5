//! Reading tickets, as JSON.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize, Serializer};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Tickets,
    model::{Category, Priority, Status},
    reading::{self, Item, Stats, Wanted},
    seeing,
    shown::{ChangeView, ResponseView, TicketView},
    store_list::{Narrow, Stand},
};
use crate::platform::{
    base::{
        actor::Actor,
        error::{Error, Result},
        public_id::PublicId,
    },
    web::{
        Json,
        extract::{Id, Query},
        render::ErrorBody,
    },
};

pub const PAGE_SIZE: i64 = 10;
/// A page behind it is asked for by mistake.
pub const MOST_PAGES: i64 = 10_000_000;

pub fn routes() -> OpenApiRouter<Tickets> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get)).routes(routes!(responses)).routes(routes!(history))
}

/// What a filter takes, for its description only: nothing, `all`, or a word.
macro_rules! filters {
    ($($name:ident: $words:expr),+ $(,)?) => { $(
        enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let words = ["", "all"].into_iter().chain($words);
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
            }
        }
    )+ };
}

filters! {
    StatusFilter: Status::ALL.iter().map(|one| one.as_str()).chain([Stand::WAITING]),
    CategoryFilter: Category::ALL.iter().map(|one| one.as_str()),
    PriorityFilter: Priority::ALL.iter().map(|one| one.as_str()),
}

/// What a list is narrowed to; `all` and an empty word are no filter.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// `open`, `in_progress`, `awaiting_reply`, `resolved`, `closed`, `waiting` (open or in progress: the
    /// customer waits) or `all`.
    #[param(inline, value_type = StatusFilter)]
    pub status: String,
    /// `general`, `technical`, `billing`, `other` or `all`.
    #[param(inline, value_type = CategoryFilter)]
    pub category: String,
    /// `low`, `normal`, `high`, `urgent` or `all`.
    #[param(inline, value_type = PriorityFilter)]
    pub priority: String,
    /// Operators: `me`, `unassigned`, `others`, an operator's id or `all`.
    pub assigned: String,
    /// Words in titles, messages and answers, or a ticket's number. Of the search the first eight words count,
    /// of what it finds the newest 250 places.
    pub search: String,
    /// From 1.
    #[param(minimum = 1, maximum = 10_000_000)]
    pub page: Option<i64>,
    /// 1 to 50, 10 by default.
    #[param(minimum = 1, maximum = 50)]
    pub page_size: Option<i64>,
}

impl ListQuery {
    /// Unknown words are invalid fields.
    pub fn wanted(&self, actor: &Actor) -> Result<Wanted> {
        let mut error = Error::invalid();
        let mut check = |ok: bool, field: &'static str| {
            if !ok {
                error = error.clone().field(field, "field-choice-unknown");
            }
        };
        let status = word(&self.status, Stand::parse);
        let category = word(&self.category, Category::parse);
        let priority = word(&self.priority, Priority::parse);
        let assigned = reading::assigned(actor, &self.assigned);
        let (page, page_size) = (self.page.unwrap_or(1), self.page_size.unwrap_or(PAGE_SIZE));
        check(status.is_some(), "status");
        check(category.is_some(), "category");
        check(priority.is_some(), "priority");
        check(assigned.is_some(), "assigned");
        check((1..=MOST_PAGES).contains(&page), "page");
        check((1..=50).contains(&page_size), "pageSize");
        error.or_ok()?;
        let narrow = Narrow {
            status: status.flatten(),
            category: category.flatten(),
            priority: priority.flatten(),
            assigned: assigned.flatten(),
        };
        Ok(Wanted { narrow, search: self.search.clone(), page, page_size })
    }
}

/// `Some(None)`: no filter; `None`: no such word.
fn word<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    if text.is_empty() || text == "all" { Some(None) } else { parse(text).map(Some) }
}

#[derive(Serialize, ToSchema)]
#[schema(as = TicketList)]
struct ListAnswer {
    #[serde(serialize_with = "tickets_of")]
    #[schema(value_type = Vec<TicketView>)]
    tickets: Arc<[Item]>,
    meta: Meta,
    stats: StatsView,
}

/// Items are remembered, so they are written as they lie there.
fn tickets_of<S: Serializer>(items: &[Item], to: S) -> std::result::Result<S::Ok, S::Error> {
    to.collect_seq(items.iter().map(|item| &item.ticket))
}

/// Where a page lies in its list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Meta {
    page: i64,
    page_size: i64,
    total: i64,
    total_pages: i64,
    has_more: bool,
}

/// How many tickets there are of each status: the reader's own, or all for operators.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StatsView {
    open: i64,
    in_progress: i64,
    awaiting_reply: i64,
    resolved: i64,
    closed: i64,
    /// Operators: open, in progress or awaiting a reply, and mine.
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_to_me: Option<i64>,
    /// Operators: the same, and nobody's.
    #[serde(skip_serializing_if = "Option::is_none")]
    unassigned: Option<i64>,
}

impl StatsView {
    fn new(stats: Stats, staff: bool) -> Self {
        Self {
            open: stats.open,
            in_progress: stats.in_progress,
            awaiting_reply: stats.awaiting_reply,
            resolved: stats.resolved,
            closed: stats.closed,
            assigned_to_me: staff.then_some(stats.assigned_to_me),
            unassigned: staff.then_some(stats.unassigned),
        }
    }
}

/// The reader's tickets, newest change first: a customer's own, all for operators.
#[utoipa::path(get, path = "/api/ticket", tag = "tickets", params(ListQuery), security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = ListAnswer), (status = 401, body = ErrorBody), (status = 422, body = ErrorBody)))]
async fn list(
    State(tickets): State<Tickets>,
    actor: Actor,
    Query(query): Query<ListQuery>,
) -> Result<Json<ListAnswer>> {
    let wanted = query.wanted(&actor)?;
    let list = reading::list(&tickets, &actor, &wanted).await?;
    let total_pages = (list.total + wanted.page_size - 1) / wanted.page_size;
    let meta = Meta {
        page: wanted.page,
        page_size: wanted.page_size,
        total: list.total,
        total_pages,
        has_more: wanted.page < total_pages,
    };
    let stats = StatsView::new(list.stats, actor.role.is_staff());
    Ok(Json(ListAnswer { tickets: list.items, meta, stats }))
}

/// A ticket, as the answer to what reads or changes one. What changes one answers without `responses`.
#[derive(Serialize, ToSchema)]
pub struct TicketAnswer {
    pub ticket: TicketView,
}

/// So many answers of a conversation at a time, if nothing else is asked for.
const RESPONSES: i64 = 100;

/// One ticket with its files and its newest 100 answers in order of time; those before them are at
/// `/responses`. Customers get no internal notes.
#[utoipa::path(get, path = "/api/ticket/{id}", tag = "tickets", params(("id" = i64, Path)), security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = TicketAnswer), (status = 401, body = ErrorBody),
    (status = 404, body = ErrorBody, description = "Not there, or another customer's")))]
async fn get(State(tickets): State<Tickets>, actor: Actor, Id(id): Id) -> Result<axum::Json<TicketAnswer>> {
    let ticket = reading::get(&tickets, &actor, id, |_| RESPONSES).await?.into();
    seeing::saw(&tickets, &actor, id).await;
    Ok(axum::Json(TicketAnswer { ticket }))
}

/// Which part of a conversation.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct PartQuery {
    /// An answer: those before it. Without it the newest.
    #[param(value_type = Option<i64>)]
    before: Option<PublicId>,
    /// 1 to 200, 100 by default.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ResponsesAnswer {
    responses: Vec<ResponseView>,
    /// How many there are before these.
    earlier_responses: i64,
}

/// A part of a ticket's answers in order of time. Customers get no internal notes.
#[utoipa::path(get, path = "/api/ticket/{id}/responses", tag = "tickets", params(("id" = i64, Path), PartQuery),
    security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = ResponsesAnswer), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 422, body = ErrorBody)))]
async fn responses(
    State(tickets): State<Tickets>,
    actor: Actor,
    Id(id): Id,
    Query(part): Query<PartQuery>,
) -> Result<axum::Json<ResponsesAnswer>> {
    let limit = part.limit.unwrap_or(RESPONSES);
    if !(1..=200).contains(&limit) {
        return Err(Error::invalid().field("limit", "field-choice-unknown"));
    }
    let view = reading::earlier(&tickets, &actor, id, part.before, limit).await?;
    let earlier_responses = view.earlier();
    Ok(axum::Json(ResponsesAnswer { responses: view.into_responses().1, earlier_responses }))
}

#[derive(Serialize, ToSchema)]
struct HistoryAnswer {
    history: Vec<ChangeView>,
}

/// Who changed what, oldest first.
#[utoipa::path(get, path = "/api/ticket/{id}/history", tag = "tickets", params(("id" = i64, Path)), security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = HistoryAnswer), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn history(State(tickets): State<Tickets>, actor: Actor, Id(id): Id) -> Result<axum::Json<HistoryAnswer>> {
    Ok(axum::Json(HistoryAnswer { history: reading::history(&tickets, &actor, id).await? }))
}
