//! What a person chooses: which kinds reach them by which way, and when they want quiet. As JSON, and as the page of
//! boxes to tick.

use std::collections::BTreeMap;

use axum::{
    extract::{FromRequest, Request, State},
    response::{Redirect, Response},
    routing::get,
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use utoipa::{
    ToSchema,
    openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Notifications,
    model::{Channel, Kind, Rule},
    quiet::QuietHours,
    store_push, store_settings, subscribing,
    views::{ChoiceRow, NotificationSettingsPage},
};
use crate::{
    platform::{
        base::{
            actor::{Actor, Role},
            error::{Error, Result},
        },
        web::{
            Html,
            asked::{Asked, is_program},
            extract::{Form, Json, Query},
            render::ErrorBody,
            ui::{Form as FormView, Ui},
        },
    },
    session::proof::Proven,
};

pub const PAGE: &str = "/dashboard/settings/notifications";

pub fn routes() -> OpenApiRouter<Notifications> {
    OpenApiRouter::new().routes(routes!(settings, set_settings)).route(PAGE, get(page).post(set_settings))
}

/// Kind → way → on.
type Kinds = BTreeMap<Kind, BTreeMap<Channel, bool>>;

#[derive(Serialize, ToSchema)]
struct SettingsAnswer {
    success: bool,
    data: SettingsView,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SettingsView {
    /// Kind → way → on. There are only the kinds that concern the actor.
    #[schema(value_type = BTreeMap<String, BTreeMap<String, bool>>, example = json!({ "ticket_reply": { "inApp": true, "mail": true, "push": true } }))]
    kinds: Kinds,
    quiet_hours: Option<Hours>,
    /// How many devices take push messages.
    devices: i64,
}

/// Times of the day in the account's time zone.
#[derive(Serialize, Deserialize, ToSchema)]
struct Hours {
    #[schema(example = "22:00", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    from: String,
    #[schema(example = "08:00", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    to: String,
}

/// Everything that is chosen; defaults filled in.
async fn of_actor(notifications: &Notifications, actor: &Actor) -> Result<SettingsView> {
    let (db, user) = (&notifications.db, actor.user);
    let mut kinds = kinds_for(actor.role, |kind, way| kind.rule(way).with(None));
    for (kind, way, on) in store_settings::of_user(db, user).await? {
        if let Some(ways) = kinds.get_mut(&kind) {
            ways.insert(way, kind.rule(way).with(Some(on)));
        }
    }
    let quiet_hours = store_settings::quiet_hours(db, user).await?;
    let quiet_hours = quiet_hours.map(|hours| Hours { from: hours.from(), to: hours.to() });
    Ok(SettingsView { kinds, quiet_hours, devices: store_push::count(db, user).await? })
}

/// The kinds that concern a role.
fn kinds_for(role: Role, is_on: impl Fn(Kind, Channel) -> bool) -> Kinds {
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.is_for(role));
    kinds.map(|kind| (kind, Channel::ALL.map(|way| (way, is_on(kind, way))).into())).collect()
}

/// Which kinds reach the actor by which way.
#[utoipa::path(get, path = "/api/notifications/settings", tag = "notifications", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = SettingsAnswer), (status = 401, body = ErrorBody)))]
async fn settings(State(notifications): State<Notifications>, actor: Actor) -> Result<axum::Json<SettingsAnswer>> {
    Ok(axum::Json(SettingsAnswer { success: true, data: of_actor(&notifications, &actor).await? }))
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
    let chosen = of_actor(&notifications, &actor).await?;
    let form = FormView::filled(quiet_fields(chosen.quiet_hours.as_ref()));
    page_with(&notifications, ui, form, &chosen.kinds, query.saved).await
}

fn quiet_fields(hours: Option<&Hours>) -> [(&'static str, String); 3] {
    let (on, from, to) = match hours {
        Some(hours) => ("1", &*hours.from, &*hours.to),
        None => ("", "22:00", "08:00"),
    };
    [("quiet", on.to_owned()), ("quietFrom", from.to_owned()), ("quietTo", to.to_owned())]
}

async fn page_with(
    notifications: &Notifications,
    ui: Ui,
    form: FormView,
    kinds: &Kinds,
    saved: bool,
) -> Result<Html<NotificationSettingsPage>> {
    let row = |(kind, ways): (&Kind, &BTreeMap<Channel, bool>)| ChoiceRow {
        label: ui.t(&kind.text_key()),
        ways: Channel::ALL.map(|way| (name(*kind, way), ways.get(&way) == Some(&true), kind.rule(way))),
    };
    let rows = kinds.iter().map(row).collect();
    let push_key = subscribing::public_key(notifications).await?;
    Ok(Html(NotificationSettingsPage { ui, rows, form, push_key, saved }))
}

/// The name of a checkbox.
fn name(kind: Kind, channel: Channel) -> String {
    format!("{}.{}", kind.as_str(), channel.as_str())
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SettingsChange {
    #[serde(default)]
    #[schema(schema_with = change_of_kinds)]
    kinds: Kinds,
    /// `null` ends them; not given, they stay.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Hours>)]
    quiet_hours: Option<Option<Hours>>,
}

/// The kinds and their ways, each with what may be chosen.
fn change_of_kinds() -> ObjectBuilder {
    let kinds = Kind::ALL.into_iter().fold(of_these_only(), |kinds, kind| {
        let ways = Channel::ALL.into_iter();
        kinds.property(
            kind.as_str(),
            ways.fold(of_these_only(), |ways, way| ways.property(way.as_str(), choice(kind.rule(way)))),
        )
    });
    let example = json!({ "ticket_status": { "mail": false } });
    kinds.description(Some("What is not named stays.")).examples([example])
}

fn of_these_only() -> ObjectBuilder {
    let none = AdditionalProperties::<Schema>::FreeForm(false);
    ObjectBuilder::new().schema_type(Type::Object).additional_properties(Some(none))
}

fn choice(rule: Rule) -> ObjectBuilder {
    let boolean = ObjectBuilder::new().schema_type(Type::Boolean);
    match rule {
        Rule::Always => boolean.enum_values(Some([true])),
        Rule::Never => boolean.enum_values(Some([false])),
        Rule::Choice { .. } => boolean,
    }
}

/// Tells `null` from what is not there.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<Option<Hours>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl SettingsChange {
    /// As the boxes of the page are ticked: one that is not is not sent.
    fn ticked(form: &BTreeMap<String, String>, role: Role) -> Self {
        let is_on = |kind: Kind, way| kind.rule(way).with(Some(form.contains_key(&name(kind, way))));
        let text = |name: &str| form.get(name).cloned().unwrap_or_default();
        let hours = form.contains_key("quiet").then(|| Hours { from: text("quietFrom"), to: text("quietTo") });
        Self { kinds: kinds_for(role, is_on), quiet_hours: Some(hours) }
    }

    fn each(&self) -> impl Iterator<Item = (Kind, Channel, bool)> {
        self.kinds.iter().flat_map(|(kind, ways)| ways.iter().map(|(way, on)| (*kind, *way, *on)))
    }

    /// The quiet hours to be: `Some(None)` ends them.
    ///
    /// # Errors
    /// 422 with the field: `kinds`, `quietHours`.
    fn checked(&self) -> Result<Option<Option<QuietHours>>> {
        let mut error = Error::invalid();
        for (kind, way, on) in self.each() {
            match kind.rule(way) {
                Rule::Always if !on => error = error.field("kinds", "field-security-mail"),
                Rule::Never if on => error = error.field("kinds", "field-push-only"),
                _ => {}
            }
        }
        let Some(Some(hours)) = &self.quiet_hours else {
            return error.or_ok().map(|()| self.quiet_hours.as_ref().map(|_| None));
        };
        let quiet = QuietHours::parse(&hours.from, &hours.to);
        if quiet.is_none() {
            error = error.field("quietHours", "field-quiet-hours");
        }
        error.or_ok().map(|()| Some(quiet))
    }
}

/// Changes what is given.
#[utoipa::path(put, path = "/api/notifications/settings", tag = "notifications", request_body = SettingsChange,
    security(("bearer" = []), ("cookie" = [])), responses((status = 200, body = SettingsAnswer), (status = 401, body = ErrorBody),
    (status = 403, body = ErrorBody, description = "`proof_required`"),
    (status = 422, body = ErrorBody, description = "Unknown kind or way, no times of day, or a security mail switched off")))]
