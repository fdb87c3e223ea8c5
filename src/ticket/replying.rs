//! Answering: a customer, an operator, or an internal note; with the step that the map of transitions
//! gives, its files, its history and who is told, in one transaction.

use super::{
    Settings, Tickets, changing,
    creating::{attach, repeated},
    events,
    input::{self, NewReply},
    model::{Scope, Status, Ticket},
    notices, store,
    store_response::{self, Kind, NewResponse},
    store_search::{self, NewDoc},
    workflow::{By, Step},
};
use crate::{
    platform::{
        base::{
            actor::Actor,
            clock::Timestamp,
            error::{self, Error, Result},
        },
        data::db::Tx,
    },
    ticket::codes,
};

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replied {
    /// The answer's row, and where its ticket stands now.
    Done { row: i64, status: Status, assigned_to: Option<i64> },
    /// Nothing was written: this newer answer came first.
    Stale(i64),
}

pub async fn reply(tickets: &Tickets, actor: &Actor, new: &NewReply) -> Result<Replied> {
    check(actor, new)?;
    let target = new.ticket_id.to_string();
    let parts = ["reply", &target, &new.message, if new.is_internal { "note" } else { "" }];
    let mut tx = tickets.db.begin().await?;
    if let Some(made) = repeated(tickets, &mut tx, actor, new.key.as_deref(), &parts, &new.files).await? {
        let row = made.response_id.ok_or_else(|| Error::conflict(codes::TICKET_BUSY))?;
        let ticket = store::lock(&mut tx, Scope::of(actor), made.ticket_id).await?;
        let ticket = ticket.ok_or_else(|| Error::not_found(codes::TICKET_NOT_FOUND))?;
        return Ok(Replied::Done { row, status: ticket.status, assigned_to: ticket.assigned_to });
    }
    if !actor.role.is_staff() {
        tickets.reply_limit.take(&actor.user)?;
    }
    let ticket = store::lock(&mut tx, Scope::of(actor), new.ticket_id).await?;
    let mut ticket = ticket.ok_or_else(|| Error::not_found(codes::TICKET_NOT_FOUND))?;
    if let Some(seen) = new.last_seen.filter(|_| !new.force)
        && let seen = tickets.db.seal.find(store_response::RESPONSE, seen)
        && let Some(newer) = store_response::newer_than(&mut tx, Scope::of(actor), ticket.id, seen).await?
    {
        return Ok(Replied::Stale(newer));
    }
    let id = write(tickets, &mut tx, actor, &ticket, new).await?;
    if new.is_internal {
        notices::noted(tickets, &mut tx, &ticket, actor, id, &new.message).await?;
    } else {
        publish(tickets, &mut tx, actor, &mut ticket, new.then).await?;
        notices::answered(tickets, &mut tx, &ticket, actor, id, &new.message).await?;
        store::set_seen(&mut tx, actor.user, ticket.id, tickets.clock.now()).await?;
    }
    events::record_response(&mut tx, &ticket, id, new.is_internal);
    if let Some(key) = &new.key {
        store::set_made(&mut tx, actor.user, key, ticket.id, Some(id)).await?;
    }
    tx.commit().await?;
    Ok(Replied::Done { row: id, status: ticket.status, assigned_to: ticket.assigned_to })
}

/// What needs no look at the ticket.
fn check(actor: &Actor, new: &NewReply) -> Result<()> {
    input::check_message(Error::invalid(), &new.message, 1).or_ok()?;
    input::check_key(new.key.as_deref())?;
    if !actor.role.is_staff() && (new.is_internal || new.then.is_some()) {
        return Err(Error::forbidden(error::codes::FORBIDDEN));
    }
    Ok(())
}

/// The answer's row, its files, and its words for the search.
async fn write(tickets: &Tickets, tx: &mut Tx, actor: &Actor, ticket: &Ticket, new: &NewReply) -> Result<i64> {
    let message = &new.message;
    let row = NewResponse {
        user: actor.user,
        ticket: ticket.id,
        by_staff: actor.role.is_staff(),
        message,
        is_internal: new.is_internal,
        now: tickets.clock.now(),
    };
    let id = store_response::insert(tx, &row).await?;
    attach(tickets, tx, actor, Kind::Response, id, &new.files).await?;
    let (response, owner) = (Some(id), ticket.user_id);
    let doc = NewDoc { ticket: ticket.id, response, owner, is_internal: new.is_internal, text: message };
    store_search::any_add(tx, &doc).await?;
    Ok(id)
}

/// What a public answer makes of its ticket.
async fn publish(
    tickets: &Tickets,
    tx: &mut Tx,
    actor: &Actor,
    ticket: &mut Ticket,
    then: Option<Status>,
) -> Result<()> {
    let now = tickets.clock.now();
    let staff = actor.role.is_staff();
    let before = ticket.clone();
    let (step, by) = if staff { (Step::OperatorReplies, By::Staff) } else { (Step::CustomerReplies, By::Owner) };
    changing::step(tickets, ticket, step, by)?;
    if staff {
        if ticket.assigned_to.is_none() {
            ticket.assigned_to = Some(actor.user);
        }
        ticket.first_answer_at = ticket.first_answer_at.or(Some(now));
        ticket.waiting_since = None;
        ticket.reminded_at = None;
    } else {
        ticket.waiting_since = ticket.waiting_since.or(Some(now));
    }
    if let Some(status) = then {
        changing::step(tickets, ticket, Step::OperatorSets(status), By::Staff)?;
    }
    ticket.response_count += 1;
    ticket.last_response_at = Some(now);
    ticket.last_by_staff = staff;
    changing::save(tickets, tx, actor.user, &before, ticket).await?;
    match then {
        Some(_) => notices::status_changed(tickets, tx, ticket, actor.user).await,
        None => Ok(()),
    }
}

/// When time acts next on a ticket: a reminder or resolving while the customer is silent after an
/// operator's answer, closing when it stays resolved.
pub(super) fn due(settings: &Settings, ticket: &Ticket) -> Option<Timestamp> {
    let is_past = |start: Timestamp| ticket.quiet_before.is_some_and(|quiet| start <= quiet);
    let after =
        |start: Timestamp, days: u32| Settings::days(days).filter(|_| !is_past(start)).map(|span| start.plus(span));
    match ticket.status {
        Status::AwaitingReply if ticket.last_by_staff => {
            let answered = ticket.last_response_at?;
            let resolve = after(answered, settings.resolve_days);
            let remind = after(answered, settings.reminder_days).filter(|_| ticket.reminded_at.is_none());
            match (remind, resolve) {
                (Some(remind), Some(resolve)) => Some(remind.min(resolve)),
                (remind, resolve) => remind.or(resolve),
            }
        }
        Status::Resolved => after(ticket.status_since, settings.close_days),
        _ => None,
    }
}
