//! Every SQL statement about what tickets know of somebody who is erased.

use crate::{on_tx, platform::data::db::Tx};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// What the history shows instead of a name.
const NOBODY: &str = "—";

pub async fn any_tickets_of(tx: &mut Tx, user: i64) -> Result<Vec<i64>> {
    const SQL: &str = "SELECT id FROM ticket WHERE user_id = $1";
    on_tx!(tx, c => sqlx::query_scalar(SQL).bind(user).fetch_all(c).await)
}

/// Takes a name out of the history of who had a ticket. Lines of earlier versions know it by the name only.
pub async fn any_forget_name(tx: &mut Tx, user: i64, name: &str) -> Result<()> {
    const OLD: &str = "UPDATE ticket_change SET old_value = $3, old_user = NULL
        WHERE old_user = $1 OR (old_user IS NULL AND field = 'assigned' AND old_value = $2)";
    const NEW: &str = "UPDATE ticket_change SET new_value = $3, new_user = NULL
        WHERE new_user = $1 OR (new_user IS NULL AND field = 'assigned' AND new_value = $2)";
    for sql in [OLD, NEW] {
        on_tx!(tx, c => sqlx::query(sql).bind(user).bind(name).bind(NOBODY).execute(c).await.map(|_| ()))?;
    }
    Ok(())
}

/// Keeps whose names stand in the last line about who has a ticket.
pub async fn any_note_people(tx: &mut Tx, ticket: i64, (old, new): (Option<i64>, Option<i64>)) -> Result<()> {
    const SQL: &str = "UPDATE ticket_change SET old_user = $2, new_user = $3
        WHERE id = (SELECT MAX(id) FROM ticket_change WHERE ticket_id = $1 AND field = 'assigned')";
    on_tx!(tx, c => sqlx::query(SQL).bind(ticket).bind(old).bind(new).execute(c).await.map(|_| ()))
}

/// Rows as versions before `author_id` left them.
#[cfg(test)]
pub async fn any_as_before_for_test(db: &crate::platform::data::db::Db) {
    for sql in ["UPDATE notification SET author_id = NULL", "UPDATE ticket_change SET old_user = NULL, new_user = NULL"]
    {
        crate::on_write!(db, c => sqlx::query(sql).execute(c).await.map(|_| ())).unwrap();
    }
}
