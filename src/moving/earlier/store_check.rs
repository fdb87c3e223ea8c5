//! The statements that count what is here of what was brought over.

use sqlx::AssertSqlSafe;

use crate::platform::data::db::{Db, Pools};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// What is counted.
#[derive(Clone, Copy)]
pub enum Count {
    TicketsByStatus,
    AccountsByRole,
    TicketsByMonth,
    ResponsesByMonth,
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
            "SELECT {what}, COUNT(*) FROM import_map m JOIN {table} t ON t.id = m.target_id
             WHERE m.source = $1 AND m.kind = '{kind}' GROUP BY 1"
        )
    }
}

pub async fn any_counted(db: &Db, source: &str, count: Count) -> Result<Vec<(String, i64)>> {
    const SQLITE_MONTH: &str = "COALESCE(strftime('%Y-%m', t.created_at / 1000.0, 'unixepoch'), '')";
    const POSTGRES_MONTH: &str = "to_char(to_timestamp(t.created_at / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM')";
    match db.pools() {
        Pools::Sqlite { read, .. } => {
            sqlx::query_as(AssertSqlSafe(count.sql(SQLITE_MONTH))).bind(source).fetch_all(read).await
        }
        Pools::Postgres(pool) => {
            let mut tx = pool.begin().await?;
            // Of ten million answers it takes longer than anybody waits for a page.
            sqlx::query("SET LOCAL statement_timeout = 0").execute(&mut *tx).await?;
            sqlx::query_as(AssertSqlSafe(count.sql(POSTGRES_MONTH))).bind(source).fetch_all(&mut *tx).await
        }
    }
}
