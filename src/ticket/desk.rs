//! What every operator sees on every page: how many tickets there are of each sort, who can be
//! assigned, who waits longest. Remembered until a ticket or an account changes, on any node, and for
//! some seconds at most.

use std::{
    sync::{
        Arc, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    model::Person,
    store,
    store_list::{self, Count},
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

/// The numbers of the desk at one moment.
pub struct Numbers {
    pub counts: Vec<Count>,
    pub operators: Vec<Person>,
    /// Since when the customer waits who has waited longest.
    pub oldest_wait: Option<Timestamp>,
}

type Kept = Arc<RwLock<Option<(Arc<Numbers>, Instant)>>>;

pub struct Desk {
    kept: Kept,
    bus: Bus,
    /// Grows with every event: what was read before an event is not kept after it.
    events: Arc<AtomicU64>,
}

impl Desk {
    pub fn new(bus: &Bus) -> Self {
        let (kept, events) = (Kept::default(), Arc::new(AtomicU64::new(0)));
        bus.on_event({
            let (kept, events) = (kept.clone(), events.clone());
            move |event| forget(&kept, &events, event)
        });
        Self { kept, bus: bus.clone(), events }
    }

    /// For staff only.
    pub async fn any_numbers(&self, db: &Db) -> Result<Arc<Numbers>, sqlx::Error> {
        let alive = self.bus.is_alive();
        if let Some(numbers) = self.remembered().filter(|_| alive) {
            return Ok(numbers);
        }
        let before = self.events.load(Ordering::SeqCst);
        let numbers = Arc::new(Numbers {
            counts: store_list::any_counts(db).await?,
            operators: store::any_operators(db).await?,
            oldest_wait: store_list::any_oldest_wait(db).await?,
        });
        if alive && let Ok(mut kept) = self.kept.write() {
            // Under the lock that `forget` takes: an event either is seen here or clears this.
            if self.events.load(Ordering::SeqCst) == before {
                *kept = Some((numbers.clone(), Instant::now()));
            }
        }
        Ok(numbers)
    }

    fn remembered(&self) -> Option<Arc<Numbers>> {
        let kept = self.kept.read().ok()?;
        kept.as_ref().filter(|(_, since)| since.elapsed() < LIFE).map(|(numbers, _)| numbers.clone())
    }
}

fn forget(kept: &Kept, events: &AtomicU64, event: &Event) {
    if matches!(event.kind.as_str(), Bus::GROWN | Bus::RESET | ACCOUNT_CHANGED) {
        events.fetch_add(1, Ordering::SeqCst);
        if let Ok(mut kept) = kept.write() {
            *kept = None;
        }
    }
}
