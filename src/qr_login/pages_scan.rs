//! `/scan`: a signed-in phone reads the code on a computer's screen, by its camera or by a photo.

use crate::platform::{
    base::{
        actor::Actor,
        error::{Kind, Result},
    },
    web::{
        Html,
        extract::form_with,
        ui::{Form, Ui},
    },
};
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use utoipa_axum::router::OpenApiRouter;

use super::{QrLogin, api_photo::Photo, asking, views::QrScanPage};

pub fn routes() -> OpenApiRouter<QrLogin> {
    Router::new().route("/scan", get(open).post(read)).into()
}

async fn open(State(qr): State<QrLogin>, ui: Ui, _: Actor) -> Html<QrScanPage> {
    Html(page(&qr, ui, Form::new()))
}

/// The form of the page, as a browser without scripts sends it.
async fn read(State(qr): State<QrLogin>, ui: Ui, _: Actor, photo: Result<Photo>) -> Result<Response> {
    let found = match photo {
        Ok(Photo(photo)) => asking::read_photo(&qr, photo).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(code) => Ok(Redirect::to(&format!("/qr-login?code={code}")).into_response()),
        Err(error) if error.kind == Kind::TooManyRequests => Err(error),
        Err(error) => {
            let status = error.status();
            let form = form_with(&ui, error, [])?;
            Ok((status, Html(page(&qr, ui, form))).into_response())
        }
    }
}

fn page(qr: &QrLogin, ui: Ui, form: Form) -> QrScanPage {
    QrScanPage { ui, form, links: asking::links(qr).join(" ") }
}
