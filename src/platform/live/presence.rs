//! Which operators look at a ticket or answer it. Kept in memory on every node, refreshed by
//! heartbeats, carried by the bus as ids; customers hear nothing of it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{sync::mpsc, time::Instant};

use super::{Live, Message};
use crate::platform::data::events::{Event, EventKind};

crate::events! {
    VIEWING = "presence.viewing";
    TYPING = "presence.typing";
    LEFT = "presence.left";
}

const SWEEP: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Viewing,
    Typing,
    Left,
}

impl State {
    pub fn event(self, ticket: i64, user: i64) -> Event {
        let kind = match self {
            Self::Viewing => VIEWING,
            Self::Typing => TYPING,
            Self::Left => LEFT,
        };
        Event { kind, id: ticket, user }
    }

    fn of(kind: EventKind) -> Option<Self> {
        match kind {
            VIEWING => Some(Self::Viewing),
            TYPING => Some(Self::Typing),
            LEFT => Some(Self::Left),
            _ => None,
        }
    }
}

pub(super) fn is_kind(kind: EventKind) -> bool {
    State::of(kind).is_some()
}

struct Here {
    username: String,
    typing: bool,
    until: Instant,
}

/// Ticket → user.
type Table = HashMap<i64, BTreeMap<i64, Here>>;

#[derive(Default)]
pub(super) struct Presence(Mutex<Table>);

impl Presence {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn knows(&self, ticket: i64, user: i64) -> bool {
        self.table().get(&ticket).is_some_and(|here| here.contains_key(&user))
    }

    /// Notes a heartbeat; says whether anybody sees a difference. Somebody new needs a name.
    fn note(&self, ticket: i64, user: i64, state: State, name: Option<String>, until: Instant) -> bool {
        let mut table = self.table();
        if state == State::Left {
            let Some(here) = table.get_mut(&ticket) else { return false };
            let was_here = here.remove(&user).is_some();
            if here.is_empty() {
                table.remove(&ticket);
            }
            return was_here;
        }
        let typing = state == State::Typing;
        if let Some(known) = table.get_mut(&ticket).and_then(|here| here.get_mut(&user)) {
            known.until = until;
            return std::mem::replace(&mut known.typing, typing) != typing;
        }
        let Some(username) = name else { return false };
        table.entry(ticket).or_default().insert(user, Here { username, typing, until });
        true
    }

    /// Forgets who was not heard of, and says at which tickets.
    fn expire(&self, now: Instant) -> Vec<i64> {
        let mut changed = Vec::new();
        self.table().retain(|ticket, here| {
            let before = here.len();
            here.retain(|_, person| person.until > now);
            if here.len() < before {
                changed.push(*ticket);
            }
            !here.is_empty()
        });
        changed
    }

    /// Who is there, for operators.
    pub fn message(&self, ticket: i64) -> Message {
        let table = self.table();
        let empty = BTreeMap::new();
        let here = table.get(&ticket).unwrap_or(&empty);
        let person = |(id, person): (&i64, &Here)| json!({ "id": id, "username": person.username });
        let viewing: Vec<Value> = here.iter().map(person).collect();
        let typing: Vec<Value> = here.iter().filter(|(_, person)| person.typing).map(person).collect();
        Message::new("ticket:presence", json!({ "ticketId": ticket, "viewing": viewing, "typing": typing }))
    }

    /// The tickets at which somebody is.
    pub fn tickets(&self) -> Vec<i64> {
        self.table().keys().copied().collect()
    }
}

/// Takes in heartbeats of all nodes and tells operators what changed, until it is dropped.
pub(super) async fn run(live: &Live, mut heard: mpsc::Receiver<Event>) {
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            Some(event) = heard.recv() => {
                if let Some(state) = State::of(event.kind) {
                    take_in(live, &event, state).await;
                }
            }
            _ = sweep.tick() => live.presence.expire(Instant::now()).into_iter().for_each(|ticket| show(live, ticket)),
        }
    }
}

async fn take_in(live: &Live, event: &Event, state: State) {
    let name = match live.presence.knows(event.id, event.user) || state == State::Left {
        true => None,
        // Without a name nobody is shown; the next heartbeat asks again.
        false => live.door.username(event.user).await.ok().flatten(),
    };
    let until = Instant::now() + Duration::from_secs(live.settings.presence_seconds.into());
    if live.presence.note(event.id, event.user, state, name, until) {
        show(live, event.id);
    }
}

fn show(live: &Live, ticket: i64) {
    if let Some(topic) = live.topic_of_presence() {
        let _ = live.hub.tell(&live.hub.staff(topic), &live.presence.message(ticket).text());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_come_type_leave_and_are_forgotten() {
        let presence = Presence::default();
        let until = Instant::now() + Duration::from_secs(25);
        let note = |user, state, name: Option<&str>| presence.note(7, user, state, name.map(Into::into), until);
        assert!(!note(1, State::Viewing, None), "nobody without a name");
        assert!(note(1, State::Viewing, Some("Игорь")) && note(2, State::Typing, Some("Мария")));
        assert!(!note(1, State::Viewing, None), "a heartbeat changes nothing");
        assert!(note(1, State::Typing, None) && note(1, State::Viewing, None));
        let igor = json!({ "id": 1, "username": "Игорь" });
        let maria = json!({ "id": 2, "username": "Мария" });
        let shown =
            Message::new("ticket:presence", json!({ "ticketId": 7, "viewing": [igor, maria], "typing": [maria] }));
        assert_eq!(presence.message(7), shown);
        assert!(note(1, State::Left, None) && !note(1, State::Left, None));
        assert!(presence.expire(until - Duration::from_millis(1)).is_empty());
        assert_eq!(presence.expire(until), [7]);
        assert!(presence.tickets().is_empty());
    }
}
