//! What an account is, and the rules for what people type into it.

use serde::Serialize;
use utoipa::ToSchema;

use super::strength;
use crate::platform::base::{
    actor::{Actor, Role},
    clock::Timestamp,
    error::Error,
    mailbox,
    text::line,
};

/// A row of `account`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Account {
    pub id: i64,
    pub username: String,
    pub email: String,
    pub password_hash: String,
    pub role: Role,
    pub language: String,
    pub timezone: String,
    pub avatar_url: Option<String>,
    pub blocked_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub signed_in_at: Option<Timestamp>,
}

/// A person in JSON.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    pub id: i64,
    #[schema(example = "Артём Соколов")]
    pub username: String,
    #[schema(example = "artem@example.ru")]
    pub email: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// 1 for operators and administrators, else 0.
    pub operator: u8,
    pub is_admin: bool,
    /// `ru` or `en`.
    pub locale: String,
}

impl From<&Account> for UserView {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id,
            username: account.username.clone(),
            email: account.email.clone(),
            created_at: account.created_at,
            operator: account.role.is_staff().into(),
            is_admin: account.role.is_admin(),
            locale: account.language.clone(),
        }
    }
}

impl From<&Actor> for UserView {
    fn from(actor: &Actor) -> Self {
        Self {
            id: actor.user,
            username: actor.username.clone(),
            email: actor.email.clone(),
            created_at: actor.created_at,
            operator: actor.role.is_staff().into(),
            is_admin: actor.role.is_admin(),
            locale: actor.language.clone(),
        }
    }
}

/// A username: 2 to 64 characters that can be seen, on one line.
pub fn check_username(error: Error, username: &str) -> Error {
    let length = line(username).chars().count();
    if length == 0 {
        return error.field("username", "field-required");
    }
    if !(2..=64).contains(&length) {
        return error.field("username", "field-username-length");
    }
    error
}

/// An address that mail can be sent to.
pub fn check_email(error: Error, email: &str) -> Error {
    if mailbox::clean(email).is_empty() {
        return error.field("email", "field-required");
    }
    match mailbox::deliverable(email) {
        None => error.field("email", "field-email-invalid"),
        Some(_) if !mailbox::is_reachable(email) => error.field("email", "field-email-unreachable"),
        Some(_) => error,
    }
}

/// A new password: 8 to 128 characters (ASVS 6.2.1, 6.2.9). Whether it is guessed at once takes time to
/// find out, and is asked when it is hashed.
pub fn check_password(error: Error, field: &'static str, password: &str) -> Error {
    if password.is_empty() {
        return error.field(field, "field-required");
    }
    let has_length = strength::composed(password).is_some_and(|text| text.chars().count() >= strength::SHORTEST);
    if has_length { error } else { error.field(field, "field-password-length") }
}

/// A time zone by its IANA name.
pub fn check_timezone(error: Error, timezone: &str) -> Error {
    if jiff::tz::TimeZone::get(timezone).is_ok() { error } else { error.field("timezone", "field-timezone-unknown") }
}

pub fn check_language(error: Error, language: &str) -> Error {
    if crate::platform::base::i18n::Lang::from_code(language).is_some() {
        error
    } else {
        error.field("language", "field-language-unknown")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(error: Error) -> Vec<&'static str> {
        error.fields.into_values().collect()
    }

    #[test]
    fn asvs_6_2_1_passwords_have_8_to_128_characters_of_any_kind() {
        let check = |password: &str| wrong(check_password(Error::invalid(), "password", password));
        assert!(check("кот ест рыбу на крыше").is_empty());
        assert!(check(&"жужелица,-ёлка,+Ъ9".chars().cycle().step_by(7).take(128).collect::<String>()).is_empty());
        assert!(check(&"и\u{306}".repeat(128)).is_empty(), "counted as they are read");
        assert_eq!(check(&"и\u{306}".repeat(7)), ["field-password-length"]);
        assert_eq!(check("Xk7#q2p"), ["field-password-length"]);
        assert_eq!(check(&"жук".repeat(43)), ["field-password-length"]);
        assert_eq!(check(""), ["field-required"]);
    }
}
