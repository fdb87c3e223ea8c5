//! What the numbers of the last thirty days mean: days in the reader's time zone, how long answers
//! took, and which of the waiting comes first.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Zoned, civil::Date, tz::TimeZone};

use crate::{platform::base::clock::Timestamp, ticket::model::Priority};

/// How many days the pictures show, today included.
pub const DAYS: usize = 30;
/// Counts come in quarters of an hour: the offset of every zone is a multiple of that.
pub const QUARTER_MS: i64 = 900_000;

/// What is asked of the database, the same for every reader.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    /// When it was asked.
    pub at: Timestamp,
    /// Quarters of an hour since the epoch, with how many tickets were made then.
    pub created: Vec<(i64, i64)>,
    pub closed: Vec<(i64, i64)>,
    /// (When a ticket was made, when it was first answered), maybe a part of them.
    pub answers: Vec<(Timestamp, Timestamp)>,
    /// The busiest first.
    pub load: Vec<Load>,
}

/// What an operator did in the last thirty days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Load {
    pub id: i64,
    pub username: String,
    /// Public answers.
    pub answers: i64,
    /// Closed tickets that were theirs.
    pub closed: i64,
}

/// Joins what was counted apart; the busiest first.
pub fn load(answers: Vec<(i64, String, i64)>, closed: Vec<(i64, String, i64)>) -> Vec<Load> {
    let mut all: BTreeMap<i64, Load> = BTreeMap::new();
    for (id, username, count) in answers {
        all.insert(id, Load { id, username, answers: count, closed: 0 });
    }
    for (id, username, count) in closed {
        all.entry(id).or_insert(Load { id, username, ..Load::default() }).closed = count;
    }
    let mut all: Vec<Load> = all.into_values().collect();
    all.sort_by_key(|one| (std::cmp::Reverse(one.answers + one.closed), one.id));
    all
}

/// How long something took, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    pub median: i64,
    /// Nine of ten were quicker.
    pub ninetieth: i64,
}

impl Spread {
    pub fn of(mut seconds: Vec<i64>) -> Option<Self> {
        seconds.sort_unstable();
        Some(Self { median: percentile(&seconds, 50)?, ninetieth: percentile(&seconds, 90)? })
    }
}

/// The smallest value that so many percent do not exceed (nearest rank).
pub fn percentile(sorted: &[i64], percent: usize) -> Option<i64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// One day of the pictures.
#[derive(Clone, Debug)]
pub struct Day {
    pub date: Date,
    pub created: i64,
    pub closed: i64,
    /// Of the tickets made that day.
    pub answered: Option<Spread>,
}

/// The days of one reader.
#[derive(Clone, Debug)]
pub struct Period {
    pub days: Vec<Day>,
    pub answered: Option<Spread>,
}

impl Statistics {
    /// Cut into the days of a time zone (an IANA name; UTC when unknown).
    pub fn period(&self, timezone: &str) -> Period {
        let dates = dates(self.at, timezone);
        let index = |at: i64| dates.partition_point(|(_, start)| *start <= at).checked_sub(1);
        let mut days: Vec<Day> =
            dates.iter().map(|(date, _)| Day { date: *date, created: 0, closed: 0, answered: None }).collect();
        for (quarter, count) in &self.created {
            if let Some(day) = index(quarter * QUARTER_MS).and_then(|day| days.get_mut(day)) {
                day.created += count;
            }
        }
        for (quarter, count) in &self.closed {
            if let Some(day) = index(quarter * QUARTER_MS).and_then(|day| days.get_mut(day)) {
                day.closed += count;
            }
        }
        let mut all = Vec::new();
        let mut of_day = vec![Vec::new(); days.len()];
        for (made, answered) in &self.answers {
            if let Some(day) = index(made.0).and_then(|day| of_day.get_mut(day)) {
                let seconds = ((answered.0 - made.0) / 1000).max(0);
                day.push(seconds);
                all.push(seconds);
            }
        }
        for (day, seconds) in days.iter_mut().zip(of_day) {
            day.answered = Spread::of(seconds);
        }
        Period { days, answered: Spread::of(all) }
    }
}

/// The days that end with the one of `now`, with the moment at which each begins.
fn dates(now: Timestamp, timezone: &str) -> Vec<(Date, i64)> {
    let zone = TimeZone::get(timezone).unwrap_or(TimeZone::UTC);
    let now = jiff::Timestamp::from_millisecond(now.0).unwrap_or_default();
    let today = Zoned::new(now, zone.clone()).date();
    let back = |days: usize| today.saturating_sub(SignedDuration::from_hours(24 * i64::try_from(days).unwrap_or(0)));
    let start = |date: Date| date.to_zoned(zone.clone()).map_or(0, |start| start.timestamp().as_millisecond());
    (0..DAYS).rev().map(back).map(|date| (date, start(date))).collect()
}

