//! Whether this node can write. A connection on which a transaction cannot begin or be undone is given up:
//! what it believes of its transaction, or of the file that it opened read-only, may be wrong for ever.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::{Connection, Database, pool::PoolOptions};
use tokio::sync::Mutex;

use super::{
    away::{Trouble, trouble},
    db::Db,
};
use crate::on_tx;

/// Who asks within this time after a real write hears what came of that one.
const FRESH: Duration = Duration::from_secs(1);
/// A write that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(3);
/// Connections that rested for so long are asked whether they still hold before they are used.
const RESTED: Duration = Duration::from_secs(1);
/// Rows that nodes write to when they look whether they can: few, and seldom the same for two nodes.
const SLOTS: i64 = 64;

/// Clones share it.
#[derive(Clone)]
pub(super) struct Writing(Arc<State>);

struct State {
    slot: i64,
    given_up: AtomicBool,
    last: Mutex<Option<(Instant, bool)>>,
}

impl Writing {
    pub fn new() -> Self {
        let slot = rand::random_range(0..SLOTS);
        Self(Arc::new(State { slot, given_up: AtomicBool::new(false), last: Mutex::default() }))
    }

    /// Has a pool give up what failed, what is still in a transaction, and what has died meanwhile.
    pub fn watch<DB: Database>(&self, options: PoolOptions<DB>) -> PoolOptions<DB> {
        let state = self.0.clone();
        options
            .test_before_acquire(false)
            .before_acquire(move |connection, about| {
                let given_up = state.given_up.swap(false, Ordering::AcqRel);
                Box::pin(async move {
                    if about.idle_for > RESTED {
                        connection.ping().await?;
                    }
                    Ok(!given_up)
                })
            })
            .after_release(|connection, _| {
                Box::pin(async move {
                    if connection.is_in_transaction() {
                        // A transaction was dropped: this waits for its rollback, which may fail.
                        connection.ping().await?;
                    }
                    Ok(!connection.is_in_transaction())
                })
            })
    }

    /// Looks at what came of beginning on SQLite's one writer.
    pub fn noted<T>(&self, done: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if done.as_ref().is_err_and(|error| trouble(error) != Trouble::Fault) {
            self.0.given_up.store(true, Ordering::Release);
        }
        done
    }
}

impl Db {
    /// Whether this node can write: it does so now, or did within the last second.
    pub async fn can_write(&self) -> bool {
        let mut last = self.writing.0.last.lock().await;
        if let Some((at, could)) = *last
            && at.elapsed() < FRESH
        {
            return could;
        }
        let written = tokio::time::timeout(PATIENCE, self.write_something()).await;
        let could = matches!(written, Ok(Ok(())));
        let before = last.is_none_or(|(_, could)| could);
        match written {
            Ok(Ok(())) if !before => tracing::info!("this node can write again"),
            Ok(Err(error)) if before => tracing::error!(%error, "this node cannot write"),
            Err(_) if before => tracing::error!("this node cannot write: the database takes too long"),
            _ => {}
        }
        metrics::gauge!("database_writable").set(if could { 1 } else { 0 });
        *last = Some((Instant::now(), could));
        could
    }

    async fn write_something(&self) -> Result<(), sqlx::Error> {
        const SQL: &str = "INSERT INTO write_check (slot, writes) VALUES ($1, 1)
                           ON CONFLICT (slot) DO UPDATE SET writes = write_check.writes + 1";
        let mut tx = self.door().begin().await?;
        on_tx!(tx, c => sqlx::query(SQL).bind(self.writing.0.slot).execute(c).await.map(|_| ()))?;
        tx.commit().await
    }
}
