//! `/prove`: the password again, for a script that was refused and for whoever wants to give it beforehand.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{Sessions, proof::Proven, views::ProofPage};
use crate::platform::{
    base::actor::Actor,
    web::{
        Html,
        extract::{Form, Query},
        own_path,
        ui::{Form as FormView, Ui},
    },
};

const PAGE: &str = "/prove";

pub fn routes() -> OpenApiRouter<Sessions> {
    Router::new().route(PAGE, get(page).post(go_on)).into()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Next {
    next: String,
}

async fn page(State(sessions): State<Sessions>, ui: Ui, actor: Actor, Query(query): Query<Next>) -> Response {
    let now = sessions.clock.now();
    let back = own_path(&query.next).to_owned();
    if actor.proven_until(now).is_some() {
        return Redirect::to(&back).into_response();
    }
    let typed = vec![("next".to_owned(), back.clone())];
    let unconfirmed = actor.is_unconfirmed(now);
    Html(ProofPage { ui, form: FormView::new(), action: PAGE.to_owned(), typed, back, unconfirmed }).into_response()
}

/// The password was taken on the way here.
async fn go_on(_: Proven, Form(form): Form<Next>) -> Redirect {
    Redirect::to(own_path(&form.next))
}
