//! The door to the database: readings, and transactions with what is told of them when they are committed.
//! While a transaction is open its work reads through it: a second connection for the same work is refused
//! (`holding.rs`).

//! The database: SQLite or PostgreSQL behind one `Db`, with each statement written once.
//!
//! SQLite gets many readers (`query_only`) and one writer whose transactions begin IMMEDIATE: a
//! deferred one that turns into a writer fails with "database is locked" under load.

mod snapshot;

use std::{path::Path, sync::Arc};

use sqlx::PgPool;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    db_there::OpenError,
    events::{Bus, Carrier, Entry, Event},
    holding::{self, Hold},
    pools::{self, Inner, Pools, Reading},
    writing::Writing,
};
use crate::{on_read, platform::base::public_id::Seal};

/// How many of the general ones transactions may hold: what only reads always gets one of the rest.
const TRANSACTIONS: usize = 7;

/// The database and the bus on which committed transactions publish their events.
#[derive(Clone)]
pub struct Db {
    pools: Pools,
    pub bus: Bus,
    /// Makes the numbers by which rows are called outside.
    pub seal: Seal,
    /// PostgreSQL: the connections for signing in.
    door: Option<PgPool>,
    /// PostgreSQL: how many more transactions may begin on the general connections.
    turns: Option<Arc<Semaphore>>,
    pub(super) writing: Writing,
}

/// A transaction; dropped without `commit` it is undone, and its events are never heard.
pub struct Tx {
    inner: Inner,
    _turn: Option<OwnedSemaphorePermit>,
    _held: Hold,
    bus: Bus,
    events: Vec<Event>,
    after: Vec<Box<dyn FnOnce() + Send>>,
    entries: Vec<Entry>,
}

/// Counts one who waits for a transaction to begin.
struct Waiting;

impl Waiting {
    fn begin() -> Self {
        metrics::gauge!("database_transactions_waiting").increment(1);
        Self
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        metrics::gauge!("database_transactions_waiting").decrement(1);
    }
}

impl Db {
    /// Opens `sqlite://path` or `postgres://…`; events go by the database itself.
    #[cfg(test)]
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::open_with(url, Carrier::Database, Reading::Again).await
    }

    /// Opens `sqlite://path` or `postgres://…`.
    pub async fn open_with(url: &str, carrier: Carrier, reading: Reading) -> Result<Self, OpenError> {
        let (bus, writing, seal) = (Bus::new(carrier), Writing::new(), Seal::default());
        match url.split_once("://") {
            Some(("sqlite", path)) => {
                let pools = pools::open_sqlite(Path::new(path), &writing, reading).await?;
                Ok(Self { pools, bus, seal, door: None, turns: None, writing })
            }
            Some(("postgres" | "postgresql", _)) => {
                let (general, door) = pools::open_postgres(url, &writing).await?;
                let turns = Some(Arc::new(Semaphore::new(TRANSACTIONS)));
                Ok(Self { pools: Pools::Postgres(general), bus, seal, door: Some(door), turns, writing })
            }
            _ => Err(OpenError::Url("expected sqlite://… or postgres://…".into())),
        }
    }

    /// The same database by the connections that are kept for signing in and sessions.
    pub fn door(&self) -> Self {
        match &self.door {
            Some(pool) => Self { pools: Pools::Postgres(pool.clone()), turns: None, ..self.clone() },
            None => self.clone(),
        }
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self.pools, Pools::Postgres(_))
    }

    /// The pools, for work that holds no transaction.
    pub fn pools(&self) -> &Pools {
        holding::ask();
        &self.pools
    }

    /// Begins a transaction that may write.
    pub async fn begin(&self) -> Result<Tx, sqlx::Error> {
        holding::ask();
        let waiting = Waiting::begin();
        let _turn = self.turn().await?;
        let inner = match &self.pools {
            Pools::Sqlite { write, .. } => {
                Inner::Sqlite(self.writing.noted(write.begin_with("BEGIN IMMEDIATE").await)?)
            }
            Pools::Postgres(pool) => Inner::Postgres(pool.begin().await?),
        };
        drop(waiting);
        let (bus, _held) = (self.bus.clone(), Hold::new());
        Ok(Tx { inner, _turn, _held, bus, events: Vec::new(), entries: Vec::new(), after: Vec::new() })
    }

    async fn turn(&self) -> Result<Option<OwnedSemaphorePermit>, sqlx::Error> {
        let Some(turns) = &self.turns else { return Ok(None) };
        let turn = tokio::time::timeout(pools::WAIT, turns.clone().acquire_owned()).await;
        turn.map_err(|_| sqlx::Error::PoolTimedOut)?.map(Some).map_err(|_| sqlx::Error::PoolClosed)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), sqlx::Error> {
        on_read!(self, c => sqlx::query("SELECT 1").execute(c).await.map(|_| ()))
    }

    /// Applies the embedded migrations; nodes that start at once wait for each other.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        self.pools.migrate().await?;
        const KEY: &str = "SELECT key FROM public_id_key";
        self.seal.set(on_read!(self, c => sqlx::query_scalar(KEY).fetch_one(c).await)?);
        Ok(())
    }

    /// Says how many connections there are, and how many somebody uses.
    pub fn count_connections(&self) {
        self.pools.count_connections();
        if let Some(pool) = &self.door {
            pools::count("door", pool);
        }
    }

    /// Writes what is left and closes every connection.
    pub async fn close(&self) {
        self.pools.close().await;
        if let Some(door) = &self.door {
            door.close().await;
        }
    }

    /// A consistent copy while the server runs; SQLite only (PostgreSQL has `pg_dump`).
    pub async fn backup_sqlite(&self, to: &Path) -> Result<bool, sqlx::Error> {
        let Pools::Sqlite { write, .. } = &self.pools else { return Ok(false) };
        sqlx::query("VACUUM INTO $1").bind(to.to_string_lossy().into_owned()).execute(write).await?;
        Ok(true)
    }
}

impl Tx {
    /// Says after commit, on every node, that something changed; twice is once.
    pub fn emit(&mut self, event: Event) {
        if !self.events.contains(&event) {
            self.events.push(event);
        }
    }

    /// Does something quick here after the commit, such as waking who works on what was written.
    pub fn after_commit(&mut self, then: impl FnOnce() + Send + 'static) {
        self.after.push(Box::new(then));
    }

    /// Keeps in the log what clients are to be told, those too that are not connected now.
    pub fn record(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// For `on_tx!`.
    pub fn inner(&mut self) -> &mut Inner {
        &mut self.inner
    }

    /// Commits; then the events are heard.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        let (events, entries) = (std::mem::take(&mut self.events), std::mem::take(&mut self.entries));
        self.bus.before_commit(&mut self.inner, &events, &entries).await?;
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        self.bus.after_commit(&events, &entries);
        self.after.into_iter().for_each(|then| then());
        Ok(())
    }
}
