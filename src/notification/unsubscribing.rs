//! The link by which one click ends mails of a sort (RFC 8058). It works for ever and without signing
//! in, and can do nothing else: it names whose mails of which kinds, and is signed for this purpose.

use crate::{
    account,
    notification::codes,
    platform::base::error::{Error, Result},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    Notifications,
    model::{Channel, Kind},
    store_settings,
};

const PURPOSE: &str = "unsubscribe";

/// Whose mails, of which kinds.
#[derive(Debug, PartialEq, Eq)]
pub struct Unsubscription {
    pub user: i64,
    pub kinds: Vec<Kind>,
}

/// The link for mails of these kinds to this person.
pub fn link(notifications: &Notifications, user: i64, kinds: &[Kind]) -> String {
    let names: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
    let claim = format!("{user}.{}", names.join("."));
    let signature = notifications.keys.sign(PURPOSE, &claim);
    format!("{}/unsubscribe?t={claim}.{}", notifications.base_url, URL_SAFE_NO_PAD.encode(signature))
}

/// What a link is for.
pub fn read(notifications: &Notifications, token: &str) -> Result<Unsubscription> {
    parse(notifications, token).ok_or_else(|| Error::not_found(codes::UNSUBSCRIBE_INVALID))
}

fn parse(notifications: &Notifications, token: &str) -> Option<Unsubscription> {
    let (claim, signature) = token.rsplit_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    notifications.keys.is_signed(PURPOSE, claim, &signature).then_some(())?;
    let (user, kinds) = claim.split_once('.')?;
    let kinds = kinds.split('.').filter_map(Kind::parse).filter(|kind| kind.rule(Channel::Mail).is_choice()).collect();
    Some(Unsubscription { user: user.parse().ok()?, kinds })
}

/// Ends these mails. Once more is the same.
pub async fn unsubscribe(notifications: &Notifications, token: &str) -> Result<Unsubscription> {
    let wanted = read(notifications, token)?;
    if account::store::by_id(&notifications.db, wanted.user).await?.is_none() {
        return Err(Error::not_found(codes::UNSUBSCRIBE_INVALID));
    }
    let mut tx = notifications.db.begin().await?;
    for kind in &wanted.kinds {
        store_settings::set(&mut tx, wanted.user, *kind, Channel::Mail, false).await?;
    }
    tx.commit().await?;
    Ok(wanted)
}
