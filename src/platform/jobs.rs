//! Work that must not be lost: a row written in the same transaction as its cause, done later by a
//! worker under a lease, tried again with growing pauses, and kept for the administrator when it
//! keeps failing. A worker that dies leaves a lease that runs out.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{
    clock::{Clock, Timestamp},
    db::{Db, Tx},
    keys::Keys,
    mail::{Mail, Mailer},
};
use crate::{on_tx, on_write};

const LEASE: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_secs(5);
/// Ten tries over about nine hours.
const MAX_TRIES: i64 = 10;
const KEEP_DONE: Duration = Duration::from_secs(7 * 86_400);

/// Work that can be asked for.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    Mail(Mail),
}

/// Clones share one queue.
#[derive(Clone)]
pub struct Jobs {
    keys: Keys,
    clock: Clock,
    wake: Arc<Notify>,
}

#[derive(sqlx::FromRow)]
struct Leased {
    id: i64,
    payload: Vec<u8>,
    tries: i64,
}

impl Jobs {
    pub fn new(keys: Keys, clock: Clock) -> Self {
        Self { keys, clock, wake: Arc::default() }
    }

    /// Asks for `job` as part of `tx`; the same `unique_key` twice is one job. The payload can hold
    /// links with secrets, so it is sealed.
    pub async fn enqueue(&self, tx: &mut Tx, unique_key: &str, job: &Job) -> Result<(), sqlx::Error> {
        const SQL: &str = "INSERT INTO job (unique_key, payload, tries, run_at, leased_until, created_at)
                           VALUES ($1, $2, 0, $3, 0, $3) ON CONFLICT (unique_key) DO NOTHING";
        let payload = self.keys.seal(&serde_json::to_vec(job).unwrap_or_default());
        let now = self.clock.now();
        on_tx!(tx, c => sqlx::query(SQL).bind(unique_key).bind(payload).bind(now).execute(c).await.map(|_| ()))
    }

    /// Tells the worker that there is something to do. Call after the commit.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Works until `stop`; what has begun is finished first.
    pub fn start(&self, db: Db, mailer: Mailer, stop: CancellationToken) -> tokio::task::JoinHandle<()> {
        let jobs = self.clone();
        tokio::spawn(async move {
            while !stop.is_cancelled() {
                match jobs.work_one(&db, &mailer).await {
                    Ok(true) => continue,
                    Ok(false) => {}
                    Err(error) => tracing::warn!(%error, "the job queue cannot be read"),
                }
                tokio::select! {
                    () = jobs.wake.notified() => {}
                    () = tokio::time::sleep(POLL) => {}
                    () = stop.cancelled() => {}
                }
            }
        })
    }

    /// Does one job that is due; says whether there was one.
    pub async fn work_one(&self, db: &Db, mailer: &Mailer) -> Result<bool, sqlx::Error> {
        let Some(leased) = self.lease(db).await? else { return Ok(false) };
        let opened = self.keys.open(&leased.payload).and_then(|plain| serde_json::from_slice(&plain).ok());
        let done = match opened {
            Some(Job::Mail(mail)) => mailer.send(&mail).await.map_err(|error| error.to_string()),
            None => Err("the payload cannot be read with the keys in force".into()),
        };
        match done {
            Ok(()) => self.finish(db, leased.id).await?,
            Err(why) => self.postpone(db, &leased, &why).await?,
        }
        Ok(true)
    }

    /// Takes a due job for a while. The outer condition is looked at again after a row lock, so two
    /// workers never hold the same lease.
    async fn lease(&self, db: &Db) -> Result<Option<Leased>, sqlx::Error> {
        const SQL: &str = "UPDATE job SET leased_until = $2, tries = tries + 1
            WHERE leased_until <= $1 AND id = (
                SELECT id FROM job WHERE done_at IS NULL AND failed_at IS NULL AND run_at <= $1 AND leased_until <= $1
                ORDER BY run_at LIMIT 1)
            RETURNING id, payload, tries";
        let now = self.clock.now();
        on_write!(db, c => sqlx::query_as(SQL).bind(now).bind(now.plus(LEASE)).fetch_optional(c).await)
    }

    async fn finish(&self, db: &Db, id: i64) -> Result<(), sqlx::Error> {
        const SQL: &str = "UPDATE job SET done_at = $2, payload = $3 WHERE id = $1";
        on_write!(db, c => sqlx::query(SQL).bind(id).bind(self.clock.now()).bind(Vec::<u8>::new()).execute(c).await.map(|_| ()))
    }

    async fn postpone(&self, db: &Db, job: &Leased, why: &str) -> Result<(), sqlx::Error> {
        const SQL: &str = "UPDATE job SET leased_until = 0, run_at = $2, failed_at = $3, last_error = $4 WHERE id = $1";
        let now = self.clock.now();
        let failed: Option<Timestamp> = (job.tries >= MAX_TRIES).then_some(now);
        tracing::warn!(job = job.id, tries = job.tries, why, given_up = failed.is_some(), "a job failed");
        on_write!(db, c => sqlx::query(SQL).bind(job.id).bind(now.plus(pause(job.tries))).bind(failed).bind(why)
            .execute(c).await.map(|_| ()))
    }

    /// Removes what was done long ago.
    pub async fn clean(&self, db: &Db) -> Result<(), sqlx::Error> {
        const SQL: &str = "DELETE FROM job WHERE done_at < $1";
        let before = self.clock.now().minus(KEEP_DONE);
        on_write!(db, c => sqlx::query(SQL).bind(before).execute(c).await.map(|_| ()))
    }
}

/// 30 s, 1 min, 2 min … up to 4 h.
fn pause(tries: i64) -> Duration {
    let doublings = u32::try_from(tries.clamp(1, 10) - 1).unwrap_or(0);
    Duration::from_secs((30 << doublings).min(4 * 3600))
}
