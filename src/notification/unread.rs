//! How many notifications somebody has not read, remembered so that a page needs no query for the bell.

use super::{actions, store};
use crate::{
    account::actions::ACCOUNT_CHANGED,
    platform::{
        actor::Actor,
        db::Db,
        events::{Bus, Event},
        remembered::{Remembered, Stale},
    },
};

const BYTES: u64 = 8 << 20;

pub struct Unread(Remembered<i64, i64>);

impl Unread {
    pub fn new(bus: &Bus) -> Self {
        Self(Remembered::new(bus, BYTES, |_| size_of::<i64>(), stale))
    }

    pub async fn of(&self, db: &Db, actor: &Actor) -> Result<i64, sqlx::Error> {
        self.0.of(actor.user, &[actor.user], store::count(db, actor.user, actor.role.is_staff(), true)).await
    }
}

fn stale(event: &Event) -> Stale {
    match event.kind.as_str() {
        actions::NEW | actions::READ | actions::DELETED | ACCOUNT_CHANGED => Stale::topic(event.user),
        _ => Stale::Nothing,
    }
}
