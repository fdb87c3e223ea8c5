//! Codes that this node looked up lately and that nobody has taken up yet: a computer that polls needs
//! no trip to the database. Safe as the cache of sessions is: an event from any node takes a code out,
//! a row read before an event is not kept after it, and while the bus is not heard nothing is used.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{
    model::{Request, Status},
    store,
    waiting::QR_CHANGED,
};
use crate::platform::{
    clock::Timestamp,
    db::Db,
    events::{Bus, Event},
};

const LIFE: Duration = Duration::from_secs(15);
const CAPACITY: u64 = 50_000;

type ByCode = moka::sync::Cache<Vec<u8>, Arc<Request>>;
/// Never wrong, for a request keeps its code.
type CodeOf = moka::sync::Cache<i64, Vec<u8>>;

pub struct Known {
    by_code: ByCode,
    code_of: CodeOf,
    bus: Bus,
    /// Grows with every event.
    events: Arc<AtomicU64>,
}

impl Known {
    pub fn new(bus: &Bus) -> Self {
        let by_code: ByCode = moka::sync::Cache::builder().max_capacity(CAPACITY).time_to_live(LIFE).build();
        let code_of: CodeOf = moka::sync::Cache::builder().max_capacity(CAPACITY).time_to_live(LIFE * 2).build();
        let events = Arc::new(AtomicU64::new(0));
        bus.on_event({
            let (by_code, code_of, events) = (by_code.clone(), code_of.clone(), events.clone());
            move |event| forget(&by_code, &code_of, &events, event)
        });
        Self { by_code, code_of, bus: bus.clone(), events }
    }

    /// The request, if it is known to be pending at this moment.
    pub fn pending(&self, code_hash: &[u8], now: Timestamp) -> Option<Arc<Request>> {
        if !self.bus.is_alive() {
            return None;
        }
        self.by_code.get(code_hash).filter(|row| row.status_at(now) == Status::Pending)
    }

    /// The request as the database has it now.
    pub async fn find_fresh(&self, db: &Db, code_hash: &[u8]) -> Result<Option<Arc<Request>>, sqlx::Error> {
        let before = self.events.load(Ordering::SeqCst);
        let found = store::any_by_code(db, code_hash).await?.map(Arc::new);
        if let Some(row) = found.as_ref().filter(|row| row.status == Status::Pending && self.bus.is_alive()) {
            // First the way by which an event finds it.
            self.code_of.insert(row.id, row.code_hash.clone());
            self.by_code.insert(row.code_hash.clone(), row.clone());
            if self.events.load(Ordering::SeqCst) != before {
                self.by_code.invalidate(&row.code_hash);
            }
        }
        Ok(found)
    }
}

fn forget(by_code: &ByCode, code_of: &CodeOf, events: &AtomicU64, event: &Event) {
    match event.kind.as_str() {
        QR_CHANGED => {
            events.fetch_add(1, Ordering::SeqCst);
            if let Some(code) = code_of.get(&event.id) {
                by_code.invalidate(&code);
            }
        }
        Bus::RESET => {
            events.fetch_add(1, Ordering::SeqCst);
            by_code.invalidate_all();
        }
        _ => {}
    }
}
