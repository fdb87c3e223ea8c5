//! What runs beside the requests: old notifications go.

use std::time::Duration;

use super::{Notifications, store};
use crate::platform::base::error::Result;

const EVERY: Duration = Duration::from_secs(3600);

pub async fn clean(notifications: &Notifications) -> Result<()> {
    let before = notifications.clock.now().minus(notifications.settings.keep());
    let mut tx = notifications.db.begin().await?;
    store::any_delete_old(&mut tx, before).await?;
    Ok(tx.commit().await?)
}

/// Runs until the server stops.
pub async fn run(notifications: Notifications) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = notifications.stop.cancelled() => break,
        }
        if let Err(error) = clean(&notifications).await {
            tracing::warn!(%error, "upkeep of notifications failed, it is tried again");
        }
    }
}
