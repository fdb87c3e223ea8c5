//! How many at once from one address (IPv6: one /64): connections, sockets.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::platform::base::address::{Address, limit_key};

/// Places by address. Clones share them.
#[derive(Clone)]
pub struct Places {
    most: u32,
    taken: Arc<Mutex<HashMap<Address, u32>>>,
}

/// One place among those of its address; given back when dropped.
pub struct Place {
    address: Address,
    taken: Arc<Mutex<HashMap<Address, u32>>>,
}

impl Places {
    pub fn new(most: u32) -> Self {
        Self { most, taken: Arc::default() }
    }

    /// Nothing when this address has all of its places.
    pub fn take(&self, address: Address) -> Option<Place> {
        let address = limit_key(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place { address, taken: self.taken.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_places_and_gets_them_back() {
        let places = Places::new(2);
        let (one, other) = (Address::read("192.0.2.1"), Address::read("192.0.2.2"));
        let first = places.take(one).unwrap();
        let _second = places.take(one).unwrap();
        assert!(places.take(one).is_none());
        assert!(places.take(other).is_some());
        drop(first);
        let _third = places.take(one).unwrap();
        let [a, b] = ["2001:db8::1", "2001:db8::2"].map(|text| places.take(Address::read(text)).unwrap());
        assert!(places.take(Address::read("2001:db8::3")).is_none(), "one subscriber has a whole /64");
        drop((a, b));
        assert_eq!(places.taken.lock().unwrap().len(), 1, "who has none is forgotten");
    }
}
