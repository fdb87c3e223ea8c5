//! Codes of errors in tickets. They never change: programs know errors by them.

pub use crate::platform::base::error::codes::FILE_NOT_FOUND;

crate::codes! {
    TICKET_BUSY = "ticket_busy";
    TICKET_CLOSED = "ticket_closed";
    TICKET_IS_CLOSED = "ticket_is_closed";
    TICKET_NOT_FOUND = "ticket_not_found";
    TICKET_STALE = "ticket_stale";
    TICKET_WRONG_STATUS = "ticket_wrong_status";
}
