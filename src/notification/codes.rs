//! Codes of errors in telling people. They never change: programs know errors by them.

pub use crate::account::codes::USER_NOT_FOUND;

crate::codes! {
    DELIVERY_NOT_FOUND = "delivery_not_found";
    NOTIFICATION_NOT_FOUND = "notification_not_found";
    UNSUBSCRIBE_INVALID = "unsubscribe_invalid";
}
