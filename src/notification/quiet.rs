//! Quiet hours: from one minute of the day to another, in the reader's time zone. What is not urgent
//! waits until they end.

use jiff::{Timestamp as Moment, ToSpan, civil::Time, tz::TimeZone};

use crate::platform::base::clock::Timestamp;

/// Minutes of the day; `from` after `to` goes over midnight. They are never equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct QuietHours {
    pub from_minute: i64,
    pub to_minute: i64,
}

impl QuietHours {
    /// From `HH:MM` to `HH:MM`.
    pub fn parse(from: &str, to: &str) -> Option<Self> {
        let (from_minute, to_minute) = (minute(from)?, minute(to)?);
        (from_minute != to_minute).then_some(Self { from_minute, to_minute })
    }

    pub fn from(&self) -> String {
        text(self.from_minute)
    }

    pub fn to(&self) -> String {
        text(self.to_minute)
    }

    fn covers(&self, minute: i64) -> bool {
        match self.from_minute < self.to_minute {
            true => (self.from_minute..self.to_minute).contains(&minute),
            false => minute >= self.from_minute || minute < self.to_minute,
        }
    }

    /// When they end, if it is quiet now.
    pub fn end(&self, now: Timestamp, timezone: &str) -> Option<Timestamp> {
        let zone = TimeZone::get(timezone).unwrap_or(TimeZone::UTC);
        let here = Moment::from_millisecond(now.0).ok()?.to_zoned(zone.clone());
        let minute = i64::from(here.hour()) * 60 + i64::from(here.minute());
        if !self.covers(minute) {
            return None;
        }
        let (hour, rest) = (i8::try_from(self.to_minute / 60).ok()?, i8::try_from(self.to_minute % 60).ok()?);
        let day = if minute < self.to_minute { here.date() } else { here.date().checked_add(1.day()).ok()? };
        let end = day.to_datetime(Time::new(hour, rest, 0, 0).ok()?).to_zoned(zone).ok()?;
        let end = Timestamp(end.timestamp().as_millisecond());
        // On the night when clocks go back the end may have been an hour ago.
        (end > now).then_some(end)
    }
}

fn minute(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let part = |text: &str| (text.len() == 2).then(|| text.parse::<i64>().ok()).flatten();
    let (hours, minutes) = (part(hours)?, part(minutes)?);
    ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 60 + minutes)
}

fn text(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The minute of the day that a clock on the wall shows.
    fn wall(at: Timestamp, zone: &str) -> i64 {
        let here = Moment::from_millisecond(at.0).unwrap().to_zoned(TimeZone::get(zone).unwrap());
        i64::from(here.hour()) * 60 + i64::from(here.minute())
    }

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<Moment>().unwrap().as_millisecond())
    }

    proptest! {
        #[test]
        fn what_waits_is_sent_when_it_is_not_quiet(
            now in 1_700_000_000_000_i64..1_900_000_000_000,
            from in 0..1440_i64,
            length in 1..1440_i64,
            zone in prop::sample::select(vec!["Europe/Moscow", "America/New_York", "Asia/Kolkata", "Pacific/Chatham", "UTC"]),
        ) {
            let hours = QuietHours { from_minute: from, to_minute: (from + length) % 1440 };
            let now = Timestamp(now);
            match hours.end(now, zone) {
                None => {
                    // Only the hour that clocks repeat is an exception.
                    let repeated = hours.end(Timestamp(now.0 - 3_600_000), zone).is_some_and(|end| end <= now);
                    prop_assert!(!hours.covers(wall(now, zone)) || repeated);
                }
                Some(end) => {
                    prop_assert!(hours.covers(wall(now, zone)));
                    prop_assert!(end > now && end.0 - now.0 <= 25 * 3_600_000);
                    prop_assert!(!hours.covers(wall(end, zone)) || hours.end(end, zone).is_none_or(|later| later.0 - end.0 <= 3_600_000));
                }
            }
        }
    }

    #[test]
    fn a_night_in_moscow() {
        let night = QuietHours::parse("22:00", "08:00").unwrap();
        let end = Some(at("2026-02-01T05:00:00Z"));
        assert_eq!(night.end(at("2026-01-31T20:30:00Z"), "Europe/Moscow"), end);
        assert_eq!(night.end(at("2026-02-01T04:59:59Z"), "Europe/Moscow"), end);
        assert_eq!(night.end(at("2026-02-01T05:00:00Z"), "Europe/Moscow"), None);
        assert_eq!(night.end(at("2026-01-31T18:59:59Z"), "Europe/Moscow"), None);
        let noon = QuietHours::parse("12:00", "13:30").unwrap();
        assert_eq!(noon.end(at("2026-01-31T12:00:00Z"), "UTC"), Some(at("2026-01-31T13:30:00Z")));
        assert_eq!(noon.end(at("2026-01-31T13:30:00Z"), "Nowhere/At-All"), None);
    }

    #[test]
    fn times_are_read_strictly() {
        assert_eq!(
            QuietHours::parse("07:05", "23:59").map(|h| (h.from(), h.to())),
            Some(("07:05".into(), "23:59".into()))
        );
        for (from, to) in [
            ("24:00", "08:00"),
            ("8:00", "09:00"),
            ("08:60", "09:00"),
            ("", "09:00"),
            ("08:00", "08:00"),
            ("+8:00", "9"),
        ] {
            assert!(QuietHours::parse(from, to).is_none(), "{from} {to}");
        }
    }
}
