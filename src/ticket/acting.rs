//! What is done to a ticket beside answering: status, operator, properties, closing, thanks. For pages and
//! programs alike.

use axum::{extract::State, response::Response, routing::post};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Tickets,
    api::TicketAnswer,
    changing::{change, step},
    input::check_title,
    model::{Category, Priority, Status},
    notices,
    pages::PAGE,
    reading, store,
    store_search::{self, NewDoc},
    workflow::{By, Step},
};
use crate::platform::{
    base::{
        actor::Actor,
        error::{Error, Result},
        text::Line,
    },
    web::{
        asked::{Asked, Input},
        extract::{Context, Id, Staff},
        ids,
        render::ErrorBody,
    },
};

pub fn routes() -> OpenApiRouter<Tickets> {
    let page = |what: &str| format!("{PAGE}/{{ticketId}}/{what}");
    OpenApiRouter::new()
        .routes(routes!(set_status))
        .route(&page("status"), post(set_status))
        .routes(routes!(assign))
        .route(&page("assign"), post(assign))
        .route(&page("take"), post(take))
        .routes(routes!(close))
        .route(&page("close"), post(close))
        .routes(routes!(resolve))
        .route(&page("thanks"), post(resolve))
        .routes(routes!(correct))
        .route(&format!("{PAGE}/{{id}}/properties"), post(correct))
}

/// The ticket as it is now, or the way back to its page with a word of what was done.
async fn done(tickets: &Tickets, actor: &Actor, asked: Asked, id: i64, word: &str) -> Result<Response> {
    let answer = async || {
        let ticket = reading::facts(tickets, actor, id).await?.into();
        Ok(axum::Json(TicketAnswer { ticket }))
    };
    asked.done(answer, &back(id, word)).await
}

fn back(id: i64, word: &str) -> String {
    if word.is_empty() { format!("{PAGE}/{id}") } else { format!("{PAGE}/{id}?done={word}") }
}

