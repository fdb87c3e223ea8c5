//! QR sign-in: a computer shows a code, a phone that is signed in approves it, the computer is in.

pub mod approving;
pub mod asking;
pub mod codes;
pub mod collecting;
pub mod generating;
pub mod known;
pub mod middleware;
pub mod model;
pub mod phone;
pub mod photo;
pub mod picture;
pub mod pushing;
pub mod scanning;
pub mod show;
pub mod store;
pub mod upkeep;
pub mod views;
pub mod waiting;

#[cfg(test)]
mod tests;

use crate::{
    platform::{
        Platform,
        base::{address::Address, limits::Limit},
        data::{db::Db, events::EventKind},
    },
    session::Sessions,
};
use std::{ops::Deref, sync::Arc, time::Duration};

use axum::extract::FromRef;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

use known::Known;
use photo::Photos;
use waiting::Waiting;

/// What the text of the code begins with: a scheme that our app opens, or a page of this server that
/// any phone's camera opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Link {
    #[default]
    Scheme,
    Https,
}

/// Whether the computer shows a number that must be picked on the phone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MatchNumber {
    /// With codes that any camera opens.
    #[default]
    Auto,
    On,
    Off,
}

/// Settings of this slice. `config.default.toml` gives the reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub scheme: String,
    pub match_number: MatchNumber,
    pub life_seconds: u32,
    pub collect_seconds: u32,
    pub unconfirmed_hours: u32,
    pub codes_per_minute: u32,
    pub codes_at_once: u32,
    pub codes_per_minute_in_all: u32,
    pub misses_per_address: u32,
    pub scans_per_account: u32,
    pub photos_per_account: u32,
    pub pushes_per_account: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            scheme: "ospabhost".into(),
            match_number: MatchNumber::Auto,
            life_seconds: 60,
            collect_seconds: 30,
            unconfirmed_hours: 24,
            codes_per_minute: 10,
            codes_at_once: 5,
            codes_per_minute_in_all: 600,
            misses_per_address: 30,
            scans_per_account: 20,
            photos_per_account: 30,
            pushes_per_account: 5,
        }
    }
}

/// Schemes that browsers and phones know already.
const TAKEN: [&str; 12] =
    ["http", "https", "ws", "wss", "ftp", "file", "data", "blob", "about", "javascript", "mailto", "tel"];

impl Settings {
    /// Finds a value that makes no sense, and names its setting.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        // RFC 3986, section 3.1.
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
        let named = self.scheme.starts_with(|c: char| c.is_ascii_lowercase()) && self.scheme.chars().all(letters);
        if !named || TAKEN.contains(&self.scheme.as_str()) || self.scheme.len() > 30 {
            let why = "expected the scheme of an app, small letters and digits, such as \"ospabhost\"";
            return Err(("qr_login.scheme", why.into()));
        }
        Ok(())
    }

    pub fn life(&self) -> Duration {
        Duration::from_secs(self.life_seconds.into())
    }

    pub fn collect(&self) -> Duration {
        Duration::from_secs(self.collect_seconds.into())
    }

    pub fn unconfirmed(&self) -> Duration {
        Duration::from_secs(u64::from(self.unconfirmed_hours) * 3600)
    }
}

/// The slice's state. Clones share it.
#[derive(Clone)]
pub struct QrLogin(Arc<State>);

pub struct State {
    pub sessions: Sessions,
    /// By the connections that are kept for signing in.
    pub db: Db,
    pub settings: Settings,
    pub link: Link,
    pub known: Known,
    pub waiting: Waiting,
    pub photos: Photos,
    limits: Limits,
}

struct Limits {
    address: Limit<Address>,
    all: Limit<()>,
    misses: Limit<Address>,
    polls: Limit<i64>,
    scans: Limit<i64>,
    photos: Limit<i64>,
    pushes: Limit<i64>,
}

impl Limits {
    /// Forgets who has a full budget again.
    fn sweep(&self) {
        self.address.sweep();
        self.all.sweep();
        self.misses.sweep();
        self.polls.sweep();
        self.scans.sweep();
        self.photos.sweep();
        self.pushes.sweep();
    }
}

/// How often a browser that polls should ask, in seconds.
pub const INTERVAL: u64 = 2;
const MINUTE: Duration = Duration::from_secs(60);
/// Four polls in six seconds: a poll each 1.5 s on average, as qr_19 has it.
const POLLS: (u32, Duration) = (4, Duration::from_secs(6));

impl QrLogin {
    pub fn new(sessions: Sessions, settings: Settings, link: Link) -> Self {
        EventKind::announce(waiting::EVENTS);
        let on = sessions.limits_on;
        let limits = Limits {
            address: Limit::new(on, settings.codes_per_minute, MINUTE),
            all: Limit::new(on, settings.codes_per_minute_in_all, MINUTE),
            misses: Limit::new(on, settings.misses_per_address, MINUTE * 10),
            polls: Limit::new(on, POLLS.0, POLLS.1),
            scans: Limit::new(on, settings.scans_per_account, MINUTE * 10),
            photos: Limit::new(on, settings.photos_per_account, MINUTE * 10),
            pushes: Limit::new(on, settings.pushes_per_account, MINUTE * 10),
        };
        // In this order they hear an event: who is woken by it must not find what was before it.
        let known = Known::new(&sessions.caches);
        let waiting = Waiting::new(&sessions.db.bus);
        let (db, photos) = (sessions.db.clone(), Photos::new(sessions.workers.clone()));
        Self(Arc::new(State { sessions, db, settings, link, known, waiting, photos, limits }))
    }

    /// Whether every request is approved by picking a number.
    fn asks_number(&self) -> bool {
        match self.settings.match_number {
            MatchNumber::Auto => self.link == Link::Https,
            MatchNumber::On => true,
            MatchNumber::Off => false,
        }
    }
}

impl Deref for QrLogin {
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

impl FromRef<QrLogin> for Platform {
    fn from_ref(qr: &QrLogin) -> Self {
        qr.sessions.accounts.platform.clone()
    }
}

pub fn routes() -> OpenApiRouter<QrLogin> {
    show::routes()
        .merge(generating::routes())
        .merge(pushing::routes())
        .merge(collecting::routes())
        .merge(phone::routes())
        .merge(scanning::routes())
}
