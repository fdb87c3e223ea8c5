//! The proof that changes of access ask for: the owner of the account gave the password in this session
//! within the last ten minutes (ASVS 7.5.1 to 7.5.3). What changes access takes a `Proven`, and there is
//! no other way to come by one than to give the password or to have given it.

use crate::{
    account,
    platform::{
        base::{
            actor::Actor,
            clock::Timestamp,
            error::{self, Error, Result},
        },
        data::events::Event,
        web::{
            Html,
            extract::{Form, Json, Query, Visitor},
            own_path,
            render::ErrorBody,
            ui::{Form as FormView, Ui},
        },
    },
    session::codes,
};
use std::ops::Deref;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Sessions, cache::SESSION_CHANGED, history, middleware, model, store, views::ProofPage};

const PAGE: &str = "/prove";

/// Programs call; what a form changes waits for the password where it is sent (`middleware_proof.rs`), and the page
/// is for scripts and for whoever gives it beforehand.
pub fn routes() -> OpenApiRouter<Sessions> {
    OpenApiRouter::new().routes(routes!(by_program)).route(PAGE, get(page).post(go_on))
}

/// A person in a confirmed session who gave the password a short while ago, as the database has it.
pub struct Proven(Actor);

impl Proven {
    fn new(actor: Actor, now: Timestamp) -> Result<Self> {
        match actor.proven_until(now) {
            Some(_) => Ok(Self(actor)),
            None => Err(Error::forbidden(codes::PROOF_REQUIRED)),
        }
    }
}

impl Deref for Proven {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.0
    }
}

impl AsRef<Actor> for Proven {
    fn as_ref(&self) -> &Actor {
        &self.0
    }
}

/// The proof of a session that has one. The database is asked, not what is remembered: who has just
/// proven it on another node is believed, and whose session has ended is not.
pub async fn of(sessions: &Sessions, actor: &Actor) -> Result<Proven> {
    let found = middleware::by_session(sessions, actor.session).await?;
    Proven::new(found.ok_or_else(|| Error::unauthorized(error::codes::NOT_SIGNED_IN))?, sessions.clock.now())
}

/// Checks the password and remembers that in the session, which is confirmed by it. Wrong ones cost this
/// session only: whoever guesses in it keeps its owner out nowhere else.
pub async fn prove(sessions: &Sessions, actor: &Actor, visitor: &Visitor, password: &str) -> Result<Proven> {
    sessions.limits.proofs.take(&actor.session)?;
    if !account::actions::prove_again(&sessions.accounts, actor.user, password).await? {
        let (method, reason) = (model::Method::Password, model::Reason::WrongPassword);
        history::failed(sessions, Some(actor.user), method, reason, visitor).await?;
        return Err(Error::forbidden(codes::PASSWORD_WRONG).field("password", "field-password-wrong"));
    }
    let mut tx = sessions.db.begin().await?;
    store::prove(&mut tx, actor.user, actor.session, sessions.clock.now()).await?;
    tx.emit(Event { kind: SESSION_CHANGED, id: actor.session, user: actor.user });
    tx.commit().await?;
    of(sessions, actor).await
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
async fn by_program(
    State(sessions): State<Sessions>,
    actor: Actor,
    visitor: Visitor,
    Json(body): Json<Proof>,
) -> Result<axum::Json<ProofAnswer>> {
    if body.password.is_empty() {
        return Err(Error::invalid().field("password", "field-required"));
    }
    let proven = prove(&sessions, &actor, &visitor, &body.password).await?;
    let proven_until = proven.proven_until(sessions.clock.now()).unwrap_or(proven.proven_at);
    Ok(axum::Json(ProofAnswer { proven_until }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Next {
    next: String,
}

async fn page(State(sessions): State<Sessions>, ui: Ui, actor: Actor, Query(query): Query<Next>) -> Response {
    let now = sessions.clock.now();
    let back = own_path(&query.next).to_owned();
    if actor.proven_until(now).is_some() {
        return Redirect::to(&back).into_response();
    }
    let typed = vec![("next".to_owned(), back.clone())];
    let unconfirmed = actor.is_unconfirmed(now);
    Html(ProofPage { ui, form: FormView::new(), action: PAGE.to_owned(), typed, back, unconfirmed }).into_response()
}

/// The password was taken on the way here.
async fn go_on(_: Proven, Form(form): Form<Next>) -> Redirect {
    Redirect::to(own_path(&form.next))
}
