//! The first administrator: while there is none, each start prints a link that makes one, once. It is the
//! same on every node and at every start: what it holds is made with the signing keys from a row of the
//! database, which keeps its hash.

use crate::{
    account::{self, actions::Registration, model::Account},
    platform::base::{
        error::{Error, Result},
        i18n::Lang,
        keys::{random_token, token_hash},
    },
    session::codes,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Sessions, store_setup};

const PURPOSE: &str = "setup";

/// The link to print, or `None` when there is an administrator already.
pub async fn link(sessions: &Sessions) -> Result<Option<String>> {
    if account::store::has_admin(&sessions.db).await? {
        return Ok(None);
    }
    let mut tx = sessions.db.begin().await?;
    let nonce = random_token();
    // Whoever is first makes it. With other keys than the one that made it, it is made anew.
    store_setup::any_insert(&mut tx, &nonce, &token_hash(&token(sessions, &nonce))).await?;
    let (kept, hash) = store_setup::any_lock(&mut tx).await?;
    let mut token_now = token(sessions, &kept);
    if token_hash(&token_now) != hash {
        token_now = token(sessions, &nonce);
        store_setup::any_replace(&mut tx, &nonce, &token_hash(&token_now)).await?;
    }
    tx.commit().await?;
    Ok(Some(format!("{}/setup?token={token_now}", sessions.base_url)))
}

fn token(sessions: &Sessions, nonce: &str) -> String {
    URL_SAFE_NO_PAD.encode(sessions.keys.sign(PURPOSE, nonce))
}

/// Whether this is the link that was printed, and there is no administrator yet.
pub async fn is_valid(sessions: &Sessions, token: &str) -> Result<bool> {
    let known = store_setup::any_is(&sessions.db, &token_hash(token)).await?;
    Ok(known && !account::store::has_admin(&sessions.db).await?)
}

/// Makes the administrator and uses the link up.
pub async fn create_admin(sessions: &Sessions, token: &str, new: &Registration, lang: Lang) -> Result<Account> {
    let invalid = || Error::gone(codes::SETUP_INVALID);
    if !is_valid(sessions, token).await? {
        return Err(invalid());
    }
    let password_hash = account::actions::checked(&sessions.accounts, new).await?;
    let mut tx = sessions.db.begin().await?;
    // Of two who press the button at once, on whatever node, one takes it.
    if !store_setup::any_take(&mut tx, &token_hash(token)).await? {
        return Err(invalid());
    }
    let user = account::actions::first_admin_in(&sessions.accounts, &mut tx, new, lang, &password_hash).await?;
    tx.commit().await?;
    tracing::info!(user, "the administrator was made");
    account::store::by_id(&sessions.db, user).await?.ok_or_else(|| Error::not_found(codes::USER_NOT_FOUND))
}
