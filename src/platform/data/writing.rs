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

use super::away::{Trouble, trouble};

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
    /// The row that this node writes to when it looks whether it can.
    pub fn slot(&self) -> i64 {
        self.0.slot
    }

    /// When somebody last looked whether this node can write, and what came of it.
    pub fn last(&self) -> &Mutex<Option<(Instant, bool)>> {
        &self.0.last
    }

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
