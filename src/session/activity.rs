//! When a session was last used: kept in memory, written in batches; and the task that removes what
//! has expired.

use std::{collections::HashMap, mem, sync::Mutex, time::Duration};

use super::{Sessions, cache::SESSION_ENDED, store, store_attempt};
use crate::{
    account::actions::{TIDY, tidy},
    platform::{
        base::{clock::Timestamp, error::Result},
        data::events::Event,
    },
};

const FLUSH: Duration = Duration::from_secs(5);
const CLEAN: Duration = Duration::from_secs(60);
/// Longer than a list of sessions is remembered.
const KEPT: Duration = Duration::from_secs(90);

/// Session → last use.
#[derive(Default)]
pub struct Activity {
    /// What has not been written yet.
    pending: Mutex<HashMap<i64, Timestamp>>,
    /// What was written after a list that may still be remembered was read.
    written: Mutex<Written>,
}

/// Of this span and of the one before, so that each use is known for one span at least.
#[derive(Default)]
struct Written {
    begun: Timestamp,
    now: HashMap<i64, Timestamp>,
    before: HashMap<i64, Timestamp>,
}

impl Written {
    fn note(&mut self, batch: &[(i64, Timestamp)], now: Timestamp) {
        if now >= self.begun.plus(KEPT) {
            self.begun = now;
            self.before = mem::take(&mut self.now);
        }
        self.now.extend(batch.iter().copied());
    }

    fn get(&self, session: i64) -> Option<Timestamp> {
        self.now.get(&session).or_else(|| self.before.get(&session)).copied()
    }
}

impl Activity {
    /// Notes that the session is used now.
    pub fn touch(&self, session: i64, now: Timestamp) {
        if let Ok(mut pending) = self.pending.lock() {
            pending.insert(session, now);
        }
    }

    /// The last use, if it may be newer than what was read of the session.
    pub fn last(&self, session: i64) -> Option<Timestamp> {
        let pending = self.pending.lock().ok()?.get(&session).copied();
        pending.or_else(|| self.written.lock().ok()?.get(session))
    }

    /// Takes back what could not be written; what came in meanwhile is newer.
    fn put_back(&self, batch: Vec<(i64, Timestamp)>) {
        if let Ok(mut pending) = self.pending.lock() {
            for (session, at) in batch {
                pending.entry(session).or_insert(at);
            }
        }
    }

    fn take(&self) -> HashMap<i64, Timestamp> {
        self.pending.lock().map(|mut pending| mem::take(&mut *pending)).unwrap_or_default()
    }
}

/// Writes the batch; in the order of ids, so that two nodes never wait for each other in a circle.
pub async fn flush(sessions: &Sessions) -> Result<()> {
    let mut batch: Vec<_> = sessions.activity.take().into_iter().collect();
    if batch.is_empty() {
        return Ok(());
    }
    batch.sort_unstable_by_key(|(session, _)| *session);
    // Known all the way, or a list shown now would go back in time.
    if let Ok(mut kept) = sessions.activity.written.lock() {
        kept.note(&batch, sessions.clock.now());
    }
    let written = write(sessions, &batch).await;
    if written.is_err() {
        sessions.activity.put_back(batch);
    }
    written
}

async fn write(sessions: &Sessions, batch: &[(i64, Timestamp)]) -> Result<()> {
    let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    let (idle, absolute) = (millis(sessions.settings.idle()), millis(sessions.settings.absolute()));
    let mut tx = sessions.db.begin().await?;
    for (session, at) in batch {
        store::any_touch(&mut tx, *session, *at, idle, absolute).await?;
    }
    Ok(tx.commit().await?)
}

/// Removes expired sessions and old history.
pub async fn clean(sessions: &Sessions) -> Result<()> {
    let now = sessions.clock.now();
    let mut tx = sessions.db.begin().await?;
    for (session, user) in store::any_delete_expired(&mut tx, now).await? {
        tx.emit(Event { kind: SESSION_ENDED, id: session, user });
    }
    let keep = Duration::from_secs(u64::from(sessions.settings.history_days) * super::DAY);
    store_attempt::any_forget(&mut tx, now.minus(keep)).await?;
    tx.commit().await?;
    sessions.limits.sweep();
    Ok(sessions.jobs.clean(&sessions.db).await?)
}

/// Runs both until the server stops, and writes the last batch then.
pub async fn run(sessions: Sessions) {
    let mut flushes = tokio::time::interval(FLUSH);
    let mut cleanings = tokio::time::interval(CLEAN);
    let mut tidyings = tokio::time::interval(TIDY);
    loop {
        let done = tokio::select! {
            _ = flushes.tick() => flush(&sessions).await,
            _ = cleanings.tick() => clean(&sessions).await,
            _ = tidyings.tick() => tidy(&sessions.accounts).await,
            () = sessions.stop.cancelled() => break,
        };
        if let Err(error) = done {
            tracing::warn!(%error, "upkeep of sessions failed, it is tried again");
        }
    }
    if let Err(error) = flush(&sessions).await {
        tracing::warn!(%error, "the last activity of some sessions was not written");
    }
}
