//! The rows of objects that nothing refers to yet, or any more.

use crate::{
    on_read, on_tx, on_write,
    platform::{
        base::clock::Timestamp,
        data::db::{Db, Tx},
    },
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// `due_at` of an object that is being removed.
const GIVEN_UP: Timestamp = Timestamp(0);

pub async fn any_announce(db: &Db, key: &str, due_at: Timestamp) -> Result<()> {
    const SQL: &str = "INSERT INTO pending_file (storage_key, due_at) VALUES ($1, $2)";
    on_write!(db, c => sqlx::query(SQL).bind(key).bind(due_at).execute(c).await.map(|_| ()))
}

/// The same where an earlier try may have left a row.
pub async fn any_announce_again(tx: &mut Tx, key: &str, due_at: Timestamp) -> Result<()> {
    const SQL: &str = "INSERT INTO pending_file (storage_key, due_at) VALUES ($1, $2)
        ON CONFLICT (storage_key) DO UPDATE SET due_at = excluded.due_at";
    on_tx!(tx, c => sqlx::query(SQL).bind(key).bind(due_at).execute(c).await.map(|_| ()))
}

/// Takes the row away; says whether it was there to be taken.
pub async fn any_claim(tx: &mut Tx, key: &str) -> Result<bool> {
    const SQL: &str = "DELETE FROM pending_file WHERE storage_key = $1 AND due_at > $2";
    on_tx!(tx, c => sqlx::query(SQL).bind(key).bind(GIVEN_UP).execute(c).await.map(|done| done.rows_affected() == 1))
}

pub async fn any_is_pending(db: &Db, key: &str) -> Result<bool> {
    const SQL: &str = "SELECT COUNT(*) FROM pending_file WHERE storage_key = $1";
    on_read!(db, c => sqlx::query_scalar::<_, i64>(SQL).bind(key).fetch_one(c).await.map(|count| count > 0))
}

/// From here on the object can be removed: a transaction that claims it has been waited for.
pub async fn any_give_up(db: &Db, key: &str) -> Result<bool> {
    const SQL: &str = "UPDATE pending_file SET due_at = $2 WHERE storage_key = $1";
    on_write!(db, c => sqlx::query(SQL).bind(key).bind(GIVEN_UP).execute(c).await.map(|done| done.rows_affected() == 1))
}

/// The same for all that are due.
pub async fn any_give_up_due(db: &Db, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE pending_file SET due_at = $2 WHERE due_at <= $1 AND due_at > $2";
    on_write!(db, c => sqlx::query(SQL).bind(now).bind(GIVEN_UP).execute(c).await.map(|_| ()))
}

/// Objects to remove, in the order of their keys, after `after`.
pub async fn any_given_up(db: &Db, after: &str, limit: i64) -> Result<Vec<String>> {
    const SQL: &str = "SELECT storage_key FROM pending_file WHERE due_at = $1 AND storage_key > $2
                       ORDER BY storage_key LIMIT $3";
    on_read!(db, c => sqlx::query_scalar(SQL).bind(GIVEN_UP).bind(after).bind(limit).fetch_all(c).await)
}

pub async fn any_forget(db: &Db, key: &str) -> Result<()> {
    const SQL: &str = "DELETE FROM pending_file WHERE storage_key = $1 AND due_at = $2";
    on_write!(db, c => sqlx::query(SQL).bind(key).bind(GIVEN_UP).execute(c).await.map(|_| ()))
}
