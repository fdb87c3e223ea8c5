//! What is read of tickets again and again, remembered until a ticket or an account changes on any node:
//! pages of lists, the numbers above them, conversations as they are shown. Whoever reads is part of the
//! key, so nothing of anybody's reaches another, and an internal note touches nothing of a customer's.

use std::{sync::Arc, time::Duration};

use sha2::{Digest, Sha256};

use super::{
    conversation::Conversation,
    events,
    model::Scope,
    reading::Item,
    shown::Person,
    store,
    store_list::{self, Count, Narrow},
};
use crate::{
    account::actions::ACCOUNT_CHANGED,
    platform::{
        base::{clock::Timestamp, i18n::Lang, markdown},
        data::{
            cache::{Cache, Caches, Plan, Touched},
            db::Db,
            events::Event,
        },
    },
};

const LIFE: Duration = Duration::from_secs(60);
const DESK: Plan = Plan { name: "desk", percent: 1, life: LIFE };
const COUNTS: Plan = Plan { name: "ticket_counts", percent: 3, life: LIFE };
const LISTS: Plan = Plan { name: "ticket_lists", percent: 18, life: LIFE };
const SEEN: Plan = Plan { name: "seen", percent: 2, life: LIFE };
const CONVERSATIONS: Plan = Plan { name: "conversations", percent: 25, life: LIFE };
/// What a text looks like depends on nothing else.
const TEXTS: Plan = Plan { name: "texts", percent: 8, life: Duration::from_secs(3600) };

/// What the lists and numbers of tickets stand under.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Desk {
    /// What staff sees of all tickets.
    Staff,
    /// One reader's tickets and marks.
    Of(i64),
}

/// A ticket, as one side sees it.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Side {
    Owner(i64),
    /// With its notes.
    Staff(i64),
}

/// What every operator sees on every page: the numbers of the desk at one moment.
pub struct Numbers {
    pub counts: Arc<[Count]>,
    pub operators: Vec<Person>,
    /// Since when the customer waits who has waited longest.
    pub oldest_wait: Option<Timestamp>,
}

/// A page of a list without a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListKey {
    pub scope: Scope,
    /// Whose marks of what was seen.
    pub reader: i64,
    pub narrow: Narrow,
    pub page: i64,
    pub page_size: i64,
}

/// A conversation as it is shown to somebody in one minute.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConversationKey {
    pub ticket: i64,
    pub scope: Scope,
    pub reader: i64,
    pub lang: Lang,
    pub timezone: String,
    pub minute: i64,
    /// How many answers at least.
    pub shown: i64,
}

pub struct Memory {
    desk: Cache<(), Arc<Numbers>, Desk>,
    counts: Cache<i64, Arc<[Count]>, Desk>,
    lists: Cache<ListKey, Arc<[Item]>, Desk>,
    /// Tickets of which a reader has seen all, by reader and ticket.
    seen: Cache<(i64, i64), (), Side>,
    conversations: Cache<ConversationKey, Arc<Conversation>, Side>,
    /// Messages as HTML, by their SHA-256: a conversation is read much oftener than written.
    texts: Cache<[u8; 32], Arc<str>, ()>,
}

impl Memory {
    pub fn new(caches: &Caches) -> Self {
        Self {
            desk: Cache::new(caches, DESK, |(), _| size_of::<Numbers>(), touches_desk),
            counts: Cache::new(caches, COUNTS, |_, counts| size_of_val::<[Count]>(counts), touches_desk),
            lists: Cache::new(caches, LISTS, |_, items| items.iter().map(Item::weight).sum(), touches_desk),
            seen: Cache::new(caches, SEEN, |_, ()| 0, touches_ticket),
            conversations: Cache::new(caches, CONVERSATIONS, |_, one| one.weight(), touches_ticket),
            texts: Cache::new(caches, TEXTS, |_, html| html.len(), |_| Touched::Nothing),
        }
    }

