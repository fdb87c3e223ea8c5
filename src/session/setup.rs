//! The first administrator: while there is none, the server prints a link that makes one, once.

use subtle::ConstantTimeEq;

use super::Sessions;
use crate::{
    account::{self, actions::Registration, model::Account},
    platform::{
        http::error::{Error, Result},
        i18n::Lang,
        keys::random_token,
    },
};

/// The link to print, or `None` when there is an administrator already.
pub async fn link(sessions: &Sessions) -> Result<Option<String>> {
    if account::store::has_admin(&sessions.db).await? {
        return Ok(None);
    }
    let token = random_token();
    let link = format!("{}/setup?token={token}", sessions.base_url);
    if let Ok(mut kept) = sessions.setup_token.lock() {
        *kept = Some(token);
    }
    Ok(Some(link))
}

/// Whether this is the link that was printed.
pub fn is_valid(sessions: &Sessions, token: &str) -> bool {
    let kept = sessions.setup_token.lock().ok().and_then(|kept| kept.clone());
    kept.is_some_and(|kept| bool::from(kept.as_bytes().ct_eq(token.as_bytes())))
}

/// Makes the administrator and uses the link up.
pub async fn create_admin(sessions: &Sessions, token: &str, new: &Registration, lang: Lang) -> Result<Account> {
    if !is_valid(sessions, token) {
        return Err(Error::gone("setup_invalid"));
    }
    let account = account::actions::create_first_admin(&sessions.accounts, new, lang).await?;
    if let Ok(mut kept) = sessions.setup_token.lock() {
        *kept = None;
    }
    tracing::info!(user = account.id, "the administrator was made");
    Ok(account)
}
