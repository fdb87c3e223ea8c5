//! What people do with what they were told: mark it as read, remove it.

use axum::{
    extract::{FromRequest, Request, State},
    response::{Redirect, Response},
    routing::post,
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Notifications, events, live,
    model::NOTICE,
    show::{Counted, Done, PAGE},
    store,
};
use crate::{
    notification::codes,
    platform::{
        base::{
            actor::Actor,
            error::{Error, Result},
            public_id::PublicId,
        },
        web::{
            asked::{Asked, is_program},
            extract::{Form, Id},
            own_path,
            render::ErrorBody,
        },
    },
};

pub fn routes() -> OpenApiRouter<Notifications> {
    OpenApiRouter::new()
        .routes(routes!(read))
        .route("/dashboard/notifications/{id}/read", post(read))
        .routes(routes!(read_all))
        .route("/dashboard/notifications/read-all", post(read_all))
        .routes(routes!(delete))
        .route("/dashboard/notifications/{id}/delete", post(delete))
        .routes(routes!(delete_read))
        .route("/dashboard/notifications/delete-read", post(delete_read))
}

/// The page that a form was on. Programs send nothing that is read.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Back {
    back: String,
}

impl Back {
    fn redirect(&self) -> Redirect {
        Redirect::to(if self.back.is_empty() { PAGE } else { own_path(&self.back) })
    }
}

impl<S: Send + Sync> FromRequest<S> for Back {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        if is_program(request.uri().path()) {
            return Ok(Self::default());
        }
        Form::from_request(request, state).await.map(|Form(back)| back)
    }
}

/// Marks one as read.
#[utoipa::path(post, path = "/api/notifications/{id}/read", tag = "notifications", params(("id" = i64, Path)),
    security(("bearer" = []), ("cookie" = [])), responses((status = 200, body = Done), (status = 401, body = ErrorBody),
    (status = 404, body = ErrorBody, description = "Unknown, or another user's")))]
async fn read(
    State(notifications): State<Notifications>,
    actor: Actor,
    asked: Asked,
    Id(id): Id,
    back: Back,
) -> Result<Response> {
    let id = notifications.db.seal.find(NOTICE, PublicId(id));
    let mut tx = notifications.db.begin().await?;
    if !store::read(&mut tx, actor.user, actor.role.is_staff(), id, notifications.clock.now()).await? {
        return Err(Error::not_found(codes::NOTIFICATION_NOT_FOUND));
    }
    live::record(&mut tx, events::READ, id, actor.user, 0);
    tx.commit().await?;
    Ok(asked.answer(Done::ok(), back.redirect()))
}

/// Marks all as read and says how many were not.
#[utoipa::path(post, path = "/api/notifications/read-all", tag = "notifications", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Counted), (status = 401, body = ErrorBody)))]
async fn read_all(
    State(notifications): State<Notifications>,
    actor: Actor,
    asked: Asked,
    back: Back,
) -> Result<Response> {
    let mut tx = notifications.db.begin().await?;
    let read = store::read_all(&mut tx, actor.user, actor.role.is_staff(), notifications.clock.now()).await?;
    live::record(&mut tx, events::READ, 0, actor.user, 0);
    tx.commit().await?;
    Ok(asked.answer(Counted::of(read), back.redirect()))
}

/// Removes one.
#[utoipa::path(delete, path = "/api/notifications/{id}", tag = "notifications", params(("id" = i64, Path)),
    security(("bearer" = []), ("cookie" = [])), responses((status = 200, body = Done), (status = 401, body = ErrorBody),
    (status = 404, body = ErrorBody, description = "Unknown, or another user's")))]
async fn delete(
    State(notifications): State<Notifications>,
    actor: Actor,
    asked: Asked,
    Id(id): Id,
    back: Back,
) -> Result<Response> {
    let id = notifications.db.seal.find(NOTICE, PublicId(id));
    let mut tx = notifications.db.begin().await?;
    if !store::delete(&mut tx, actor.user, actor.role.is_staff(), id).await? {
        return Err(Error::not_found(codes::NOTIFICATION_NOT_FOUND));
    }
    live::record(&mut tx, events::DELETED, id, actor.user, 0);
    tx.commit().await?;
    Ok(asked.answer(Done::ok(), back.redirect()))
}

/// Removes all that is read and says how many it was.
#[utoipa::path(delete, path = "/api/notifications/read/all", tag = "notifications", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Counted), (status = 401, body = ErrorBody)))]
async fn delete_read(State(notifications): State<Notifications>, actor: Actor, asked: Asked) -> Result<Response> {
    let mut tx = notifications.db.begin().await?;
    let gone = store::delete_read(&mut tx, actor.user, actor.role.is_staff()).await?;
    live::record(&mut tx, events::DELETED, 0, actor.user, 0);
    tx.commit().await?;
    Ok(asked.answer(Counted::of(gone), Redirect::to(PAGE)))
}
