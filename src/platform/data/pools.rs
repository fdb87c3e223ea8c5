//! The connections: SQLite or PostgreSQL, with each statement written once.
//!
//! SQLite gets many readers (`query_only`) and one writer whose transactions begin IMMEDIATE: a
//! deferred one that turns into a writer fails with "database is locked" under load.

use std::{path::Path, str::FromStr, time::Duration};

use sqlx::{
    Connection, PgPool, Postgres, Sqlite, SqlitePool, Transaction,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    db_there::{self, OpenError},
    writing::Writing,
};
use crate::platform::base::folder;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");
const READERS: u32 = 8;
/// Connections of a node to PostgreSQL: for most work, and apart from them for signing in, sessions and
/// the bus, which must go on while all the others wait for one locked table.
const GENERAL: u32 = 10;
const DOOR: u32 = 6;
/// Milliseconds: how long a statement may wait for a lock, and take in all. A request takes a minute at most.
const TIMEOUTS: [(&str, &str); 3] = [
    ("lock_timeout", "3000"),
    ("statement_timeout", "30000"),
    // A node that hangs in the middle of a transaction must not keep its locks from the others.
    ("idle_in_transaction_session_timeout", "15000"),
];

/// What SQLite's file is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The same rows again and again: the file is mapped, which spares copying.
    Again,
    /// Everything once: mapped, each page would count as memory once for every connection.
    Once,
}

/// How long somebody waits for a connection to PostgreSQL.
pub(super) const WAIT: Duration = Duration::from_secs(5);

/// The pools of one database. Clones share them.
#[derive(Clone)]
pub enum Pools {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres(PgPool),
}

/// A transaction of one of them.
pub enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Runs one expression on a connection that may only read.
#[macro_export]
macro_rules! on_read {
    ($db:expr, $c:ident => $body:expr) => {
        match $db.pools() {
            $crate::platform::data::pools::Pools::Sqlite { read: $c, .. } => $body,
            $crate::platform::data::pools::Pools::Postgres($c) => $body,
        }
    };
}

/// Runs one expression on a connection that may write, outside a transaction.
#[macro_export]
macro_rules! on_write {
    ($db:expr, $c:ident => $body:expr) => {
        match $db.pools() {
            $crate::platform::data::pools::Pools::Sqlite { write: $c, .. } => $body,
            $crate::platform::data::pools::Pools::Postgres($c) => $body,
        }
    };
}

/// Runs one expression in a transaction.
#[macro_export]
macro_rules! on_tx {
    ($tx:expr, $c:ident => $body:expr) => {
        match $tx.inner() {
            $crate::platform::data::pools::Inner::Sqlite(t) => {
                let $c = &mut **t;
                $body
            }
            $crate::platform::data::pools::Inner::Postgres(t) => {
                let $c = &mut **t;
                $body
            }
        }
    };
}

impl Reading {
    /// In bytes.
    fn mapped(self) -> &'static str {
        match self {
            Self::Again => "268435456",
            Self::Once => "0",
        }
    }
}

impl Pools {
    /// For the macros, which take whatever has pools.
    pub fn pools(&self) -> &Self {
        self
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Applies the embedded migrations; nodes that start at once wait for each other.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        match self {
            Self::Sqlite { write, .. } => migrate_sqlite(write).await,
            Self::Postgres(pool) => {
                let applied: Result<Option<i64>, _> =
                    sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(pool).await;
                refuse_newer(applied.ok().flatten(), &POSTGRES)?;
                // A migration may take long, and wait long: sqlx takes an advisory lock, so that nodes take turns.
                let mut connection = pool.acquire().await?.detach();
                for (setting, _) in TIMEOUTS {
                    sqlx::query("SELECT set_config($1, '0', FALSE)").bind(setting).execute(&mut connection).await?;
                }
                POSTGRES.run(&mut connection).await?;
                connection.close().await?;
                Ok(())
            }
        }
    }

    /// Says how many connections there are, and how many somebody uses.
    pub fn count_connections(&self) {
        match self {
            Self::Sqlite { read, write } => {
                count("read", read);
                count("write", write);
            }
            Self::Postgres(pool) => count("general", pool),
        }
    }

    /// Writes what is left and closes every connection.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Inner {
    /// For the macros.
    pub fn inner(&mut self) -> &mut Self {
        self
    }
}

pub(super) async fn open_sqlite(path: &Path, writing: &Writing, reading: Reading) -> Result<Pools, OpenError> {
    folder::keep_database_private(path).map_err(|error| OpenError::File(path.display().to_string(), error))?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        // What is deleted is overwritten, wherever that needs no more pages to be written.
        .pragma("secure_delete", "fast")
        .pragma("temp_store", "memory")
        .pragma("mmap_size", reading.mapped());
    let write = writing
        .watch(SqlitePoolOptions::new().max_connections(1))
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

pub(super) async fn open_postgres(url: &str, writing: &Writing) -> Result<(PgPool, PgPool), OpenError> {
    db_there::reach(url).await?.close().await?;
    let options = PgConnectOptions::from_str(url).map_err(|_| OpenError::Url("not a PostgreSQL address".into()))?;
    let options = options.application_name("ospabhost").options(TIMEOUTS);
    let pool = |most: u32| writing.watch(PgPoolOptions::new().max_connections(most)).acquire_timeout(WAIT);
    Ok((pool(GENERAL).connect_with(options.clone()).await?, pool(DOOR).connect_lazy_with(options)))
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

pub(super) fn count<D: sqlx::Database>(name: &'static str, pool: &sqlx::Pool<D>) {
    let idle = pool.num_idle() as f64;
    metrics::gauge!("database_connections", "pool" => name, "state" => "idle").set(idle);
    metrics::gauge!("database_connections", "pool" => name, "state" => "used").set(f64::from(pool.size()) - idle);
    metrics::gauge!("database_connections_most", "pool" => name).set(f64::from(pool.options().get_max_connections()));
}

/// Whether the statement failed because a unique index already holds the value.
pub fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|e| e.is_unique_violation())
}

/// Ids for `IN (…)`; at least one.
pub fn list(ids: &[i64]) -> String {
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}
