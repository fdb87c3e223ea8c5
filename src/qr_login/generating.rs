//! A code to sign in with: for a program, or for the browser before which a person sits, which may have got one in
//! another window and is shown it.

use crate::platform::{
    base::{clock::Timestamp, error::Result},
    web::{
        Html, cookies,
        extract::{Form, Query, Visitor},
        render::ErrorBody,
        ui::Ui,
    },
};
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::post,
};
use axum_extra::extract::CookieJar;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    INTERVAL, QrLogin,
    asking::{generate, url},
    model::Secrets,
    show::{Wanted, back, cookie, name, poll_secret, view, without_code},
    store,
    views::{Panel, PanelView},
};

pub fn routes() -> OpenApiRouter<QrLogin> {
    OpenApiRouter::new().routes(routes!(by_program)).route("/login/qr/new", post(by_browser))
}

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
async fn by_program(State(qr): State<QrLogin>, visitor: Visitor, headers: HeaderMap) -> Result<impl IntoResponse> {
    let old = poll_secret(&qr, &headers);
    let (secrets, request) = generate(&qr, &visitor, old.as_deref()).await?;
    let answer = Generated {
        url: url(&qr, &secrets.code),
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
fn bind(qr: &QrLogin, secrets: &Secrets) -> CookieJar {
    let seconds = i64::from(qr.settings.life_seconds + qr.settings.collect_seconds);
    CookieJar::new().add(qr.cookies().make_strict(cookies::QR, secrets.poll_secret.clone(), seconds))
}

/// A new code, at a click or because the old one has expired.
async fn by_browser(
    State(qr): State<QrLogin>,
    ui: Ui,
    visitor: Visitor,
    headers: HeaderMap,
    Query(asked): Query<Wanted>,
    Form(form): Form<Wanted>,
) -> Result<Response> {
    let old = cookie(&qr, &headers);
    if asked.panel
        && let Some(panel) = of_another_window(&qr, &ui, &visitor, old.as_deref(), &form.shown).await?
    {
        return Ok(Html(Panel { ui, panel, next: form.next }).into_response());
    }
    let (jar, panel) = make(&qr, &ui, &visitor, old).await?;
    if asked.panel {
        return Ok((jar, Html(Panel { ui, panel, next: form.next })).into_response());
    }
    Ok((jar, back(&form.next)).into_response())
}

/// The code that another window of this browser has got meanwhile: two would end each other.
async fn of_another_window(
    qr: &QrLogin,
    ui: &Ui,
    visitor: &Visitor,
    kept: Option<&str>,
    shown: &str,
) -> Result<Option<PanelView>> {
    let Some(secrets) = kept.map(|secret| Secrets::of(secret.to_owned())) else { return Ok(None) };
    if shown == name(&secrets) {
        return Ok(None);
    }
    match store::any_by_code(&qr.db, &secrets.code_hash()).await? {
        Some(request) if request.status_at(qr.clock.now()).is_open() => {
            view(qr, ui, visitor.device_key.as_deref(), &secrets, &request).await.map(Some)
        }
        _ => Ok(None),
    }
}

async fn make(qr: &QrLogin, ui: &Ui, visitor: &Visitor, old: Option<String>) -> Result<(CookieJar, PanelView)> {
    match generate(qr, visitor, old.as_deref()).await {
        Ok((secrets, request)) => {
            let panel = view(qr, ui, visitor.device_key.as_deref(), &secrets, &request).await?;
            Ok((bind(qr, &secrets), panel))
        }
        Err(error) if error.retry_after.is_some() => Ok((CookieJar::new(), without_code(error.text(ui.lang)))),
        Err(error) => Err(error),
    }
}
