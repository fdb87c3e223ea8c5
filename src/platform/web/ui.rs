//! What every page knows: the reader's language, theme and account, and how to show names and times.

pub mod chart;
mod counts;
mod form;
mod mail;
mod nav;

use std::borrow::Borrow;

use askama::Template;
use jiff::Timestamp;

use crate::platform::base::{actor::Role, address::Address, brand::Brand, i18n::Lang};

pub use counts::Counts;
pub use form::Form;
pub use mail::{MailFrame, RenderedMail};
pub use nav::NavGroup;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Theme {
    /// As the reader's system says.
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == code)
    }

    pub fn icon(self) -> &'static str {
        match self {
            Self::Auto => "screen",
            Self::Light => "sun",
            Self::Dark => "moon",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Ui {
    pub lang: Lang,
    pub theme: Theme,
    /// The path of this page, with its query: where the switches of language and theme come back to.
    pub path: String,
    /// The name of the portal, as in `ospab.host`.
    pub site: String,
    /// What the addresses of style, script and icons begin with, as in `/assets/ab12cd34`.
    pub assets: String,
    /// Whose portal it is, for what its style sheet does not reach.
    pub brand: Brand,
    /// IANA name.
    pub timezone: String,
    pub now_ms: i64,
    pub user: Option<UiUser>,
    /// No mail can be sent: pages that would promise one say so.
    pub mail_off: bool,
    pub counts: Counts,
    /// How far its reader has been told with this page, as they count: what happens later is told by `/ws`.
    pub position: i64,
}

#[derive(Clone, Debug)]
pub struct UiUser {
    pub id: i64,
    pub username: String,
    pub email: String,
    pub role: Role,
}

impl Ui {
    /// An address as it is kept, for people.
    pub fn address(&self, kept: &str) -> String {
        Address::read(kept).name(self.lang)
    }

    pub fn t(&self, key: &str) -> &'static str {
        self.lang.t(key)
    }

    pub fn tn(&self, key: &str, n: impl Borrow<i64>) -> String {
        self.lang.tn(key, *n.borrow())
    }

    /// A text with one named string.
    pub fn ta(&self, key: &str, name: &'static str, value: &str) -> String {
        self.lang.ta(key, &[(name, value)])
    }

    /// How long before this page was made.
    pub fn ago(&self, ts_ms: &i64) -> String {
        self.lang.ago(*ts_ms, &self.timezone, self.now_ms)
    }

    pub fn date(&self, ts_ms: &i64) -> String {
        self.lang.date_at(*ts_ms, &self.timezone, self.now_ms)
    }

    /// RFC 3339 in UTC, for `datetime` attributes.
    pub fn iso(&self, ts_ms: &i64) -> String {
        Timestamp::from_millisecond(*ts_ms).unwrap_or_default().to_string()
    }

    pub fn role(&self, role: &Role) -> &'static str {
        self.t(role.text_key())
    }

    pub fn theme_label(&self, theme: &Theme) -> &'static str {
        self.t(match theme {
            Theme::Auto => "theme-auto",
            Theme::Light => "theme-light",
            Theme::Dark => "theme-dark",
        })
    }

    /// The heading of the page that shows an error of this status.
    pub fn error_title(&self, status: u16) -> &'static str {
        self.t(match status {
            401 | 403 => "error-title-forbidden",
            404 | 410 => "error-title-not-found",
            429 => "error-title-too-many-requests",
            503 => "error-title-unavailable",
            500.. => "error-title-internal",
            _ => "error-title-other",
        })
    }

    /// Where the logo is, if the hoster has set one.
    pub fn logo(&self) -> Option<String> {
        self.brand.logo().map(|logo| format!("{}/{}", self.assets, logo.file_name()))
    }

    /// The letter of the portal's mark.
    pub fn initial(&self) -> String {
        self.site.chars().take(1).collect()
    }

    /// The first letters of the first two words of a name.
    pub fn initials(&self, name: &str) -> String {
        let words = name.split(|c: char| !c.is_alphanumeric()).filter_map(|word| word.chars().next());
        let letters: String = words.take(2).flat_map(char::to_uppercase).collect();
        if letters.is_empty() { "?".to_owned() } else { letters }
    }

    /// Which of the twelve classes `hue-0` to `hue-11` colours this account's avatar.
    pub fn hue(&self, id: &i64) -> i64 {
        // Neighbours get distant colours: 5 has no factor in common with 12.
        (id * 5).rem_euclid(12)
    }

    /// Whether this page is `prefix` or below it.
    pub fn is_current(&self, prefix: &str) -> bool {
        let path = self.path.split('?').next().unwrap_or_default();
        path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    pub fn nav(&self) -> Vec<NavGroup> {
        nav::groups(self)
    }
}

/// What a person sees instead of a page: 403, 404, 429, 500.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    pub ui: Ui,
    pub status: u16,
    pub title: &'static str,
    pub message: String,
    /// What to name when asking for help.
    pub request_id: String,
}

/// What the service worker shows without a connection.
#[derive(Template)]
#[template(path = "offline.html")]
pub struct OfflinePage {
    pub ui: Ui,
}
