//! Who is connected, and what they wait for.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::{Notify, mpsc};

use super::{Topic, Viewer, Whom};
use crate::platform::{
    base::{actor::Actor, i18n::Lang},
    data::events::{Audience, Bus, Entry},
};

/// Messages that may wait for one socket. Who reads more slowly is dropped, and catches up later.
const QUEUE: usize = 64;

/// What waits for a socket.
pub(super) enum Item {
    Text(Utf8Bytes),
    /// Look again whether you may stay.
    LookAgain,
}

struct Seat {
    user: i64,
    session: i64,
    is_staff: bool,
    lang: Lang,
    topics: Vec<Topic>,
    queue: mpsc::Sender<Item>,
    dropped: Arc<Notify>,
}

#[derive(Default)]
struct Seats {
    next: u64,
    all: HashMap<u64, Seat>,
    by_user: HashMap<i64, Vec<u64>>,
    staff: HashSet<u64>,
    /// The last place in the log that those present at the time were told.
    position: Option<i64>,
}

pub(super) struct Hub {
    seats: Mutex<Seats>,
    bus: Bus,
    most_per_user: u32,
}

/// A socket's place in the hub; given back when dropped.
pub(super) struct Taken {
    hub: Arc<Hub>,
    number: u64,
    pub queue: mpsc::Receiver<Item>,
    /// Told when this socket reads too slowly.
    pub dropped: Arc<Notify>,
}

impl Hub {
    pub fn new(bus: Bus, most_per_user: u32) -> Self {
        Self { seats: Mutex::default(), bus, most_per_user }
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        // Every change under this lock is complete in itself.
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far in the log those present have been told; nothing while that is not known yet.
    pub fn position(&self) -> Option<i64> {
        self.seats().position
    }

    pub fn set_position(&self, seq: i64) {
        self.seats().position = Some(seq);
        self.bus.set_position(seq);
    }

    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.seats().all.len()
    }

    /// Nothing when this person has too many sockets already.
    pub fn enter(self: &Arc<Self>, actor: &Actor, lang: Lang) -> Option<Taken> {
        let (sender, queue) = mpsc::channel(QUEUE);
        let dropped = Arc::new(Notify::new());
        let mut seats = self.seats();
        if seats.by_user.get(&actor.user).map_or(0, Vec::len) >= self.most_per_user as usize {
            return None;
        }
        let number = seats.next;
        seats.next += 1;
        let is_staff = actor.role.is_staff();
        let (user, session) = (actor.user, actor.session);
        seats.all.insert(
            number,
            Seat { user, session, is_staff, lang, topics: Vec::new(), queue: sender, dropped: dropped.clone() },
        );
        seats.by_user.entry(user).or_default().push(number);
        if is_staff {
            seats.staff.insert(number);
        }
        drop(seats);
        metrics::gauge!("websockets_open").increment(1);
        Some(Taken { hub: self.clone(), number, queue, dropped })
    }

    /// Who hears an entry, by what they may see. From now on it counts as told: who subscribes later
    /// gets it from the log.
    pub fn listeners(&self, entry: &Entry, topic: Option<Topic>) -> Vec<(Viewer, Vec<u64>)> {
        let mut seats = self.seats();
        seats.position = Some(entry.seq);
        self.bus.set_position(entry.seq);
        let Some(topic) = topic else { return Vec::new() };
        let nobody = Vec::new();
        let owners = seats.by_user.get(&entry.user).unwrap_or(&nobody).iter();
        let numbers: HashSet<u64> = match entry.audience {
            Audience::Nodes => HashSet::new(),
            Audience::Owner => owners.copied().collect(),
            Audience::Staff => seats.staff.clone(),
            Audience::OwnerAndStaff => owners.chain(&seats.staff).copied().collect(),
        };
        let mut groups: Vec<(Viewer, Vec<u64>)> = Vec::new();
        for number in numbers {
            let Some(seat) = seats.all.get(&number).filter(|seat| seat.topics.contains(&topic)) else { continue };
            let viewer = Viewer { is_owner: seat.user == entry.user, is_staff: seat.is_staff, lang: seat.lang };
            match groups.iter_mut().find(|(known, _)| *known == viewer) {
                Some((_, numbers)) => numbers.push(number),
                None => groups.push((viewer, vec![number])),
            }
        }
        groups
    }

    /// The operators who listen to a topic.
    pub fn staff(&self, topic: Topic) -> Vec<u64> {
        let seats = self.seats();
        let listens = |number: &&u64| seats.all.get(number).is_some_and(|seat| seat.topics.contains(&topic));
        seats.staff.iter().filter(listens).copied().collect()
    }

    /// Leaves a text for these sockets. One whose queue is full is dropped. Says whether it is time to
    /// let them read.
    pub fn tell(&self, numbers: &[u64], text: &Utf8Bytes) -> bool {
        let mut seats = self.seats();
        for number in numbers {
            seats.put(*number, || Item::Text(text.clone()));
        }
        let is_filling = |seat: &Seat| seat.queue.capacity() < QUEUE / 2;
        numbers.iter().filter_map(|number| seats.all.get(number)).any(is_filling)
    }

    /// Has these sockets look again whether they may stay.
    pub fn look_again(&self, whom: Whom) {
        let concerned = |seat: &Seat| match whom {
            Whom::Nobody => false,
            Whom::Session(session) => seat.session == session,
            Whom::User(user) => seat.user == user,
            Whom::Everybody => true,
        };
        if whom == Whom::Nobody {
            return;
        }
        let mut seats = self.seats();
        let numbers: Vec<u64> = seats.all.iter().filter(|(_, seat)| concerned(seat)).map(|(n, _)| *n).collect();
        for number in numbers {
            seats.put(number, || Item::LookAgain);
        }
    }
}

impl Seats {
    fn put(&mut self, number: u64, item: impl FnOnce() -> Item) {
        let Some(seat) = self.all.get(&number) else { return };
        if seat.queue.try_send(item()).is_err() {
            seat.dropped.notify_one();
            self.remove(number);
        }
    }

    fn remove(&mut self, number: u64) {
        let Some(seat) = self.all.remove(&number) else { return };
        self.staff.remove(&number);
        if let Some(numbers) = self.by_user.get_mut(&seat.user) {
            numbers.retain(|other| *other != number);
            if numbers.is_empty() {
                self.by_user.remove(&seat.user);
            }
        }
    }
}

impl Taken {
    /// Listens to a topic, and says from which place in the log on everything is told.
    pub fn subscribe(&self, topic: Topic) -> i64 {
        let mut seats = self.hub.seats();
        if let Some(seat) = seats.all.get_mut(&self.number) {
            seat.topics.retain(|other| *other != topic);
            seat.topics.push(topic);
        }
        seats.position.unwrap_or(0)
    }

    pub fn unsubscribe(&self, topic: Topic) {
        if let Some(seat) = self.hub.seats().all.get_mut(&self.number) {
            seat.topics.retain(|other| *other != topic);
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.hub.seats().remove(self.number);
        metrics::gauge!("websockets_open").decrement(1);
    }
}
