//! What was read from the database lately, so that a request needs no trip there. Kept for a minute,
//! until an event from any node touches its topic; while the bus is not heard, nothing is.

use std::{
    any::Any,
    fmt::Debug,
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::sync::Cache;

use super::events::{Bus, Event};

/// Events are what keeps it true: this is for who changes the database by hand.
const LIFE: Duration = Duration::from_secs(60);
/// Topics share these counters: two that meet in one cost a read too many, never a wrong answer.
const COUNTERS: usize = 4096;

/// What an event makes stale.
#[derive(Debug, PartialEq, Eq)]
pub enum Stale {
    Nothing,
    /// What was read under any of these topics.
    Topics([i64; 2]),
    All,
}

impl Stale {
    pub fn topic(topic: i64) -> Self {
        Self::Topics([topic; 2])
    }
}

/// Values of one sort by their key. Clones are the same memory.
#[derive(Clone)]
pub struct Remembered<K, V> {
    kept: Cache<String, Kept>,
    bus: Bus,
    stamps: Stamps,
    sort: PhantomData<fn(K) -> V>,
}

/// Of any type, under its stamp: a cache of its own for each would be 90 KB of program each. For the
/// same reason keys are their texts.
type Kept = (u64, Arc<dyn Any + Send + Sync>);

impl<K: Debug, V: Clone + Send + Sync + 'static> Remembered<K, V> {
    /// Keeps `bytes` at most, by `weigh`. `stale` says what an event touches; it must be quick. That
    /// events may have been missed makes all stale.
    pub fn new(
        bus: &Bus,
        bytes: u64,
        weigh: impl Fn(&V) -> usize + Send + Sync + 'static,
        stale: impl Fn(&Event) -> Stale + Send + Sync + 'static,
    ) -> Self {
        let weight = move |key: &String, (_, value): &Kept| {
            let size = value.downcast_ref().map_or(0, &weigh) + key.len() + OVERHEAD;
            u32::try_from(size).unwrap_or(u32::MAX)
        };
        let kept = Cache::builder().max_capacity(bytes).weigher(weight).time_to_live(LIFE).build();
        let stamps = Stamps::default();
        bus.on_event({
            let stamps = stamps.clone();
            move |event| match stale(event) {
                _ if event.kind == Bus::RESET => stamps.touch_all(),
                Stale::Nothing => {}
                Stale::Topics(topics) => topics.iter().for_each(|topic| stamps.touch(*topic)),
                Stale::All => stamps.touch_all(),
            }
        });
        Self { kept, bus: bus.clone(), stamps, sort: PhantomData }
    }

    /// The value of `key`, which stands under these topics; read when it is not known.
    pub async fn of<E>(&self, key: K, topics: &[i64], read: impl Future<Output = Result<V, E>>) -> Result<V, E> {
        // Before the read: what is touched meanwhile is kept under a stamp that has passed.
        let stamp = self.stamps.of(topics);
        let key = format!("{key:?}");
        if self.bus.is_alive()
            && let Some((kept, value)) = self.kept.get(&key)
            && kept == stamp
            && let Some(value) = value.downcast_ref::<V>()
        {
            return Ok(value.clone());
        }
        let value = read.await?;
        if self.bus.is_alive() {
            self.kept.insert(key, (stamp, Arc::new(value.clone())));
        }
        Ok(value)
    }
}

/// What an entry takes besides its value, about.
const OVERHEAD: usize = 160;

/// How often each topic was touched.
#[derive(Clone)]
struct Stamps(Arc<[AtomicU64]>);

impl Default for Stamps {
    fn default() -> Self {
        Self((0..COUNTERS).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Stamps {
    /// Grows when any of the topics is touched.
    fn of(&self, topics: &[i64]) -> u64 {
        topics.iter().filter_map(|topic| self.counter(*topic)).map(|counter| counter.load(Ordering::SeqCst)).sum()
    }

    fn touch(&self, topic: i64) {
        if let Some(counter) = self.counter(topic) {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn touch_all(&self) {
        for counter in self.0.iter() {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn counter(&self, topic: i64) -> Option<&AtomicU64> {
        self.0.get(topic.rem_euclid(COUNTERS as i64) as usize)
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, convert::Infallible};

    use super::*;
    use crate::platform::events::Carrier;

    fn event(kind: &str, id: i64) -> Event {
        Event { kind: kind.into(), id, user: 0 }
    }

    fn memory(bus: &Bus) -> Remembered<&'static str, u32> {
        Remembered::new(
            bus,
            1 << 20,
            |_| 4,
            |event| match event.kind.as_str() {
                "changed" => Stale::topic(event.id),
                "pair" => Stale::Topics([event.id, -1]),
                "all" => Stale::All,
                _ => Stale::Nothing,
            },
        )
    }

    /// What is known of `key`; the next number when it must be read.
    async fn ask(memory: &Remembered<&'static str, u32>, key: &'static str, topics: &[i64], next: &Cell<u32>) -> u32 {
        let read = async {
            next.set(next.get() + 1);
            Ok::<_, Infallible>(next.get())
        };
        memory.of(key, topics, read).await.unwrap()
    }

    #[tokio::test]
    async fn a_value_is_kept_until_one_of_its_topics_is_touched() {
        let bus = Bus::new(Carrier::Database);
        let (memory, next) = (memory(&bus), Cell::new(0));
        let a = async || ask(&memory, "a", &[1, 2], &next).await;
        let b = async || ask(&memory, "b", &[3, -1], &next).await;
        assert_eq!((a().await, b().await, a().await, b().await), (1, 2, 1, 2));
        bus.after_commit(&[event("other", 1)], &[]);
        assert_eq!((a().await, b().await), (1, 2), "nothing of theirs");
        bus.after_commit(&[event("changed", 2)], &[]);
        assert_eq!((a().await, b().await), (3, 2), "the second topic of a");
        bus.after_commit(&[event("pair", 7)], &[]);
        assert_eq!((a().await, b().await), (3, 4), "topics may be negative");
        bus.after_commit(&[event("all", 0)], &[]);
        assert_eq!((a().await, b().await), (5, 6));
        bus.after_commit(&[event(Bus::RESET, 0)], &[]);
        assert_eq!((a().await, b().await), (7, 8), "events may have been missed");
    }

    #[tokio::test]
    async fn what_was_read_before_an_event_is_not_kept_after_it() {
        let bus = Bus::new(Carrier::Database);
        let (memory, next) = (memory(&bus), Cell::new(0));
        let slow = async {
            bus.after_commit(&[event("changed", 1)], &[]);
            Ok::<_, Infallible>(100)
        };
        assert_eq!(memory.of("a", &[1], slow).await.unwrap(), 100);
        assert_eq!(ask(&memory, "a", &[1], &next).await, 1, "read anew");
    }

    #[tokio::test]
    async fn a_failed_read_is_not_kept() {
        let bus = Bus::new(Carrier::Database);
        let (memory, next) = (memory(&bus), Cell::new(0));
        assert_eq!(memory.of("a", &[1], async { Err("gone") }).await, Err("gone"));
        assert_eq!(ask(&memory, "a", &[1], &next).await, 1);
    }
}
