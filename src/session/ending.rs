//! Ending sessions: at once, on every node.

use crate::{
    platform::{
        base::{
            actor::Actor,
            clock::Timestamp,
            error::{self, Error, Result},
            keys::token_hash,
            text::line,
        },
        data::{db::Tx, events::Event},
    },
    session::codes,
};
use std::sync::Arc;

use super::{
    Sessions,
    cache::{SESSION_CHANGED, SESSION_ENDED},
    model::Session,
    proof::Proven,
    store,
};

/// The actor's live sessions, each with its last activity, the newest first.
pub async fn list(sessions: &Sessions, actor: &Actor) -> Result<Vec<(Arc<Session>, Timestamp)>> {
    let now = sessions.clock.now();
    let rows = sessions.lists.find(&sessions.db, actor.user, now).await?;
    let active =
        |row: &Session| sessions.activity.last(row.id).map_or(row.last_activity, |at| at.max(row.last_activity));
    let live = rows.iter().filter(|row| row.expires_at > now);
    let mut live: Vec<_> = live.map(|row| (row.clone(), active(row))).collect();
    live.sort_by_key(|(row, at)| std::cmp::Reverse((*at, row.id)));
    Ok(live)
}

/// Ends the session that the actor is in: that is always allowed.
pub async fn end_own(sessions: &Sessions, actor: &Actor) -> Result<()> {
    end_of(sessions, actor.user, actor.session).await
}

/// Ends one of the owner's sessions; another's is not there.
pub async fn end(sessions: &Sessions, owner: &Proven, session: i64) -> Result<()> {
    end_of(sessions, owner.user, session).await
}

async fn end_of(sessions: &Sessions, user: i64, session: i64) -> Result<()> {
    let mut tx = sessions.db.begin().await?;
    if !store::delete(&mut tx, user, session).await? {
        return Err(Error::not_found(codes::SESSION_NOT_FOUND));
    }
    tx.emit(Event { kind: SESSION_ENDED, id: session, user });
    Ok(tx.commit().await?)
}

/// Ends one session of a user as part of what asks for it.
pub async fn end_in(tx: &mut Tx, user: i64, session: i64) -> Result<()> {
    if store::delete(tx, user, session).await? {
        tx.emit(Event { kind: SESSION_ENDED, id: session, user });
    }
    Ok(())
}

/// Ends all of the owner's sessions but the current one, and says how many (ASVS 7.5.3).
pub async fn end_others(sessions: &Sessions, owner: &Proven) -> Result<usize> {
    let mut tx = sessions.db.begin().await?;
    let ended = end_all_in(&mut tx, owner.user, owner.session).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Ends all of a user's sessions but `keep` (0 = none) as part of what asks for it.
pub async fn end_all_in(tx: &mut Tx, user: i64, keep: i64) -> Result<usize> {
    let ended = store::delete_others(tx, user, keep).await?;
    for session in &ended {
        tx.emit(Event { kind: SESSION_ENDED, id: *session, user });
    }
    Ok(ended.len())
}

/// Gives a session its owner's name for the device; an empty one takes it away.
pub async fn rename(sessions: &Sessions, actor: &Actor, session: i64, name: &str) -> Result<()> {
    let name = line(name);
    if name.chars().count() > 64 {
        return Err(Error::invalid().field("name", "field-name-length"));
    }
    let mut tx = sessions.db.begin().await?;
    let name = (!name.is_empty()).then_some(&*name);
    if !store::rename(&mut tx, actor.user, session, name).await? {
        return Err(Error::not_found(codes::SESSION_NOT_FOUND));
    }
    tx.emit(Event { kind: SESSION_CHANGED, id: session, user: actor.user });
    Ok(tx.commit().await?)
}

/// The session that a link of the mail about a new device is for, while it lives.
pub async fn by_link(sessions: &Sessions, token: &str) -> Result<Option<Session>> {
    Ok(store::any_by_end_link(&sessions.db, &token_hash(token), sessions.clock.now()).await?)
}

/// Ends the session of such a link.
pub async fn end_by_link(sessions: &Sessions, token: &str) -> Result<()> {
    let session = by_link(sessions, token).await?.ok_or_else(|| Error::gone(error::codes::GONE))?;
    end_of(sessions, session.user_id, session.id).await
}
