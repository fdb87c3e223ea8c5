//! Domain events: after a commit every node hears what changed, as ids; readers load what they may
//! see. In one process they are function calls; between nodes PostgreSQL's NOTIFY or NATS carries them.
//!
//! Two kinds: an `Event` is heard once by who listens at the time (caches, somebody who waits); an
//! `Entry` is kept in the log, in order, for clients that must not miss it.

mod kind;
pub mod log;
mod nats;
mod postgres;
mod sqlite;

#[cfg(test)]
mod tests;

use std::{
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

pub use kind::EventKind;
pub use log::{Audience, Entry};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::platform::{
    base::keys,
    data::pools::{Inner, Pools},
};

/// Something that changed: what, which one, and whose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub kind: EventKind,
    pub id: i64,
    pub user: i64,
}

/// What travels between nodes. Without events: a beat, or on NATS "the log has grown".
#[derive(Serialize, Deserialize)]
struct Envelope {
    node: String,
    #[serde(default)]
    events: Vec<Event>,
}

/// Events in one envelope: NOTIFY takes 8000 bytes.
const MOST_TOLD: usize = 50;

type Handler = Box<dyn Fn(&Event) + Send + Sync>;

/// By what nodes hear each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Carrier {
    /// SQLite: nothing but function calls. PostgreSQL: NOTIFY.
    #[default]
    Database,
    /// The address of a NATS server.
    Nats(String),
}

/// NATS: its address, and both ends of what waits to be sent.
struct Nats {
    url: String,
    outbox: mpsc::Sender<String>,
    waiting: Mutex<Option<mpsc::Receiver<String>>>,
}

struct State {
    node: String,
    nats: Option<Nats>,
    serves: AtomicBool,
    /// Milliseconds after `started` at which the carrier was last known to be alive; -1 = never.
    heard: AtomicI64,
    started: Instant,
    needs_carrier: AtomicBool,
    handlers: RwLock<Vec<Handler>>,
    position: AtomicI64,
    /// Milliseconds after which nodes on NATS look at the log unasked.
    beat: AtomicU64,
}

/// The bus of this node. Clones are the same bus.
#[derive(Clone)]
pub struct Bus(Arc<State>);

impl Bus {
    /// Told to every handler when events may have been missed.
    pub const RESET: EventKind = EventKind::named("bus.reset");
    /// Told when the log has new entries.
    pub const GROWN: EventKind = EventKind::named("log.grown");
    const BEAT: Duration = Duration::from_millis(250);
    /// Silence after which caches must not be trusted: well under the second that is promised.
    const SILENCE: i64 = 900;

    pub fn new(carrier: Carrier) -> Self {
        EventKind::announce(&[Self::RESET, Self::GROWN]);
        let nats = match carrier {
            Carrier::Database => None,
            Carrier::Nats(url) => {
                let (outbox, waiting) = mpsc::channel(nats::OUTBOX);
                Some(Nats { url, outbox, waiting: Mutex::new(Some(waiting)) })
            }
        };
        Self(Arc::new(State {
            node: keys::random_token(),
            nats,
            serves: AtomicBool::new(false),
            heard: AtomicI64::new(-1),
            started: Instant::now(),
            needs_carrier: AtomicBool::new(false),
            handlers: RwLock::default(),
            position: AtomicI64::new(0),
            beat: AtomicU64::new(Self::BEAT.as_millis() as u64),
        }))
    }

    /// Calls `handler` for every event, in the publishing task: it must be quick.
    pub fn on_event(&self, handler: impl Fn(&Event) + Send + Sync + 'static) {
        if let Ok(mut handlers) = self.0.handlers.write() {
            handlers.push(Box::new(handler));
        }
    }

    /// Whether what other nodes do is heard here in time. While it is not, nothing may be cached.
    pub fn is_alive(&self) -> bool {
        if !self.0.needs_carrier.load(Ordering::Relaxed) {
            return true;
        }
        let heard = self.0.heard.load(Ordering::Relaxed);
        heard >= 0 && self.elapsed() - heard < Self::SILENCE
    }

    /// How far in the log the clients of this node have been told. A page that is made now shows all
    /// that came before.
    pub fn position(&self) -> i64 {
        self.0.position.load(Ordering::SeqCst)
    }

    pub fn set_position(&self, seq: i64) {
        self.0.position.fetch_max(seq, Ordering::SeqCst);
    }

    /// Tells every node something that may be lost, such as who is looking at what.
    pub async fn send(&self, pools: &Pools, event: &Event) -> Result<(), sqlx::Error> {
        self.dispatch(event);
        match (&self.0.nats, pools) {
            (Some(nats), _) => drop(nats.outbox.try_send(self.envelope(std::slice::from_ref(event)))),
            (None, Pools::Postgres(pool)) => {
                postgres::notify(pool, &self.envelope(std::slice::from_ref(event))).await?
            }
            (None, Pools::Sqlite { .. }) => {}
        }
        Ok(())
    }

