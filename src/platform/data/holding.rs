//! One connection at a time. Work that holds a transaction and asks the pool for another connection waits
//! for others that wait for the same, and a crowd of these stops the server until all of them give up.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

tokio::task_local! {
    /// How many transactions this work holds.
    static HELD: Arc<AtomicU32>;
}

/// Watches over one piece of work: a request, a job, a socket, what runs beside them.
pub fn watched<F: Future>(work: F) -> impl Future<Output = F::Output> {
    HELD.scope(Arc::default(), work)
}

/// Asks for a connection. That this work holds one already fails a test, and stands in the log otherwise.
pub fn ask() {
    let is_second = HELD.try_with(|held| held.load(Ordering::Relaxed) > 0).unwrap_or(false);
    if is_second {
        #[cfg(test)]
        assert!(!is_second, "a second connection is asked for inside a transaction");
        tracing::error!(
            at = %std::backtrace::Backtrace::capture(),
            "a second connection is asked for inside a transaction, which can stop the server"
        );
    }
}

/// A transaction's part: its work holds a connection until this is dropped.
pub struct Hold(Option<Arc<AtomicU32>>);

impl Hold {
    pub fn new() -> Self {
        let held = HELD.try_with(Arc::clone).ok();
        if let Some(held) = &held {
            held.fetch_add(1, Ordering::Relaxed);
        }
        Self(held)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(held) = &self.0 {
            held.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn work_that_holds_one_gets_no_second() {
        let two = watched(async {
            let _held = Hold::new();
            ask();
        });
        assert!(std::panic::AssertUnwindSafe(two).catch_unwind().await.is_err());
        watched(async {
            drop(Hold::new());
            ask();
            let _held = Hold::new();
            // Other work has nothing to do with it.
            watched(async { ask() }).await;
        })
        .await;
    }
}
