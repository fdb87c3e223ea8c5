//! Asking a question, as a page.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{Tickets, conversation, input::NewTicket, reading, views::TicketNewPage};
use crate::platform::{
    base::{
        actor::Actor,
        error::{Error, Result},
        keys::random_token,
        text::Prose,
    },
    web::{
        Html,
        extract::{Query, form_with},
        ui::{Form as FormView, Ui},
        upload::Upload,
    },
};

/// The page with the form.
pub const NEW: &str = "/dashboard/tickets/new";

pub fn routes() -> OpenApiRouter<Tickets> {
    Router::new().route(NEW, get(page)).route(&format!("{NEW}/preview"), post(preview)).into()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// The closed ticket that the new one goes on from.
    previous: Option<i64>,
}

async fn page(
    State(tickets): State<Tickets>,
    ui: Ui,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Html<TicketNewPage>> {
    let mut form = FormView::new().with("category", "general").with("priority", "normal");
    let mut previous_id = None;
    if let Some(id) = asked.previous
        && let Ok(facts) = reading::facts(&tickets, &actor, id).await
    {
        let ticket = &facts.ticket;
        form = form.with("title", ticket.title.clone()).with("category", ticket.category.as_str());
        previous_id = Some(id);
    }
    let files = tickets.files.settings().rules();
    Ok(Html(TicketNewPage { ui, form, previous_id, preview: None, idempotency_key: random_token(), files }))
}

/// The form again, with what was typed and what is wrong.
pub(super) fn again(tickets: &Tickets, ui: Ui, form: NewTicket, error: Error) -> Result<Html<TicketNewPage>> {
    let previous_id = form.previous_id;
    let form = form_with(&ui, error, typed(form))?;
    let files = tickets.files.settings().rules();
    Ok(Html(TicketNewPage { ui, form, previous_id, preview: None, idempotency_key: random_token(), files }))
}

/// The form again, with the message as it will look.
async fn preview(State(tickets): State<Tickets>, ui: Ui, actor: Actor, upload: Upload<NewTicket>) -> Result<Response> {
    let Upload { fields: form, files, problem } = upload;
    let made = match problem {
        None => conversation::preview(&tickets, &actor, Prose::from(&form.message)).await,
        Some(error) => Err(error),
    };
    let preview = match made {
        Ok(html) => Some(html),
        Err(error) => return Ok((error.status(), again(&tickets, ui, form, error)?).into_response()),
    };
    let previous_id = form.previous_id;
    let mut form = FormView::filled(typed(form));
    if !files.is_empty() {
        // Without scripts the browser has forgotten them.
        form = form.with_error("attachments", ui.t("field-ticket-files-again"));
    }
    let files = tickets.files.settings().rules();
    Ok(Html(TicketNewPage { ui, form, previous_id, preview, idempotency_key: random_token(), files }).into_response())
}

fn typed(form: NewTicket) -> [(&'static str, String); 4] {
    [("title", form.title), ("category", form.category), ("priority", form.priority), ("message", form.message)]
}
