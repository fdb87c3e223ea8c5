//! Work that must not be lost: a row written in the same transaction as its cause, done later by a
//! worker under a lease, tried again with growing pauses, and kept for the administrator when it
//! keeps failing. A worker that dies leaves a lease that runs out.
//!
//! A crate would be welcome here, but none writes its job inside a transaction of ours on both
//! databases: sqlxmq and graphile_worker need PostgreSQL, underway and fang bring pools and schemas
//! of their own, apalis enqueues on a connection of its own.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
    time::Duration,
};

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::platform::{
    base::{
        clock::{Clock, Timestamp},
        keys::Keys,
    },
    data::{
        db::{Db, Tx},
        holding::watched,
    },
    outbox::{
        jobs_store::{self as store, Leased, NewJob},
        mail::{Mail, Mailer},
    },
};

#[cfg(test)]
mod tests;

const POLL: Duration = Duration::from_secs(5);
const KEEP_DONE: Duration = Duration::from_secs(7 * 86_400);
/// How often the outcome of a job is tried to be written.
const SETTLING: u32 = 10;
/// No pause between two tries is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(4 * 3600);

/// Settings of the queue. `config.default.toml` gives the reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub workers: u32,
    pub tries: u32,
    pub retry_seconds: u32,
    pub lease_seconds: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { workers: 4, tries: 12, retry_seconds: 30, lease_seconds: 60 }
    }
}

/// Work that can be asked for.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    Mail(Mail),
    /// What a slice does: see `Jobs::on`.
    Task {
        name: String,
        /// Whom or what it is for, as the administrator may read it.
        target: String,
        data: serde_json::Value,
    },
}

impl Job {
    pub fn task(name: &str, target: &str, data: &impl Serialize) -> Self {
        let data = serde_json::to_value(data).unwrap_or_default();
        Self::Task { name: name.to_owned(), target: target.to_owned(), data }
    }

    fn label(&self) -> (&str, &str) {
        match self {
            Self::Mail(mail) => ("mail", &mail.to),
            Self::Task { name, target, .. } => (name, target),
        }
    }
}

/// Why a job is not done.
#[derive(Debug)]
pub enum NotDone {
    /// It never will be: given up at once.
    Refused(String),
    /// It failed: tried again after a pause, until the tries are used up.
    Failed(String),
    /// The other side asks for a pause that is not shorter.
    Busy(String, Duration),
    /// It is not time yet; this is no failed try.
    NotBefore(Timestamp),
}

impl<E: std::error::Error> From<E> for NotDone {
    fn from(error: E) -> Self {
        Self::Failed(error.to_string())
    }
}

pub type Outcome = Result<(), NotDone>;
type Handler = Arc<dyn Fn(serde_json::Value) -> BoxFuture<'static, Outcome> + Send + Sync>;

/// Clones share one queue.
#[derive(Clone)]
pub struct Jobs(Arc<State>);

struct State {
    keys: Keys,
    /// Of the key that seals, and of all that open.
    print: String,
    prints: String,
    clock: Clock,
    settings: Settings,
    wake: Notify,
    handlers: RwLock<HashMap<&'static str, Handler>>,
}

/// What of a failure may stand in a log: a mail server's answer names people. The administrator's page of
/// deliveries shows it whole.
fn loggable<'a>(kind: &str, why: &'a str) -> &'a str {
    if kind.ends_with("mail") { "a mail was not taken" } else { why }
}

impl Jobs {
    pub fn new(keys: Keys, clock: Clock, settings: Settings) -> Self {
        let (print, prints) = (keys.print(), keys.prints().join(" "));
        Self(Arc::new(State { keys, print, prints, clock, settings, wake: Notify::new(), handlers: RwLock::default() }))
    }

