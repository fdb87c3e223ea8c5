//! `/unsubscribe`: the page behind the link in mails. Opening it changes nothing, for mail programs
//! open links by themselves; the button does, or the one click of a mail program (RFC 8058), which
//! posts to the same address without a page.

use axum::{Router, extract::State, routing::get};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{
    Notifications,
    unsubscribing::{self, Unsubscription},
    views::UnsubscribePage,
};
use crate::platform::{
    base::error::Result,
    web::{Html, extract::Query, ui::Ui},
};

pub fn routes() -> OpenApiRouter<Notifications> {
    Router::new().route("/unsubscribe", get(page).post(unsubscribe)).into()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Token {
    t: String,
}

async fn page(
    State(notifications): State<Notifications>,
    ui: Ui,
    Query(query): Query<Token>,
) -> Result<Html<UnsubscribePage>> {
    let wanted = unsubscribing::read(&notifications, &query.t).await?;
    Ok(show(ui, query.t, &wanted, false))
}

async fn unsubscribe(
    State(notifications): State<Notifications>,
    ui: Ui,
    Query(query): Query<Token>,
) -> Result<Html<UnsubscribePage>> {
    let wanted = unsubscribing::unsubscribe(&notifications, &query.t).await?;
    Ok(show(ui, query.t, &wanted, true))
}

fn show(ui: Ui, token: String, wanted: &Unsubscription, done: bool) -> Html<UnsubscribePage> {
    let label = |kind: &super::model::Kind| ui.t(&kind.text_key());
    let kinds = wanted.kinds.iter().map(label).map(str::to_owned).collect();
    Html(UnsubscribePage { ui, token, kinds, done })
}
