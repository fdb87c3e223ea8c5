//! Notifications: what happened reaches whom it concerns in the portal, by mail and by push, once, in
//! their language, as they chose. Each is a row in the transaction of its cause; mails and push
//! messages are jobs in the same transaction.

pub mod actions;
pub mod choosing;
pub mod codes;
pub mod deliveries;
pub mod digest;
pub mod erasing;
pub mod events;
pub mod export;
pub mod live;
pub mod mails;
pub mod marking;
pub mod middleware;
pub mod model;
pub mod pushing;
pub mod quiet;
pub mod show;
pub mod show_deliveries;
pub mod store;
pub mod store_erasing;
pub mod store_import;
pub mod store_push;
pub mod store_settings;
pub mod subscribing;
pub mod texts;
pub mod unread;
pub mod unsubscribing;
pub mod upkeep;
pub mod views;
pub mod words;

#[cfg(test)]
mod tests;

use std::{
    ops::Deref,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::extract::FromRef;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    platform::{Platform, outbox::notices},
    session::Sessions,
};
use deliveries::FailedCount;
use unread::Unread;

/// Settings of this slice. `config.default.toml` gives the reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub mail_wait_seconds: u32,
    pub mail_wait_most_seconds: u32,
    pub keep_days: u32,
    pub devices: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { mail_wait_seconds: 60, mail_wait_most_seconds: 300, keep_days: 180, devices: 20 }
    }
}

impl Settings {
    fn mail_wait(&self) -> Duration {
        Duration::from_secs(self.mail_wait_seconds.into())
    }

    fn mail_wait_most(&self) -> Duration {
        Duration::from_secs(self.mail_wait_most_seconds.into())
    }

    fn keep(&self) -> Duration {
        Duration::from_secs(u64::from(self.keep_days) * 86_400)
    }
}

/// The slice's state. Clones share it.
#[derive(Clone)]
pub struct Notifications(Arc<State>);

pub struct State {
    pub sessions: Sessions,
    pub settings: Settings,
    pub unread: Unread,
    pub failed: FailedCount,
    /// Set by the slice that keeps what people write.
    pub words: OnceLock<Box<dyn words::Words>>,
}

impl Notifications {
    pub fn new(sessions: Sessions, settings: Settings) -> Self {
        let (unread, failed) = (Unread::new(&sessions.caches), FailedCount::default());
        let new = Self(Arc::new(State { sessions, settings, unread, failed, words: OnceLock::new() }));
        new.take_up_jobs();
        new
    }

    /// Says what does the jobs that this slice and the earlier ones ask for.
    fn take_up_jobs(&self) {
        // The queue is part of the platform, which this state holds: a weak handle closes no circle.
        macro_rules! on {
            ($name:expr, $handler:path) => {{
                let state = Arc::downgrade(&self.0);
                self.jobs.on($name, move |task| {
                    let state = state.upgrade();
                    async move {
                        match state {
                            Some(state) => $handler(Self(state), task).await,
                            None => {
                                Err(crate::platform::outbox::jobs::NotDone::Failed("the server is stopping".into()))
                            }
                        }
                    }
                });
            }};
        }
        on!(notices::TASK, actions::take_up);
        on!(digest::COLLECT, digest::collect);
        on!(digest::SEND, digest::send);
        on!(pushing::TASK, pushing::send);
    }
}

impl Deref for Notifications {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl Deref for State {
    type Target = Platform;

    fn deref(&self) -> &Platform {
        &self.sessions
    }
}

impl FromRef<Notifications> for Platform {
    fn from_ref(notifications: &Notifications) -> Self {
        notifications.sessions.accounts.platform.clone()
    }
}

impl FromRef<Notifications> for Sessions {
    fn from_ref(notifications: &Notifications) -> Self {
        notifications.sessions.clone()
    }
}

pub fn routes() -> OpenApiRouter<Notifications> {
    show::routes()
        .merge(marking::routes())
        .merge(choosing::routes())
        .merge(subscribing::routes())
        .merge(unsubscribing::routes())
        .merge(show_deliveries::routes())
        .merge(deliveries::routes())
}
