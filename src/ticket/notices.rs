//! Who is told what: notices are written with their cause, in the same transaction. A customer is told
//! of public things only; what is for staff says so, and is looked at again before it is sent.

use super::{
    Tickets,
    model::{Status, Ticket},
    store,
};
use crate::{
    notification::{
        actions::notify,
        model::{Facts, Kind, NewNotice},
    },
    platform::{actor::Actor, db::Tx, http::error::Result},
};

/// What every text about a ticket may need.
fn facts(ticket: &Ticket, author: &str, text: &str) -> Facts {
    Facts {
        title: ticket.title.clone(),
        author: author.to_owned(),
        excerpt: Facts::excerpt_of(text),
        ..Facts::default()
    }
}

/// Tells the owner, unless the owner did it.
async fn tell_owner(
    tickets: &Tickets,
    tx: &mut Tx,
    ticket: &Ticket,
    by: i64,
    kind: Kind,
    key: &str,
    facts: Facts,
) -> Result<()> {
    if by == ticket.user_id {
        return Ok(());
    }
    let new = NewNotice { user: ticket.user_id, kind, key, ticket: Some(ticket.id), staff_only: false, facts };
    notify(&tickets.notifications, tx, &new).await
}

/// Tells some of the staff, but not whoever did it.
async fn tell_staff(
    tickets: &Tickets,
    tx: &mut Tx,
    ticket: &Ticket,
    by: i64,
    to: &[i64],
    kind: Kind,
    key: &str,
    facts: Facts,
) -> Result<()> {
    for user in to.iter().copied().filter(|user| *user != by) {
        let new = NewNotice { user, kind, key, ticket: Some(ticket.id), staff_only: true, facts: facts.clone() };
        notify(&tickets.notifications, tx, &new).await?;
    }
    Ok(())
}

/// Who works on a ticket: its operator, or everybody while nobody has it.
async fn desk(tx: &mut Tx, ticket: &Ticket) -> Result<Vec<i64>> {
    match ticket.assigned_to {
        Some(operator) => Ok(vec![operator]),
        None => Ok(store::any_staff(tx).await?),
    }
}

/// A new ticket: operators.
pub async fn created(tickets: &Tickets, tx: &mut Tx, ticket: &Ticket, actor: &Actor) -> Result<()> {
    let to = store::any_staff(tx).await?;
    let facts = facts(ticket, &actor.username, &ticket.message);
    tell_staff(tickets, tx, ticket, actor.user, &to, Kind::TicketNew, &format!("new-{}", ticket.id), facts).await
}

/// A new public answer: the other side.
pub async fn answered(
    tickets: &Tickets,
    tx: &mut Tx,
    ticket: &Ticket,
    actor: &Actor,
    response: i64,
    text: &str,
) -> Result<()> {
    let (key, facts) = (format!("reply-{response}"), facts(ticket, &actor.username, text));
    if actor.role.is_staff() {
        return tell_owner(tickets, tx, ticket, actor.user, Kind::TicketReply, &key, facts).await;
    }
    let to = desk(tx, ticket).await?;
    tell_staff(tickets, tx, ticket, actor.user, &to, Kind::TicketReply, &key, facts).await
}

/// A note of a colleague: the operator who has the ticket.
pub async fn noted(
    tickets: &Tickets,
    tx: &mut Tx,
    ticket: &Ticket,
    actor: &Actor,
    response: i64,
    text: &str,
) -> Result<()> {
    let Some(operator) = ticket.assigned_to else { return Ok(()) };
    let (key, facts) = (format!("reply-{response}"), facts(ticket, &actor.username, text));
    tell_staff(tickets, tx, ticket, actor.user, &[operator], Kind::TicketReply, &key, facts).await
}

/// A new status that no answer brought: the owner. `by` 0: time did it.
pub async fn status_changed(tickets: &Tickets, tx: &mut Tx, ticket: &Ticket, by: i64) -> Result<()> {
    let key = format!("status-{}-{}", ticket.id, ticket.version);
    let facts = Facts { status: ticket.status.as_str().to_owned(), ..facts(ticket, "", "") };
    tell_owner(tickets, tx, ticket, by, Kind::TicketStatus, &key, facts.clone()).await?;
    // The customer closed or thanked: whoever worked on it should know.
    if by == ticket.user_id && matches!(ticket.status, Status::Resolved | Status::Closed) {
        let to: Vec<i64> = ticket.assigned_to.into_iter().collect();
        tell_staff(tickets, tx, ticket, by, &to, Kind::TicketStatus, &key, facts).await?;
    }
    Ok(())
}

/// The ticket was given to an operator by somebody else.
pub async fn assigned(tickets: &Tickets, tx: &mut Tx, ticket: &Ticket, actor: &Actor, operator: i64) -> Result<()> {
    let key = format!("assigned-{}-{}", ticket.id, ticket.version);
    let facts = facts(ticket, &actor.username, &ticket.message);
    tell_staff(tickets, tx, ticket, actor.user, &[operator], Kind::TicketAssigned, &key, facts).await
}

/// The customer has been silent for days.
pub async fn reminded(tickets: &Tickets, tx: &mut Tx, ticket: &Ticket) -> Result<()> {
    let key = format!("reminder-{}-{}", ticket.id, ticket.version);
    tell_owner(tickets, tx, ticket, 0, Kind::TicketReminder, &key, facts(ticket, "", "")).await
}
