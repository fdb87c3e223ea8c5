//! Asking a question, as a page.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{Tickets, conversation, creating, input::NewTicket, pages::PAGE, reading, views::TicketNewPage};
use crate::platform::{
    base::{
        actor::Actor,
        error::{Error, Result},
        keys::random_token,
        text::{Line, Prose},
    },
    web::{
        Html,
        extract::{Query, form_with},
        ui::{Form as FormView, Ui},
        upload::Upload,
    },
};

pub fn routes() -> OpenApiRouter<Tickets> {
    Router::new()
        .route("/dashboard/tickets/new", get(page).post(create))
        .route("/dashboard/tickets/new/preview", post(preview))
        .into()
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

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct NewForm {
    title: String,
    category: String,
    priority: String,
    message: String,
    previous: Option<i64>,
    idempotency_key: String,
}

async fn create(State(tickets): State<Tickets>, ui: Ui, actor: Actor, upload: Upload<NewForm>) -> Result<Response> {
    let Upload { fields: form, files, problem } = upload;
    if let Some(error) = problem {
        return refused(&tickets, ui, form, error);
    }
    let new = NewTicket {
        title: Line::from(&form.title),
        message: Prose::from(&form.message),
        category: form.category.clone(),
        priority: form.priority.clone(),
        previous_id: form.previous,
        files,
        key: Some(form.idempotency_key.clone()).filter(|key| !key.is_empty()),
    };
    match creating::create(&tickets, &actor, &new).await {
        Ok(id) => Ok(Redirect::to(&format!("{PAGE}/{id}?done=created")).into_response()),
        Err(error) => refused(&tickets, ui, form, error),
    }
}

/// The form again, with what was typed and what is wrong.
fn refused(tickets: &Tickets, ui: Ui, form: NewForm, error: Error) -> Result<Response> {
    let status = error.status();
    let previous_id = form.previous;
    let form = form_with(&ui, error, typed(form))?;
    let files = tickets.files.settings().rules();
    let page = TicketNewPage { ui, form, previous_id, preview: None, idempotency_key: random_token(), files };
    Ok((status, Html(page)).into_response())
}

/// The form again, with the message as it will look.
async fn preview(State(tickets): State<Tickets>, ui: Ui, actor: Actor, upload: Upload<NewForm>) -> Result<Response> {
    let Upload { fields: form, files, problem } = upload;
    let made = match problem {
        None => conversation::preview(&tickets, &actor, Prose::from(&form.message)).await,
        Some(error) => Err(error),
    };
    let preview = match made {
        Ok(html) => Some(html),
        Err(error) => return refused(&tickets, ui, form, error),
    };
    let previous_id = form.previous;
    let mut form = FormView::filled(typed(form));
    if !files.is_empty() {
        // Without scripts the browser has forgotten them.
        form = form.with_error("attachments", ui.t("field-ticket-files-again"));
    }
    let files = tickets.files.settings().rules();
    Ok(Html(TicketNewPage { ui, form, previous_id, preview, idempotency_key: random_token(), files }).into_response())
}

fn typed(form: NewForm) -> [(&'static str, String); 4] {
    [("title", form.title), ("category", form.category), ("priority", form.priority), ("message", form.message)]
}
