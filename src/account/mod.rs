//! People and accounts: who somebody is, how they prove it, and what they chose for themselves.
//! Being signed in is the next slice.

pub mod actions;
pub mod codes;
pub mod model;
pub mod old_hash;
pub mod password;
pub mod preferring;
pub mod profile;
pub mod registering;
pub mod store;
pub mod store_address;
pub mod store_import;
pub mod strength;
pub mod views;
pub mod words;

#[cfg(test)]
mod tests;

use crate::platform::{
    Platform,
    base::limits::Crowd,
    data::{db::Db, events::EventKind},
    settings::Switch,
};
use std::{ops::Deref, sync::Arc, time::Duration};

use axum::extract::FromRef;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

use password::Hasher;

/// Settings of this slice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub argon2_memory_kib: u32,
    pub argon2_iterations: u32,
    pub registrations_per_hour: u32,
    pub registrations_in_all_per_hour: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            argon2_memory_kib: 19_456,
            argon2_iterations: 2,
            registrations_per_hour: 10,
            registrations_in_all_per_hour: 300,
        }
    }
}

/// The slice's state. Clones share it.
#[derive(Clone)]
pub struct Accounts(Arc<State>);

pub struct State {
    pub platform: Platform,
    /// By the connections that are kept for signing in.
    pub db: Db,
    pub hasher: Hasher,
    pub registration: Switch,
    pub(crate) registrations: Crowd,
}

impl Accounts {
    pub fn new(platform: Platform, settings: &Settings, registration: Switch) -> Self {
        EventKind::announce(actions::EVENTS);
        let (each, all) = (settings.registrations_per_hour, settings.registrations_in_all_per_hour);
        let registrations = Crowd::new(platform.limits_on, each, all, Duration::from_secs(3600));
        let hasher = Hasher::new(settings.argon2_memory_kib, settings.argon2_iterations);
        Self(Arc::new(State { db: platform.db.door(), platform, hasher, registration, registrations }))
    }
}

impl Deref for Accounts {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl Deref for State {
    type Target = Platform;

    fn deref(&self) -> &Platform {
        &self.platform
    }
}

impl FromRef<Accounts> for Platform {
    fn from_ref(accounts: &Accounts) -> Self {
        accounts.platform.clone()
    }
}

pub fn routes() -> OpenApiRouter<Accounts> {
    registering::routes().merge(profile::routes()).merge(preferring::routes())
}
