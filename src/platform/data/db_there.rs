//! Whether there is a database already. Looking makes nothing and changes nothing.

use std::{path::Path, str::FromStr, time::Duration};

use sqlx::{Connection, PgConnection, SqliteConnection, postgres::PgConnectOptions, sqlite::SqliteConnectOptions};

use crate::platform::base::neighbours::{reasons, without_user};

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

/// How long a database may take to take a connection.
const PATIENCE: Duration = Duration::from_secs(10);
/// Every database of ours has the list of what was applied to it.
const LIST: &str = "_sqlx_migrations";

/// Connects once and says why it cannot be: a pool tries until its time is up and forgets the reason.
pub async fn reach(url: &str) -> Result<PgConnection, OpenError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| OpenError::Url("not a PostgreSQL address".into()))?;
    let address = || without_user(url);
    let connecting = tokio::time::timeout(PATIENCE, PgConnection::connect_with(&options));
    match connecting.await {
        Ok(connected) => connected.map_err(|error| OpenError::Unreachable(address(), reasons(&error))),
        Err(_) => Err(OpenError::Unreachable(address(), format!("no answer within {} seconds", PATIENCE.as_secs()))),
    }
}

/// Refuses an address where there is nothing, or something else.
pub async fn must_be_there(url: &str) -> Result<(), OpenError> {
    match url.split_once("://") {
        Some(("sqlite", path)) => sqlite(Path::new(path)).await,
        Some(("postgres" | "postgresql", _)) => postgres(url).await,
        // Said when it is opened.
        _ => Ok(()),
    }
}

async fn sqlite(path: &Path) -> Result<(), OpenError> {
    const SQL: &str = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = $1";
    let missing = || OpenError::Missing(path.display().to_string());
    if std::fs::metadata(path).map_err(|_| missing())?.len() == 0 {
        return Err(missing());
    }
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(false);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    // A file of another kind is no database either.
    let found: i64 = sqlx::query_scalar(SQL).bind(LIST).fetch_one(&mut connection).await.map_err(|_| missing())?;
    connection.close().await?;
    if found == 0 { Err(missing()) } else { Ok(()) }
}

async fn postgres(url: &str) -> Result<(), OpenError> {
    let mut connection = reach(url).await?;
    let found: bool =
        sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(LIST).fetch_one(&mut connection).await?;
    connection.close().await?;
    if found { Ok(()) } else { Err(OpenError::Missing(without_user(url))) }
}
