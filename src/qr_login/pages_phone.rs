//! The phone's pages: who asks, yes or no. Opening the page changes nothing (qr_14).

use crate::{
    platform::{
        base::{
            actor::Actor,
            error::{Error, Kind, Result},
        },
        web::{
            Html,
            extract::{Form, Query, Visitor, form_with},
            ui::{Form as FormView, Ui},
        },
    },
    qr_login::codes,
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{
    QrLogin,
    approving::{self, Decision, Scanned},
    model::Requester,
    views::{QrApprovePage, Question, Stage},
};

pub fn routes() -> OpenApiRouter<QrLogin> {
    Router::new()
        .route("/qr-login", get(open))
        .route("/qr-login/scan", post(scan))
        .route("/qr-login/confirm", post(confirm))
        .route("/qr-login/reject", post(reject))
        .into()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answered {
    code: String,
    number: Option<i64>,
    password: String,
    report: Option<String>,
}

async fn open(ui: Ui, _: Actor, headers: HeaderMap, Query(asked): Query<Answered>) -> impl IntoResponse {
    let foreign = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site" || site == "same-site");
    let page = QrApprovePage { ui, code: asked.code, stage: Stage::Ask { foreign }, form: FormView::new() };
    // The address holds the code: it goes to no other page (qr_16). With `no-referrer` browsers would also keep
    // from us that the form is ours: `Origin: null`, and over plain http there is nothing else to know it by.
    ([("referrer-policy", "strict-origin")], Html(page))
}

async fn scan(
    State(qr): State<QrLogin>,
    ui: Ui,
    actor: Actor,
    visitor: Visitor,
    Form(asked): Form<Answered>,
) -> Result<Response> {
    match approving::scan(&qr, &actor, &visitor, &asked.code).await {
        Ok(scanned) => Ok(decide(ui, asked.code, &scanned, FormView::new(), StatusCode::OK)),
        Err(error) => over(ui, error),
    }
}

async fn confirm(
    State(qr): State<QrLogin>,
    ui: Ui,
    actor: Actor,
    visitor: Visitor,
    Form(form): Form<Answered>,
) -> Result<Response> {
    let password = (!form.password.is_empty()).then_some(form.password.as_str());
    let decision = Decision { code: &form.code, number: form.number, password };
    match approving::confirm(&qr, &actor, &visitor, &decision).await {
        Ok(()) => Ok(page(ui, StatusCode::OK, |ui| Stage::Done(ui.t("qr-approved").into()))),
        // The person can mend it: the same question again.
        Err(error) if !error.fields.is_empty() => {
            let status = error.status();
            let shown = form_with(&ui, error, [])?;
            match approving::scan(&qr, &actor, &visitor, &form.code).await {
                Ok(scanned) => Ok(decide(ui, form.code, &scanned, shown, status)),
                Err(error) => over(ui, error),
            }
        }
        Err(error) => over(ui, error),
    }
}

async fn reject(
    State(qr): State<QrLogin>,
    ui: Ui,
    actor: Actor,
    visitor: Visitor,
    Form(form): Form<Answered>,
) -> Result<Response> {
    match approving::reject(&qr, &actor, &visitor, &form.code, form.report.is_some()).await {
        Ok(()) => Ok(page(ui, StatusCode::OK, |ui| Stage::Done(ui.t("qr-declined").into()))),
        Err(error) => over(ui, error),
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
    Ok(page(ui, error.status(), |ui| Stage::Over { title: ui.t(title).into(), text }))
}

/// A computer is often called by its system's name already.
fn said_once(names: [String; 3]) -> String {
    let [device, os, browser] = names;
    let both = if os.starts_with(&device) { os } else { format!("{device} · {os}") };
    format!("{both} · {browser}")
}

fn page(ui: Ui, status: StatusCode, stage: impl FnOnce(&Ui) -> Stage) -> Response {
    let stage = stage(&ui);
    (status, Html(QrApprovePage { ui, code: String::new(), stage, form: FormView::new() })).into_response()
}

fn decide(ui: Ui, code: String, scanned: &Scanned, form: FormView, status: StatusCode) -> Response {
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
    (status, Html(QrApprovePage { ui, code, stage: Stage::Decide(Box::new(question)), form })).into_response()
}
