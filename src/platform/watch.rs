//! What is measured when somebody looks: jobs, connections, memory, and how far the clocks are apart.

use std::time::{Duration, Instant};

use tokio::{sync::Mutex, time::timeout};

use crate::{
    on_read,
    platform::{
        Platform,
        base::{log, process},
        data::db::Db,
        outbox::jobs_store,
    },
};

/// Figures that cost the database something are not older than this.
const FRESH: Duration = Duration::from_secs(5);
/// The figures are shown even where the database does not answer.
const PATIENCE: Duration = Duration::from_secs(2);
const CLOCK_EVERY: Duration = Duration::from_secs(60);
/// From here on nodes answer to what is over, or not yet, for each other.
const APART: f64 = 5.0;

/// When the database was last asked for figures.
#[derive(Default)]
pub struct Watch(Mutex<Option<Instant>>);

impl Watch {
    /// Brings the figures up to date that nobody counts as they change.
    pub async fn gather(&self, platform: &Platform) {
        of_the_process();
        platform.db.count_connections();
        metrics::counter!("log_lines_lost_total").absolute(log::lost());
        let mut last = self.0.lock().await;
        if last.is_some_and(|at| at.elapsed() < FRESH) {
            return;
        }
        *last = Some(Instant::now());
        platform.db.can_write().await;
        match timeout(PATIENCE, of_the_jobs(platform)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the figures of the jobs cannot be had"),
            Err(_) => tracing::warn!("the figures of the jobs cannot be had in time"),
        }
    }
}

async fn of_the_jobs(platform: &Platform) -> Result<(), sqlx::Error> {
    let now = platform.clock.now();
    let found = jobs_store::backlog(&platform.db, now).await?;
    metrics::gauge!("jobs_waiting").set(found.waiting as f64);
    metrics::gauge!("jobs_failed").set(found.failed as f64);
    let age = found.oldest.map_or(0, |oldest| now.0 - oldest.0);
    metrics::gauge!("jobs_oldest_seconds").set(age.max(0) as f64 / 1000.0);
    Ok(())
}

fn of_the_process() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let number = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    if let Some(kib) = number("VmRSS:") {
        metrics::gauge!("process_resident_memory_bytes").set(kib * 1024.0);
    }
    if let Some(threads) = number("Threads:") {
        metrics::gauge!("process_threads").set(threads);
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        metrics::gauge!("process_open_fds").set(files.count() as f64);
    }
    metrics::gauge!("process_max_fds").set(process::file_limit() as f64);
}

/// Compares the clocks of this machine and the database until the server stops.
pub async fn watch_clock(platform: &Platform) {
    loop {
        match ahead(platform).await {
            Ok(seconds) if seconds.abs() >= APART => {
                tracing::warn!(seconds, "this clock is ahead of the database's (behind, if negative): mend it by NTP");
            }
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "the database does not tell the time"),
        }
        tokio::time::sleep(CLOCK_EVERY).await;
    }
}

/// Seconds that this clock is ahead of the database's.
pub async fn ahead(platform: &Platform) -> Result<f64, sqlx::Error> {
    let before = platform.clock.now().0;
    let there = time_of(&platform.db).await?;
    let after = platform.clock.now().0;
    let seconds = ((before + after) / 2 - there) as f64 / 1000.0;
    metrics::gauge!("clock_difference_seconds").set(seconds);
    Ok(seconds)
}

/// Milliseconds since 1970 by the database's clock.
async fn time_of(db: &Db) -> Result<i64, sqlx::Error> {
    const SQLITE: &str = "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)";
    const POSTGRES: &str = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)";
    let sql = if db.is_postgres() { POSTGRES } else { SQLITE };
    on_read!(db, c => sqlx::query_scalar(sql).fetch_one(c).await)
}
