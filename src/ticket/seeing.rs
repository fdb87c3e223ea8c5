//! Seen: what somebody was shown of a ticket counts as read, and what they were told of it too. An act of
//! the handlers that show one; reading alone writes nothing.

use super::{Tickets, events, model::Scope, store};
use crate::{
    notification::actions,
    platform::base::{actor::Actor, error::Result},
};

/// The reader was shown this ticket. Whoever cannot be noted down has read it all the same.
pub async fn saw(tickets: &Tickets, actor: &Actor, id: i64) {
    let noted = tickets.memory.seen(Scope::of(actor), actor.user, id, note(tickets, actor, id)).await;
    if let Err(error) = noted {
        tracing::warn!(%error, ticket = id, "what was read cannot be noted");
    }
}

/// Writes only when there was something new.
async fn note(tickets: &Tickets, actor: &Actor, id: i64) -> Result<()> {
    let unseen = store::unseen(&tickets.db, Scope::of(actor), actor.user, id).await?;
    let told = actions::has_unread_of_ticket(&tickets.notifications, actor, id).await?;
    if unseen.is_none() && !told {
        return Ok(());
    }
    let mut tx = tickets.db.begin().await?;
    if let Some(upto) = unseen {
        store::set_seen(&mut tx, actor.user, id, upto).await?;
        events::seen(&mut tx, id, actor.user);
    }
    if told {
        actions::read_ticket(&tickets.notifications, &mut tx, actor, id).await?;
    }
    Ok(tx.commit().await?)
}
