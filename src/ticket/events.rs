//! What others hear of tickets: ids in the log, written with their cause. Who may know it, decides who
//! reads it (`live.rs`).

use super::model::Ticket;
use crate::platform::data::{
    db::Tx,
    events::{Audience, Entry, Event, EventKind},
};

crate::events! {
    NEW = "ticket.new";
    RESPONSE = "ticket.response";
    STATUS = "ticket.status";
    UPDATED = "ticket.updated";
    /// What every node hears (`memory.rs`): a ticket (`id`) of somebody (`user`) is another than before.
    CHANGED = "ticket.changed";
    /// It has one internal note more: nothing that its owner sees is another.
    NOTED = "ticket.noted";
    /// A reader (`user`) has seen what is new of a ticket (`id`).
    SEEN = "ticket.seen";
}

/// Something happened to a ticket itself.
pub fn record(tx: &mut Tx, kind: EventKind, ticket: &Ticket) {
    tx.record(Entry::new(kind, ticket.id, ticket.user_id, Audience::OwnerAndStaff).of(ticket.id));
    touch(tx, ticket);
}

/// Nothing that a client is told, but what was read of it before is not true any more.
pub fn touch(tx: &mut Tx, ticket: &Ticket) {
    tx.emit(Event { kind: CHANGED, id: ticket.id, user: ticket.user_id });
}

/// An answer; an internal note is for staff, and its owner does not hear that there is something to
/// hear.
pub fn record_response(tx: &mut Tx, ticket: &Ticket, response: i64, is_internal: bool) {
    let audience = if is_internal { Audience::Staff } else { Audience::OwnerAndStaff };
    tx.record(Entry::new(RESPONSE, response, ticket.user_id, audience).of(ticket.id));
    if is_internal {
        tx.emit(Event { kind: NOTED, id: ticket.id, user: ticket.user_id });
    } else {
        touch(tx, ticket);
    }
}

/// A reader has seen what is new.
pub fn seen(tx: &mut Tx, ticket: i64, reader: i64) {
    tx.emit(Event { kind: SEEN, id: ticket, user: reader });
}
