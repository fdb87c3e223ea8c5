//! The database: SQLite or PostgreSQL behind one `Db`, with each statement written once.
//!
//! SQLite gets many readers (`query_only`) and one writer whose transactions begin IMMEDIATE: a
//! deferred one that turns into a writer fails with "database is locked" under load.

mod snapshot;

use std::{path::Path, str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    Connection, PgPool, Postgres, Sqlite, SqlitePool, Transaction,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    db_there,
    events::{Bus, Carrier, Entry, Event},
    folder,
    holding::{self, Hold},
    public_id::Seal,
    writing::Writing,
};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");
const READERS: u32 = 8;
/// Connections of a node to PostgreSQL: for most work, and apart from them for signing in, sessions and
/// the bus, which must go on while all the others wait for one locked table.
const GENERAL: u32 = 10;
const DOOR: u32 = 6;
/// How many of the general ones transactions may hold: what only reads always gets one of the rest.
const TRANSACTIONS: usize = 7;
/// Milliseconds: how long a statement may wait for a lock, and take in all. A request takes a minute at most.
const TIMEOUTS: [(&str, &str); 3] = [
    ("lock_timeout", "3000"),
    ("statement_timeout", "30000"),
    // A node that hangs in the middle of a transaction must not keep its locks from the others.
    ("idle_in_transaction_session_timeout", "15000"),
];

/// The pools of one database. Clones share them.
#[derive(Clone)]
pub enum Pools {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres(PgPool),
}

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

/// What can go wrong before the first query.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("database_url: {0}")]
    Url(String),
    #[error("cannot open the database: {0}")]
    Connect(#[from] sqlx::Error),
    #[error(
        "there is no database of ospabhost at {0}, and this command makes none: give it the settings of the service \
         (data_dir, database_url) and run it as the user of the service"
    )]
    Missing(String),
    #[error("the database {0} cannot be reached: {1}")]
    Unreachable(String, String),
    #[error("database_url: the file {0} cannot be used: {1}")]
    File(String, std::io::Error),
    #[error("cannot bring the database up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("the database is newer than this program (schema {found}, known up to {known}): install the newer version")]
    Newer { found: i64, known: i64 },
}

/// Runs one expression on a connection that may only read.
#[macro_export]
macro_rules! on_read {
    ($db:expr, $c:ident => $body:expr) => {
        match $db.pools() {
            $crate::platform::db::Pools::Sqlite { read: $c, .. } => $body,
            $crate::platform::db::Pools::Postgres($c) => $body,
        }
    };
}

/// Runs one expression on a connection that may write, outside a transaction.
#[macro_export]
macro_rules! on_write {
    ($db:expr, $c:ident => $body:expr) => {
        match $db.pools() {
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
        let (bus, writing, seal) = (Bus::new(carrier), Writing::new(), Seal::default());
        match url.split_once("://") {
            Some(("sqlite", path)) => {
                let pools = open_sqlite(Path::new(path), &writing).await?;
                Ok(Self { pools, bus, seal, door: None, turns: None, writing })
            }
            Some(("postgres" | "postgresql", _)) => {
                let (general, door) = open_postgres(url, &writing).await?;
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
        let turn = tokio::time::timeout(WAIT, turns.clone().acquire_owned()).await;
        turn.map_err(|_| sqlx::Error::PoolTimedOut)?.map(Some).map_err(|_| sqlx::Error::PoolClosed)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), sqlx::Error> {
        on_read!(self, c => sqlx::query("SELECT 1").execute(c).await.map(|_| ()))
    }

    /// Applies the embedded migrations; nodes that start at once wait for each other.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        match &self.pools {
            Pools::Sqlite { write, .. } => migrate_sqlite(write).await?,
            Pools::Postgres(pool) => {
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
            }
        }
        const KEY: &str = "SELECT key FROM public_id_key";
        self.seal.set(on_read!(self, c => sqlx::query_scalar(KEY).fetch_one(c).await)?);
        Ok(())
    }

    /// Says how many connections there are, and how many somebody uses.
    pub fn count_connections(&self) {
        match &self.pools {
            Pools::Sqlite { read, write } => {
                count("read", read);
                count("write", write);
            }
            Pools::Postgres(pool) => count("general", pool),
        }
        if let Some(pool) = &self.door {
            count("door", pool);
        }
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

/// How long somebody waits for a connection to PostgreSQL.
const WAIT: Duration = Duration::from_secs(5);

async fn open_sqlite(path: &Path, writing: &Writing) -> Result<Pools, OpenError> {
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
        .pragma("mmap_size", "268435456");
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

async fn open_postgres(url: &str, writing: &Writing) -> Result<(PgPool, PgPool), OpenError> {
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

fn count<D: sqlx::Database>(name: &'static str, pool: &sqlx::Pool<D>) {
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
