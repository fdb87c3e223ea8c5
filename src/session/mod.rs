//! Sessions: every sign-in is a row that its owner sees, names and ends. Whatever decides who is
//! signed in is here too: the ways in, tokens, the password that opens sessions, an administrator's
//! power over access.

pub mod activity;
pub mod admin;
pub mod cache;
pub mod codes;
pub mod door;
pub mod ending;
pub mod forgotten;
pub mod history;
pub mod limits;
pub mod lists;
pub mod live;
pub mod mails;
pub mod managing;
pub mod middleware;
pub mod middleware_proof;
pub mod model;
pub mod naming;
pub mod notices;
pub mod password;
pub mod proof;
pub mod refresh;
pub mod setup;
pub mod show;
pub mod sign_in;
pub mod store;
pub mod store_attempt;
pub mod store_setup;
pub mod tokens;
pub mod users;
pub mod views;

#[cfg(test)]
mod tests;

use crate::{
    account::Accounts,
    platform::{
        Platform,
        data::{
            cache::{Cache, Plan, Touched},
            db::Db,
            events::EventKind,
        },
    },
};
use std::{ops::Deref, sync::Arc, time::Duration};

use axum::extract::FromRef;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

use activity::Activity;
use cache::SignedIn;
use limits::Limits;
use lists::Lists;

/// Settings of this slice. `config.default.toml` gives the reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub limit: SessionLimit,
    pub access_minutes: u32,
    pub idle_days: u32,
    pub absolute_days: u32,
    pub refresh_grace_seconds: u32,
    pub history_days: u32,
    pub sign_ins_per_address: u32,
    pub sign_ins_per_account: u32,
    pub sign_ins_in_all: u32,
    pub refreshes_per_minute: u32,
    pub forgotten_per_hour: u32,
}

/// How many live sessions a user may have: at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct SessionLimit(pub i64);

impl TryFrom<i64> for SessionLimit {
    type Error = String;

    fn try_from(value: i64) -> Result<Self, String> {
        if (1..=1000).contains(&value) { Ok(Self(value)) } else { Err("expected 1 to 1000".into()) }
    }
}

impl From<SessionLimit> for i64 {
    fn from(limit: SessionLimit) -> i64 {
        limit.0
    }
}

impl PartialEq<i64> for SessionLimit {
    fn eq(&self, other: &i64) -> bool {
        self.0 == *other
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limit: SessionLimit(10),
            access_minutes: 15,
            idle_days: 30,
            absolute_days: 90,
            refresh_grace_seconds: 30,
            history_days: 180,
            sign_ins_per_address: 60,
            sign_ins_per_account: 10,
            sign_ins_in_all: 3000,
            refreshes_per_minute: 60,
            forgotten_per_hour: 5,
        }
    }
}

const DAY: u64 = 86_400;

impl Settings {
    pub fn access(&self) -> Duration {
        Duration::from_secs(u64::from(self.access_minutes) * 60)
    }

    pub fn idle(&self) -> Duration {
        Duration::from_secs(u64::from(self.idle_days) * DAY)
    }

    pub fn absolute(&self) -> Duration {
        Duration::from_secs(u64::from(self.absolute_days) * DAY)
    }

    pub fn grace(&self) -> Duration {
        Duration::from_secs(self.refresh_grace_seconds.into())
    }
}

/// The slice's state. Clones share it.
#[derive(Clone)]
pub struct Sessions(Arc<State>);

pub struct State {
    pub accounts: Accounts,
    /// By the connections that are kept for signing in.
    pub db: Db,
    pub settings: Settings,
    pub cache: SignedIn,
    pub lists: Lists,
    pub activity: Activity,
    /// Access tokens whose signature was checked before.
    verified: Cache<String, middleware::Verified, ()>,
    limits: Limits,
}

/// What a token says does not change, so only its end matters.
const TOKENS: Plan = Plan { name: "tokens", percent: 5, life: Duration::from_secs(3600) };

impl Sessions {
    pub fn new(accounts: Accounts, settings: Settings) -> Self {
        EventKind::announce(cache::EVENTS);
        let limits = Limits::new(accounts.limits_on, &settings);
        let cache = SignedIn::new(&accounts.caches);
        let lists = Lists::new(&accounts.caches);
        let verified = Cache::new(&accounts.caches, TOKENS, |token: &String, _| token.len(), |_| Touched::Nothing);
        Self(Arc::new(State {
            verified,
            db: accounts.db.clone(),
            accounts,
            settings,
            cache,
            lists,
            activity: Activity::default(),
            limits,
        }))
    }
}

impl Deref for Sessions {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl Deref for State {
    type Target = Platform;

    fn deref(&self) -> &Platform {
        &self.accounts.platform
    }
}

impl FromRef<Sessions> for Platform {
    fn from_ref(sessions: &Sessions) -> Self {
        sessions.accounts.platform.clone()
    }
}

pub fn routes() -> OpenApiRouter<Sessions> {
    door::routes()
        .merge(refresh::routes())
        .merge(show::routes())
        .merge(naming::routes())
        .merge(ending::routes())
        .merge(password::routes())
        .merge(forgotten::routes())
        .merge(proof::routes())
        .merge(users::routes())
        .merge(managing::routes())
}
