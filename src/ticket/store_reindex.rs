//! The statements that fill SQLite's index of words anew. PostgreSQL makes its own.

use super::store_search::{self, NewDoc};
use crate::platform::db::{Inner, Tx};

type Result<T> = std::result::Result<T, sqlx::Error>;

#[derive(sqlx::FromRow)]
struct Doc {
    id: i64,
    ticket_id: i64,
    response_id: Option<i64>,
    user_id: i64,
    is_internal: bool,
    text: String,
}

/// Indexes the next documents that wait for it, and says whether others still do.
pub async fn any_index(tx: &mut Tx, limit: i64) -> Result<bool> {
    const WAITING: &str = "SELECT done, until FROM ticket_reindex";
    const DOCS: &str = "SELECT d.id, d.ticket_id, d.response_id, d.user_id, d.is_internal,
            COALESCE(r.message, t.title || char(10) || t.message) AS text
        FROM ticket_doc d JOIN ticket t ON t.id = d.ticket_id LEFT JOIN response r ON r.id = d.response_id
        WHERE d.id > $1 AND d.id <= $2 ORDER BY d.id LIMIT $3";
    const DONE: &str = "UPDATE ticket_reindex SET done = $1";
    const OVER: &str = "DELETE FROM ticket_reindex";
    let Inner::Sqlite(t) = &mut tx.inner else { return Ok(false) };
    let waiting: Option<(i64, i64)> = sqlx::query_as(WAITING).fetch_optional(&mut **t).await?;
    let Some((done, until)) = waiting else { return Ok(false) };
    let docs: Vec<Doc> = sqlx::query_as(DOCS).bind(done).bind(until).bind(limit).fetch_all(&mut **t).await?;
    let Some(last) = docs.last() else {
        sqlx::query(OVER).execute(&mut **t).await?;
        return Ok(false);
    };
    sqlx::query(DONE).bind(last.id).execute(&mut **t).await?;
    for doc in &docs {
        let new = NewDoc {
            ticket: doc.ticket_id,
            response: doc.response_id,
            owner: doc.user_id,
            is_internal: doc.is_internal,
            text: &doc.text,
        };
        store_search::any_put(t, doc.id, &new).await?;
    }
    Ok(true)
}
