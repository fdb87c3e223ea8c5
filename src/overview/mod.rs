//! The overview: what needs its reader now; for operators also the last thirty days in pictures.

pub mod csv;
pub mod model;
pub mod pages;
pub mod pictures;
pub mod reading;
pub mod store;
pub mod views;

#[cfg(test)]
mod tests;

use std::{ops::Deref, sync::Arc};

use axum::extract::FromRef;
use tokio::sync::Mutex;
use utoipa_axum::router::OpenApiRouter;

use crate::{platform::Platform, ticket::Tickets};
use model::Statistics;

/// The slice's state. Clones share it.
#[derive(Clone)]
pub struct Overview(Arc<State>);

pub struct State {
    pub tickets: Tickets,
    /// Of the last minute; whoever finds it too old holds the others up while asking anew.
    statistics: Mutex<Arc<Statistics>>,
}

impl Overview {
    pub fn new(tickets: Tickets) -> Self {
        Self(Arc::new(State { tickets, statistics: Mutex::default() }))
    }
}

impl Deref for Overview {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl Deref for State {
    type Target = Platform;

    fn deref(&self) -> &Platform {
        &self.tickets
    }
}

impl FromRef<Overview> for Platform {
    fn from_ref(overview: &Overview) -> Self {
        overview.tickets.notifications.sessions.accounts.platform.clone()
    }
}

pub fn routes() -> OpenApiRouter<Overview> {
    pages::routes()
}