async fn set_settings(
    State(notifications): State<Notifications>,
    owner: Proven,
    asked: Asked,
    request: Request,
) -> Result<Response> {
    let change = read(request, owner.role).await?;
    match save(&notifications, &owner, &change).await {
        Ok(data) => {
            let to = Redirect::to("/dashboard/settings/notifications?saved=true");
            Ok(asked.answer(axum::Json(SettingsAnswer { success: true, data }), to))
        }
        Err(error) => {
            let typed = quiet_fields(change.quiet_hours.as_ref().and_then(Option::as_ref));
            let page = async |ui, form: FormView| {
                // The page has two fields for them.
                let wrong = form.error("quietHours").map(str::to_owned);
                let form = wrong.into_iter().fold(form, |form, text| form.with_error("quietTo", text));
                page_with(&notifications, ui, form, &change.kinds, false).await
            };
            asked.again(error, typed, page).await
        }
    }
}

/// What a program names, or the boxes that are ticked.
async fn read(request: Request, role: Role) -> Result<SettingsChange> {
    if is_program(request.uri().path()) {
        return <Json<_> as FromRequest<()>>::from_request(request, &()).await.map(|Json(change)| change);
    }
    Form::from_request(request, &()).await.map(|Form(form)| SettingsChange::ticked(&form, role))
}

async fn save(notifications: &Notifications, owner: &Proven, change: &SettingsChange) -> Result<SettingsView> {
    let quiet = change.checked()?;
    let mut tx = notifications.db.begin().await?;
    for (kind, way, on) in change.each() {
        store_settings::set(&mut tx, owner.user, kind, way, on).await?;
    }
    if let Some(hours) = quiet {
        store_settings::set_quiet_hours(&mut tx, owner.user, hours).await?;
    }
    tx.commit().await?;
    of_actor(notifications, owner).await
}
