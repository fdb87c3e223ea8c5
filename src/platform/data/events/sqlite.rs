//! SQLite: one server, so events are function calls; commands that run beside it leave theirs in a
//! table.

use sqlx::SqlitePool;

use super::{Bus, Envelope};

/// Hears what commands beside the server left for it.
pub(super) async fn poll(bus: Bus, read: SqlitePool, write: SqlitePool) {
    loop {
        tokio::time::sleep(Bus::BEAT).await;
        if let Err(error) = hear(&bus, &read, &write).await {
            tracing::warn!(%error, "cannot read the events of other processes");
        }
    }
}

async fn hear(bus: &Bus, read: &SqlitePool, write: &SqlitePool) -> Result<(), sqlx::Error> {
    const FOUND: &str = "SELECT id, payload FROM outside_event ORDER BY id LIMIT 100";
    let rows: Vec<(i64, String)> = sqlx::query_as(FOUND).fetch_all(read).await?;
    let Some((last, _)) = rows.last() else { return Ok(()) };
    for (_, payload) in &rows {
        if let Ok(Envelope { events, .. }) = serde_json::from_str(payload) {
            events.iter().for_each(|event| bus.dispatch(event));
        }
    }
    sqlx::query("DELETE FROM outside_event WHERE id <= $1").bind(last).execute(write).await.map(|_| ())
}
