//! `/api/qr-auth/push`: the computer asks for the approval by a push message.

use axum::{extract::State, http::HeaderMap};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{QrLogin, api, pushing};
use crate::platform::{
    base::error::Result,
    web::{
        extract::{Context, Json, Visitor},
        render::ErrorBody,
    },
};

pub fn routes() -> OpenApiRouter<QrLogin> {
    OpenApiRouter::new().routes(routes!(push))
}

#[derive(Default, Deserialize, ToSchema)]
struct Asked {
    #[serde(default)]
    #[schema(required = true, example = "q4uKcVqUyZ1dE0m3W8sT5rXoLh2JbN7fPgAiCkDvYwM")]
    code: String,
}

#[derive(Serialize, ToSchema)]
struct Sent {
    message: &'static str,
}

/// Sends the request to the phone of who used this browser last.
///
/// For a browser that was signed in here before and has kept its `device` cookie; to any other it is
/// forbidden. From then on the number of `status` must be picked on the phone.
#[utoipa::path(post, path = "/api/qr-auth/push", tag = "qr", request_body = Asked, responses((status = 200, body = Sent),
    (status = 403, body = ErrorBody, description = "Nobody signed in with this browser before"),
    (status = 404, body = ErrorBody, description = "Unknown code, or the wrong secret"),
    (status = 409, body = ErrorBody, description = "A phone has taken the code up"),
    (status = 410, body = ErrorBody, description = "Expired"), (status = 429, body = ErrorBody)))]
async fn push(
    State(qr): State<QrLogin>,
    visitor: Visitor,
    context: Context,
    headers: HeaderMap,
    Json(body): Json<Asked>,
) -> Result<axum::Json<Sent>> {
    let secret = api::poll_secret(&qr, &headers).unwrap_or_default();
    pushing::push(&qr, &visitor, &body.code, &secret).await?;
    Ok(axum::Json(Sent { message: context.lang.t("qr-push-sent") }))
}
