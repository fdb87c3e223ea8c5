//! Every SQL statement about jobs.

use std::time::Duration;

use crate::{
    on_read, on_tx, on_write,
    platform::{
        base::clock::Timestamp,
        data::{
            db::{Db, Tx},
            pools::Pools,
        },
    },
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// A row to be.
pub struct NewJob<'a> {
    pub unique_key: &'a str,
    pub kind: &'a str,
    pub target: &'a str,
    pub payload: Vec<u8>,
    /// The print of the key that sealed the payload.
    pub sealed_by: &'a str,
    pub run_at: Timestamp,
    pub latest_at: Option<Timestamp>,
    pub now: Timestamp,
}

/// A job that this worker holds.
#[derive(sqlx::FromRow)]
pub struct Leased {
    pub id: i64,
    pub kind: String,
    pub payload: Vec<u8>,
    pub tries: i64,
    /// Asked for once more while it runs, this grows and the job is not done yet.
    pub generation: i64,
    /// Tells this lease from a later one.
    pub leased_until: Timestamp,
}

/// A job that was given up, as the administrator sees it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Failed {
    pub id: i64,
    pub kind: String,
    pub target: String,
    pub tries: i64,
    pub created_at: Timestamp,
    pub failed_at: Timestamp,
    pub last_error: Option<String>,
}

pub async fn insert(tx: &mut Tx, new: &NewJob<'_>) -> Result<()> {
    const SQL: &str =
        "INSERT INTO job (unique_key, kind, target, payload, tries, run_at, leased_until, created_at, sealed_by)
                       VALUES ($1, $2, $3, $4, 0, $5, 0, $6, $7) ON CONFLICT (unique_key) DO NOTHING";
    on_tx!(tx, c => sqlx::query(SQL).bind(new.unique_key).bind(new.kind).bind(new.target).bind(&new.payload)
        .bind(new.run_at).bind(new.now).bind(new.sealed_by).execute(c).await.map(|_| ()))
}

/// Moves a job that still waits, up to its latest moment; begins anew when it runs or has run.
pub async fn debounce(tx: &mut Tx, new: &NewJob<'_>) -> Result<()> {
    const SQL: &str =
        "INSERT INTO job (unique_key, kind, target, payload, tries, run_at, latest_at, leased_until, created_at, sealed_by)
        VALUES ($1, $2, $3, $4, 0, $5, $6, 0, $7, $8)
        ON CONFLICT (unique_key) DO UPDATE SET
            generation = job.generation + 1, target = excluded.target, payload = excluded.payload,
            sealed_by = excluded.sealed_by,
            run_at = CASE WHEN job.done_at IS NULL AND job.failed_at IS NULL AND job.leased_until <= $7
                          AND job.latest_at < excluded.run_at THEN job.latest_at ELSE excluded.run_at END,
            latest_at = CASE WHEN job.done_at IS NULL AND job.failed_at IS NULL AND job.leased_until <= $7
                          THEN job.latest_at ELSE excluded.latest_at END,
            tries = CASE WHEN job.done_at IS NULL AND job.failed_at IS NULL THEN job.tries ELSE 0 END,
            created_at = CASE WHEN job.done_at IS NULL AND job.failed_at IS NULL THEN job.created_at ELSE $7 END,
            done_at = NULL, failed_at = NULL";
    on_tx!(tx, c => sqlx::query(SQL).bind(new.unique_key).bind(new.kind).bind(new.target).bind(&new.payload)
        .bind(new.run_at).bind(new.latest_at).bind(new.now).bind(new.sealed_by).execute(c).await.map(|_| ()))
}

