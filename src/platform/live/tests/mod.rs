//! `/ws` through real sockets, with a made-up source in the place of tickets.

mod carriers;
mod closing;
mod hearing;
mod limits;
mod presence;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Live, Message, Result, Settings, Source, Viewer};
use crate::{
    app::App,
    platform::data::events::{Audience, Entry, EventKind, log},
    testing::{TestApp, socket, until},
};

const FAKE: &[EventKind] = &[
    EventKind::named("fake.reply"),
    EventKind::named("fake.note"),
    EventKind::named("fake.mine"),
    EventKind::named("fake.careful"),
    EventKind::named("fake.nodes"),
    EventKind::named("fake.gone"),
    EventKind::named("fake.big"),
];
const OTHER: &[EventKind] = &[EventKind::named("other.new")];

/// Tells of replies and notes. It believes the audience of an entry, but for `fake.careful`, which it
/// shows to staff only, and `fake.gone`, which is not there any more.
struct Fake {
    topic: &'static str,
    built: Arc<AtomicUsize>,
}

#[async_trait]
impl Source for Fake {
    fn topic(&self) -> &'static str {
        self.topic
    }

    fn events(&self) -> &'static [EventKind] {
        match self.topic {
            "tickets" => FAKE,
            _ => OTHER,
        }
    }

    fn has_presence(&self) -> bool {
        self.topic == "tickets"
    }

    async fn message(&self, entry: &Entry, viewer: Viewer) -> Result<Option<Message>> {
        self.built.fetch_add(1, Ordering::SeqCst);
        if entry.kind == "fake.gone" || entry.kind == "fake.careful" && !viewer.is_staff {
            return Ok(None);
        }
        let filler = if entry.kind == "fake.big" { "я".repeat(100_000) } else { String::new() };
        let kind = if self.topic == "tickets" { "ticket:response" } else { "notification:new" };
        let fields = json!({
            "id": entry.id, "ticketId": entry.parent, "staff": viewer.is_staff, "own": viewer.is_owner,
            "lang": viewer.lang.code(), "filler": filler,
        });
        Ok(Some(Message::new(kind, fields)))
    }
}

/// An application with the made-up source, served on loopback.
struct Node {
    app: App,
    address: SocketAddr,
    built: Arc<AtomicUsize>,
}

impl Node {
    async fn of(app: &App, settings: Settings) -> Self {
        let built = Arc::<AtomicUsize>::default();
        let source = |topic| Box::new(Fake { topic, built: built.clone() }) as Box<dyn Source>;
        let sources = vec![source("tickets"), source("notifications")];
        let mut app = app.clone();
        app.live = Live::new(app.platform.clone(), settings, Box::new(app.sessions.clone()), sources);
        tokio::spawn(app.live.clone().run());
        let address = socket::serve(&app).await;
        Self { app, address, built }
    }

    async fn new(app: &TestApp) -> Self {
        Self::new_on(&app.app).await
    }

    async fn new_on(app: &App) -> Self {
        Self::of(app, Settings::default()).await
    }

    /// Records and commits.
    async fn record(&self, entry: Entry) {
        let mut tx = self.app.platform.db.begin().await.unwrap();
        tx.record(entry);
        tx.commit().await.unwrap();
    }

    /// Waits until all that is in the log has been told.
    async fn has_told_all(&self) {
        let end = log::end(self.app.platform.db.pools()).await.unwrap();
        until(async || self.app.live.hub.position() == Some(end)).await;
    }

    /// A reply to `user`'s ticket 7.
    async fn reply(&self, id: i64, user: i64) {
        self.record(Entry::new(EventKind::made_up("fake.reply"), id, user, Audience::OwnerAndStaff).of(7)).await;
    }
}

fn ids(messages: &[Value]) -> Vec<i64> {
    messages.iter().map(|message| message["id"].as_i64().unwrap_or(-1)).collect()
}
