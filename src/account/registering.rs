//! Registering: a customer makes an account for themselves. The page that does so signs in as well, and is the next
//! slice's.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Accounts,
    actions::{Registration, add},
    model::{Account, UserView},
};
use crate::{
    account::codes,
    platform::{
        base::{
            actor::Role,
            address::Address,
            error::{Error, Result},
            i18n::Lang,
            workers::Turn,
        },
        web::{
            extract::{Context, Json},
            render::ErrorBody,
        },
    },
};

pub fn routes() -> OpenApiRouter<Accounts> {
    OpenApiRouter::new().routes(routes!(by_program))
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
async fn by_program(
    State(accounts): State<Accounts>,
    context: Context,
    Json(body): Json<Registration>,
) -> Result<impl IntoResponse> {
    let account = register(&accounts, &body, context.address, context.lang).await?;
    let message = context.lang.t("message-registered");
    Ok((StatusCode::CREATED, axum::Json(Registered { message, user: UserView::from(&account) })))
}

/// A customer makes an account for themselves.
pub async fn register(accounts: &Accounts, new: &Registration, address: Address, lang: Lang) -> Result<Account> {
    if !accounts.registration.is_on() {
        return Err(Error::forbidden(codes::REGISTRATION_OFF));
    }
    new.check()?;
    accounts.registrations.take(address)?;
    let password_hash = new.hash(accounts, Turn::Later).await?;
    add(accounts, new, Role::Customer, lang, &password_hash).await
}
