//! The sessions of a user, remembered by the rules by which `cache.rs` remembers who is signed in. What
//! moves all the time, the last activity, is added when the list is shown.

use std::{sync::Arc, time::Duration};

use super::{
    cache::{SESSION_BEGUN, SESSION_CHANGED, SESSION_ENDED},
    model::Session,
    store,
};
use crate::{
    account::actions::ACCOUNT_CHANGED,
    platform::{
        base::clock::Timestamp,
        data::{
            cache::{Cache, Caches, Plan, Touched},
            db::Db,
            events::Event,
        },
    },
};

const PLAN: Plan = Plan { name: "session_lists", percent: 15, life: Duration::from_secs(60) };

type Rows = Arc<[Arc<Session>]>;

/// By the user.
pub struct Lists(Cache<i64, Rows, i64>);

impl Lists {
    pub fn new(caches: &Caches) -> Self {
        Self(Cache::new(caches, PLAN, |_, rows| rows.iter().map(|row| row.weight()).sum(), touches))
    }

    /// The sessions of a user; some may have expired since they were read.
    pub async fn find(&self, db: &Db, user: i64, now: Timestamp) -> Result<Rows, sqlx::Error> {
        let read = async { Ok(store::of_user(db, user, now).await?.into_iter().map(Arc::new).collect()) };
        self.0.of(user, [user; 2], read).await
    }
}

fn touches(event: &Event) -> Touched<i64> {
    match event.kind {
        SESSION_BEGUN | SESSION_CHANGED | SESSION_ENDED | ACCOUNT_CHANGED => Touched::One(event.user),
        _ => Touched::Nothing,
    }
}
