//! Who is told what: notices are written with their cause, in the same transaction.

use super::{Tickets, model::Ticket};
use crate::platform::{actor::Actor, db::Tx, http::error::Result};

/// A new ticket: operators.
pub async fn created(_: &Tickets, _: &mut Tx, _: &Ticket, _: &Actor) -> Result<()> {
    Ok(())
}

/// A new public answer: the other side.
pub async fn answered(_: &Tickets, _: &mut Tx, _: &Ticket, _: &Actor, _response: i64, _message: &str) -> Result<()> {
    Ok(())
}

/// A new status: the owner, unless they set it themselves. `by` 0: time did it.
pub async fn status_changed(_: &Tickets, _: &mut Tx, _: &Ticket, _by: i64) -> Result<()> {
    Ok(())
}

/// The ticket was given to an operator by somebody else.
pub async fn assigned(_: &Tickets, _: &mut Tx, _: &Ticket, _: &Actor, _operator: i64) -> Result<()> {
    Ok(())
}

/// The customer has been silent for days.
pub async fn reminded(_: &Tickets, _: &mut Tx, _: &Ticket) -> Result<()> {
    Ok(())
}
