//! Tickets that bring their past with them: written as they would have been at the time, by the same map
//! of transitions, but nobody is told.

use super::{
    Tickets,
    changing::{note_changes, step_at},
    model::{Category, Priority, Scope, Status, Ticket},
    replying::due,
    store,
    store_response::{self, Kind, NewResponse},
    store_search::{self, NewDoc},
    workflow::{By, Step},
};
use crate::platform::{
    base::{
        clock::Timestamp,
        error::{Error, Result},
        text::{Line, Prose},
    },
    data::db::Tx,
    files::Received,
};

/// A ticket with everything that was said in it, oldest first.
pub struct Past<'a> {
    pub owner: i64,
    pub title: &'a str,
    pub message: &'a str,
    pub category: Category,
    pub priority: Priority,
    pub files: Vec<Received>,
    pub at: Timestamp,
    pub talk: Vec<Said<'a>>,
    /// Where it stands in the end, if the talk alone does not lead there: who made it so, and when.
    pub status: Status,
    pub by: i64,
    pub since: Timestamp,
}

pub struct Said<'a> {
    pub author: i64,
    pub voice: Voice,
    pub text: &'a str,
    pub files: Vec<Received>,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    Customer,
    Operator,
    /// An operator to operators.
    Note,
}

/// So long what time does waits at least: nothing is reminded, resolved or closed on the first day.
const GRACE: std::time::Duration = std::time::Duration::from_secs(86_400);

/// Writes a ticket as part of `tx` and says what became of it.
pub async fn import(tickets: &Tickets, tx: &mut Tx, past: &Past<'_>) -> Result<Ticket> {
    let (title, message) = (Line::from(past.title), Prose::from(past.message));
    let row = store::NewTicket {
        user: past.owner,
        title: &title,
        message: &message,
        priority: past.priority,
        category: past.category,
        previous_id: None,
        scope: Scope::Own(past.owner),
        now: past.at,
    };
    let id = store::insert(tx, &row).await?;
    attach(tickets, tx, Kind::Ticket, id, &past.files, past.at).await?;
    let text = format!("{}\n{}", &*title, &*message);
    let doc = NewDoc { ticket: id, response: None, owner: past.owner, is_internal: false, text: &text };
    store_search::any_add(tx, &doc).await?;
    store_response::note_change(tx, past.owner, id, "created", (None, None), past.at).await?;
    let ticket = store::lock(tx, Scope::Own(past.owner), id).await?;
    let mut ticket = ticket.ok_or_else(|| Error::internal("an imported ticket is not there"))?;
    for said in &past.talk {
        say(tickets, tx, &mut ticket, said).await?;
    }
    finish(tickets, tx, &mut ticket, past).await?;
    let earliest = tickets.clock.now().plus(GRACE);
    ticket.due_at = due(&tickets.settings, &ticket).map(|due| due.max(earliest));
    store::any_save(tx, &ticket).await?;
    Ok(ticket)
}

async fn say(tickets: &Tickets, tx: &mut Tx, ticket: &mut Ticket, said: &Said<'_>) -> Result<()> {
    let (id, staff, note) = (ticket.id, said.voice != Voice::Customer, said.voice == Voice::Note);
    let text = Prose::from(said.text);
    let row =
        NewResponse { user: said.author, ticket: id, by_staff: staff, message: &text, is_internal: note, now: said.at };
    let response = store_response::insert(tx, &row).await?;
    attach(tickets, tx, Kind::Response, response, &said.files, said.at).await?;
    let owner = ticket.user_id;
    let doc = NewDoc { ticket: id, response: Some(response), owner, is_internal: note, text: &text };
    store_search::any_add(tx, &doc).await?;
    if note {
        return Ok(());
    }
    let before = ticket.clone();
    if staff {
        ticket.assigned_to = ticket.assigned_to.or(Some(said.author));
        ticket.first_answer_at = ticket.first_answer_at.or(Some(said.at));
        step_at(tickets, ticket, Step::OperatorReplies, By::Staff, said.at)?;
    } else {
        step_at(tickets, ticket, Step::CustomerReplies, By::Owner, said.at)?;
    }
    ticket.response_count += 1;
    ticket.last_response_at = Some(said.at);
    ticket.last_by_staff = staff;
    ticket.updated_at = said.at;
    note_changes(tx, said.author, &before, ticket, said.at).await
}

async fn finish(tickets: &Tickets, tx: &mut Tx, ticket: &mut Ticket, past: &Past<'_>) -> Result<()> {
    if ticket.status == past.status {
        return Ok(());
    }
    let before = ticket.clone();
    let (step, by) = match past.status {
        Status::Resolved if past.by == past.owner => (Step::CustomerThanks, By::Owner),
        Status::Closed if past.by == past.owner => (Step::CustomerCloses, By::Owner),
        status => (Step::OperatorSets(status), By::Staff),
    };
    step_at(tickets, ticket, step, by, past.since)?;
    ticket.updated_at = past.since;
    note_changes(tx, past.by, &before, ticket, past.since).await
}

async fn attach(
    tickets: &Tickets,
    tx: &mut Tx,
    kind: Kind,
    owner: i64,
    files: &[Received],
    at: Timestamp,
) -> Result<()> {
    let keys: Vec<&str> = files.iter().map(|file| file.storage_key.as_str()).collect();
    if !tickets.files.claim(tx, &keys).await? {
        return Err(Error::internal("a received file is not there any more"));
    }
    for file in files {
        store_response::any_attach(tx, kind, owner, file, at).await?;
    }
    Ok(())
}
