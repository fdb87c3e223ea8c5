//! `/api/auth`: the ways in and out, as JSON.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Sessions, ending, password, refresh,
    sign_in::{self, Keep},
    tokens::TokenPair,
};
use crate::{
    account::model::UserView,
    platform::{
        base::{
            actor::Actor,
            error::{Error, Result},
        },
        web::{
            cookies,
            extract::{Context, Json, Visitor},
            render::ErrorBody,
        },
    },
};

pub fn routes() -> OpenApiRouter<Sessions> {
    OpenApiRouter::new()
        .routes(routes!(login))
        .routes(routes!(refresh_tokens))
        .routes(routes!(logout))
        .routes(routes!(me))
        .routes(routes!(change_password))
        .routes(routes!(change_password_as_before))
        .routes(routes!(forgot))
        .routes(routes!(reset))
}

/// E-mail and password.
#[derive(Default, Deserialize, ToSchema)]
pub struct Credentials {
    #[serde(default)]
    #[schema(required = true, min_length = 1, example = "artem@example.ru")]
    pub email: String,
    #[serde(default)]
    #[schema(required = true, min_length = 1, example = "кот ест рыбу на крыше")]
    pub password: String,
}

/// Tokens and whose they are.
#[derive(Serialize, ToSchema)]
pub struct LoginAnswer {
    #[serde(flatten)]
    pub tokens: TokenPair,
    pub user: UserView,
}

/// A text for people.
#[derive(Serialize, ToSchema)]
pub struct Message {
    pub message: &'static str,
}

/// Signs in with e-mail and password.
#[utoipa::path(post, path = "/api/auth/login", tag = "auth", request_body = Credentials, responses(
    (status = 200, body = LoginAnswer),
    (status = 401, body = ErrorBody, description = "Unknown e-mail or wrong password: the same answer in the same time"),
    (status = 403, body = ErrorBody, description = "The account is blocked"),
    (status = 422, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn login(
    State(sessions): State<Sessions>,
    visitor: Visitor,
    Json(body): Json<Credentials>,
) -> Result<axum::Json<LoginAnswer>> {
    let signed_in = sign_in::with_password(&sessions, &body.email, &body.password, &visitor, Keep::Tokens).await?;
    let tokens = signed_in.tokens.ok_or_else(|| Error::internal("no tokens were made"))?;
    Ok(axum::Json(LoginAnswer { tokens, user: UserView::from(&signed_in.account) }))
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefreshRequest {
    #[serde(default)]
    #[schema(required = true)]
    pub refresh_token: String,
}

/// Replaces a refresh token.
///
/// The replaced token answers with the same successor for 30 seconds more, so that parallel requests
/// do no harm; an older one ends the session.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "auth", request_body = RefreshRequest, responses(
    (status = 200, body = TokenPair), (status = 401, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn refresh_tokens(
    State(sessions): State<Sessions>,
    visitor: Visitor,
    Json(body): Json<RefreshRequest>,
) -> Result<axum::Json<TokenPair>> {
    Ok(axum::Json(refresh::refresh(&sessions, &body.refresh_token, &visitor).await?))
}

/// Ends the current session.
#[utoipa::path(post, path = "/api/auth/logout", tag = "auth", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Message), (status = 401, body = ErrorBody)))]
async fn logout(State(sessions): State<Sessions>, context: Context, actor: Actor) -> Result<impl IntoResponse> {
    ending::end_own(&sessions, &actor).await?;
    let jar = axum_extra::extract::CookieJar::new().add(sessions.cookies().forget(cookies::SESSION));
    Ok((jar, axum::Json(Message { message: context.lang.t("message-signed-out") })))
}

#[derive(Serialize, ToSchema)]
struct Me {
    user: UserView,
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/auth/me", tag = "auth", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Me), (status = 401, body = ErrorBody)))]
async fn me(actor: Actor) -> axum::Json<Me> {
    axum::Json(Me { user: UserView::from(&actor) })
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PasswordChange {
    #[serde(default)]
    #[schema(required = true, min_length = 1)]
    current_password: String,
    #[serde(default)]
    #[schema(required = true, min_length = 8, max_length = 128)]
    new_password: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PasswordChanged {
    message: &'static str,
    /// How many other sessions were ended.
    ended_sessions: usize,
}

/// Changes the password and ends every other session.
#[utoipa::path(post, path = "/api/auth/password", tag = "auth", request_body = PasswordChange, security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = PasswordChanged), (status = 401, body = ErrorBody), (status = 422, body = ErrorBody),
    (status = 429, body = ErrorBody)))]
async fn change_password(
    State(sessions): State<Sessions>,
    context: Context,
    actor: Actor,
    visitor: Visitor,
    Json(body): Json<PasswordChange>,
) -> Result<axum::Json<PasswordChanged>> {
    let ended_sessions =
        password::change(&sessions, &actor, &body.current_password, &body.new_password, &visitor).await?;
    Ok(axum::Json(PasswordChanged { message: context.lang.t("message-password-changed"), ended_sessions }))
}

/// The same under its earlier address.
#[utoipa::path(post, path = "/api/user/change-password", tag = "auth", request_body = PasswordChange, security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = PasswordChanged), (status = 401, body = ErrorBody), (status = 422, body = ErrorBody),
    (status = 429, body = ErrorBody)))]
async fn change_password_as_before(
    sessions: State<Sessions>,
    context: Context,
    actor: Actor,
    visitor: Visitor,
    body: Json<PasswordChange>,
) -> Result<axum::Json<PasswordChanged>> {
    change_password(sessions, context, actor, visitor, body).await
}

#[derive(Default, Deserialize, ToSchema)]
struct Forgotten {
    #[serde(default)]
    #[schema(required = true, format = Email, max_length = 254, example = "artem@example.ru")]
    email: String,
}

/// Mails a link that sets a new password; answers the same whether or not there is such an account.
#[utoipa::path(post, path = "/api/auth/password/forgot", tag = "auth", request_body = Forgotten,
    responses((status = 202, body = Message), (status = 422, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn forgot(
    State(sessions): State<Sessions>,
    context: Context,
    visitor: Visitor,
    Json(body): Json<Forgotten>,
) -> Result<impl IntoResponse> {
    password::forgot(&sessions, &body.email, &visitor).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(Message { message: context.lang.t("message-reset-sent") })))
}

#[derive(Default, Deserialize, ToSchema)]
struct PasswordReset {
    /// From the link of the mail.
    #[serde(default)]
    #[schema(required = true, min_length = 1)]
    token: String,
    #[serde(default)]
    #[schema(required = true, min_length = 8, max_length = 128)]
    password: String,
}

/// Sets a new password by the link of the mail, once, and ends every session.
#[utoipa::path(post, path = "/api/auth/password/reset", tag = "auth", request_body = PasswordReset,
    responses((status = 200, body = Message), (status = 410, body = ErrorBody, description = "Used, older than 30 minutes, or replaced by a newer one"),
    (status = 422, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn reset(
    State(sessions): State<Sessions>,
    context: Context,
    visitor: Visitor,
    Json(body): Json<PasswordReset>,
) -> Result<axum::Json<Message>> {
    password::reset(&sessions, &body.token, &body.password, &visitor).await?;
    Ok(axum::Json(Message { message: context.lang.t("message-password-changed") }))
}
