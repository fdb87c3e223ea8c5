//! The page on which a person chooses what reaches them, and how.

use std::collections::BTreeMap;

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{
    Notifications,
    choosing::{self, Change, Choices},
    model::{Channel, Kind},
    quiet::QuietHours,
    subscribing,
    views::{ChoiceRow, NotificationSettingsPage},
};
use crate::{
    platform::{
        base::{actor::Actor, error::Result},
        web::{
            Html,
            extract::{Form, Query},
            ui::{Form as FormView, Ui},
        },
    },
    session::proof::Proven,
};

pub const PAGE: &str = "/dashboard/settings/notifications";

pub fn routes() -> OpenApiRouter<Notifications> {
    Router::new().route(PAGE, get(page).post(save)).into()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Saved {
    saved: bool,
}

async fn page(
    State(notifications): State<Notifications>,
    ui: Ui,
    actor: Actor,
    Query(query): Query<Saved>,
) -> Result<Html<NotificationSettingsPage>> {
    let choices = choosing::of_actor(&notifications, &actor).await?;
    let (on, from, to) = match choices.quiet {
        Some(hours) => ("1", hours.from(), hours.to()),
        None => ("", "22:00".into(), "08:00".into()),
    };
    let form = FormView::filled([("quiet", on), ("quietFrom", &from), ("quietTo", &to)]);
    let rows = rows(&choices, &ui, |kind, channel| choices.is_on(kind, channel));
    show(&notifications, ui, form, rows, query.saved).await
}

async fn show(
    notifications: &Notifications,
    ui: Ui,
    form: FormView,
    rows: Vec<ChoiceRow>,
    saved: bool,
) -> Result<Html<NotificationSettingsPage>> {
    let push_key = subscribing::public_key(notifications).await?;
    Ok(Html(NotificationSettingsPage { ui, rows, form, push_key, saved }))
}

fn rows(choices: &Choices, ui: &Ui, is_on: impl Fn(Kind, Channel) -> bool) -> Vec<ChoiceRow> {
    let row = |kind: Kind| ChoiceRow {
        label: ui.t(&kind.text_key()),
        ways: Channel::ALL.map(|channel| (name(kind, channel), is_on(kind, channel), kind.rule(channel))),
    };
    choices.kinds.keys().map(|kind| row(*kind)).collect()
}

/// The name of a checkbox.
fn name(kind: Kind, channel: Channel) -> String {
    format!("{}.{}", kind.as_str(), channel.as_str())
}

/// A checkbox that is not ticked is not sent.
async fn save(
    State(notifications): State<Notifications>,
    ui: Ui,
    actor: Proven,
    Form(form): Form<BTreeMap<String, String>>,
) -> Result<Response> {
    let choices = choosing::of_actor(&notifications, &actor).await?;
    let is_on = |kind: Kind, channel| kind.rule(channel).with(Some(form.contains_key(&name(kind, channel))));
    let text = |name: &str| form.get(name).map_or("", String::as_str);
    let quiet = match form.contains_key("quiet") {
        true => QuietHours::parse(text("quietFrom"), text("quietTo")).map(Some),
        false => Some(None),
    };
    let Some(quiet) = quiet else {
        let typed = ["quiet", "quietFrom", "quietTo"].map(|name| (name, text(name)));
        let shown = FormView::filled(typed).with_error("quietTo", ui.t("field-quiet-hours"));
        let rows = rows(&choices, &ui, is_on);
        let page = show(&notifications, ui, shown, rows, false).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let every = choices.kinds.keys().flat_map(|kind| Channel::ALL.map(|channel| (*kind, channel)));
    let kinds = every.map(|(kind, channel)| (kind, channel, is_on(kind, channel))).collect();
    choosing::change(&notifications, &actor, &Change { kinds, quiet: Some(quiet) }).await?;
    Ok(Redirect::to("/dashboard/settings/notifications?saved=true").into_response())
}
