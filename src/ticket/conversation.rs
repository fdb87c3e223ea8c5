//! A ticket's conversation as a reader sees it: messages and changes in order of time, and what the
//! reader may do. It is made from the reader's own view, so a customer's can hold no note.

use std::sync::Arc;

use askama::Template;

use super::{
    Tickets,
    changing::state,
    input,
    memory::{ConversationKey, Memory},
    model::{Category, Priority, Scope, Status, Ticket},
    reading,
    shown::{ChangeView, Facts, ResponseView, View},
    views::{Change, Earlier, Entry, May, Message, Thread},
    workflow::{self, By, Step},
};
use crate::platform::{
    base::{
        actor::Actor,
        error::{Error, Result},
        markdown,
        public_id::PublicId,
        text::Prose,
        workers::Turn,
    },
    web::ui::Ui,
};

/// A ticket with all that was said of it, as one reader is shown it.
pub struct Conversation {
    pub facts: Facts,
    /// Trusted markup.
    pub html: String,
    /// The newest answer, if there is one.
    pub newest: PublicId,
}

impl Conversation {
    /// In memory, about.
    pub fn weight(&self) -> usize {
        size_of::<Self>() + self.html.len() + self.facts.ticket.message.len() + self.facts.attachments.len() * 256
    }
}

/// Reads a ticket for its page; another's is not there.
pub async fn read(tickets: &Tickets, ui: &Ui, actor: &Actor, id: i64, shown: i64) -> Result<Arc<Conversation>> {
    let key = ConversationKey {
        ticket: id,
        scope: Scope::of(actor),
        reader: actor.user,
        lang: ui.lang,
        timezone: ui.timezone.clone(),
        minute: ui.now_ms / 60_000,
        shown,
    };
    let made = async {
        let view = reading::get(tickets, actor, id, |total| window(total, shown)).await?;
        let history = reading::history_of(tickets, &view).await?;
        let (ui, reader, desk) = (ui.clone(), actor.user, tickets.clone());
        let made = tickets.workers.run(Turn::Sooner, move || {
            let facts = view.facts().clone();
            let newest = newest(&view);
            let earlier = Earlier::before(&view, shown);
            let entries = entries(&desk.memory, &ui, reader, view, &history);
            Thread { ui, id, earlier, entries }.render().map(|html| Conversation { facts, html, newest })
        });
        made.await?.map(Arc::new).map_err(|error| Error::internal(error.to_string()))
    };
    tickets.memory.conversation(key, made).await
}

/// So many answers a page shows at least, and so many more for each time that one asks for the earlier ones.
pub const SHOWN: i64 = 50;

/// How many of so many answers a page shows. Where it begins moves in steps, so that the page does not lose its
/// first message whenever a new one comes.
fn window(total: i64, shown: i64) -> i64 {
    total - (total - shown).max(0) / SHOWN * SHOWN
}

/// How a message will look. Nothing of it is kept.
pub async fn preview(tickets: &Tickets, actor: &Actor, message: Prose) -> Result<String> {
    input::check_message(Error::invalid(), &message, 1).or_ok()?;
    tickets.preview_limit.take(&actor.user)?;
    tickets.workers.run(Turn::Later, move || markdown::html(&message)).await
}

/// What this reader may do now.
pub fn may(tickets: &Tickets, actor: &Actor, ticket: &Ticket) -> May {
    let (now, reopen) = (tickets.clock.now(), tickets.settings.reopen_for());
    let can = |step, by| workflow::can(state(ticket), step, by, now, reopen);
    let is = |status| ticket.status == status;
    if actor.role.is_staff() {
        return May {
            reply: can(Step::OperatorReplies, By::Staff),
            thank: false,
            close: !is(Status::Closed) && can(Step::OperatorSets(Status::Closed), By::Staff),
            resolve: ticket.status.is_active() && can(Step::OperatorSets(Status::Resolved), By::Staff),
            reopen: !ticket.status.is_active() && can(Step::OperatorSets(Status::Open), By::Staff),
            take: ticket.assigned_to != Some(actor.user),
            follow_up: false,
        };
    }
    let reply = can(Step::CustomerReplies, By::Owner);
    May {
        reply,
        thank: ticket.status.is_active() && ticket.response_count > 0 && can(Step::CustomerThanks, By::Owner),
        close: can(Step::CustomerCloses, By::Owner),
        resolve: false,
        // A reply opens it again, and says why.
        reopen: false,
        take: false,
        follow_up: !reply,
    }
}

