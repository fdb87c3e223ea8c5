//! What time does: a reminder, resolving, closing. Each ticket is looked at again under its lock, so
//! that two nodes never act twice and an answer that came meanwhile wins.

use std::time::Duration;

use super::{
    Settings, Tickets, changing, events, leaving,
    model::{Scope, Status},
    notices, reindexing, replying, store,
    workflow::{By, Step},
};
use crate::platform::{
    base::error::Result,
    data::{holding::watched, row},
};

const EVERY: Duration = Duration::from_secs(30);
const AT_ONCE: i64 = 100;
/// For so long a repeated request is known again.
const KEEP_KEYS: Duration = Duration::from_secs(48 * 3600);

/// Acts on every ticket that is due, and says on how many.
pub async fn act(tickets: &Tickets) -> Result<usize> {
    let mut done = 0;
    loop {
        let due = store::any_due(&tickets.db, tickets.clock.now(), AT_ONCE).await?;
        for id in &due {
            done += usize::from(act_on(tickets, *id).await?);
        }
        if due.len() < usize::try_from(AT_ONCE).unwrap_or(usize::MAX) {
            return Ok(done);
        }
    }
}

async fn act_on(tickets: &Tickets, id: i64) -> Result<bool> {
    let now = tickets.clock.now();
    let mut tx = tickets.db.begin().await?;
    let Some(mut ticket) = store::lock(&mut tx, Scope::All, id).await? else { return Ok(false) };
    if ticket.due_at.is_none_or(|due| due > now) {
        return Ok(false);
    }
    let before = ticket.clone();
    let due = replying::due(&tickets.settings, &ticket);
    if due.is_none_or(|due| due > now) {
        // Dated under other settings, or it moved on without clearing its date.
        store::any_set_due(&mut tx, id, due).await?;
        tx.commit().await?;
        return Ok(false);
    }
    match ticket.status {
        Status::AwaitingReply => {
            let silent = ticket.last_response_at.map_or(0, |at| now.0 - at.0);
            let over = |days: u32| Settings::days(days).is_some_and(|span| silent >= span.as_millis() as i64);
            if over(tickets.settings.resolve_days) {
                changing::step(tickets, &mut ticket, Step::TimeResolves, By::Clock)?;
            } else {
                ticket.reminded_at = Some(now);
                notices::reminded(tickets, &mut tx, &ticket).await?;
            }
        }
        Status::Resolved => changing::step(tickets, &mut ticket, Step::TimeCloses, By::Clock)?,
        _ => {}
    }
    if ticket.status == before.status {
        ticket.due_at = replying::due(&tickets.settings, &ticket);
        row::update(&mut tx, &ticket).await?;
        events::touch(&mut tx, &ticket);
    } else {
        changing::save(tickets, &mut tx, 0, &before, &mut ticket).await?;
        notices::status_changed(tickets, &mut tx, &ticket, 0).await?;
        events::record(&mut tx, events::UPDATED, &ticket);
    }
    tx.commit().await?;
    Ok(true)
}

/// Dates every ticket on which time may act by the settings in force: they may have been others when it was
/// written.
pub async fn date_anew(tickets: &Tickets) -> Result<()> {
    let mut after = 0;
    loop {
        let some = store::any_dated(&tickets.db, after, AT_ONCE).await?;
        let Some(last) = some.last() else { return Ok(()) };
        after = last.id;
        for found in some {
            let due = replying::due(&tickets.settings, &found);
            if due == found.due_at {
                continue;
            }
            // Looked at again under its lock: an answer may have come meanwhile.
            let mut tx = tickets.db.begin().await?;
            if let Some(ticket) = store::lock(&mut tx, Scope::All, found.id).await? {
                store::any_set_due(&mut tx, ticket.id, replying::due(&tickets.settings, &ticket)).await?;
            }
            tx.commit().await?;
        }
    }
}

/// Forgets what is no longer needed.
pub async fn clean(tickets: &Tickets) -> Result<()> {
    let mut tx = tickets.db.begin().await?;
    store::any_forget_keys(&mut tx, tickets.clock.now().minus(KEEP_KEYS)).await?;
    tx.commit().await?;
    tickets.create_limit.sweep();
    tickets.reply_limit.sweep();
    tickets.preview_limit.sweep();
    tickets.requests.sweep();
    Ok(())
}

/// Indexes what waits for it since a migration.
async fn index(tickets: &Tickets) {
    while !tickets.stop.is_cancelled() {
        match reindexing::some(tickets).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(%error, "indexing old words failed, it is tried again");
                tokio::select! {
                    () = tokio::time::sleep(EVERY) => {}
                    () = tickets.stop.cancelled() => return,
                }
            }
        }
    }
}

async fn round(tickets: &Tickets) -> Result<()> {
    leaving::act(tickets).await?;
    act(tickets).await?;
    clean(tickets).await
}

async fn look_after(tickets: &Tickets) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = tickets.rights.notified() => {}
            () = tickets.stop.cancelled() => break,
        }
        if let Err(error) = round(tickets).await {
            tracing::warn!(%error, "upkeep of tickets failed, it is tried again");
        }
    }
}

/// Runs until the server stops.
pub async fn run(tickets: Tickets) {
    if let Err(error) = date_anew(&tickets).await {
        tracing::warn!(%error, "tickets could not be dated by the settings in force, it is done at the next start");
    }
    // Each is a piece of work of its own, with a transaction of its own.
    tokio::join!(watched(index(&tickets)), watched(look_after(&tickets)));
}
