//! Tickets whose operator may not answer any more, whatever took the right away: nobody has them from then
//! on, their history says why, and everybody on duty is told once. It is found from how things stand, so
//! nothing that blocks, demotes or erases somebody needs to know of tickets, and none is forgotten.

use super::{
    Tickets, changing, events,
    model::{Scope, Ticket},
    notices, store,
    store_left::{self, Why},
    workflow::{By, Step},
};
use crate::platform::{base::error::Result, data::db::Tx};

/// Tickets of one transaction; above it there is a second message.
const AT_ONCE: i64 = 500;

/// Frees what there is, and says how many tickets that were.
pub async fn act(tickets: &Tickets) -> Result<usize> {
    let mut freed = 0;
    for (operator, why) in store_left::any_off_duty(&tickets.db).await? {
        loop {
            let ids = store_left::any_of(&tickets.db, operator, AT_ONCE).await?;
            let done = free(tickets, &ids, Some(operator), why).await?;
            freed += done;
            if done == 0 {
                break;
            }
        }
    }
    loop {
        let ids = store_left::any_of_erased(&tickets.db, AT_ONCE).await?;
        if ids.is_empty() {
            return Ok(freed);
        }
        freed += free(tickets, &ids, None, Why::Erased).await?;
    }
}

/// Frees those of these tickets that still are as they were found.
async fn free(tickets: &Tickets, ids: &[i64], operator: Option<i64>, why: Why) -> Result<usize> {
    if ids.is_empty() {
        return Ok(0);
    }
    let mut tx = tickets.db.begin().await?;
    let mut name = None;
    if let Some(operator) = operator {
        if store::any_operator(&mut tx, operator).await?.is_some() {
            return Ok(0);
        }
        name = store::any_username(&mut tx, operator).await?;
    }
    // In one order, so that two nodes that do it at once take turns.
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    let mut freed = Vec::new();
    for id in ids {
        let Some(ticket) = store::lock(&mut tx, Scope::All, id).await? else { continue };
        let is_left = match operator {
            Some(_) => ticket.assigned_to == operator,
            None => store_left::any_take_up(&mut tx, id).await? && ticket.assigned_to.is_none(),
        };
        if is_left {
            freed.push(free_one(tickets, &mut tx, ticket, name.as_deref(), why).await?);
        }
    }
    let active: Vec<&Ticket> = freed.iter().filter(|ticket| ticket.status.is_active()).collect();
    notices::left(tickets, &mut tx, &active, operator, name.as_deref()).await?;
    tx.commit().await?;
    Ok(freed.len())
}

async fn free_one(tickets: &Tickets, tx: &mut Tx, mut ticket: Ticket, name: Option<&str>, why: Why) -> Result<Ticket> {
    ticket.assigned_to = None;
    let before = ticket.clone();
    changing::step(tickets, &mut ticket, Step::OperatorLeaves, By::Clock)?;
    store_left::any_note(tx, ticket.id, name, why, tickets.clock.now()).await?;
    changing::save(tickets, tx, 0, &before, &mut ticket).await?;
    events::record(tx, events::UPDATED, &ticket);
    Ok(ticket)
}