/// What the two databases do differently: SQLite has one writer at a time; PostgreSQL has many, and
/// each passes over the rows that another is just taking.
macro_rules! lease {
    ($locking:literal) => {
        concat!(
            "UPDATE job SET leased_until = $2, tries = tries + 1
            WHERE leased_until <= $1 AND id = (
                SELECT id FROM job WHERE done_at IS NULL AND failed_at IS NULL AND run_at <= $1 AND leased_until <= $1
                AND $3 LIKE '%' || sealed_by || '%' ORDER BY run_at LIMIT 1",
            $locking,
            ") RETURNING id, kind, payload, tries, generation, leased_until"
        )
    };
}

/// Takes a due job for a while, one that these keys open: while nodes get new keys one by one, a job waits
/// for a node that can read it. `prints` are those of the keys, in one text; what was written before there
/// were prints has an empty one.
pub async fn lease(db: &Db, prints: &str, now: Timestamp, span: Duration) -> Result<Option<Leased>> {
    const SQLITE: &str = lease!("");
    const POSTGRES: &str = lease!(" FOR UPDATE SKIP LOCKED");
    match db.pools() {
        Pools::Sqlite { read, write } => {
            // Looking costs the writer nothing.
            const DUE: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM job WHERE done_at IS NULL AND failed_at IS NULL
                               AND run_at <= $1 AND leased_until <= $1 AND $2 LIKE '%' || sealed_by || '%' LIMIT 1)";
            let due: i64 = sqlx::query_scalar(DUE).bind(now).bind(prints).fetch_one(read).await?;
            if due == 0 {
                return Ok(None);
            }
            sqlx::query_as(SQLITE).bind(now).bind(now.plus(span)).bind(prints).fetch_optional(write).await
        }
        Pools::Postgres(pool) => {
            sqlx::query_as(POSTGRES).bind(now).bind(now.plus(span)).bind(prints).fetch_optional(pool).await
        }
    }
}

/// Keeps a lease that is still ours.
pub async fn renew(db: &Db, job: &mut Leased, now: Timestamp, span: Duration) -> Result<()> {
    const SQL: &str = "UPDATE job SET leased_until = $3 WHERE id = $1 AND leased_until = $2";
    let until = now.plus(span);
    let kept = on_write!(db, c => sqlx::query(SQL).bind(job.id).bind(job.leased_until).bind(until).execute(c).await
        .map(|done| done.rows_affected()))?;
    if kept > 0 {
        job.leased_until = until;
    }
    Ok(())
}

/// Done, unless it was asked for again meanwhile: then it waits for its next turn.
pub async fn finish(db: &Db, job: &Leased, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE job SET leased_until = 0, last_error = NULL,
            tries = CASE WHEN generation = $3 THEN tries ELSE 0 END,
            done_at = CASE WHEN generation = $3 THEN $4 END,
            target = CASE WHEN generation = $3 THEN '' ELSE target END,
            payload = CASE WHEN generation = $3 THEN $5 ELSE payload END
        WHERE id = $1 AND leased_until = $2";
    on_write!(db, c => sqlx::query(SQL).bind(job.id).bind(job.leased_until).bind(job.generation).bind(now)
        .bind(Vec::<u8>::new()).execute(c).await.map(|_| ()))
}

/// Not its time yet: the try does not count.
pub async fn put_off(db: &Db, job: &Leased, until: Timestamp) -> Result<()> {
    const SQL: &str =
        "UPDATE job SET leased_until = 0, run_at = $3, tries = tries - 1 WHERE id = $1 AND leased_until = $2";
    on_write!(db, c => sqlx::query(SQL).bind(job.id).bind(job.leased_until).bind(until).execute(c).await.map(|_| ()))
}

pub async fn postpone(db: &Db, job: &Leased, until: Timestamp, failed: Option<Timestamp>, why: &str) -> Result<()> {
    const SQL: &str = "UPDATE job SET leased_until = 0, run_at = $3, failed_at = $4, last_error = $5
        WHERE id = $1 AND leased_until = $2";
    on_write!(db, c => sqlx::query(SQL).bind(job.id).bind(job.leased_until).bind(until).bind(failed).bind(why)
        .execute(c).await.map(|_| ()))
}

/// Gives up what none of these keys opens, for the administrator to see. Says how many.
pub async fn give_up_unreadable(tx: &mut Tx, prints: &str, now: Timestamp) -> Result<u64> {
    const SQL: &str = "UPDATE job SET failed_at = $2, leased_until = 0,
            last_error = 'it was sealed with keys that are gone'
        WHERE done_at IS NULL AND failed_at IS NULL AND NOT $1 LIKE '%' || sealed_by || '%'";
    on_tx!(tx, c => sqlx::query(SQL).bind(prints).bind(now).execute(c).await.map(|done| done.rows_affected()))
}

