//! An owner's own name for a device.

use axum::{
    extract::State,
    response::{Redirect, Response},
    routing::post,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Sessions,
    cache::SESSION_CHANGED,
    show::{self, PAGE},
    store,
};
use crate::{
    platform::{
        base::{
            actor::Actor,
            error::{Error, Result},
            text::line,
        },
        data::events::Event,
        web::{
            asked::{Asked, Input, Message},
            extract::{Context, Id, form_with},
            render::ErrorBody,
            ui::{Form, Ui},
        },
    },
    session::codes,
};

pub fn routes() -> OpenApiRouter<Sessions> {
    OpenApiRouter::new().routes(routes!(rename)).route("/dashboard/settings/sessions/{id}/name", post(rename))
}

#[derive(Deserialize, ToSchema)]
struct NewName {
    /// At most 64 characters; an empty one takes the name away.
    #[schema(example = "Рабочий ноутбук", max_length = 64)]
    name: String,
}

/// Gives a session its owner's name for the device.
#[utoipa::path(patch, path = "/api/sessions/{id}", tag = "sessions", params(("id" = i64, Path)), request_body = NewName,
    security(("bearer" = []), ("cookie" = [])), responses((status = 200, body = Message), (status = 401, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)))]
async fn rename(
    State(sessions): State<Sessions>,
    context: Context,
    actor: Actor,
    asked: Asked,
    Id(id): Id,
    Input(body): Input<NewName>,
) -> Result<Response> {
    let Err(error) = set_name(&sessions, &actor, id, &body.name).await else {
        return Ok(asked.answer(Message::of(context.lang, "message-session-renamed"), Redirect::to(PAGE)));
    };
    let page = async |ui: Ui, error: Error| {
        // The page has a field for each session, and one place for what is wrong.
        let form = match error.fields.first_key_value() {
            Some((_, key)) => Form::new().with_message(error.say(ui.lang, key)),
            None => form_with(&ui, error, [])?,
        };
        show::page_with(&sessions, ui, &actor, form).await
    };
    asked.refused(error, page).await
}

async fn set_name(sessions: &Sessions, actor: &Actor, session: i64, name: &str) -> Result<()> {
    let name = line(name);
    if name.chars().count() > 64 {
        return Err(Error::invalid().field("name", "field-name-length"));
    }
    let mut tx = sessions.db.begin().await?;
    let name = (!name.is_empty()).then_some(&*name);
    if !store::rename(&mut tx, actor.user, session, name).await? {
        return Err(Error::not_found(codes::SESSION_NOT_FOUND));
    }
    tx.emit(Event { kind: SESSION_CHANGED, id: session, user: actor.user });
    Ok(tx.commit().await?)
}
