//! Domain events: after a commit every node hears what changed, as ids; readers load what they may
//! see. In one process they are function calls; between nodes PostgreSQL's NOTIFY carries them.

use std::{
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use sqlx::postgres::PgListener;
use tokio_util::sync::CancellationToken;

use super::db::{Db, Pools};

/// Something that changed: what, which one, and whose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub kind: String,
    pub id: i64,
    pub user: i64,
}

#[derive(Serialize, Deserialize)]
struct Envelope {
    node: String,
    event: Option<Event>,
}

type Handler = Box<dyn Fn(&Event) + Send + Sync>;

struct State {
    node: String,
    serves: AtomicBool,
    /// Milliseconds after `started` at which the carrier was last known to be alive; -1 = never.
    heard: AtomicI64,
    started: Instant,
    needs_carrier: AtomicBool,
    handlers: RwLock<Vec<Handler>>,
}

/// The bus of this node. Clones are the same bus.
#[derive(Clone)]
pub struct Bus(Arc<State>);

impl Bus {
    pub const CHANNEL: &'static str = "ospabhost";
    /// Told to every handler when events may have been missed.
    pub const RESET: &'static str = "bus.reset";
    const BEAT: Duration = Duration::from_millis(250);
    /// Silence after which caches must not be trusted: well under the second that is promised.
    const SILENCE: i64 = 900;

    pub fn new() -> Self {
        Self(Arc::new(State {
            node: super::keys::random_token(),
            serves: AtomicBool::new(false),
            heard: AtomicI64::new(-1),
            started: Instant::now(),
            needs_carrier: AtomicBool::new(false),
            handlers: RwLock::default(),
        }))
    }

    /// Calls `handler` for every event, in the publishing task: it must be quick.
    pub fn on_event(&self, handler: impl Fn(&Event) + Send + Sync + 'static) {
        if let Ok(mut handlers) = self.0.handlers.write() {
            handlers.push(Box::new(handler));
        }
    }

    /// Whether this process answers requests (a command line call does not).
    pub fn serves(&self) -> bool {
        self.0.serves.load(Ordering::Relaxed)
    }

    /// Whether what other nodes do is heard here in time. While it is not, nothing may be cached.
    pub fn is_alive(&self) -> bool {
        if !self.0.needs_carrier.load(Ordering::Relaxed) {
            return true;
        }
        let heard = self.0.heard.load(Ordering::Relaxed);
        heard >= 0 && self.elapsed() - heard < Self::SILENCE
    }

    /// The text that carries an event to other nodes.
    pub fn envelope(&self, event: &Event) -> String {
        let envelope = Envelope { node: self.0.node.clone(), event: Some(event.clone()) };
        serde_json::to_string(&envelope).unwrap_or_default()
    }

    /// Tells this node's handlers.
    pub fn dispatch(&self, event: &Event) {
        if let Ok(handlers) = self.0.handlers.read() {
            for handler in handlers.iter() {
                handler(event);
            }
        }
    }

    /// Starts listening to the other nodes until `stop`.
    pub fn start(&self, db: Db, stop: CancellationToken) {
        self.0.serves.store(true, Ordering::Relaxed);
        let bus = self.clone();
        if db.is_postgres() {
            bus.0.needs_carrier.store(true, Ordering::Relaxed);
            tokio::spawn(bus.clone().beat(db.clone(), stop.clone()));
            tokio::spawn(async move { stop.run_until_cancelled(bus.listen(db)).await });
        } else {
            tokio::spawn(async move { stop.run_until_cancelled(bus.poll(db)).await });
        }
    }

    fn elapsed(&self) -> i64 {
        i64::try_from(self.0.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    fn reset(&self) {
        self.0.heard.store(-1, Ordering::Relaxed);
        self.dispatch(&Event { kind: Self::RESET.into(), id: 0, user: 0 });
    }

    /// Sends itself a message now and then: hearing it proves that the carrier carries.
    async fn beat(self, db: Db, stop: CancellationToken) {
        let Pools::Postgres(pool) = &db.pools else { return };
        let text = serde_json::to_string(&Envelope { node: self.0.node.clone(), event: None }).unwrap_or_default();
        while stop.run_until_cancelled(tokio::time::sleep(Self::BEAT)).await.is_some() {
            let sent = sqlx::query("SELECT pg_notify($1, $2)").bind(Self::CHANNEL).bind(&text).execute(pool).await;
            if let Err(error) = sent {
                tracing::warn!(%error, "the event bus cannot send");
            }
        }
    }

    async fn listen(self, db: Db) {
        let Pools::Postgres(pool) = &db.pools else { return };
        loop {
            self.reset();
            if let Err(error) = self.hear(pool).await {
                tracing::warn!(%error, "the event bus lost its connection, caches are off until it is back");
            }
            tokio::time::sleep(Self::BEAT).await;
        }
    }

    /// Hears notifications until the connection breaks.
    async fn hear(&self, pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(Self::CHANNEL).await?;
        while let Some(notification) = listener.try_recv().await? {
            match serde_json::from_str::<Envelope>(notification.payload()) {
                Ok(Envelope { node, event: None }) if node == self.0.node => {
                    self.0.heard.store(self.elapsed(), Ordering::Relaxed);
                }
                Ok(Envelope { node, event: Some(event) }) if node != self.0.node => self.dispatch(&event),
                _ => {}
            }
        }
        Ok(())
    }

    /// SQLite: what commands beside the server left for it.
    async fn poll(self, db: Db) {
        let Pools::Sqlite { read, write } = &db.pools else { return };
        loop {
            tokio::time::sleep(Self::BEAT).await;
            let rows: Vec<(i64, String)> =
                match sqlx::query_as("SELECT id, payload FROM outside_event ORDER BY id LIMIT 100")
                    .fetch_all(read)
                    .await
                {
                    Ok(rows) => rows,
                    Err(error) => {
                        tracing::warn!(%error, "cannot read the events of other processes");
                        continue;
                    }
                };
            let Some((last, _)) = rows.last() else { continue };
            for (_, payload) in &rows {
                if let Ok(Envelope { event: Some(event), .. }) = serde_json::from_str(payload) {
                    self.dispatch(&event);
                }
            }
            let cleared = sqlx::query("DELETE FROM outside_event WHERE id <= $1").bind(last).execute(write).await;
            if let Err(error) = cleared {
                tracing::warn!(%error, "cannot clear the events of other processes");
            }
        }
    }
}
