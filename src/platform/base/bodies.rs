//! How much of all bodies together is in memory, and who may send files when: one person one form at a
//! time, so many forms in all.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{
    address::Address,
    error::{Error, Result},
};

/// Bytes of a body in memory; longer ones are refused or lie on disk. The longest message takes 90,000 in
/// a form, whose escapes make nine bytes of a letter of three.
pub const MAX_BODY: usize = 128 << 10;
/// Bytes of all bodies that are being read, and of those of one address.
const MAX_ALL: u64 = 32 << 20;
const MAX_OF_ADDRESS: u64 = 4 << 20;
/// Forms with files that are being read; each takes some of the disk.
const UPLOADS_AT_ONCE: usize = 32;
/// Forms of one person that wait for the one being read.
const WAITING: usize = 8;
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// What is being received. Clones share it.
#[derive(Clone)]
pub struct Bodies(Arc<Inner>);

struct Inner {
    rooms: Mutex<Held>,
    persons: Mutex<HashMap<i64, Arc<Semaphore>>>,
    uploads: Arc<Semaphore>,
}

impl Default for Bodies {
    fn default() -> Self {
        Self(Arc::new(Inner {
            rooms: Mutex::default(),
            persons: Mutex::default(),
            uploads: Arc::new(Semaphore::new(UPLOADS_AT_ONCE)),
        }))
    }
}

/// A person's right to send files now.
pub struct Turn {
    bodies: Bodies,
    own: Option<OwnedSemaphorePermit>,
    _one: OwnedSemaphorePermit,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.own = None;
        self.bodies.forget();
    }
}

impl Bodies {
    /// Waits until the person's other forms are read, and fewer than so many others.
    ///
    /// # Errors
    /// 429 when too many of the person's forms wait, or after five minutes; nothing is read of the body.
    pub async fn turn(&self, user: i64) -> Result<Turn> {
        let own = {
            let mut persons = lock(&self.0.persons);
            let own = persons.entry(user).or_insert_with(|| Arc::new(Semaphore::new(1)));
            if Arc::strong_count(own) > 1 + WAITING {
                return Err(Error::too_many(1));
            }
            own.clone()
        };
        let waited = timeout(LONGEST_WAIT, async {
            let own = own.acquire_owned().await;
            (own, self.0.uploads.clone().acquire_owned().await)
        });
        match waited.await {
            Ok((Ok(own), Ok(one))) => Ok(Turn { bodies: self.clone(), own: Some(own), _one: one }),
            _ => {
                self.forget();
                Err(Error::too_many(LONGEST_WAIT.as_secs()))
            }
        }
    }

    /// Drops what is kept of persons who send nothing.
    fn forget(&self) {
        lock(&self.0.persons).retain(|_, own| Arc::strong_count(own) > 1);
    }

    /// Keeps room for so many bytes of one address.
    ///
    /// # Errors
    /// 429 when the address has its share, 503 (`busy`) when all are taken.
    pub fn room(&self, address: Address, bytes: u64) -> Result<Room> {
        let mut counts = lock(&self.0.rooms);
        let own = counts.of.get(&address).copied().unwrap_or(0);
        if own + bytes > MAX_OF_ADDRESS {
            return Err(Error::too_many(1));
        }
        if counts.all + bytes > MAX_ALL {
            return Err(Error::busy(1));
        }
        counts.all += bytes;
        counts.of.insert(address, own + bytes);
        Ok(Room { bodies: self.clone(), address, bytes })
    }
}

/// Bytes of all bodies, and of each address.
#[derive(Default)]
struct Held {
    all: u64,
    of: HashMap<Address, u64>,
}

/// Memory that a body may take until it is dropped.
pub struct Room {
    bodies: Bodies,
    address: Address,
    bytes: u64,
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut counts = lock(&self.bodies.0.rooms);
        counts.all -= self.bytes;
        let rest = counts.of.remove(&self.address).unwrap_or(0) - self.bytes;
        if rest > 0 {
            counts.of.insert(self.address, rest);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{platform::base::error::Kind, testing::until};

    #[tokio::test]
    async fn door_09_one_person_sends_one_form_at_a_time() {
        let bodies = Bodies::default();
        let first = bodies.turn(1).await.unwrap();
        let other = bodies.turn(2).await.unwrap();
        let waiting: Vec<_> = (0..WAITING - 1)
            .map(|_| {
                tokio::spawn({
                    let bodies = bodies.clone();
                    async move { bodies.turn(1).await.is_ok() }
                })
            })
            .collect();
        until(async || Arc::strong_count(&lock(&bodies.0.persons)[&1]) == 1 + WAITING).await;
        assert!(waiting.iter().all(|task| !task.is_finished()));
        let more = tokio::spawn({
            let bodies = bodies.clone();
            async move { bodies.turn(1).await.is_ok() }
        });
        until(async || Arc::strong_count(&lock(&bodies.0.persons)[&1]) == 2 + WAITING).await;
        let refused = timeout(Duration::from_secs(10), bodies.turn(1)).await.expect("one more waits");
        assert_eq!(refused.err().unwrap().kind, Kind::TooManyRequests);
        drop(first);
        for task in waiting {
            assert!(task.await.unwrap());
        }
        assert!(more.await.unwrap());
        drop(other);
        assert!(lock(&bodies.0.persons).is_empty());
        assert_eq!(bodies.0.uploads.available_permits(), UPLOADS_AT_ONCE);
    }

    #[test]
    fn door_09_all_bodies_have_a_bound_and_each_address_a_part_of_it() {
        let bodies = Bodies::default();
        let address = |n: u8| Address::from(std::net::IpAddr::from([192, 0, 2, n]));
        let most = MAX_BODY as u64;
        let of_one = MAX_OF_ADDRESS / most;
        let mut rooms: Vec<_> = (0..of_one).map(|_| bodies.room(address(1), most).unwrap()).collect();
        assert_eq!(bodies.room(address(1), 1).err().unwrap().kind, Kind::TooManyRequests);
        for n in 2..=8 {
            rooms.extend((0..of_one).map(|_| bodies.room(address(n), most).unwrap()));
        }
        assert_eq!(bodies.room(address(9), 1).err().unwrap().kind, Kind::Unavailable);
        drop(rooms);
        let held = lock(&bodies.0.rooms);
        assert!(held.all == 0 && held.of.is_empty());
    }
}
