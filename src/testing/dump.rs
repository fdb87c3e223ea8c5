//! The whole database as text, to show that something changed nothing.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;

use crate::platform::data::{db::Db, pools::Pools};

/// What is noted in batches about the use of a session.
const USE: [(&str, &str); 2] = [("session", "last_activity"), ("session", "expires_at")];

/// Table → its rows, without what is noted in batches.
pub type Dump = BTreeMap<String, Vec<String>>;

/// All of it, but for `beside`, which are columns as (table, column).
pub async fn dump(db: &Db, beside: &[(&str, &str)]) -> Dump {
    let mut all = Dump::new();
    for (table, columns) in tables(db).await {
        let left_out = |column: &str| USE.iter().chain(beside).any(|one| *one == (table.as_str(), column));
        let shown: Vec<_> = columns.iter().filter(|column| !left_out(column)).collect();
        let text = |column: &&String| match db.pools() {
            Pools::Sqlite { .. } => format!("quote(\"{column}\")"),
            Pools::Postgres(_) => format!("coalesce(\"{column}\"::text, '')"),
        };
        let row = shown.iter().map(text).collect::<Vec<_>>().join(" || '|' || ");
        let sql = format!("SELECT {row} FROM \"{table}\"");
        let mut rows: Vec<String> = match db.pools() {
            Pools::Sqlite { read, .. } => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(read).await.unwrap(),
            Pools::Postgres(pool) => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(pool).await.unwrap(),
        };
        rows.sort_unstable();
        all.insert(table, rows);
    }
    all
}

/// The rows that are in one of two only, for the message of a failed test.
pub fn difference(before: &Dump, after: &Dump) -> String {
    let mut text = String::new();
    for (table, rows) in after {
        let old = before.get(table).map(Vec::as_slice).unwrap_or_default();
        let (gone, new) = (old.iter().filter(|row| !rows.contains(row)), rows.iter().filter(|row| !old.contains(row)));
        gone.for_each(|row| text += &format!("\n- {table}: {row}"));
        new.for_each(|row| text += &format!("\n+ {table}: {row}"));
    }
    text
}

/// Table → its columns.
pub async fn tables(db: &Db) -> BTreeMap<String, Vec<String>> {
    const SQLITE: &str = "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c
        WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> '_sqlx_migrations' AND t.sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY c.cid";
    const POSTGRES: &str = "SELECT table_name::text, column_name::text FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations' ORDER BY ordinal_position";
    let columns: Vec<(String, String)> = match db.pools() {
        Pools::Sqlite { read, .. } => sqlx::query_as(SQLITE).fetch_all(read).await.unwrap(),
        Pools::Postgres(pool) => sqlx::query_as(POSTGRES).fetch_all(pool).await.unwrap(),
    };
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (table, column) in columns {
        all.entry(table).or_default().push(column);
    }
    assert!(all.len() > 15, "{:?}", all.keys());
    all
}

/// Changes the database behind the application's back, to what an older version left.
pub async fn execute(db: &Db, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    match db.pools() {
        Pools::Sqlite { write, .. } => sqlx::raw_sql(sql).execute(write).await.map(|_| ()).unwrap(),
        Pools::Postgres(pool) => sqlx::raw_sql(sql).execute(pool).await.map(|_| ()).unwrap(),
    }
}
