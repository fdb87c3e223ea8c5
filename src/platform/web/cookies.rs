//! Cookies. Over https each has the `__Host-` prefix and is Secure; over plain http, which only a
//! trial on loopback uses, the prefix would make browsers drop it.

use crate::platform::Platform;
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
/// Set where somebody is about to sign in, to see whether the browser keeps cookies.
pub const PROBE: &str = "kept";
/// Choices of a person who is not signed in. They are no secret.
pub const THEME: &str = "theme";
pub const LANGUAGE: &str = "lang";

#[derive(Clone, Copy, Debug)]
pub struct Cookies {
    https: bool,
}

impl Platform {
    /// The cookies of a site that is reached by https, or not.
    pub fn cookies(&self) -> Cookies {
        Cookies::new(self.https)
    }
}

impl Cookies {
    pub fn new(https: bool) -> Self {
        Self { https }
    }

    fn name(self, name: &str) -> String {
        if self.https { format!("{PREFIX}{name}") } else { name.to_owned() }
    }

    /// The value of a cookie as the browser sends it back. Ours need no escapes (RFC 6265, 4.2.1); those
    /// that others set for this host may hold any bytes, and are stepped over.
    pub fn read<'a>(self, headers: &'a HeaderMap, name: &'a str) -> Option<&'a str> {
        self.all(headers, name).next()
    }

    /// All of this name: over plain http another program on the host may have set one too, and browsers send
    /// that of the longer path first.
    pub fn all<'a>(self, headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
        let prefix = if self.https { PREFIX } else { "" };
        let lines = headers.get_all(header::COOKIE).into_iter();
        let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
        let ours = pairs.filter_map(|pair| str::from_utf8(pair).ok()?.trim().split_once('='));
        ours.filter(move |(key, _)| key.strip_prefix(prefix) == Some(name)).map(|(_, value)| value)
    }

    /// Whether the browser sends any of our cookies, so that it keeps another one too.
    pub fn are_kept(self, headers: &HeaderMap) -> bool {
        [PROBE, DEVICE, SESSION, THEME, LANGUAGE, QR].iter().any(|name| self.read(headers, name).is_some())
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

    /// A cookie for as long as the browser is open.
    pub fn probe(self) -> Cookie<'static> {
        let mut cookie = self.make(PROBE, "1".to_owned(), 0);
        cookie.set_max_age(None);
        cookie
    }

    /// Tells the browser to forget the cookie.
    pub fn forget(self, name: &str) -> Cookie<'static> {
        self.make(name, String::new(), 0)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(lines: &[&[u8]], https: bool) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        Cookies::new(https).read(&headers, SESSION).map(str::to_owned)
    }

    #[test]
    fn input_11_cookies_of_others_may_hold_any_bytes() {
        for foreign in
            [&b"theirs=\xff\xfe"[..], "имя=значение".as_bytes(), b"\x80", b"=;;=", b"a=\"b; c\"", b"theirs=1"]
        {
            let before = [foreign, b"; session=abc"].concat();
            let after = [b"session=abc; ", foreign].concat();
            assert_eq!(read(&[&before], false).as_deref(), Some("abc"), "{foreign:?}");
            assert_eq!(read(&[&after], false).as_deref(), Some("abc"), "{foreign:?}");
            assert_eq!(read(&[foreign, b"session=abc"], false).as_deref(), Some("abc"), "{foreign:?}");
            let safe = [foreign, b"; __Host-session=abc"].concat();
            assert_eq!(read(&[&safe], true).as_deref(), Some("abc"), "{foreign:?}");
        }
        let two = HeaderMap::from_iter([(header::COOKIE, "session=theirs; a=b; session=ours".parse().unwrap())]);
        assert_eq!(Cookies::new(false).all(&two, SESSION).collect::<Vec<_>>(), ["theirs", "ours"]);
        assert_eq!(read(&[b"session=\xff"], false), None);
        assert_eq!(read(&[b"session=abc"], true), None);
    }
}
