//! The pages of signing in and of sessions, as data for their templates.

use askama::Template;

use crate::platform::{
    base::actor::Role,
    web::ui::{Form, Ui},
};

/// Values `email`.
#[derive(Template)]
#[template(path = "login.html")]
pub struct LoginPage {
    pub ui: Ui,
    pub form: Form,
    /// The own path to go to afterwards; empty = the overview.
    pub next: String,
    /// Whether strangers may register.
    pub registration: bool,
    /// Good news, as after a reset.
    pub notice: Option<&'static str>,
}

/// Values `username`, `email`.
#[derive(Template)]
#[template(path = "register.html")]
pub struct RegisterPage {
    pub ui: Ui,
    pub form: Form,
    pub next: String,
}

/// Values `email`.
#[derive(Template)]
#[template(path = "forgot.html")]
pub struct ForgotPage {
    pub ui: Ui,
    pub form: Form,
    /// The same whether or not the account exists.
    pub sent: bool,
}

#[derive(Template)]
#[template(path = "reset.html")]
pub struct ResetPage {
    pub ui: Ui,
    pub form: Form,
    pub token: String,
    /// Whose password it is, for password managers.
    pub email: String,
    /// Why the link does not work.
    pub problem: Option<String>,
}

/// Makes the first administrator. Values `username`, `email`.
#[derive(Template)]
#[template(path = "setup.html")]
pub struct SetupPage {
    pub ui: Ui,
    pub form: Form,
    pub token: String,
}

/// Asks for the password before access is changed. Error of `password`.
#[derive(Template)]
#[template(path = "prove.html")]
pub struct ProofPage {
    pub ui: Ui,
    pub form: Form,
    /// Where the form goes that was sent.
    pub action: String,
    /// All of its fields, in their order.
    pub typed: Vec<(String, String)>,
    /// The page to go back to.
    pub back: String,
    /// A QR code opened the session and nobody has confirmed it.
    pub unconfirmed: bool,
}

#[derive(Template)]
#[template(path = "sessions.html")]
pub struct SessionsPage {
    pub ui: Ui,
    pub sessions: Vec<SessionCard>,
    /// Newest first.
    pub attempts: Vec<AttemptRow>,
    /// The error of a name, or a message.
    pub form: Form,
    /// The password was given too long ago to end all others without it.
    pub needs_password: bool,
}

impl SessionsPage {
    fn others(&self) -> i64 {
        self.sessions.iter().filter(|card| !card.is_current).count().try_into().unwrap_or(i64::MAX)
    }
}

/// A session in one line.
pub struct SessionLine {
    /// `desktop`, `mobile`, `tablet`, `bot` or `api`.
    pub kind: &'static str,
    pub title: String,
    pub place: String,
    pub last_activity_ms: i64,
    pub is_current: bool,
}

/// The page behind the link of the mail about a new device.
#[derive(Template)]
#[template(path = "not_me.html")]
pub struct NotMePage {
    pub ui: Ui,
    pub token: String,
    /// None: the link is expired or the session has ended.
    pub card: Option<SessionCard>,
    pub done: bool,
}

pub struct SessionCard {
    pub id: i64,
    /// `desktop`, `mobile`, `tablet`, `bot` or `api`.
    pub kind: &'static str,
    /// "iPhone · Safari 18", or the owner's own name for it.
    pub title: String,
    /// Device and browser when the title is an own name, else empty.
    pub device_line: String,
    pub ip: String,
    pub place: String,
    pub last_activity_ms: i64,
    pub created_ms: i64,
    /// How it was opened: `password`, `qr`, `register`, `reset`, `setup`.
    pub method: String,
    pub is_current: bool,
    /// Opened by another device and still of limited rights.
    pub unconfirmed: bool,
}

impl SessionCard {
    /// The rest of "signed in 12 November", as in ", with a password".
    fn by(&self, ui: &Ui) -> &'static str {
        match self.method.as_str() {
            "password" => ui.t("session-by-password"),
            "qr" => ui.t("session-by-qr"),
            "register" | "setup" => ui.t("session-by-register"),
            "reset" => ui.t("session-by-reset"),
            _ => "",
        }
    }
}

pub struct AttemptRow {
    pub success: bool,
    pub device: String,
    pub browser: String,
    /// In the reader's language.
    pub reason_or_method: &'static str,
    pub place: String,
    pub ip: String,
    pub created_ms: i64,
    /// How many alike in a row are shown as this one.
    pub count: i64,
    /// A replaced token came back: perhaps a theft.
    pub theft: bool,
}

/// For the administrator.
#[derive(Template)]
#[template(path = "users.html")]
pub struct UsersPage {
    pub ui: Ui,
    pub users: Vec<UserRow>,
    pub query: String,
    /// Only whom no mail reaches are shown.
    pub unreachable: bool,
    /// How many there are of them.
    pub without_mail: i64,
    /// From 1.
    pub page: i64,
    pub pages: i64,
    pub total: i64,
    /// Of a new account: values `username`, `email`, `role`.
    pub form: Form,
    pub notice: Option<&'static str>,
}

impl UsersPage {
    fn roles(&self) -> [(&'static str, &'static str); 3] {
        Role::ALL.map(|role| (role.as_str(), self.ui.role(&role)))
    }
}

/// Where an administrator gives an account another address. Value and error of `email`.
#[derive(Template)]
#[template(path = "user_email.html")]
pub struct UserEmailPage {
    pub ui: Ui,
    pub id: i64,
    pub username: String,
    /// As it is now.
    pub email: String,
    pub form: Form,
}

pub struct UserRow {
    pub id: i64,
    pub username: String,
    pub email: String,
    /// False: no mail arrives there.
    pub reachable: bool,
    pub role: Role,
    pub blocked: bool,
    pub created_ms: i64,
    pub last_seen_ms: Option<i64>,
    /// Live ones.
    pub sessions: i64,
    pub is_me: bool,
}

impl UserRow {
    /// For `<option selected>`.
    fn is_role(&self, value: &str) -> bool {
        self.role.as_str() == value
    }
}
