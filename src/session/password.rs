//! The password that opens sessions: changing it ends the others, and a forgotten one is set anew by
//! a link in a mail.

use crate::{
    account::{self, actions::hash_new, model::Account, store::Reset},
    platform::{
        base::{
            actor::Actor,
            error::{Error, Result},
            keys::{random_token, token_hash},
            mailbox,
            workers::Turn,
        },
        data::holding::watched,
        web::extract::Visitor,
    },
    session::codes,
};
use std::time::Duration;

use super::{
    Sessions,
    admin::Authority,
    ending, history,
    model::{Method, Reason},
    notices, store_attempt,
};

/// Life of a link that sets a new password.
const RESET_LIFE: Duration = Duration::from_secs(30 * 60);

/// Changes the password and ends every other session; says how many.
pub async fn change(sessions: &Sessions, actor: &Actor, current: &str, new: &str, visitor: &Visitor) -> Result<usize> {
    let error =
        if current.is_empty() { Error::invalid().field("currentPassword", "field-required") } else { Error::invalid() };
    account::model::check_password(error, "newPassword", new).or_ok()?;
    let account = account::actions::of_actor(&sessions.accounts, actor).await?;
    sessions.limits.proofs.take(&actor.session)?;
    if !account::actions::prove_again(&sessions.accounts, actor.user, current).await? {
        return Err(Error::invalid().field("currentPassword", "field-password-wrong"));
    }
    let hash = hash_of(sessions, &account, "newPassword", new).await?;
    let mut tx = sessions.db.begin().await?;
    account::store::set_password(&mut tx, actor.user, &hash).await?;
    let ended = ending::end_all_in(&mut tx, actor.user, actor.session).await?;
    super::store::prove(&mut tx, actor.user, actor.session, sessions.clock.now()).await?;
    notices::password_changed(sessions, &mut tx, &account, visitor).await?;
    tx.commit().await?;
    tracing::info!(user = actor.user, ended, "password changed");
    Ok(ended)
}

/// Sends a link to whoever has this e-mail. The answer is the same for everyone: the work is done
/// after it, so its time tells nothing either.
pub async fn forgot(sessions: &Sessions, email: &str, visitor: &Visitor) -> Result<()> {
    account::model::check_email(Error::invalid(), email).or_ok()?;
    sessions.limits.forgot.take(visitor.address)?;
    // Too many for one account: no further mail, and no word about it.
    if sessions.limits.forgot_account.take(&mailbox::key(email)).is_err() {
        return Ok(());
    }
    let (sessions, email) = (sessions.clone(), email.to_owned());
    tokio::spawn(watched(async move {
        if let Err(error) = send_link(&sessions, &email).await {
            tracing::error!(%error, "a password link was not sent");
        }
    }));
    Ok(())
}

async fn send_link(sessions: &Sessions, email: &str) -> Result<()> {
    let Some(account) = account::store::by_email(&sessions.db, email).await?.filter(|a| a.blocked_at.is_none()) else {
        return Ok(());
    };
    let (token, now) = (random_token(), sessions.clock.now());
    let mut tx = sessions.db.begin().await?;
    // Its address may just be changed to another: a link to the old one would work.
    let locked = account::store::lock(&mut tx, account.id).await?;
    let Some(account) = locked.filter(|now| now.email == account.email) else { return Ok(()) };
    let reset =
        account::store::insert_reset(&mut tx, account.id, &token_hash(&token), now, now.plus(RESET_LIFE)).await?;
    notices::reset_password(sessions, &mut tx, &account, reset, &token).await?;
    tx.commit().await?;
    Ok(())
}

/// Whose link it is, while it works.
///
/// # Errors
/// 410 `reset_superseded` when a newer one was sent, else `reset_invalid`.
pub async fn find_link(sessions: &Sessions, token: &str) -> Result<(Reset, Account)> {
    let invalid = || Error::gone(codes::RESET_INVALID);
    let found = account::store::any_reset(&sessions.db, &token_hash(token), sessions.clock.now()).await?;
    let reset = found.ok_or_else(invalid)?;
    if reset.superseded {
        return Err(Error::gone(codes::RESET_SUPERSEDED));
    }
    let account = account::store::by_id(&sessions.db, reset.user_id).await?.ok_or_else(invalid)?;
    Ok((reset, account))
}

/// Sets a new password by a link, once, and ends every session of the account. Returns what marks the
/// browser as known from now on: whoever has the mailbox gets in, however many others try to.
pub async fn reset(sessions: &Sessions, token: &str, new: &str, visitor: &Visitor) -> Result<String> {
    account::model::check_password(Error::invalid(), "password", new).or_ok()?;
    let (reset, account) = find_link(sessions, token).await?;
    // The link itself cannot be guessed, so nobody else can use this budget up.
    sessions.limits.reset.take(&reset.id)?;
    let hash = hash_of(sessions, &account, "password", new).await?;
    let (user, now) = (account.id, sessions.clock.now());
    let device_key = visitor.device_key.clone().unwrap_or_else(random_token);
    let mut tx = sessions.db.begin().await?;
    let account = account::store::lock(&mut tx, user).await?.ok_or_else(|| Error::gone(codes::RESET_INVALID))?;
    if !account::store::take_reset(&mut tx, user, reset.id, now).await? {
        return Err(Error::gone(codes::RESET_INVALID));
    }
    account::store::set_password(&mut tx, user, &hash).await?;
    ending::end_all_in(&mut tx, user, 0).await?;
    store_attempt::remember_device(&mut tx, user, &token_hash(&device_key), now).await?;
    history::succeeded(sessions, &mut tx, user, Method::Reset, Some(Reason::PasswordReset), visitor).await?;
    notices::password_changed(sessions, &mut tx, &account, visitor).await?;
    tx.commit().await?;
    tracing::info!(user, "password set by link");
    Ok(device_key)
}

async fn hash_of(sessions: &Sessions, account: &Account, field: &'static str, new: &str) -> Result<String> {
    hash_new(&sessions.accounts, Turn::Sooner, field, new, &[&account.username, &account.email]).await
}

/// Sets somebody's password and ends every session.
pub async fn set_for(sessions: &Sessions, by: Authority<'_>, email: &str, new: &str) -> Result<()> {
    let account =
        account::store::by_email(&sessions.db, email).await?.ok_or_else(|| Error::not_found(codes::USER_NOT_FOUND))?;
    account::model::check_password(Error::invalid(), "password", new).or_ok()?;
    let hash = hash_of(sessions, &account, "password", new).await?;
    let mut tx = sessions.db.begin().await?;
    account::store::set_password(&mut tx, account.id, &hash).await?;
    ending::end_all_in(&mut tx, account.id, 0).await?;
    notices::access_changed(sessions, &mut tx, &account, super::model::AccessChange::Password).await?;
    tx.commit().await?;
    tracing::info!(by = by.user(), user = account.id, "password set");
    Ok(())
}
