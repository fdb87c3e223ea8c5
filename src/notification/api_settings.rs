//! `/api/notifications/settings`: which kinds reach the actor by which way, and quiet hours.

use std::collections::BTreeMap;

use axum::extract::State;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use utoipa::{
    ToSchema,
    openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Notifications,
    choosing::{self, Change, Choices},
    model::{Channel, Kind, Rule},
    quiet::QuietHours,
};
use crate::{
    platform::{
        base::{
            actor::Actor,
            error::{Error, Result},
        },
        web::{extract::Json, render::ErrorBody},
    },
    session::proof::Proven,
};

pub fn routes() -> OpenApiRouter<Notifications> {
    OpenApiRouter::new().routes(routes!(settings, set_settings))
}

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
    kinds: BTreeMap<Kind, BTreeMap<Channel, bool>>,
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

impl From<Choices> for SettingsAnswer {
    fn from(choices: Choices) -> Self {
        let quiet_hours = choices.quiet.map(|hours| Hours { from: hours.from(), to: hours.to() });
        Self { success: true, data: SettingsView { kinds: choices.kinds, quiet_hours, devices: choices.devices } }
    }
}

/// Which kinds reach the actor by which way.
#[utoipa::path(get, path = "/api/notifications/settings", tag = "notifications", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = SettingsAnswer), (status = 401, body = ErrorBody)))]
async fn settings(State(notifications): State<Notifications>, actor: Actor) -> Result<axum::Json<SettingsAnswer>> {
    Ok(axum::Json(choosing::of_actor(&notifications, &actor).await?.into()))
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SettingsChange {
    #[serde(default)]
    #[schema(schema_with = change_of_kinds)]
    kinds: BTreeMap<Kind, BTreeMap<Channel, bool>>,
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

/// Changes what is given.
#[utoipa::path(put, path = "/api/notifications/settings", tag = "notifications", request_body = SettingsChange,
    security(("bearer" = []), ("cookie" = [])), responses((status = 200, body = SettingsAnswer), (status = 401, body = ErrorBody),
    (status = 403, body = ErrorBody, description = "`proof_required`"),
    (status = 422, body = ErrorBody, description = "Unknown kind or way, no times of day, or a security mail switched off")))]
async fn set_settings(
    State(notifications): State<Notifications>,
    actor: Proven,
    Json(body): Json<SettingsChange>,
) -> Result<axum::Json<SettingsAnswer>> {
    let kinds = body.kinds.into_iter().flat_map(|(kind, ways)| ways.into_iter().map(move |(way, on)| (kind, way, on)));
    let quiet = match body.quiet_hours {
        Some(Some(hours)) => Some(Some(
            QuietHours::parse(&hours.from, &hours.to)
                .ok_or_else(|| Error::invalid().field("quietHours", "field-quiet-hours"))?,
        )),
        Some(None) => Some(None),
        None => None,
    };
    let change = Change { kinds: kinds.collect(), quiet };
    Ok(axum::Json(choosing::change(&notifications, &actor, &change).await?.into()))
}
