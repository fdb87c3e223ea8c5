//! The statements about tickets whose operator may not answer any more.

use crate::{
    on_read, on_tx,
    platform::{
        base::clock::Timestamp,
        data::db::{Db, Tx},
    },
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// Why somebody has left their tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Why {
    Blocked,
    /// No operator any more.
    Demoted,
    Erased,
}

/// Who has tickets and may not answer them. Those who have any stand in the counters, and are few.
pub async fn any_off_duty(db: &Db) -> Result<Vec<(i64, Why)>> {
    const SQL: &str = "SELECT id, CASE WHEN role = 'customer' THEN 'demoted' ELSE 'blocked' END FROM account
        WHERE id IN (SELECT assigned_to FROM ticket_count WHERE count > 0)
          AND (role = 'customer' OR blocked_at IS NOT NULL) ORDER BY id";
    on_read!(db, c => sqlx::query_as(SQL).fetch_all(c).await)
}

/// Tickets of such a person, those first that are not over.
pub async fn any_of(db: &Db, operator: i64, limit: i64) -> Result<Vec<i64>> {
    const SQL: &str = "SELECT id FROM ticket WHERE assigned_to = $1
        ORDER BY CASE WHEN status IN ('resolved', 'closed') THEN 1 ELSE 0 END, id LIMIT $2";
    on_read!(db, c => sqlx::query_scalar(SQL).bind(operator).bind(limit).fetch_all(c).await)
}

/// Tickets of people who were erased, those first that are not over.
pub async fn any_of_erased(db: &Db, limit: i64) -> Result<Vec<i64>> {
    const SQL: &str = "SELECT t.id FROM ticket_left l JOIN ticket t ON t.id = l.ticket_id
        ORDER BY CASE WHEN t.status IN ('resolved', 'closed') THEN 1 ELSE 0 END, t.id LIMIT $1";
    on_read!(db, c => sqlx::query_scalar(SQL).bind(limit).fetch_all(c).await)
}

/// That it was taken up; says whether it is the first time.
pub async fn any_take_up(tx: &mut Tx, ticket: i64) -> Result<bool> {
    const SQL: &str = "DELETE FROM ticket_left WHERE ticket_id = $1";
    let gone = on_tx!(tx, c => sqlx::query(SQL).bind(ticket).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(gone > 0)
}

/// A line of history: nobody has it any more, and why. `name`: who had it, if they are still there.
pub async fn any_note(tx: &mut Tx, ticket: i64, name: Option<&str>, why: Why, now: Timestamp) -> Result<()> {
    const SQL: &str = "INSERT INTO ticket_change (ticket_id, field, old_value, reason, created_at)
                       VALUES ($1, 'assigned', $2, $3, $4)";
    on_tx!(tx, c => sqlx::query(SQL).bind(ticket).bind(name).bind(why).bind(now).execute(c).await.map(|_| ()))
}
