//! Tickets that were answered elsewhere: written as they stood there, their past taken and not replayed.
//! Nobody is told, time does not act on what is old, and what was said counts as read.

use super::{
    Tickets,
    model::{Category, Priority, Question, Scope, Status, Ticket},
    replying::due,
    store, store_import, store_response,
};
use crate::platform::{
    base::{
        clock::Timestamp,
        error::{Error, Result},
    },
    data::{db::Tx, db_ids, row},
    files::Received,
};

pub use super::store_import::NewWord;
pub use super::store_response::Kind;

/// A ticket as it stood elsewhere.
pub struct Moved {
    /// The id that it had, if it is free here.
    pub id: Option<i64>,
    pub owner: i64,
    pub title: String,
    pub message: String,
    pub standing: Standing,
    pub created_at: Timestamp,
}

/// Where a ticket stands: what a later run follows as long as nobody changed it here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub status: Status,
    pub priority: Priority,
    pub category: Category,
    pub assigned_to: Option<i64>,
    pub closed_at: Option<Timestamp>,
    pub talk: Talk,
}

/// What was said in public, as far as the ticket itself knows of it: no internal note moves any of this.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Talk {
    pub count: i64,
    pub last_at: Option<Timestamp>,
    pub last_by_staff: bool,
    pub first_answer_at: Option<Timestamp>,
    /// When the customer last began to wait; none while an operator spoke last.
    pub waiting_since: Option<Timestamp>,
}

impl Talk {
    /// The question alone.
    pub fn begun(at: Timestamp) -> Self {
        Self { waiting_since: Some(at), ..Self::default() }
    }

    /// The next public word, in the order of time.
    pub fn add(&mut self, by_staff: bool, at: Timestamp) {
        self.count += 1;
        self.last_at = self.last_at.max(Some(at));
        self.last_by_staff = by_staff;
        if by_staff {
            self.first_answer_at = self.first_answer_at.or(Some(at));
            self.waiting_since = None;
        } else {
            self.waiting_since = self.waiting_since.or(Some(at));
        }
    }
}

impl Standing {
    /// When a customer last saw something happen.
    pub fn updated_at(&self, created_at: Timestamp, now: Timestamp) -> Timestamp {
        let last = [Some(created_at), self.talk.last_at, self.closed_at].into_iter().flatten().max();
        last.unwrap_or(created_at).min(now)
    }

    fn apply(&self, ticket: &mut Ticket, now: Timestamp) {
        let updated = self.updated_at(ticket.created_at, now);
        ticket.status = self.status;
        ticket.priority = self.priority;
        ticket.category = self.category;
        ticket.assigned_to = self.assigned_to;
        ticket.closed_at = self.closed_at.map(|at| at.min(now));
        ticket.status_since = ticket.closed_at.unwrap_or(updated);
        ticket.updated_at = updated;
        say(ticket, &self.talk, now);
    }
}

/// What the talk makes of a ticket that stands somewhere already.
fn say(ticket: &mut Ticket, talk: &Talk, now: Timestamp) {
    ticket.response_count = talk.count;
    ticket.last_response_at = talk.last_at.map(|at| at.min(now));
    ticket.last_by_staff = talk.last_by_staff;
    ticket.first_answer_at = talk.first_answer_at;
    let waits = matches!(ticket.status, Status::Open | Status::InProgress);
    ticket.waiting_since = talk.waiting_since.filter(|_| waits).map(|at| at.min(now));
}

/// Writes tickets and says which ids they have. `reminders`: whether time acts on them as on those that were
/// asked here.
pub async fn write(tickets: &Tickets, tx: &mut Tx, all: &[Moved], reminders: bool) -> Result<Vec<i64>> {
    let now = tickets.clock.now();
    let missing = all.iter().filter(|one| one.id.is_none()).count();
    let mut fresh = db_ids::take(tx, "ticket", missing).await?.into_iter();
    let mut rows = Vec::with_capacity(all.len());
    for one in all {
        let id = one.id.or_else(|| fresh.next()).ok_or_else(|| Error::internal("an id is missing"))?;
        let mut ticket = asked(id, one);
        one.standing.apply(&mut ticket, now);
        ticket.read_before = Some(now);
        ticket.quiet_before = (!reminders).then_some(now);
        ticket.due_at = due(&tickets.settings, &ticket);
        rows.push(ticket);
    }
    store_import::any_insert(tx, &rows).await?;
    Ok(rows.iter().map(|ticket| ticket.id).collect())
}

