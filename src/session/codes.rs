//! Codes of errors in being signed in. They never change: programs know errors by them.

pub use crate::account::codes::{REGISTRATION_OFF, SETUP_INVALID, USER_NOT_FOUND};

crate::codes! {
    ACCOUNT_BLOCKED = "account_blocked";
    COOKIES_BLOCKED = "cookies_blocked";
    INVALID_CREDENTIALS = "invalid_credentials";
    LAST_ADMIN = "last_admin";
    PASSWORD_WRONG = "password_wrong";
    PROOF_REQUIRED = "proof_required";
    REFRESH_INVALID = "refresh_invalid";
    REFRESH_REUSED = "refresh_reused";
    RESET_INVALID = "reset_invalid";
    RESET_SUPERSEDED = "reset_superseded";
    SESSION_NOT_FOUND = "session_not_found";
}
