//! What is kept of a person's tickets, for that person: as they could read it themselves.

use super::{
    Tickets,
    model::Scope,
    reading,
    shown::{CustomerView, TicketView, View},
    store_list::{self, Narrow},
    store_response::{self, Kind, Part},
};
use crate::platform::base::error::Result;

const AT_ONCE: i64 = 100;

/// Every ticket of a person, the newest change first; internal notes are not theirs.
pub async fn of(tickets: &Tickets, user: i64) -> Result<Vec<TicketView>> {
    let scope = Scope::Own(user);
    let mut all = Vec::new();
    loop {
        let offset = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let rows = store_list::page(&tickets.db, scope, Narrow::default(), user, AT_ONCE, offset).await?;
        if rows.is_empty() {
            return Ok(all);
        }
        for row in rows {
            let mut facts = row.facts(scope);
            let id = facts.ticket.id;
            let mut files = store_response::any_files(&tickets.db, Kind::Ticket, &[id]).await?;
            facts.attachments = files.remove(&id).unwrap_or_default();
            let whole = Part { before: i64::MAX, limit: i64::MAX };
            let mut responses = store_response::public_of(&tickets.db, user, id, whole).await?;
            reading::add_files(tickets, responses.iter_mut().collect()).await?;
            all.push(View::Customer(CustomerView { facts, earlier: 0, responses }).into());
        }
    }
}
