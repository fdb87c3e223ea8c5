//! The phone's side: it takes a code up, sees who asks, says yes or no. Opening the page changes nothing (qr_14).

use crate::{
    platform::{
        base::{
            actor::Actor,
            error::{Error, Kind, Result},
        },
        web::{
            Html,
            asked::{Asked, Input, Message},
            extract::{Context, Query, Visitor, form_with},
            render::ErrorBody,
            ui::{Form as FormView, Ui},
        },
    },
    qr_login::codes,
};
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    QrLogin,
    approving::{self, Decision},
    model::Requester,
    views::{QrApprovePage, Question, Stage},
};

pub fn routes() -> OpenApiRouter<QrLogin> {
    OpenApiRouter::new()
        .route("/qr-login", get(open))
        .routes(routes!(scan))
        .route("/qr-login/scan", post(scan))
        .routes(routes!(confirm))
        .route("/qr-login/confirm", post(confirm))
        .routes(routes!(reject))
        .route("/qr-login/reject", post(reject))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Shown {
    code: String,
}

async fn open(ui: Ui, _: Actor, headers: HeaderMap, Query(asked): Query<Shown>) -> impl IntoResponse {
    let foreign = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site" || site == "same-site");
    let page = QrApprovePage { ui, code: asked.code, stage: Stage::Ask { foreign }, form: FormView::new() };
    // The address holds the code: it goes to no other page (qr_16). With `no-referrer` browsers would also keep
    // from us that the form is ours: `Origin: null`, and over plain http there is nothing else to know it by.
    ([("referrer-policy", "strict-origin")], Html(page))
}

#[derive(Default, Deserialize, ToSchema)]
struct Code {
    #[serde(default)]
    #[schema(required = true, example = "q4uKcVqUyZ1dE0m3W8sT5rXoLh2JbN7fPgAiCkDvYwM")]
    code: String,
}

/// What the person must see before deciding.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Scanned {
    requester: Requester,
    /// The person picks the number that the computer shows; a wrong one refuses the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!([17, 42, 86]))]
    match_numbers: Option<Vec<i64>>,
    /// The request comes from another country or a new place: `confirm` wants the password too.
    needs_password: bool,
}

/// Takes a code up and tells who asks. From then on only this session may decide.
#[utoipa::path(post, path = "/api/qr-auth/scanning", tag = "qr", request_body = Code, security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Scanned), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody, description = "This session was itself opened by a QR code and is not confirmed"),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody, description = "Taken up by another phone, or decided"),
    (status = 410, body = ErrorBody, description = "Expired or superseded"), (status = 429, body = ErrorBody)))]
async fn scan(
    State(qr): State<QrLogin>,
    context: Context,
    actor: Actor,
    visitor: Visitor,
    asked: Asked,
    Input(Code { code }): Input<Code>,
) -> Result<Response> {
    match approving::scan(&qr, &actor, &visitor, &code).await {
        Ok(scanned) => {
            let json = axum::Json(Scanned {
                requester: Requester::new(&scanned.request, scanned.risk, context.lang),
                match_numbers: scanned.choices(),
                needs_password: scanned.risk.is_high(),
            });
            asked.shown(json, async |ui| Ok(decide(ui, code, &scanned, FormView::new()))).await
        }
        Err(error) => asked.refused(error, async |ui, error| over(ui, error)).await,
    }
}

#[derive(Serialize, ToSchema)]
struct Confirmed {
    success: bool,
    #[schema(example = "Вход подтверждён")]
    message: &'static str,
}

