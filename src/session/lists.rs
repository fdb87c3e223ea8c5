//! The sessions of a user, remembered by the rules by which `cache.rs` remembers who is signed in. What
//! moves all the time, the last activity, is added when the list is shown.

use std::sync::Arc;

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
        remembered::{Remembered, Stale},
    },
};

const BYTES: u64 = 32 << 20;

type Rows = Arc<[Arc<Session>]>;

pub struct Lists(Remembered<i64, Rows>);

impl Lists {
    pub fn new(bus: &Bus) -> Self {
        let weigh = |rows: &Rows| rows.iter().map(|row| row.weight()).sum();
        Self(Remembered::new(bus, BYTES, weigh, stale))
    }

    /// The sessions of a user; some may have expired since they were read.
    pub async fn find(&self, db: &Db, user: i64, now: Timestamp) -> Result<Rows, sqlx::Error> {
        let read = async { Ok(store::of_user(db, user, now).await?.into_iter().map(Arc::new).collect()) };
        self.0.of(user, &[user], read).await
    }
}

fn stale(event: &Event) -> Stale {
    match event.kind.as_str() {
        SESSION_BEGUN | SESSION_CHANGED | SESSION_ENDED | ACCOUNT_CHANGED => Stale::topic(event.user),
        _ => Stale::Nothing,
    }
}
