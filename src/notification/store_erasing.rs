//! Every SQL statement about what others were told of somebody who is erased.

use sqlx::AssertSqlSafe;

use super::model::Facts;
use crate::{
    on_tx,
    platform::data::{db::Tx, pools::list},
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// Ids in one statement.
const MOST: usize = 1000;

/// Removes what anybody was told of these tickets; says who that was.
pub async fn any_forget_tickets(tx: &mut Tx, tickets: &[i64]) -> Result<Vec<i64>> {
    let mut readers = Vec::new();
    for some in tickets.chunks(MOST) {
        let sql = format!("DELETE FROM notification WHERE ticket_id IN ({}) RETURNING user_id", list(some));
        let told: Vec<i64> = on_tx!(tx, c => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(c).await)?;
        readers.extend(told);
    }
    Ok(readers)
}

/// What somebody wrote or did and others were told of, as (notification, reader, facts). Those of earlier
/// versions know the author by name only.
pub async fn any_by(tx: &mut Tx, author: i64, name: &str) -> Result<Vec<(i64, i64, Facts)>> {
    const SQL: &str = "SELECT id, user_id, facts FROM notification
        WHERE (author_id = $1 OR (author_id IS NULL AND facts LIKE $2 ESCAPE '!')) AND user_id <> $1";
    let quoted = serde_json::to_string(name).unwrap_or_default();
    let pattern = quoted.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    let pattern = format!("%\"author\":{pattern}%");
    let rows: Vec<(i64, i64, String)> =
        on_tx!(tx, c => sqlx::query_as(SQL).bind(author).bind(pattern).fetch_all(c).await)?;
    let facts = |text: &str| serde_json::from_str(text).unwrap_or_default();
    Ok(rows.into_iter().map(|(id, reader, text)| (id, reader, facts(&text))).collect())
}

pub async fn any_set_facts(tx: &mut Tx, id: i64, facts: &Facts) -> Result<()> {
    const SQL: &str = "UPDATE notification SET facts = $2 WHERE id = $1";
    let facts = serde_json::to_string(facts).unwrap_or_default();
    on_tx!(tx, c => sqlx::query(SQL).bind(id).bind(facts).execute(c).await.map(|_| ()))
}
