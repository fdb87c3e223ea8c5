//! Databases for the measurement, and the people and sessions in them.

use std::{
    path::Path,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::Result;

#[derive(Clone)]
pub enum Kind {
    Sqlite,
    /// The address of a server where databases may be made.
    Postgres(String),
}

impl Kind {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
}

/// One database and one data folder; both are removed when this is dropped.
pub struct Database {
    kind: Kind,
    name: String,
    folder: tempfile::TempDir,
}

impl Database {
    pub async fn make(kind: &Kind) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("ospabhost_bench_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let database = Self { kind: kind.clone(), name, folder: tempfile::tempdir()? };
        if let Kind::Postgres(server) = kind {
            execute(server, &format!("CREATE DATABASE {}", database.name)).await?;
        }
        Ok(database)
    }

    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn url(&self) -> String {
        match &self.kind {
            Kind::Sqlite => format!("sqlite://{}", self.folder().join("bench.db").display()),
            Kind::Postgres(server) => format!("{server}/{}", self.name),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Kind::Postgres(server) = &self.kind else { return };
        let (server, sql) = (server.clone(), format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        // The runtime may be on its way out, so in a thread with its own.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(execute(&server, &sql))
        });
        if !matches!(dropping.join(), Ok(Ok(()))) {
            eprintln!("the database {} was not removed", self.name);
        }
    }
}

async fn execute(server: &str, sql: &str) -> Result<()> {
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await?;
    Ok(())
}

/// $1 users, $2 the time in milliseconds.
const ACCOUNTS: &str = "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1)
    INSERT INTO account (username, email, email_key, password_hash, role, language, timezone, created_at)
    SELECT 'User ' || i, 'user' || i || '@bench.example', 'user' || i || '@bench.example', '!', 'customer', 'ru', 'Europe/Moscow', $2
    FROM n";

/// Ten sessions of each user, in the order in which they would have come. $1 the time in milliseconds.
const SESSIONS: &str = "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 10)
    INSERT INTO session (user_id, sign_in_method, ip_address, user_agent, device_type, device, browser, os, location,
        proven_at, last_activity, created_at, expires_at)
    SELECT a.id, 'password', '198.51.100.' || n.i,
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36',
        'desktop', 'Windows', 'Chrome 143', 'Windows 10', '{\"kind\":\"known\",\"ru\":\"Москва, Россия\",\"en\":\"Moscow, Russia\",\"country\":\"RU\"}',
        $1, $1 - (10 - n.i) * 3600000, $1 - (10 - n.i) * 3600000, $1 + 2592000000
    FROM n CROSS JOIN account a WHERE a.password_hash = '!' ORDER BY n.i, a.id";

const NEWEST: &str = "SELECT MAX(s.id) FROM session s JOIN account a ON a.id = s.user_id WHERE a.password_hash = '!'
    GROUP BY s.user_id ORDER BY s.user_id";
const COOKIE: &str = "UPDATE session SET cookie_hash = $2 WHERE id = $1";

/// Writes users with ten sessions each, and returns the cookie of one session of each user, in the
/// order of their ids.
pub async fn fill(database: &Database, users: i64) -> Result<Vec<String>> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_millis();
    let now = i64::try_from(now)?;
    let mut cookies = Vec::new();
    // The same statements for both.
    macro_rules! fill {
        ($connection:ty) => {{
            let mut connection = <$connection>::connect(&database.url()).await?;
            let mut tx = connection.begin().await?;
            sqlx::query(ACCOUNTS).bind(users).bind(now).execute(&mut *tx).await?;
            sqlx::query(SESSIONS).bind(now).execute(&mut *tx).await?;
            let newest: Vec<i64> = sqlx::query_scalar(NEWEST).fetch_all(&mut *tx).await?;
            for session in newest {
                let secret = format!("bench{session:038}");
                let hash = Sha256::digest(secret.as_bytes()).to_vec();
                sqlx::query(COOKIE).bind(session).bind(hash).execute(&mut *tx).await?;
                cookies.push(format!("session={session}.{secret}"));
            }
            tx.commit().await?;
            // Not of the others: an empty index of words, once counted, is searched as if it stayed empty.
            for table in ["account", "session"] {
                sqlx::query(sqlx::AssertSqlSafe(format!("ANALYZE {table}"))).execute(&mut connection).await?;
            }
            connection.close().await?;
        }};
    }
    match database.kind {
        Kind::Sqlite => fill!(SqliteConnection),
        Kind::Postgres(_) => fill!(PgConnection),
    }
    Ok(cookies)
}
