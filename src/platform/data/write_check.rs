//! Whether this node can write: it looks by writing, for `/readyz`.

use std::time::{Duration, Instant};

use super::db::Db;
use crate::on_tx;

/// Who asks within this time after a real write hears what came of that one.
const FRESH: Duration = Duration::from_secs(1);
/// A write that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(3);

impl Db {
    /// Whether this node can write: it does so now, or did within the last second.
    pub async fn can_write(&self) -> bool {
        let mut last = self.writing.last().lock().await;
        if let Some((at, could)) = *last
            && at.elapsed() < FRESH
        {
            return could;
        }
        let written = tokio::time::timeout(PATIENCE, self.write_something()).await;
        let could = matches!(written, Ok(Ok(())));
        let before = last.is_none_or(|(_, could)| could);
        match written {
            Ok(Ok(())) if !before => tracing::info!("this node can write again"),
            Ok(Err(error)) if before => tracing::error!(%error, "this node cannot write"),
            Err(_) if before => tracing::error!("this node cannot write: the database takes too long"),
            _ => {}
        }
        metrics::gauge!("database_writable").set(if could { 1 } else { 0 });
        *last = Some((Instant::now(), could));
        could
    }

    async fn write_something(&self) -> Result<(), sqlx::Error> {
        const SQL: &str = "INSERT INTO write_check (slot, writes) VALUES ($1, 1)
                           ON CONFLICT (slot) DO UPDATE SET writes = write_check.writes + 1";
        let mut tx = self.door().begin().await?;
        on_tx!(tx, c => sqlx::query(SQL).bind(self.writing.slot()).execute(c).await.map(|_| ()))?;
        tx.commit().await
    }
}
