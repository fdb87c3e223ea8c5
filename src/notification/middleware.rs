//! Gives the page to come the numbers of its sidebar: what is unread, and for an administrator what
//! could not be delivered.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use tokio::time::timeout;

use super::{Notifications, show, show_deliveries};
use crate::platform::{base::actor::Actor, web::extract::Context};

/// How long a page waits for a number.
const PATIENCE: Duration = Duration::from_secs(1);

/// A number that cannot be had is left out: the page is worth more than its bell.
pub async fn count(State(notifications): State<Notifications>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_page = !path.starts_with("/api/") || path == "/api/docs";
    let actor = request.extensions().get::<Actor>().filter(|_| is_page).cloned();
    if let Some(actor) = actor {
        let unread = timeout(PATIENCE, notifications.unread.of(&notifications.db, &actor)).await;
        let failed = match actor.role.is_admin() {
            true => {
                let failed = notifications.failed.get(&notifications.db, notifications.clock.now());
                timeout(PATIENCE, failed).await.ok().and_then(Result::ok)
            }
            false => None,
        };
        if let Some(context) = request.extensions_mut().get_mut::<Context>() {
            if let Ok(Ok(unread)) = unread {
                context.counts.set(show::PAGE, unread);
            }
            if let Some(failed) = failed {
                context.counts.set(show_deliveries::PAGE, failed);
            }
        }
    }
    next.run(request).await
}
