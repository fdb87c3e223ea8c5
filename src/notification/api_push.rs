//! Push messages, as JSON: our key, joining and leaving. Browsers and apps (UnifiedPush) alike.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Notifications,
    api::{Counted, Done},
    subscribing::{self, Joining},
};
use crate::{
    platform::{
        base::{actor::Actor, error::Result},
        web::{extract::Json, render::ErrorBody},
    },
    session::proof::Proven,
};

pub fn routes() -> OpenApiRouter<Notifications> {
    OpenApiRouter::new().routes(routes!(vapid_key)).routes(routes!(subscribe)).routes(routes!(unsubscribe))
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
    let public_key = subscribing::public_key(&notifications).await?;
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
    let (Subscribing::Inside { subscription: body } | Subscribing::Plain(body)) = body;
    let device = Joining { endpoint: &body.endpoint, p256dh: &body.keys.p256dh, auth: &body.keys.auth };
    let moved = match &body.replaces {
        Some(old) => subscribing::move_on(&notifications, &actor, old, &device).await?,
        None => false,
    };
    if !moved {
        subscribing::join(&notifications, &owner?, &device).await?;
    }
    Ok(Done::ok())
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
    actor: Proven,
    body: Option<Json<Leaving>>,
) -> Result<axum::Json<Counted>> {
    let endpoint = body.and_then(|body| body.0.endpoint);
    Ok(Counted::of(subscribing::leave(&notifications, &actor, endpoint.as_deref()).await?))
}
