//! The sessions of a user, remembered as `cache.rs` remembers who is signed in and by the same rules:
//! for some seconds, until an event from any node, never while the bus is not heard. What moves all the
//! time, the last activity, is added when the list is shown.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{
    cache::{SESSION_BEGUN, SESSION_CHANGED, SESSION_ENDED},
    model::Session,
    store,
};
use crate::{
    account::actions::ACCOUNT_CHANGED,
    platform::{
        clock::Timestamp,
        db::Db,
        events::{Bus, Event},
    },
};

const LIFE: Duration = Duration::from_secs(15);
/// In bytes of all lists together.
const CAPACITY: u64 = 32 * 1024 * 1024;

type Rows = Arc<[Arc<Session>]>;

pub struct Lists {
    of_user: moka::sync::Cache<i64, Rows>,
    bus: Bus,
    /// Grows with every event: rows that were read before one are not kept after it.
    events: Arc<AtomicU64>,
}

impl Lists {
    pub fn new(bus: &Bus) -> Self {
        let of_user = moka::sync::Cache::builder()
            .max_capacity(CAPACITY)
            .weigher(|_, rows: &Rows| rows.iter().map(|row| row.weight()).sum())
            .time_to_live(LIFE)
            .build();
        let events = Arc::new(AtomicU64::new(0));
        bus.on_event({
            let (of_user, events) = (of_user.clone(), events.clone());
            move |event| forget(&of_user, &events, event)
        });
        Self { of_user, bus: bus.clone(), events }
    }

    /// The sessions of a user; some may have expired since they were read.
    pub async fn find(&self, db: &Db, user: i64, now: Timestamp) -> Result<Rows, sqlx::Error> {
        if self.bus.is_alive()
            && let Some(found) = self.of_user.get(&user)
        {
            return Ok(found);
        }
        let before = self.events.load(Ordering::SeqCst);
        let rows: Rows = store::of_user(db, user, now).await?.into_iter().map(Arc::new).collect();
        if self.bus.is_alive() {
            self.of_user.insert(user, rows.clone());
            if self.events.load(Ordering::SeqCst) != before {
                self.of_user.invalidate(&user);
            }
        }
        Ok(rows)
    }
}

fn forget(of_user: &moka::sync::Cache<i64, Rows>, events: &AtomicU64, event: &Event) {
    match event.kind.as_str() {
        SESSION_BEGUN | SESSION_CHANGED | SESSION_ENDED | ACCOUNT_CHANGED => {
            events.fetch_add(1, Ordering::SeqCst);
            of_user.invalidate(&event.user);
        }
        Bus::RESET => {
            events.fetch_add(1, Ordering::SeqCst);
            of_user.invalidate_all();
        }
        _ => {}
    }
}
