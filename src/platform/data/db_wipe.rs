//! What was deleted goes from the disk too: the database is written anew without it.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use crate::platform::data::{db::Db, pools::Pools};

/// How long a reader may keep the journal from being emptied.
const READERS: Duration = Duration::from_secs(30);
const AGAIN: Duration = Duration::from_millis(100);

impl Db {
    /// Overwrites what was freed. False: a reader kept the journal (SQLite) from being emptied; the next
    /// checkpoint does it. It takes as long as copying the database, and writers wait meanwhile.
    pub async fn wipe(&self) -> Result<bool, sqlx::Error> {
        match self.pools() {
            Pools::Sqlite { write, .. } => {
                let options = write.connect_options().as_ref().clone().busy_timeout(Duration::from_secs(60));
                sqlite(SqliteConnection::connect_with(&options).await?).await
            }
            Pools::Postgres(pool) => {
                postgres(PgConnection::connect_with(&pool.connect_options()).await?).await?;
                Ok(true)
            }
        }
    }
}

/// An index of words keeps those of deleted rows until its parts are joined. The pages of the file keep
/// copies of what was moved or freed until they are written anew.
async fn sqlite(mut connection: SqliteConnection) -> Result<bool, sqlx::Error> {
    const INDEXES: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%USING fts5(%'";
    // In a file, not in memory: the whole database goes through it.
    sqlx::query("PRAGMA temp_store = file").execute(&mut connection).await?;
    let indexes: Vec<String> = sqlx::query_scalar(INDEXES).fetch_all(&mut connection).await?;
    for index in indexes {
        let join = format!("INSERT INTO {index} ({index}) VALUES ('optimize')");
        sqlx::query(AssertSqlSafe(join)).execute(&mut connection).await?;
    }
    sqlx::query("VACUUM").execute(&mut connection).await?;
    let tried = async {
        loop {
            let (busy, _, _): (i64, i64, i64) =
                sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut connection).await?;
            if busy == 0 {
                return Ok::<(), sqlx::Error>(());
            }
            tokio::time::sleep(AGAIN).await;
        }
    };
    let emptied = match tokio::time::timeout(READERS, tried).await {
        Ok(done) => done.map(|()| true)?,
        Err(_) => false,
    };
    connection.close().await?;
    Ok(emptied)
}

/// With the statistics, which hold samples of what stands in the columns.
async fn postgres(mut connection: PgConnection) -> Result<(), sqlx::Error> {
    const TABLES: &str =
        "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables WHERE schemaname = current_schema()";
    for statement in ["SET statement_timeout = 0", "SET lock_timeout = 0"] {
        sqlx::query(statement).execute(&mut connection).await?;
    }
    // Ours only: on the server's own tables it would wait for other databases.
    let tables: String = sqlx::query_scalar(TABLES).fetch_one(&mut connection).await?;
    sqlx::query(AssertSqlSafe(format!("VACUUM (ANALYZE) {tables}"))).execute(&mut connection).await?;
    connection.close().await
}
