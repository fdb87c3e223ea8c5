//! How a message will look, before it is sent. Nothing of it is kept.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Tickets, conversation};
use crate::platform::{
    base::{actor::Actor, error::Result},
    web::{extract::Json, render::ErrorBody},
};

pub fn routes() -> OpenApiRouter<Tickets> {
    OpenApiRouter::new().routes(routes!(preview))
}

#[derive(Default, Deserialize, ToSchema)]
struct PreviewBody {
    /// 1 to 10,000 characters.
    #[serde(default)]
    #[schema(required = true, min_length = 1, max_length = 10_000, example = "Перезапустите `nginx`")]
    message: String,
}

#[derive(Serialize, ToSchema)]
struct PreviewAnswer {
    /// As pages show it: every character of the message, in elements that do no harm.
    #[schema(example = "<p>Перезапустите <code>nginx</code></p>")]
    html: String,
}

/// Shows how a message will look.
#[utoipa::path(post, path = "/api/ticket/preview", tag = "tickets", request_body = PreviewBody, security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = PreviewAnswer), (status = 401, body = ErrorBody), (status = 422, body = ErrorBody),
    (status = 429, body = ErrorBody), (status = 503, body = ErrorBody)))]
async fn preview(
    State(tickets): State<Tickets>,
    actor: Actor,
    Json(body): Json<PreviewBody>,
) -> Result<axum::Json<PreviewAnswer>> {
    let html = conversation::preview(&tickets, &actor, body.message.into()).await?;
    Ok(axum::Json(PreviewAnswer { html }))
}
