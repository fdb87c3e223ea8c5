//! `/api/sessions`: the owner's sessions and the history of sign-ins, as JSON.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Sessions,
    api_auth::Message,
    ending, history,
    model::{AttemptView, SessionView},
    proof::{self, Proven},
};
use crate::platform::{
    base::{actor::Actor, error::Result},
    web::{
        extract::{Context, Id, Json, Query, Visitor},
        render::ErrorBody,
    },
};

pub fn routes() -> OpenApiRouter<Sessions> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(past))
        .routes(routes!(rename, end))
        .routes(routes!(end_others))
}

/// The live sessions, newest activity first.
#[utoipa::path(get, path = "/api/sessions", tag = "sessions", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Vec<SessionView>), (status = 401, body = ErrorBody)))]
async fn list(
    State(sessions): State<Sessions>,
    context: Context,
    actor: Actor,
) -> Result<axum::Json<Vec<SessionView>>> {
    let rows = ending::list(&sessions, &actor).await?;
    Ok(axum::Json(rows.iter().map(|(row, at)| row.view(context.lang, actor.session, *at)).collect()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HistoryQuery {
    /// 1 to 100, 20 when not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

/// The last sign-in attempts, good and bad, newest first.
#[utoipa::path(get, path = "/api/sessions/history", tag = "sessions", params(HistoryQuery), security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Vec<AttemptView>), (status = 401, body = ErrorBody), (status = 422, body = ErrorBody)))]
async fn past(
    State(sessions): State<Sessions>,
    context: Context,
    actor: Actor,
    Query(query): Query<HistoryQuery>,
) -> Result<axum::Json<Vec<AttemptView>>> {
    let rows = history::list(&sessions, &actor, query.limit.unwrap_or(20)).await?;
    Ok(axum::Json(rows.iter().map(|row| row.view(context.lang)).collect()))
}

#[derive(Deserialize, ToSchema)]
struct NewName {
    /// At most 64 characters; an empty one takes the name away.
    #[schema(example = "Рабочий ноутбук", max_length = 64)]
    name: String,
}

/// Gives a session its owner's name for the device.
#[utoipa::path(patch, path = "/api/sessions/{id}", tag = "sessions", params(("id" = i64, Path)), request_body = NewName,
    security(("bearer" = []), ("cookie" = [])), responses((status = 200, body = Message), (status = 401, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)))]
async fn rename(
    State(sessions): State<Sessions>,
    context: Context,
    actor: Actor,
    Id(id): Id,
    Json(body): Json<NewName>,
) -> Result<axum::Json<Message>> {
    ending::rename(&sessions, &actor, id, &body.name).await?;
    Ok(axum::Json(Message { message: context.lang.t("message-session-renamed") }))
}

/// Ends a session: the one that asks always, another with a proof.
#[utoipa::path(delete, path = "/api/sessions/{id}", tag = "sessions", params(("id" = i64, Path)), security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Message), (status = 401, body = ErrorBody),
    (status = 403, body = ErrorBody, description = "`proof_required`"),
    (status = 404, body = ErrorBody, description = "Unknown, or another user's")))]
async fn end(
    State(sessions): State<Sessions>,
    context: Context,
    actor: Actor,
    owner: Result<Proven>,
    Id(id): Id,
) -> Result<axum::Json<Message>> {
    match id == actor.session {
        true => ending::end_own(&sessions, &actor).await?,
        false => ending::end(&sessions, &owner?, id).await?,
    }
    Ok(axum::Json(Message { message: context.lang.t("message-session-ended") }))
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OthersEnded {
    message: &'static str,
    deleted_count: usize,
}

#[derive(Default, Deserialize, ToSchema)]
#[schema(as = OptionalProof)]
pub struct Proof {
    /// The proof, where it was not given beforehand by `/api/auth/prove`.
    pub password: Option<String>,
}

/// Ends every session but the current one.
#[utoipa::path(delete, path = "/api/sessions/others/all", tag = "sessions", request_body(content = Option<Proof>),
    security(("bearer" = []), ("cookie" = [])), responses((status = 200, body = OthersEnded), (status = 401, body = ErrorBody),
    (status = 403, body = ErrorBody, description = "`proof_required`, or `password_wrong`"), (status = 429, body = ErrorBody)))]
async fn end_others(
    State(sessions): State<Sessions>,
    context: Context,
    visitor: Visitor,
    actor: Actor,
    owner: Result<Proven>,
    body: Option<Json<Proof>>,
) -> Result<axum::Json<OthersEnded>> {
    let owner = match body.and_then(|body| body.0.password) {
        Some(password) => proof::prove(&sessions, &actor, &visitor, &password).await?,
        None => owner?,
    };
    let deleted_count = ending::end_others(&sessions, &owner).await?;
    Ok(axum::Json(OthersEnded { message: context.lang.t("message-others-ended"), deleted_count }))
}
