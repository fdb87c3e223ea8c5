//! A form that changes access, sent without a proof, is answered by a page that asks for the password and
//! holds everything that was sent. It goes to where the form went: the same request again, with the
//! password beside it.

use crate::{
    platform::{
        base::{
            actor::Actor,
            error::{Error, Result},
        },
        web::{
            Html,
            extract::{Context, Visitor, form_with},
            own_path,
            ui::{Form, Ui},
        },
    },
    session::codes,
};
use axum::{
    extract::{FromRef, FromRequest, FromRequestParts, Request, State},
    http::{HeaderMap, Method, Uri, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;

use super::{
    Sessions,
    proof::{self, Proven},
    views::ProofPage,
};

impl<S> FromRequestParts<S> for Proven
where
    S: Send + Sync,
    Sessions: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let actor = Actor::from_request_parts(parts, state).await?;
        proof::of(&Sessions::from_ref(state), &actor).await
    }
}

/// The field in which a form brings the password.
pub const FIELD: &str = "proofPassword";

type Fields = Vec<(String, String)>;

/// Takes the password that a form brings, and asks for it where the handler misses a proof.
pub async fn ask(State(sessions): State<Sessions>, request: Request, next: Next) -> Response {
    let Some(actor) = request.extensions().get::<Actor>().filter(|_| is_form(&request)).cloned() else {
        return next.run(request).await;
    };
    match answer(&sessions, &actor, request, next).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).map(|kind| kind.as_bytes()).unwrap_or_default();
    let is_page = !request.uri().path().starts_with("/api/");
    is_page && request.method() == Method::POST && kind.starts_with(b"application/x-www-form-urlencoded")
}

async fn answer(sessions: &Sessions, actor: &Actor, request: Request, next: Next) -> Result<Response> {
    let (parts, body) = request.into_parts();
    let body = Bytes::from_request(Request::from_parts(parts.clone(), body), &())
        .await
        .map_err(|rejection| crate::platform::web::extract::of_rejection(rejection.status()))?;
    let again = || Request::from_parts(parts.clone(), body.clone().into());
    let fields = axum::Form::<Fields>::from_request(again(), &()).await.map(|form| form.0).unwrap_or_default();
    let context = parts.extensions.get::<Context>().cloned().ok_or_else(|| Error::internal("no context"))?;
    let password = fields.iter().find(|(name, text)| name == FIELD && !text.is_empty()).map(|(_, text)| text);
    if let (Some(password), None) = (password, actor.proven_until(sessions.clock.now())) {
        let visitor = Visitor::of(sessions, &context, &parts.headers);
        if let Err(error) = proof::prove(sessions, actor, &visitor, password).await {
            return page(sessions, actor, &context, &parts.headers, fields, error).await;
        }
    }
    let response = next.run(again()).await;
    match response.extensions().get::<Error>() {
        Some(error) if error.code == codes::PROOF_REQUIRED => {
            page(sessions, actor, &context, &parts.headers, fields, error.clone()).await
        }
        _ => Ok(response),
    }
}

async fn page(
    sessions: &Sessions,
    actor: &Actor,
    context: &Context,
    headers: &HeaderMap,
    fields: Fields,
    error: Error,
) -> Result<Response> {
    let ui = Ui::of(sessions, context, Some(actor)).await;
    let status = error.status();
    let form = match error.fields.first_key_value() {
        Some((_, key)) => Form::new().with_error(FIELD, error.say(ui.lang, key)),
        None if error.code == codes::PROOF_REQUIRED => Form::new(),
        None => form_with(&ui, error, [])?,
    };
    let typed = fields.into_iter().filter(|(name, _)| name != FIELD).collect();
    let from = headers.get(header::REFERER).and_then(|value| value.to_str().ok()?.parse::<Uri>().ok());
    let back = from.as_ref().and_then(|uri| uri.path_and_query()).map_or("", |path| path.as_str());
    let back = own_path(back).to_owned();
    let unconfirmed = actor.is_unconfirmed(sessions.clock.now());
    let page = ProofPage { action: context.path_and_query.clone(), ui, form, typed, back, unconfirmed };
    Ok((status, Html(page)).into_response())
}
