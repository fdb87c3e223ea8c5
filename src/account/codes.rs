//! Codes of errors in account. They never change: programs know errors by them.

crate::codes! {
    EMAIL_TAKEN = "email_taken";
    REGISTRATION_OFF = "registration_off";
    SETUP_INVALID = "setup_invalid";
    USER_NOT_FOUND = "user_not_found";
}
