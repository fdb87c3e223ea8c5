//! A database for one test: a file in its folder, or a PostgreSQL database of its own that is copied
//! from a migrated one.

use std::{io::Write, os::unix::fs::OpenOptionsExt, path::Path, process};

use sqlx::{Connection, PgConnection};
use tokio::sync::OnceCell;

use crate::platform::data::db::Db;

const VARIABLE: &str = "OSPABHOST_TEST_POSTGRES_URL";
static TEMPLATE: OnceCell<()> = OnceCell::const_new();
static SQLITE_TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();

pub enum Database {
    Sqlite,
    Postgres { server: String, name: String },
}

impl Database {
    pub fn sqlite() -> Self {
        Self::Sqlite
    }

    /// `None`, said aloud once, where there is no server. In CI that is a failure.
    pub async fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var(VARIABLE) else {
            skipped(&format!("tests on PostgreSQL: set {VARIABLE} to a server where databases may be made"));
            return None;
        };
        TEMPLATE.get_or_init(|| make_template(&server)).await;
        let name = format!("{}_{}", prefix(), rand::random::<u64>());
        execute(&server, &format!("CREATE DATABASE {name} TEMPLATE {}", template())).await;
        Some(Self::Postgres { server, name })
    }

    /// Puts a migrated database into the folder, where it is a file: to migrate one takes longer than most tests.
    pub async fn prepare(&self, folder: &Path) {
        if let Self::Sqlite = self {
            let template = SQLITE_TEMPLATE.get_or_init(make_sqlite_template).await;
            let mut options = std::fs::OpenOptions::new();
            let mut file = options.write(true).create_new(true).mode(0o600).open(folder.join("test.db")).unwrap();
            file.write_all(template).unwrap();
        }
    }

    pub fn url(&self, folder: &Path) -> String {
        match self {
            Self::Sqlite => format!("sqlite://{}", folder.join("test.db").display()),
            Self::Postgres { server, name } => format!("{server}/{name}"),
        }
    }

    /// Removes the database; the runtime of the test is on its way out, so in a thread of its own.
    pub fn remove(&self) {
        let Self::Postgres { server, name } = self else { return };
        let (server, sql) = (server.clone(), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(execute(&server, &sql));
        });
        dropping.join().unwrap();
    }
}

/// Says why a test did not run; fails it where everything must run.
pub fn skipped(why: &str) {
    assert!(std::env::var_os("OSPABHOST_TEST_ALL").is_none(), "nothing may be skipped here: {why}");
    // Straight to the terminal: what a passing test prints is hidden.
    let _ = writeln!(std::io::stderr(), "skipped {why}");
}

fn prefix() -> String {
    format!("ospabhost_test_{}", process::id())
}

fn template() -> String {
    format!("{}_template", prefix())
}

async fn make_template(server: &str) {
    remove_left_over(server).await;
    execute(server, &format!("CREATE DATABASE {}", template())).await;
    let db = Db::open(&format!("{server}/{}", template())).await.unwrap();
    db.migrate().await.unwrap();
    db.close().await;
}

async fn make_sqlite_template() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&Database::Sqlite.url(folder.path())).await.unwrap();
    db.migrate().await.unwrap();
    db.close().await;
    assert!(!folder.path().join("test.db-wal").exists(), "all of it is in the file");
    std::fs::read(folder.path().join("test.db")).unwrap()
}

/// Databases of test runs that are over.
async fn remove_left_over(server: &str) {
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    let names: Vec<String> =
        sqlx::query_scalar("SELECT datname FROM pg_database WHERE datname LIKE 'ospabhost\\_test\\_%'")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    for name in names {
        let pid = name.split('_').nth(2).unwrap_or("0");
        if !Path::new("/proc").join(pid).exists() {
            execute(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
}

async fn execute(server: &str, sql: &str) {
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
}
