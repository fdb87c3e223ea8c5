//! The database: SQLite or PostgreSQL behind one `Db`, with each statement written once.
//!
//! SQLite gets many readers (`query_only`) and one writer whose transactions begin IMMEDIATE: a
//! deferred one that turns into a writer fails with "database is locked" under load.

use std::{path::Path, str::FromStr, time::Duration};

use sqlx::{
    PgPool, Postgres, Sqlite, SqlitePool, Transaction,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::events::{Bus, Carrier, Entry, Event};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");
const READERS: u32 = 8;

/// The pools of one database. Clones share them.
#[derive(Clone)]
pub enum Pools {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres(PgPool),
}

/// The database and the bus on which committed transactions publish their events.
#[derive(Clone)]
pub struct Db {
    pub pools: Pools,
    pub bus: Bus,
}

/// What can go wrong before the first query.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("database_url: {0}")]
    Url(String),
    #[error("cannot open the database: {0}")]
    Connect(#[from] sqlx::Error),
    #[error("cannot bring the database up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("the database is newer than this program (schema {found}, known up to {known}): install the newer version")]
    Newer { found: i64, known: i64 },
}

/// Runs one expression on a connection that may only read.
#[macro_export]
macro_rules! on_read {
    ($db:expr, $c:ident => $body:expr) => {
        match &$db.pools {
            $crate::platform::db::Pools::Sqlite { read: $c, .. } => $body,
            $crate::platform::db::Pools::Postgres($c) => $body,
        }
    };
}

/// Runs one expression on a connection that may write, outside a transaction.
#[macro_export]
macro_rules! on_write {
    ($db:expr, $c:ident => $body:expr) => {
        match &$db.pools {
            $crate::platform::db::Pools::Sqlite { write: $c, .. } => $body,
            $crate::platform::db::Pools::Postgres($c) => $body,
        }
    };
}

/// Runs one expression in a transaction.
#[macro_export]
macro_rules! on_tx {
    ($tx:expr, $c:ident => $body:expr) => {
        match &mut $tx.inner {
            $crate::platform::db::Inner::Sqlite(t) => {
                let $c = &mut **t;
                $body
            }
            $crate::platform::db::Inner::Postgres(t) => {
                let $c = &mut **t;
                $body
            }
        }
    };
}

/// A transaction; dropped without `commit` it is undone, and its events are never heard.
pub struct Tx {
    pub inner: Inner,
    bus: Bus,
    events: Vec<Event>,
    after: Vec<Box<dyn FnOnce() + Send>>,
    entries: Vec<Entry>,
}

pub enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    /// Opens `sqlite://path` or `postgres://…`; events go by the database itself.
    #[cfg(test)]
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::open_with(url, Carrier::Database).await
    }

    /// Opens `sqlite://path` or `postgres://…`.
    pub async fn open_with(url: &str, carrier: Carrier) -> Result<Self, OpenError> {
        let pools = match url.split_once("://") {
            Some(("sqlite", path)) => open_sqlite(Path::new(path)).await?,
            Some(("postgres" | "postgresql", _)) => open_postgres(url).await?,
            _ => return Err(OpenError::Url("expected sqlite://… or postgres://…".into())),
        };
        Ok(Self { pools, bus: Bus::new(carrier) })
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self.pools, Pools::Postgres(_))
    }

    /// Begins a transaction that may write.
    pub async fn begin(&self) -> Result<Tx, sqlx::Error> {
        let inner = match &self.pools {
            Pools::Sqlite { write, .. } => Inner::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => Inner::Postgres(pool.begin().await?),
        };
        Ok(Tx { inner, bus: self.bus.clone(), events: Vec::new(), entries: Vec::new(), after: Vec::new() })
    }

    /// Applies the embedded migrations; nodes that start at once wait for each other.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        match &self.pools {
            Pools::Sqlite { write, .. } => migrate_sqlite(write).await,
            Pools::Postgres(pool) => {
                let applied: Result<Option<i64>, _> =
                    sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(pool).await;
                refuse_newer(applied.ok().flatten(), &POSTGRES)?;
                // sqlx takes an advisory lock here, so that two nodes migrate in turn.
                Ok(POSTGRES.run(pool).await?)
            }
        }
    }

    /// Whether the database answers, for readiness.
    pub async fn ping(&self) -> Result<(), sqlx::Error> {
        on_read!(self, c => sqlx::query("SELECT 1").execute(c).await.map(|_| ()))
    }

    /// Writes what is left and closes every connection.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
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

    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Commits; then the events are heard.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        let (events, entries) = (std::mem::take(&mut self.events), std::mem::take(&mut self.entries));
        Bus::before_commit(&mut self, &events, &entries).await?;
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        self.bus.after_commit(&events, &entries);
        self.after.into_iter().for_each(|then| then());
        Ok(())
    }
}

async fn open_sqlite(path: &Path) -> Result<Pools, OpenError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .pragma("temp_store", "memory")
        .pragma("mmap_size", "268435456");
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options.clone())
        .await?;
    let read = SqlitePoolOptions::new()
        .max_connections(READERS)
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(10))
        .connect_lazy_with(options.pragma("query_only", "on"));
    Ok(Pools::Sqlite { read, write })
}

async fn open_postgres(url: &str) -> Result<Pools, OpenError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| OpenError::Url("not a PostgreSQL address".into()))?;
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        // A node that hangs in the middle of a transaction must not keep its locks from the others.
        .connect_with(options.application_name("ospabhost").options([("idle_in_transaction_session_timeout", "15s")]))
        .await?;
    Ok(Pools::Postgres(pool))
}

/// Several processes may open one file; the whole migration runs under SQLite's write lock.
async fn migrate_sqlite(write: &SqlitePool) -> Result<(), OpenError> {
    let applied: Result<Option<i64>, _> =
        sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(write).await;
    refuse_newer(applied.ok().flatten(), &SQLITE)?;
    let mut tries = 0;
    loop {
        match SQLITE.run(write).await {
            Ok(()) => return Ok(()),
            // Another process was first: what it applied is found on the next look.
            Err(_) if tries < 20 => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn refuse_newer(applied: Option<i64>, migrator: &Migrator) -> Result<(), OpenError> {
    let known = migrator.iter().map(|m| m.version).max().unwrap_or(0);
    match applied {
        Some(found) if found > known => Err(OpenError::Newer { found, known }),
        _ => Ok(()),
    }
}

/// Whether the statement failed because a unique index already holds the value.
pub fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|e| e.is_unique_violation())
}

/// Ids for `IN (…)`; at least one.
pub fn list(ids: &[i64]) -> String {
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}
