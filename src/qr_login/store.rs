//! Every SQL statement about QR sign-ins. Each step is one conditional update: of two at once exactly
//! one changes the row. The computer's steps are called `any_…`: it proves itself by the secret.

use super::model::{Request, Secrets};
use crate::{
    on_read, on_tx,
    platform::{
        base::clock::Timestamp,
        data::{
            db::{Db, Tx},
            pools::Inner,
        },
    },
};

type Result<T> = std::result::Result<T, sqlx::Error>;

macro_rules! columns {
    () => {
        "id, code_hash, poll_secret_hash, user_id, phone_session, status, ip_address, user_agent, device_type, device, \
         browser, os, location, match_number, match_choices, number_required, pushed_at, created_at, \
         expires_at, issued_session"
    };
}

/// A row to be.
pub struct NewRequest<'a> {
    pub secrets: &'a Secrets,
    pub ip_address: &'a str,
    pub address_key: &'a str,
    pub user_agent: &'a str,
    pub device_type: &'a str,
    pub device: &'a str,
    pub browser: &'a str,
    pub os: &'a str,
    pub location: &'a str,
    pub match_number: i64,
    pub match_choices: &'a str,
    pub number_required: bool,
    pub now: Timestamp,
    pub expires_at: Timestamp,
}

/// Makes the requests of one address wait for each other, so that none is counted too late. SQLite's
/// writers wait for each other anyway.
pub async fn any_lock_address(tx: &mut Tx, address_key: &str) -> Result<()> {
    match tx.inner() {
        Inner::Sqlite(_) => Ok(()),
        Inner::Postgres(t) => {
            const SQL: &str = "SELECT pg_advisory_xact_lock(hashtextextended('qr ' || $1, 0))";
            sqlx::query(SQL).bind(address_key).execute(&mut **t).await.map(|_| ())
        }
    }
}

/// When each open code of an address ends, soonest first.
pub async fn any_open_ends(tx: &mut Tx, address_key: &str, now: Timestamp) -> Result<Vec<Timestamp>> {
    const SQL: &str = "SELECT expires_at FROM qr_login_request
        WHERE address_key = $1 AND expires_at > $2 AND status IN ('pending', 'scanning') ORDER BY expires_at";
    on_tx!(tx, c => sqlx::query_scalar(SQL).bind(address_key).bind(now).fetch_all(c).await)
}

pub async fn insert(tx: &mut Tx, new: &NewRequest<'_>) -> Result<Request> {
    const SQL: &str = concat!(
        "INSERT INTO qr_login_request (code_hash, poll_secret_hash, status, ip_address, address_key, user_agent,
            device_type, device, browser, os, location, match_number, match_choices, number_required, created_at, expires_at)
        VALUES ($1, $2, 'pending', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING ",
        columns!()
    );
    let (code, secret) = (new.secrets.code_hash(), new.secrets.poll_secret_hash());
    on_tx!(tx, c => sqlx::query_as(SQL).bind(code).bind(secret).bind(new.ip_address).bind(new.address_key)
        .bind(new.user_agent).bind(new.device_type).bind(new.device).bind(new.browser).bind(new.os).bind(new.location)
        .bind(new.match_number).bind(new.match_choices).bind(new.number_required).bind(new.now).bind(new.expires_at)
        .fetch_one(c).await)
}

/// Closes what the same browser asked for before.
pub async fn any_supersede(tx: &mut Tx, poll_secret_hash: &[u8]) -> Result<Vec<i64>> {
    const SQL: &str = "UPDATE qr_login_request SET status = 'superseded'
        WHERE poll_secret_hash = $1 AND status IN ('pending', 'scanning', 'confirmed') RETURNING id";
    on_tx!(tx, c => sqlx::query_scalar(SQL).bind(poll_secret_hash).fetch_all(c).await)
}

/// Notes, once, that the request goes to its owner's phone; from now on the number must be picked.
pub async fn any_push(tx: &mut Tx, request: i64, now: Timestamp) -> Result<bool> {
    const SQL: &str = "UPDATE qr_login_request SET pushed_at = $2, number_required = $3
        WHERE id = $1 AND status = 'pending' AND pushed_at IS NULL AND expires_at > $2 RETURNING id";
    let done: Option<i64> =
        on_tx!(tx, c => sqlx::query_scalar(SQL).bind(request).bind(now).bind(true).fetch_optional(c).await)?;
    Ok(done.is_some())
}

pub async fn any_by_code(db: &Db, code_hash: &[u8]) -> Result<Option<Request>> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM qr_login_request WHERE code_hash = $1");
    on_read!(db, c => sqlx::query_as(SQL).bind(code_hash).fetch_optional(c).await)
}

/// Binds the code to the phone's session; the same session may ask again.
pub async fn scan(
    tx: &mut Tx,
    user: i64,
    session: i64,
    request: i64,
    number: bool,
    now: Timestamp,
) -> Result<Option<Request>> {
    const SQL: &str = concat!(
        "UPDATE qr_login_request SET status = 'scanning', user_id = $1, phone_session = $2,
            number_required = number_required OR $4
        WHERE id = $3 AND expires_at > $5
            AND (status = 'pending' OR (status = 'scanning' AND user_id = $1 AND phone_session = $2))
        RETURNING ",
        columns!()
    );
    on_tx!(tx, c => sqlx::query_as(SQL).bind(user).bind(session).bind(request).bind(number).bind(now).fetch_optional(c).await)
}

/// An approval: by which session, of which request, with which number.
pub struct Approval {
    pub session: i64,
    pub request: i64,
    pub number: Option<i64>,
    /// The number is needed even where the row does not say so yet.
    pub risky: bool,
    pub now: Timestamp,
    /// Until when it can be collected.
    pub expires_at: Timestamp,
}

