//! What an administrator does to accounts: makes them, changes role, block and address, ends sessions. All of it
//! holds from the next request on, on every node.

use crate::{
    account::{
        self,
        actions::{ACCOUNT_CHANGED, Registration},
        model::Account,
    },
    platform::{
        base::{
            actor::Role,
            error::{Error, Result},
            i18n::Lang,
            mailbox,
            text::given,
        },
        data::{db::Tx, events::Event, pools::is_unique_violation},
        outbox::jobs_store,
        web::{
            asked::{Asked, Input},
            extract::{Admin, Context, Id},
            render::ErrorBody,
        },
    },
    session::codes,
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{Redirect, Response},
    routing::post,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Sessions,
    admin::{self, Authority, ManagedUser},
    ending,
    model::AccessChange,
    notices,
    proof::Proven,
    store, users,
};

pub fn routes() -> OpenApiRouter<Sessions> {
    OpenApiRouter::new()
        .routes(routes!(make))
        .route(users::PAGE, post(make))
        .routes(routes!(edit))
        .route("/dashboard/admin/users/{id}", post(edit))
        .route("/dashboard/admin/users/{id}/email", post(edit))
        .routes(routes!(end_sessions))
        .route("/dashboard/admin/users/{id}/end-sessions", post(end_sessions))
}

/// A role by its word.
fn role(word: &str) -> Result<Role> {
    Role::parse(word).ok_or_else(|| Error::invalid().field("role", "field-choice-unknown"))
}

#[derive(Deserialize, ToSchema)]
struct NewUser {
    #[serde(flatten)]
    registration: Registration,
    #[serde(default)]
    #[schema(required = true, value_type = Role)]
    role: String,
}

#[derive(Serialize, ToSchema)]
struct OneUser {
    user: ManagedUser,
}

/// Makes an account of any role.
#[utoipa::path(post, path = "/api/admin/users", tag = "admin", request_body = NewUser, security(("bearer" = []), ("cookie" = [])),
    responses((status = 201, body = OneUser), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody, description = "The e-mail is taken"), (status = 422, body = ErrorBody)))]
async fn make(
    State(sessions): State<Sessions>,
    context: Context,
    by: Admin<Proven>,
    asked: Asked,
    Input(NewUser { registration: new, role: word }): Input<NewUser>,
) -> Result<Response> {
    let made = async { create(&sessions, Authority::Admin(&by), &new, role(&word)?, context.lang).await };
    match made.await {
        Ok(user) => {
            let json = (StatusCode::CREATED, axum::Json(OneUser { user }));
            Ok(asked.answer(json, Redirect::to("/dashboard/admin/users?done=created")))
        }
        Err(error) => {
            let typed = [("username", new.username), ("email", new.email), ("role", word)];
            asked.again(error, typed, async |ui, form| users::page_with(&sessions, ui, &by, form).await).await
        }
    }
}

/// Makes an account of any role.
pub async fn create(
    sessions: &Sessions,
    by: Authority<'_>,
    new: &Registration,
    role: Role,
    lang: Lang,
) -> Result<ManagedUser> {
    let account = account::actions::create(&sessions.accounts, new, role, lang).await?;
    tracing::info!(by = by.user(), user = account.id, role = role.as_str(), "account made");
    admin::managed(sessions, &account).await
}

/// What an administrator changes. A field that is not given stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = UserChange)]
struct Edit {
    #[schema(value_type = Option<Role>)]
    role: Option<String>,
    /// A blocked account is signed out everywhere and cannot sign in.
    blocked: Option<bool>,
    /// Both addresses are told. Links and codes of before are void; sessions stay.
    #[serde(default, deserialize_with = "given")]
    #[schema(format = Email, max_length = 254, example = "artem@example.ru")]
    email: Option<String>,
}

impl Edit {
    fn checked(&self) -> Result<UserChange> {
        let role = self.role.as_deref().map(role).transpose()?;
        Ok(UserChange { role, blocked: self.blocked, email: self.email.clone() })
    }
}

/// Changes a role, blocks or unblocks, gives another address.
#[utoipa::path(patch, path = "/api/admin/users/{id}", tag = "admin", params(("id" = i64, Path)), request_body = Edit,
    security(("bearer" = []), ("cookie" = [])), responses((status = 200, body = OneUser), (status = 401, body = ErrorBody),
    (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody, description = "There would be no administrator left"), (status = 422, body = ErrorBody)))]
async fn edit(
    State(sessions): State<Sessions>,
    by: Admin<Proven>,
    asked: Asked,
    Id(id): Id,
    Input(body): Input<Edit>,
) -> Result<Response> {
    let changed = async { change(&sessions, Authority::Admin(&by), id, &body.checked()?).await };
    match (changed.await, body.email) {
        (Ok(()), _) => {
            let json = async || Ok(axum::Json(OneUser { user: admin::find(&sessions, id).await? }));
            asked.done(json, "/dashboard/admin/users?done=changed").await
        }
        // The other choices are buttons, which leave nothing to mend.
        (Err(error), None) => Err(error),
        (Err(error), Some(email)) => {
            let page = async |ui, form| users::email_with(&sessions, ui, id, form).await;
            asked.again(error, [("email", email)], page).await
        }
    }
}