fn unknown(field: &'static str) -> Error {
    Error::invalid().field(field, "field-choice-unknown")
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StatusBody {
    #[serde(default)]
    #[schema(required = true, schema_with = ids::schema)]
    ticket_id: i64,
    #[serde(default)]
    #[schema(required = true, value_type = Status, example = "resolved")]
    status: String,
}

/// An operator sets the status.
#[utoipa::path(post, path = "/api/ticket/status", tag = "tickets", request_body = StatusBody, security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = TicketAnswer), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)))]
async fn set_status(
    State(tickets): State<Tickets>,
    Staff(actor): Staff,
    asked: Asked,
    Input(body): Input<StatusBody>,
) -> Result<Response> {
    let status = Status::parse(&body.status).ok_or_else(|| unknown("status"))?;
    let set = Step::OperatorSets(status);
    change(&tickets, &actor, body.ticket_id, async |_, ticket| step(&tickets, ticket, set, By::Staff)).await?;
    done(&tickets, &actor, asked, body.ticket_id, "saved").await
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AssignBody {
    #[serde(default)]
    #[schema(required = true, schema_with = ids::schema)]
    ticket_id: i64,
    /// Null: nobody.
    #[serde(default, deserialize_with = "given")]
    #[schema(required = true, schema_with = ids::schema_or_null)]
    operator_id: Option<Option<i64>>,
}

/// Null is an answer; what is missing is none.
fn given<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<Option<i64>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// Gives a ticket to an operator, or to nobody.
#[utoipa::path(post, path = "/api/ticket/assign", tag = "tickets", request_body = AssignBody, security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = TicketAnswer), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 422, body = ErrorBody, description = "That is no operator")))]
async fn assign(
    State(tickets): State<Tickets>,
    Staff(actor): Staff,
    asked: Asked,
    Input(body): Input<AssignBody>,
) -> Result<Response> {
    let operator = body.operator_id.ok_or_else(|| Error::invalid().field("operatorId", "field-required"))?;
    give(&tickets, &actor, body.ticket_id, operator).await?;
    done(&tickets, &actor, asked, body.ticket_id, "saved").await
}

/// The operator who reads the page takes it.
async fn take(
    State(tickets): State<Tickets>,
    Staff(actor): Staff,
    asked: Asked,
    Input(body): Input<TicketBody>,
) -> Result<Response> {
    give(&tickets, &actor, body.ticket_id, Some(actor.user)).await?;
    done(&tickets, &actor, asked, body.ticket_id, "").await
}

async fn give(tickets: &Tickets, actor: &Actor, id: i64, operator: Option<i64>) -> Result<()> {
    change(tickets, actor, id, async |tx, ticket| {
        let Some(operator) = operator else {
            ticket.assigned_to = None;
            return step(tickets, ticket, Step::OperatorUnassigns, By::Staff);
        };
        if store::any_operator(tx, operator).await?.is_none() {
            return Err(Error::invalid().field("operatorId", "field-ticket-no-operator"));
        }
        let had = ticket.assigned_to.replace(operator);
        step(tickets, ticket, Step::OperatorAssigns, By::Staff)?;
        match had {
            Some(before) if before == operator => Ok(()),
            _ => notices::assigned(tickets, tx, ticket, actor, operator).await,
        }
    })
    .await
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TicketBody {
    #[serde(default)]
    #[schema(required = true, schema_with = ids::schema)]
    ticket_id: i64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = TicketClosed)]
struct Done {
    success: bool,
    message: &'static str,
}

/// Its owner or an operator closes a ticket.
#[utoipa::path(post, path = "/api/ticket/close", tag = "tickets", request_body = TicketBody, security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Done), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn close(
    State(tickets): State<Tickets>,
    actor: Actor,
    asked: Asked,
    context: Context,
    Input(body): Input<TicketBody>,
) -> Result<Response> {
    let (wanted, by) = match actor.role.is_staff() {
        true => (Step::OperatorSets(Status::Closed), By::Staff),
        false => (Step::CustomerCloses, By::Owner),
    };
    change(&tickets, &actor, body.ticket_id, async |_, ticket| step(&tickets, ticket, wanted, by)).await?;
    let message = context.lang.t("message-ticket-closed");
    asked.done(async || Ok(axum::Json(Done { success: true, message })), &back(body.ticket_id, "closed")).await
}

/// "Thank you, solved": its owner (or an operator) marks a ticket as resolved.
#[utoipa::path(post, path = "/api/ticket/resolve", tag = "tickets", request_body = TicketBody, security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = TicketAnswer), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn resolve(
    State(tickets): State<Tickets>,
    actor: Actor,
    asked: Asked,
    Input(body): Input<TicketBody>,
) -> Result<Response> {
    let (wanted, by) = match actor.role.is_staff() {
        true => (Step::OperatorSets(Status::Resolved), By::Staff),
        false => (Step::CustomerThanks, By::Owner),
    };
    change(&tickets, &actor, body.ticket_id, async |_, ticket| step(&tickets, ticket, wanted, by)).await?;
    done(&tickets, &actor, asked, body.ticket_id, "thanks").await
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
struct CorrectBody {
    #[schema(value_type = Option<Priority>)]
    priority: Option<String>,
    #[schema(value_type = Option<Category>)]
    category: Option<String>,
    /// 3 to 200 characters.
    #[schema(min_length = 3, max_length = 200)]
    title: Option<String>,
}

/// An operator corrects priority, category or title; what is not given stays.
#[utoipa::path(patch, path = "/api/ticket/{id}", tag = "tickets", params(("id" = i64, Path)), request_body = CorrectBody,
    security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = TicketAnswer), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)))]
async fn correct(
    State(tickets): State<Tickets>,
    Staff(actor): Staff,
    asked: Asked,
    Id(id): Id,
    Input(body): Input<CorrectBody>,
) -> Result<Response> {
    let priority = body.priority.map(|word| Priority::parse(&word).ok_or_else(|| unknown("priority"))).transpose()?;
    let category = body.category.map(|word| Category::parse(&word).ok_or_else(|| unknown("category"))).transpose()?;
    let title = body.title.map(Line::from);
    if let Some(title) = &title {
        check_title(Error::invalid(), title).or_ok()?;
    }
    change(&tickets, &actor, id, async |tx, ticket| {
        ticket.priority = priority.unwrap_or(ticket.priority);
        ticket.category = category.unwrap_or(ticket.category);
        if let Some(title) = title.filter(|title| **title != ticket.title) {
            ticket.title = title.to_string();
            store_search::any_replace(tx, &NewDoc::question(ticket, &ticket.words())).await?;
        }
        Ok(())
    })
    .await?;
    done(&tickets, &actor, asked, id, "saved").await
}
