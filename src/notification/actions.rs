//! Telling somebody something, and what they were told.

use super::{
    Notifications, digest, events, live,
    model::{Facts, Kind, NewNotice, Notice},
    pushing, store, store_settings,
};
use crate::platform::{
    base::{actor::Actor, error::Result},
    data::db::Tx,
    outbox::{
        jobs::{NotDone, Outcome},
        notices,
    },
};

/// Tells people one thing, each by the ways that they chose, as part of `tx`. The same key to the same
/// person again is nothing.
pub async fn notify(notifications: &Notifications, tx: &mut Tx, new: &NewNotice<'_>) -> Result<()> {
    tell(notifications, tx, new, None).await
}

async fn tell(notifications: &Notifications, tx: &mut Tx, new: &NewNotice<'_>, url: Option<&str>) -> Result<()> {
    let mut ways = store_settings::any_ways(tx, &new.to, new.kind).await?;
    for (_, ways) in &mut ways {
        // Only what belongs to a ticket is mailed from here: the session slice writes its own mails.
        ways.mail &= new.ticket.is_some() && !new.kind.is_security();
    }
    let told = store::insert(tx, new, &ways, notifications.clock.now()).await?;
    let mut pushed = Vec::new();
    for (user, ways) in ways {
        let Some(id) = told.get(&user).copied() else { continue };
        if ways.in_app {
            live::record(tx, events::NEW, id, user, new.ticket.unwrap_or(0));
        }
        if let (true, Some(ticket)) = (ways.mail, new.ticket) {
            digest::ask(notifications, tx, user, ticket).await?;
        }
        if ways.push {
            pushed.push((user, id));
        }
    }
    pushing::ask(notifications, tx, &pushed, url).await
}

/// What an earlier slice left to be told.
pub async fn take_up(notifications: Notifications, notice: notices::Notice) -> Outcome {
    let failed = |why: String| NotDone::Failed(why);
    let kind = Kind::parse(&notice.kind).ok_or_else(|| failed(format!("no such kind: {}", notice.kind)))?;
    if notice.until.is_some_and(|until| until <= notifications.clock.now().0) {
        return Ok(());
    }
    let facts: Facts = serde_json::from_value(notice.facts)?;
    let new = NewNotice {
        to: vec![notice.user],
        kind,
        key: &notice.key,
        ticket: None,
        staff_only: false,
        author: None,
        facts,
    };
    // Who was erased meanwhile needs to hear nothing.
    if crate::account::store::by_id(&notifications.db, notice.user).await?.is_none() {
        return Ok(());
    }
    let mut tx = notifications.db.begin().await?;
    tell(&notifications, &mut tx, &new, notice.url.as_deref()).await?;
    Ok(tx.commit().await?)
}

/// A page of somebody's notifications.
pub struct Listed {
    pub notices: Vec<Notice>,
    pub total: i64,
}

pub async fn list(notifications: &Notifications, actor: &Actor, unread: bool, page: i64, limit: i64) -> Result<Listed> {
    let offset = page.saturating_sub(1).saturating_mul(limit);
    let staff = actor.role.is_staff();
    let notices = store::page(&notifications.db, actor.user, staff, unread, limit, offset).await?;
    let total = store::count(&notifications.db, actor.user, staff, unread).await?;
    Ok(Listed { notices, total })
}

/// How many are unread: what the bell shows.
pub async fn unread_count(notifications: &Notifications, actor: &Actor) -> Result<i64> {
    Ok(notifications.unread.of(&notifications.db, actor).await?)
}

/// The person looks at this ticket: what they were told of it is read, and needs no mail any more.
pub async fn read_ticket(notifications: &Notifications, tx: &mut Tx, reader: i64, ticket: i64) -> Result<()> {
    if store::read_ticket(tx, reader, ticket, notifications.clock.now()).await? > 0 {
        live::record(tx, events::READ, 0, reader, ticket);
    }
    Ok(())
}

/// Whether the person was told something of this ticket that they have not read.
pub async fn has_unread_of_ticket(notifications: &Notifications, actor: &Actor, ticket: i64) -> Result<bool> {
    Ok(store::has_unread_of_ticket(&notifications.db, actor.user, ticket).await?)
}
