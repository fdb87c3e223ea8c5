//! What was read or made lately, so that a request needs no trip to the database. An entry stands under
//! topics; an event from any node that touches one of them makes it stale, and while the bus is not heard
//! nothing is used. What was read before an event is not kept after it.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    marker::PhantomData,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use quick_cache::{OptionsBuilder, Weighter, sync::DefaultLifecycle};

use crate::platform::data::events::{Bus, Event};

/// Topics share these counters: two that meet in one cost a read too many, never a wrong answer.
const COUNTERS: usize = 4096;
/// What an entry takes besides its value, about.
const OVERHEAD: usize = 160;
/// A shard holds no entry that is heavier than itself, so there are few.
const SHARDS: usize = 4;

/// The memory of all caches together, and how well each does.
#[derive(Clone)]
pub struct Caches {
    bus: Bus,
    bytes: u64,
    all: Arc<Mutex<Vec<Report>>>,
}

/// One cache among all: how it is called in figures, what it may take, and how long an entry is trusted
/// without an event, for who changes the database by hand.
pub struct Plan {
    pub name: &'static str,
    /// Of the memory of all caches.
    pub percent: u64,
    pub life: Duration,
}

struct Report {
    plan: Plan,
    counts: Arc<Counts>,
    bytes: Box<dyn Fn() -> u64 + Send + Sync>,
}

#[derive(Default)]
struct Counts {
    hits: AtomicU64,
    misses: AtomicU64,
}

impl Caches {
    pub fn new(bus: &Bus, mib: u32) -> Self {
        Self { bus: bus.clone(), bytes: u64::from(mib) << 20, all: Arc::default() }
    }

    /// Writes the figures of all caches.
    pub fn report(&self) {
        for Report { plan, counts, bytes } in self.all.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            for (outcome, count) in [("hit", &counts.hits), ("miss", &counts.misses)] {
                metrics::counter!("cache_reads_total", "cache" => plan.name, "outcome" => outcome)
                    .absolute(count.load(Ordering::Relaxed));
            }
            metrics::gauge!("cache_bytes", "cache" => plan.name).set(bytes() as f64);
        }
    }

    /// A percentage is a share of one whole, so a plan too many is a fault of ours.
    fn add(&self, report: Report) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(report);
        debug_assert!(all.iter().map(|one| one.plan.percent).sum::<u64>() <= 100, "the caches are more than a whole");
    }
}

/// What an event makes stale.
#[derive(Debug, PartialEq, Eq)]
pub enum Touched<T> {
    Nothing,
    One(T),
    Two(T, T),
    All,
}

/// Values `V` by their key, under topics `T`. Clones are the same memory.
pub struct Cache<K, V, T> {
    kept: Arc<Kept<K, V>>,
    bus: Bus,
    stamps: Stamps,
    counts: Arc<Counts>,
    life: Duration,
    topics: PhantomData<fn(T)>,
}

type Kept<K, V> = quick_cache::sync::Cache<K, Entry<V>, Weigh<K, V>>;

#[derive(Clone)]
struct Entry<V> {
    value: V,
    /// The counters of its topics; one twice where it has one topic.
    counters: [u16; 2],
    stamp: u64,
    since: Instant,
}

struct Weigh<K, V>(fn(&K, &V) -> usize);

impl<K, V> Clone for Weigh<K, V> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<K, V> Weighter<K, Entry<V>> for Weigh<K, V> {
    fn weight(&self, key: &K, entry: &Entry<V>) -> u64 {
        ((self.0)(key, &entry.value) + size_of::<K>() + size_of::<Entry<V>>() + OVERHEAD) as u64
    }
}

