//! NATS: only the fast path. The truth is the event log: with this carrier every event is a row there,
//! written with its cause, and nodes read the rows in order. What NATS carries is "look now"; without
//! it they look four times a second, so nothing is lost when it is away or when a node dies between its
//! commit and the message.

use std::sync::Arc;

use futures_util::StreamExt;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::{Bus, Entry, Envelope, Event, log, log::Audience, pause};
use crate::platform::data::pools::Pools;

const ROWS: i64 = 500;

/// Texts on their way to NATS. When it is away and this is full they are dropped: nodes look anyway.
pub(super) const OUTBOX: usize = 256;

pub(super) fn start(bus: &Bus, url: String, outbox: mpsc::Receiver<String>, db: Pools, stop: &CancellationToken) {
    let look = Arc::new(Notify::new());
    let carry = carry(bus.clone(), url, outbox, db.clone(), look.clone());
    let read = read(bus.clone(), db, look);
    let work = stop.clone().run_until_cancelled_owned(async {
        tokio::join!(carry, read);
    });
    tokio::spawn(work);
}

/// Reads the log from its end on. That a look went well proves that all before it was heard.
async fn read(bus: Bus, db: Pools, look: Arc<Notify>) {
    let mut position = None;
    bus.reset();
    loop {
        let began = bus.elapsed();
        match follow(&bus, &db, &mut position).await {
            Ok(()) => bus.heard_at(began),
            Err(error) => tracing::warn!(%error, "the event log cannot be read, caches are off until it can"),
        }
        let _ = tokio::time::timeout(bus.beat(), look.notified()).await;
    }
}

async fn follow(bus: &Bus, db: &Pools, position: &mut Option<i64>) -> Result<(), sqlx::Error> {
    let Some(mut at) = *position else {
        *position = Some(log::end(db).await?);
        // What came before the first look was not heard.
        bus.reset();
        return Ok(());
    };
    loop {
        let rows = log::after(db, at, ROWS).await?;
        for entry in &rows {
            at = entry.seq;
            if entry.node != bus.node() {
                bus.dispatch(&event_of(entry));
            }
        }
        *position = Some(at);
        if (rows.len() as i64) < ROWS {
            return Ok(());
        }
    }
}

fn event_of(entry: &Entry) -> Event {
    match entry.audience {
        Audience::Nodes => Event { kind: entry.kind, id: entry.id, user: entry.user },
        // For clients: whoever tells them reads the log.
        _ => Bus::grown(),
    }
}

/// Connects (async-nats connects again by itself) and carries both ways.
async fn carry(bus: Bus, url: String, mut outbox: mpsc::Receiver<String>, db: Pools, look: Arc<Notify>) {
    let subject = subject(&db).await;
    let client = connect(&url, look.clone()).await;
    let mut failures = 0;
    let mut heard = loop {
        match client.subscribe(subject.clone()).await {
            Ok(heard) => break heard,
            Err(error) => {
                failures += 1;
                tracing::warn!(%error, "cannot listen on NATS");
                tokio::time::sleep(pause(failures)).await;
            }
        }
    };
    loop {
        tokio::select! {
            Some(text) = outbox.recv() => {
                // Waits only when thousands are waiting already, because the server is away.
                let sent = client.publish(subject.clone(), text.into());
                let _ = tokio::time::timeout(Bus::BEAT, sent).await;
            }
            Some(message) = heard.next() => match serde_json::from_slice(&message.payload) {
                Ok(Envelope { node, .. }) if node == bus.node() => {}
                Ok(Envelope { events, .. }) if events.is_empty() => look.notify_one(),
                Ok(Envelope { events, .. }) => events.iter().for_each(|event| bus.dispatch(event)),
                Err(error) => tracing::warn!(%error, "a strange message on NATS"),
            },
            else => return,
        }
    }
}

async fn connect(url: &str, look: Arc<Notify>) -> async_nats::Client {
    let servers: Vec<_> = url.split(',').collect();
    let mut failures = 0;
    loop {
        let look = look.clone();
        let options = async_nats::ConnectOptions::new()
            .name("ospabhost")
            .retry_on_initial_connect()
            .reconnect_delay_callback(|attempts| pause(u32::try_from(attempts).unwrap_or(u32::MAX)))
            .event_callback(move |event| {
                tracing::info!(%event, "NATS");
                look.notify_one();
                std::future::ready(())
            });
        match options.connect(&servers).await {
            Ok(client) => return client,
            Err(error) => {
                failures += 1;
                tracing::warn!(%error, "cannot reach NATS, the event log is read four times a second meanwhile");
                tokio::time::sleep(pause(failures)).await;
            }
        }
    }
}

/// One for each database, so that two installations can share a server.
async fn subject(db: &Pools) -> String {
    let Pools::Postgres(pool) = db.pools() else { return "ospabhost".into() };
    let mut failures = 0;
    loop {
        match sqlx::query_scalar::<_, String>("SELECT current_database()::text").fetch_one(pool).await {
            // A subject has no spaces, dots or wildcards of its own.
            Ok(name) => return format!("ospabhost.{}", name.replace(|c: char| !c.is_ascii_alphanumeric(), "_")),
            Err(_) => {
                failures += 1;
                tokio::time::sleep(pause(failures)).await;
            }
        }
    }
}
