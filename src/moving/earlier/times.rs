//! Moments as the earlier portal kept them: text without a zone, in UTC unless its administrator knows better.

use jiff::{civil::DateTime, tz::TimeZone};

use super::schema::Table;
use crate::platform::base::clock::Timestamp;

#[derive(Clone)]
pub struct Times {
    zone: TimeZone,
}

impl Times {
    pub fn new(zone: TimeZone) -> Self {
        Self { zone }
    }

    /// For a column: what keeps its zone comes in UTC.
    pub fn of(&self, table: &Table, column: &str) -> Self {
        if table.has_zone(column) { Self::new(TimeZone::UTC) } else { self.clone() }
    }

    /// None: no calendar has it.
    pub fn parse(&self, text: &str) -> Option<Timestamp> {
        let local: DateTime = text.trim().parse().ok()?;
        let moment = self.zone.to_ambiguous_timestamp(local).compatible().ok()?;
        Some(Timestamp(moment.as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_both_precisions_and_none() {
        let utc = Times::new(TimeZone::UTC);
        assert_eq!(utc.parse("2025-11-23 12:00:00.123").unwrap().rfc3339(), "2025-11-23T12:00:00.123Z");
        assert_eq!(utc.parse("2025-11-23 12:00:00").unwrap().rfc3339(), "2025-11-23T12:00:00.000Z");
        for none in ["", "0000-00-00 00:00:00", "0000-00-00 00:00:00.000", "2025-00-10 00:00:00", "2025-02-30 10:00:00"]
        {
            assert_eq!(utc.parse(none), None, "{none}");
        }
        let moscow = Times::new(TimeZone::get("Europe/Moscow").unwrap());
        assert_eq!(moscow.parse("2025-11-23 12:00:00").unwrap().rfc3339(), "2025-11-23T09:00:00.000Z");
        // An hour that was there twice, and one that was not.
        assert!(moscow.parse("2010-10-31 02:30:00").is_some() && moscow.parse("2010-03-28 02:30:00").is_some());
    }
}
