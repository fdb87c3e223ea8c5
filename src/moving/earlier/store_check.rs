//! The statements that count what is here of what was brought over: a page of the map at a time, for to sort ten
//! million rows by their months takes more memory than anybody has.

use sqlx::AssertSqlSafe;

use crate::platform::data::{db::Db, pools::Pools};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// Rows of the map at once.
const AT_ONCE: i64 = 10_000;

/// What is counted.
#[derive(Clone, Copy)]
pub enum Count {
    TicketsByStatus,
    AccountsByRole,
    TicketsByMonth,
    ResponsesByMonth,
}

/// Rows of a page that are alike.
#[derive(sqlx::FromRow)]
pub struct Alike {
    /// None: what was brought over is not here any more.
    pub what: Option<String>,
    pub count: i64,
    /// The last of them, by its id there.
    pub last: i64,
}

impl Count {
    fn sql(self, month: &str) -> String {
        let (kind, table, what) = match self {
            Self::TicketsByStatus => ("ticket", "ticket", "t.status"),
            Self::AccountsByRole => ("user", "account", "t.role"),
            Self::TicketsByMonth => ("ticket", "ticket", month),
            Self::ResponsesByMonth => ("response", "response", month),
        };
        format!(
            "SELECT {what} AS what, COUNT(*) AS count, MAX(m.source_id) AS last
             FROM (SELECT source_id, target_id FROM import_map
                   WHERE source = $1 AND kind = '{kind}' AND source_id > $2 ORDER BY source_id LIMIT {AT_ONCE}) m
             LEFT JOIN {table} t ON t.id = m.target_id GROUP BY 1"
        )
    }
}

/// Counts the next page after this id there; nothing comes after the last.
pub async fn any_counted(db: &Db, source: &str, count: Count, after: i64) -> Result<Vec<Alike>> {
    const SQLITE_MONTH: &str = "strftime('%Y-%m', t.created_at / 1000.0, 'unixepoch')";
    const POSTGRES_MONTH: &str = "to_char(to_timestamp(t.created_at / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM')";
    // A slow disk is no reason to give up. Tables that were just filled have no statistics, by which PostgreSQL
    // may read all of one for each page.
    const PATIENT: &str =
        "SELECT set_config('statement_timeout', '0', TRUE), set_config('enable_hashjoin', 'off', TRUE),
        set_config('enable_mergejoin', 'off', TRUE)";
    match db.pools() {
        Pools::Sqlite { read, .. } => {
            let sql = AssertSqlSafe(count.sql(SQLITE_MONTH));
            sqlx::query_as(sql).bind(source).bind(after).fetch_all(read).await
        }
        Pools::Postgres(pool) => {
            let mut tx = pool.begin().await?;
            sqlx::query(PATIENT).execute(&mut *tx).await?;
            let sql = AssertSqlSafe(count.sql(POSTGRES_MONTH));
            sqlx::query_as(sql).bind(source).bind(after).fetch_all(&mut *tx).await
        }
    }
}
