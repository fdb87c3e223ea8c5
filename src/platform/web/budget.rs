//! What one person may ask for in a minute: pages and calls together, however cheap each is.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::platform::{Platform, base::actor::Actor};

/// Stands behind what puts the `Actor` into the request.
pub async fn per_person(State(platform): State<Platform>, request: Request, next: Next) -> Response {
    let taken = request.extensions().get::<Actor>().map_or(Ok(()), |actor| platform.requests.take(&actor.user));
    match taken {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}