/// Everything that was said and done, in order of time.
fn entries(memory: &Memory, ui: &Ui, reader: i64, view: View, history: &[ChangeView]) -> Vec<Entry> {
    let is_whole = view.earlier() == 0;
    let (facts, responses) = view.into_responses();
    // What was changed among the messages that are not shown is not shown either.
    let begun = responses.first().filter(|_| !is_whole).map(|first| first.created_at);
    let mut all = vec![(facts.ticket.created_at.0, 0, Entry::Message(Box::new(question(memory, reader, facts))))];
    for response in responses {
        all.push((response.created_at.0, 1, Entry::Message(Box::new(message(memory, reader, response)))));
    }
    for change in history.iter().filter(|change| begun.is_none_or(|begun| change.created_at >= begun)) {
        if let Some(shown) = line(ui, change) {
            all.push((change.created_at.0, 2, Entry::Change(shown)));
        }
    }
    // What an answer changed stands after it.
    all.sort_by_key(|(at, rank, _)| (*at, *rank));
    all.into_iter().map(|(.., entry)| entry).collect()
}

/// The newest answer; they are in the order in which they were written.
fn newest(view: &View) -> PublicId {
    let last = match view {
        View::Customer(view) => view.responses.last(),
        View::Staff(view) => view.responses.last().map(|one| &one.response),
    };
    last.map_or(PublicId::NONE, |one| one.id)
}

impl Earlier {
    fn before(view: &View, shown: i64) -> Option<Self> {
        let first = match view {
            View::Customer(view) => view.responses.first().map(|one| one.id),
            View::Staff(view) => view.responses.first().map(|one| one.response.id),
        };
        let count = view.earlier();
        (count > 0).then(|| Self { count, shown: shown + 2 * SHOWN, first: first.unwrap_or(PublicId::NONE) })
    }
}

fn question(memory: &Memory, reader: i64, facts: Facts) -> Message {
    Message {
        id: PublicId::NONE,
        mine: facts.user.id == reader,
        author: facts.user,
        note: false,
        html: memory.html(&facts.ticket.message),
        files: facts.attachments,
        at_ms: facts.ticket.created_at.0,
    }
}

/// Takes the processor: for the workers.
pub fn message(memory: &Memory, reader: i64, response: ResponseView) -> Message {
    Message {
        id: response.id,
        mine: response.author.id == reader,
        note: response.is_internal,
        author: response.author,
        html: memory.html(&response.message),
        files: response.attachments,
        at_ms: response.created_at.0,
    }
}

/// A change in words; that the ticket was made is seen from the question itself.
fn line(ui: &Ui, change: &ChangeView) -> Option<Change> {
    let who = change.author.as_ref().map(|author| author.username.as_str());
    let new = change.new_value.as_deref().unwrap_or_default();
    let say = |key: &str, value: &str| ui.lang.ta(key, &[("who", who.unwrap_or_default()), ("value", value)]);
    let (icon, text) = match change.field.as_str() {
        "status" => {
            let key = if who.is_some() { "ticket-change-status" } else { "ticket-change-status-time" };
            ("check", say(key, Status::parse(new)?.label(ui)))
        }
        "priority" => ("alert", say("ticket-change-priority", Priority::parse(new)?.label(ui))),
        "category" => ("pencil", say("ticket-change-category", Category::parse(new)?.label(ui))),
        "title" => ("pencil", say("ticket-change-title", new)),
        "assigned" if who.is_none() && new.is_empty() => ("person", left(ui, change)),
        "assigned" if new.is_empty() => ("person", say("ticket-change-unassigned", "")),
        "assigned" if who == Some(new) => ("person", say("ticket-change-taken", "")),
        "assigned" => ("person", say("ticket-change-assigned", new)),
        _ => return None,
    };
    Some(Change { icon, text, at_ms: change.created_at.0 })
}

/// That its operator may not answer any more; operators read why.
fn left(ui: &Ui, change: &ChangeView) -> String {
    let key = match change.reason.as_deref() {
        Some("blocked") => "ticket-change-left-blocked",
        Some("demoted") => "ticket-change-left-demoted",
        Some("erased") => "ticket-change-left-erased",
        _ => "ticket-change-left",
    };
    ui.ta(key, "value", change.old_value.as_deref().unwrap_or_default())
}
