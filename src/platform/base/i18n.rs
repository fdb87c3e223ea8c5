//! Languages: which one a reader wants, and every text, date and span of time in it.
//! Texts live in `locales/{ru,en}/*.ftl`; a key that a language lacks is taken from Russian.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{LazyLock, RwLock};

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::loader::{LanguageIdentifier, langid};
use fluent_templates::{Loader, static_loader};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "ru",
        // Without the invisible isolation marks: texts also go into subjects, titles and attributes.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static RU: LanguageIdentifier = langid!("ru");
static EN: LanguageIdentifier = langid!("en");

/// What was made, by language and key.
static TEXTS: [LazyLock<RwLock<HashMap<String, &'static str>>>; 2] =
    [LazyLock::new(Default::default), LazyLock::new(Default::default)];

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// So long ago it is hours, even when midnight lies between.
const LATELY: i64 = 6 * HOUR;
const MONTH: i64 = 30 * DAY;
const YEAR: i64 = 365 * DAY;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Lang {
    #[default]
    Ru,
    En,
}

impl Lang {
    pub const ALL: [Self; 2] = [Self::Ru, Self::En];

    pub fn code(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// As its own readers call it.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::Ru => "Русский",
            Self::En => "English",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.code() == code)
    }

    /// The first of the two languages by weight (RFC 9110, 12.5.4). Readers of Ukrainian, Belarusian
    /// and Kazakh get Russian; so does everyone who names neither.
    pub fn from_accept_language(header: &str) -> Self {
        let mut wanted: Vec<(f32, Self)> = header.split(',').filter_map(weighted).collect();
        wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
        wanted.first().map_or_else(Self::default, |(_, lang)| *lang)
    }

    pub fn is_russian(self) -> bool {
        self == Self::Ru
    }

    /// A text without numbers or names; made once, for a page has a hundred of them.
    pub fn t(self, key: &str) -> &'static str {
        let Some(texts) = TEXTS.get(self as usize) else { return "" };
        if let Some(text) = texts.read().ok().and_then(|texts| texts.get(key).copied()) {
            return text;
        }
        // No more are kept than the files have.
        let Some(text) = LOCALES.try_lookup(self.id(), key) else { return "" };
        let Ok(mut texts) = texts.write() else { return "" };
        texts.entry(key.to_owned()).or_insert_with(|| Box::leak(text.into_boxed_str()))
    }

    /// A text with the number `$n`, which picks the plural form.
    pub fn tn(self, key: &str, n: i64) -> String {
        LOCALES.lookup_with_args(self.id(), key, &HashMap::from([(Cow::Borrowed("n"), FluentValue::from(n))]))
    }

    /// A text with named strings.
    pub fn ta(self, key: &str, args: &[(&'static str, &str)]) -> String {
        let args = args.iter().map(|(name, value)| (Cow::Borrowed(*name), FluentValue::from(*value))).collect();
        LOCALES.lookup_with_args(self.id(), key, &args)
    }

    /// How long ago, in words: `сейчас`, `5 минут назад`, `вчера`, which is the day before this one in
    /// the reader's zone. `dates.js` says the same.
    pub fn ago(self, ts_ms: i64, tz: &str, now_ms: i64) -> String {
        let seconds = (now_ms - ts_ms) / 1000;
        let days = || i64::from(days_between(&zoned(ts_ms, tz), &zoned(now_ms, tz)));
        match seconds {
            ..45 => self.t("ago-now").into(),
            45..HOUR => self.tn("ago-minutes", (seconds / MINUTE).max(1)),
            HOUR..DAY if seconds < LATELY || days() == 0 => self.tn("ago-hours", seconds / HOUR),
            HOUR..MONTH => self.tn("ago-days", days().max(1)),
            MONTH..YEAR => self.tn("ago-months", seconds / MONTH),
            _ => self.tn("ago-years", seconds / YEAR),
        }
    }

    /// `12 ноября, 19:02` in the zone `tz` (an IANA name; UTC when unknown), with the year unless it is that of `now_ms`.
    pub fn date_at(self, ts_ms: i64, tz: &str, now_ms: i64) -> String {
        let (when, now) = (zoned(ts_ms, tz), zoned(now_ms, tz));
        let month = self.tn("date-month", when.month().into());
        let (day, year) = (when.day().to_string(), when.year().to_string());
        let time = format!("{}:{:02}", when.hour(), when.minute());
        let args = [("day", &*day), ("month", &*month), ("year", &*year), ("time", &*time)];
        self.ta(if when.year() == now.year() { "date-short" } else { "date-long" }, &args)
    }

    /// For whoever reads it at an unknown place and time, such as in a mail: `12 ноября 2026, 19:02 (UTC+3,
    /// Europe/Moscow)`.
    pub fn moment(self, ts_ms: i64, tz: &str) -> String {
        let when = zoned(ts_ms, tz);
        let minutes = when.offset().seconds() / 60;
        let sign = if minutes < 0 { '−' } else { '+' };
        let zone = match (minutes, minutes.abs() / 60, minutes.abs() % 60, when.time_zone().iana_name()) {
            (0, _, _, None | Some("UTC")) => "UTC".to_owned(),
            (_, hours, 0, name) => format!("UTC{sign}{hours}, {}", name.unwrap_or_default()),
            (_, hours, rest, name) => format!("UTC{sign}{hours}:{rest:02}, {}", name.unwrap_or_default()),
        };
        let month = self.tn("date-month", when.month().into());
        let (day, year) = (when.day().to_string(), when.year().to_string());
        let time = format!("{}:{:02}", when.hour(), when.minute());
        let args = [("day", &*day), ("month", &*month), ("year", &*year), ("time", &*time)];
        format!("{} ({zone})", self.ta("date-long", &args))
    }

    /// `12 ноября`; `short`: `12 ноя`.
    pub fn day(self, date: Date, short: bool) -> String {
        let mut month = self.tn("date-month", date.month().into());
        if short {
            month = month.chars().take(3).collect();
        }
        self.ta("date-day", &[("day", &date.day().to_string()), ("month", &month)])
    }

    fn id(self) -> &'static LanguageIdentifier {
        match self {
            Self::Ru => &RU,
            Self::En => &EN,
        }
    }
}

/// One entry of `Accept-Language`: its weight and the language that we would answer in.
fn weighted(entry: &str) -> Option<(f32, Lang)> {
    let (tag, weight) = entry.split_once(';').unwrap_or((entry, ""));
    let weight = weight.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.trim().parse().ok())?;
    let primary = tag.trim().split('-').next()?.to_ascii_lowercase();
    let lang = match primary.as_str() {
        "ru" | "uk" | "be" | "kk" => Lang::Ru,
        "en" => Lang::En,
        _ => return None,
    };
    (weight > 0.0).then_some((weight, lang))
}

/// Midnights that lie between.
fn days_between(then: &Zoned, now: &Zoned) -> i32 {
    then.date().until(now.date()).map_or(0, |span| span.get_days())
}

fn zoned(ts_ms: i64, tz: &str) -> Zoned {
    let zone = TimeZone::get(tz).unwrap_or(TimeZone::UTC);
    Timestamp::from_millisecond(ts_ms).unwrap_or_default().to_zoned(zone)
}
