//! Errors as answers: the status of each kind, and the page or the JSON that says it in the reader's language.

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

use super::{
    extract::{Anyone, Context},
    ui::{ErrorPage, Ui},
};
use crate::platform::{
    Platform,
    base::{
        actor::Actor,
        error::{Error, Kind, codes},
        i18n::Lang,
    },
};

/// When to come back, where nothing better is known.
const RETRY_SECONDS: u64 = 5;

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

impl Kind {
    pub fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::Gone => StatusCode::GONE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::UpgradeRequired => StatusCode::UPGRADE_REQUIRED,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl Error {
    pub fn status(&self) -> StatusCode {
        self.kind.status()
    }
}

impl ErrorBody {
    /// An error in words of a language.
    pub fn new(error: &Error, lang: Lang) -> Self {
        let text = match error.fields.values().next() {
            // Clients that show one text only show what is to be mended.
            Some(key) if error.code == codes::INVALID_FIELDS => error.say(lang, key),
            _ => error.text(lang),
        };
        let fields = error.fields.iter().map(|(field, key)| ((*field).to_owned(), error.say(lang, key))).collect();
        Self { code: error.code.to_string(), error: text.clone(), message: text, fields }
    }
}

/// What a bare status means.
fn of_status(status: StatusCode) -> Error {
    let (kind, code) = match status {
        StatusCode::SERVICE_UNAVAILABLE => return Error::unavailable(RETRY_SECONDS),
        StatusCode::UNAUTHORIZED => (Kind::Unauthorized, codes::NOT_SIGNED_IN),
        StatusCode::FORBIDDEN => (Kind::Forbidden, codes::FORBIDDEN),
        StatusCode::NOT_FOUND => (Kind::NotFound, codes::NOT_FOUND),
        StatusCode::METHOD_NOT_ALLOWED => (Kind::MethodNotAllowed, codes::METHOD_NOT_ALLOWED),
        StatusCode::PAYLOAD_TOO_LARGE => (Kind::TooLarge, codes::TOO_LARGE),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (Kind::UnsupportedType, codes::UNSUPPORTED_TYPE),
        StatusCode::REQUEST_TIMEOUT => (Kind::Timeout, codes::UNAVAILABLE),
        status if status.is_server_error() => (Kind::Internal, codes::INTERNAL),
        _ => (Kind::Malformed, codes::BAD_REQUEST),
    };
    Error::new(kind, code)
}

impl IntoResponse for Error {
    /// A bare status; `render` gives it its words.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
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
        None => of_status(status),
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
    (error.status(), Json(ErrorBody::new(error, context.lang))).into_response()
}

/// In the frame that its reader has around other pages.
async fn page(error: &Error, context: &Context, actor: Option<&Actor>, platform: &Platform) -> Response {
    let ui = Ui::of(platform, context, actor).await;
    let page = ErrorPage {
        title: ui.error_title(error.status().as_u16()),
        ui,
        status: error.status().as_u16(),
        message: error.text(context.lang),
        request_id: context.request_id.clone(),
    };
    (error.status(), super::Html(page)).into_response()
}