impl<K, V, T> Cache<K, V, T>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    T: Hash + 'static,
{
    /// `weigh` says how many bytes key and value have elsewhere in memory, `touches` what an event makes stale; it
    /// must be quick. That events may have been missed makes all stale.
    pub fn new(caches: &Caches, plan: Plan, weigh: fn(&K, &V) -> usize, touches: fn(&Event) -> Touched<T>) -> Self {
        let capacity = caches.bytes * plan.percent / 100;
        let mut options = OptionsBuilder::new();
        options.shards(SHARDS).weight_capacity(capacity).estimated_items_capacity((capacity >> 10) as usize);
        // Fails only where one of the two is not said.
        let kept = match options.build() {
            Ok(options) => Kept::with_options(options, Weigh(weigh), Default::default(), DefaultLifecycle::default()),
            Err(_) => Kept::with_weighter(1, capacity, Weigh(weigh)),
        };
        let kept = Arc::new(kept);
        let (stamps, counts, life) = (Stamps::default(), Arc::<Counts>::default(), plan.life);
        let bytes = {
            let kept = kept.clone();
            Box::new(move || kept.weight())
        };
        caches.add(Report { plan, counts: counts.clone(), bytes });
        caches.bus.on_event({
            let stamps = stamps.clone();
            move |event| match touches(event) {
                _ if event.kind == Bus::RESET => stamps.touch_all(),
                Touched::Nothing => {}
                Touched::One(one) => stamps.touch(&one),
                Touched::Two(one, two) => {
                    stamps.touch(&one);
                    stamps.touch(&two);
                }
                Touched::All => stamps.touch_all(),
            }
        });
        Self { kept, bus: caches.bus.clone(), stamps, counts, life, topics: PhantomData }
    }

    /// The value of `key`, which stands under these topics; read when it is not known.
    pub async fn of<E>(&self, key: K, topics: [T; 2], read: impl Future<Output = Result<V, E>>) -> Result<V, E> {
        if let Some(value) = self.get(&key) {
            return Ok(value);
        }
        let moment = self.now();
        let value = read.await?;
        self.keep(moment, key, topics, value.clone());
        Ok(value)
    }

    /// The value, if nothing touched it.
    pub fn get<Q: Hash + quick_cache::Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<V> {
        let found = self.bus.is_alive().then(|| self.kept.get(key)).flatten();
        let fresh = found.filter(|entry| self.stamps.is_fresh(entry) && entry.since.elapsed() < self.life);
        let count = if fresh.is_some() { &self.counts.hits } else { &self.counts.misses };
        count.fetch_add(1, Ordering::Relaxed);
        fresh.map(|entry| entry.value)
    }

    /// To be asked before a value is read that is to be kept.
    pub fn now(&self) -> Moment {
        Moment(self.stamps.now())
    }

    /// Keeps what was read after the moment, unless it was touched meanwhile.
    pub fn keep(&self, moment: Moment, key: K, topics: [T; 2], value: V) {
        let counters = topics.map(|topic| counter(&topic));
        let entry = Entry { value, counters, stamp: moment.0, since: Instant::now() };
        if self.bus.is_alive() && self.stamps.is_fresh(&entry) {
            self.kept.insert(key, entry);
        }
    }
}

/// A moment among the events.
pub struct Moment(u64);

/// When each topic was touched last, in events since the start.
#[derive(Clone)]
struct Stamps(Arc<Times>);

struct Times {
    events: AtomicU64,
    all: AtomicU64,
    topics: Box<[AtomicU64]>,
}

impl Default for Stamps {
    fn default() -> Self {
        let topics = (0..COUNTERS).map(|_| AtomicU64::new(0)).collect();
        Self(Arc::new(Times { events: AtomicU64::new(0), all: AtomicU64::new(0), topics }))
    }
}

impl Stamps {
    fn now(&self) -> u64 {
        self.0.events.load(Ordering::SeqCst)
    }

    fn touch<T: Hash>(&self, topic: &T) {
        if let Some(time) = self.0.topics.get(usize::from(counter(topic))) {
            time.fetch_max(self.next(), Ordering::SeqCst);
        }
    }

    fn touch_all(&self) {
        self.0.all.fetch_max(self.next(), Ordering::SeqCst);
    }

    fn next(&self) -> u64 {
        self.0.events.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn is_fresh<V>(&self, entry: &Entry<V>) -> bool {
        let times = entry.counters.iter().filter_map(|at| self.0.topics.get(usize::from(*at)));
        times.chain([&self.0.all]).all(|time| time.load(Ordering::SeqCst) <= entry.stamp)
    }
}

fn counter<T: Hash>(topic: &T) -> u16 {
    let mut hasher = DefaultHasher::new();
    topic.hash(&mut hasher);
    (hasher.finish() % COUNTERS as u64) as u16
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, convert::Infallible};

    use super::*;
    use crate::platform::data::events::{Carrier, EventKind};

