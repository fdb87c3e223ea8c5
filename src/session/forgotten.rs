//! A forgotten password: a link in a mail sets a new one, once, within half an hour.

use crate::{
    account::{self, model::Account, store::Reset},
    platform::{
        base::{
            error::{Error, Kind, Result},
            keys::{random_token, token_hash},
            mailbox,
        },
        data::holding::watched,
        web::{
            Html,
            asked::{Asked, Input, Message},
            cookies,
            extract::{Context, Query, Visitor, form_with},
            render::ErrorBody,
            ui::{Form as FormView, Ui},
        },
    },
    session::codes,
};
use std::time::Duration;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Sessions, ending, history,
    model::{Method, Reason},
    notices,
    password::hash_of,
    store_attempt,
    views::{ForgotPage, ResetPage},
};

/// Life of a link that sets a new password.
const RESET_LIFE: Duration = Duration::from_secs(30 * 60);

pub fn routes() -> OpenApiRouter<Sessions> {
    OpenApiRouter::new()
        .routes(routes!(forgot))
        .route("/forgot", get(forgot_page).post(forgot))
        .routes(routes!(reset))
        .route("/reset", get(reset_page).post(reset))
}

async fn forgot_page(ui: Ui) -> Html<ForgotPage> {
    Html(ForgotPage { ui, form: FormView::new(), sent: false })
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
    asked: Asked,
    Input(Forgotten { email }): Input<Forgotten>,
) -> Result<Response> {
    if let Err(error) = take(&sessions, &email, &visitor).await {
        let page = async |ui, form| Ok(Html(ForgotPage { ui, form, sent: false }));
        return asked.again(error, [("email", email)], page).await;
    }
    let json = (StatusCode::ACCEPTED, Message::of(context.lang, "message-reset-sent"));
    let page = async |ui| Ok(Html(ForgotPage { ui, form: FormView::new().with("email", email), sent: true }));
    asked.shown(json, page).await
}

/// Sends a link to whoever has this e-mail. The answer is the same for everyone: the work is done
/// after it, so its time tells nothing either.
async fn take(sessions: &Sessions, email: &str, visitor: &Visitor) -> Result<()> {
    account::model::check_email(Error::invalid(), email).or_ok()?;
    sessions.limits.forgot.take(visitor.address)?;
    // Too many for one account: no further mail, and no word about it.
    if sessions.limits.forgot_account.take(&mailbox::key(email)).is_err() {
        return Ok(());
    }
    let (sessions, email) = (sessions.clone(), email.to_owned());
    tokio::spawn(watched(async move {
        if let Err(error) = send_link(&sessions, &email).await {
            tracing::error!(%error, "a password link was not sent");
        }
    }));
    Ok(())
}

async fn send_link(sessions: &Sessions, email: &str) -> Result<()> {
    let Some(account) = account::store::by_email(&sessions.db, email).await?.filter(|a| a.blocked_at.is_none()) else {
        return Ok(());
    };
    let (token, now) = (random_token(), sessions.clock.now());
    let mut tx = sessions.db.begin().await?;
    // Its address may just be changed to another: a link to the old one would work.
    let locked = account::store::lock(&mut tx, account.id).await?;
    let Some(account) = locked.filter(|now| now.email == account.email) else { return Ok(()) };
    let reset =
        account::store::insert_reset(&mut tx, account.id, &token_hash(&token), now, now.plus(RESET_LIFE)).await?;
    notices::reset_password(sessions, &mut tx, &account, reset, &token).await?;
    tx.commit().await?;
    Ok(())
}

/// Whose link it is, while it works.
///
/// # Errors
/// 410 `reset_superseded` when a newer one was sent, else `reset_invalid`.
async fn find_link(sessions: &Sessions, token: &str) -> Result<(Reset, Account)> {
    let invalid = || Error::gone(codes::RESET_INVALID);
    let found = account::store::any_reset(&sessions.db, &token_hash(token), sessions.clock.now()).await?;
    let reset = found.ok_or_else(invalid)?;
    if reset.superseded {
        return Err(Error::gone(codes::RESET_SUPERSEDED));
    }
    let account = account::store::by_id(&sessions.db, reset.user_id).await?.ok_or_else(invalid)?;
    Ok((reset, account))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Link {
    token: String,
}

async fn reset_page(State(sessions): State<Sessions>, ui: Ui, Query(query): Query<Link>) -> Result<Response> {
    match find_link(&sessions, &query.token).await {
        Ok((_, account)) => Ok(reset_form(ui, FormView::new(), query.token, account.email)),
        Err(error) => no_reset(ui, error),
    }
}

fn reset_form(ui: Ui, form: FormView, token: String, email: String) -> Response {
    Html(ResetPage { ui, form, token, email, problem: None }).into_response()
}

fn no_reset(ui: Ui, error: Error) -> Result<Response> {
    if error.kind != Kind::Gone {
        return Err(error);
    }
    let problem = Some(error.text(ui.lang));
    let page = ResetPage { ui, form: FormView::new(), token: String::new(), email: String::new(), problem };
    Ok((StatusCode::GONE, Html(page)).into_response())
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
    asked: Asked,
    Input(body): Input<PasswordReset>,
) -> Result<Response> {
    match set_by_link(&sessions, &body, &visitor).await {
        Ok(key) => {
            let known = CookieJar::new().add(sessions.cookies().make(cookies::DEVICE, key, 400));
            let json = Message::of(context.lang, "message-password-changed");
            Ok(asked.answer(json, (known, Redirect::to("/login?done=reset"))))
        }
        Err(error) => {
            let page = async |ui, error| match find_link(&sessions, &body.token).await {
                // Shown again with its address, while the link works.
                Ok((_, account)) => {
                    let form = form_with(&ui, error, [])?;
                    Ok(reset_form(ui, form, body.token, account.email))
                }
                Err(gone) => no_reset(ui, gone),
            };
            asked.refused(error, page).await
        }
    }
}

/// Sets a new password by a link, once, and ends every session of the account. Returns what marks the
/// browser as known from now on: whoever has the mailbox gets in, however many others try to.
async fn set_by_link(sessions: &Sessions, wanted: &PasswordReset, visitor: &Visitor) -> Result<String> {
    let (token, new) = (&wanted.token, &wanted.password);
    account::model::check_password(Error::invalid(), "password", new).or_ok()?;
    let (reset, account) = find_link(sessions, token).await?;
    // The link itself cannot be guessed, so nobody else can use this budget up.
    sessions.limits.reset.take(&reset.id)?;
    let hash = hash_of(sessions, &account, "password", new).await?;
    let (user, now) = (account.id, sessions.clock.now());
    let device_key = visitor.device_key.clone().unwrap_or_else(random_token);
    let mut tx = sessions.db.begin().await?;
    let account = account::store::lock(&mut tx, user).await?.ok_or_else(|| Error::gone(codes::RESET_INVALID))?;
    if !account::store::take_reset(&mut tx, user, reset.id, now).await? {
        return Err(Error::gone(codes::RESET_INVALID));
    }
    account::store::set_password(&mut tx, user, &hash).await?;
    ending::end_all_in(&mut tx, user, 0).await?;
    store_attempt::remember_device(&mut tx, user, &token_hash(&device_key), now).await?;
    history::succeeded(sessions, &mut tx, user, Method::Reset, Some(Reason::PasswordReset), visitor).await?;
    notices::password_changed(sessions, &mut tx, &account, visitor).await?;
    tx.commit().await?;
    tracing::info!(user, "password set by link");
    Ok(device_key)
}
