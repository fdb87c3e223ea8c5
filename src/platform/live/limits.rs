//! How many messages: nobody takes the server from the others.

use std::time::Duration;

use tokio::time::Instant;

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
    fn a_budget_fills_again() {
        let (mut budget, now) = (Budget::new(3), Instant::now());
        assert_eq!([0; 4].map(|_| budget.take(now)), [true, true, true, false]);
        assert!(!budget.take(now + MINUTE / 2) && budget.take(now + MINUTE * 2));
    }
}
