//! What handlers take from a request. Permissions are types: `Actor` is anyone signed in, `Admin` an
//! administrator; a handler without one cannot act for anybody.

use crate::platform::{
    Platform,
    base::{
        actor::Actor,
        address::Address,
        error::{Error, Kind, codes},
        geo::Place,
        i18n::Lang,
        user_agent::{self, Client},
    },
    data::events::log,
    web::{
        cookies,
        ui::{self, Counts, Theme, Ui},
    },
};
use std::ops::Deref;

use axum::{
    extract::{FromRef, FromRequest, FromRequestParts, OptionalFromRequest, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::IntoResponse,
};
use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::incoming;

/// What every request carries, signed in or not.
#[derive(Clone, Debug)]
pub struct Context {
    pub request_id: String,
    pub lang: Lang,
    pub theme: Theme,
    pub address: Address,
    pub path_and_query: String,
    /// For the sidebar of the page, when it is one.
    pub counts: Counts,
}

impl<S: Send + Sync> FromRequestParts<S> for Context {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Error::internal("no context middleware"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Actor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        // The session middleware leaves the reason why it let nobody in.
        let reason = parts.extensions.get::<Error>().cloned();
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| reason.unwrap_or_else(|| Error::unauthorized(codes::NOT_SIGNED_IN)))
    }
}

/// Somebody who may be signed in.
pub struct Anyone(pub Option<Actor>);

impl<S: Send + Sync> FromRequestParts<S> for Anyone {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.get::<Actor>().cloned()))
    }
}

/// An operator or an administrator.
pub struct Staff(pub Actor);

impl<S: Send + Sync> FromRequestParts<S> for Staff {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let actor = Actor::from_request_parts(parts, state).await?;
        if actor.role.is_staff() { Ok(Self(actor)) } else { Err(Error::forbidden(codes::FORBIDDEN)) }
    }
}

/// An administrator, known by `A`: signed in, or with a proof besides.
pub struct Admin<A = Actor>(A);

impl<A> Deref for Admin<A> {
    type Target = A;

    fn deref(&self) -> &A {
        &self.0
    }
}

impl<S, A> FromRequestParts<S> for Admin<A>
where
    S: Send + Sync,
    A: FromRequestParts<S, Rejection = Error> + AsRef<Actor> + Send,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let only = |actor: &Actor| if actor.role.is_admin() { Ok(()) } else { Err(Error::forbidden(codes::FORBIDDEN)) };
        // Nobody else is asked for a proof; and `A` may have looked at who it is anew.
        only(&Actor::from_request_parts(parts, state).await?)?;
        let admin = A::from_request_parts(parts, state).await?;
        only(admin.as_ref())?;
        Ok(Self(admin))
    }
}

/// Where a sign-in comes from: address, place, device.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub address: Address,
    pub place: Place,
    pub user_agent: String,
    pub client: Client,
    /// The secret of a browser that signed in here before.
    pub device_key: Option<String>,
}

impl Visitor {
    const MAX_USER_AGENT: usize = 512;

    /// Who sent these headers. Recognising a device takes a while: do it where it is needed.
    pub fn of(platform: &Platform, context: &Context, headers: &HeaderMap) -> Self {
        let raw = headers.get(header::USER_AGENT).map(|v| v.as_bytes()).unwrap_or_default();
        let text: String =
            String::from_utf8_lossy(raw).chars().filter(|c| !c.is_control()).take(Self::MAX_USER_AGENT).collect();
        Self {
            address: context.address,
            place: platform.geo.locate(context.address),
            user_agent: text,
            client: user_agent::recognise(headers),
            device_key: platform.cookies().read(headers, cookies::DEVICE).map(str::to_owned),
        }
    }
}

impl<S> FromRequestParts<S> for Visitor
where
    S: Send + Sync,
    Platform: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let context = Context::from_request_parts(parts, state).await?;
        Ok(Self::of(&Platform::from_ref(state), &context, &parts.headers))
    }
}

impl<S> FromRequestParts<S> for Ui
where
    S: Send + Sync,
    Platform: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let context = Context::from_request_parts(parts, state).await?;
        let (platform, actor) = (Platform::from_ref(state), parts.extensions.get::<Actor>());
        Ok(Self::of(&platform, &context, actor).await)
    }
}