/// Approves: after `scan` by the same session, or at once where no number is asked. A session that
/// has ended or is unconfirmed itself approves nothing.
pub async fn confirm(tx: &mut Tx, user: i64, approval: &Approval) -> Result<bool> {
    const SQL: &str = "UPDATE qr_login_request
        SET status = 'confirmed', user_id = $1, phone_session = $2, confirmed_at = $5, expires_at = $6
        WHERE id = $3 AND expires_at > $5
            AND ((status = 'pending' AND NOT number_required AND NOT $7)
                OR (status = 'scanning' AND user_id = $1 AND phone_session = $2
                    AND (match_number = $4 OR (NOT number_required AND NOT $7))))
            AND EXISTS (SELECT 1 FROM session s WHERE s.id = $2 AND s.user_id = $1
                AND (s.unconfirmed_until IS NULL OR s.unconfirmed_until <= $5))
        RETURNING id";
    let done: Option<i64> = on_tx!(tx, c => sqlx::query_scalar(SQL).bind(user).bind(approval.session).bind(approval.request)
        .bind(approval.number).bind(approval.now).bind(approval.expires_at).bind(approval.risky).fetch_optional(c).await)?;
    Ok(done.is_some())
}

/// Says no: after `scan` by the same session, or at once.
pub async fn reject(tx: &mut Tx, user: i64, session: i64, request: i64, now: Timestamp) -> Result<bool> {
    const SQL: &str = "UPDATE qr_login_request SET status = 'rejected', user_id = $1, phone_session = $2
        WHERE id = $3 AND expires_at > $4
            AND (status = 'pending' OR (status = 'scanning' AND user_id = $1 AND phone_session = $2))
        RETURNING id";
    let done: Option<i64> = on_tx!(tx, c => sqlx::query_scalar(SQL).bind(user).bind(session).bind(request).bind(now)
        .fetch_optional(c).await)?;
    Ok(done.is_some())
}

/// Hands out, once, what was approved.
pub async fn any_consume(tx: &mut Tx, request: i64, now: Timestamp) -> Result<Option<Request>> {
    const SQL: &str = concat!(
        "UPDATE qr_login_request SET status = 'consumed', consumed_at = $2
        WHERE id = $1 AND status = 'confirmed' AND expires_at > $2 RETURNING ",
        columns!()
    );
    on_tx!(tx, c => sqlx::query_as(SQL).bind(request).bind(now).fetch_optional(c).await)
}

/// Takes back the session whose tokens got lost on their way, if that was after `since`.
pub async fn any_take_back(tx: &mut Tx, request: i64, since: Timestamp) -> Result<Option<Request>> {
    const SQL: &str = concat!(
        "UPDATE qr_login_request SET status = status
        WHERE id = $1 AND status = 'consumed' AND consumed_at > $2 AND issued_session IS NOT NULL RETURNING ",
        columns!()
    );
    on_tx!(tx, c => sqlx::query_as(SQL).bind(request).bind(since).fetch_optional(c).await)
}

/// Whether the session that approved is still there, and the account's address still the one of then.
pub async fn is_upheld(tx: &mut Tx, user: i64, request: i64) -> Result<bool> {
    const SQL: &str =
        "SELECT COUNT(*) FROM qr_login_request r JOIN session s ON s.id = r.phone_session AND s.user_id = $1
            JOIN account a ON a.id = s.user_id
        WHERE r.id = $2 AND (a.email_set_at IS NULL OR a.email_set_at < r.confirmed_at)";
    let found: i64 = on_tx!(tx, c => sqlx::query_scalar(SQL).bind(user).bind(request).fetch_one(c).await)?;
    Ok(found > 0)
}

pub async fn set_issued(tx: &mut Tx, user: i64, request: i64, session: i64) -> Result<()> {
    const SQL: &str = "UPDATE qr_login_request SET issued_session = $3 WHERE id = $2 AND user_id = $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(request).bind(session).execute(c).await.map(|_| ()))
}

/// Marks what nobody took up in time, so that it counts for nothing, and says which.
pub async fn any_expire(tx: &mut Tx, now: Timestamp) -> Result<Vec<i64>> {
    const SQL: &str = "UPDATE qr_login_request SET status = 'expired'
        WHERE expires_at <= $1 AND status IN ('pending', 'scanning', 'confirmed') RETURNING id";
    on_tx!(tx, c => sqlx::query_scalar(SQL).bind(now).fetch_all(c).await)
}

/// Removes what ended before `before`: it was kept to answer "expired" instead of "unknown".
pub async fn any_forget(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    const SQL: &str = "DELETE FROM qr_login_request WHERE expires_at < $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(before).execute(c).await.map(|r| r.rows_affected()))
}

/// Every row as text, for tests that look for secrets.
#[cfg(test)]
pub async fn any_dump_for_test(db: &Db) -> String {
    use crate::platform::data::pools::Pools;
    let rows: Vec<String> = match db.pools() {
        Pools::Postgres(pool) => {
            sqlx::query_scalar("SELECT q::text FROM qr_login_request q").fetch_all(pool).await.unwrap()
        }
        Pools::Sqlite { read, .. } => {
            const SQL: &str =
                "SELECT hex(code_hash) || ' ' || hex(poll_secret_hash) || ' ' || status || ' ' || user_agent
                || ' ' || ip_address || ' ' || location || ' ' || match_choices FROM qr_login_request";
            sqlx::query_scalar(SQL).fetch_all(read).await.unwrap()
        }
    };
    rows.join("\n")
}
