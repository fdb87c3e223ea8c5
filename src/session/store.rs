//! Every SQL statement about sessions. After the connection comes the owner's id, unless the name
//! begins with `any_`.

use std::sync::atomic::{AtomicI64, Ordering};

use super::model::Session;
use crate::{
    on_read, on_tx,
    platform::{
        base::{actor::Actor, clock::Timestamp},
        data::db::{Db, Tx},
    },
};

type Result<T> = std::result::Result<T, sqlx::Error>;

macro_rules! columns {
    () => {
        "id, user_id, sign_in_method, name, ip_address, user_agent, device_type, device, browser, os, location, \
         unconfirmed_until, last_activity, created_at, expires_at"
    };
}

/// A row to be.
pub struct NewSession<'a> {
    pub user: i64,
    pub method: &'a str,
    pub ip_address: &'a str,
    pub user_agent: &'a str,
    pub device_type: &'a str,
    pub device: &'a str,
    pub browser: &'a str,
    pub os: &'a str,
    pub location: &'a str,
    pub cookie_hash: Option<&'a [u8]>,
    pub end_link_hash: &'a [u8],
    pub unconfirmed_until: Option<Timestamp>,
    /// 0 where no password was given.
    pub proven_at: Timestamp,
    pub now: Timestamp,
    pub expires_at: Timestamp,
}

/// What a request needs to know of its session: who it is and whether it still counts.
#[derive(Debug, sqlx::FromRow)]
pub struct Live {
    #[sqlx(flatten)]
    pub actor: Actor,
    pub cookie_hash: Option<Vec<u8>>,
    pub expires_at: Timestamp,
    pub blocked_at: Option<Timestamp>,
    /// When its use was noted last, in milliseconds; no column.
    #[sqlx(skip)]
    noted: AtomicI64,
}

impl Live {
    /// Bytes in memory, about.
    pub fn weight(&self) -> usize {
        size_of::<Self>() + self.actor.weight() + self.cookie_hash.as_ref().map_or(0, Vec::len)
    }

    /// Whether a use of the session is to be noted: one in a second is enough to know when it was used.
    pub fn notes(&self, now: Timestamp) -> bool {
        let due = (now.0 - self.noted.load(Ordering::Relaxed)).abs() >= 1000;
        if due {
            self.noted.store(now.0, Ordering::Relaxed);
        }
        due
    }
}

/// What a refresh looks at.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Rotation {
    pub replaced_hash: Option<Vec<u8>>,
    pub replaced_at: Option<Timestamp>,
    pub successor: Option<Vec<u8>>,
}

pub async fn insert(tx: &mut Tx, new: &NewSession<'_>) -> Result<i64> {
    const SQL: &str =
        "INSERT INTO session (user_id, sign_in_method, ip_address, user_agent, device_type, device, browser, os,
            location, cookie_hash, end_link_hash, proven_at, last_activity, created_at, expires_at, unconfirmed_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $15, $12, $12, $13, $14) RETURNING id";
    on_tx!(tx, c => sqlx::query_scalar(SQL).bind(new.user).bind(new.method).bind(new.ip_address).bind(new.user_agent)
        .bind(new.device_type).bind(new.device).bind(new.browser).bind(new.os).bind(new.location)
        .bind(new.cookie_hash).bind(new.end_link_hash).bind(new.now).bind(new.expires_at)
        .bind(new.unconfirmed_until).bind(new.proven_at).fetch_one(c).await)
}

pub async fn set_token(tx: &mut Tx, user: i64, session: i64, token_hash: &[u8]) -> Result<()> {
    const SQL: &str = "UPDATE session SET token_hash = $3 WHERE id = $2 AND user_id = $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(session).bind(token_hash).execute(c).await.map(|_| ()))
}

