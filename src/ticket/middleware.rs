//! Gives an operator's page to come the number of open tickets for its sidebar.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use super::{Tickets, model::Status, pages::PAGE};
use crate::platform::{actor::Actor, http::extract::Context};

/// A number that cannot be had is left out: the page is worth more than it.
pub async fn count(State(tickets): State<Tickets>, mut request: Request, next: Next) -> Response {
    let is_page = !request.uri().path().starts_with("/api/");
    let staff = request.extensions().get::<Actor>().is_some_and(|actor| actor.role.is_staff());
    if is_page
        && staff
        && let Ok(numbers) = tickets.memory.any_numbers(&tickets.db).await
        && let Some(context) = request.extensions_mut().get_mut::<Context>()
    {
        let open = numbers.counts.iter().filter(|count| count.status == Status::Open).map(|count| count.count).sum();
        context.counts.set(PAGE, open);
    }
    next.run(request).await
}
