//! `/api/qr-auth`, the computer's calls: ask for a code, wait for news, collect.

use crate::{
    account::model::UserView,
    platform::{
        base::{
            clock::Timestamp,
            error::{Error, Result},
        },
        web::{
            cookies,
            extract::{Anyone, Context, Json, Query, Visitor},
            render::ErrorBody,
        },
    },
    qr_login::codes,
    session::{door::LoginAnswer, sign_in::SignedIn},
};
use std::time::Duration;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, Method},
    response::IntoResponse,
};
use axum_extra::extract::CookieJar;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    INTERVAL, QrLogin, asking,
    collecting::{self, Collector},
    model::{Secrets, Status},
};

pub fn routes() -> OpenApiRouter<QrLogin> {
    OpenApiRouter::new().routes(routes!(generate)).routes(routes!(status)).routes(routes!(claim))
}

/// The header by which a native client shows its poll secret.
const SECRET_HEADER: &str = "x-poll-secret";

/// A code to show.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Generated {
    #[schema(example = "q4uKcVqUyZ1dE0m3W8sT5rXoLh2JbN7fPgAiCkDvYwM")]
    code: String,
    /// The text of the picture.
    #[schema(example = "ospabhost://qr-login?code=q4uKcVqUyZ1dE0m3W8sT5rXoLh2JbN7fPgAiCkDvYwM")]
    url: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Seconds.
    #[schema(example = 60)]
    expires_in: u32,
    /// Seconds between two polls.
    #[schema(example = 2)]
    interval: u64,
    /// For `X-Poll-Secret`, where cookies are not kept. Never show it to anybody.
    #[schema(example = "0fB6tZrQxH9nWm2KsJvLpUcYd1GaEi3oRk7TyXqNh4M")]
    poll_secret: String,
    /// To be shown beside the code: the phone asks to pick it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 42)]
    match_number: Option<i64>,
}

/// Makes a code to sign in with.
///
/// The code before of the same browser is superseded. At most 10 a minute and 5 at once for one address.
#[utoipa::path(post, path = "/api/qr-auth/generate", tag = "qr", responses((status = 200, body = Generated),
    (status = 429, body = ErrorBody)))]
async fn generate(State(qr): State<QrLogin>, visitor: Visitor, headers: HeaderMap) -> Result<impl IntoResponse> {
    let old = poll_secret(&qr, &headers);
    let (secrets, request) = asking::generate(&qr, &visitor, old.as_deref()).await?;
    let answer = Generated {
        url: asking::url(&qr, &secrets.code),
        expires_at: request.expires_at,
        expires_in: qr.settings.life_seconds,
        interval: INTERVAL,
        poll_secret: secrets.poll_secret.clone(),
        match_number: request.shown_number(),
        code: secrets.code.clone(),
    };
    Ok((bind(&qr, &secrets), axum::Json(answer)))
}

/// The cookie that binds a request to this browser.
pub fn bind(qr: &QrLogin, secrets: &Secrets) -> CookieJar {
    let seconds = i64::from(qr.settings.life_seconds + qr.settings.collect_seconds);
    CookieJar::new().add(qr.cookies().make_strict(cookies::QR, secrets.poll_secret.clone(), seconds))
}

/// The secret that the caller shows: in the header, or else in the cookie.
pub fn poll_secret(qr: &QrLogin, headers: &HeaderMap) -> Option<String> {
    match headers.get(SECRET_HEADER) {
        Some(value) => value.to_str().ok().map(str::to_owned),
        None => qr.cookies().read(headers, cookies::QR).map(str::to_owned),
    }
}

/// The cookie of a session that was collected.
pub fn sign_in_cookie(qr: &QrLogin, signed_in: &SignedIn) -> CookieJar {
    let days = i64::from(qr.sessions.settings.absolute_days);
    let cookie = signed_in.cookie.clone().map(|value| qr.cookies().make(cookies::SESSION, value, days));
    cookie.into_iter().fold(CookieJar::new(), CookieJar::add)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wait {
    /// Seconds, 25 at most, for which the answer is held until something changes.
    wait: Option<u64>,
    /// The status that the caller knows: any other is answered at once. By default the one in force.
    #[param(inline)]
    seen: Option<Status>,
}

/// Where a request stands; once, when it is confirmed, with the tokens.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct News {
    status: Status,
    /// Seconds between two polls.
    #[schema(example = 2)]
    interval: u64,
    /// To be shown now: the phone asks to pick it.
    #[serde(skip_serializing_if = "Option::is_none")]
    match_number: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJIUzI1NiJ9.…")]
    token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "eyJ0eXAiOiJydCtqd3QiLCJhbGciOiJIUzI1NiJ9.…")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 900)]
    expires_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserView>,
}

