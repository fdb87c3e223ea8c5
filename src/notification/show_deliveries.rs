//! What could not be delivered, for administrators: as JSON and as a page.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Notifications, deliveries,
    show::Pagination,
    views::{DeliveriesPage, DeliveryRow},
};
use crate::platform::{
    base::{
        clock::Timestamp,
        error::{Error, Result},
    },
    outbox::jobs_store::Failed,
    web::{
        Html, back_to_last,
        extract::{Admin, Query},
        render::ErrorBody,
        ui::Ui,
    },
};

pub const PAGE: &str = "/dashboard/admin/deliveries";
const PAGE_SIZE: i64 = 50;

pub fn routes() -> OpenApiRouter<Notifications> {
    OpenApiRouter::new().routes(routes!(list)).route(PAGE, get(page))
}

/// A delivery that was given up. What was to be delivered is sealed and not shown.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FailedView {
    id: i64,
    /// `mail`, `digest_mail`, `push` …
    kind: String,
    /// The mail address, or the account's id.
    target: String,
    tries: i64,
    error: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    failed_at: Timestamp,
}

impl From<Failed> for FailedView {
    fn from(job: Failed) -> Self {
        let Failed { id, kind, target, tries, created_at, failed_at, last_error } = job;
        Self { id, kind, target, tries, error: last_error, created_at, failed_at }
    }
}

#[derive(Serialize, ToSchema)]
struct DeliveriesAnswer {
    deliveries: Vec<FailedView>,
    /// How many wait for their turn or their next try.
    waiting: i64,
    pagination: Pagination,
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
}

/// Deliveries that were given up, newest first.
#[utoipa::path(get, path = "/api/admin/deliveries", tag = "admin", params(ListQuery), security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = DeliveriesAnswer), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 422, body = ErrorBody)))]
async fn list(
    State(notifications): State<Notifications>,
    _: Admin,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<DeliveriesAnswer>> {
    let (page, limit) = (query.page.unwrap_or(1), query.limit.unwrap_or(20));
    if page < 1 {
        return Err(Error::invalid().field("page", "field-choice-unknown"));
    }
    if !(1..=100).contains(&limit) {
        return Err(Error::invalid().field("limit", "field-limit-range"));
    }
    let found = deliveries::list(&notifications, page, limit).await?;
    Ok(axum::Json(DeliveriesAnswer {
        deliveries: found.failed.into_iter().map(FailedView::from).collect(),
        waiting: found.waiting,
        pagination: Pagination::new(page, limit, found.total),
    }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PageQuery {
    page: Option<i64>,
    done: String,
}

async fn page(
    State(notifications): State<Notifications>,
    ui: Ui,
    _: Admin,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    let page = query.page.unwrap_or(1).max(1);
    let found = deliveries::list(&notifications, page, PAGE_SIZE).await?;
    let notice = match query.done.as_str() {
        "retried" => Some(ui.t("deliveries-notice-retried")),
        "deleted" => Some(ui.t("deliveries-notice-deleted")),
        _ => None,
    };
    let pages = ((found.total + PAGE_SIZE - 1) / PAGE_SIZE).max(1);
    if let Some(back) = back_to_last(&ui.path, page, pages) {
        return Ok(back.into_response());
    }
    let rows = found.failed.into_iter().map(|job| row(job, &ui)).collect();
    Ok(Html(DeliveriesPage { ui, rows, total: found.total, waiting: found.waiting, page, pages, notice })
        .into_response())
}

fn row(job: Failed, ui: &Ui) -> DeliveryRow {
    let key = match job.kind.as_str() {
        "mail" | "digest" | "digest_mail" => "delivery-kind-mail",
        "push" => "delivery-kind-push",
        _ => "delivery-kind-notice",
    };
    DeliveryRow {
        id: job.id,
        kind: ui.t(key),
        is_account: job.target.parse::<i64>().is_ok(),
        target: job.target,
        error: job.last_error.unwrap_or_default(),
        tries: job.tries,
        created_ms: job.created_at.0,
        failed_ms: job.failed_at.0,
    }
}
