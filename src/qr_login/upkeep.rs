//! What runs beside the requests: codes that nobody took up expire, old ones are removed.

use std::time::Duration;

use super::{QrLogin, store, waiting::QR_CHANGED};
use crate::platform::{base::error::Result, data::events::Event};

const EVERY: Duration = Duration::from_secs(20);
/// For so long an old code is answered with "expired" rather than "unknown".
const KEEP: Duration = Duration::from_secs(3600);

pub async fn clean(qr: &QrLogin) -> Result<()> {
    let now = qr.clock.now();
    let mut tx = qr.db.begin().await?;
    for id in store::any_expire(&mut tx, now).await? {
        tx.emit(Event { kind: QR_CHANGED, id, user: 0 });
    }
    store::any_forget(&mut tx, now.minus(KEEP)).await?;
    tx.commit().await?;
    qr.limits.sweep();
    qr.waiting.sweep();
    Ok(())
}

/// Runs until the server stops.
pub async fn run(qr: QrLogin) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = qr.stop.cancelled() => break,
        }
        if let Err(error) = clean(&qr).await {
            tracing::warn!(%error, "upkeep of QR sign-ins failed, it is tried again");
        }
    }
}
