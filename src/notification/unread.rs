//! How many notifications somebody has not read, remembered so that a page needs no query for the bell.

use std::time::Duration;

use super::{events, store};
use crate::{
    account::actions::ACCOUNT_CHANGED,
    platform::{
        base::actor::Actor,
        data::{
            cache::{Cache, Caches, Plan, Touched},
            db::Db,
            events::Event,
        },
    },
};

const PLAN: Plan = Plan { name: "unread", percent: 3, life: Duration::from_secs(60) };

/// By the reader.
pub struct Unread(Cache<i64, i64, i64>);

impl Unread {
    pub fn new(caches: &Caches) -> Self {
        Self(Cache::new(caches, PLAN, |_, _| 0, touches))
    }

    pub async fn of(&self, db: &Db, actor: &Actor) -> Result<i64, sqlx::Error> {
        self.0.of(actor.user, [actor.user; 2], store::count(db, actor.user, actor.role.is_staff(), true)).await
    }
}

fn touches(event: &Event) -> Touched<i64> {
    match event.kind {
        events::NEW | events::READ | events::DELETED | ACCOUNT_CHANGED => Touched::One(event.user),
        _ => Touched::Nothing,
    }
}
