//! A ticket's conversation as a reader sees it: messages and changes in order of time, and what the
//! reader may do. It is made from the reader's own view, so a customer's can hold no note.

use super::{
    Tickets,
    changing::state,
    model::{Category, ChangeView, Facts, Priority, ResponseView, Status, Ticket, View},
    views::{Change, Entry, May, Message},
    workflow::{self, By, Step},
};
use crate::platform::{actor::Actor, markdown, ui::Ui};

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
        reopen: !ticket.status.is_active() && reply,
        take: false,
        follow_up: !reply,
    }
}

/// Everything that was said and done, in order of time.
pub fn entries(ui: &Ui, actor: &Actor, view: View, history: &[ChangeView]) -> Vec<Entry> {
    let facts = view.facts().clone();
    let responses: Vec<ResponseView> = match view {
        View::Customer(view) => view.responses.into_iter().map(ResponseView::from).collect(),
        View::Staff(view) => view.responses.into_iter().map(ResponseView::from).collect(),
    };
    let mut all = vec![(facts.ticket.created_at.0, 0, Entry::Message(Box::new(question(actor, facts))))];
    for response in responses {
        all.push((response.created_at.0, 1, Entry::Message(Box::new(message(actor, response)))));
    }
    for change in history {
        if let Some(shown) = line(ui, change) {
            all.push((change.created_at.0, 2, Entry::Change(shown)));
        }
    }
    // What an answer changed stands after it.
    all.sort_by_key(|(at, rank, _)| (*at, *rank));
    all.into_iter().map(|(.., entry)| entry).collect()
}

/// The id of the newest answer.
pub fn newest(entries: &[Entry]) -> i64 {
    let ids = entries.iter().map(|entry| match entry {
        Entry::Message(message) => message.id,
        Entry::Change(_) => 0,
    });
    ids.max().unwrap_or(0)
}

fn question(actor: &Actor, facts: Facts) -> Message {
    Message {
        id: 0,
        mine: facts.user.id == actor.user,
        author: facts.user,
        note: false,
        html: markdown::html(&facts.ticket.message),
        files: facts.attachments,
        at_ms: facts.ticket.created_at.0,
    }
}

pub fn message(actor: &Actor, response: ResponseView) -> Message {
    Message {
        id: response.id,
        mine: response.author.id == actor.user,
        note: response.is_internal,
        author: response.author,
        html: markdown::html(&response.message),
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
            ("check", say(key, &Status::parse(new)?.label(ui)))
        }
        "priority" => ("alert", say("ticket-change-priority", &Priority::parse(new)?.label(ui))),
        "category" => ("pencil", say("ticket-change-category", &Category::parse(new)?.label(ui))),
        "title" => ("pencil", say("ticket-change-title", new)),
        "assigned" if new.is_empty() => ("person", say("ticket-change-unassigned", "")),
        "assigned" if who == Some(new) => ("person", say("ticket-change-taken", "")),
        "assigned" => ("person", say("ticket-change-assigned", new)),
        _ => return None,
    };
    Some(Change { icon, text, at_ms: change.created_at.0 })
}
