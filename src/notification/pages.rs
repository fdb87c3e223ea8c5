//! The page of notifications and what its forms do.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{
    Notifications, actions,
    api::Filter,
    model::Notice,
    texts,
    views::{NoticeRow, NotificationsPage},
};
use crate::platform::{
    base::{
        actor::Actor,
        error::Result,
        public_id::{PublicId, Seal},
    },
    web::{
        Html, back_to_last,
        extract::{Form, Id, Query},
        own_path,
        ui::Ui,
    },
};

pub const PAGE: &str = "/dashboard/notifications";
const PAGE_SIZE: i64 = 20;

pub fn routes() -> OpenApiRouter<Notifications> {
    Router::new()
        .route(PAGE, get(page))
        .route("/dashboard/notifications/{id}/read", post(read))
        .route("/dashboard/notifications/{id}/delete", post(delete))
        .route("/dashboard/notifications/read-all", post(read_all))
        .route("/dashboard/notifications/delete-read", post(delete_read))
        .into()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PageQuery {
    filter: Filter,
    page: Option<i64>,
}

async fn page(
    State(notifications): State<Notifications>,
    ui: Ui,
    actor: Actor,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    let (page, unread_only) = (query.page.unwrap_or(1).max(1), query.filter == Filter::Unread);
    let listed = actions::list(&notifications, &actor, unread_only, page, PAGE_SIZE).await?;
    let unread = actions::unread_count(&notifications, &actor).await?;
    let pages = ((listed.total + PAGE_SIZE - 1) / PAGE_SIZE).max(1);
    if let Some(back) = back_to_last(&ui.path, page, pages) {
        return Ok(back.into_response());
    }
    let notices = listed.notices.iter().map(|notice| row(notice, &notifications.db.seal, &ui)).collect();
    Ok(Html(NotificationsPage { ui, notices, unread, unread_only, page, pages }).into_response())
}

/// A notification as a row of the list.
pub fn row(notice: &Notice, seal: &Seal, ui: &Ui) -> NoticeRow {
    let facts = notice.facts();
    NoticeRow {
        id: notice.number(seal),
        icon: notice.kind.icon(),
        title: texts::title(ui.lang, notice.kind, &facts),
        text: texts::body(ui.lang, notice.kind, &facts),
        url: notice.url(),
        created_ms: notice.created_at.0,
        is_read: notice.read_at.is_some(),
        is_security: notice.kind.is_security(),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Back {
    back: String,
}

impl Back {
    /// The page that the form was on.
    fn redirect(&self) -> Redirect {
        Redirect::to(if self.back.is_empty() { PAGE } else { own_path(&self.back) })
    }
}

async fn read(
    State(notifications): State<Notifications>,
    actor: Actor,
    Id(id): Id,
    Form(form): Form<Back>,
) -> Result<Redirect> {
    actions::read(&notifications, &actor, PublicId(id)).await?;
    Ok(form.redirect())
}

async fn delete(
    State(notifications): State<Notifications>,
    actor: Actor,
    Id(id): Id,
    Form(form): Form<Back>,
) -> Result<Redirect> {
    actions::delete(&notifications, &actor, PublicId(id)).await?;
    Ok(form.redirect())
}

async fn read_all(
    State(notifications): State<Notifications>,
    actor: Actor,
    Form(form): Form<Back>,
) -> Result<Redirect> {
    actions::read_all(&notifications, &actor).await?;
    Ok(form.redirect())
}

async fn delete_read(State(notifications): State<Notifications>, actor: Actor) -> Result<Redirect> {
    actions::delete_read(&notifications, &actor).await?;
    Ok(Redirect::to(PAGE))
}
