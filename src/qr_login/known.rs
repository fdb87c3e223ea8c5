//! Codes that this node looked up lately and that nobody has taken up yet: a computer that polls needs
//! no trip to the database.

use std::{sync::Arc, time::Duration};

use super::{
    model::{Request, Status},
    store,
    waiting::QR_CHANGED,
};
use crate::platform::{
    base::clock::Timestamp,
    data::{
        cache::{Cache, Caches, Plan, Touched},
        db::Db,
        events::Event,
    },
};

const PLAN: Plan = Plan { name: "codes", percent: 5, life: Duration::from_secs(15) };

/// By the hash of the code, under the request's id.
pub struct Known(Cache<Vec<u8>, Arc<Request>, i64>);

impl Known {
    pub fn new(caches: &Caches) -> Self {
        Self(Cache::new(caches, PLAN, |code, request| code.len() + request.weight(), touches))
    }

    /// The request, if it is known to be pending at this moment.
    pub fn pending(&self, code_hash: &[u8], now: Timestamp) -> Option<Arc<Request>> {
        self.0.get(code_hash).filter(|row| row.status_at(now) == Status::Pending)
    }

    /// The request as the database has it now.
    pub async fn find_fresh(&self, db: &Db, code_hash: &[u8]) -> Result<Option<Arc<Request>>, sqlx::Error> {
        let moment = self.0.now();
        let found = store::any_by_code(db, code_hash).await?.map(Arc::new);
        if let Some(row) = found.as_ref().filter(|row| row.status == Status::Pending) {
            self.0.keep(moment, row.code_hash.clone(), [row.id; 2], row.clone());
        }
        Ok(found)
    }
}

fn touches(event: &Event) -> Touched<i64> {
    match event.kind {
        QR_CHANGED => Touched::One(event.id),
        _ => Touched::Nothing,
    }
}
