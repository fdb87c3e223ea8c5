//! Changing a ticket: a step of the map of transitions or a plain change, written with its history in one
//! transaction.

use super::{
    Tickets, codes, events,
    model::{Scope, Status, Ticket},
    notices,
    replying::due,
    store, store_erasing,
    store_response::note_change,
    workflow::{self, By, State, Step},
};
use crate::platform::{
    base::{
        actor::Actor,
        clock::Timestamp,
        error::{Error, Result},
    },
    data::{db::Tx, row},
};

/// Where a ticket stands, for the map.
pub fn state(ticket: &Ticket) -> State {
    State { status: ticket.status, assigned: ticket.assigned_to.is_some(), closed_at: ticket.closed_at }
}

/// Takes a step of the map, in memory.
pub(super) fn step(tickets: &Tickets, ticket: &mut Ticket, step: Step, by: By) -> Result<()> {
    step_at(tickets, ticket, step, by, tickets.clock.now())
}

/// The same at another time than now.
pub(super) fn step_at(tickets: &Tickets, ticket: &mut Ticket, step: Step, by: By, now: Timestamp) -> Result<()> {
    let next = workflow::next(state(ticket), step, by, now, tickets.settings.reopen_for())?;
    if next != ticket.status {
        ticket.status = next;
        ticket.status_since = now;
        ticket.closed_at = (next == Status::Closed).then_some(now);
        if next == Status::Open || next == Status::InProgress {
            ticket.reminded_at = None;
        }
    }
    if !next.is_active() || next == Status::AwaitingReply {
        ticket.waiting_since = None;
    } else {
        ticket.waiting_since = ticket.waiting_since.or(Some(now));
    }
    Ok(())
}

/// Writes what has changed, with a line of history for each field. `by` 0: time.
pub(super) async fn save(tickets: &Tickets, tx: &mut Tx, by: i64, before: &Ticket, ticket: &mut Ticket) -> Result<()> {
    let now = tickets.clock.now();
    ticket.updated_at = now;
    ticket.due_at = due(&tickets.settings, ticket);
    row::update(tx, ticket).await?;
    note_changes(tx, by, before, ticket, now).await?;
    if before.status != ticket.status {
        events::record(tx, events::STATUS, ticket);
    }
    Ok(())
}

/// A line of history for each field that has changed. `by` 0: time.
pub(super) async fn note_changes(tx: &mut Tx, by: i64, before: &Ticket, after: &Ticket, now: Timestamp) -> Result<()> {
    let mut changes: Vec<(&str, Option<String>, Option<String>)> = Vec::new();
    for ((field, old), (_, new)) in before.properties().into_iter().zip(after.properties()) {
        if old != new {
            changes.push((field, Some(old.to_owned()), Some(new.to_owned())));
        }
    }
    if before.assigned_to != after.assigned_to {
        let old = name(tx, before.assigned_to).await?;
        let new = name(tx, after.assigned_to).await?;
        changes.push(("assigned", old, new));
    }
    let people = (before.assigned_to, after.assigned_to);
    for (field, old, new) in &changes {
        note_change(tx, by, after.id, field, (old.as_deref(), new.as_deref()), now).await?;
    }
    if people.0 != people.1 {
        store_erasing::any_note_people(tx, after.id, people).await?;
    }
    Ok(())
}

async fn name(tx: &mut Tx, operator: Option<i64>) -> Result<Option<String>> {
    match operator {
        Some(id) => Ok(store::any_username(tx, id).await?),
        None => Ok(None),
    }
}

/// Locks a ticket, changes it and writes it. What changes nothing writes nothing.
pub(super) async fn change<F>(tickets: &Tickets, actor: &Actor, id: i64, apply: F) -> Result<()>
where
    F: AsyncFnOnce(&mut Tx, &mut Ticket) -> Result<()>,
{
    let mut tx = tickets.db.begin().await?;
    let ticket = store::lock(&mut tx, Scope::of(actor), id).await?;
    let mut ticket = ticket.ok_or_else(|| Error::not_found(codes::TICKET_NOT_FOUND))?;
    let before = ticket.clone();
    apply(&mut tx, &mut ticket).await?;
    if before.is_same(&ticket) {
        return Ok(());
    }
    save(tickets, &mut tx, actor.user, &before, &mut ticket).await?;
    if before.status != ticket.status {
        notices::status_changed(tickets, &mut tx, &ticket, actor.user).await?;
    }
    store::set_seen(&mut tx, actor.user, id, tickets.clock.now()).await?;
    events::record(&mut tx, events::UPDATED, &ticket);
    tx.commit().await?;
    Ok(())
}
