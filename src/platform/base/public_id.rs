//! Numbers by which rows are called outside. Ids of the database are given out in order, so they tell how
//! many rows came between two of them: an internal note, for one. Outside each row has another number,
//! always the same one, from which nobody without the key of the database learns anything.
//!
//! The number is the row's id through a Feistel network of four rounds, which is a permutation that cannot
//! be told from a random one (Luby and Rackoff, 1988). No crate makes numbers that JSON can carry: those
//! for short ids make texts, and the standard FF1 brings AES and big integers for 52 bits.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A row's number outside: 1 to 2^52, which every JSON parser keeps exactly; 0 is no row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicId(pub i64);

impl PublicId {
    pub const NONE: Self = Self(0);
}

impl fmt::Display for PublicId {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(to)
    }
}

/// Bits of a half of a number.
const HALF: u32 = 26;
const MASK: u64 = (1 << HALF) - 1;
const ROUNDS: [u8; 4] = [0, 1, 2, 3];

/// Makes numbers of ids and back, by a key that stands in the database. Clones share it.
#[derive(Clone, Default)]
pub struct Seal(Arc<OnceLock<Vec<u8>>>);

impl Seal {
    /// Gives it the database's key; only the first counts.
    pub fn set(&self, key: Vec<u8>) {
        drop(self.0.set(key));
    }

    /// The number of the row with this id. `sort`: of what table, for the same id is another number in each.
    pub fn show(&self, sort: &str, id: i64) -> PublicId {
        let id = u64::try_from(id).unwrap_or(0);
        let halves = (id >> HALF & MASK, id & MASK);
        let (left, right) =
            ROUNDS.iter().fold(halves, |(left, right), round| (right, left ^ self.mix(sort, *round, right)));
        PublicId(join(left, right) + 1)
    }

    /// The id of the row with this number, or one that no row has.
    pub fn find(&self, sort: &str, number: PublicId) -> i64 {
        let Ok(number @ 0..=0xf_ffff_ffff_ffff) = u64::try_from(number.0.wrapping_sub(1)) else { return 0 };
        let halves = (number >> HALF, number & MASK);
        let (left, right) =
            ROUNDS.iter().rev().fold(halves, |(left, right), round| (right ^ self.mix(sort, *round, left), left));
        join(left, right)
    }

    fn mix(&self, sort: &str, round: u8, half: u64) -> u64 {
        let mut hash = Sha256::new();
        hash.update(self.0.get().map(Vec::as_slice).unwrap_or_default());
        hash.update(sort.as_bytes());
        hash.update([round]);
        hash.update(half.to_le_bytes());
        let hash = hash.finalize();
        hash.iter().take(8).fold(0, |all, byte| all << 8 | u64::from(*byte)) & MASK
    }
}

fn join(left: u64, right: u64) -> i64 {
    i64::try_from(left << HALF | right).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seal(key: &str) -> Seal {
        let seal = Seal::default();
        seal.set(key.into());
        seal
    }

    proptest! {
        #[test]
        fn every_id_has_a_number_and_comes_back_from_it(id in 1_i64..(1 << 52)) {
            let seal = seal("key");
            let number = seal.show("response", id);
            prop_assert!((1..=1 << 52).contains(&number.0));
            prop_assert_eq!(seal.find("response", number), id);
        }

        #[test]
        fn any_number_from_outside_is_answered(number: i64) {
            seal("key").find("response", PublicId(number));
        }
    }

    #[test]
    fn numbers_tell_nothing_of_ids() {
        let seal = seal("key");
        let numbers: Vec<i64> = (1..=1000).map(|id| seal.show("response", id).0).collect();
        let rising = numbers.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((400..600).contains(&rising), "{rising} of 999 neighbours rise");
        let small = numbers.iter().filter(|number| **number < 1 << 51).count();
        assert!((400..600).contains(&small), "{small} of 1000 lie in the lower half");
        assert_ne!(seal.show("notification", 1), seal.show("response", 1));
        assert_ne!(self::seal("another").show("response", 1), seal.show("response", 1));
        assert_eq!(seal.find("response", PublicId::NONE), 0);
    }
}
