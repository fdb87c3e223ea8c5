//! Answering: a customer, an operator, or an internal note; with the step that the map of transitions
//! gives, its files, its history and who is told, in one transaction.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Settings, Tickets, changing, codes,
    creating::{attach, key, repeated},
    events,
    input::{NewReply, Said},
    model::{Response as Answer, Scope, Status, Ticket},
    notices,
    pages::PAGE,
    pages_ticket, reading,
    shown::ResponseView,
    store,
    store_response::{self, Kind},
    store_search::{self, NewDoc},
    workflow::{By, Step},
};
use crate::platform::{
    base::{
        actor::Actor,
        clock::Timestamp,
        error::{Error, Result},
    },
    data::{db::Tx, row},
    files::Received,
    web::{asked::Asked, extract::Context, render::ErrorBody, upload::Upload},
};

pub fn routes() -> OpenApiRouter<Tickets> {
    OpenApiRouter::new().routes(routes!(respond)).route(&format!("{PAGE}/{{ticketId}}/reply"), post(respond))
}

/// As JSON, with files.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "only described: `Upload` takes the files out of the form")]
struct RespondForm {
    #[serde(flatten)]
    reply: NewReply,
    /// {files}.
    #[schema(required = false, value_type = Vec<String>, format = Binary)]
    attachments: Vec<u8>,
    /// Whether to send a private key that is among the files; without it `file_private_key` is the answer.
    #[schema(required = false, default = false)]
    private_keys: bool,
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
    request_body(content((NewReply = "application/json"), (RespondForm = "multipart/form-data"))),
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 255, pattern = "^[!-~]+$")),
    security(("bearer" = []), ("cookie" = [])),
    responses((status = 201, body = RespondAnswer), (status = 401, body = ErrorBody),
    (status = 403, body = ErrorBody, description = "Notes are for operators"), (status = 404, body = ErrorBody),
    (status = 409, body = StaleBody, description = "A newer answer is there, or the ticket is closed for good"),
    (status = 413, body = ErrorBody), (status = 415, body = ErrorBody), (status = 422, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn respond(
    State(tickets): State<Tickets>,
    actor: Actor,
    asked: Asked,
    context: Context,
    headers: HeaderMap,
    upload: Upload<NewReply>,
) -> Result<Response> {
    let (new, files) = upload.parts();
    let had_files = files.as_ref().is_ok_and(|files| !files.is_empty());
    let said = match &asked {
        // What was meant as a note never goes out by accident.
        Asked::Browser(_) if actor.role.is_staff() && !["reply", "note"].contains(&new.kind.as_str()) => {
            Err(Error::invalid().field("message", "field-ticket-kind"))
        }
        _ => reply(&tickets, &actor, &new, files, &headers).await,
    };
    let newer = match said {
        Ok(Replied::Done { row, status: ticket_status, assigned_to }) => {
            let answer = async || {
                let response = reading::response(&tickets, &actor, row).await?;
                Ok((StatusCode::CREATED, axum::Json(RespondAnswer { response, ticket_status, assigned_to })))
            };
            let anchor = tickets.db.seal.show(store_response::RESPONSE, row);
            return asked.done(answer, &format!("{PAGE}/{}#response-{anchor}", new.ticket_id)).await;
        }
        Ok(Replied::Stale(newer)) => reading::response(&tickets, &actor, newer).await?,
        Err(error) => {
            let again = async |ui, error| pages_ticket::again(&tickets, ui, &actor, new, error).await;
            return asked.refused(error, again).await;
        }
    };
    match asked {
        Asked::Program => {
            let error = ErrorBody::new(&Error::conflict(codes::TICKET_STALE), context.lang);
            Ok((StatusCode::CONFLICT, axum::Json(StaleBody { error, response: Some(newer) })).into_response())
        }
        Asked::Browser(reader) => {
            let page = pages_ticket::stale(&tickets, reader.ui().await, &actor, new, newer, had_files).await?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Replied {
    /// The answer's row, and where its ticket stands now.
    Done { row: i64, status: Status, assigned_to: Option<i64> },
    /// Nothing was written: this newer answer came first.
    Stale(i64),
}

/// Writes an answer or a note. The same key again gives what was written the first time.
///
/// # Errors
/// 403 `forbidden`: a customer's note. 404 `ticket_not_found`. 409 `ticket_busy`, or what the map of transitions
/// forbids. 422 with what is wrong in each field. 429 after too many in an hour.
async fn reply(
    tickets: &Tickets,
    actor: &Actor,
    new: &NewReply,
    files: Result<Vec<Received>>,
    headers: &HeaderMap,
) -> Result<Replied> {
    let files = files?;
    let said = new.checked(actor)?;
    let key = key(headers, &new.idempotency_key)?;
    let mut tx = tickets.db.begin().await?;
    if let Some(made) = repeated(tickets, &mut tx, actor, key.as_deref(), &("reply", new), &files).await? {
        let row = made.response_id.ok_or_else(|| Error::conflict(codes::TICKET_BUSY))?;
        let ticket = store::lock(&mut tx, Scope::of(actor), made.ticket_id).await?;
        let ticket = ticket.ok_or_else(|| Error::not_found(codes::TICKET_NOT_FOUND))?;
        return Ok(Replied::Done { row, status: ticket.status, assigned_to: ticket.assigned_to });
    }
    if !actor.role.is_staff() {
        tickets.reply_limit.take(&actor.user)?;
    }
    let ticket = store::lock(&mut tx, Scope::of(actor), new.ticket_id).await?;
    let mut ticket = ticket.ok_or_else(|| Error::not_found(codes::TICKET_NOT_FOUND))?;
    if let Some(seen) = new.last_seen_response_id.filter(|_| !new.force)
        && let seen = tickets.db.seal.find(store_response::RESPONSE, seen)
        && let Some(newer) = store_response::newer_than(&mut tx, Scope::of(actor), ticket.id, seen).await?
    {
        return Ok(Replied::Stale(newer));
    }
    let id = write(tickets, &mut tx, actor, &ticket, &said, &files).await?;
    if said.is_internal {
        notices::noted(tickets, &mut tx, &ticket, actor, id, &said.message).await?;
    } else {
        publish(tickets, &mut tx, actor, &mut ticket, said.then).await?;
        notices::answered(tickets, &mut tx, &ticket, actor, id, &said.message).await?;
        store::set_seen(&mut tx, actor.user, ticket.id, tickets.clock.now()).await?;
    }
    events::record_response(&mut tx, &ticket, id, said.is_internal);
    if let Some(key) = &key {
        store::set_made(&mut tx, actor.user, key, ticket.id, Some(id)).await?;
    }
    tx.commit().await?;
    Ok(Replied::Done { row: id, status: ticket.status, assigned_to: ticket.assigned_to })
}

/// The answer's row, its files, and its words for the search.
async fn write(
    tickets: &Tickets,
    tx: &mut Tx,
    actor: &Actor,
    ticket: &Ticket,
    said: &Said,
    files: &[Received],
) -> Result<i64> {
    let answer = Answer {
        id: 0,
        ticket_id: ticket.id,
        author_id: Some(actor.user),
        by_staff: actor.role.is_staff(),
        message: said.message.to_string(),
        is_internal: said.is_internal,
        created_at: tickets.clock.now(),
    };
    let id = add(tx, ticket.user_id, answer).await?;
    attach(tickets, tx, actor, Kind::Response, id, files).await?;
    Ok(id)
}

/// Writes an answer in somebody's ticket, makes it findable, and says its id.
pub(super) async fn add(tx: &mut Tx, owner: i64, mut answer: Answer) -> Result<i64> {
    answer.id = row::add(tx, &answer).await?;
    store_search::any_add(tx, &NewDoc::said(owner, &answer)).await?;
    Ok(answer.id)
}

/// What a public answer makes of its ticket.
async fn publish(
    tickets: &Tickets,
    tx: &mut Tx,
    actor: &Actor,
    ticket: &mut Ticket,
    then: Option<Status>,
) -> Result<()> {
    let now = tickets.clock.now();
    let staff = actor.role.is_staff();
    let before = ticket.clone();
    let (step, by) = if staff { (Step::OperatorReplies, By::Staff) } else { (Step::CustomerReplies, By::Owner) };
    changing::step(tickets, ticket, step, by)?;
    if staff {
        if ticket.assigned_to.is_none() {
            ticket.assigned_to = Some(actor.user);
        }
        ticket.first_answer_at = ticket.first_answer_at.or(Some(now));
        ticket.waiting_since = None;
        ticket.reminded_at = None;
    } else {
        ticket.waiting_since = ticket.waiting_since.or(Some(now));
    }
    if let Some(status) = then {
        changing::step(tickets, ticket, Step::OperatorSets(status), By::Staff)?;
    }
    ticket.response_count += 1;
    ticket.last_response_at = Some(now);
    ticket.last_by_staff = staff;
    changing::save(tickets, tx, actor.user, &before, ticket).await?;
    match then {
        Some(_) => notices::status_changed(tickets, tx, ticket, actor.user).await,
        None => Ok(()),
    }
}

/// When time acts next on a ticket: a reminder or resolving while the customer is silent after an
/// operator's answer, closing when it stays resolved.
pub(super) fn due(settings: &Settings, ticket: &Ticket) -> Option<Timestamp> {
    let is_past = |start: Timestamp| ticket.quiet_before.is_some_and(|quiet| start <= quiet);
    let after =
        |start: Timestamp, days: u32| Settings::days(days).filter(|_| !is_past(start)).map(|span| start.plus(span));
    match ticket.status {
        Status::AwaitingReply if ticket.last_by_staff => {
            let answered = ticket.last_response_at?;
            let resolve = after(answered, settings.resolve_days);
            let remind = after(answered, settings.reminder_days).filter(|_| ticket.reminded_at.is_none());
            match (remind, resolve) {
                (Some(remind), Some(resolve)) => Some(remind.min(resolve)),
                (remind, resolve) => remind.or(resolve),
            }
        }
        Status::Resolved => after(ticket.status_since, settings.close_days),
        _ => None,
    }
}
