//! Tickets that bring their past with them: written as they would have been at the time, by the same map
//! of transitions, but nobody is told.

use super::{
    Tickets,
    changing::{note_changes, step_at},
    creating::add,
    model::{Category, Priority, Question, Response, Status, Ticket},
    replying::{self, due},
    store_response::{self, Kind},
    workflow::{By, Step},
};
use crate::platform::{
    base::{
        clock::Timestamp,
        error::{Error, Result},
        text::Prose,
    },
    data::{db::Tx, row},
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
    let question = Question {
        title: past.title.into(),
        message: past.message.into(),
        priority: past.priority,
        category: past.category,
        previous_id: None,
    };
    let mut ticket = add(tx, Ticket::asked(past.owner, question, past.at)).await?;
    attach(tickets, tx, Kind::Ticket, ticket.id, &past.files, past.at).await?;
    for said in &past.talk {
        say(tickets, tx, &mut ticket, said).await?;
    }
    finish(tickets, tx, &mut ticket, past).await?;
    let earliest = tickets.clock.now().plus(GRACE);
    ticket.due_at = due(&tickets.settings, &ticket).map(|due| due.max(earliest));
    row::update(tx, &ticket).await?;
    Ok(ticket)
}

async fn say(tickets: &Tickets, tx: &mut Tx, ticket: &mut Ticket, said: &Said<'_>) -> Result<()> {
    let (id, staff, note) = (ticket.id, said.voice != Voice::Customer, said.voice == Voice::Note);
    let answer = Response {
        id: 0,
        ticket_id: id,
        author_id: Some(said.author),
        by_staff: staff,
        message: Prose::from(said.text).to_string(),
        is_internal: note,
        created_at: said.at,
    };
    let response = replying::add(tx, ticket.user_id, answer).await?;
    attach(tickets, tx, Kind::Response, response, &said.files, said.at).await?;
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
