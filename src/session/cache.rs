//! Who is signed in, remembered for some seconds so that a request needs no trip to the database.
//! Ending a session clears it on every node through the bus.

use std::{sync::Arc, time::Duration};

use super::store::{self, Live};
use crate::{
    account::actions::ACCOUNT_CHANGED,
    platform::data::{
        cache::{Cache, Caches, Plan, Touched},
        db::Db,
        events::Event,
    },
};

crate::events! {
    /// One session ended (`id`), or all of a user's but one may have (`id` 0).
    SESSION_ENDED = "session.ended";
    /// A user (`user`) has one session more (`id`).
    SESSION_BEGUN = "session.begun";
    /// Something about one session changed.
    SESSION_CHANGED = "session.changed";
}

const PLAN: Plan = Plan { name: "sessions", percent: 15, life: Duration::from_secs(15) };

#[derive(PartialEq, Eq, Hash)]
enum Topic {
    Session(i64),
    User(i64),
}

/// By the session's id.
pub struct SignedIn(Cache<i64, Arc<Live>, Topic>);

impl SignedIn {
    pub fn new(caches: &Caches) -> Self {
        Self(Cache::new(caches, PLAN, |_, live| live.weight(), touches))
    }

    /// The session, from memory if that can be trusted.
    pub async fn find(&self, db: &Db, session: i64) -> Result<Option<Arc<Live>>, sqlx::Error> {
        match self.0.get(&session) {
            Some(found) => Ok(Some(found)),
            None => self.find_fresh(db, session).await,
        }
    }

    /// The session as the database has it now.
    pub async fn find_fresh(&self, db: &Db, session: i64) -> Result<Option<Arc<Live>>, sqlx::Error> {
        let moment = self.0.now();
        let found = store::any_live(db, session).await?.map(Arc::new);
        if let Some(live) = &found {
            self.0.keep(moment, session, [Topic::Session(session), Topic::User(live.actor.user)], live.clone());
        }
        Ok(found)
    }
}

fn touches(event: &Event) -> Touched<Topic> {
    match event.kind {
        SESSION_ENDED | SESSION_CHANGED if event.id != 0 => Touched::One(Topic::Session(event.id)),
        SESSION_ENDED | ACCOUNT_CHANGED => Touched::One(Topic::User(event.user)),
        _ => Touched::Nothing,
    }
}
