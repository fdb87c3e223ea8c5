//! Rate limits: a budget per key (an address, an account) that fills again with time.

use std::{hash::Hash, num::NonZeroU32, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};

use super::http::error::{Error, Result};

/// A budget of `count` per `period` for each key.
pub struct Limit<K: Hash + Eq + Clone>(Option<DefaultKeyedRateLimiter<K>>);

impl<K: Hash + Eq + Clone> Limit<K> {
    /// No limit at all when `on` is false or `count` is 0.
    pub fn new(on: bool, count: u32, period: Duration) -> Self {
        let quota = NonZeroU32::new(count)
            .filter(|_| on)
            .and_then(|count| Some(Quota::with_period(period / count.get())?.allow_burst(count)));
        Self(quota.map(RateLimiter::keyed))
    }

    /// Takes one from the key's budget; 429 with the seconds to wait when it is used up.
    pub fn take(&self, key: &K) -> Result<()> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        limiter.check_key(key).map_err(|not_until| {
            let wait = not_until.wait_time_from(governor::clock::DefaultClock::default().now());
            Error::too_many(wait.as_secs() + 1)
        })
    }

    /// Forgets the keys whose budget is full again.
    pub fn sweep(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_own_budget() {
        let limit = Limit::new(true, 2, Duration::from_secs(60));
        assert!(limit.take(&1).is_ok() && limit.take(&1).is_ok());
        let error = limit.take(&1).unwrap_err();
        assert_eq!(error.status, 429);
        assert!((1..=31).contains(&error.retry_after.unwrap()));
        assert!(limit.take(&2).is_ok());
    }

    #[test]
    fn off_means_none() {
        let limit = Limit::new(false, 1, Duration::from_secs(60));
        assert!((0..100).all(|_| limit.take(&()).is_ok()));
    }
}
