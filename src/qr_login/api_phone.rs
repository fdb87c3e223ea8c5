//! `/api/qr-auth`, the phone's calls: take a code up, approve it, say no.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    QrLogin,
    approving::{self, Decision},
    model::Requester,
};
use crate::platform::{
    base::{actor::Actor, error::Result},
    web::{
        asked::Message,
        extract::{Context, Json, Visitor},
        render::ErrorBody,
    },
};

pub fn routes() -> OpenApiRouter<QrLogin> {
    OpenApiRouter::new().routes(routes!(scanning)).routes(routes!(confirm)).routes(routes!(reject))
}

#[derive(Default, Deserialize, ToSchema)]
struct Code {
    #[serde(default)]
    #[schema(required = true, example = "q4uKcVqUyZ1dE0m3W8sT5rXoLh2JbN7fPgAiCkDvYwM")]
    code: String,
}

/// What the person must see before deciding.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Scanned {
    requester: Requester,
    /// The person picks the number that the computer shows; a wrong one refuses the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!([17, 42, 86]))]
    match_numbers: Option<Vec<i64>>,
    /// The request comes from another country or a new place: `confirm` wants the password too.
    needs_password: bool,
}

/// Takes a code up and tells who asks. From then on only this session may decide.
#[utoipa::path(post, path = "/api/qr-auth/scanning", tag = "qr", request_body = Code, security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Scanned), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody, description = "This session was itself opened by a QR code and is not confirmed"),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody, description = "Taken up by another phone, or decided"),
    (status = 410, body = ErrorBody, description = "Expired or superseded"), (status = 429, body = ErrorBody)))]
async fn scanning(
    State(qr): State<QrLogin>,
    context: Context,
    actor: Actor,
    visitor: Visitor,
    Json(body): Json<Code>,
) -> Result<axum::Json<Scanned>> {
    let scanned = approving::scan(&qr, &actor, &visitor, &body.code).await?;
    Ok(axum::Json(Scanned {
        requester: Requester::new(&scanned.request, scanned.risk, context.lang),
        match_numbers: scanned.choices(),
        needs_password: scanned.risk.is_high(),
    }))
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Confirm {
    #[serde(default)]
    #[schema(required = true, example = "q4uKcVqUyZ1dE0m3W8sT5rXoLh2JbN7fPgAiCkDvYwM")]
    code: String,
    /// The picked number, where `scanning` offered some.
    #[schema(example = 42)]
    match_number: Option<i64>,
    /// Where `scanning` said `needsPassword`.
    password: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Confirmed {
    success: bool,
    #[schema(example = "Вход подтверждён")]
    message: &'static str,
}

/// Approves: the computer is signed in to this account.
#[utoipa::path(post, path = "/api/qr-auth/confirm", tag = "qr", request_body = Confirm, security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Confirmed), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody, description = "The password is needed, or this session may not approve"),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody, description = "Decided, taken up by another phone, or the wrong number"),
    (status = 410, body = ErrorBody, description = "Expired or superseded"), (status = 422, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn confirm(
    State(qr): State<QrLogin>,
    context: Context,
    actor: Actor,
    visitor: Visitor,
    Json(body): Json<Confirm>,
) -> Result<axum::Json<Confirmed>> {
    let decision = Decision { code: &body.code, number: body.match_number, password: body.password.as_deref() };
    approving::confirm(&qr, &actor, &visitor, &decision).await?;
    Ok(axum::Json(Confirmed { success: true, message: context.lang.t("message-qr-confirmed") }))
}

#[derive(Default, Deserialize, ToSchema)]
struct Reject {
    #[serde(default)]
    #[schema(required = true, example = "q4uKcVqUyZ1dE0m3W8sT5rXoLh2JbN7fPgAiCkDvYwM")]
    code: String,
    /// The owner of the account knows nothing of this request.
    #[serde(default)]
    report: bool,
}

/// Says no.
#[utoipa::path(post, path = "/api/qr-auth/reject", tag = "qr", request_body = Reject, security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Message), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn reject(
    State(qr): State<QrLogin>,
    context: Context,
    actor: Actor,
    visitor: Visitor,
    Json(body): Json<Reject>,
) -> Result<axum::Json<Message>> {
    approving::reject(&qr, &actor, &visitor, &body.code, body.report).await?;
    Ok(axum::Json(Message { message: context.lang.t("message-qr-rejected") }))
}