/// Ends what is over the limit: unconfirmed ones first, then the longest idle, never one of `keep`.
pub async fn evict(tx: &mut Tx, user: i64, keep: [i64; 2], limit: i64, now: Timestamp) -> Result<Vec<i64>> {
    const COUNT: &str = "SELECT COUNT(*) FROM session WHERE user_id = $1";
    const SQL: &str = "DELETE FROM session WHERE id IN (
            SELECT id FROM session WHERE user_id = $1 AND id <> $2 AND id <> $5
            ORDER BY CASE WHEN expires_at <= $3 THEN 0 WHEN unconfirmed_until > $3 THEN 1 ELSE 2 END, last_activity, id
            LIMIT $4) RETURNING id";
    let count: i64 = on_tx!(tx, c => sqlx::query_scalar(COUNT).bind(user).fetch_one(c).await)?;
    if count <= limit {
        return Ok(Vec::new());
    }
    on_tx!(tx, c => sqlx::query_scalar(SQL).bind(user).bind(keep[0]).bind(now).bind(count - limit).bind(keep[1]).fetch_all(c).await)
}

/// The one look-up behind every signed-in request.
pub async fn any_live(db: &Db, session: i64) -> Result<Option<Live>> {
    const SQL: &str = "SELECT s.id, s.user_id, s.cookie_hash, s.unconfirmed_until, s.proven_at, s.expires_at,
            a.role, a.username, a.email, a.language, a.timezone, a.blocked_at, a.created_at AS account_created_at
        FROM session s JOIN account a ON a.id = s.user_id WHERE s.id = $1";
    on_read!(db, c => sqlx::query_as(SQL).bind(session).fetch_optional(c).await)
}

/// The owner's live sessions, newest activity first.
pub async fn of_user(db: &Db, user: i64, now: Timestamp) -> Result<Vec<Session>> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM session WHERE user_id = $1 AND expires_at > $2
        ORDER BY last_activity DESC, id DESC"
    );
    on_read!(db, c => sqlx::query_as(SQL).bind(user).bind(now).fetch_all(c).await)
}

pub async fn any_by_end_link(db: &Db, end_link_hash: &[u8], now: Timestamp) -> Result<Option<Session>> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM session WHERE end_link_hash = $1 AND expires_at > $2");
    on_read!(db, c => sqlx::query_as(SQL).bind(end_link_hash).bind(now).fetch_optional(c).await)
}

pub async fn rename(tx: &mut Tx, user: i64, session: i64, name: Option<&str>) -> Result<bool> {
    const SQL: &str = "UPDATE session SET name = $3 WHERE id = $2 AND user_id = $1";
    let changed = on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(session).bind(name).execute(c).await.map(|r| r.rows_affected()))?;
    Ok(changed > 0)
}

pub async fn delete(tx: &mut Tx, user: i64, session: i64) -> Result<bool> {
    const SQL: &str = "DELETE FROM session WHERE id = $2 AND user_id = $1";
    let gone = on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(session).execute(c).await.map(|r| r.rows_affected()))?;
    Ok(gone > 0)
}

/// Ends all sessions of a user but `keep` (0 = none), and says which.
pub async fn delete_others(tx: &mut Tx, user: i64, keep: i64) -> Result<Vec<i64>> {
    const SQL: &str = "DELETE FROM session WHERE user_id = $1 AND id <> $2 RETURNING id";
    on_tx!(tx, c => sqlx::query_scalar(SQL).bind(user).bind(keep).fetch_all(c).await)
}

/// Remembers that the password was given again.
pub async fn prove(tx: &mut Tx, user: i64, session: i64, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE session SET proven_at = $3, unconfirmed_until = NULL WHERE id = $2 AND user_id = $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(session).bind(now).execute(c).await.map(|_| ()))
}

/// What replaces a refresh token.
pub struct Successor<'a> {
    pub token_hash: &'a [u8],
    pub sealed: &'a [u8],
    pub expires_at: Timestamp,
}

/// Replaces the refresh token, if `presented` is still the one in force.
pub async fn rotate(
    tx: &mut Tx,
    user: i64,
    session: i64,
    presented: &[u8],
    next: &Successor<'_>,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "UPDATE session SET token_hash = $4, replaced_hash = $3, replaced_at = $6, successor = $5,
            last_activity = $6, expires_at = $7
        WHERE id = $2 AND user_id = $1 AND token_hash = $3 AND expires_at > $6";
    let changed = on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(session).bind(presented).bind(next.token_hash).bind(next.sealed)
        .bind(now).bind(next.expires_at).execute(c).await.map(|r| r.rows_affected()))?;
    Ok(changed == 1)
}