/// The ticket as it was asked.
fn asked(id: i64, one: &Moved) -> Ticket {
    let question = Question { priority: one.standing.priority, category: one.standing.category, ..Question::default() };
    // The words were cleaned by who brings them.
    let (title, message) = (one.title.clone(), one.message.clone());
    Ticket { id, title, message, ..Ticket::asked(one.owner, question, one.created_at) }
}

/// Writes answers and notes in this order, and says which ids they have.
pub async fn say_all(tx: &mut Tx, words: &[NewWord<'_>]) -> Result<Vec<i64>> {
    Ok(store_import::any_insert_words(tx, words).await?)
}

/// Where a ticket stood when it was last brought over, and where it stands there now.
pub struct Follow<'a> {
    pub was: &'a State,
    pub is: &'a Standing,
}

/// Makes a ticket know of what was added to it: public words (`spoken`), and how it stands there now. What was
/// changed here stays as it is. Says whether it followed.
pub async fn refresh(
    tickets: &Tickets,
    tx: &mut Tx,
    id: i64,
    spoken: bool,
    follow: Option<Follow<'_>>,
) -> Result<bool> {
    let now = tickets.clock.now();
    let Some(mut ticket) = store::lock(tx, Scope::All, id).await? else { return Ok(false) };
    let before = ticket.updated_at;
    let untouched = ticket.read_before.is_some_and(|read| before <= read);
    let followed = follow.filter(|follow| *follow.was == State::of(&ticket)).map(|follow| follow.is);
    if !spoken && followed.is_none() {
        return Ok(false);
    }
    let mut talk = Talk::begun(ticket.created_at);
    for (by_staff, at) in store_import::any_public_words(tx, id).await? {
        talk.add(by_staff, at);
    }
    match followed {
        Some(is) => Standing { talk, ..is.clone() }.apply(&mut ticket, now),
        None => {
            ticket.updated_at = before.max(talk.last_at.unwrap_or(before).min(now));
            say(&mut ticket, &talk, now);
        }
    }
    ticket.updated_at = ticket.updated_at.max(before);
    if untouched {
        ticket.read_before = Some(now);
        ticket.quiet_before = ticket.quiet_before.and(Some(now));
    }
    ticket.due_at = due(&tickets.settings, &ticket);
    row::update(tx, &ticket).await?;
    store_import::any_keep_read(tx, id, before, ticket.updated_at).await?;
    Ok(followed.is_some())
}

/// Where a ticket stands, as a word that is kept to be compared later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State(pub String);

impl State {
    fn new(status: Status, priority: Priority, category: Category, to: Option<i64>, closed: Option<Timestamp>) -> Self {
        let (status, priority, category) = (status.as_str(), priority.as_str(), category.as_str());
        Self(format!("{status} {priority} {category} {} {}", to.unwrap_or(0), closed.map_or(0, |at| at.0)))
    }

    pub fn of(ticket: &Ticket) -> Self {
        Self::new(ticket.status, ticket.priority, ticket.category, ticket.assigned_to, ticket.closed_at)
    }
}

impl From<&Standing> for State {
    fn from(it: &Standing) -> Self {
        Self::new(it.status, it.priority, it.category, it.assigned_to, it.closed_at)
    }
}

/// Hangs a file on a ticket or an answer, and says which id it has there.
pub async fn attach(tickets: &Tickets, tx: &mut Tx, to: (Kind, i64), file: &Received, at: Timestamp) -> Result<i64> {
    if !tickets.files.claim(tx, &[file.storage_key.as_str()]).await? {
        return Err(Error::internal("a received file is not there any more"));
    }
    Ok(store_response::any_attach(tx, to.0, to.1, file, at).await?)
}
