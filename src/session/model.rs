//! What a session is, how it is shown, and why a sign-in can fail.

use serde::Serialize;
use utoipa::ToSchema;

use crate::platform::base::{actor::Role, clock::Timestamp, geo::Place, i18n::Lang, user_agent::localised};

/// A row of `session` as its owner may see it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    pub id: i64,
    pub user_id: i64,
    pub sign_in_method: String,
    pub name: Option<String>,
    pub ip_address: String,
    pub user_agent: String,
    pub device_type: String,
    pub device: String,
    pub browser: String,
    pub os: String,
    pub location: String,
    pub unconfirmed_until: Option<Timestamp>,
    pub last_activity: Timestamp,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A session in JSON; never a token or its hash.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    pub id: i64,
    /// The owner's own name for it, or the device's.
    #[schema(example = "Pixel 8")]
    pub device: String,
    /// `desktop`, `mobile`, `tablet`, `bot` or `api`.
    pub device_type: String,
    #[schema(example = "Chrome 143")]
    pub browser: String,
    #[schema(example = "Android 16")]
    pub os: String,
    #[schema(example = "81.2.69.142")]
    pub ip_address: String,
    /// City and country in the reader's language.
    #[schema(example = "Москва, Россия")]
    pub location: String,
    pub user_agent: String,
    #[schema(value_type = String, format = DateTime)]
    pub last_activity: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    pub is_current: bool,
    /// `password` or `qr`.
    pub sign_in_method: String,
}

impl Session {
    /// The owner's name for the device, or the device's own.
    pub fn device_name(&self, lang: Lang) -> String {
        self.name.clone().unwrap_or_else(|| localised(&self.device, lang.is_russian()))
    }

    /// "iPhone · Safari 18".
    pub fn title(&self, lang: Lang) -> String {
        format!("{} · {}", self.device_name(lang), localised(&self.browser, lang.is_russian()))
    }

    pub fn place(&self, lang: Lang) -> String {
        Place::from_json(&self.location).name(lang.is_russian())
    }

    /// About how many bytes of memory it takes.
    pub fn weight(&self) -> usize {
        let texts = [&self.ip_address, &self.user_agent, &self.device, &self.browser, &self.os, &self.location];
        size_of::<Self>() + texts.iter().map(|text| text.len()).sum::<usize>()
    }

    pub fn view(&self, lang: Lang, current: i64, last_activity: Timestamp) -> SessionView {
        SessionView {
            id: self.id,
            device: self.device_name(lang),
            device_type: self.device_type.clone(),
            browser: localised(&self.browser, lang.is_russian()),
            os: localised(&self.os, lang.is_russian()),
            ip_address: self.ip_address.clone(),
            location: self.place(lang),
            user_agent: self.user_agent.clone(),
            last_activity,
            created_at: self.created_at,
            expires_at: self.expires_at,
            is_current: self.id == current,
            sign_in_method: self.sign_in_method.clone(),
        }
    }
}

/// How somebody came in, or tried to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Password,
    /// A phone that was signed in approved it.
    Qr,
    Refresh,
    Reset,
}

impl Method {
    #[cfg(test)]
    pub const ALL: [Self; 4] = [Self::Password, Self::Qr, Self::Refresh, Self::Reset];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Qr => "qr",
            Self::Refresh => "refresh",
            Self::Reset => "reset",
        }
    }
}

/// What a history row says beside success or failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    WrongPassword,
    Blocked,
    /// A good sign-in that ended the session idle longest.
    SessionLimit,
    /// A replaced refresh token came back: perhaps it was stolen.
    TokenReuse,
    PasswordReset,
    /// The owner said no on the phone, or picked a number that the computer does not show.
    QrRejected,
    QrWrongNumber,
    /// The owner said no and reported it.
    QrReported,
}

impl Reason {
    #[cfg(test)]
    pub const ALL: [Self; 8] = [
        Self::WrongPassword,
        Self::Blocked,
        Self::SessionLimit,
        Self::TokenReuse,
        Self::PasswordReset,
        Self::QrRejected,
        Self::QrWrongNumber,
        Self::QrReported,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::WrongPassword => "wrong_password",
            Self::Blocked => "account_blocked",
            Self::SessionLimit => "session_limit",
            Self::TokenReuse => "token_reuse",
            Self::PasswordReset => "password_reset",
            Self::QrRejected => "qr_rejected",
            Self::QrWrongNumber => "qr_wrong_number",
            Self::QrReported => "qr_reported",
        }
    }
}

/// What another did to somebody's access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessChange {
    Role(Role),
    Blocked,
    Unblocked,
    /// A password was set for them.
    Password,
}

impl AccessChange {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Role(_) => "role",
            Self::Blocked => "blocked",
            Self::Unblocked => "unblocked",
            Self::Password => "password",
        }
    }
}

/// A row of `sign_in_attempt`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Attempt {
    pub id: i64,
    pub method: String,
    pub success: bool,
    pub reason: Option<String>,
    pub ip_address: String,
    pub location: String,
    pub user_agent: String,
    pub device: String,
    pub browser: String,
    pub count: i64,
    pub created_at: Timestamp,
}

/// A sign-in attempt in JSON.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttemptView {
    pub id: i64,
    pub ip_address: String,
    pub location: String,
    pub device: String,
    pub browser: String,
    pub user_agent: String,
    /// `password`, `qr`, `refresh` or `reset`.
    pub method: String,
    pub success: bool,
    /// `wrong_password`, `account_blocked`, `session_limit`, `token_reuse`, `password_reset`, `qr_rejected`,
    /// `qr_wrong_number`, `qr_reported` or null.
    pub reason: Option<String>,
    /// How many equal attempts in a row this stands for.
    pub count: i64,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl Attempt {
    pub fn view(&self, lang: Lang) -> AttemptView {
        AttemptView {
            id: self.id,
            ip_address: self.ip_address.clone(),
            location: Place::from_json(&self.location).name(lang.is_russian()),
            device: localised(&self.device, lang.is_russian()),
            browser: localised(&self.browser, lang.is_russian()),
            user_agent: self.user_agent.clone(),
            method: self.method.clone(),
            success: self.success,
            reason: self.reason.clone(),
            count: self.count,
            created_at: self.created_at,
        }
    }
}