pub async fn rotation(tx: &mut Tx, user: i64, session: i64) -> Result<Option<Rotation>> {
    const SQL: &str = "SELECT replaced_hash, replaced_at, successor FROM session WHERE id = $2 AND user_id = $1";
    on_tx!(tx, c => sqlx::query_as(SQL).bind(user).bind(session).fetch_optional(c).await)
}

/// Writes one entry of a batch of activity; `expires_at` moves with it up to the absolute end.
pub async fn any_touch(tx: &mut Tx, session: i64, at: Timestamp, idle_ms: i64, absolute_ms: i64) -> Result<()> {
    const SQL: &str = "UPDATE session SET last_activity = $2,
            expires_at = CASE WHEN $2 + $3 < created_at + $4 THEN $2 + $3 ELSE created_at + $4 END
        WHERE id = $1 AND last_activity < $2";
    on_tx!(tx, c => sqlx::query(SQL).bind(session).bind(at).bind(idle_ms).bind(absolute_ms).execute(c).await.map(|_| ()))
}

/// Removes expired sessions, and says which, and whose.
pub async fn any_delete_expired(tx: &mut Tx, now: Timestamp) -> Result<Vec<(i64, i64)>> {
    const SQL: &str = "DELETE FROM session WHERE expires_at <= $1 RETURNING id, user_id";
    on_tx!(tx, c => sqlx::query_as(SQL).bind(now).fetch_all(c).await)
}

/// Links of mails that end one of the user's sessions lead nowhere from now on.
pub async fn forget_end_links(tx: &mut Tx, user: i64) -> Result<()> {
    const SQL: &str = "UPDATE session SET end_link_hash = NULL WHERE user_id = $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).execute(c).await.map(|_| ()))
}

/// How many live sessions each of these users has, and their newest activity.
pub async fn any_counts(db: &Db, user: i64, now: Timestamp) -> Result<(i64, Option<Timestamp>)> {
    const SQL: &str = "SELECT COUNT(*), MAX(last_activity) FROM session WHERE user_id = $1 AND expires_at > $2";
    on_read!(db, c => sqlx::query_as(SQL).bind(user).bind(now).fetch_one(c).await)
}

/// Moves a session and its sign-in into the past, for the demonstration.
pub async fn backdate(tx: &mut Tx, user: i64, session: i64, at: Timestamp) -> Result<()> {
    const SESSION: &str = "UPDATE session SET created_at = $3, last_activity = $3 WHERE user_id = $1 AND id = $2";
    on_tx!(tx, c => sqlx::query(SESSION).bind(user).bind(session).bind(at).execute(c).await.map(|_| ()))?;
    const ATTEMPT: &str = "UPDATE sign_in_attempt SET created_at = $2
        WHERE id = (SELECT MAX(id) FROM sign_in_attempt WHERE user_id = $1)";
    on_tx!(tx, c => sqlx::query(ATTEMPT).bind(user).bind(at).execute(c).await.map(|_| ()))
}

/// Every session row as text, for tests that look for secrets.
#[cfg(test)]
pub async fn any_dump_for_test(db: &Db) -> String {
    use crate::platform::data::pools::Pools;
    match db.pools() {
        Pools::Postgres(pool) => {
            let rows: Vec<String> = sqlx::query_scalar("SELECT s::text FROM session s").fetch_all(pool).await.unwrap();
            rows.join("\n")
        }
        Pools::Sqlite { read, .. } => {
            const SQL: &str = "SELECT id || ' ' || sign_in_method || ' ' || coalesce(hex(token_hash), '') || ' ' || coalesce(hex(cookie_hash), '')
                || ' ' || coalesce(hex(successor), '') || ' ' || coalesce(hex(replaced_hash), '') || ' ' || user_agent FROM session";
            let rows: Vec<String> = sqlx::query_scalar(SQL).fetch_all(read).await.unwrap();
            rows.join("\n").to_lowercase()
        }
    }
}
