//! Changes of a ticket beside answers: status, operator, priority, category, title, closing. Each is a
//! step of the map of transitions or a plain change, with its history, in one transaction.

use super::{
    Tickets, events,
    input::check_title,
    model::{Category, Priority, Scope, Status, Ticket},
    notices,
    replying::due,
    store, store_erasing,
    store_response::note_change,
    store_search::{self, NewDoc},
    workflow::{self, By, State, Step},
};
use crate::{
    platform::{
        base::{
            actor::Actor,
            clock::Timestamp,
            error::{Error, Result},
            text::Line,
        },
        data::db::Tx,
    },
    ticket::codes,
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
    store::any_save(tx, ticket).await?;
    note_changes(tx, by, before, ticket, now).await?;
    if before.status != ticket.status {
        events::record(tx, events::STATUS, ticket);
    }
    Ok(())
}

/// A line of history for each field that has changed. `by` 0: time.
pub(super) async fn note_changes(tx: &mut Tx, by: i64, before: &Ticket, after: &Ticket, now: Timestamp) -> Result<()> {
    let mut changes: Vec<(&str, Option<String>, Option<String>)> = Vec::new();
    let mut note = |field, old: &str, new: &str| {
        if old != new {
            changes.push((field, Some(old.to_owned()), Some(new.to_owned())));
        }
    };
    note("status", before.status.as_str(), after.status.as_str());
    note("priority", before.priority.as_str(), after.priority.as_str());
    note("category", before.category.as_str(), after.category.as_str());
    note("title", &before.title, &after.title);
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
async fn change<F>(tickets: &Tickets, actor: &Actor, id: i64, apply: F) -> Result<()>
where
    F: AsyncFnOnce(&mut Tx, &mut Ticket) -> Result<()>,
{
    let mut tx = tickets.db.begin().await?;
    let ticket = store::lock(&mut tx, Scope::of(actor), id).await?;
    let mut ticket = ticket.ok_or_else(|| Error::not_found(codes::TICKET_NOT_FOUND))?;
    let before = ticket.clone();
    apply(&mut tx, &mut ticket).await?;
    if same(&before, &ticket) {
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

fn same(a: &Ticket, b: &Ticket) -> bool {
    (a.status, a.priority, a.category, a.assigned_to, &a.title)
        == (b.status, b.priority, b.category, b.assigned_to, &b.title)
}

/// An operator sets any status.
pub async fn set_status(tickets: &Tickets, actor: &Actor, id: i64, status: Status) -> Result<()> {
    change(tickets, actor, id, async |_, ticket| step(tickets, ticket, Step::OperatorSets(status), By::Staff)).await
}

/// Gives a ticket to an operator, or to nobody.
pub async fn assign(tickets: &Tickets, actor: &Actor, id: i64, operator: Option<i64>) -> Result<()> {
    change(tickets, actor, id, async |tx, ticket| {
        let Some(operator) = operator else {
            ticket.assigned_to = None;
            return step(tickets, ticket, Step::OperatorUnassigns, By::Staff);
        };
        if store::any_operator(tx, operator).await?.is_none() {
            return Err(Error::invalid().field("operatorId", "field-ticket-no-operator"));
        }
        let had = ticket.assigned_to.replace(operator);
        step(tickets, ticket, Step::OperatorAssigns, By::Staff)?;
        match had {
            Some(before) if before == operator => Ok(()),
            _ => notices::assigned(tickets, tx, ticket, actor, operator).await,
        }
    })
    .await
}

/// The owner or an operator closes it.
pub async fn close(tickets: &Tickets, actor: &Actor, id: i64) -> Result<()> {
    let (wanted, by) = match actor.role.is_staff() {
        true => (Step::OperatorSets(Status::Closed), By::Staff),
        false => (Step::CustomerCloses, By::Owner),
    };
    change(tickets, actor, id, async |_, ticket| step(tickets, ticket, wanted, by)).await
}

/// The owner says thank you: it is solved.
pub async fn thank(tickets: &Tickets, actor: &Actor, id: i64) -> Result<()> {
    let (wanted, by) = match actor.role.is_staff() {
        true => (Step::OperatorSets(Status::Resolved), By::Staff),
        false => (Step::CustomerThanks, By::Owner),
    };
    change(tickets, actor, id, async |_, ticket| step(tickets, ticket, wanted, by)).await
}

/// What an operator may correct. A field that is not given stays.
#[derive(Clone, Debug, Default)]
pub struct Correction {
    pub priority: Option<Priority>,
    pub category: Option<Category>,
    pub title: Option<Line>,
}

pub async fn correct(tickets: &Tickets, actor: &Actor, id: i64, correction: &Correction) -> Result<()> {
    if let Some(title) = &correction.title {
        check_title(Error::invalid(), title).or_ok()?;
    }
    change(tickets, actor, id, async |tx, ticket| {
        ticket.priority = correction.priority.unwrap_or(ticket.priority);
        ticket.category = correction.category.unwrap_or(ticket.category);
        if let Some(title) = &correction.title
            && **title != ticket.title
        {
            ticket.title = title.to_string();
            let text = format!("{}\n{}", ticket.title, ticket.message);
            let doc = NewDoc { ticket: id, response: None, owner: ticket.user_id, is_internal: false, text: &text };
            store_search::any_replace(tx, &doc).await?;
        }
        Ok(())
    })
    .await
}
