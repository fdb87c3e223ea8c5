//! Reads the event log in order and tells those who listen; and keeps it short.

use std::time::Duration;

use super::{Live, Source, Viewer, protocol};
use crate::platform::{
    base::error::Result,
    data::events::{Entry, log},
};

const ROWS: i64 = 200;
const RETRY: Duration = Duration::from_millis(250);
const BREATH: Duration = Duration::from_millis(5);
const MESSAGE_TRIES: u32 = 3;
const CLEAN: Duration = Duration::from_secs(600);

/// Runs until it is dropped.
pub(super) async fn run(live: &Live) {
    let mut position = loop {
        match log::end(live.platform.db.pools()).await {
            Ok(position) => break position,
            Err(error) => {
                tracing::warn!(%error, "the event log cannot be read yet");
                tokio::time::sleep(RETRY).await;
            }
        }
    };
    live.hub.set_position(position);
    loop {
        live.grown.notified().await;
        while let Err(wait) = tell_what_is_new(live, &mut position).await {
            tokio::time::sleep(wait).await;
        }
    }
}

/// Tells all there is; fails with the time after which to try again.
async fn tell_what_is_new(live: &Live, position: &mut i64) -> Result<(), Duration> {
    loop {
        // While ended sessions are not heard of, nobody is told anything.
        if !live.platform.db.bus.is_alive() {
            return Err(RETRY / 5);
        }
        let rows = log::after(live.platform.db.pools(), *position, ROWS).await.map_err(|error| {
            tracing::warn!(%error, "the event log cannot be read, live updates wait");
            RETRY
        })?;
        if rows.is_empty() {
            return Ok(());
        }
        for entry in &rows {
            tell(live, entry).await;
            *position = entry.seq;
        }
    }
}

async fn tell(live: &Live, entry: &Entry) {
    let topic = live.topic_of(entry.kind);
    let groups = live.hub.listeners(entry, topic);
    let Some(source) = topic.and_then(|topic| live.source(topic)) else { return };
    for (viewer, numbers) in groups {
        let message = match message(source, entry, viewer).await {
            Ok(message) => message.map(|message| message.at(viewer.place(entry))),
            // What cannot be told one by one is loaded anew.
            Err(_) => Some(protocol::resync(source.topic(), viewer.place(entry))),
        };
        let Some(message) = message else { continue };
        if live.hub.tell(&numbers, &message.text()) {
            // A burst: who reads at all gets the time, who does not is dropped soon.
            tokio::time::sleep(BREATH).await;
        }
    }
}

async fn message(source: &dyn Source, entry: &Entry, viewer: Viewer) -> Result<Option<protocol::Message>> {
    let mut tries = 1;
    loop {
        match source.message(entry, viewer).await {
            Err(error) if tries == MESSAGE_TRIES => return Err(error),
            Err(_) => tokio::time::sleep(RETRY * tries).await,
            made => return made,
        }
        tries += 1;
    }
}

/// Removes what is old from the log, until it is dropped.
pub(super) async fn keep_short(live: &Live) {
    loop {
        tokio::time::sleep(CLEAN).await;
        if let Err(error) = log::clean(live.platform.db.pools()).await {
            tracing::warn!(%error, "the event log could not be shortened, it is tried again");
        }
    }
}
