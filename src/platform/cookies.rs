//! Cookies. Over https each has the `__Host-` prefix and is Secure; over plain http, which only a
//! trial on loopback uses, the prefix would make browsers drop it.

use axum::http::{HeaderMap, header};
use axum_extra::extract::cookie::{Cookie, SameSite};

/// Browsers keep such a cookie only when it is Secure, of this host and of the whole site.
const PREFIX: &str = "__Host-";

/// The signed-in browser's secret.
pub const SESSION: &str = "session";
/// Marks a browser that has signed in before.
pub const DEVICE: &str = "device";
/// Binds a QR sign-in to the browser that asked for it.
pub const QR: &str = "qr";
/// Choices of a person who is not signed in. They are no secret.
pub const THEME: &str = "theme";
pub const LANGUAGE: &str = "lang";

#[derive(Clone, Copy, Debug)]
pub struct Cookies {
    https: bool,
}

impl Cookies {
    pub fn new(https: bool) -> Self {
        Self { https }
    }

    fn name(self, name: &str) -> String {
        if self.https { format!("{PREFIX}{name}") } else { name.to_owned() }
    }

    /// The value of a cookie as the browser sends it back. Ours need no escapes (RFC 6265, 4.2.1).
    pub fn read<'a>(self, headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
        let prefix = if self.https { PREFIX } else { "" };
        let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(key, _)| key.strip_prefix(prefix) == Some(name)).map(|(_, value)| value)
    }

    /// A cookie that scripts cannot read and other sites do not send.
    pub fn make(self, name: &str, value: String, days: i64) -> Cookie<'static> {
        Cookie::build((self.name(name), value))
            .path("/")
            .http_only(true)
            .secure(self.https)
            .same_site(SameSite::Lax)
            .max_age(cookie::time::Duration::days(days))
            .build()
    }

    /// A cookie for a moment, which no other site's page brings along, not even by a link.
    pub fn make_strict(self, name: &str, value: String, seconds: i64) -> Cookie<'static> {
        let mut cookie = self.make(name, value, 0);
        cookie.set_same_site(SameSite::Strict);
        cookie.set_max_age(cookie::time::Duration::seconds(seconds));
        cookie
    }

    /// Tells the browser to forget the cookie.
    pub fn forget(self, name: &str) -> Cookie<'static> {
        self.make(name, String::new(), 0)
    }
}
