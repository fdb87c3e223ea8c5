//! The code on the computer's screen, with its news: for programs that poll, and as the QR side of the sign-in page.

use crate::{
    account::model::UserView,
    platform::{
        base::error::{Error, Result},
        web::{
            Html, QUERY_VALUE, cookies,
            extract::{Anyone, Context, Query, Visitor},
            render::ErrorBody,
            ui::Ui,
        },
    },
    qr_login::codes,
    session::sign_in::SignedIn,
};
use std::time::Duration;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, Method},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use axum_extra::extract::CookieJar;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    INTERVAL, Link, QrLogin, asking,
    collecting::{self, Collector},
    model::{Request, Secrets, Status},
    picture,
    pushing::{self, Offer},
    store,
    views::{Panel, PanelView, QrSignInPage},
};

pub fn routes() -> OpenApiRouter<QrLogin> {
    OpenApiRouter::new().routes(routes!(status)).route("/login/qr", get(news))
}

/// The header by which a native client shows its poll secret.
const SECRET_HEADER: &str = "x-poll-secret";

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

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    pub next: String,
    wait: u64,
    seen: Option<Status>,
    /// Only the part that changes is wanted.
    pub panel: bool,
    /// Which code the window shows.
    pub shown: String,
    /// The other account that is signed in may be left.
    pub replace: bool,
}

/// `/login?method=qr`. The same browser sees its code again, so that the page can be reloaded; to any other
/// a code is offered, for looking at a page makes nothing: the button does, or the script of the page.
pub async fn sign_in_page(
    State(qr): State<QrLogin>,
    ui: Ui,
    visitor: Visitor,
    headers: HeaderMap,
    Query(asked): Query<Wanted>,
) -> Result<Response> {
    if let Some(secrets) = cookie(&qr, &headers).map(Secrets::of)
        && let Some(request) = store::any_by_code(&qr.db, &secrets.code_hash()).await?
        && !matches!(request.status, Status::Consumed | Status::Superseded)
    {
        let panel = view(&qr, &ui, visitor.device_key.as_deref(), &secrets, &request).await?;
        return Ok(
            Html(QrSignInPage { ui, panel, next: asked.next, any_camera: qr.link == Link::Https }).into_response()
        );
    }
    let panel = without_code(String::new());
    Ok(Html(QrSignInPage { ui, panel, next: asked.next, any_camera: qr.link == Link::Https }).into_response())
}

/// The part that changes, as soon as it does.
async fn news(
    State(qr): State<QrLogin>,
    ui: Ui,
    context: Context,
    headers: HeaderMap,
    Query(asked): Query<Wanted>,
) -> Result<Html<Panel>> {
    let secrets = Secrets::of(cookie(&qr, &headers).unwrap_or_default());
    // Another window of this browser has a newer code: that is news at once.
    let wait =
        Duration::from_secs(if asked.shown.is_empty() || asked.shown == name(&secrets) { asked.wait } else { 0 });
    let found = asking::news(&qr, context.address, (&secrets.code, &secrets.poll_secret), wait, asked.seen).await;
    let panel = match found {
        Ok(request) => view(&qr, &ui, qr.cookies().read(&headers, cookies::DEVICE), &secrets, &request).await?,
        Err(error) if error.code == codes::QR_NOT_FOUND => without_code(ui.t("qr-over-lead").into()),
        Err(error) => return Err(error),
    };
    Ok(Html(Panel { ui, panel, next: asked.next }))
}

pub fn back(next: &str) -> Response {
    Redirect::to(&format!("/login?method=qr&next={}", escape(next))).into_response()
}

pub async fn view(
    qr: &QrLogin,
    ui: &Ui,
    device_key: Option<&str>,
    secrets: &Secrets,
    request: &Request,
) -> Result<PanelView, Error> {
    let now = qr.clock.now();
    let status = request.status_at(now);
    let svg = match status {
        Status::Pending => picture::svg(&asking::url(qr, &secrets.code), ui.t("qr-picture"))?,
        _ => String::new(),
    };
    Ok(PanelView {
        status: Some(status),
        svg,
        left: ((request.expires_at.0 - now.0) / 1000).max(0),
        number: request.shown_number(),
        message: String::new(),
        push: pushing::offer(qr, device_key, request).await?,
        name: name(secrets),
    })
}

pub fn without_code(message: String) -> PanelView {
    PanelView { status: None, svg: String::new(), left: 0, number: None, message, push: Offer::No, name: String::new() }
}

/// What tells the codes of one browser apart, and tells nothing of them.
pub fn name(secrets: &Secrets) -> String {
    secrets.code_hash().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

pub fn cookie(qr: &QrLogin, headers: &HeaderMap) -> Option<String> {
    qr.cookies().read(headers, cookies::QR).map(str::to_owned)
}

pub fn escape(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, QUERY_VALUE).to_string()
}