/// Where a request stands, for the browser that made it.
///
/// It shows the cookie or `X-Poll-Secret`; to anybody else the code is unknown. When the request is
/// confirmed the tokens are handed out, once; `claim` is the preferred way to collect them.
#[utoipa::path(get, path = "/api/qr-auth/status/{code}", tag = "qr", params(("code" = String, Path), Wait),
    responses((status = 200, body = News), (status = 404, body = ErrorBody, description = "Unknown code, or the wrong secret"),
    (status = 409, body = ErrorBody, description = "`qr_other_account`: this browser holds another account; `claim` with `replace` changes it"),
    (status = 429, body = ErrorBody, description = "Faster than every 1.5 s on average")))]
async fn status(
    State(qr): State<QrLogin>,
    context: Context,
    Anyone(actor): Anyone,
    method: Method,
    headers: HeaderMap,
    Path(code): Path<String>,
    Query(query): Query<Wait>,
) -> Result<impl IntoResponse> {
    let secret = poll_secret(&qr, &headers).unwrap_or_default();
    let wait = Duration::from_secs(query.wait.unwrap_or(0));
    let request = asking::news(&qr, context.address, (&code, &secret), wait, query.seen).await?;
    let now = qr.clock.now();
    let mut news = News {
        status: request.status_at(now),
        interval: INTERVAL,
        match_number: request.shown_number().filter(|_| matches!(request.status, Status::Pending | Status::Scanning)),
        token: None,
        refresh_token: None,
        expires_in: None,
        user: None,
    };
    // To look is not to collect, and a page of another site only looks (qr_17).
    let is_ours = headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin");
    if news.status != Status::Confirmed || method != Method::GET || !is_ours {
        return Ok((CookieJar::new(), axum::Json(news)));
    }
    let visitor = Visitor::of(&qr, &context, &headers);
    let by = Collector { visitor: &visitor, actor: actor.as_ref(), replace: false };
    let signed_in = match collecting::collect(&qr, &request, &by).await {
        Ok(signed_in) => signed_in,
        // Another poll of the same browser was quicker.
        Err(error) if error.code == codes::QR_USED => {
            news.status = Status::Consumed;
            return Ok((CookieJar::new(), axum::Json(news)));
        }
        Err(error) => return Err(error),
    };
    let cookie = sign_in_cookie(&qr, &signed_in);
    news.user = Some(UserView::from(&signed_in.account));
    if let Some(tokens) = signed_in.tokens {
        news.token = Some(tokens.token);
        news.refresh_token = Some(tokens.refresh_token);
        news.expires_in = Some(tokens.expires_in);
    }
    Ok((cookie, axum::Json(news)))
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Claim {
    #[serde(default)]
    #[schema(required = true, example = "q4uKcVqUyZ1dE0m3W8sT5rXoLh2JbN7fPgAiCkDvYwM")]
    code: String,
    /// The caller is signed in to another account and wants to change to this one.
    #[serde(default)]
    replace: bool,
}

/// Collects the tokens of a confirmed request.
///
/// Within ten seconds the same browser may ask again, if the answer got lost: it gets a new session,
/// and the one just made ends.
#[utoipa::path(post, path = "/api/qr-auth/claim", tag = "qr", request_body = Claim, responses((status = 200, body = LoginAnswer),
    (status = 404, body = ErrorBody, description = "Unknown code, or the wrong secret"),
    (status = 409, body = ErrorBody, description = "Not confirmed, or the browser is signed in to another account"),
    (status = 410, body = ErrorBody, description = "Expired or collected"), (status = 429, body = ErrorBody)))]
async fn claim(
    State(qr): State<QrLogin>,
    visitor: Visitor,
    Anyone(actor): Anyone,
    headers: HeaderMap,
    Json(body): Json<Claim>,
) -> Result<impl IntoResponse> {
    let secret = poll_secret(&qr, &headers).unwrap_or_default();
    let request = asking::find(&qr, visitor.address, &body.code, &secret).await?;
    let by = Collector { visitor: &visitor, actor: actor.as_ref(), replace: body.replace };
    let signed_in = collecting::collect(&qr, &request, &by).await?;
    let cookie = sign_in_cookie(&qr, &signed_in);
    let tokens = signed_in.tokens.ok_or_else(|| Error::internal("no tokens were made"))?;
    Ok((cookie, axum::Json(LoginAnswer { tokens, user: UserView::from(&signed_in.account) })))
}
