//! The computer's pages: the code with its news, the sign-in itself, and who was signed in.

use crate::{
    account,
    platform::{
        base::{
            actor::Actor,
            error::{Error, Result},
        },
        web::{
            Html, QUERY_VALUE, cookies,
            extract::{Anyone, Context, Form, Query, Visitor},
            own_path,
            ui::Ui,
        },
    },
    qr_login::codes,
};
use std::time::Duration;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{
    Link, QrLogin, api, asking,
    collecting::{self, Collector},
    model::{Request, Secrets, Status},
    picture,
    pushing::{self, Offer},
    store,
    views::{Panel, PanelView, QrOtherAccountPage, QrSignInPage, QrWelcomePage},
};

pub fn routes() -> OpenApiRouter<QrLogin> {
    Router::new()
        .route("/login/qr", get(news).post(enter))
        .route("/login/qr/new", post(renew))
        .route("/login/qr/push", post(push))
        .route("/login/qr/welcome", get(welcome))
        .into()
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    next: String,
    wait: u64,
    seen: Option<Status>,
    /// Only the part that changes is wanted.
    panel: bool,
    /// Which code the window shows.
    shown: String,
    /// The other account that is signed in may be left.
    replace: bool,
}

/// `/login?method=qr`. The same browser sees its code again, so that the page can be reloaded; to any other
/// a code is offered, for looking at a page makes nothing: the button does, or the script of the page.
pub async fn sign_in_page(
    State(qr): State<QrLogin>,
    ui: Ui,
    visitor: Visitor,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
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
    Query(asked): Query<Asked>,
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

/// A new code, at a click or because the old one has expired.
async fn renew(
    State(qr): State<QrLogin>,
    ui: Ui,
    visitor: Visitor,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
    Form(form): Form<Asked>,
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

fn back(next: &str) -> Response {
    Redirect::to(&format!("/login?method=qr&next={}", escape(next))).into_response()
}

/// Sends the request to the phone of who used this browser last.
async fn push(
    State(qr): State<QrLogin>,
    ui: Ui,
    visitor: Visitor,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
    Form(form): Form<Asked>,
) -> Result<Response> {
    let secrets = Secrets::of(cookie(&qr, &headers).unwrap_or_default());
    let sent = pushing::push(&qr, &visitor, &secrets.code, &secrets.poll_secret).await;
    if asked.panel {
        // Why not stands under the code, which is still good for the camera.
        let message = match &sent {
            Err(error) if !error.kind.is_ours() => error.text(ui.lang),
            _ => String::new(),
        };
        let request = asking::find(&qr, visitor.address, &secrets.code, &secrets.poll_secret).await?;
        let panel = view(&qr, &ui, visitor.device_key.as_deref(), &secrets, &request).await?;
        return Ok(Html(Panel { ui, panel: PanelView { message, ..panel }, next: form.next }).into_response());
    }
    sent?;
    Ok(back(&form.next))
}

/// Collects: the browser is signed in.
async fn enter(
    State(qr): State<QrLogin>,
    ui: Ui,
    visitor: Visitor,
    Anyone(actor): Anyone,
    headers: HeaderMap,
    Form(form): Form<Asked>,
) -> Result<Response> {
    let secrets = Secrets::of(cookie(&qr, &headers).unwrap_or_default());
    let request = asking::find(&qr, visitor.address, &secrets.code, &secrets.poll_secret).await?;
    let by = Collector { visitor: &visitor, actor: actor.as_ref(), replace: form.replace };
    let signed_in = match collecting::collect(&qr, &request, &by).await {
        Err(error) if error.code == codes::QR_OTHER_ACCOUNT => {
            let approver = account::store::by_id(&qr.db, request.user_id.unwrap_or(0)).await?;
            let approver = approver.ok_or(error)?.username;
            let here = ui.user.as_ref().map_or_else(String::new, |me| me.username.clone());
            let next = own_path(&form.next).to_owned();
            return Ok((StatusCode::CONFLICT, Html(QrOtherAccountPage { ui, approver, here, next })).into_response());
        }
        collected => collected?,
    };
    let next = format!("/login/qr/welcome?next={}", escape(own_path(&form.next)));
    Ok((api::sign_in_cookie(&qr, &signed_in), Redirect::to(&next)).into_response())
}

async fn welcome(ui: Ui, _: Actor, Query(asked): Query<Asked>) -> Html<QrWelcomePage> {
    Html(QrWelcomePage { ui, next: own_path(&asked.next).to_owned() })
}

async fn make(qr: &QrLogin, ui: &Ui, visitor: &Visitor, old: Option<String>) -> Result<(CookieJar, PanelView)> {
    match asking::generate(qr, visitor, old.as_deref()).await {
        Ok((secrets, request)) => {
            let panel = view(qr, ui, visitor.device_key.as_deref(), &secrets, &request).await?;
            Ok((api::bind(qr, &secrets), panel))
        }
        Err(error) if error.retry_after.is_some() => Ok((CookieJar::new(), without_code(error.text(ui.lang)))),
        Err(error) => Err(error),
    }
}

async fn view(
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

fn without_code(message: String) -> PanelView {
    PanelView { status: None, svg: String::new(), left: 0, number: None, message, push: Offer::No, name: String::new() }
}

/// What tells the codes of one browser apart, and tells nothing of them.
fn name(secrets: &Secrets) -> String {
    secrets.code_hash().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

fn cookie(qr: &QrLogin, headers: &HeaderMap) -> Option<String> {
    qr.cookies().read(headers, cookies::QR).map(str::to_owned)
}

fn escape(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, QUERY_VALUE).to_string()
}