/// A JSON body. Malformed text is 400, another content type 415, a value of the wrong kind 422.
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        if !is_json(request.headers()) {
            return Err(Error::new(Kind::UnsupportedType, codes::UNSUPPORTED_TYPE));
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection| of_rejection(rejection.status()))?;
        super::json::read(&body).map(Self)
    }
}

/// A body that may be left out, its content type with it.
impl<S: Send + Sync, T: DeserializeOwned> OptionalFromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Error> {
        if !request.headers().contains_key(header::CONTENT_TYPE) {
            return Ok(None);
        }
        <Self as FromRequest<S>>::from_request(request, state).await.map(Some)
    }
}

/// `application/json`, or what is written in it (RFC 6839).
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || kind.starts_with("application/") && kind.ends_with("+json")
}

/// A form's fields.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned> Form<T> {
    /// The fields as they were sent.
    pub(super) async fn pairs<S: Send + Sync>(request: Request, state: &S) -> Result<Vec<(String, String)>, Error> {
        let read = axum::Form::<Vec<(String, String)>>::from_request(request, state).await;
        read.map(|form| form.0).map_err(|rejection| of_rejection(rejection.into_response().status()))
    }

    pub(super) fn of(pairs: Vec<(String, String)>) -> Result<Self, Error> {
        incoming::pairs(pairs).map(Self).map_err(|_| Error::invalid())
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        Self::of(Self::pairs(request, state).await?)
    }
}

/// The fields of the query.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let read = axum::extract::Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        read.ok().and_then(|query| incoming::pairs(query.0).ok()).map(Self).ok_or_else(Error::invalid)
    }
}

/// A number in the path; what is none is not there.
pub struct Id(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let read = axum::extract::Path::<i64>::from_request_parts(parts, state).await;
        read.map(|path| Self(path.0)).map_err(|_| Error::not_found(codes::NOT_FOUND))
    }
}

pub fn of_rejection(status: StatusCode) -> Error {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => Error::too_large(codes::TOO_LARGE),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Error::unsupported(codes::UNSUPPORTED_TYPE),
        StatusCode::UNPROCESSABLE_ENTITY => Error::invalid(),
        _ => Error::bad_request(),
    }
}

/// The form to show again after an error that the person can mend: what they typed, and what is wrong
/// beside each field, or above them all. Other errors go their own way, unless they name a field: those
/// can be mended by leaving it out.
pub fn form_with<const N: usize>(ui: &Ui, error: Error, typed: [(&str, String); N]) -> Result<ui::Form, Error> {
    if error.kind.is_ours() && error.fields.is_empty() && error.code != codes::BUSY
        || error.code == codes::NOT_SIGNED_IN
        || error.kind == Kind::NotFound
    {
        return Err(error);
    }
    let mut form = ui::Form::filled(typed.map(|(name, value)| (name.to_owned(), value)));
    if error.fields.is_empty() {
        form = form.with_message(error.text(ui.lang));
    }
    for (field, key) in &error.fields {
        form = form.with_error(*field, error.say(ui.lang, key));
    }
    Ok(form)
}

impl Ui {
    /// What the page of this request knows. A customer's place in the log counts what concerned them alone.
    pub async fn of(platform: &Platform, context: &Context, actor: Option<&Actor>) -> Self {
        let mut ui = Self::new(platform, context, actor);
        if let Some(customer) = actor.filter(|actor| !actor.role.is_staff()) {
            // From the beginning, where it cannot be had: the page is worth more than it.
            ui.position = log::place_of(platform.db.door().pools(), customer.user, ui.position).await.unwrap_or(0);
        }
        ui
    }

    fn new(platform: &Platform, context: &Context, actor: Option<&Actor>) -> Self {
        Self {
            lang: context.lang,
            theme: context.theme,
            path: context.path_and_query.clone(),
            site: platform.site_name.clone(),
            assets: platform.assets.prefix().to_owned(),
            brand: platform.assets.brand().clone(),
            timezone: actor.map_or_else(|| "UTC".to_owned(), |actor| actor.timezone.clone()),
            now_ms: platform.clock.now().0,
            user: actor.map(|actor| ui::UiUser {
                id: actor.user,
                username: actor.username.clone(),
                email: actor.email.clone(),
                role: actor.role,
            }),
            mail_off: platform.mailer.is_off(),
            counts: context.counts.clone(),
            position: platform.db.bus.position(),
        }
    }
}
