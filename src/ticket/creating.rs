//! A customer asks: the ticket, its files, its history and who is told, in one transaction.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::post,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Tickets,
    api::TicketAnswer,
    events,
    input::{self, NewTicket},
    model::{Scope, Ticket},
    notices,
    pages::PAGE,
    pages_new, reading,
    shown::TicketView,
    store,
    store_response::{self, Kind},
    store_search::{self, NewDoc},
};
use crate::platform::{
    base::{
        actor::Actor,
        error::{Error, Result},
    },
    data::{db::Tx, row},
    files::Received,
    web::{asked::Asked, render::ErrorBody, upload::Upload},
};

pub fn routes() -> OpenApiRouter<Tickets> {
    OpenApiRouter::new().routes(routes!(create)).route(pages_new::NEW, post(create))
}

/// As JSON, with files.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "only described: `Upload` takes the files out of the form")]
struct CreateForm {
    #[serde(flatten)]
    ticket: NewTicket,
    /// {files}.
    #[schema(required = false, value_type = Vec<String>, format = Binary)]
    attachments: Vec<u8>,
    /// Whether to send a private key that is among the files; without it `file_private_key` is the answer.
    #[schema(required = false, default = false)]
    private_keys: bool,
}

/// Makes a ticket; JSON, or multipart with files named `attachments` ({files}).
///
/// With an `Idempotency-Key` header the same request again makes nothing twice and is answered as the
/// first time.
#[utoipa::path(post, path = "/api/ticket/create", tag = "tickets",
    request_body(content((NewTicket = "application/json"), (CreateForm = "multipart/form-data"))),
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 255, pattern = "^[!-~]+$")),
    security(("bearer" = []), ("cookie" = [])),
    responses((status = 201, body = TicketAnswer), (status = 401, body = ErrorBody), (status = 413, body = ErrorBody),
    (status = 415, body = ErrorBody), (status = 422, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn create(
    State(tickets): State<Tickets>,
    actor: Actor,
    asked: Asked,
    headers: HeaderMap,
    upload: Upload<NewTicket>,
) -> Result<Response> {
    let (new, files) = upload.parts();
    match ask(&tickets, &actor, &new, files, &headers).await {
        Ok(id) => {
            let answer = async || {
                // Nothing was said in it yet.
                let ticket = reading::facts(&tickets, &actor, id).await?.into();
                let ticket = TicketView { responses: Some(Vec::new()), earlier_responses: Some(0), ..ticket };
                Ok((StatusCode::CREATED, axum::Json(TicketAnswer { ticket })))
            };
            asked.done(answer, &format!("{PAGE}/{id}?done=created")).await
        }
        Err(error) => asked.refused(error, async |ui, error| pages_new::again(&tickets, ui, new, error)).await,
    }
}

/// Makes a ticket and says its id. The same key again gives the id of the first time.
///
/// # Errors
/// 422 with what is wrong in each field; 429 after too many in an hour.
async fn ask(
    tickets: &Tickets,
    actor: &Actor,
    new: &NewTicket,
    files: Result<Vec<Received>>,
    headers: &HeaderMap,
) -> Result<i64> {
    let files = files?;
    let mut question = new.checked()?;
    let key = key(headers, &new.idempotency_key)?;
    let now = tickets.clock.now();
    let mut tx = tickets.db.begin().await?;
    if let Some(made) = repeated(tickets, &mut tx, actor, key.as_deref(), &("create", new), &files).await? {
        return Ok(made.ticket_id);
    }
    if !actor.role.is_staff() {
        tickets.create_limit.take(&actor.user)?;
    }
    // A ticket that its writer may not see is none.
    if let Some(previous) = question.previous_id
        && !store::is_there(&mut tx, Scope::of(actor), previous).await?
    {
        question.previous_id = None;
    }
    let ticket = add(&mut tx, Ticket::asked(actor.user, question, now)).await?;
    attach(tickets, &mut tx, actor, Kind::Ticket, ticket.id, &files).await?;
    store::set_seen(&mut tx, actor.user, ticket.id, now).await?;
    notices::created(tickets, &mut tx, &ticket, actor).await?;
    if let Some(key) = &key {
        store::set_made(&mut tx, actor.user, key, ticket.id, None).await?;
    }
    events::record(&mut tx, events::NEW, &ticket);
    tx.commit().await?;
    Ok(ticket.id)
}

/// Writes a new ticket with the beginning of its history, and makes it findable.
pub(super) async fn add(tx: &mut Tx, mut ticket: Ticket) -> Result<Ticket> {
    ticket.id = row::add(tx, &ticket).await?;
    store_search::any_add(tx, &NewDoc::question(&ticket, &ticket.words())).await?;
    store_response::note_change(tx, ticket.user_id, ticket.id, "created", (None, None), ticket.created_at).await?;
    Ok(ticket)
}

/// What makes a repeated request harmless: the header of programs, or a field of forms.
///
/// # Errors
/// 422 with `Idempotency-Key`: it takes 1 to 255 visible ASCII characters, as the header's draft has it.
pub(super) fn key(headers: &HeaderMap, field: &str) -> Result<Option<String>> {
    let header = headers.get("idempotency-key").map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let key = header.or_else(|| Some(field.to_owned()).filter(|key| !key.is_empty()));
    input::check_key(key.as_deref())?;
    Ok(key)
}

/// What the request with this key made before; `None`: it is the first, or has no key.
pub(super) async fn repeated(
    tickets: &Tickets,
    tx: &mut Tx,
    actor: &Actor,
    key: Option<&str>,
    says: &impl Serialize,
    files: &[Received],
) -> Result<Option<store::Made>> {
    let Some(key) = key else { return Ok(None) };
    let fingerprint = input::fingerprint(says, files)?;
    let made = store::take_key(tx, actor.user, key, &fingerprint, tickets.clock.now()).await?;
    match made {
        Some(made) if made.fingerprint != fingerprint => {
            Err(Error::invalid().field("Idempotency-Key", "field-ticket-key-reused"))
        }
        made => Ok(made),
    }
}

/// Hangs received files on what they came with, if the room of the customer who sends them allows it.
pub(super) async fn attach(
    tickets: &Tickets,
    tx: &mut Tx,
    actor: &Actor,
    kind: Kind,
    owner: i64,
    files: &[Received],
) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let keys: Vec<&str> = files.iter().map(|file| file.storage_key.as_str()).collect();
    if !tickets.files.claim(tx, &keys).await? {
        return Err(Error::internal("a received file is not there any more"));
    }
    let now = tickets.clock.now();
    for file in files {
        store_response::any_attach(tx, kind, owner, file, now).await?;
    }
    let room = i64::from(tickets.settings.storage_per_customer_mib) << 20;
    if room > 0 && !actor.role.is_staff() && store_response::stored_bytes(tx, actor.user).await? > room {
        return Err(Error::invalid().field("attachments", "field-ticket-no-room"));
    }
    Ok(())
}
