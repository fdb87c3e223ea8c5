//! Threads for what takes the processor: few of them, behind those that answer requests, with a queue
//! whose length is measured in time. Nothing that computes for longer than a millisecond runs elsewhere.

use std::{
    collections::VecDeque,
    num::NonZeroUsize,
    panic::AssertUnwindSafe,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use crate::platform::base::{
    error::{Error, Result},
    process::let_others_go_first,
};

/// Who would wait longer than this is told to come back later instead.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// What a piece of work is taken to cost before any was measured.
const FIRST_GUESS: Duration = Duration::from_millis(20);

/// A group of threads with one queue. Clones share it; the threads end with the last clone.
#[derive(Clone)]
pub struct Workers(Arc<Handle>);

/// Where new work stands in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Before all that came `Later`, however long that has waited.
    Sooner,
    Later,
}

struct Handle(Arc<Shared>);

struct Shared {
    threads: u32,
    queue: Mutex<Queue>,
    more: Condvar,
}

#[derive(Default)]
struct Queue {
    sooner: VecDeque<Box<dyn Work>>,
    later: VecDeque<Box<dyn Work>>,
    running: u32,
    /// What a piece of work takes, the latest ones counting most.
    mean: Option<Duration>,
    closed: bool,
}

trait Work: Send {
    /// Whether somebody still waits for the result.
    fn is_wanted(&self) -> bool;
    fn run(self: Box<Self>);
}

struct Task<T, F> {
    work: F,
    done: oneshot::Sender<T>,
}

impl<T: Send, F: FnOnce() -> T + Send> Work for Task<T, F> {
    fn is_wanted(&self) -> bool {
        !self.done.is_closed()
    }

    fn run(self: Box<Self>) {
        // A panic would take the thread, and with it all that comes later; the caller sees its sender gone.
        if let Ok(result) = std::panic::catch_unwind(AssertUnwindSafe(self.work)) {
            let _ = self.done.send(result);
        }
    }
}

impl Workers {
    /// As many threads as there are cores less one, at least one.
    pub fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self::with_threads(u32::try_from(cores - 1).unwrap_or(1).max(1))
    }

    pub fn with_threads(threads: u32) -> Self {
        let shared = Arc::new(Shared { threads, queue: Mutex::default(), more: Condvar::new() });
        for _ in 0..threads {
            let shared = shared.clone();
            thread::spawn(move || {
                let_others_go_first();
                shared.work();
            });
        }
        Self(Arc::new(Handle(shared)))
    }

    /// Runs `work` on one of the threads. What nobody waits for any more is not begun.
    ///
    /// # Errors
    /// 503 `busy` with the seconds to wait when the queue is longer than five seconds; 500 when the work
    /// panics.
    pub async fn run<T: Send + 'static>(&self, turn: Turn, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let (done, result) = oneshot::channel();
        self.0.0.add(turn, Box::new(Task { work, done }))?;
        result.await.map_err(|_| Error::internal("work on a thread of its own panicked"))
    }

    #[cfg(test)]
    pub fn threads(&self) -> u32 {
        self.0.0.threads
    }

    /// How many wait whose caller is still there.
    #[cfg(test)]
    pub fn wanted(&self) -> usize {
        let queue = self.0.0.lock();
        queue.sooner.iter().chain(&queue.later).filter(|work| work.is_wanted()).count()
    }

    /// How many pieces of work wait or run, for the figures.
    pub fn load(&self) -> usize {
        let queue = self.0.0.lock();
        queue.sooner.len() + queue.later.len() + queue.running as usize
    }
}

