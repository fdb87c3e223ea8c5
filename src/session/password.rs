//! The password that opens sessions: changing it ends the others, and a forgotten one is set anew by
//! a link in a mail.

use std::time::Duration;

use super::{Sessions, admin::Authority, ending, notices};
use crate::{
    account::{self, actions::hash_new},
    platform::{
        actor::Actor,
        http::{
            address::limit_key,
            error::{Error, Result},
            extract::Visitor,
        },
        keys::{random_token, token_hash},
        workers::Turn,
    },
};

/// Life of a link that sets a new password.
const RESET_LIFE: Duration = Duration::from_secs(30 * 60);

/// Changes the password and ends every other session; says how many.
pub async fn change(sessions: &Sessions, actor: &Actor, current: &str, new: &str, visitor: &Visitor) -> Result<usize> {
    let error =
        if current.is_empty() { Error::invalid().field("currentPassword", "field-required") } else { Error::invalid() };
    account::model::check_password(error, "newPassword", new).or_ok()?;
    let account = account::actions::of_actor(&sessions.accounts, actor).await?;
    sessions.limits.known.take(&(actor.email.clone(), String::new()))?;
    if !account::actions::prove_again(&sessions.accounts, actor.user, current).await? {
        return Err(Error::invalid().field("currentPassword", "field-password-wrong"));
    }
    let hash =
        hash_new(&sessions.accounts, Turn::Sooner, "newPassword", new, &[&account.username, &account.email]).await?;
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
    sessions.limits.forgot.take(&limit_key(visitor.address))?;
    // Too many for one account: no further mail, and no word about it.
    if sessions.limits.forgot_account.take(&account::model::email_key(email)).is_err() {
        return Ok(());
    }
    let (sessions, email) = (sessions.clone(), email.to_owned());
    tokio::spawn(async move {
        if let Err(error) = send_link(&sessions, &email).await {
            tracing::error!(%error, "a password link was not sent");
        }
    });
    Ok(())
}

async fn send_link(sessions: &Sessions, email: &str) -> Result<()> {
    let Some(account) = account::store::by_email(&sessions.db, email).await?.filter(|a| a.blocked_at.is_none()) else {
        return Ok(());
    };
    let (token, now) = (random_token(), sessions.clock.now());
    let mut tx = sessions.db.begin().await?;
    let reset =
        account::store::insert_reset(&mut tx, account.id, &token_hash(&token), now, now.plus(RESET_LIFE)).await?;
    notices::reset_password(sessions, &mut tx, &account, reset, &token).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether a link still works.
pub async fn reset_is_valid(sessions: &Sessions, token: &str) -> Result<bool> {
    Ok(account::store::reset_is_valid(&sessions.db, &token_hash(token), sessions.clock.now()).await?)
}

/// Sets a new password by a link, once, and ends every session of the account.
pub async fn reset(sessions: &Sessions, token: &str, new: &str, visitor: &Visitor) -> Result<()> {
    sessions.limits.forgot.take(&limit_key(visitor.address))?;
    let invalid = || Error::gone("reset_invalid");
    if !reset_is_valid(sessions, token).await? {
        return Err(invalid());
    }
    account::model::check_password(Error::invalid(), "password", new).or_ok()?;
    let hash = hash_new(&sessions.accounts, Turn::Sooner, "password", new, &[]).await?;
    let mut tx = sessions.db.begin().await?;
    let user =
        account::store::take_reset(&mut tx, &token_hash(token), sessions.clock.now()).await?.ok_or_else(invalid)?;
    let account = account::store::lock(&mut tx, user).await?.ok_or_else(invalid)?;
    account::store::set_password(&mut tx, user, &hash).await?;
    ending::end_all_in(&mut tx, user, 0).await?;
    super::history::succeeded(
        sessions,
        &mut tx,
        user,
        super::model::Method::Reset,
        Some(super::model::Reason::PasswordReset),
        visitor,
    )
    .await?;
    notices::password_changed(sessions, &mut tx, &account, visitor).await?;
    tx.commit().await?;
    tracing::info!(user, "password set by link");
    Ok(())
}

/// Sets somebody's password and ends every session.
pub async fn set_for(sessions: &Sessions, by: Authority<'_>, email: &str, new: &str) -> Result<()> {
    let account =
        account::store::by_email(&sessions.db, email).await?.ok_or_else(|| Error::not_found("user_not_found"))?;
    account::model::check_password(Error::invalid(), "password", new).or_ok()?;
    let own = [account.username.as_str(), account.email.as_str()];
    let hash = hash_new(&sessions.accounts, Turn::Sooner, "password", new, &own).await?;
    let mut tx = sessions.db.begin().await?;
    account::store::set_password(&mut tx, account.id, &hash).await?;
    ending::end_all_in(&mut tx, account.id, 0).await?;
    notices::access_changed(sessions, &mut tx, &account, super::model::AccessChange::Password).await?;
    tx.commit().await?;
    tracing::info!(by = by.user(), user = account.id, "password set");
    Ok(())
}
