//! The mails about sign-ins and passwords: what they say, as text and as HTML.

use askama::Template;

use super::model::AccessChange;
use crate::platform::web::ui::{MailFrame, RenderedMail};

/// A sign-in from a device not seen before.
pub struct NewDeviceMail {
    pub frame: MailFrame,
    /// Approved on a phone.
    pub by_qr: bool,
    /// "Windows · Chrome 143".
    pub device: String,
    pub place: String,
    pub ip: String,
    /// In the reader's zone and language.
    pub when: String,
    /// The page that ends this session.
    pub end_url: String,
}

impl NewDeviceMail {
    fn lead(&self) -> String {
        let key = if self.by_qr { "mail-qr-sign-in-lead" } else { "mail-new-device-lead" };
        self.frame.ta(key, "site", &self.frame.site)
    }
}

/// A one-time link that sets a new password.
pub struct ResetMail {
    pub frame: MailFrame,
    pub reset_url: String,
    /// How long the link works.
    pub minutes: i64,
}

pub struct PasswordChangedMail {
    pub frame: MailFrame,
    pub when: String,
    pub ip: String,
    /// Where one asks for a new password.
    pub forgot_url: String,
}

/// A replaced refresh token came back, and its session was ended.
pub struct TokenReuseMail {
    pub frame: MailFrame,
    pub when: String,
    pub ip: String,
    /// Where one asks for a new password.
    pub forgot_url: String,
}

/// An administrator changed what the account may do.
pub struct AccessMail {
    pub frame: MailFrame,
    pub change: AccessChange,
    pub when: String,
}

impl AccessMail {
    fn lead(&self) -> String {
        match self.change {
            AccessChange::Role(role) => self.frame.ta("mail-access-role", "role", self.frame.t(role.text_key())),
            AccessChange::Blocked => self.frame.t("mail-access-blocked").to_owned(),
            AccessChange::Unblocked => self.frame.t("mail-access-unblocked").to_owned(),
            AccessChange::Password => self.frame.t("mail-access-password").to_owned(),
        }
    }
}

/// An administrator gave the account another address: told to both.
pub struct AddressMail {
    pub frame: MailFrame,
    pub old: String,
    pub new: String,
    /// Whether this one goes to the new address.
    pub to_new: bool,
    pub when: String,
}

impl AddressMail {
    fn lead(&self) -> &'static str {
        self.frame.t(if self.to_new { "mail-address-new" } else { "mail-address-old" })
    }
}

/// Wrong passwords in a row.
pub struct FailuresMail {
    pub frame: MailFrame,
    pub device: String,
    pub place: String,
    pub ip: String,
    pub when: String,
    /// Where one asks for a new password.
    pub forgot_url: String,
}

/// Makes `render()` from a pair of templates, each of which sees its mail as `mail`.
macro_rules! mail {
    ($mail:ident, $subject:literal, $html:ident $html_path:literal, $text:ident $text_path:literal) => {
        #[derive(Template)]
        #[template(path = $html_path)]
        struct $html<'a> {
            mail: &'a $mail,
        }

        #[derive(Template)]
        #[template(path = $text_path)]
        struct $text<'a> {
            mail: &'a $mail,
        }

        impl $mail {
            pub fn subject(&self) -> String {
                self.frame.ta($subject, "site", &self.frame.site)
            }

            pub fn render(&self) -> askama::Result<RenderedMail> {
                let (html, text) = ($html { mail: self }.render()?, $text { mail: self }.render()?);
                Ok(RenderedMail { subject: self.subject(), text, html })
            }
        }
    };
}

mail!(NewDeviceMail, "mail-new-device-subject", NewDeviceHtml "mail_new_device.html", NewDeviceText "mail_new_device.txt");
mail!(ResetMail, "mail-reset-subject", ResetHtml "mail_reset.html", ResetText "mail_reset.txt");
mail!(PasswordChangedMail, "mail-password-changed-subject",
    PasswordChangedHtml "mail_password_changed.html", PasswordChangedText "mail_password_changed.txt");
mail!(AccessMail, "mail-access-subject", AccessHtml "mail_access.html", AccessText "mail_access.txt");
mail!(AddressMail, "mail-address-subject", AddressHtml "mail_address.html", AddressText "mail_address.txt");
mail!(FailuresMail, "mail-failures-subject", FailuresHtml "mail_failures.html", FailuresText "mail_failures.txt");
mail!(TokenReuseMail, "mail-token-reuse-subject", TokenReuseHtml "mail_token_reuse.html", TokenReuseText "mail_token_reuse.txt");
