//! What others hear of tickets: ids only, after the commit. Who may know it, decides who reads it.

use super::model::Ticket;
use crate::platform::{db::Tx, events::Event};

pub const TICKET_NEW: &str = "ticket.new";
pub const TICKET_RESPONSE: &str = "ticket.response";
/// An internal note: staff only.
pub const TICKET_NOTE: &str = "ticket.note";
pub const TICKET_STATUS: &str = "ticket.status";
pub const TICKET_UPDATED: &str = "ticket.updated";

/// Says that something happened to a ticket.
pub fn emit(tx: &mut Tx, kind: &str, ticket: &Ticket) {
    tx.emit(Event { kind: kind.into(), id: ticket.id, user: ticket.user_id });
}
