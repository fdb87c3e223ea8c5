//! Devices that take push messages: a browser or an app joins and leaves. A device belongs to the
//! session that it joined by, and leaves with it.

use base64::{
    Engine,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::{
    Notifications,
    store_push::{self, NewSubscription},
};
use crate::{
    platform::{
        base::{
            actor::Actor,
            error::{Error, Result},
            keys::token_hash,
        },
        data::db::Tx,
        outbox::push::are_keys,
    },
    session::proof::Proven,
};

/// Browsers write base64url without padding; apps have been seen to pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Our public key, which a device needs to join.
pub async fn public_key(notifications: &Notifications) -> Result<String> {
    Ok(notifications.push.public_key(&notifications.db, &notifications.keys).await?)
}

/// What the device was given by its push service.
pub struct Joining<'a> {
    pub endpoint: &'a str,
    pub p256dh: &'a str,
    pub auth: &'a str,
}

/// Adds a device to those of the owner.
pub async fn join(notifications: &Notifications, owner: &Proven, device: &Joining<'_>) -> Result<()> {
    let mut tx = notifications.db.begin().await?;
    add(notifications, &mut tx, owner, device).await?;
    Ok(tx.commit().await?)
}

/// A device of this session has a new address in the place of `old`; false: there is no such device.
pub async fn move_on(notifications: &Notifications, actor: &Actor, old: &str, device: &Joining<'_>) -> Result<bool> {
    let mut tx = notifications.db.begin().await?;
    if !store_push::delete_own_endpoint(&mut tx, actor.user, actor.session, &token_hash(old)).await? {
        return Ok(false);
    }
    add(notifications, &mut tx, actor, device).await?;
    tx.commit().await?;
    Ok(true)
}

async fn add(notifications: &Notifications, tx: &mut Tx, actor: &Actor, device: &Joining<'_>) -> Result<()> {
    let decode = |text: &str| BASE64.decode(text.replace('+', "-").replace('/', "_")).unwrap_or_default();
    let (p256dh, auth) = (decode(device.p256dh), decode(device.auth));
    let mut error = Error::invalid();
    if !notifications.push.accepts(device.endpoint) {
        error = error.field("endpoint", "field-push-endpoint");
    }
    if !are_keys(&p256dh, &auth) {
        error = error.field("keys", "field-push-keys");
    }
    error.or_ok()?;
    let row = NewSubscription {
        user: actor.user,
        session: actor.session,
        endpoint_hash: &token_hash(device.endpoint),
        endpoint: device.endpoint,
        p256dh: &p256dh,
        auth: &auth,
        now: notifications.clock.now(),
    };
    store_push::insert(tx, &row).await?;
    Ok(store_push::evict(tx, actor.user, notifications.settings.devices.into()).await?)
}

/// The device with this address leaves, or without one those of the owner's session.
pub async fn leave(notifications: &Notifications, owner: &Proven, endpoint: Option<&str>) -> Result<u64> {
    let mut tx = notifications.db.begin().await?;
    let gone = match endpoint {
        Some(endpoint) => store_push::delete_endpoint(&mut tx, owner.user, &token_hash(endpoint)).await?,
        None => store_push::delete_of_session(&mut tx, owner.user, owner.session).await?,
    };
    tx.commit().await?;
    Ok(gone)
}
