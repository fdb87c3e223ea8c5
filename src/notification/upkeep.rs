//! What runs beside the requests: old notifications go, and the key for push messages is made at the
//! first start.

use std::time::Duration;

use super::{Notifications, store};
use crate::platform::http::error::Result;

const EVERY: Duration = Duration::from_secs(3600);

pub async fn clean(notifications: &Notifications) -> Result<()> {
    let before = notifications.clock.now().minus(notifications.settings.keep());
    let mut tx = notifications.db.begin().await?;
    store::any_delete_old(&mut tx, before).await?;
    Ok(tx.commit().await?)
}

/// Runs until the server stops.
pub async fn run(notifications: Notifications) {
    if let Err(error) = notifications.push.public_key(&notifications.db, &notifications.keys).await {
        tracing::warn!(%error, "the key for push messages could not be read");
    }
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
