//! How many notifications somebody has not read, remembered for some seconds so that a page needs no
//! query for the bell. What changes the number is an event, and every node forgets.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{actions, store};
use crate::{
    account::actions::ACCOUNT_CHANGED,
    platform::{
        actor::Actor,
        db::Db,
        events::{Bus, Event},
    },
};

const LIFE: Duration = Duration::from_secs(15);
const CAPACITY: u64 = 50_000;

pub struct Unread {
    counts: moka::sync::Cache<i64, i64>,
    bus: Bus,
    /// Grows with every event: a number that was read before an event is not kept after it.
    events: Arc<AtomicU64>,
}

impl Unread {
    pub fn new(bus: &Bus) -> Self {
        let counts = moka::sync::Cache::builder().max_capacity(CAPACITY).time_to_live(LIFE).build();
        let events = Arc::new(AtomicU64::new(0));
        bus.on_event({
            let (counts, events) = (counts.clone(), events.clone());
            move |event| forget(&counts, &events, event)
        });
        Self { counts, bus: bus.clone(), events }
    }

    pub async fn of(&self, db: &Db, actor: &Actor) -> Result<i64, sqlx::Error> {
        let alive = self.bus.is_alive();
        if let Some(count) = self.counts.get(&actor.user).filter(|_| alive) {
            return Ok(count);
        }
        let before = self.events.load(Ordering::SeqCst);
        let count = store::count(db, actor.user, actor.role.is_staff(), true).await?;
        if alive {
            self.counts.insert(actor.user, count);
            if self.events.load(Ordering::SeqCst) != before {
                self.counts.invalidate(&actor.user);
            }
        }
        Ok(count)
    }
}

fn forget(counts: &moka::sync::Cache<i64, i64>, events: &AtomicU64, event: &Event) {
    match event.kind.as_str() {
        actions::NEW | actions::READ | actions::DELETED | ACCOUNT_CHANGED => {
            events.fetch_add(1, Ordering::SeqCst);
            counts.invalidate(&event.user);
        }
        Bus::RESET => {
            events.fetch_add(1, Ordering::SeqCst);
            counts.invalidate_all();
        }
        _ => {}
    }
}
