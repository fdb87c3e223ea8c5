//! Devices that take push messages: a browser or an app joins and leaves. A device belongs to the
//! session that it joined by, and leaves with it.

use base64::{
    Engine,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Notifications,
    show::{Counted, Done},
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
        web::{extract::Json, render::ErrorBody},
    },
    session::proof::Proven,
};

/// Browsers write base64url without padding; apps have been seen to pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub fn routes() -> OpenApiRouter<Notifications> {
    OpenApiRouter::new().routes(routes!(vapid_key)).routes(routes!(subscribe)).routes(routes!(unsubscribe))
}

/// Our public key, which a device needs to join.
pub async fn public_key(notifications: &Notifications) -> Result<String> {
    Ok(notifications.push.public_key(&notifications.db, &notifications.keys).await?)
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct KeyAnswer {
    success: bool,
    /// Uncompressed point of P-256, base64url: `applicationServerKey`.
    public_key: String,
}

/// The portal's public key for push messages (VAPID, RFC 8292).
#[utoipa::path(get, path = "/api/notifications/vapid-key", tag = "notifications", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = KeyAnswer), (status = 401, body = ErrorBody)))]
async fn vapid_key(State(notifications): State<Notifications>, _: Actor) -> Result<axum::Json<KeyAnswer>> {
    let public_key = public_key(&notifications).await?;
    Ok(axum::Json(KeyAnswer { success: true, public_key }))
}

/// As `PushSubscription.toJSON()` gives it.
#[derive(Default, Deserialize, ToSchema)]
struct Subscription {
    /// The address at the device's push service.
    #[serde(default)]
    #[schema(required = true, max_length = 1024, pattern = "^https://", example = "https://push.example/wpush/v2/abc")]
    endpoint: String,
    #[serde(default)]
    #[schema(required = true)]
    keys: DeviceKeys,
    /// The address that the device had before, where its push service has given it a new one: no proof is
    /// needed, for it takes messages already.
    replaces: Option<String>,
}

/// A subscription, or one inside an object, as earlier clients send it.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
enum Subscribing {
    Inside { subscription: Subscription },
    Plain(Subscription),
}

#[derive(Default, Deserialize, ToSchema)]
struct DeviceKeys {
    /// 65 bytes, base64url.
    #[serde(default)]
    #[schema(required = true, pattern = "^[A-Za-z0-9_+/-]{87}=?$")]
    p256dh: String,
    /// 16 bytes, base64url.
    #[serde(default)]
    #[schema(required = true, pattern = "^[A-Za-z0-9_+/-]{22}={0,2}$")]
    auth: String,
}

/// Adds a device. It gets messages until it leaves or its session ends.
#[utoipa::path(post, path = "/api/notifications/subscribe-push", tag = "notifications", request_body = Subscribing,
    security(("bearer" = []), ("cookie" = [])), responses((status = 200, body = Done), (status = 401, body = ErrorBody),
    (status = 403, body = ErrorBody, description = "`proof_required`"), (status = 422, body = ErrorBody)))]
async fn subscribe(
    State(notifications): State<Notifications>,
    actor: Actor,
    owner: Result<Proven>,
    Json(body): Json<Subscribing>,
) -> Result<axum::Json<Done>> {
    let (Subscribing::Inside { subscription: device } | Subscribing::Plain(device)) = body;
    let moved = match &device.replaces {
        Some(old) => move_on(&notifications, &actor, old, &device).await?,
        None => false,
    };
    if !moved {
        let owner = owner?;
        let mut tx = notifications.db.begin().await?;
        add(&notifications, &mut tx, &owner, &device).await?;
        tx.commit().await?;
    }
    Ok(Done::ok())
}

/// A device of this session has a new address in the place of `old`; false: there is no such device.
async fn move_on(notifications: &Notifications, actor: &Actor, old: &str, device: &Subscription) -> Result<bool> {
    let mut tx = notifications.db.begin().await?;
    if !store_push::delete_own_endpoint(&mut tx, actor.user, actor.session, &token_hash(old)).await? {
        return Ok(false);
    }
    add(notifications, &mut tx, actor, device).await?;
    tx.commit().await?;
    Ok(true)
}

async fn add(notifications: &Notifications, tx: &mut Tx, actor: &Actor, device: &Subscription) -> Result<()> {
    let decode = |text: &str| BASE64.decode(text.replace('+', "-").replace('/', "_")).unwrap_or_default();
    let (p256dh, auth) = (decode(&device.keys.p256dh), decode(&device.keys.auth));
    let mut error = Error::invalid();
    if !notifications.push.accepts(&device.endpoint) {
        error = error.field("endpoint", "field-push-endpoint");
    }
    if !are_keys(&p256dh, &auth) {
        error = error.field("keys", "field-push-keys");
    }
    error.or_ok()?;
    let row = NewSubscription {
        user: actor.user,
        session: actor.session,
        endpoint_hash: &token_hash(&device.endpoint),
        endpoint: &device.endpoint,
        p256dh: &p256dh,
        auth: &auth,
        now: notifications.clock.now(),
    };
    store_push::insert(tx, &row).await?;
    Ok(store_push::evict(tx, actor.user, notifications.settings.devices.into()).await?)
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
struct Leaving {
    /// Not given: the devices of this session.
    endpoint: Option<String>,
}

/// Removes a device, and says how many that were.
#[utoipa::path(delete, path = "/api/notifications/unsubscribe-push", tag = "notifications", request_body(content = Option<Leaving>),
    security(("bearer" = []), ("cookie" = [])), responses((status = 200, body = Counted), (status = 401, body = ErrorBody),
    (status = 403, body = ErrorBody, description = "`proof_required`")))]
async fn unsubscribe(
    State(notifications): State<Notifications>,
    owner: Proven,
    body: Option<Json<Leaving>>,
) -> Result<axum::Json<Counted>> {
    let mut tx = notifications.db.begin().await?;
    let gone = match body.and_then(|body| body.0.endpoint) {
        Some(endpoint) => store_push::delete_endpoint(&mut tx, owner.user, &token_hash(&endpoint)).await?,
        None => store_push::delete_of_session(&mut tx, owner.user, owner.session).await?,
    };
    tx.commit().await?;
    Ok(Counted::of(gone))
}