/// Approves: the computer is signed in to this account.
#[utoipa::path(post, path = "/api/qr-auth/confirm", tag = "qr", request_body = Decision, security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Confirmed), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody, description = "The password is needed, or this session may not approve"),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody, description = "Decided, taken up by another phone, or the wrong number"),
    (status = 410, body = ErrorBody, description = "Expired or superseded"), (status = 422, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn confirm(
    State(qr): State<QrLogin>,
    context: Context,
    actor: Actor,
    visitor: Visitor,
    asked: Asked,
    Input(decision): Input<Decision>,
) -> Result<Response> {
    let Err(error) = approving::confirm(&qr, &actor, &visitor, &decision).await else {
        let json = axum::Json(Confirmed { success: true, message: context.lang.t("message-qr-confirmed") });
        return asked.shown(json, async |ui| Ok(done(ui, "qr-approved"))).await;
    };
    let page = async |ui: Ui, error: Error| {
        if error.fields.is_empty() {
            return over(ui, error);
        }
        // The person can mend it: the same question again.
        let form = form_with(&ui, error, [])?;
        match approving::scan(&qr, &actor, &visitor, &decision.code).await {
            Ok(scanned) => Ok(decide(ui, decision.code, &scanned, form)),
            Err(error) => over(ui, error),
        }
    };
    asked.refused(error, page).await
}

#[derive(Default, Deserialize, ToSchema)]
struct Reject {
    #[serde(default)]
    #[schema(required = true, example = "q4uKcVqUyZ1dE0m3W8sT5rXoLh2JbN7fPgAiCkDvYwM")]
    code: String,
    /// The owner of the account knows nothing of this request.
    #[serde(default)]
    report: bool,
}

/// Says no.
#[utoipa::path(post, path = "/api/qr-auth/reject", tag = "qr", request_body = Reject, security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Message), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 410, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn reject(
    State(qr): State<QrLogin>,
    context: Context,
    actor: Actor,
    visitor: Visitor,
    asked: Asked,
    Input(body): Input<Reject>,
) -> Result<Response> {
    match approving::reject(&qr, &actor, &visitor, &body.code, body.report).await {
        Ok(()) => {
            let json = Message::of(context.lang, "message-qr-rejected");
            asked.shown(json, async |ui| Ok(done(ui, "qr-declined"))).await
        }
        Err(error) => asked.refused(error, async |ui, error| over(ui, error)).await,
    }
}

/// Says why nothing more can come of the code.
fn over(ui: Ui, error: Error) -> Result<Response> {
    if error.kind.is_ours() || error.kind == Kind::TooManyRequests {
        return Err(error);
    }
    let (text, refused) = (error.text(ui.lang), error.code == codes::QR_WRONG_NUMBER);
    // A wrong number did change something: the computer stays out.
    let title = if refused { "qr-declined" } else { "qr-over-title" };
    let stage = Stage::Over { title: ui.t(title).into(), text };
    Ok((error.status(), page(ui, String::new(), stage, FormView::new())).into_response())
}

fn done(ui: Ui, key: &str) -> Response {
    let stage = Stage::Done(ui.t(key).into());
    page(ui, String::new(), stage, FormView::new()).into_response()
}

fn page(ui: Ui, code: String, stage: Stage, form: FormView) -> Html<QrApprovePage> {
    Html(QrApprovePage { ui, code, stage, form })
}

/// A computer is often called by its system's name already.
fn said_once(names: [String; 3]) -> String {
    let [device, os, browser] = names;
    let both = if os.starts_with(&device) { os } else { format!("{device} · {os}") };
    format!("{both} · {browser}")
}

fn decide(ui: Ui, code: String, scanned: &approving::Scanned, form: FormView) -> Response {
    let who = Requester::new(&scanned.request, scanned.risk, ui.lang);
    let distance = if who.same_network {
        ui.t("qr-same-network")
    } else if who.another_country {
        ui.t("qr-another-country")
    } else if who.new_place {
        ui.t("qr-new-place")
    } else if scanned.risk.another_network {
        ui.t("qr-other-network")
    } else {
        ui.t("qr-unknown-network")
    };
    let question = Question {
        device: said_once([who.device, who.os, who.browser]),
        place: who.location,
        ip: ui.address(&who.ip),
        created_ms: who.created_at.0,
        distance,
        risky: scanned.risk.is_high(),
        choices: scanned.choices().unwrap_or_default(),
    };
    page(ui, code, Stage::Decide(Box::new(question)), form).into_response()
}
