//! Errors that reach a person or a program. Actions return `Error`; the page or JSON that says it
//! is made in one place (`render`), in the reader's language. Anything unexpected becomes a 500
//! whose cause is only in the log.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::{Anyone, Context};
use crate::platform::{
    Platform,
    actor::Actor,
    away::{Trouble, trouble},
    ui::{ErrorPage, Ui},
};

/// An error with its HTTP status, its unchanging code and, for input, what is wrong with each field.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{code}")]
pub struct Error {
    pub status: StatusCode,
    pub code: &'static str,
    /// Field → key of the text that says what is wrong.
    pub fields: BTreeMap<&'static str, &'static str>,
    pub retry_after: Option<u64>,
    /// What the texts mention: a limit, a file's name.
    pub args: Vec<(&'static str, String)>,
}

/// When to come back, where nothing better is known.
const RETRY_SECONDS: u64 = 5;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The body of every JSON answer that carries an error.
#[derive(Serialize, ToSchema)]
pub struct ErrorBody {
    /// For programs; never changes.
    #[schema(example = "session_not_found")]
    pub code: String,
    /// For people, in the language of `Accept-Language`; of invalid fields what is wrong with the first one.
    pub error: String,
    /// The same text as `error`.
    pub message: String,
    /// What is wrong with each field; only for invalid input.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
}

impl Error {
    pub fn new(status: StatusCode, code: &'static str) -> Self {
        Self { status, code, fields: BTreeMap::new(), retry_after: None, args: Vec::new() }
    }

    pub fn bad_request() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request")
    }

    pub fn unauthorized(code: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code)
    }

    pub fn forbidden(code: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, code)
    }

    pub fn not_found(code: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code)
    }

    pub fn conflict(code: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, code)
    }

    pub fn gone(code: &'static str) -> Self {
        Self::new(StatusCode::GONE, code)
    }

    pub fn too_large(code: &'static str) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, code)
    }

    pub fn unsupported(code: &'static str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code)
    }

    /// Well-formed, but nothing can be done with it.
    pub fn unprocessable(code: &'static str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code)
    }

    /// Invalid input; add what is wrong with `field`.
    pub fn invalid() -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields")
    }

    /// Says by the key of a text what is wrong with a field; the first word on a field stands.
    pub fn field(mut self, field: &'static str, text: &'static str) -> Self {
        self.fields.entry(field).or_insert(text);
        self
    }

    /// Something that the texts mention.
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }

    /// Fails if a field was found wrong.
    pub fn or_ok(self) -> Result<()> {
        if self.fields.is_empty() { Ok(()) } else { Err(self) }
    }

    pub fn too_many(seconds: u64) -> Self {
        Self { retry_after: Some(seconds.max(1)), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests") }
    }

    /// Too much is being computed already; in so many seconds there may be room.
    pub fn busy(seconds: u64) -> Self {
        Self { retry_after: Some(seconds.max(1)), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy") }
    }

    /// Something that this server needs is away; in so many seconds it may be back.
    pub fn unavailable(seconds: u64) -> Self {
        Self { retry_after: Some(seconds.max(1)), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable") }
    }

    /// Something that should not happen: the cause goes to the log, not to the caller.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal")
    }

    fn text_key(&self) -> String {
        format!("error-{}", self.code.replace('_', "-"))
    }

    /// The text for people.
    pub fn text(&self, lang: crate::platform::i18n::Lang) -> String {
        match self.retry_after {
            Some(seconds) => lang.tn(&self.text_key(), i64::try_from(seconds).unwrap_or(1)),
            None => self.say(lang, &self.text_key()),
        }
    }

    /// One of this error's texts.
    pub fn say(&self, lang: crate::platform::i18n::Lang, key: &str) -> String {
        let args: Vec<_> = self.args.iter().map(|(name, value)| (*name, value.as_str())).collect();
        lang.ta(key, &args)
    }

    fn of_status(status: StatusCode) -> Self {
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return Self::unavailable(RETRY_SECONDS);
        }
        let code = match status {
            StatusCode::UNAUTHORIZED => "not_signed_in",
            StatusCode::FORBIDDEN => "forbidden",
            StatusCode::NOT_FOUND => "not_found",
            StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
            StatusCode::PAYLOAD_TOO_LARGE => "too_large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_type",
            StatusCode::REQUEST_TIMEOUT => "unavailable",
            status if status.is_server_error() => "internal",
            _ => "bad_request",
        };
        Self::new(status, code)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match trouble(&error) {
            Trouble::Contention(seconds) => {
                tracing::warn!(%error, "the database was busy for too long");
                Self::unavailable(seconds)
            }
            Trouble::Away(seconds) => {
                tracing::error!(%error, "the database is away");
                Self::unavailable(seconds)
            }
            Trouble::Damaged => {
                tracing::error!(%error, "THE DATABASE IS DAMAGED: stop the server, copy its files, restore a backup");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal")
            }
            Trouble::Fault => Self::internal(error),
        }
    }
}

impl IntoResponse for Error {
    /// A bare status; `render` gives it its words.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives every error its page or its JSON, in the reader's language.
pub async fn render(
    State(platform): State<Platform>,
    context: Context,
    Anyone(actor): Anyone,
    request: Request,
    next: Next,
) -> Response {
    let as_json = wants_json(&request);
    let may_redirect = request.method() == axum::http::Method::GET;
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let error = match response.extensions().get::<Error>() {
        Some(error) => error.clone(),
        // A page or an answer that says itself what is wrong.
        None if response.headers().get(header::CONTENT_TYPE).is_some_and(is_html_or_json) => return response,
        None => Error::of_status(status),
    };
    let mut answer = if as_json {
        json(&error, &context)
    } else if status == StatusCode::UNAUTHORIZED && may_redirect {
        Redirect::to(&format!(
            "/login?next={}",
            percent_encoding::utf8_percent_encode(&context.path_and_query, super::QUERY_VALUE)
        ))
        .into_response()
    } else if status == StatusCode::UNAUTHORIZED {
        Redirect::to("/login").into_response()
    } else {
        page(&error, &context, actor.as_ref(), &platform).await
    };
    if let Some(seconds) = error.retry_after {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(allow) = response.headers().get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow.clone());
    }
    for cookie in response.headers().get_all(header::SET_COOKIE) {
        answer.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    answer
}

fn is_html_or_json(value: &HeaderValue) -> bool {
    value.as_bytes().starts_with(b"text/html") || value.as_bytes().starts_with(b"application/json")
}

fn wants_json(request: &Request) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or("");
    let path = request.uri().path();
    path.starts_with("/api/") && path != "/api/docs" || accept.starts_with("application/json")
}

fn json(error: &Error, context: &Context) -> Response {
    let text = match error.fields.values().next() {
        // Clients that show one text only show what is to be mended.
        Some(key) if error.code == Error::invalid().code => error.say(context.lang, key),
        _ => error.text(context.lang),
    };
    let fields = error.fields.iter().map(|(field, key)| ((*field).to_owned(), error.say(context.lang, key))).collect();
    (error.status, Json(ErrorBody { code: error.code.into(), error: text.clone(), message: text, fields }))
        .into_response()
}

/// In the frame that its reader has around other pages.
async fn page(error: &Error, context: &Context, actor: Option<&Actor>, platform: &Platform) -> Response {
    let ui = Ui::of(platform, context, actor).await;
    let page = ErrorPage {
        title: ui.error_title(error.status.as_u16()),
        ui,
        status: error.status.as_u16(),
        message: error.text(context.lang),
        request_id: context.request_id.clone(),
    };
    (error.status, super::Html(page)).into_response()
}
