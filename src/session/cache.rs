//! Who is signed in, remembered for some seconds so that a request needs no trip to the database.
//! Ending a session clears it on every node through the bus; while the bus is not heard, nothing is
//! remembered at all.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::store::{self, Live};
use crate::{
    account::actions::ACCOUNT_CHANGED,
    platform::{
        db::Db,
        events::{Bus, Event},
    },
};

/// One session ended (`id`), or all of a user's but one may have (`id` 0).
pub const SESSION_ENDED: &str = "session.ended";
/// A user (`user`) has one session more (`id`).
pub const SESSION_BEGUN: &str = "session.begun";
/// Something about one session changed.
pub const SESSION_CHANGED: &str = "session.changed";

const LIFE: Duration = Duration::from_secs(15);
const CAPACITY: u64 = 50_000;

pub struct Cache {
    live: moka::sync::Cache<i64, Arc<Live>>,
    bus: Bus,
    /// Grows with every event: a row that was read before an event is not kept after it.
    events: Arc<AtomicU64>,
}

impl Cache {
    pub fn new(bus: &Bus) -> Self {
        let live = moka::sync::Cache::builder()
            .max_capacity(CAPACITY)
            .time_to_live(LIFE)
            .support_invalidation_closures()
            .build();
        let events = Arc::new(AtomicU64::new(0));
        bus.on_event({
            let (live, events) = (live.clone(), events.clone());
            move |event| forget(&live, &events, event)
        });
        Self { live, bus: bus.clone(), events }
    }

    /// The session, from memory if that can be trusted.
    pub async fn find(&self, db: &Db, session: i64) -> Result<Option<Arc<Live>>, sqlx::Error> {
        if self.bus.is_alive()
            && let Some(found) = self.live.get(&session)
        {
            return Ok(Some(found));
        }
        self.find_fresh(db, session).await
    }

    /// The session as the database has it now.
    pub async fn find_fresh(&self, db: &Db, session: i64) -> Result<Option<Arc<Live>>, sqlx::Error> {
        let before = self.events.load(Ordering::SeqCst);
        let found = store::any_live(db, session).await?.map(Arc::new);
        if let Some(row) = &found
            && self.bus.is_alive()
        {
            self.live.insert(session, row.clone());
            if self.events.load(Ordering::SeqCst) != before {
                self.live.invalidate(&session);
            }
        }
        Ok(found)
    }
}

fn forget(live: &moka::sync::Cache<i64, Arc<Live>>, events: &AtomicU64, event: &Event) {
    match event.kind.as_str() {
        SESSION_ENDED | SESSION_CHANGED if event.id != 0 => {
            events.fetch_add(1, Ordering::SeqCst);
            live.invalidate(&event.id);
        }
        SESSION_ENDED | ACCOUNT_CHANGED => {
            events.fetch_add(1, Ordering::SeqCst);
            let user = event.user;
            // Fails only without support for closures, which the builder asked for.
            if live.invalidate_entries_if(move |_, row| row.actor.user == user).is_err() {
                live.invalidate_all();
            }
        }
        Bus::RESET => {
            events.fetch_add(1, Ordering::SeqCst);
            live.invalidate_all();
        }
        _ => {}
    }
}