    /// A message as it is shown.
    pub fn html(&self, text: &str) -> Arc<str> {
        let key: [u8; 32] = Sha256::digest(text).into();
        let moment = self.texts.now();
        self.texts.get(&key).unwrap_or_else(|| {
            let html: Arc<str> = markdown::html(text).into();
            self.texts.keep(moment, key, [(); 2], html.clone());
            html
        })
    }

    /// For staff only.
    pub async fn any_numbers(&self, db: &Db) -> Result<Arc<Numbers>, sqlx::Error> {
        let read = async {
            Ok(Arc::new(Numbers {
                counts: store_list::any_counts(db).await?.into(),
                operators: store::any_operators(db).await?,
                oldest_wait: store_list::any_oldest_wait(db).await?,
            }))
        };
        self.desk.of((), [Desk::Staff, Desk::Staff], read).await
    }

    /// How many tickets the reader has of each sort.
    pub async fn counts(&self, db: &Db, scope: Scope) -> Result<Arc<[Count]>, sqlx::Error> {
        match scope {
            Scope::All => Ok(self.any_numbers(db).await?.counts.clone()),
            Scope::Own(user) => {
                let read = async { Ok(store_list::counts_of(db, user).await?.into()) };
                self.counts.of(user, [Desk::Of(user), Desk::Of(user)], read).await
            }
        }
    }

    pub async fn list<E>(
        &self,
        key: ListKey,
        read: impl Future<Output = Result<Arc<[Item]>, E>>,
    ) -> Result<Arc<[Item]>, E> {
        let whose = if key.scope.is_staff() { Desk::Staff } else { Desk::Of(key.reader) };
        self.lists.of(key, [whose, Desk::Of(key.reader)], read).await
    }

    /// Notes by `note` that a reader was shown a ticket, unless nothing has happened to it since the last time.
    pub async fn seen<E>(
        &self,
        scope: Scope,
        reader: i64,
        ticket: i64,
        note: impl Future<Output = Result<(), E>>,
    ) -> Result<(), E> {
        self.seen.of((reader, ticket), [side(scope, ticket), side(scope, ticket)], note).await
    }

    pub async fn conversation<E>(
        &self,
        key: ConversationKey,
        read: impl Future<Output = Result<Arc<Conversation>, E>>,
    ) -> Result<Arc<Conversation>, E> {
        let topics = [side(key.scope, key.ticket), side(key.scope, key.ticket)];
        self.conversations.of(key, topics, read).await
    }
}

fn side(scope: Scope, ticket: i64) -> Side {
    if scope.is_staff() { Side::Staff(ticket) } else { Side::Owner(ticket) }
}

fn touches_desk(event: &Event) -> Touched<Desk> {
    match event.kind {
        events::CHANGED => Touched::Two(Desk::Of(event.user), Desk::Staff),
        events::SEEN => Touched::One(Desk::Of(event.user)),
        // Names and roles stand in everybody's.
        ACCOUNT_CHANGED => Touched::All,
        _ => Touched::Nothing,
    }
}

fn touches_ticket(event: &Event) -> Touched<Side> {
    match event.kind {
        events::CHANGED => Touched::Two(Side::Owner(event.id), Side::Staff(event.id)),
        events::NOTED => Touched::One(Side::Staff(event.id)),
        ACCOUNT_CHANGED => Touched::All,
        _ => Touched::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_touches_nothing_of_its_customer() {
        let event = |kind| Event { kind, id: 7, user: 5 };
        let noted = event(events::NOTED);
        assert_eq!(touches_ticket(&noted), Touched::One(Side::Staff(7)));
        assert_eq!(touches_desk(&noted), Touched::Nothing);
        let changed = event(events::CHANGED);
        assert_eq!(touches_ticket(&changed), Touched::Two(Side::Owner(7), Side::Staff(7)));
        assert_eq!(touches_desk(&changed), Touched::Two(Desk::Of(5), Desk::Staff));
    }
}
