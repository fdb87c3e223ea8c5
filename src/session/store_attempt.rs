//! Every SQL statement about the history of sign-ins and about browsers that were here before.

use super::model::Attempt;
use crate::{
    on_read, on_tx,
    platform::{
        base::clock::Timestamp,
        data::db::{Db, Tx},
    },
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// A row to be. `user`: `None` where nobody has the e-mail.
pub struct NewAttempt<'a> {
    pub user: Option<i64>,
    pub method: &'a str,
    pub success: bool,
    pub reason: Option<&'a str>,
    pub ip_address: &'a str,
    pub location: &'a str,
    pub user_agent: &'a str,
    pub device: &'a str,
    pub browser: &'a str,
    pub now: Timestamp,
}

pub async fn insert(tx: &mut Tx, new: &NewAttempt<'_>) -> Result<()> {
    const SQL: &str = "INSERT INTO sign_in_attempt
            (user_id, method, success, reason, ip_address, location, user_agent, device, browser, count, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10)";
    on_tx!(tx, c => sqlx::query(SQL).bind(new.user).bind(new.method).bind(new.success).bind(new.reason).bind(new.ip_address)
        .bind(new.location).bind(new.user_agent).bind(new.device).bind(new.browser).bind(new.now).execute(c).await.map(|_| ()))
}

/// Counts a failure into an equal one since `since`, if there is one.
pub async fn fold(tx: &mut Tx, new: &NewAttempt<'_>, since: Timestamp) -> Result<bool> {
    const SQL: &str = "UPDATE sign_in_attempt SET count = count + 1, created_at = $6 WHERE id = (
            SELECT id FROM sign_in_attempt WHERE user_id IS NOT DISTINCT FROM $1 AND created_at > $7 AND success = $8
                AND ip_address = $2 AND user_agent = $3 AND reason = $4 AND method = $5
            ORDER BY created_at DESC LIMIT 1)";
    let changed = on_tx!(tx, c => sqlx::query(SQL).bind(new.user).bind(new.ip_address).bind(new.user_agent).bind(new.reason)
        .bind(new.method).bind(new.now).bind(since).bind(false).execute(c).await.map(|r| r.rows_affected()))?;
    Ok(changed > 0)
}

/// How many wrong passwords were given for an account since `since`.
pub async fn wrong_since(tx: &mut Tx, user: i64, since: Timestamp) -> Result<i64> {
    const SQL: &str = "SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM sign_in_attempt
        WHERE user_id = $1 AND created_at > $2 AND reason = 'wrong_password'";
    on_tx!(tx, c => sqlx::query_scalar(SQL).bind(user).bind(since).fetch_one(c).await)
}

/// The newest attempts on an account.
pub async fn of_user(db: &Db, user: i64, limit: i64) -> Result<Vec<Attempt>> {
    const SQL: &str =
        "SELECT id, method, success, reason, ip_address, location, user_agent, device, browser, count, created_at
        FROM sign_in_attempt WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2";
    on_read!(db, c => sqlx::query_as(SQL).bind(user).bind(limit).fetch_all(c).await)
}

/// Whether the user came in from this address with this device before; `None`: never came in at all.
pub async fn was_here(tx: &mut Tx, user: i64, ip_address: &str, device: &str) -> Result<Option<bool>> {
    const ANY: &str = "SELECT COUNT(*) FROM sign_in_attempt WHERE user_id = $1 AND success = $2";
    const SAME: &str =
        "SELECT COUNT(*) FROM sign_in_attempt WHERE user_id = $1 AND success = $2 AND ip_address = $3 AND device = $4";
    let any: i64 = on_tx!(tx, c => sqlx::query_scalar(ANY).bind(user).bind(true).fetch_one(c).await)?;
    if any == 0 {
        return Ok(None);
    }
    let same: i64 = on_tx!(tx, c => sqlx::query_scalar(SAME).bind(user).bind(true).bind(ip_address).bind(device).fetch_one(c).await)?;
    Ok(Some(same > 0))
}

/// Whether the user came in from this place before.
pub async fn was_in_place(db: &Db, user: i64, location: &str) -> Result<bool> {
    const SQL: &str = "SELECT COUNT(*) FROM sign_in_attempt WHERE user_id = $1 AND success = $2 AND location = $3";
    let count: i64 =
        on_read!(db, c => sqlx::query_scalar(SQL).bind(user).bind(true).bind(location).fetch_one(c).await)?;
    Ok(count > 0)
}

/// Whether the user came in from this address before.
pub async fn was_at(db: &Db, user: i64, ip_address: &str) -> Result<bool> {
    const SQL: &str = "SELECT COUNT(*) FROM sign_in_attempt WHERE user_id = $1 AND success = $2 AND ip_address = $3";
    let count: i64 =
        on_read!(db, c => sqlx::query_scalar(SQL).bind(user).bind(true).bind(ip_address).fetch_one(c).await)?;
    Ok(count > 0)
}

/// Whether the user came in with the browser, or from the address, before.
pub async fn knows(db: &Db, user: i64, ip_address: &str, device_hash: &[u8]) -> Result<(bool, bool)> {
    const SQL: &str = "SELECT
            EXISTS (SELECT 1 FROM known_device WHERE user_id = $1 AND key_hash = $3),
            EXISTS (SELECT 1 FROM sign_in_attempt WHERE user_id = $1 AND success = $4 AND ip_address = $2)";
    on_read!(db, c => sqlx::query_as(SQL).bind(user).bind(ip_address).bind(device_hash).bind(true).fetch_one(c).await)
}

/// Who signed in with this browser last, if they may still sign in.
pub async fn any_user_of_device(db: &Db, device_hash: &[u8]) -> Result<Option<i64>> {
    const SQL: &str = "SELECT d.user_id FROM known_device d JOIN account a ON a.id = d.user_id
        WHERE d.key_hash = $1 AND a.blocked_at IS NULL ORDER BY d.seen_at DESC LIMIT 1";
    on_read!(db, c => sqlx::query_scalar(SQL).bind(device_hash).fetch_optional(c).await)
}

/// Remembers a browser; says whether it was known.
pub async fn remember_device(tx: &mut Tx, user: i64, key_hash: &[u8], now: Timestamp) -> Result<bool> {
    const SEEN: &str = "UPDATE known_device SET seen_at = $3 WHERE user_id = $1 AND key_hash = $2";
    const NEW: &str = "INSERT INTO known_device (user_id, key_hash, seen_at) VALUES ($1, $2, $3)";
    let seen = on_tx!(tx, c => sqlx::query(SEEN).bind(user).bind(key_hash).bind(now).execute(c).await.map(|r| r.rows_affected()))?;
    if seen == 0 {
        on_tx!(tx, c => sqlx::query(NEW).bind(user).bind(key_hash).bind(now).execute(c).await.map(|_| ()))?;
    }
    Ok(seen > 0)
}

/// Forgets what is older than `before`.
pub async fn any_forget(tx: &mut Tx, before: Timestamp) -> Result<()> {
    const HISTORY: &str = "DELETE FROM sign_in_attempt WHERE created_at < $1";
    const DEVICES: &str = "DELETE FROM known_device WHERE seen_at < $1";
    on_tx!(tx, c => sqlx::query(HISTORY).bind(before).execute(c).await.map(|_| ()))?;
    on_tx!(tx, c => sqlx::query(DEVICES).bind(before).execute(c).await.map(|_| ()))
}
