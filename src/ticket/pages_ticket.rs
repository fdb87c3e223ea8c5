//! One ticket as a page.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{
    Tickets,
    conversation::{self, SHOWN},
    input::NewReply,
    pages::PAGE,
    seeing,
    shown::ResponseView,
    views::{ReplyView, TicketPage},
};
use crate::platform::{
    base::{
        actor::Actor,
        error::{Error, Result},
        keys::random_token,
        public_id::PublicId,
        text::Prose,
        workers::Turn,
    },
    web::{
        Html,
        extract::{Id, Query, form_with},
        ui::{Form as FormView, Ui},
        upload::Upload,
    },
};

pub fn routes() -> OpenApiRouter<Tickets> {
    Router::new()
        .route(&format!("{PAGE}/{{id}}"), get(page))
        .route(&format!("{PAGE}/{{ticketId}}/preview"), post(preview))
        .into()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    done: String,
    /// How many answers, if not the newest only.
    shown: Option<i64>,
}

/// What was just done, as a notice. The words are ours: a link cannot make up others.
const DONE: [(&str, &str); 4] = [
    ("created", "ticket-done-created"),
    ("saved", "ticket-done-saved"),
    ("closed", "ticket-done-closed"),
    ("thanks", "ticket-done-thanks"),
];

async fn page(
    State(tickets): State<Tickets>,
    ui: Ui,
    actor: Actor,
    Id(id): Id,
    Query(query): Query<Wanted>,
) -> Result<Html<TicketPage>> {
    let notice = DONE.iter().find(|(done, _)| *done == query.done).map(|(_, key)| ui.t(key));
    // In steps: each number is a page of its own to be made and remembered.
    let shown = query.shown.unwrap_or(SHOWN).clamp(SHOWN, MOST_SHOWN) / SHOWN * SHOWN;
    let page = show_part(&tickets, ui, &actor, id, empty_reply(), shown).await?;
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

/// Answers on one page, however many are asked for.
const MOST_SHOWN: i64 = 5_000;

async fn show(tickets: &Tickets, ui: Ui, actor: &Actor, id: i64, reply: ReplyView) -> Result<TicketPage> {
    show_part(tickets, ui, actor, id, reply, SHOWN).await
}

/// The page with a reply form; without a `last_seen`: what is on the page has been seen.
async fn show_part(
    tickets: &Tickets,
    ui: Ui,
    actor: &Actor,
    id: i64,
    mut reply: ReplyView,
    shown: i64,
) -> Result<TicketPage> {
    let talk = conversation::read(tickets, &ui, actor, id, shown).await?;
    let staff = actor.role.is_staff();
    let operators = if staff { tickets.memory.any_numbers(&tickets.db).await?.operators.clone() } else { Vec::new() };
    let may = conversation::may(tickets, actor, &talk.facts.ticket);
    if reply.last_seen == PublicId::NONE {
        reply.last_seen = talk.newest;
    }
    let files = tickets.files.settings().rules();
    Ok(TicketPage { ui, staff, id, talk, may, operators, reply, files, notice: None })
}

/// The page with the newer answer above what was typed. What is shown now counts as seen at the next try.
pub(super) async fn stale(
    tickets: &Tickets,
    ui: Ui,
    actor: &Actor,
    form: NewReply,
    newer: ResponseView,
    had_files: bool,
) -> Result<Html<TicketPage>> {
    let (reader, desk) = (actor.user, tickets.clone());
    let made = move || conversation::message(&desk.memory, reader, newer);
    let newer = tickets.workers.run(Turn::Sooner, made).await?;
    let (id, note, last_seen) = (form.ticket_id, form.is_note(), newer.id);
    let shown = typed(&ui, form.message, had_files);
    let reply = ReplyView { form: shown, note, stale: Some(Box::new(newer)), last_seen, ..empty_reply() };
    Ok(Html(show(tickets, ui, actor, id, reply).await?))
}

/// What was typed, to be gone on with.
fn typed(ui: &Ui, message: String, had_files: bool) -> FormView {
    let typed = FormView::filled([("message", message)]);
    // Without scripts the browser has forgotten them.
    if had_files { typed.with_error("attachments", ui.t("field-ticket-files-again")) } else { typed }
}

/// The page again, with the message as it will look.
async fn preview(State(tickets): State<Tickets>, ui: Ui, actor: Actor, upload: Upload<NewReply>) -> Result<Response> {
    let (form, files) = upload.parts();
    let made =
        async { Ok::<_, Error>((conversation::preview(&tickets, &actor, Prose::from(&form.message)).await?, files?)) };
    let (preview, files) = match made.await {
        Ok((html, files)) => (Some(html), files),
        Err(error) => {
            let status = error.status();
            return Ok((status, again(&tickets, ui, &actor, form, error).await?).into_response());
        }
    };
    let (id, note, last_seen) = (form.ticket_id, form.is_note(), form.last_seen_response_id.unwrap_or_default());
    let shown = typed(&ui, form.message, !files.is_empty());
    let reply = ReplyView { form: shown, note, last_seen, preview, ..empty_reply() };
    Ok(Html(show(&tickets, ui, &actor, id, reply).await?).into_response())
}

/// The page again, with what was typed and what is wrong.
pub(super) async fn again(
    tickets: &Tickets,
    ui: Ui,
    actor: &Actor,
    form: NewReply,
    error: Error,
) -> Result<Html<TicketPage>> {
    let (id, note, last_seen) = (form.ticket_id, form.is_note(), form.last_seen_response_id.unwrap_or_default());
    let shown = form_with(&ui, error, [("message", form.message)])?;
    let reply = ReplyView { form: shown, note, last_seen, ..empty_reply() };
    Ok(Html(show(tickets, ui, actor, id, reply).await?))
}