/// Removes all that was for somebody: by the address, or by the id where the work was for an account.
pub async fn any_forget_of(tx: &mut Tx, email: &str, user: i64) -> Result<()> {
    const SQL: &str = "DELETE FROM job WHERE target IN ($1, $2)";
    on_tx!(tx, c => sqlx::query(SQL).bind(email).bind(user.to_string()).execute(c).await.map(|_| ()))
}

/// What waits for somebody at an address that is theirs no more is still found with them.
pub async fn any_readdress(tx: &mut Tx, email: &str, user: i64) -> Result<()> {
    const SQL: &str = "UPDATE job SET target = $2 WHERE target = $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(email).bind(user.to_string()).execute(c).await.map(|_| ()))
}

pub async fn delete_done(db: &Db, before: Timestamp) -> Result<()> {
    const SQL: &str = "DELETE FROM job WHERE done_at < $1";
    on_write!(db, c => sqlx::query(SQL).bind(before).execute(c).await.map(|_| ()))
}

/// A page of what was given up, newest first.
pub async fn failed(db: &Db, limit: i64, offset: i64) -> Result<Vec<Failed>> {
    const SQL: &str = "SELECT id, kind, target, tries, created_at, failed_at, last_error FROM job
        WHERE failed_at IS NOT NULL ORDER BY failed_at DESC, id DESC LIMIT $1 OFFSET $2";
    on_read!(db, c => sqlx::query_as(SQL).bind(limit).bind(offset).fetch_all(c).await)
}

pub async fn count_failed(db: &Db) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) FROM job WHERE failed_at IS NOT NULL";
    on_read!(db, c => sqlx::query_scalar(SQL).fetch_one(c).await)
}

/// How many wait for their turn, with the moment for which the oldest has been due.
pub async fn waiting(db: &Db) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) FROM job WHERE done_at IS NULL AND failed_at IS NULL";
    on_read!(db, c => sqlx::query_scalar(SQL).fetch_one(c).await)
}

/// What the queue holds. `oldest` is when the job was asked for that should have been done first.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct Backlog {
    pub waiting: i64,
    pub failed: i64,
    pub oldest: Option<Timestamp>,
}

pub async fn backlog(db: &Db, now: Timestamp) -> Result<Backlog> {
    const SQL: &str = "SELECT
        (SELECT COUNT(*) FROM job WHERE done_at IS NULL AND failed_at IS NULL) AS waiting,
        (SELECT COUNT(*) FROM job WHERE failed_at IS NOT NULL) AS failed,
        (SELECT MIN(created_at) FROM job WHERE done_at IS NULL AND failed_at IS NULL
            AND (run_at <= $1 OR tries > 0)) AS oldest";
    on_read!(db, c => sqlx::query_as(SQL).bind(now).fetch_one(c).await)
}

/// Gives what was given up all its tries again: one, or all with `None`. Says how many.
pub async fn retry(tx: &mut Tx, job: Option<i64>, now: Timestamp) -> Result<u64> {
    const ONE: &str = "UPDATE job SET failed_at = NULL, tries = 0, run_at = $2 WHERE failed_at IS NOT NULL AND id = $1";
    const ALL: &str = "UPDATE job SET failed_at = NULL, tries = 0, run_at = $1 WHERE failed_at IS NOT NULL";
    match job {
        Some(id) => {
            on_tx!(tx, c => sqlx::query(ONE).bind(id).bind(now).execute(c).await.map(|done| done.rows_affected()))
        }
        None => on_tx!(tx, c => sqlx::query(ALL).bind(now).execute(c).await.map(|done| done.rows_affected())),
    }
}

/// Forgets what was given up: one, or all with `None`. Says how many.
pub async fn forget(tx: &mut Tx, job: Option<i64>) -> Result<u64> {
    const ONE: &str = "DELETE FROM job WHERE failed_at IS NOT NULL AND id = $1";
    const ALL: &str = "DELETE FROM job WHERE failed_at IS NOT NULL";
    match job {
        Some(id) => on_tx!(tx, c => sqlx::query(ONE).bind(id).execute(c).await.map(|done| done.rows_affected())),
        None => on_tx!(tx, c => sqlx::query(ALL).execute(c).await.map(|done| done.rows_affected())),
    }
}
