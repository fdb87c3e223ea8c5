//! Seen: what somebody was shown of a ticket counts as read, and what they were told of it too. An act of
//! the handlers that show one: reading alone writes nothing, and nobody waits for the mark, which is written with
//! those of others.

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use super::{Tickets, events, model::Scope, store};
use crate::{
    notification::actions,
    platform::base::{actor::Actor, clock::Timestamp, error::Result},
};

/// After a failure.
const AGAIN: Duration = Duration::from_secs(1);
/// While the database takes nothing, marks beyond these are lost: what was read is shown as new once more.
const MOST: usize = 10_000;

/// Marks that wait to be written, by ticket and reader.
#[derive(Default)]
pub struct Seeing {
    pending: Mutex<HashMap<(i64, i64), Mark>>,
    wake: Notify,
}

#[derive(Clone, Copy)]
struct Mark {
    /// Up to when the ticket has been read; none: nothing was new.
    upto: Option<Timestamp>,
    /// Something that the reader was told of it is unread.
    told: bool,
}

impl Seeing {
    /// A newer mark of the same takes the place of an older one.
    fn add(&self, marks: impl IntoIterator<Item = ((i64, i64), Mark)>) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, mark) in marks {
            if pending.len() < MOST {
                let kept = pending.entry(key).or_insert(mark);
                *kept = Mark { upto: kept.upto.max(mark.upto), told: kept.told || mark.told };
            }
        }
    }

    fn take(&self) -> Vec<((i64, i64), Mark)> {
        mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect()
    }
}

/// The reader was shown this ticket. Whoever cannot be noted down has read it all the same.
pub async fn saw(tickets: &Tickets, actor: &Actor, id: i64) {
    let noted = tickets.memory.seen(Scope::of(actor), actor.user, id, note(tickets, actor, id)).await;
    if let Err(error) = noted {
        tracing::warn!(%error, ticket = id, "what was read cannot be noted");
    }
}

/// Only when there was something new.
async fn note(tickets: &Tickets, actor: &Actor, id: i64) -> Result<()> {
    let upto = store::unseen(&tickets.db, Scope::of(actor), actor.user, id).await?;
    let told = actions::has_unread_of_ticket(&tickets.notifications, actor, id).await?;
    if upto.is_some() || told {
        tickets.seeing.add([((id, actor.user), Mark { upto, told })]);
        tickets.seeing.wake.notify_one();
    }
    Ok(())
}

/// Writes the marks that wait, in one transaction; in the order of their keys, so that two nodes never wait for each
/// other in a circle.
pub async fn flush(tickets: &Tickets) -> Result<()> {
    let mut marks = tickets.seeing.take();
    if marks.is_empty() {
        return Ok(());
    }
    marks.sort_unstable_by_key(|(key, _)| *key);
    let written = write(tickets, &marks).await;
    if written.is_err() {
        tickets.seeing.add(marks);
    }
    written
}

async fn write(tickets: &Tickets, marks: &[((i64, i64), Mark)]) -> Result<()> {
    let mut tx = tickets.db.begin().await?;
    for ((ticket, reader), mark) in marks {
        if let Some(upto) = mark.upto {
            store::set_seen(&mut tx, *reader, *ticket, upto).await?;
            events::seen(&mut tx, *ticket, *reader);
        }
        if mark.told {
            actions::read_ticket(&tickets.notifications, &mut tx, *reader, *ticket).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// Writes what comes until the server stops. Those that come during a write are the next.
pub async fn run(tickets: Tickets) {
    loop {
        tokio::select! {
            () = tickets.seeing.wake.notified() => {}
            () = tickets.stop.cancelled() => break,
        }
        while let Err(error) = flush(&tickets).await {
            tracing::warn!(%error, "what was read is not written yet, it is tried again");
            if tickets.stop.run_until_cancelled(tokio::time::sleep(AGAIN)).await.is_none() {
                break;
            }
        }
    }
    if let Err(error) = flush(&tickets).await {
        tracing::warn!(%error, "what some people have read was not written");
    }
}
