//! The history of sign-ins: good and bad, with what came of it.

use std::time::Duration;

use super::{
    Sessions,
    model::{Attempt, Method, Reason},
    notices,
    store_attempt::{self, NewAttempt},
};
use crate::{
    account,
    platform::{
        base::{
            actor::Actor,
            error::{Error, Result},
        },
        data::db::Tx,
        web::extract::Visitor,
    },
};

/// Equal failures within this time are one row with a count.
const BURST: Duration = Duration::from_secs(600);
/// So many wrong passwords within it are no slip of the finger.
const MANY: i64 = 5;

/// Writes a good sign-in as part of what made it.
pub async fn succeeded(
    sessions: &Sessions,
    tx: &mut Tx,
    user: i64,
    method: Method,
    reason: Option<Reason>,
    visitor: &Visitor,
) -> Result<()> {
    let (address, place) = (visitor.address.to_string(), visitor.place.to_json());
    let row = attempt(sessions, Some(user), method, reason, visitor, &address, &place);
    Ok(store_attempt::insert(tx, &NewAttempt { success: true, ..row }).await?)
}

/// Writes a failure. `user`: `None` where nobody has the e-mail; it costs the same time.
pub async fn failed(
    sessions: &Sessions,
    user: Option<i64>,
    method: Method,
    reason: Reason,
    visitor: &Visitor,
) -> Result<()> {
    let mut tx = sessions.db.begin().await?;
    failed_in(sessions, &mut tx, user, method, reason, visitor).await?;
    Ok(tx.commit().await?)
}

/// Writes a failure as part of what it caused.
pub async fn failed_in(
    sessions: &Sessions,
    tx: &mut Tx,
    user: Option<i64>,
    method: Method,
    reason: Reason,
    visitor: &Visitor,
) -> Result<()> {
    tracing::info!(user, method = method.as_str(), reason = reason.as_str(), "a sign-in failed");
    let (address, place) = (visitor.address.to_string(), visitor.place.to_json());
    let row = attempt(sessions, user, method, Some(reason), visitor, &address, &place);
    if !store_attempt::fold(tx, &row, row.now.minus(BURST)).await? {
        store_attempt::insert(tx, &row).await?;
    }
    match user {
        Some(user) if reason == Reason::WrongPassword => warn(sessions, tx, user, visitor).await,
        _ => Ok(()),
    }
}

/// Tells the owner of so many wrong passwords.
async fn warn(sessions: &Sessions, tx: &mut Tx, user: i64, visitor: &Visitor) -> Result<()> {
    if store_attempt::wrong_since(tx, user, sessions.clock.now().minus(BURST)).await? < MANY {
        return Ok(());
    }
    match account::store::lock(tx, user).await? {
        Some(account) if account.blocked_at.is_none() => notices::failures(sessions, tx, &account, visitor).await,
        _ => Ok(()),
    }
}

fn attempt<'a>(
    sessions: &Sessions,
    user: Option<i64>,
    method: Method,
    reason: Option<Reason>,
    visitor: &'a Visitor,
    ip_address: &'a str,
    location: &'a str,
) -> NewAttempt<'a> {
    NewAttempt {
        user,
        method: method.as_str(),
        success: false,
        reason: reason.map(Reason::as_str),
        ip_address,
        location,
        user_agent: &visitor.user_agent,
        device: &visitor.client.device,
        browser: &visitor.client.browser,
        now: sessions.clock.now(),
    }
}

/// The actor's last attempts, newest first; `limit` from 1 to 100.
pub async fn list(sessions: &Sessions, actor: &Actor, limit: i64) -> Result<Vec<Attempt>> {
    if !(1..=100).contains(&limit) {
        return Err(Error::invalid().field("limit", "field-limit-range"));
    }
    Ok(store_attempt::of_user(&sessions.db, actor.user, limit).await?)
}
