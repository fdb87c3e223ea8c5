//! The password that opens sessions: changing it ends the others. One that was forgotten is set anew in
//! `forgotten.rs`.

use crate::{
    account::{self, actions::hash_new, model::Account},
    platform::{
        base::{
            actor::Actor,
            error::{Error, Result},
            workers::Turn,
        },
        web::{
            asked::{Asked, Input},
            extract::{Context, Visitor},
            render::ErrorBody,
        },
    },
    session::codes,
};
use axum::{
    extract::State,
    response::{Redirect, Response},
    routing::post,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Sessions, admin::Authority, ending, model::AccessChange, notices, store};

pub fn routes() -> OpenApiRouter<Sessions> {
    OpenApiRouter::new()
        .routes(routes!(change_password))
        .routes(routes!(change_password_as_before))
        .route("/dashboard/settings/password", post(change_password))
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
    asked: Asked,
    Input(body): Input<PasswordChange>,
) -> Result<Response> {
    match change(&sessions, &actor, &body, &visitor).await {
        Ok(ended_sessions) => {
            let message = context.lang.t("message-password-changed");
            let json = axum::Json(PasswordChanged { message, ended_sessions });
            Ok(asked.answer(json, Redirect::to("/dashboard/settings?saved=password")))
        }
        Err(error) => {
            let accounts = &sessions.accounts;
            let page = async |ui, form| account::profile::settings_with(accounts, ui, &actor, None, form, None).await;
            asked.again(error, [], page).await
        }
    }
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
    asked: Asked,
    body: Input<PasswordChange>,
) -> Result<Response> {
    change_password(sessions, context, actor, visitor, asked, body).await
}

/// Changes the password and ends every other session; says how many.
async fn change(sessions: &Sessions, actor: &Actor, wanted: &PasswordChange, visitor: &Visitor) -> Result<usize> {
    let (current, new) = (&wanted.current_password, &wanted.new_password);
    let error =
        if current.is_empty() { Error::invalid().field("currentPassword", "field-required") } else { Error::invalid() };
    account::model::check_password(error, "newPassword", new).or_ok()?;
    let account = account::actions::of_actor(&sessions.accounts, actor).await?;
    sessions.limits.proofs.take(&actor.session)?;
    if !account::actions::prove_again(&sessions.accounts, actor.user, current).await? {
        return Err(Error::invalid().field("currentPassword", "field-password-wrong"));
    }
    let hash = hash_of(sessions, &account, "newPassword", new).await?;
    let mut tx = sessions.db.begin().await?;
    account::store::set_password(&mut tx, actor.user, &hash).await?;
    let ended = ending::end_all_in(&mut tx, actor.user, actor.session).await?;
    store::prove(&mut tx, actor.user, actor.session, sessions.clock.now()).await?;
    notices::password_changed(sessions, &mut tx, &account, visitor).await?;
    tx.commit().await?;
    tracing::info!(user = actor.user, ended, "password changed");
    Ok(ended)
}

pub(super) async fn hash_of(sessions: &Sessions, account: &Account, field: &'static str, new: &str) -> Result<String> {
    hash_new(&sessions.accounts, Turn::Sooner, field, new, &[&account.username, &account.email]).await
}

/// Sets somebody's password and ends every session.
pub async fn set_for(sessions: &Sessions, by: Authority<'_>, email: &str, new: &str) -> Result<()> {
    let account =
        account::store::by_email(&sessions.db, email).await?.ok_or_else(|| Error::not_found(codes::USER_NOT_FOUND))?;
    account::model::check_password(Error::invalid(), "password", new).or_ok()?;
    let hash = hash_of(sessions, &account, "password", new).await?;
    let mut tx = sessions.db.begin().await?;
    account::store::set_password(&mut tx, account.id, &hash).await?;
    ending::end_all_in(&mut tx, account.id, 0).await?;
    notices::access_changed(sessions, &mut tx, &account, AccessChange::Password).await?;
    tx.commit().await?;
    tracing::info!(by = by.user(), user = account.id, "password set");
    Ok(())
}
