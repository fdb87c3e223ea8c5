//! What every mail knows. The bases are `mail.html` and `mail.txt`.

use crate::platform::base::{brand::Brand, i18n::Lang};

#[derive(Clone, Debug)]
pub struct MailFrame {
    pub lang: Lang,
    /// The name of the portal.
    pub site: String,
    /// Its address, without a slash at the end.
    pub url: String,
    /// Its colours.
    pub brand: Brand,
    /// Whom the mail greets.
    pub username: String,
}

/// A mail ready to be sent, in both forms.
#[derive(Clone, Debug)]
pub struct RenderedMail {
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl MailFrame {
    pub fn t(&self, key: &str) -> &'static str {
        self.lang.t(key)
    }

    pub fn tn(&self, key: &str, n: &i64) -> String {
        self.lang.tn(key, *n)
    }

    /// A text with one named string.
    pub fn ta(&self, key: &str, name: &'static str, value: &str) -> String {
        self.lang.ta(key, &[(name, value)])
    }
}
