//! Time as the product keeps it: integer milliseconds since 1970 in UTC.
//! The clock is a value that is handed in, so that tests can set it.

#[cfg(test)]
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Milliseconds since 1970-01-01T00:00:00Z; `BIGINT` in both databases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment and `span` more; saturates.
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(millis(span)))
    }

    /// This moment less `span`; saturates.
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(millis(span)))
    }

    /// Whole seconds since the epoch, as JWT claims want them (RFC 7519, NumericDate).
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// RFC 3339 in UTC with three decimals, the one form of time in JSON.
    pub fn rfc3339(self) -> String {
        const PRINTER: jiff::fmt::temporal::DateTimePrinter =
            jiff::fmt::temporal::DateTimePrinter::new().precision(Some(3));
        let moment = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        PRINTER.timestamp_to_string(&moment)
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let moment: jiff::Timestamp = text.parse().map_err(|_| {
            de::Error::custom(format_args!("{text:?} is no moment such as \"2026-11-23T10:06:43.120Z\""))
        })?;
        match moment.as_nanosecond() % 1_000_000 {
            0 => Ok(Self(moment.as_millisecond())),
            _ => Err(de::Error::custom(format_args!("{text:?} has more than three decimals"))),
        }
    }
}

/// Where the time comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until a test moves it.
    #[cfg(test)]
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp(jiff::Timestamp::now().as_millisecond()),
            #[cfg(test)]
            Self::Fixed(now) => Timestamp(now.load(Ordering::SeqCst)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_utc_and_three_decimals() {
        assert_eq!(Timestamp(0).rfc3339(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp(1_795_428_403_120).rfc3339(), "2026-11-23T10:06:43.120Z");
        assert_eq!(Timestamp(i64::MAX).rfc3339(), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn what_json_has_is_read_back_to_the_millisecond() {
        let read = |text: &str| serde_json::from_value::<Timestamp>(text.into()).ok();
        for moment in [Timestamp(0), Timestamp(-1), Timestamp(1_795_428_403_120)] {
            assert_eq!(read(&moment.rfc3339()), Some(moment));
        }
        assert_eq!(read("2026-11-23T13:06:43.12+03:00"), Some(Timestamp(1_795_428_403_120)));
        for bad in
            ["", "2026-11-23", "2026-11-23T10:06:43", "2026-11-23T10:06:43.1234Z", "2026-02-30T00:00:00Z", "yesterday"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
