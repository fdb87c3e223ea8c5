//! Registration and profile, as JSON.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Accounts,
    actions::{self, ProfileChange, Registration},
    model::{Account, UserView},
};
use crate::platform::{
    base::{actor::Actor, error::Result},
    web::{
        extract::{Context, Json},
        render::ErrorBody,
    },
};

pub fn routes() -> OpenApiRouter<Accounts> {
    OpenApiRouter::new().routes(routes!(register)).routes(routes!(profile, set_profile))
}

#[derive(Serialize, ToSchema)]
struct Registered {
    message: &'static str,
    user: UserView,
}

/// Makes a customer's account.
#[utoipa::path(post, path = "/api/auth/register", tag = "auth", request_body = Registration, responses(
    (status = 201, body = Registered),
    (status = 403, body = ErrorBody, description = "Registration is switched off"),
    (status = 409, body = ErrorBody, description = "The e-mail is taken"),
    (status = 422, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn register(
    State(accounts): State<Accounts>,
    context: Context,
    Json(body): Json<Registration>,
) -> Result<impl IntoResponse> {
    let account = actions::register(&accounts, &body, context.address, context.lang).await?;
    let message = context.lang.t("message-registered");
    Ok((StatusCode::CREATED, axum::Json(Registered { message, user: UserView::from(&account) })))
}

#[derive(Serialize, ToSchema)]
struct ProfileAnswer {
    success: bool,
    data: ProfileData,
}

#[derive(Serialize, ToSchema)]
struct ProfileData {
    id: i64,
    username: String,
    email: String,
    profile: Choices,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Choices {
    /// `ru` or `en`.
    language: String,
    /// A name of the IANA time zone database.
    #[schema(example = "Europe/Moscow")]
    timezone: String,
    avatar_url: Option<String>,
}

impl From<Account> for ProfileAnswer {
    fn from(account: Account) -> Self {
        let profile =
            Choices { language: account.language, timezone: account.timezone, avatar_url: account.avatar_url };
        Self {
            success: true,
            data: ProfileData { id: account.id, username: account.username, email: account.email, profile },
        }
    }
}

/// The actor's profile.
#[utoipa::path(get, path = "/api/user/profile", tag = "profile", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = ProfileAnswer), (status = 401, body = ErrorBody)))]
async fn profile(State(accounts): State<Accounts>, actor: Actor) -> Result<axum::Json<ProfileAnswer>> {
    Ok(axum::Json(actions::of_actor(&accounts, &actor).await?.into()))
}

/// Changes name, language or time zone; what is not given stays.
#[utoipa::path(put, path = "/api/user/profile", tag = "profile", request_body = ProfileChange, security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = ProfileAnswer), (status = 401, body = ErrorBody), (status = 422, body = ErrorBody)))]
async fn set_profile(
    State(accounts): State<Accounts>,
    actor: Actor,
    Json(body): Json<ProfileChange>,
) -> Result<axum::Json<ProfileAnswer>> {
    Ok(axum::Json(actions::set_profile(&accounts, &actor, &body).await?.into()))
}
