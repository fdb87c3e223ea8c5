//! The pages of one's own account, as data for their templates.

use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::platform::{
    base::i18n::Lang,
    web::ui::{Form, Ui},
};

/// What is offered in the list of time zones, west to east, with the key of its name.
const ZONES: [(&str, &str); 22] = [
    ("America/Los_Angeles", "zone-los-angeles"),
    ("America/New_York", "zone-new-york"),
    ("UTC", "zone-utc"),
    ("Europe/London", "zone-london"),
    ("Europe/Berlin", "zone-berlin"),
    ("Europe/Kaliningrad", "zone-kaliningrad"),
    ("Europe/Kyiv", "zone-kyiv"),
    ("Europe/Minsk", "zone-minsk"),
    ("Europe/Moscow", "zone-moscow"),
    ("Asia/Tbilisi", "zone-tbilisi"),
    ("Asia/Yerevan", "zone-yerevan"),
    ("Europe/Samara", "zone-samara"),
    ("Asia/Almaty", "zone-almaty"),
    ("Asia/Tashkent", "zone-tashkent"),
    ("Asia/Yekaterinburg", "zone-yekaterinburg"),
    ("Asia/Omsk", "zone-omsk"),
    ("Asia/Novosibirsk", "zone-novosibirsk"),
    ("Asia/Krasnoyarsk", "zone-krasnoyarsk"),
    ("Asia/Irkutsk", "zone-irkutsk"),
    ("Asia/Yakutsk", "zone-yakutsk"),
    ("Asia/Vladivostok", "zone-vladivostok"),
    ("Asia/Kamchatka", "zone-kamchatka"),
];

#[derive(Template)]
#[template(path = "settings.html")]
pub struct SettingsPage {
    pub ui: Ui,
    /// Values `username`, `email` (shown only), `language`, `timezone`.
    pub profile: Form,
    /// Errors of `currentPassword`, `newPassword`; no values.
    pub password: Form,
    /// (IANA name, text); see [`zone_choices`].
    pub timezones: Vec<(String, String)>,
    /// Which part was just saved: `profile` or `password`.
    pub saved: Option<String>,
}

impl SettingsPage {
    fn languages(&self) -> [(&'static str, &'static str); 2] {
        Lang::ALL.map(|lang| (lang.code(), lang.own_name()))
    }

    fn saved(&self, part: &str) -> bool {
        self.saved.as_deref() == Some(part)
    }
}

/// The list of zones for a select, with the offsets of `now_ms`; `current` is in it even when rare.
pub fn zone_choices(lang: Lang, now_ms: i64, current: &str) -> Vec<(String, String)> {
    let now = Timestamp::from_millisecond(now_ms).unwrap_or_default();
    let choice = |name: &str, text: &str| (name.to_owned(), format!("{text} ({})", offset(name, now)));
    let mut choices: Vec<_> = ZONES.iter().map(|(name, key)| choice(name, lang.t(key))).collect();
    if !current.is_empty() && ZONES.iter().all(|(name, _)| *name != current) {
        choices.push(choice(current, current));
    }
    choices
}

/// `UTC+3`, `UTC+5:30`.
fn offset(zone: &str, now: Timestamp) -> String {
    let minutes = TimeZone::get(zone).map_or(0, |zone| zone.to_offset(now).seconds() / 60);
    let (sign, hours, rest) = (if minutes < 0 { '−' } else { '+' }, minutes.abs() / 60, minutes.abs() % 60);
    match (hours, rest) {
        (0, 0) => "UTC".to_owned(),
        (_, 0) => format!("UTC{sign}{hours}"),
        _ => format!("UTC{sign}{hours}:{rest:02}"),
    }
}