impl Default for Workers {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.more.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, turn: Turn, work: Box<dyn Work>) -> Result<()> {
        let mut queue = self.lock();
        if queue.wait(turn, self.threads) > LONGEST_WAIT {
            queue.forget_the_gone();
        }
        let wait = queue.wait(turn, self.threads);
        if wait > LONGEST_WAIT {
            return Err(Error::busy(wait.as_secs() + 1));
        }
        match turn {
            Turn::Sooner => queue.sooner.push_back(work),
            Turn::Later => queue.later.push_back(work),
        }
        drop(queue);
        self.more.notify_one();
        Ok(())
    }

    fn work(&self) {
        while let Some(work) = self.next() {
            let begun = Instant::now();
            work.run();
            self.lock().finished(begun.elapsed());
        }
    }

    /// Waits for the next piece of work; `None` when there will be no more.
    fn next(&self) -> Option<Box<dyn Work>> {
        let mut queue = self.lock();
        loop {
            if queue.closed {
                return None;
            }
            match queue.sooner.pop_front().or_else(|| queue.later.pop_front()) {
                Some(work) if work.is_wanted() => {
                    queue.running += 1;
                    return Some(work);
                }
                Some(_) => {}
                None => queue = self.more.wait(queue).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

impl Queue {
    /// How long new work would wait for its turn.
    fn wait(&self, turn: Turn, threads: u32) -> Duration {
        let later = if turn == Turn::Later { self.later.len() } else { 0 };
        let before = u32::try_from(self.sooner.len() + later).unwrap_or(u32::MAX);
        self.mean.unwrap_or(FIRST_GUESS).saturating_mul(before) / threads
    }

    fn forget_the_gone(&mut self) {
        self.sooner.retain(|work| work.is_wanted());
        self.later.retain(|work| work.is_wanted());
    }

    fn finished(&mut self, took: Duration) {
        self.running -= 1;
        self.mean = Some(self.mean.map_or(took, |mean| (mean * 7 + took) / 8));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Workers whose one thread is held until the sender is used.
    fn held() -> (Workers, mpsc::Sender<()>, tokio::task::JoinHandle<Result<()>>) {
        let workers = Workers::with_threads(1);
        let (release, wait) = mpsc::channel();
        let first = workers.clone();
        let running = tokio::spawn(async move {
            let held = first.run(Turn::Later, move || {
                let _ = wait.recv();
            });
            held.await
        });
        (workers, release, running)
    }

    async fn until_waiting(workers: &Workers, count: usize) {
        crate::testing::until(async || workers.load() == count).await;
    }

    #[tokio::test]
    async fn cost_who_is_known_goes_first_and_who_has_gone_costs_nothing() {
        let (workers, release, running) = held();
        until_waiting(&workers, 1).await;
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut waiting = Vec::new();
        for (count, (turn, name)) in
            [(Turn::Later, "stranger"), (Turn::Later, "gone"), (Turn::Sooner, "known")].into_iter().enumerate()
        {
            let (own, order) = (workers.clone(), order.clone());
            waiting.push(tokio::spawn(async move { own.run(turn, move || order.lock().unwrap().push(name)).await }));
            until_waiting(&workers, count + 2).await;
        }
        waiting[1].abort();
        assert!((&mut waiting[1]).await.is_err());
        release.send(()).unwrap();
        for (place, task) in waiting.into_iter().enumerate() {
            assert!(place == 1 || task.await.unwrap().is_ok());
        }
        running.await.unwrap().unwrap();
        assert_eq!(*order.lock().unwrap(), ["known", "stranger"]);
    }

    #[tokio::test]
    async fn cost_a_queue_of_five_seconds_is_full_for_strangers() {
        let (workers, release, _running) = held();
        until_waiting(&workers, 1).await;
        let many = (LONGEST_WAIT.as_millis() / FIRST_GUESS.as_millis()) as usize + 1;
        let mut waiting: Vec<_> = (0..many)
            .map(|_| {
                let own = workers.clone();
                tokio::spawn(async move { own.run(Turn::Later, || ()).await })
            })
            .collect();
        until_waiting(&workers, many + 1).await;
        let refused = workers.run(Turn::Later, || ()).await.unwrap_err();
        assert_eq!((refused.status().as_u16(), refused.code.as_str()), (503, "busy"));
        assert!((1..=7).contains(&refused.retry_after.unwrap()), "{:?}", refused.retry_after);
        // Those who hang up make room again.
        for gone in waiting.drain(..100) {
            gone.abort();
            let _ = gone.await;
        }
        let later = tokio::spawn({
            let own = workers.clone();
            async move { own.run(Turn::Later, || 7).await }
        });
        until_waiting(&workers, many + 1 - 100 + 1).await;
        release.send(()).unwrap();
        assert_eq!(later.await.unwrap().unwrap(), 7);
    }

    #[tokio::test]
    async fn a_panic_costs_its_caller_only() {
        let workers = Workers::with_threads(1);
        let failed = workers.run(Turn::Later, || -> u8 { panic!("this panic belongs to a test") }).await;
        assert_eq!(failed.unwrap_err().status(), 500);
        assert_eq!(workers.run(Turn::Later, || 7).await.unwrap(), 7);
    }
}
