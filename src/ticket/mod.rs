//! Support tickets: customers ask, operators answer, with files, internal notes and a history.

// Before the stores: they use the columns that it names.
#[macro_use]
pub mod model;

pub mod acting;
pub mod api;
pub mod api_files;
pub mod api_preview;
pub mod changing;
pub mod codes;
pub mod conversation;
pub mod creating;
pub mod erasing;
pub mod events;
pub mod excerpt;
pub mod export;
pub mod importing;
pub mod input;
pub mod leaving;
pub mod live;
pub mod memory;
pub mod middleware;
pub mod moving;
pub mod notices;
pub mod pages;
pub mod pages_new;
pub mod pages_ticket;
pub mod query;
pub mod reading;
pub mod reindexing;
pub mod replying;
pub mod seeing;
pub mod shown;
pub mod store;
pub mod store_erasing;
pub mod store_import;
pub mod store_left;
pub mod store_list;
pub mod store_reindex;
pub mod store_response;
pub mod store_search;
pub mod upkeep;
pub mod views;
pub mod words;
pub mod workflow;

#[cfg(test)]
pub mod tests;

use std::{ops::Deref, sync::Arc, time::Duration};

use axum::extract::FromRef;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    account::actions::ACCOUNT_CHANGED,
    notification::Notifications,
    platform::{Platform, base::limits::Limit},
};
use memory::Memory;
use seeing::Seeing;
use workflow::ReopenFor;

const DAY: u64 = 86_400;

/// Settings of this slice. `config.default.toml` gives the reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub reminder_days: u32,
    pub resolve_days: u32,
    pub close_days: u32,
    pub reopen_days: u32,
    pub tickets_per_hour: u32,
    pub replies_per_hour: u32,
    pub previews_per_minute: u32,
    pub storage_per_customer_mib: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            reminder_days: 3,
            resolve_days: 7,
            close_days: 7,
            reopen_days: 14,
            tickets_per_hour: 30,
            replies_per_hour: 200,
            previews_per_minute: 60,
            storage_per_customer_mib: 2048,
        }
    }
}

impl Settings {
    pub fn reopen_for(&self) -> ReopenFor {
        ReopenFor(i64::from(self.reopen_days) * 86_400_000)
    }

    /// `None`: it never happens.
    pub(crate) fn days(days: u32) -> Option<Duration> {
        (days > 0).then(|| Duration::from_secs(u64::from(days) * DAY))
    }
}

/// The slice's state. Clones share it.
#[derive(Clone)]
pub struct Tickets(Arc<State>);

pub struct State {
    pub notifications: Notifications,
    pub settings: Settings,
    pub memory: Memory,
    pub seeing: Seeing,
    /// Per customer; staff is not limited.
    create_limit: Limit<i64>,
    reply_limit: Limit<i64>,
    preview_limit: Limit<i64>,
    /// Somebody's rights may have changed.
    rights: Arc<Notify>,
}

impl Tickets {
    pub fn new(notifications: Notifications, settings: Settings) -> Self {
        let on = notifications.limits_on;
        let hour = Duration::from_secs(3600);
        let create_limit = Limit::new(on, settings.tickets_per_hour, hour);
        let reply_limit = Limit::new(on, settings.replies_per_hour, hour);
        let preview_limit = Limit::new(on, settings.previews_per_minute, Duration::from_secs(60));
        let memory = Memory::new(&notifications.caches);
        // Two of them know the same words.
        let _ = notifications.words.set(Box::new(notices::TicketWords));
        let rights = Arc::<Notify>::default();
        let changed = rights.clone();
        notifications.db.bus.on_event(move |event| {
            if event.kind == ACCOUNT_CHANGED {
                changed.notify_one();
            }
        });
        let seeing = Seeing::default();
        Self(Arc::new(State {
            memory,
            seeing,
            notifications,
            settings,
            create_limit,
            reply_limit,
            preview_limit,
            rights,
        }))
    }
}

impl Deref for Tickets {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl Deref for State {
    type Target = Platform;

    fn deref(&self) -> &Platform {
        &self.notifications
    }
}

impl FromRef<Tickets> for Platform {
    fn from_ref(tickets: &Tickets) -> Self {
        tickets.notifications.sessions.accounts.platform.clone()
    }
}

pub fn routes() -> OpenApiRouter<Tickets> {
    api::routes()
        .merge(creating::routes())
        .merge(replying::routes())
        .merge(acting::routes())
        .merge(api_files::routes())
        .merge(api_preview::routes())
        .merge(pages::routes())
        .merge(pages_ticket::routes())
        .merge(pages_new::routes())
}
