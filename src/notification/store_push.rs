//! Every SQL statement about devices that take push messages.

use sqlx::AssertSqlSafe;

use crate::{
    on_read, on_tx,
    platform::{
        base::clock::Timestamp,
        data::{
            db::{Db, Tx},
            pools::list,
        },
    },
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// A row to be.
pub struct NewSubscription<'a> {
    pub user: i64,
    pub session: i64,
    pub endpoint_hash: &'a [u8],
    pub endpoint: &'a str,
    pub p256dh: &'a [u8],
    pub auth: &'a [u8],
    pub now: Timestamp,
}

#[derive(sqlx::FromRow)]
pub struct Subscription {
    pub endpoint: String,
    pub p256dh: Vec<u8>,
    pub auth: Vec<u8>,
}

/// Adds a device, or takes it over: a browser has one subscription, whoever is signed in to it.
pub async fn insert(tx: &mut Tx, new: &NewSubscription<'_>) -> Result<()> {
    const SQL: &str = "INSERT INTO push_subscription (user_id, session_id, endpoint_hash, endpoint, p256dh, auth, created_at, failures)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
        ON CONFLICT (endpoint_hash) DO UPDATE SET user_id = excluded.user_id, session_id = excluded.session_id,
            p256dh = excluded.p256dh, auth = excluded.auth, created_at = excluded.created_at, failures = 0";
    on_tx!(tx, c => sqlx::query(SQL).bind(new.user).bind(new.session).bind(new.endpoint_hash).bind(new.endpoint)
        .bind(new.p256dh).bind(new.auth).bind(new.now).execute(c).await.map(|_| ()))
}

/// Removes the oldest above the limit.
pub async fn evict(tx: &mut Tx, user: i64, limit: i64) -> Result<()> {
    const SQL: &str = "DELETE FROM push_subscription WHERE user_id = $1 AND id NOT IN (
        SELECT id FROM push_subscription WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2)";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(limit).execute(c).await.map(|_| ()))
}

/// The devices of some people, as (person, device).
pub async fn any_ids(tx: &mut Tx, users: &[i64]) -> Result<Vec<(i64, i64)>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT user_id, id FROM push_subscription WHERE user_id IN ({}) ORDER BY id", list(users));
    on_tx!(tx, c => sqlx::query_as(AssertSqlSafe(sql)).fetch_all(c).await)
}

pub async fn count(db: &Db, user: i64) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) FROM push_subscription WHERE user_id = $1";
    on_read!(db, c => sqlx::query_scalar(SQL).bind(user).fetch_one(c).await)
}

pub async fn find(db: &Db, user: i64, id: i64) -> Result<Option<Subscription>> {
    const SQL: &str = "SELECT endpoint, p256dh, auth FROM push_subscription WHERE id = $2 AND user_id = $1";
    on_read!(db, c => sqlx::query_as(SQL).bind(user).bind(id).fetch_optional(c).await)
}

/// Removes the device with this address.
/// Removes a device of this session.
pub async fn delete_own_endpoint(tx: &mut Tx, user: i64, session: i64, endpoint_hash: &[u8]) -> Result<bool> {
    const SQL: &str = "DELETE FROM push_subscription WHERE user_id = $1 AND session_id = $2 AND endpoint_hash = $3";
    let gone = on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(session).bind(endpoint_hash).execute(c).await.map(|r| r.rows_affected()))?;
    Ok(gone > 0)
}

pub async fn delete_endpoint(tx: &mut Tx, user: i64, endpoint_hash: &[u8]) -> Result<u64> {
    const SQL: &str = "DELETE FROM push_subscription WHERE user_id = $1 AND endpoint_hash = $2";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(endpoint_hash).execute(c).await.map(|r| r.rows_affected()))
}

/// Removes the devices of one session.
pub async fn delete_of_session(tx: &mut Tx, user: i64, session: i64) -> Result<u64> {
    const SQL: &str = "DELETE FROM push_subscription WHERE user_id = $1 AND session_id = $2";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(session).execute(c).await.map(|r| r.rows_affected()))
}

pub async fn delete(tx: &mut Tx, user: i64, id: i64) -> Result<()> {
    const SQL: &str = "DELETE FROM push_subscription WHERE user_id = $1 AND id = $2";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(id).execute(c).await.map(|_| ()))
}

/// Removes all devices, of everybody: they trust a key that is gone. Says how many.
pub async fn any_delete_all(tx: &mut Tx) -> Result<u64> {
    on_tx!(tx, c => sqlx::query("DELETE FROM push_subscription").execute(c).await.map(|r| r.rows_affected()))
}

/// Remembers how the last message went.
pub async fn note(tx: &mut Tx, user: i64, id: i64, taken: Option<Timestamp>) -> Result<()> {
    const SQL: &str = "UPDATE push_subscription SET last_ok = COALESCE($3, last_ok),
        failures = CASE WHEN $3 IS NULL THEN failures + 1 ELSE 0 END WHERE user_id = $1 AND id = $2";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(id).bind(taken).execute(c).await.map(|_| ()))
}
