//! The statements behind the overview. Each reads a short piece of an index: the newest thirty days,
//! or the first few that wait.

use crate::{
    on_read,
    platform::{base::clock::Timestamp, data::db::Db},
    ticket::model::Priority,
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// Of one priority, those that have waited longest for an answer: id and since when.
pub async fn any_longest_waiting(db: &Db, priority: Priority, limit: i64) -> Result<Vec<(i64, Timestamp)>> {
    const SQL: &str = "SELECT id, waiting_since FROM ticket WHERE priority = $1 AND waiting_since IS NOT NULL
                       ORDER BY waiting_since LIMIT $2";
    on_read!(db, c => sqlx::query_as(SQL).bind(priority).bind(limit).fetch_all(c).await)
}

/// An operator's own that wait for an answer, longest first.
pub async fn waiting_for(db: &Db, user: i64, limit: i64) -> Result<Vec<i64>> {
    const SQL: &str = "SELECT id FROM ticket WHERE assigned_to = $1 AND waiting_since IS NOT NULL
                       ORDER BY waiting_since LIMIT $2";
    on_read!(db, c => sqlx::query_scalar(SQL).bind(user).bind(limit).fetch_all(c).await)
}

/// A customer's tickets that are not over: first those that wait for the customer, then the newest.
pub async fn active_of(db: &Db, user: i64, limit: i64) -> Result<Vec<i64>> {
    const SQL: &str = "SELECT id FROM ticket WHERE user_id = $1 AND status IN ('open', 'in_progress', 'awaiting_reply')
                       ORDER BY CASE WHEN status = 'awaiting_reply' THEN 0 ELSE 1 END, updated_at DESC, id DESC LIMIT $2";
    on_read!(db, c => sqlx::query_scalar(SQL).bind(user).bind(limit).fetch_all(c).await)
}

/// How many tickets were made in each quarter of an hour.
pub async fn any_created(db: &Db, since: Timestamp, quarter_ms: i64) -> Result<Vec<(i64, i64)>> {
    const SQL: &str = "SELECT created_at / $2 AS quarter, COUNT(*) AS count FROM ticket
                       WHERE created_at >= $1 GROUP BY 1";
    on_read!(db, c => sqlx::query_as(SQL).bind(since).bind(quarter_ms).fetch_all(c).await)
}

/// How many tickets were closed in each quarter of an hour, and stayed so.
pub async fn any_closed(db: &Db, since: Timestamp, quarter_ms: i64) -> Result<Vec<(i64, i64)>> {
    const SQL: &str = "SELECT closed_at / $2 AS quarter, COUNT(*) AS count FROM ticket
                       WHERE closed_at IS NOT NULL AND closed_at >= $1 GROUP BY 1";
    on_read!(db, c => sqlx::query_as(SQL).bind(since).bind(quarter_ms).fetch_all(c).await)
}

/// When tickets were made and first answered; every n-th of them.
pub async fn any_first_answers(db: &Db, since: Timestamp, every: i64) -> Result<Vec<(Timestamp, Timestamp)>> {
    const SQL: &str = "SELECT created_at, first_answer_at FROM ticket
                       WHERE created_at >= $1 AND first_answer_at IS NOT NULL AND id % $2 = 0";
    on_read!(db, c => sqlx::query_as(SQL).bind(since).bind(every).fetch_all(c).await)
}

/// Public answers of each operator: id, name, how many.
pub async fn any_answers_by_operator(db: &Db, since: Timestamp) -> Result<Vec<(i64, String, i64)>> {
    const SQL: &str = "SELECT a.id, a.username, g.count FROM (
            SELECT author_id, COUNT(*) AS count FROM response
            WHERE by_staff AND NOT is_internal AND created_at >= $1 GROUP BY author_id
        ) g JOIN account a ON a.id = g.author_id";
    on_read!(db, c => sqlx::query_as(SQL).bind(since).fetch_all(c).await)
}

/// Closed tickets of each operator: id, name, how many. The plus keeps SQLite from reading all tickets in
/// the order of an index on operators.
pub async fn any_closed_by_operator(db: &Db, since: Timestamp) -> Result<Vec<(i64, String, i64)>> {
    const SQL: &str = "SELECT a.id, a.username, g.count FROM (
            SELECT +assigned_to AS assigned_to, COUNT(*) AS count FROM ticket
            WHERE closed_at IS NOT NULL AND closed_at >= $1 GROUP BY +assigned_to
        ) g JOIN account a ON a.id = g.assigned_to";
    on_read!(db, c => sqlx::query_as(SQL).bind(since).fetch_all(c).await)
}
