//! Before the pages: the number of waiting tickets for an operator's sidebar, and the words of somebody
//! whose session ended while they were written.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::time::timeout;

use super::{Tickets, pages::PAGE, reading, views::WordsPage};
use crate::platform::{
    base::actor::Actor,
    web::{Html, extract::Context, ui::Ui, upload},
};

/// How long a page waits for the number: it may belong to something else than tickets.
const PATIENCE: Duration = Duration::from_secs(1);

/// A number that cannot be had is left out: the page is worth more than it.
pub async fn count(State(tickets): State<Tickets>, mut request: Request, next: Next) -> Response {
    let is_page = !request.uri().path().starts_with("/api/");
    let actor = request.extensions().get::<Actor>().filter(|actor| actor.role.is_staff()).cloned();
    if is_page
        && let Some(actor) = actor
        && let Ok(Ok(numbers)) = timeout(PATIENCE, reading::numbers(&tickets, &actor)).await
        && let Some(context) = request.extensions_mut().get_mut::<Context>()
    {
        context.counts.set(PAGE, numbers.waiting());
    }
    next.run(request).await
}

/// Gives a stranger's words back, to be sent after signing in. Only to a browser that shows the answer as
/// a page: scripts see the way to the sign-in and keep the words themselves.
pub async fn give_back(State(_): State<Tickets>, ui: Ui, request: Request, next: Next) -> Response {
    let navigates = request.headers().get("sec-fetch-mode").is_some_and(|mode| mode == "navigate");
    let action = request.uri().path().to_owned();
    let is_written = action.starts_with("/dashboard/tickets/new")
        || action.starts_with(PAGE) && (action.ends_with("/reply") || action.ends_with("/preview"));
    let is_stranger = request.extensions().get::<Actor>().is_none() && request.method() == Method::POST;
    if !(is_stranger && navigates && is_written) {
        return next.run(request).await;
    }
    let (message, fields) = upload::words(request).await.into_iter().partition(|(name, _)| name == "message");
    let message: Vec<(String, String)> = message;
    let text = message.into_iter().map(|(_, text)| text).next().unwrap_or_default();
    (StatusCode::UNAUTHORIZED, Html(WordsPage { ui, action, text, fields })).into_response()
}
