//! `/api/auth/prove`: the password again, before access is changed, as JSON.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Sessions, proof};
use crate::platform::{
    base::{
        actor::Actor,
        clock::Timestamp,
        error::{Error, Result},
    },
    web::{
        extract::{Json, Visitor},
        render::ErrorBody,
    },
};

pub fn routes() -> OpenApiRouter<Sessions> {
    OpenApiRouter::new().routes(routes!(prove))
}

#[derive(Default, Deserialize, ToSchema)]
struct Proof {
    #[serde(default)]
    #[schema(required = true, min_length = 1, example = "кот ест рыбу на крыше")]
    password: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProofAnswer {
    /// Until then access can be changed without proving it again.
    #[schema(value_type = String, format = DateTime)]
    proven_until: Timestamp,
}

/// Proves again who one is.
///
/// Calls that change access answer 403 `proof_required` in a session whose owner gave the password more
/// than ten minutes ago, or that a QR code opened and nobody confirmed. Prove it here, then call again.
#[utoipa::path(post, path = "/api/auth/prove", tag = "auth", request_body = Proof, security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = ProofAnswer), (status = 401, body = ErrorBody),
    (status = 403, body = ErrorBody, description = "`password_wrong`"), (status = 422, body = ErrorBody),
    (status = 429, body = ErrorBody)))]
async fn prove(
    State(sessions): State<Sessions>,
    actor: Actor,
    visitor: Visitor,
    Json(body): Json<Proof>,
) -> Result<axum::Json<ProofAnswer>> {
    if body.password.is_empty() {
        return Err(Error::invalid().field("password", "field-required"));
    }
    let proven = proof::prove(&sessions, &actor, &visitor, &body.password).await?;
    let proven_until = proven.proven_until(sessions.clock.now()).unwrap_or(proven.proven_at);
    Ok(axum::Json(ProofAnswer { proven_until }))
}
