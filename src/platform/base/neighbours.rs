//! What this program stands on and cannot mend: the database, NATS, the mail server, the storage, the scanner of files. Whoever
//! is away is named with its address (never with a password) and the reason: in the log at the start, and
//! for whoever asks `/readyz` why something does not work.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use serde::Serialize;

use super::clock::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Who {
    Database,
    Nats,
    Mail,
    Storage,
    Scanner,
}

/// How it went the last time.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// Without user and password.
    pub address: String,
    pub ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub since: Timestamp,
}

/// Clones share it.
#[derive(Clone, Default)]
pub struct Neighbours(Arc<Mutex<BTreeMap<Who, Found>>>);

impl Neighbours {
    /// Keeps how it went; says it in the log when that is news.
    pub fn note(&self, who: Who, address: &str, outcome: Result<(), String>, now: Timestamp) {
        let Ok(mut all) = self.0.lock() else { return };
        let (ok, reason) = (outcome.is_ok(), outcome.err());
        let before = all.get(&who);
        match (&reason, before.map(|found| found.ok)) {
            (Some(reason), Some(true) | None) => tracing::warn!(?who, address, reason, "cannot be reached"),
            (None, Some(false)) => tracing::info!(?who, address, "can be reached again"),
            _ => {}
        }
        let since = before.filter(|found| found.ok == ok).map_or(now, |found| found.since);
        all.insert(who, Found { address: address.to_owned(), ok, reason, since });
    }

    /// For `/readyz`.
    pub fn all(&self) -> BTreeMap<Who, Found> {
        self.0.lock().map(|all| all.clone()).unwrap_or_default()
    }

    pub fn is_away(&self, who: Who) -> bool {
        self.0.lock().is_ok_and(|all| all.get(&who).is_some_and(|found| !found.ok))
    }
}

/// An error with what lies behind it.
pub fn reasons(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut inner = error.source();
    while let Some(error) = inner {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        inner = error.source();
    }
    text
}

/// An address as it may be shown: without user, password and parameters.
pub fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.split('@').next_back().unwrap_or_default().to_owned();
    };
    let rest = rest.split('?').next().unwrap_or_default();
    // A password may hold what ends a host.
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn door_27_an_address_shows_no_password() {
        for (url, shown) in [
            ("postgres://me:secret@db.example:5432/portal?password=secret", "postgres://db.example:5432/portal"),
            ("smtps://me%40a:sec@ret@mail.example", "smtps://mail.example"),
            ("nats://nats.example:4222", "nats://nats.example:4222"),
            ("nats://secret-token@nats.example", "nats://nats.example"),
            ("/srv/files", "/srv/files"),
        ] {
            assert_eq!(without_user(url), shown);
        }
    }

    #[test]
    fn what_changed_has_its_moment() {
        let neighbours = Neighbours::default();
        let note = |at: i64, outcome: Result<(), &str>| {
            neighbours.note(Who::Mail, "smtp://a", outcome.map_err(str::to_owned), Timestamp(at));
            neighbours.all()[&Who::Mail].clone()
        };
        assert_eq!(note(1, Err("refused")).since, Timestamp(1));
        assert_eq!(note(2, Err("late")).since, Timestamp(1));
        assert!(neighbours.is_away(Who::Mail));
        let found = note(3, Ok(()));
        assert!(found.ok && found.since == Timestamp(3) && found.reason.is_none() && !neighbours.is_away(Who::Mail));
    }
}