    /// Says what does the tasks of this name.
    pub fn on<T, F>(&self, name: &'static str, handler: impl Fn(T) -> F + Send + Sync + 'static)
    where
        T: DeserializeOwned,
        F: Future<Output = Outcome> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |data| match serde_json::from_value(data) {
            Ok(data) => Box::pin(handler(data)),
            Err(error) => Box::pin(std::future::ready(Err(error.into()))),
        });
        if let Ok(mut handlers) = self.0.handlers.write() {
            handlers.insert(name, handler);
        }
    }

    /// Asks for `job` as part of `tx`; the same `unique_key` twice is one job. The payload can hold
    /// links with secrets, so it is sealed.
    pub async fn enqueue(&self, tx: &mut Tx, unique_key: &str, job: &Job) -> Result<(), sqlx::Error> {
        let now = self.0.clock.now();
        let jobs = self.clone();
        tx.after_commit(move || jobs.wake());
        store::insert(tx, &self.row(unique_key, job, now, None)).await
    }

    /// Asks for `job` once nobody has asked for it again during `wait`, but `most` after the first
    /// who asked. What is asked while it runs or after it ran begins anew.
    pub async fn debounce(
        &self,
        tx: &mut Tx,
        unique_key: &str,
        job: &Job,
        wait: Duration,
        most: Duration,
    ) -> Result<(), sqlx::Error> {
        let now = self.0.clock.now();
        store::debounce(tx, &self.row(unique_key, job, now.plus(wait), Some(now.plus(most)))).await
    }

    fn row<'a>(
        &'a self,
        unique_key: &'a str,
        job: &'a Job,
        run_at: Timestamp,
        latest_at: Option<Timestamp>,
    ) -> NewJob<'a> {
        let (kind, target) = job.label();
        let payload = self.0.keys.seal(&serde_json::to_vec(job).unwrap_or_default());
        NewJob {
            unique_key,
            kind,
            target,
            payload,
            sealed_by: &self.0.print,
            run_at,
            latest_at,
            now: self.0.clock.now(),
        }
    }

    /// Tells a worker that there is something to do.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    /// Works until `stop`; what has begun is finished first.
    pub fn start(&self, db: Db, mailer: Mailer, stop: CancellationToken) -> tokio::task::JoinHandle<()> {
        let workers: Vec<_> = (0..self.0.settings.workers.clamp(1, 64))
            .map(|_| tokio::spawn(self.clone().work(db.clone(), mailer.clone(), stop.clone())))
            .collect();
        tokio::spawn(async move {
            for worker in workers {
                if let Err(error) = worker.await {
                    tracing::error!(%error, "a worker of the job queue ended early");
                }
            }
        })
    }

    async fn work(self, db: Db, mailer: Mailer, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.work_one(&db, &mailer).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "the job queue cannot be read"),
            }
            tokio::select! {
                () = self.0.wake.notified() => {}
                () = tokio::time::sleep(POLL) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Does one job that is due; says whether there was one.
    pub async fn work_one(&self, db: &Db, mailer: &Mailer) -> Result<bool, sqlx::Error> {
        let Some(mut leased) = store::lease(db, &self.0.prints, self.0.clock.now(), self.lease()).await? else {
            return Ok(false);
        };
        // Where there was one there may be more.
        self.wake();
        let done = {
            let payload = std::mem::take(&mut leased.payload);
            let work = self.perform(payload, mailer);
            tokio::pin!(work);
            loop {
                tokio::select! {
                    done = &mut work => break done,
                    // What has begun is never cut off: a mail server could have taken half of it.
                    () = tokio::time::sleep(self.lease() / 3) => {
                        if let Err(error) = store::renew(db, &mut leased, self.0.clock.now(), self.lease()).await {
                            tracing::warn!(%error, job = leased.id, "a lease could not be renewed");
                        }
                    }
                }
            }
        };
        // A mail that left must not leave again because the database was away for a moment.
        let mut patience = SETTLING;
        while let Err(error) = self.settle(db, &leased, &done).await {
            patience = patience.checked_sub(1).ok_or(error)?;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Ok(true)
    }

    fn lease(&self) -> Duration {
        Duration::from_secs(self.0.settings.lease_seconds.max(1).into())
    }

    async fn perform(&self, payload: Vec<u8>, mailer: &Mailer) -> Outcome {
        let opened = self.0.keys.open(&payload).and_then(|plain| serde_json::from_slice(&plain).ok());
        match opened {
            Some(Job::Mail(mail)) => mailer.send(&mail).await,
            Some(Job::Task { name, data, .. }) => {
                let handler = self.0.handlers.read().ok().and_then(|all| all.get(name.as_str()).cloned());
                match handler {
                    Some(handler) => watched(handler(data)).await,
                    None => Err(NotDone::Failed(format!("nothing here does {name}"))),
                }
            }
            None => Err(NotDone::Failed("the payload cannot be read with the keys in force".into())),
        }
    }

    async fn settle(&self, db: &Db, job: &Leased, done: &Outcome) -> Result<(), sqlx::Error> {
        let now = self.0.clock.now();
        let (why, pause) = match done {
            Ok(()) => return store::finish(db, job, now).await,
            Err(NotDone::NotBefore(at)) => return store::put_off(db, job, *at).await,
            Err(NotDone::Refused(why) | NotDone::Failed(why)) => (why, self.pause(job.tries)),
            Err(NotDone::Busy(why, wait)) => (why, self.pause(job.tries).max((*wait).min(LONGEST_PAUSE))),
        };
        let refused = matches!(done, Err(NotDone::Refused(_)));
        let failed = (refused || job.tries >= i64::from(self.0.settings.tries)).then_some(now);
        tracing::warn!(
            job = job.id,
            kind = job.kind,
            tries = job.tries,
            why = loggable(&job.kind, why),
            given_up = failed.is_some(),
            "a job failed"
        );
        store::postpone(db, job, now.plus(pause), failed, &why.chars().take(300).collect::<String>()).await
    }

    /// Twice as long after each try: with the defaults 30 s, 1 min, 2 min …
    fn pause(&self, tries: i64) -> Duration {
        let doublings = u32::try_from(tries.clamp(1, 20) - 1).unwrap_or(0);
        (Duration::from_secs(self.0.settings.retry_seconds.into()) * (1 << doublings)).min(LONGEST_PAUSE)
    }

    /// Removes what was done long ago.
    pub async fn clean(&self, db: &Db) -> Result<(), sqlx::Error> {
        store::delete_done(db, self.0.clock.now().minus(KEEP_DONE)).await
    }
}
