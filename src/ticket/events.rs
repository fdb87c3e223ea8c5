//! What others hear of tickets: ids in the log, written with their cause. Who may know it, decides who
//! reads it (`live.rs`).

use super::model::Ticket;
use crate::platform::{
    db::Tx,
    events::{Audience, Entry},
};

pub const NEW: &str = "ticket.new";
pub const RESPONSE: &str = "ticket.response";
pub const STATUS: &str = "ticket.status";
pub const UPDATED: &str = "ticket.updated";

/// Something happened to a ticket itself.
pub fn record(tx: &mut Tx, kind: &str, ticket: &Ticket) {
    tx.record(Entry::new(kind, ticket.id, ticket.user_id, Audience::OwnerAndStaff).of(ticket.id));
}

/// An answer; an internal note is for staff, and its owner does not hear that there is something to
/// hear.
pub fn record_response(tx: &mut Tx, ticket: &Ticket, response: i64, is_internal: bool) {
    let audience = if is_internal { Audience::Staff } else { Audience::OwnerAndStaff };
    tx.record(Entry::new(RESPONSE, response, ticket.user_id, audience).of(ticket.id));
}
