//! What somebody was told: as JSON, and as the page that the bell leads to.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Notifications, actions,
    model::{Kind, Notice},
    texts,
    views::{NoticeRow, NotificationsPage},
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
        Html, back_to_last,
        extract::{Context, Query},
        render::ErrorBody,
        ui::Ui,
    },
};

pub const PAGE: &str = "/dashboard/notifications";
const PAGE_SIZE: i64 = 20;

pub fn routes() -> OpenApiRouter<Notifications> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(unread_count)).route(PAGE, get(page))
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Filter {
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
