//! Ending sessions: at once, on every node.

use crate::{
    platform::{
        base::{
            actor::Actor,
            error::{self, Error, Result},
            keys::token_hash,
        },
        data::{db::Tx, events::Event},
        web::{
            Html,
            asked::{Asked, Input, Message},
            cookies,
            extract::{Context, Form, Id, Query, Visitor},
            render::ErrorBody,
            ui::Ui,
        },
    },
    session::codes,
};
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Sessions,
    cache::SESSION_ENDED,
    model::Session,
    proof::{self, Proven},
    show::{PAGE, card},
    store,
    views::NotMePage,
};

pub fn routes() -> OpenApiRouter<Sessions> {
    OpenApiRouter::new()
        .routes(routes!(logout))
        .route("/logout", post(logout))
        .routes(routes!(end))
        .route("/dashboard/settings/sessions/{id}/end", post(end))
        .routes(routes!(end_others))
        .route("/dashboard/settings/sessions/end-others", post(end_others))
        .route("/sessions/not-me", get(not_me_page).post(not_me))
}

/// Ends the current session.
#[utoipa::path(post, path = "/api/auth/logout", tag = "auth", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Message), (status = 401, body = ErrorBody)))]
async fn logout(
    State(sessions): State<Sessions>,
    context: Context,
    actor: Actor,
    asked: Asked,
) -> Result<impl IntoResponse> {
    close(&sessions, actor.user, actor.session).await?;
    let jar = CookieJar::new().add(sessions.cookies().forget(cookies::SESSION));
    let message = Message::of(context.lang, "message-signed-out");
    Ok((jar, asked.answer(message, Redirect::to("/login?done=out"))))
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
    asked: Asked,
    owner: Result<Proven>,
    Id(id): Id,
) -> Result<Response> {
    let user = if id == actor.session { actor.user } else { owner?.user };
    close(&sessions, user, id).await?;
    Ok(asked.answer(Message::of(context.lang, "message-session-ended"), Redirect::to(PAGE)))
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OthersEnded {
    message: &'static str,
    deleted_count: usize,
}

#[derive(Default, Deserialize, ToSchema)]
#[schema(as = OptionalProof)]
struct Proof {
    /// The proof, where it was not given beforehand by `/api/auth/prove`.
    password: Option<String>,
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
    asked: Asked,
    owner: Result<Proven>,
    body: Option<Input<Proof>>,
) -> Result<Response> {
    let owner = match body.and_then(|body| body.0.password) {
        Some(password) => proof::prove(&sessions, &actor, &visitor, &password).await?,
        None => owner?,
    };
    let mut tx = sessions.db.begin().await?;
    let deleted_count = end_all_in(&mut tx, owner.user, owner.session).await?;
    tx.commit().await?;
    let message = context.lang.t("message-others-ended");
    Ok(asked.answer(axum::Json(OthersEnded { message, deleted_count }), Redirect::to(PAGE)))
}

/// Ends one of a user's sessions; another's is not there.
async fn close(sessions: &Sessions, user: i64, session: i64) -> Result<()> {
    let mut tx = sessions.db.begin().await?;
    if !store::delete(&mut tx, user, session).await? {
        return Err(Error::not_found(codes::SESSION_NOT_FOUND));
    }
    tx.emit(Event { kind: SESSION_ENDED, id: session, user });
    Ok(tx.commit().await?)
}

/// Ends one session of a user as part of what asks for it.
pub async fn end_in(tx: &mut Tx, user: i64, session: i64) -> Result<()> {
    if store::delete(tx, user, session).await? {
        tx.emit(Event { kind: SESSION_ENDED, id: session, user });
    }
    Ok(())
}

/// Ends all of a user's sessions but `keep` (0 = none) as part of what asks for it.
pub async fn end_all_in(tx: &mut Tx, user: i64, keep: i64) -> Result<usize> {
    let ended = store::delete_others(tx, user, keep).await?;
    for session in &ended {
        tx.emit(Event { kind: SESSION_ENDED, id: *session, user });
    }
    Ok(ended.len())
}

/// The session that a link of the mail about a new device is for, while it lives.
pub async fn by_link(sessions: &Sessions, token: &str) -> Result<Option<Session>> {
    Ok(store::any_by_end_link(&sessions.db, &token_hash(token), sessions.clock.now()).await?)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Link {
    token: String,
}

/// Shows the session of the mail's link; ends nothing, for mail programs open links by themselves.
async fn not_me_page(State(sessions): State<Sessions>, ui: Ui, Query(query): Query<Link>) -> Result<Html<NotMePage>> {
    let found = by_link(&sessions, &query.token).await?;
    let card = found.map(|session| card(&session, session.last_activity, &ui, 0, sessions.clock.now()));
    Ok(Html(NotMePage { ui, token: query.token, card, done: false }))
}

async fn not_me(State(sessions): State<Sessions>, ui: Ui, Form(form): Form<Link>) -> Result<Html<NotMePage>> {
    let session = by_link(&sessions, &form.token).await?.ok_or_else(|| Error::gone(error::codes::GONE))?;
    close(&sessions, session.user_id, session.id).await?;
    Ok(Html(NotMePage { ui, token: String::new(), card: None, done: true }))
}
