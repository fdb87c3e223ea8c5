//! The request on the owner's phone by a push message, instead of its camera. Only a browser that its
//! owner signed in with before can send one, by the cookie that it kept: typing somebody's e-mail
//! reaches nobody's phone. The number on the screen must be picked, so a tap out of habit lets nobody in.

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::post,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    QrLogin, asking,
    model::{Request, Secrets, Status},
    show::{Wanted, back, cookie, poll_secret, view},
    store,
    views::{Panel, PanelView},
    waiting::QR_CHANGED,
};
use crate::{
    platform::{
        base::{
            error::{Error, Result},
            keys::token_hash,
        },
        data::events::Event,
        outbox::notices::{self, Notice},
        web::{
            Html,
            extract::{Context, Form, Json, Query, Visitor},
            render::ErrorBody,
            ui::Ui,
        },
    },
    qr_login::codes,
    session::store_attempt,
};

/// A program names the code; a browser has it in its cookie, and is shown the code again with what came of it.
pub fn routes() -> OpenApiRouter<QrLogin> {
    OpenApiRouter::new().routes(routes!(by_program)).route("/login/qr/push", post(by_browser))
}

#[derive(Default, Deserialize, ToSchema)]
struct Asked {
    #[serde(default)]
    #[schema(required = true, example = "q4uKcVqUyZ1dE0m3W8sT5rXoLh2JbN7fPgAiCkDvYwM")]
    code: String,
}

#[derive(Serialize, ToSchema)]
struct Sent {
    message: &'static str,
}

/// Sends the request to the phone of who used this browser last.
///
/// For a browser that was signed in here before and has kept its `device` cookie; to any other it is
/// forbidden. From then on the number of `status` must be picked on the phone.
#[utoipa::path(post, path = "/api/qr-auth/push", tag = "qr", request_body = Asked, responses((status = 200, body = Sent),
    (status = 403, body = ErrorBody, description = "Nobody signed in with this browser before"),
    (status = 404, body = ErrorBody, description = "Unknown code, or the wrong secret"),
    (status = 409, body = ErrorBody, description = "A phone has taken the code up"),
    (status = 410, body = ErrorBody, description = "Expired"), (status = 429, body = ErrorBody)))]
async fn by_program(
    State(qr): State<QrLogin>,
    visitor: Visitor,
    context: Context,
    headers: HeaderMap,
    Json(body): Json<Asked>,
) -> Result<axum::Json<Sent>> {
    let secret = poll_secret(&qr, &headers).unwrap_or_default();
    push(&qr, &visitor, &body.code, &secret).await?;
    Ok(axum::Json(Sent { message: context.lang.t("qr-push-sent") }))
}

async fn by_browser(
    State(qr): State<QrLogin>,
    ui: Ui,
    visitor: Visitor,
    headers: HeaderMap,
    Query(asked): Query<Wanted>,
    Form(form): Form<Wanted>,
) -> Result<Response> {
    let secrets = Secrets::of(cookie(&qr, &headers).unwrap_or_default());
    let sent = push(&qr, &visitor, &secrets.code, &secrets.poll_secret).await;
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

/// Whether the computer may send the request, or has done so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    No,
    Open,
    Sent,
}

/// What this browser may do with this request. Whose it is it does not learn.
pub async fn offer(qr: &QrLogin, device_key: Option<&str>, request: &Request) -> Result<Offer> {
    if request.status_at(qr.clock.now()) != Status::Pending {
        return Ok(Offer::No);
    }
    if request.pushed_at.is_some() {
        return Ok(Offer::Sent);
    }
    Ok(if owner(qr, device_key).await?.is_some() { Offer::Open } else { Offer::No })
}

/// Sends the request to the devices of who used this browser last, once for each code.
async fn push(qr: &QrLogin, visitor: &Visitor, code: &str, secret: &str) -> Result<()> {
    let request = asking::find(qr, visitor.address, code, secret).await?;
    let now = qr.clock.now();
    match request.status_at(now) {
        Status::Pending if request.pushed_at.is_some() => return Ok(()),
        Status::Pending => {}
        Status::Expired => return Err(Error::gone(codes::QR_EXPIRED)),
        Status::Superseded => return Err(Error::gone(codes::QR_SUPERSEDED)),
        _ => return Err(Error::conflict(codes::QR_TAKEN)),
    }
    let owner = owner(qr, visitor.device_key.as_deref()).await?;
    let Some(user) = owner else { return Err(Error::forbidden(codes::QR_PUSH_UNKNOWN)) };
    qr.limits.pushes.take(&user)?;
    let mut tx = qr.db.begin().await?;
    if !store::any_push(&mut tx, request.id, now).await? {
        drop(tx);
        return lost(qr, code).await;
    }
    notices::tell(&qr.jobs, &mut tx, &notice(&request, user, code)).await?;
    tx.emit(Event { kind: QR_CHANGED, id: request.id, user: 0 });
    tx.commit().await?;
    tracing::info!(user, request = request.log_name(), "a QR sign-in was sent to its owner's phone");
    Ok(())
}

/// Something was quicker: the same request from a second click, or a phone. The row itself says which,
/// for what the node remembers of it may be older.
async fn lost(qr: &QrLogin, code: &str) -> Result<()> {
    let request = store::any_by_code(&qr.db, &token_hash(code)).await?;
    let is_sent = request.is_some_and(|request| request.pushed_at.is_some());
    if is_sent { Ok(()) } else { Err(Error::conflict(codes::QR_TAKEN)) }
}

fn notice(request: &Request, user: i64, code: &str) -> Notice {
    Notice {
        user,
        kind: "qr_request".into(),
        key: format!("qr-{}", request.id),
        facts: serde_json::json!({ "device": request.device, "browser": request.browser, "place": request.location }),
        url: Some(format!("/qr-login?code={code}")),
        until: Some(request.expires_at.0),
    }
}

/// Who signed in with this browser last.
async fn owner(qr: &QrLogin, device_key: Option<&str>) -> Result<Option<i64>> {
    match device_key {
        Some(key) => Ok(store_attempt::any_user_of_device(&qr.db, &token_hash(key)).await?),
        None => Ok(None),
    }
}
