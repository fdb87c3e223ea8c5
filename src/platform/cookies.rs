//! Cookies. Over https each has the `__Host-` prefix and is Secure; over plain http, which only a
//! trial on loopback uses, the prefix would make browsers drop it.

use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};

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
        if self.https { format!("__Host-{name}") } else { name.to_owned() }
    }

    pub fn read(self, jar: &CookieJar, name: &str) -> Option<String> {
        jar.get(&self.name(name)).map(|cookie| cookie.value().to_owned())
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
