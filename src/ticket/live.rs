//! What is told of tickets while people look. A message is loaded as its reader may see it, by the
//! same statements as the pages.

use crate::platform::{
    base::error::Result,
    data::events::{Entry, EventKind},
    live::{Message, Source, Viewer},
};
use async_trait::async_trait;
use serde_json::json;

use super::{
    Tickets, events,
    model::Scope,
    reading,
    shown::{ResponseView, TicketView},
    store, store_response,
};

#[async_trait]
impl Source for Tickets {
    fn topic(&self) -> &'static str {
        "tickets"
    }

    fn events(&self) -> &'static [EventKind] {
        events::EVENTS
    }

    fn has_presence(&self) -> bool {
        true
    }

    async fn message(&self, entry: &Entry, viewer: Viewer) -> Result<Option<Message>> {
        let scope = if viewer.is_staff { Scope::All } else { Scope::Own(entry.user) };
        if !viewer.is_staff && !viewer.is_owner {
            return Ok(None);
        }
        let ticket = if entry.parent == 0 { entry.id } else { entry.parent };
        let Some(joined) = store::by_id(&self.db, scope, entry.user, ticket).await? else { return Ok(None) };
        let facts = joined.facts(scope);
        let status = facts.ticket.status;
        Ok(Some(match entry.kind {
            events::NEW => Message::new("ticket:new", json!({ "ticket": TicketView::from(facts) })),
            events::RESPONSE => {
                let Some(response) = response(self, scope, entry.id).await? else { return Ok(None) };
                Message::new("ticket:response", json!({ "ticketId": ticket, "response": response }))
            }
            events::STATUS => Message::new("ticket:status", json!({ "ticketId": ticket, "status": status })),
            _ => Message::new("ticket:updated", json!({ "ticketId": ticket, "ticket": TicketView::from(facts) })),
        }))
    }
}

async fn response(tickets: &Tickets, scope: Scope, id: i64) -> Result<Option<ResponseView>> {
    let Some(mut found) = store_response::by_id(&tickets.db, scope, id).await? else { return Ok(None) };
    reading::add_files(tickets, vec![&mut found.response]).await?;
    if let Scope::Own(user) = scope {
        found.response.author = found.response.author.for_customer(user);
    }
    Ok(Some(found.into()))
}
