//! The statements that index anew what was written before a migration changed the index of words.

use sqlx::AssertSqlSafe;

use super::store_search::{self, NewDoc};
use crate::{
    on_tx,
    platform::data::{db::Tx, pools::Inner},
};

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

/// Indexes the next documents that wait for it, the newest first, and says whether others still do.
pub async fn any_index(tx: &mut Tx, limit: i64) -> Result<bool> {
    // Other nodes wait for their turn, and nobody changes a text between its reading and its words. A
    // writer of SQLite is alone anyway.
    let (turn, texts) = match tx.inner() {
        Inner::Sqlite(_) => ("", ""),
        Inner::Postgres(_) => (" FOR UPDATE", " FOR SHARE OF t"),
    };
    let waiting = AssertSqlSafe(format!("SELECT below FROM ticket_reindex{turn}"));
    let below: Option<i64> = on_tx!(tx, c => sqlx::query_scalar(waiting).fetch_optional(c).await)?;
    let Some(below) = below else { return Ok(false) };
    let docs = AssertSqlSafe(format!(
        "SELECT d.id, d.ticket_id, d.response_id, d.user_id, d.is_internal,
            COALESCE(r.message, t.title || ' ' || t.message) AS text
         FROM ticket_doc d JOIN ticket t ON t.id = d.ticket_id LEFT JOIN response r ON r.id = d.response_id
         WHERE d.id < $1 ORDER BY d.id DESC LIMIT $2{texts}"
    ));
    let docs: Vec<Doc> = on_tx!(tx, c => sqlx::query_as(docs).bind(below).bind(limit).fetch_all(c).await)?;
    let Some(last) = docs.last() else {
        on_tx!(tx, c => sqlx::query("DELETE FROM ticket_reindex").execute(c).await.map(|_| ()))?;
        return Ok(false);
    };
    const DONE: &str = "UPDATE ticket_reindex SET below = $1";
    on_tx!(tx, c => sqlx::query(DONE).bind(last.id).execute(c).await.map(|_| ()))?;
    for doc in &docs {
        let new = NewDoc {
            ticket: doc.ticket_id,
            response: doc.response_id,
            owner: doc.user_id,
            is_internal: doc.is_internal,
            text: &doc.text,
        };
        store_search::any_put(tx, doc.id, &new).await?;
    }
    Ok(true)
}
