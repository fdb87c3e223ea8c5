//! Who is told what: notices are written with their cause, in the same transaction. A customer is told
//! of public things only; what is for staff says so, and is looked at again before it is sent.

use async_trait::async_trait;

use super::{
    Tickets,
    model::{Scope, Status, Ticket},
    store, store_response,
};
use crate::{
    account::model::Account,
    notification::{
        Notifications,
        actions::notify,
        model::{Facts, Kind, NewNotice},
        words::Words,
    },
    platform::{
        base::{actor::Actor, error::Result},
        data::db::Tx,
    },
};

/// What is told of a ticket, and who did it (they are not told). 0: time did it.
struct News<'a> {
    ticket: &'a Ticket,
    by: i64,
    kind: Kind,
    key: String,
    /// Whose words are told.
    author: Option<i64>,
    facts: Facts,
}

impl<'a> News<'a> {
    fn new(ticket: &'a Ticket, by: i64, kind: Kind, key: String) -> Self {
        let facts = Facts { title: ticket.title.clone(), ..Facts::default() };
        Self { ticket, by, kind, key, author: None, facts }
    }

    /// With the beginning of what somebody wrote.
    fn says(mut self, actor: &Actor, text: &str) -> Self {
        self.author = Some(actor.user);
        self.facts.author = actor.username.clone();
        self.facts.excerpt = Facts::excerpt_of(text);
        self
    }

    async fn tell(&self, tickets: &Tickets, tx: &mut Tx, to: &[i64], staff_only: bool) -> Result<()> {
        let to = to.iter().copied().filter(|user| *user != self.by).collect();
        let (ticket, facts) = (Some(self.ticket.id), self.facts.clone());
        let new = NewNotice { to, kind: self.kind, key: &self.key, ticket, staff_only, author: self.author, facts };
        notify(&tickets.notifications, tx, &new).await
    }

    async fn tell_owner(&self, tickets: &Tickets, tx: &mut Tx) -> Result<()> {
        self.tell(tickets, tx, &[self.ticket.user_id], false).await
    }

    async fn tell_staff(&self, tickets: &Tickets, tx: &mut Tx, to: &[i64]) -> Result<()> {
        self.tell(tickets, tx, to, true).await
    }
}

/// Who works on a ticket: its operator, or everybody while nobody has it who may answer.
async fn desk(tx: &mut Tx, ticket: &Ticket) -> Result<Vec<i64>> {
    let operator = operator(tx, ticket).await?;
    if operator.is_empty() { Ok(store::any_staff(tx).await?) } else { Ok(operator) }
}

/// Its operator, if they still are one.
async fn operator(tx: &mut Tx, ticket: &Ticket) -> Result<Vec<i64>> {
    let Some(operator) = ticket.assigned_to else { return Ok(Vec::new()) };
    Ok(store::any_operator(tx, operator).await?.map(|_| operator).into_iter().collect())
}

/// A new ticket: operators.
pub async fn created(tickets: &Tickets, tx: &mut Tx, ticket: &Ticket, actor: &Actor) -> Result<()> {
    let news = News::new(ticket, actor.user, Kind::TicketNew, format!("new-{}", ticket.id));
    let to = store::any_staff(tx).await?;
    news.says(actor, &ticket.message).tell_staff(tickets, tx, &to).await
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
    let news = News::new(ticket, actor.user, Kind::TicketReply, format!("reply-{response}")).says(actor, text);
    if actor.role.is_staff() {
        return news.tell_owner(tickets, tx).await;
    }
    let to = desk(tx, ticket).await?;
    news.tell_staff(tickets, tx, &to).await
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
    let news = News::new(ticket, actor.user, Kind::TicketReply, format!("reply-{response}")).says(actor, text);
    let to = operator(tx, ticket).await?;
    news.tell_staff(tickets, tx, &to).await
}

/// A new status that no answer brought: the owner. `by` 0: time did it.
pub async fn status_changed(tickets: &Tickets, tx: &mut Tx, ticket: &Ticket, by: i64) -> Result<()> {
    let mut news = News::new(ticket, by, Kind::TicketStatus, format!("status-{}-{}", ticket.id, ticket.version));
    news.facts.status = ticket.status.as_str().to_owned();
    // The customer closed or thanked: whoever worked on it should know.
    if by == ticket.user_id && matches!(ticket.status, Status::Resolved | Status::Closed) {
        let to = operator(tx, ticket).await?;
        return news.tell_staff(tickets, tx, &to).await;
    }
    news.tell_owner(tickets, tx).await
}

/// The ticket was given to an operator by somebody else.
pub async fn assigned(tickets: &Tickets, tx: &mut Tx, ticket: &Ticket, actor: &Actor, operator: i64) -> Result<()> {
    let key = format!("assigned-{}-{}", ticket.id, ticket.version);
    let mut news = News::new(ticket, actor.user, Kind::TicketAssigned, key);
    // What is quoted are the customer's words, whoever gave the ticket away.
    news.author = Some(ticket.user_id);
    news.facts.author = store::any_username(tx, ticket.user_id).await?.unwrap_or_default();
    news.facts.excerpt = Facts::excerpt_of(&ticket.message);
    news.tell_staff(tickets, tx, &[operator]).await
}

/// Nobody has these tickets any more, because whoever had them (`name`) may not answer: operators, once.
pub async fn left(
    tickets: &Tickets,
    tx: &mut Tx,
    left: &[&Ticket],
    operator: Option<i64>,
    name: Option<&str>,
) -> Result<()> {
    let Some(first) = left.first() else { return Ok(()) };
    let key = format!("left-{}-{}", first.id, first.version);
    let mut facts = Facts { author: name.unwrap_or_default().to_owned(), ..Facts::default() };
    facts.count = i64::try_from(left.len()).unwrap_or(i64::MAX);
    // One is named and led to; of several the list is shown.
    let ticket = (left.len() == 1).then_some(first.id);
    if ticket.is_some() {
        facts.title = first.title.clone();
        facts.excerpt = first.title.clone();
    }
    let to = store::any_staff(tx).await?;
    let new = NewNotice { to, kind: Kind::TicketLeft, key: &key, ticket, staff_only: true, author: operator, facts };
    notify(&tickets.notifications, tx, &new).await
}

/// The customer has been silent for days.
pub async fn reminded(tickets: &Tickets, tx: &mut Tx, ticket: &Ticket) -> Result<()> {
    let key = format!("reminder-{}-{}", ticket.id, ticket.version);
    News::new(ticket, 0, Kind::TicketReminder, key).tell_owner(tickets, tx).await
}

/// What stands in tickets and answers, for mails.
pub struct TicketWords;

#[async_trait]
impl Words for TicketWords {
    async fn of(&self, notifications: &Notifications, key: &str, reader: &Account) -> Result<Option<String>> {
        let scope = if reader.role.is_staff() { Scope::All } else { Scope::Own(reader.id) };
        let db = &notifications.db;
        let Some((kind, id)) = key.split_once('-') else { return Ok(None) };
        let Ok(id) = id.parse() else { return Ok(None) };
        Ok(match kind {
            "reply" => store_response::by_id(db, scope, id).await?.map(|found| found.response.message),
            "new" => store::by_id(db, scope, reader.id, id).await?.map(|found| found.ticket.message),
            _ => None,
        })
    }
}
