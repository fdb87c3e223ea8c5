//! One ticket as a page, and what its forms do.

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{
    Tickets,
    changing::{self, Correction},
    conversation,
    input::NewReply,
    model::{Category, Priority, Status},
    pages::PAGE,
    reading,
    replying::{self, Replied},
    seeing,
    store_response::RESPONSE,
    views::{ReplyView, TicketPage},
};
use crate::platform::{
    base::{
        actor::Actor,
        error::{Error, Result},
        keys::random_token,
        public_id::PublicId,
        text::{Line, Prose},
        workers::Turn,
    },
    web::{
        Html,
        extract::{Form, Id, Query, Staff, form_with},
        ui::{Form as FormView, Ui},
        upload::Upload,
    },
};

pub fn routes() -> OpenApiRouter<Tickets> {
    Router::new()
        .route("/dashboard/tickets-new/{id}", get(page))
        .route("/dashboard/tickets-new/{id}/reply", post(reply))
        .route("/dashboard/tickets-new/{id}/preview", post(preview))
        .route("/dashboard/tickets-new/{id}/status", post(set_status))
        .route("/dashboard/tickets-new/{id}/assign", post(assign))
        .route("/dashboard/tickets-new/{id}/take", post(take))
        .route("/dashboard/tickets-new/{id}/close", post(close))
        .route("/dashboard/tickets-new/{id}/thanks", post(thank))
        .route("/dashboard/tickets-new/{id}/properties", post(correct))
        .into()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Done {
    done: String,
}

/// What was just done, as a notice. The words are ours: a link cannot make up others.
const DONE: [&str; 4] = ["created", "saved", "closed", "thanks"];

async fn page(
    State(tickets): State<Tickets>,
    ui: Ui,
    actor: Actor,
    Id(id): Id,
    Query(query): Query<Done>,
) -> Result<Html<TicketPage>> {
    let notice = DONE.contains(&query.done.as_str()).then(|| ui.t(&format!("ticket-done-{}", query.done)));
    let page = show(&tickets, ui, &actor, id, empty_reply()).await?;
    seeing::saw(&tickets, &actor, id).await;
    Ok(Html(TicketPage { notice, ..page }))
}

fn empty_reply() -> ReplyView {
    ReplyView {
        form: FormView::new(),
        note: false,
        last_seen: PublicId::NONE,
        stale: None,
        preview: None,
        idempotency_key: random_token(),
    }
}

/// The page with a reply form; without a `last_seen`: what is on the page has been seen.
async fn show(tickets: &Tickets, ui: Ui, actor: &Actor, id: i64, mut reply: ReplyView) -> Result<TicketPage> {
    let talk = conversation::read(tickets, &ui, actor, id).await?;
    let staff = actor.role.is_staff();
    let operators = if staff { tickets.memory.any_numbers(&tickets.db).await?.operators.clone() } else { Vec::new() };
    let may = conversation::may(tickets, actor, &talk.facts.ticket);
    if reply.last_seen == PublicId::NONE {
        reply.last_seen = talk.newest;
    }
    let files = tickets.files.settings().rules();
    Ok(TicketPage { ui, staff, id, talk, may, operators, reply, files, notice: None })
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ReplyForm {
    message: String,
    /// `reply` or `note`.
    kind: String,
    last_seen: Option<PublicId>,
    force: bool,
    idempotency_key: String,
    /// A status that an operator sets with the same click.
    then: String,
}

async fn reply(
    State(tickets): State<Tickets>,
    ui: Ui,
    actor: Actor,
    Id(id): Id,
    upload: Upload<ReplyForm>,
) -> Result<Response> {
    let Upload { fields: form, files, problem } = upload;
    if let Some(error) = problem {
        return refused(&tickets, ui, &actor, id, form, error).await;
    }
    let note = form.kind == "note";
    if actor.role.is_staff() && !note && form.kind != "reply" {
        // What was meant as a note never goes out by accident.
        return refused(&tickets, ui, &actor, id, form, Error::invalid().field("message", "field-ticket-kind")).await;
    }
    let had_files = !files.is_empty();
    let new = NewReply {
        ticket_id: id,
        message: Prose::from(&form.message),
        is_internal: note,
        last_seen: form.last_seen,
        force: form.force,
        then: Status::parse(&form.then).filter(|_| !note),
        files,
        key: Some(form.idempotency_key.clone()).filter(|key| !key.is_empty()),
    };
    match replying::reply(&tickets, &actor, &new).await {
        Ok(Replied::Done { row, .. }) => {
            let response = tickets.db.seal.show(RESPONSE, row);
            Ok(Redirect::to(&format!("{PAGE}/{id}#response-{response}")).into_response())
        }
        Ok(Replied::Stale(newer)) => {
            let newest = reading::response(&tickets, &actor, newer).await?;
            let reader = actor.user;
            let desk = tickets.clone();
            let made = move || conversation::message(&desk.memory, reader, newest);
            let newer = tickets.workers.run(Turn::Sooner, made).await?;
            let (last_seen, stale) = (newer.id, Some(Box::new(newer)));
            let shown = typed(&ui, form.message, had_files);
            // What is shown now counts as seen at the next try.
            let reply = ReplyView { form: shown, note, stale, last_seen, ..empty_reply() };
            let page = show(&tickets, ui, &actor, id, reply).await?;
            Ok((StatusCode::CONFLICT, Html(page)).into_response())
        }
        Err(error) => refused(&tickets, ui, &actor, id, form, error).await,
    }
}

/// What was typed, to be gone on with.
fn typed(ui: &Ui, message: String, had_files: bool) -> FormView {
    let typed = FormView::filled([("message", message)]);
    // Without scripts the browser has forgotten them.
    if had_files { typed.with_error("attachments", ui.t("field-ticket-files-again")) } else { typed }
}

/// The page again, with the message as it will look.
async fn preview(
    State(tickets): State<Tickets>,
    ui: Ui,
    actor: Actor,
    Id(id): Id,
    upload: Upload<ReplyForm>,
) -> Result<Response> {
    let Upload { fields: form, files, problem } = upload;
    let made = match problem {
        None => conversation::preview(&tickets, &actor, Prose::from(&form.message)).await,
        Some(error) => Err(error),
    };
    let preview = match made {
        Ok(html) => Some(html),
        Err(error) => return refused(&tickets, ui, &actor, id, form, error).await,
    };
    let (note, last_seen) = (form.kind == "note", form.last_seen.unwrap_or_default());
    let shown = typed(&ui, form.message, !files.is_empty());
    let reply = ReplyView { form: shown, note, last_seen, preview, ..empty_reply() };
    Ok(Html(show(&tickets, ui, &actor, id, reply).await?).into_response())
}

/// The page again, with what was typed and what is wrong.
async fn refused(tickets: &Tickets, ui: Ui, actor: &Actor, id: i64, form: ReplyForm, error: Error) -> Result<Response> {
    let status = error.status();
    let note = form.kind == "note";
    let last_seen = form.last_seen.unwrap_or_default();
    let shown = form_with(&ui, error, [("message", form.message)])?;
    let reply = ReplyView { form: shown, note, last_seen, ..empty_reply() };
    Ok((status, Html(show(tickets, ui, actor, id, reply).await?)).into_response())
}

fn back(id: i64, done: &str) -> Redirect {
    if done.is_empty() {
        Redirect::to(&format!("{PAGE}/{id}"))
    } else {
        Redirect::to(&format!("{PAGE}/{id}?done={done}"))
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ChangeForm {
    status: String,
    operator_id: String,
    priority: String,
    category: String,
    title: Option<String>,
}

async fn set_status(
    State(tickets): State<Tickets>,
    Staff(actor): Staff,
    Id(id): Id,
    Form(form): Form<ChangeForm>,
) -> Result<Redirect> {
    let status = Status::parse(&form.status).ok_or_else(Error::invalid)?;
    changing::set_status(&tickets, &actor, id, status).await?;
    Ok(back(id, "saved"))
}

async fn assign(
    State(tickets): State<Tickets>,
    Staff(actor): Staff,
    Id(id): Id,
    Form(form): Form<ChangeForm>,
) -> Result<Redirect> {
    let operator = match form.operator_id.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| Error::invalid())?),
    };
    changing::assign(&tickets, &actor, id, operator).await?;
    Ok(back(id, "saved"))
}

async fn take(State(tickets): State<Tickets>, Staff(actor): Staff, Id(id): Id) -> Result<Redirect> {
    changing::assign(&tickets, &actor, id, Some(actor.user)).await?;
    Ok(back(id, ""))
}

async fn close(State(tickets): State<Tickets>, actor: Actor, Id(id): Id) -> Result<Redirect> {
    changing::close(&tickets, &actor, id).await?;
    Ok(back(id, "closed"))
}

async fn thank(State(tickets): State<Tickets>, actor: Actor, Id(id): Id) -> Result<Redirect> {
    changing::thank(&tickets, &actor, id).await?;
    Ok(back(id, "thanks"))
}

async fn correct(
    State(tickets): State<Tickets>,
    Staff(actor): Staff,
    Id(id): Id,
    Form(form): Form<ChangeForm>,
) -> Result<Redirect> {
    let priority = match form.priority.as_str() {
        "" => None,
        text => Some(Priority::parse(text).ok_or_else(Error::invalid)?),
    };
    let category = match form.category.as_str() {
        "" => None,
        text => Some(Category::parse(text).ok_or_else(Error::invalid)?),
    };
    changing::correct(&tickets, &actor, id, &Correction { priority, category, title: form.title.map(Line::from) })
        .await?;
    Ok(back(id, "saved"))
}