/// What is to change in an account; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    pub role: Option<Role>,
    pub blocked: Option<bool>,
    pub email: Option<String>,
}

/// Changes role, block or address; there is always one administrator left who can act.
pub async fn change(sessions: &Sessions, by: Authority<'_>, user: i64, change: &UserChange) -> Result<()> {
    apply(sessions, user, change).await?;
    // The address itself is nothing for a log.
    let (role, blocked, email) = (change.role.map(Role::as_str), change.blocked, change.email.is_some());
    tracing::info!(by = by.user(), user, role, blocked, email, "access changed");
    Ok(())
}

async fn apply(sessions: &Sessions, user: i64, change: &UserChange) -> Result<()> {
    if let Some(email) = &change.email {
        account::model::check_email(Error::invalid(), email).or_ok()?;
    }
    let mut tx = sessions.db.begin().await?;
    // Locked before the change and in one order, so that two who demote each other take turns.
    let before = account::store::lock_admins(&mut tx).await?;
    let account = account::store::lock(&mut tx, user).await?.ok_or_else(|| Error::not_found(codes::USER_NOT_FOUND))?;
    write(sessions, &mut tx, &account, change).await?;
    if before == [user] && account::store::lock_admins(&mut tx).await?.is_empty() {
        return Err(Error::conflict(codes::LAST_ADMIN));
    }
    tx.emit(Event { kind: ACCOUNT_CHANGED, id: user, user });
    Ok(tx.commit().await?)
}

/// Writes what is other than it was, and tells the person of each.
async fn write(sessions: &Sessions, tx: &mut Tx, account: &Account, change: &UserChange) -> Result<()> {
    let user = account.id;
    if let Some(role) = change.role.filter(|role| *role != account.role) {
        account::store::set_role(tx, user, role).await?;
        notices::access_changed(sessions, tx, account, AccessChange::Role(role)).await?;
    }
    if let Some(email) = change.email.as_deref().map(mailbox::clean).filter(|email| *email != account.email) {
        set_email(sessions, tx, account, &email).await?;
    }
    match change.blocked.filter(|blocked| *blocked != account.blocked_at.is_some()) {
        Some(true) => {
            account::store::set_blocked(tx, user, Some(sessions.clock.now())).await?;
            ending::end_all_in(tx, user, 0).await?;
            notices::access_changed(sessions, tx, account, AccessChange::Blocked).await
        }
        Some(false) => {
            account::store::set_blocked(tx, user, None).await?;
            notices::access_changed(sessions, tx, account, AccessChange::Unblocked).await
        }
        None => Ok(()),
    }
}

/// Gives the account another address. Whatever was sent to the old one or approved before leads nowhere; the
/// sessions stay, for the password is what it was.
async fn set_email(sessions: &Sessions, tx: &mut Tx, account: &Account, email: &str) -> Result<()> {
    let written = account::store_address::set_email(tx, account.id, email, sessions.clock.now()).await;
    written.map_err(|error| match is_unique_violation(&error) {
        true => Error::invalid().field("email", "field-email-taken"),
        false => error.into(),
    })?;
    store::forget_end_links(tx, account.id).await?;
    notices::address_changed(sessions, tx, account, email).await?;
    Ok(jobs_store::any_readdress(tx, &account.email, account.id).await?)
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SessionsEnded {
    message: &'static str,
    deleted_count: usize,
}

/// Ends all sessions of a user.
#[utoipa::path(post, path = "/api/admin/users/{id}/end-sessions", tag = "admin", params(("id" = i64, Path)),
    security(("bearer" = []), ("cookie" = [])), responses((status = 200, body = SessionsEnded), (status = 401, body = ErrorBody),
    (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn end_sessions(
    State(sessions): State<Sessions>,
    context: Context,
    by: Admin<Proven>,
    asked: Asked,
    Id(id): Id,
) -> Result<Response> {
    let deleted_count = end_all(&sessions, Authority::Admin(&by), id).await?;
    let json = axum::Json(SessionsEnded { message: context.lang.t("message-others-ended"), deleted_count });
    Ok(asked.answer(json, Redirect::to("/dashboard/admin/users?done=ended")))
}

/// Ends all sessions of a user; an administrator's own current one stays. Says how many.
pub async fn end_all(sessions: &Sessions, by: Authority<'_>, user: i64) -> Result<usize> {
    let keep = match by {
        Authority::Admin(by) if by.user == user => by.session,
        _ => 0,
    };
    account::store::by_id(&sessions.db, user).await?.ok_or_else(|| Error::not_found(codes::USER_NOT_FOUND))?;
    let mut tx = sessions.db.begin().await?;
    let ended = ending::end_all_in(&mut tx, user, keep).await?;
    tx.commit().await?;
    tracing::info!(by = by.user(), user, ended, "sessions ended");
    Ok(ended)
}
