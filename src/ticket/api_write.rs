//! Writing tickets, as JSON or as a form with files.

use crate::{
    platform::{
        base::{
            actor::Actor,
            error::{Error, Result},
            public_id::PublicId,
            text::Line,
        },
        web::{
            extract::{Context, Id, Json, Staff},
            ids,
            render::ErrorBody,
            upload::Upload,
        },
    },
    ticket::codes,
};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Tickets,
    api::TicketAnswer,
    changing::{self, Correction},
    creating,
    input::{NewReply, NewTicket},
    model::{Category, Priority, ResponseView, Status, TicketView},
    reading,
    replying::{self, Replied},
};

pub fn routes() -> OpenApiRouter<Tickets> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(respond))
        .routes(routes!(set_status))
        .routes(routes!(assign))
        .routes(routes!(close))
        .routes(routes!(resolve))
        .routes(routes!(correct))
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CreateBody {
    /// 3 to 200 characters.
    #[serde(default)]
    #[schema(required = true, min_length = 3, max_length = 200, example = "VPS не отвечает после обновления ядра")]
    title: String,
    /// 10 to 10,000 characters, shown as they were written; fences, `code`, `**bold**`, lists and links are
    /// shown as such.
    #[serde(default)]
    #[schema(required = true, min_length = 10, max_length = 10_000)]
    message: String,
    #[serde(default)]
    #[schema(value_type = Category, default = "general")]
    category: String,
    #[serde(default)]
    #[schema(value_type = Priority, default = "normal")]
    priority: String,
    /// A closed ticket that this one goes on from.
    #[schema(schema_with = ids::schema_or_null)]
    previous_id: Option<i64>,
}

/// As `CreateBody`, with files; a form has no null.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "only described: `Upload` takes the files out of the form")]
struct CreateForm {
    /// 3 to 200 characters.
    #[schema(min_length = 3, max_length = 200)]
    title: String,
    /// 10 to 10,000 characters.
    #[schema(min_length = 10, max_length = 10_000)]
    message: String,
    #[schema(required = false, default = "general")]
    category: Category,
    #[schema(required = false, default = "normal")]
    priority: Priority,
    /// A closed ticket that this one goes on from.
    #[schema(required = false)]
    previous_id: i64,
    /// {files}.
    #[schema(required = false, value_type = Vec<String>, format = Binary)]
    attachments: Vec<u8>,
    /// Whether to send a private key that is among the files; without it `file_private_key` is the answer.
    #[schema(required = false, default = false)]
    private_keys: bool,
}

/// As `RespondBody`, with files; a form has no null.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "only described: `Upload` takes the files out of the form")]
struct RespondForm {
    ticket_id: i64,
    /// 1 to 10,000 characters.
    #[schema(min_length = 1, max_length = 10_000)]
    message: String,
    /// Operators: a note that the customer never sees.
    #[schema(required = false, default = false)]
    is_internal: bool,
    /// The newest answer that the writer has seen: with a newer one nothing is written and 409 brings it.
    #[schema(required = false)]
    last_seen_response_id: i64,
    /// Send all the same.
    #[schema(required = false, default = false)]
    force: bool,
    /// {files}.
    #[schema(required = false, value_type = Vec<String>, format = Binary)]
    attachments: Vec<u8>,
    /// Whether to send a private key that is among the files; without it `file_private_key` is the answer.
    #[schema(required = false, default = false)]
    private_keys: bool,
}