    /// Tells this node's handlers.
    fn dispatch(&self, event: &Event) {
        if let Ok(handlers) = self.0.handlers.read() {
            for handler in handlers.iter() {
                handler(event);
            }
        }
    }

    /// Starts listening to the other nodes until `stop`.
    pub fn start(&self, pools: &Pools, stop: &CancellationToken) {
        self.0.serves.store(true, Ordering::Relaxed);
        self.0.needs_carrier.store(self.0.nats.is_some() || pools.is_postgres(), Ordering::Relaxed);
        if let Some(nats) = &self.0.nats {
            let waiting = nats.waiting.lock().ok().and_then(|mut waiting| waiting.take());
            if let Some(waiting) = waiting {
                nats::start(self, nats.url.clone(), waiting, pools.clone(), stop);
            }
            return;
        }
        match pools {
            Pools::Postgres(pool) => postgres::start(self, pool, stop),
            Pools::Sqlite { read, write } => {
                let poll = sqlite::poll(self.clone(), read.clone(), write.clone());
                tokio::spawn(stop.clone().run_until_cancelled_owned(poll));
            }
        }
    }

    /// The last step before a commit: leaves with the transaction what others must hear.
    pub(super) async fn before_commit(
        &self,
        tx: &mut Inner,
        events: &[Event],
        entries: &[Entry],
    ) -> Result<(), sqlx::Error> {
        if self.0.nats.is_some() {
            let told = events.iter().map(|event| Entry::new(event.kind, event.id, event.user, Audience::Nodes));
            let rows: Vec<_> = told.chain(entries.iter().cloned()).collect();
            if !rows.is_empty() {
                log::write(tx, &rows, &self.0.node).await?;
            }
            return Ok(());
        }
        let grown = (!entries.is_empty()).then(Self::grown);
        let told: Vec<Event> = events.iter().cloned().chain(grown).collect();
        for some in told.chunks(MOST_TOLD) {
            let text = self.envelope(some);
            match tx {
                Inner::Postgres(c) => postgres::notify(&mut **c, &text).await?,
                // A command that runs beside the server leaves its events for the server to find.
                Inner::Sqlite(c) if !self.0.serves.load(Ordering::Relaxed) => {
                    const SQL: &str = "INSERT INTO outside_event (payload) VALUES ($1)";
                    sqlx::query(SQL).bind(text).execute(&mut **c).await?;
                }
                Inner::Sqlite(_) => {}
            }
        }
        // Last, for from here on other writers wait until the commit.
        if !entries.is_empty() {
            log::write(tx, entries, &self.0.node).await?;
        }
        Ok(())
    }

    /// The transaction is committed.
    pub(super) fn after_commit(&self, events: &[Event], entries: &[Entry]) {
        for event in events {
            self.dispatch(event);
        }
        if !entries.is_empty() {
            self.dispatch(&Self::grown());
        }
        if let Some(nats) = &self.0.nats
            && !(events.is_empty() && entries.is_empty())
        {
            drop(nats.outbox.try_send(self.envelope(&[])));
        }
    }

    fn grown() -> Event {
        Event { kind: Self::GROWN, id: 0, user: 0 }
    }

    fn envelope(&self, events: &[Event]) -> String {
        let envelope = Envelope { node: self.0.node.clone(), events: events.to_vec() };
        serde_json::to_string(&envelope).unwrap_or_default()
    }

    fn node(&self) -> &str {
        &self.0.node
    }

    fn elapsed(&self) -> i64 {
        i64::try_from(self.0.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    fn beat(&self) -> Duration {
        Duration::from_millis(self.0.beat.load(Ordering::Relaxed))
    }

    /// From the next look at the log on: shows that what is heard came by NATS.
    #[cfg(test)]
    pub fn look_only_when_told(&self, only: bool) {
        let beat = if only { Duration::from_secs(3600) } else { Self::BEAT };
        self.0.beat.store(beat.as_millis() as u64, Ordering::Relaxed);
    }

    fn heard_at(&self, elapsed: i64) {
        self.0.heard.store(elapsed, Ordering::Relaxed);
    }

    fn reset(&self) {
        self.heard_at(-1);
        self.dispatch(&Event { kind: Self::RESET, id: 0, user: 0 });
    }
}

/// How long to wait after so many failures in a row: from a quarter of a second up to four, and not
/// all nodes at the same moment.
fn pause(failures: u32) -> Duration {
    let longest = 250 << failures.saturating_sub(1).min(4);
    Duration::from_millis(longest / 2 + rand::random_range(0..=longest / 2))
}