/// How urgent it is that somebody who waits so long gets an answer: time counts more for what matters more.
pub fn urgency(priority: Priority, waiting_ms: i64) -> i64 {
    let weight = match priority {
        Priority::Low => 1,
        Priority::Normal => 3,
        Priority::High => 10,
        Priority::Urgent => 40,
    };
    waiting_ms.max(0).saturating_mul(weight)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn percentiles_are_values_that_were_there() {
        assert_eq!(Spread::of(vec![]), None);
        assert_eq!(Spread::of(vec![7]), Some(Spread { median: 7, ninetieth: 7 }));
        assert_eq!(Spread::of((1..=10).rev().collect()), Some(Spread { median: 5, ninetieth: 9 }));
        assert_eq!(Spread::of((1..=100).collect()), Some(Spread { median: 50, ninetieth: 90 }));
        assert_eq!(percentile(&[1, 2, 3], 0), Some(1));
        assert_eq!(percentile(&[1, 2, 3], 100), Some(3));
    }

    #[test]
    fn a_day_is_a_day_of_the_reader() {
        // 2026-01-31T21:30Z is already February in Moscow.
        let made = 1_769_895_000_000;
        let statistics = Statistics {
            at: Timestamp(made + HOUR),
            created: vec![(made / QUARTER_MS, 3), ((made - 31 * 24 * HOUR) / QUARTER_MS, 5)],
            closed: vec![((made - 2 * HOUR) / QUARTER_MS, 1)],
            answers: vec![(Timestamp(made), Timestamp(made + 60_000))],
            load: vec![],
        };
        let last = |timezone: &str| {
            let period = statistics.period(timezone);
            assert_eq!(period.days.len(), DAYS);
            assert_eq!(period.answered, Some(Spread { median: 60, ninetieth: 60 }));
            let day = period.days.last().cloned().unwrap();
            (day.date.to_string(), day.created, day.closed, day.answered.is_some())
        };
        assert_eq!(last("Europe/Moscow"), ("2026-02-01".into(), 3, 0, true));
        assert_eq!(last("UTC"), ("2026-01-31".into(), 3, 1, true));
        assert_eq!(last("Asia/Kathmandu"), ("2026-02-01".into(), 3, 1, true));
        assert_eq!(last("No/Such"), last("UTC"));
    }

    #[test]
    fn a_day_on_which_clocks_change_is_one_day() {
        // 2026-03-29 has 23 hours in Berlin.
        let at = Timestamp(1_774_792_800_000);
        let days: Vec<_> = dates(at, "Europe/Berlin").into_iter().map(|(date, _)| date.to_string()).collect();
        assert_eq!((days.len(), &*days[0], &*days[29]), (30, "2026-02-28", "2026-03-29"));
    }

    #[test]
    fn the_urgent_come_before_those_who_wait_a_little_longer() {
        assert!(urgency(Priority::Urgent, HOUR) > urgency(Priority::High, 3 * HOUR));
        assert!(urgency(Priority::Low, 50 * HOUR) > urgency(Priority::Urgent, HOUR));
        assert_eq!(urgency(Priority::High, -5), 0);
    }

    #[test]
    fn load_joins_what_was_counted_apart() {
        let joined = load(vec![(1, "а".into(), 2)], vec![(2, "б".into(), 9), (1, "а".into(), 1)]);
        let of = |id, username: &str, answers, closed| Load { id, username: username.into(), answers, closed };
        assert_eq!(joined, [of(2, "б", 0, 9), of(1, "а", 2, 1)]);
    }

    proptest! {
        #[test]
        fn no_more_than_its_share_exceeds_a_percentile(mut values in prop::collection::vec(0i64..1_000_000, 1..200), percent in 1usize..=100) {
            values.sort_unstable();
            let found = percentile(&values, percent).unwrap();
            let above = values.iter().filter(|value| **value > found).count();
            let below = values.iter().filter(|value| **value < found).count();
            prop_assert!(values.contains(&found));
            prop_assert!(above * 100 <= values.len() * (100 - percent));
            prop_assert!(below * 100 < values.len() * percent);
        }

        #[test]
        fn nothing_is_lost_between_days(offsets in prop::collection::vec(0i64..29 * 24 * HOUR, 0..50)) {
            let at = Timestamp(1_769_850_000_000);
            let created = offsets.iter().map(|offset| ((at.0 - offset) / QUARTER_MS, 1)).collect();
            let statistics = Statistics { at, created, ..Statistics::default() };
            for zone in ["UTC", "Asia/Vladivostok", "America/Los_Angeles"] {
                let sum: i64 = statistics.period(zone).days.iter().map(|day| day.created).sum();
                prop_assert_eq!(sum, i64::try_from(offsets.len()).unwrap());
            }
        }
    }
}
