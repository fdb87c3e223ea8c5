//! `/api/notifications`: what the actor was told, as JSON.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Notifications, actions,
    model::{Kind, Notice},
    texts,
};
use crate::platform::{
    base::{
        actor::Actor,
        clock::Timestamp,
        error::{Error, Result},
        i18n::Lang,
        public_id::{PublicId, Seal},
    },
    web::{
        extract::{Context, Id, Query},
        render::ErrorBody,
    },
};

pub fn routes() -> OpenApiRouter<Notifications> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(unread_count))
        .routes(routes!(read_all))
        .routes(routes!(read))
        .routes(routes!(delete_read))
        .routes(routes!(delete))
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Filter {
    #[default]
    All,
    Unread,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// From 1.
    #[param(minimum = 1)]
    page: Option<i64>,
    /// 1 to 100, 20 when not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    #[serde(default)]
    #[param(inline)]
    filter: Filter,
}

/// A notification in the reader's language.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoticeView {
    #[schema(value_type = i64)]
    id: PublicId,
    #[serde(rename = "type")]
    kind: Kind,
    #[schema(example = "Ответ в тикете «Сервер не отвечает»")]
    title: String,
    #[schema(example = "Мария Ковалёва: Перезагрузили узел, проверьте, пожалуйста.")]
    message: String,
    ticket_id: Option<i64>,
    /// The page that it is about.
    #[schema(example = "/dashboard/tickets-new/12")]
    action_url: String,
    is_read: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    read_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl NoticeView {
    pub fn of(notice: &Notice, seal: &Seal, lang: Lang) -> Self {
        let facts = notice.facts();
        Self {
            id: notice.number(seal),
            kind: notice.kind,
            title: texts::title(lang, notice.kind, &facts),
            message: texts::body(lang, notice.kind, &facts),
            ticket_id: notice.ticket_id,
            action_url: notice.url(),
            is_read: notice.read_at.is_some(),
            read_at: notice.read_at,
            created_at: notice.created_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    page: i64,
    limit: i64,
    total: i64,
    total_pages: i64,
    has_more: bool,
}

impl Pagination {
    pub fn new(page: i64, limit: i64, total: i64) -> Self {
        let total_pages = (total + limit - 1) / limit;
        Self { page, limit, total, total_pages, has_more: page < total_pages }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = NotificationList)]
struct ListAnswer {
    success: bool,
    data: Vec<NoticeView>,
    pagination: Pagination,
}

/// A page of the actor's notifications, newest first.
#[utoipa::path(get, path = "/api/notifications", tag = "notifications", params(ListQuery), security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = ListAnswer), (status = 401, body = ErrorBody), (status = 422, body = ErrorBody)))]
async fn list(
    State(notifications): State<Notifications>,
    context: Context,
    actor: Actor,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<ListAnswer>> {
    let (page, limit) = (query.page.unwrap_or(1), query.limit.unwrap_or(20));
    if page < 1 {
        return Err(Error::invalid().field("page", "field-choice-unknown"));
    }
    if !(1..=100).contains(&limit) {
        return Err(Error::invalid().field("limit", "field-limit-range"));
    }
    let listed = actions::list(&notifications, &actor, query.filter == Filter::Unread, page, limit).await?;
    Ok(axum::Json(ListAnswer {
        success: true,
        data: listed
            .notices
            .iter()
            .map(|notice| NoticeView::of(notice, &notifications.db.seal, context.lang))
            .collect(),
        pagination: Pagination::new(page, limit, listed.total),
    }))
}

#[derive(Serialize, ToSchema)]
pub struct Counted {
    pub success: bool,
    pub count: i64,
}

impl Counted {
    pub fn of(count: u64) -> axum::Json<Self> {
        axum::Json(Self { success: true, count: i64::try_from(count).unwrap_or(i64::MAX) })
    }
}

#[derive(Serialize, ToSchema)]
pub struct Done {
    pub success: bool,
}

impl Done {
    pub fn ok() -> axum::Json<Self> {
        axum::Json(Self { success: true })
    }
}

/// How many are unread.
#[utoipa::path(get, path = "/api/notifications/unread-count", tag = "notifications", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Counted), (status = 401, body = ErrorBody)))]
async fn unread_count(State(notifications): State<Notifications>, actor: Actor) -> Result<axum::Json<Counted>> {
    let count = actions::unread_count(&notifications, &actor).await?;
    Ok(axum::Json(Counted { success: true, count }))
}

/// Marks one as read.
#[utoipa::path(post, path = "/api/notifications/{id}/read", tag = "notifications", params(("id" = i64, Path)),
    security(("bearer" = []), ("cookie" = [])), responses((status = 200, body = Done), (status = 401, body = ErrorBody),
    (status = 404, body = ErrorBody, description = "Unknown, or another user's")))]
async fn read(State(notifications): State<Notifications>, actor: Actor, Id(id): Id) -> Result<axum::Json<Done>> {
    actions::read(&notifications, &actor, PublicId(id)).await?;
    Ok(Done::ok())
}

/// Marks all as read and says how many were not.
#[utoipa::path(post, path = "/api/notifications/read-all", tag = "notifications", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Counted), (status = 401, body = ErrorBody)))]
async fn read_all(State(notifications): State<Notifications>, actor: Actor) -> Result<axum::Json<Counted>> {
    Ok(Counted::of(actions::read_all(&notifications, &actor).await?))
}

/// Removes one.
#[utoipa::path(delete, path = "/api/notifications/{id}", tag = "notifications", params(("id" = i64, Path)),
    security(("bearer" = []), ("cookie" = [])), responses((status = 200, body = Done), (status = 401, body = ErrorBody),
    (status = 404, body = ErrorBody, description = "Unknown, or another user's")))]
async fn delete(State(notifications): State<Notifications>, actor: Actor, Id(id): Id) -> Result<axum::Json<Done>> {
    actions::delete(&notifications, &actor, PublicId(id)).await?;
    Ok(Done::ok())
}

/// Removes all that is read and says how many it was.
#[utoipa::path(delete, path = "/api/notifications/read/all", tag = "notifications", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Counted), (status = 401, body = ErrorBody)))]
async fn delete_read(State(notifications): State<Notifications>, actor: Actor) -> Result<axum::Json<Counted>> {
    Ok(Counted::of(actions::delete_read(&notifications, &actor).await?))
}
