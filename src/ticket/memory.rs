//! What is read of tickets again and again, remembered until a ticket or an account changes on any node:
//! pages of lists, the numbers above them, conversations as they are shown. Whoever reads is part of the
//! key, so nothing of anybody's reaches another, and an internal note touches nothing of a customer's.

use std::sync::Arc;

use super::{
    conversation::Conversation,
    events,
    model::{Person, Scope},
    reading::Item,
    store,
    store_list::{self, Count, Narrow},
};
use crate::{
    account::actions::ACCOUNT_CHANGED,
    platform::{
        clock::Timestamp,
        db::Db,
        events::{Bus, Event},
        i18n::Lang,
        remembered::{Remembered, Stale},
    },
};

const DESK_BYTES: u64 = 1 << 20;
const COUNTS_BYTES: u64 = 8 << 20;
const LISTS_BYTES: u64 = 32 << 20;
const CONVERSATIONS_BYTES: u64 = 32 << 20;

/// The topic of what staff sees of all tickets; customers' are their ids.
const STAFF: i64 = -1;

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
}

pub struct Memory {
    desk: Remembered<(), Arc<Numbers>>,
    counts: Remembered<i64, Arc<[Count]>>,
    lists: Remembered<ListKey, Arc<[Item]>>,
    conversations: Remembered<ConversationKey, Arc<Conversation>>,
}

impl Memory {
    pub fn new(bus: &Bus) -> Self {
        let counted = |counts: &Arc<[Count]>| counts.len() * size_of::<Count>();
        Self {
            desk: Remembered::new(bus, DESK_BYTES, |_| size_of::<Numbers>(), touches_lists),
            counts: Remembered::new(bus, COUNTS_BYTES, counted, touches_lists),
            lists: Remembered::new(
                bus,
                LISTS_BYTES,
                |items: &Arc<[Item]>| items.iter().map(Item::weight).sum(),
                touches_lists,
            ),
            conversations: Remembered::new(
                bus,
                CONVERSATIONS_BYTES,
                |one: &Arc<Conversation>| one.weight(),
                touches_ticket,
            ),
        }
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
        self.desk.of((), &[STAFF], read).await
    }

    /// How many tickets the reader has of each sort.
    pub async fn counts(&self, db: &Db, scope: Scope) -> Result<Arc<[Count]>, sqlx::Error> {
        match scope {
            Scope::All => Ok(self.any_numbers(db).await?.counts.clone()),
            Scope::Own(user) => {
                let read = async { Ok(store_list::counts_of(db, user).await?.into()) };
                self.counts.of(user, &[user], read).await
            }
        }
    }

    pub async fn list<E>(
        &self,
        key: ListKey,
        read: impl Future<Output = Result<Arc<[Item]>, E>>,
    ) -> Result<Arc<[Item]>, E> {
        let whose = if key.scope.is_staff() { STAFF } else { key.reader };
        self.lists.of(key, &[whose, key.reader], read).await
    }

    pub async fn conversation<E>(
        &self,
        key: ConversationKey,
        read: impl Future<Output = Result<Arc<Conversation>, E>>,
    ) -> Result<Arc<Conversation>, E> {
        let side = if key.scope.is_staff() { for_staff(key.ticket) } else { for_owner(key.ticket) };
        self.conversations.of(key, &[side], read).await
    }
}

fn touches_lists(event: &Event) -> Stale {
    match event.kind.as_str() {
        events::CHANGED => Stale::Topics([event.user, STAFF]),
        events::SEEN => Stale::topic(event.user),
        // Names and roles stand in everybody's.
        ACCOUNT_CHANGED => Stale::All,
        _ => Stale::Nothing,
    }
}

fn touches_ticket(event: &Event) -> Stale {
    match event.kind.as_str() {
        events::CHANGED => Stale::Topics([for_owner(event.id), for_staff(event.id)]),
        events::NOTED => Stale::topic(for_staff(event.id)),
        ACCOUNT_CHANGED => Stale::All,
        _ => Stale::Nothing,
    }
}

/// The topic of a ticket as its owner sees it.
fn for_owner(ticket: i64) -> i64 {
    ticket * 2
}

/// The topic of a ticket with its notes.
fn for_staff(ticket: i64) -> i64 {
    ticket * 2 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_touches_nothing_of_its_customer() {
        let event = |kind: &str| Event { kind: kind.into(), id: 7, user: 5 };
        let noted = event(events::NOTED);
        assert_eq!(touches_ticket(&noted), Stale::topic(for_staff(7)));
        assert_eq!(touches_lists(&noted), Stale::Nothing);
        let changed = event(events::CHANGED);
        assert_eq!(touches_ticket(&changed), Stale::Topics([for_owner(7), for_staff(7)]));
        assert_eq!(touches_lists(&changed), Stale::Topics([5, STAFF]));
        assert_ne!(for_owner(7), for_staff(7));
    }
}
