//! How many sockets and how many messages: nobody takes the server from the others.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::platform::http::{
    address::limit_key,
    error::{Error, Result},
};

const RETRY_SECONDS: u64 = 30;

/// Open sockets by address (IPv6: by /64).
pub(super) struct Addresses {
    most: u32,
    open: Arc<Mutex<HashMap<IpAddr, u32>>>,
}

/// One socket's place among those of its address; given back when dropped.
pub(super) struct Place {
    address: IpAddr,
    open: Arc<Mutex<HashMap<IpAddr, u32>>>,
}

impl Addresses {
    pub fn new(most: u32) -> Self {
        Self { most, open: Arc::default() }
    }

    pub fn take(&self, address: IpAddr) -> Result<Place> {
        let address = limit_key(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if *count >= self.most {
            return Err(Error::too_many(RETRY_SECONDS));
        }
        *count += 1;
        Ok(Place { address, open: self.open.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

/// How many messages one socket may still send in this minute.
pub(super) struct Budget {
    most: u32,
    left: u32,
    until: Instant,
}

impl Budget {
    pub fn new(most: u32) -> Self {
        Self { most, left: most, until: Instant::now() + MINUTE }
    }

    /// Takes one; false when it is used up.
    pub fn take(&mut self, now: Instant) -> bool {
        if now >= self.until {
            (self.left, self.until) = (self.most, now + MINUTE);
        }
        let has = self.left > 0;
        self.left = self.left.saturating_sub(1);
        has
    }
}

const MINUTE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_places_and_gets_them_back() {
        let addresses = Addresses::new(2);
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let first = addresses.take(one).unwrap();
        let _second = addresses.take(one).unwrap();
        assert_eq!(addresses.take(one).err().unwrap().status, 429);
        assert!(addresses.take(other).is_ok());
        drop(first);
        let _third = addresses.take(one).unwrap();
        let [a, b] = ["2001:db8::1", "2001:db8::2"].map(|text| addresses.take(text.parse().unwrap()).unwrap());
        assert!(addresses.take("2001:db8::3".parse().unwrap()).is_err(), "one subscriber has a whole /64");
        drop((a, b));
        assert_eq!(addresses.open.lock().unwrap().len(), 1, "who has none is forgotten");
    }

    #[test]
    fn a_budget_fills_again() {
        let (mut budget, now) = (Budget::new(3), Instant::now());
        assert_eq!([0; 4].map(|_| budget.take(now)), [true, true, true, false]);
        assert!(!budget.take(now + MINUTE / 2) && budget.take(now + MINUTE * 2));
    }
}
