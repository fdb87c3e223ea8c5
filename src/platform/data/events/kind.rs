//! Sorts of events, as a type: each is named once, by `events!`, and none can be published that was not.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What happened, such as `session.ended`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventKind(&'static str);

/// What this program knows, by its word: other nodes may be older or newer.
static KNOWN: RwLock<Option<HashMap<&'static str, EventKind>>> = RwLock::new(None);

impl EventKind {
    /// What another program wrote that this one does not know: nobody listens to it.
    pub const UNKNOWN: Self = Self("");

    /// For `events!` alone.
    #[doc(hidden)]
    pub const fn named(word: &'static str) -> Self {
        Self(word)
    }

    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// Reads what another node or the log says.
    pub fn read(word: &str) -> Self {
        let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().and_then(|known| known.get(word)).copied().unwrap_or(Self::UNKNOWN)
    }

    /// Has events of these kinds understood when they come from elsewhere.
    pub fn announce(kinds: &[Self]) {
        let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
        let known = known.get_or_insert_default();
        known.extend(kinds.iter().map(|kind| (kind.0, *kind)));
    }
}

#[cfg(test)]
impl EventKind {
    /// One that no room has.
    pub fn made_up(word: &'static str) -> Self {
        Self::announce(&[Self(word)]);
        Self(word)
    }
}

#[cfg(test)]
impl PartialEq<&str> for EventKind {
    fn eq(&self, word: &&str) -> bool {
        self.0 == *word
    }
}

impl From<String> for EventKind {
    fn from(word: String) -> Self {
        Self::read(&word)
    }
}

impl Serialize for EventKind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for EventKind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::from)
    }
}

/// Names the events of a room: a constant for each, and `EVENTS` with all of them, which the room announces.
#[macro_export]
macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)+) => {
        $($(#[$doc])* pub const $name: $crate::platform::data::events::EventKind =
            $crate::platform::data::events::EventKind::named($word);)+

        /// All of them.
        pub const EVENTS: &[$crate::platform::data::events::EventKind] = &[$($name),+];
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::events! {
        KNOWN_HERE = "kind.known";
    }

    #[test]
    fn what_is_not_announced_is_nobodys() {
        EventKind::announce(EVENTS);
        assert_eq!(EventKind::read("kind.known"), KNOWN_HERE);
        assert_eq!(EventKind::read("kind.of.a.newer.node"), EventKind::UNKNOWN);
        assert_eq!(serde_json::to_string(&KNOWN_HERE).unwrap(), "\"kind.known\"");
    }
}
