//! PostgreSQL's NOTIFY: an event travels with the commit itself, so a node that dies between the two
//! cannot keep the others from hearing it.

use sqlx::{PgPool, postgres::PgListener};
use tokio_util::sync::CancellationToken;

use super::{Bus, Envelope, pause};

const CHANNEL: &str = "ospabhost";

/// Sends a text to every node, as part of a transaction or on a connection of its own.
pub(super) async fn notify<'e>(c: impl sqlx::PgExecutor<'e>, text: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(text).execute(c).await.map(|_| ())
}

/// Listens, and proves that the carrier carries, until `stop`.
pub(super) fn start(bus: &Bus, pool: &PgPool, stop: &CancellationToken) {
    let (beating, listening) = (beat(bus.clone(), pool.clone()), listen(bus.clone(), pool.clone()));
    let work = stop.clone().run_until_cancelled_owned(async {
        tokio::join!(beating, listening);
    });
    tokio::spawn(work);
}

/// Sends itself a message now and then: hearing it is the proof.
async fn beat(bus: Bus, pool: PgPool) {
    let text = bus.envelope(&[]);
    loop {
        tokio::time::sleep(Bus::BEAT).await;
        if let Err(error) = notify(&pool, &text).await {
            tracing::warn!(%error, "the event bus cannot send");
        }
    }
}

async fn listen(bus: Bus, pool: PgPool) {
    let mut failures = 0;
    loop {
        bus.reset();
        match hear(&bus, &pool, &mut failures).await {
            Ok(()) => {}
            Err(error) => tracing::warn!(%error, "the event bus lost its connection, caches are off until it is back"),
        }
        failures += 1;
        tokio::time::sleep(pause(failures)).await;
    }
}

/// Hears notifications until the connection breaks.
async fn hear(bus: &Bus, pool: &PgPool, failures: &mut u32) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    *failures = 0;
    // What was missed between the last connection and this one.
    bus.reset();
    while let Some(notification) = listener.try_recv().await? {
        match serde_json::from_str::<Envelope>(notification.payload()) {
            Ok(Envelope { node, events }) if node == bus.node() && events.is_empty() => bus.heard_at(bus.elapsed()),
            Ok(Envelope { node, events }) if node != bus.node() => events.iter().for_each(|event| bus.dispatch(event)),
            _ => {}
        }
    }
    Ok(())
}