    crate::events! {
        CHANGED = "test.changed";
        PAIR = "test.pair";
        ALL = "test.all";
        OTHER = "test.other";
    }

    fn event(kind: EventKind, id: i64) -> Event {
        Event { kind, id, user: 0 }
    }

    type Numbers = Cache<&'static str, u32, i64>;

    fn cache(bus: &Bus, bytes: fn(&&'static str, &u32) -> usize) -> Numbers {
        EventKind::announce(EVENTS);
        let plan = Plan { name: "numbers", percent: 100, life: Duration::from_secs(60) };
        Cache::new(&Caches::new(bus, 1), plan, bytes, |event| match event.kind {
            CHANGED => Touched::One(event.id),
            PAIR => Touched::Two(event.id, -1),
            ALL => Touched::All,
            _ => Touched::Nothing,
        })
    }

    /// What is known of `key`; the next number when it must be read.
    async fn ask(cache: &Numbers, key: &'static str, topics: [i64; 2], next: &Cell<u32>) -> u32 {
        let read = async {
            next.set(next.get() + 1);
            Ok::<_, Infallible>(next.get())
        };
        cache.of(key, topics, read).await.unwrap()
    }

    #[tokio::test]
    async fn a_value_is_kept_until_one_of_its_topics_is_touched() {
        let bus = Bus::new(Carrier::Database);
        let (cache, next) = (cache(&bus, |_, _| 4), Cell::new(0));
        let a = async || ask(&cache, "a", [1, 2], &next).await;
        let b = async || ask(&cache, "b", [3, -1], &next).await;
        assert_eq!((a().await, b().await, a().await, b().await), (1, 2, 1, 2));
        bus.after_commit(&[event(OTHER, 1)], &[]);
        assert_eq!((a().await, b().await), (1, 2), "nothing of theirs");
        bus.after_commit(&[event(CHANGED, 2)], &[]);
        assert_eq!((a().await, b().await), (3, 2), "the second topic of a");
        bus.after_commit(&[event(PAIR, 7)], &[]);
        assert_eq!((a().await, b().await), (3, 4), "the second topic of the event");
        bus.after_commit(&[event(ALL, 0)], &[]);
        assert_eq!((a().await, b().await), (5, 6));
        bus.after_commit(&[event(Bus::RESET, 0)], &[]);
        assert_eq!((a().await, b().await), (7, 8), "events may have been missed");
    }

    #[tokio::test]
    async fn what_was_read_before_an_event_is_not_kept_after_it() {
        let bus = Bus::new(Carrier::Database);
        let (cache, next) = (cache(&bus, |_, _| 4), Cell::new(0));
        let slow = async {
            bus.after_commit(&[event(CHANGED, 1)], &[]);
            Ok::<_, Infallible>(100)
        };
        assert_eq!(cache.of("a", [1, 1], slow).await.unwrap(), 100);
        assert_eq!(ask(&cache, "a", [1, 1], &next).await, 1, "read anew");
        let slow = async {
            bus.after_commit(&[event(CHANGED, 2)], &[]);
            Ok::<_, Infallible>(200)
        };
        assert_eq!(cache.of("b", [1, 1], slow).await.unwrap(), 200);
        assert_eq!(ask(&cache, "b", [1, 1], &next).await, 200, "another topic's event does no harm");
    }

    #[tokio::test]
    async fn a_failed_read_is_not_kept() {
        let bus = Bus::new(Carrier::Database);
        let (cache, next) = (cache(&bus, |_, _| 4), Cell::new(0));
        assert_eq!(cache.of("a", [1, 1], async { Err("gone") }).await, Err("gone"));
        assert_eq!(ask(&cache, "a", [1, 1], &next).await, 1);
    }

    #[tokio::test]
    async fn its_memory_is_bounded_and_its_reads_are_counted() {
        let bus = Bus::new(Carrier::Database);
        let (cache, next) = (cache(&bus, |_, _| 100 << 10), Cell::new(0));
        for key in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n"] {
            ask(&cache, key, [1, 1], &next).await;
            ask(&cache, key, [1, 1], &next).await;
        }
        assert!((1..=10).contains(&cache.kept.len()), "{}", cache.kept.len());
        let counts = [&cache.counts.hits, &cache.counts.misses].map(|count| count.load(Ordering::Relaxed));
        assert_eq!(counts, [14, 14]);
    }
}