/// The key of a request that may be repeated, from its header.
fn key(headers: &HeaderMap) -> Option<String> {
    headers.get("idempotency-key").map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Makes a ticket; JSON, or multipart with files named `attachments` ({files}).
///
/// With an `Idempotency-Key` header the same request again makes nothing twice and is answered as the
/// first time.
#[utoipa::path(post, path = "/api/ticket/create", tag = "tickets",
    request_body(content((CreateBody = "application/json"), (CreateForm = "multipart/form-data"))),
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 255, pattern = "^[!-~]+$")),
    security(("bearer" = []), ("cookie" = [])),
    responses((status = 201, body = TicketAnswer), (status = 401, body = ErrorBody), (status = 413, body = ErrorBody),
    (status = 415, body = ErrorBody), (status = 422, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn create(
    State(tickets): State<Tickets>,
    actor: Actor,
    headers: HeaderMap,
    upload: Upload<CreateBody>,
) -> Result<impl IntoResponse> {
    let (body, files) = upload.checked()?;
    let new = NewTicket {
        title: body.title.into(),
        message: body.message.into(),
        category: body.category,
        priority: body.priority,
        previous_id: body.previous_id,
        files,
        key: key(&headers),
    };
    let id = creating::create(&tickets, &actor, &new).await?;
    // Nothing was said in it yet.
    let ticket = TicketView { responses: Some(Vec::new()), ..reading::facts(&tickets, &actor, id).await?.into() };
    Ok((StatusCode::CREATED, axum::Json(TicketAnswer { ticket })))
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RespondBody {
    #[serde(default)]
    #[schema(required = true, schema_with = ids::schema)]
    ticket_id: i64,
    /// 1 to 10,000 characters.
    #[serde(default)]
    #[schema(required = true, min_length = 1, max_length = 10_000)]
    message: String,
    /// Operators: a note that the customer never sees.
    #[serde(default)]
    #[schema(default = false)]
    is_internal: bool,
    /// The newest answer that the writer has seen: with a newer one nothing is written and 409 brings it.
    #[schema(schema_with = ids::schema_or_null)]
    last_seen_response_id: Option<PublicId>,
    /// Send all the same.
    #[serde(default)]
    #[schema(default = false)]
    force: bool,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RespondAnswer {
    response: ResponseView,
    ticket_status: Status,
    assigned_to: Option<i64>,
}

/// Why an answer was not written; `response` is the newer one that came first, if that is why.
#[derive(Serialize, ToSchema)]
struct StaleBody {
    #[serde(flatten)]
    error: ErrorBody,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<ResponseView>,
}

/// Answers a ticket; JSON, or multipart with files named `attachments` ({files}).
#[utoipa::path(post, path = "/api/ticket/respond", tag = "tickets",
    request_body(content((RespondBody = "application/json"), (RespondForm = "multipart/form-data"))),
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 255, pattern = "^[!-~]+$")),
    security(("bearer" = []), ("cookie" = [])),
    responses((status = 201, body = RespondAnswer), (status = 401, body = ErrorBody),
    (status = 403, body = ErrorBody, description = "Notes are for operators"), (status = 404, body = ErrorBody),
    (status = 409, body = StaleBody, description = "A newer answer is there, or the ticket is closed for good"),
    (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 422, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn respond(
    State(tickets): State<Tickets>,
    actor: Actor,
    context: Context,
    headers: HeaderMap,
    upload: Upload<RespondBody>,
) -> Result<Response> {
    let (body, files) = upload.checked()?;
    let new = NewReply {
        ticket_id: body.ticket_id,
        message: body.message.into(),
        is_internal: body.is_internal,
        last_seen: body.last_seen_response_id,
        force: body.force,
        then: None,
        files,
        key: key(&headers),
    };
    match replying::reply(&tickets, &actor, &new).await? {
        Replied::Done { row, status, assigned_to } => {
            let response = reading::response(&tickets, &actor, row).await?;
            let answer = RespondAnswer { response, ticket_status: status, assigned_to };
            Ok((StatusCode::CREATED, axum::Json(answer)).into_response())
        }
        Replied::Stale(id) => {
            let error = Error::conflict(codes::TICKET_STALE);
            let error = ErrorBody::new(&error, context.lang);
            let response = Some(reading::response(&tickets, &actor, id).await?);
            Ok((StatusCode::CONFLICT, axum::Json(StaleBody { error, response })).into_response())
        }
    }
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

async fn answer(tickets: &Tickets, actor: &Actor, id: i64) -> Result<axum::Json<TicketAnswer>> {
    Ok(axum::Json(TicketAnswer { ticket: reading::facts(tickets, actor, id).await?.into() }))
}

/// An operator sets the status.
#[utoipa::path(post, path = "/api/ticket/status", tag = "tickets", request_body = StatusBody, security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = TicketAnswer), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)))]
async fn set_status(
    State(tickets): State<Tickets>,
    Staff(actor): Staff,
    Json(body): Json<StatusBody>,
) -> Result<axum::Json<TicketAnswer>> {
    let status = Status::parse(&body.status);
    let status = status.ok_or_else(|| Error::invalid().field("status", "field-choice-unknown"))?;
    changing::set_status(&tickets, &actor, body.ticket_id, status).await?;
    answer(&tickets, &actor, body.ticket_id).await
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
    Json(body): Json<AssignBody>,
) -> Result<axum::Json<TicketAnswer>> {
    let operator = body.operator_id.ok_or_else(|| Error::invalid().field("operatorId", "field-required"))?;
    changing::assign(&tickets, &actor, body.ticket_id, operator).await?;
    answer(&tickets, &actor, body.ticket_id).await
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
    context: Context,
    Json(body): Json<TicketBody>,
) -> Result<axum::Json<Done>> {
    changing::close(&tickets, &actor, body.ticket_id).await?;
    Ok(axum::Json(Done { success: true, message: context.lang.t("message-ticket-closed") }))
}

/// "Thank you, solved": its owner (or an operator) marks a ticket as resolved.
#[utoipa::path(post, path = "/api/ticket/resolve", tag = "tickets", request_body = TicketBody, security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = TicketAnswer), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
async fn resolve(
    State(tickets): State<Tickets>,
    actor: Actor,
    Json(body): Json<TicketBody>,
) -> Result<axum::Json<TicketAnswer>> {
    changing::thank(&tickets, &actor, body.ticket_id).await?;
    answer(&tickets, &actor, body.ticket_id).await
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
    Id(id): Id,
    Json(body): Json<CorrectBody>,
) -> Result<axum::Json<TicketAnswer>> {
    let unknown = |field| move || Error::invalid().field(field, "field-choice-unknown");
    let priority = body.priority.map(|word| Priority::parse(&word).ok_or_else(unknown("priority"))).transpose()?;
    let category = body.category.map(|word| Category::parse(&word).ok_or_else(unknown("category"))).transpose()?;
    changing::correct(&tickets, &actor, id, &Correction { priority, category, title: body.title.map(Line::from) })
        .await?;
    answer(&tickets, &actor, id).await
}
