//! Rate limits: a budget per key (an address, an account) that fills again with time.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::platform::base::{
    address::{Address, limit_key},
    error::{Error, Result},
};

/// A budget of `count` per `period` for each key.
pub struct Limit<K>(Option<Budgets<K>>);

struct Budgets<K> {
    /// How long one takes to come back.
    step: Duration,
    period: Duration,
    /// When each key's budget will be full again; a key that is not there has a full one.
    full_at: Mutex<HashMap<K, Instant>>,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    /// No limit at all when `on` is false or `count` is 0.
    pub fn new(on: bool, count: u32, period: Duration) -> Self {
        let on = on && count > 0;
        Self(on.then(|| Budgets { step: period / count, period, full_at: Mutex::default() }))
    }

    /// Takes one from the key's budget; 429 with the seconds to wait when it is used up.
    pub fn take(&self, key: &K) -> Result<()> {
        let Some(budgets) = &self.0 else { return Ok(()) };
        let (mut full_at, now) = (budgets.lock(), Instant::now());
        let full = full_at.get(key).map_or(now, |at| (*at).max(now)) + budgets.step;
        let wait = full.saturating_duration_since(now + budgets.period);
        if !wait.is_zero() {
            return Err(Error::too_many(wait.as_secs() + 1));
        }
        full_at.insert(key.clone(), full);
        Ok(())
    }

    /// Gives one back that was taken for nothing.
    pub fn give_back(&self, key: &K) {
        let Some(budgets) = &self.0 else { return };
        if let Some(at) = budgets.lock().get_mut(key) {
            *at = at.checked_sub(budgets.step).unwrap_or(*at);
        }
    }

    /// Forgets the keys whose budget is full again.
    pub fn sweep(&self) {
        let Some(budgets) = &self.0 else { return };
        let (mut full_at, now) = (budgets.lock(), Instant::now());
        full_at.retain(|_, at| *at > now);
        full_at.shrink_to_fit();
    }
}

impl<K> Budgets<K> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Instant>> {
        self.full_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Budgets of strangers for what costs the server something: of one address, of the network around it
/// (IPv6: a /48, which one customer of a provider may hold), and of all together.
pub struct Crowd {
    address: Limit<Address>,
    network: Limit<Address>,
    all: Limit<()>,
}

impl Crowd {
    /// What a network may do, in addresses.
    const NETWORK: u32 = 4;

    /// `in_all` of 0: no limit for all together.
    pub fn new(on: bool, per_address: u32, in_all: u32, period: Duration) -> Self {
        Self {
            address: Limit::new(on, per_address, period),
            network: Limit::new(on, per_address.saturating_mul(Self::NETWORK), period),
            all: Limit::new(on, in_all, period),
        }
    }

    /// Takes one from each; 429 with the seconds to wait when one of them is used up.
    pub fn take(&self, address: Address) -> Result<()> {
        self.address.take(&limit_key(address))?;
        self.network.take(&address.network())?;
        self.all.take(&())
    }

    pub fn sweep(&self) {
        self.address.sweep();
        self.network.sweep();
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv6Addr};

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn each_key_has_its_own_budget() {
        let limit = Limit::new(true, 2, MINUTE);
        assert!(limit.take(&1).is_ok() && limit.take(&1).is_ok());
        let error = limit.take(&1).unwrap_err();
        assert_eq!(error.status(), 429);
        assert!((1..=31).contains(&error.retry_after.unwrap()));
        assert!(limit.take(&2).is_ok());
    }

    #[test]
    fn what_was_taken_for_nothing_comes_back_and_no_more() {
        let limit = Limit::new(true, 2, MINUTE);
        limit.give_back(&1);
        for _ in 0..10 {
            assert!(limit.take(&1).is_ok());
            limit.give_back(&1);
        }
        assert!(limit.take(&1).is_ok() && limit.take(&1).is_ok() && limit.take(&1).is_err());
    }

    #[test]
    fn a_full_budget_is_forgotten_and_a_used_one_is_not() {
        let limit = Limit::new(true, 1, MINUTE);
        limit.take(&1).unwrap();
        limit.take(&2).unwrap();
        limit.give_back(&2);
        limit.sweep();
        assert_eq!(limit.0.as_ref().unwrap().lock().keys().collect::<Vec<_>>(), [&1]);
        assert!(limit.take(&1).is_err());
    }

    #[test]
    fn off_means_none() {
        let limit = Limit::new(false, 1, MINUTE);
        assert!((0..100).all(|_| limit.take(&()).is_ok()));
    }

    #[test]
    fn door_10_a_crowd_is_counted_by_address_by_network_and_in_all() {
        let six =
            |net: u16, subnet: u16| Address::from(IpAddr::from(Ipv6Addr::new(0x2a00, 0x1450, net, subnet, 0, 0, 0, 1)));
        let crowd = Crowd::new(true, 2, 20, MINUTE);
        let taken =
            |net, subnets: std::ops::Range<u16>| subnets.filter(|subnet| crowd.take(six(net, *subnet)).is_ok()).count();
        assert_eq!(taken(1, 0..100), 8, "one /48 has the budgets of four addresses");
        assert_eq!(taken(2, 0..100), 8);
        assert_eq!(taken(3, 0..100), 4, "and all have one together");
        let alone = Crowd::new(true, 2, 0, MINUTE);
        assert_eq!((0..9).filter(|_| alone.take(six(1, 1)).is_ok()).count(), 2);
    }
}
