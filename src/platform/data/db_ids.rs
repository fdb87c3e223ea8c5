//! Ids of rows that are brought over: those that they had where they are free, others that nobody ever had.

use crate::{
    on_tx,
    platform::data::db::{Inner, Tx},
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// From now on new rows of a table get ids above this one.
pub async fn raise(tx: &mut Tx, table: &'static str, above: i64) -> Result<()> {
    match &mut tx.inner {
        Inner::Sqlite(t) => {
            const MAKE: &str = "INSERT INTO sqlite_sequence (name, seq)
                SELECT $1, 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = $1)";
            const RAISE: &str = "UPDATE sqlite_sequence SET seq = $2 WHERE name = $1 AND seq < $2";
            sqlx::query(MAKE).bind(table).execute(&mut **t).await?;
            sqlx::query(RAISE).bind(table).bind(above).execute(&mut **t).await.map(|_| ())
        }
        Inner::Postgres(t) => {
            // What was given once is never given again: it is raised only.
            const SQL: &str = "SELECT setval(s.name::regclass, $2)
                FROM (SELECT pg_get_serial_sequence($1, 'id') AS name) s
                WHERE COALESCE(pg_sequence_last_value(s.name::regclass), 0) < $2";
            sqlx::query(SQL).bind(table).bind(above).execute(&mut **t).await.map(|_| ())
        }
    }
}

/// So many new ids, in order. They are used before the next are taken.
pub async fn take(tx: &mut Tx, table: &'static str, count: usize) -> Result<Vec<i64>> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    if count == 0 {
        return Ok(Vec::new());
    }
    match &mut tx.inner {
        Inner::Sqlite(t) => {
            const SQL: &str = "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = $1), 0)";
            let last: i64 = sqlx::query_scalar(SQL).bind(table).fetch_one(&mut **t).await?;
            // Nobody else writes until this transaction ends, and inserting raises what was given last.
            Ok((last + 1..=last + count).collect())
        }
        Inner::Postgres(_) => {
            const SQL: &str = "SELECT nextval(pg_get_serial_sequence($1, 'id')) FROM generate_series(1, $2)";
            let mut ids: Vec<i64> =
                on_tx!(tx, c => sqlx::query_scalar(SQL).bind(table).bind(count).fetch_all(c).await)?;
            ids.sort_unstable();
            Ok(ids)
        }
    }
}
