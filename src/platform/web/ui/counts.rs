//! The numbers beside entries of the sidebar: a slice's middleware sets them for the page to come.

use std::collections::BTreeMap;

/// How many wait behind an entry, by its address.
#[derive(Clone, Debug, Default)]
pub struct Counts(BTreeMap<&'static str, i64>);

impl Counts {
    pub fn set(&mut self, href: &'static str, count: i64) {
        self.0.insert(href, count);
    }

    /// `None`: nothing is counted there.
    pub fn of(&self, href: &str) -> Option<i64> {
        self.0.get(href).copied()
    }

    /// The same, with 0 where nothing is counted.
    pub fn waiting(&self, href: &str) -> i64 {
        self.of(href).unwrap_or(0)
    }
}
