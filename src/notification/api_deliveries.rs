//! `/api/admin/deliveries`: what could not be delivered, as JSON for administrators.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Notifications,
    api::{Counted, Pagination},
    deliveries,
};
use crate::{
    platform::{
        base::{
            clock::Timestamp,
            error::{Error, Result},
        },
        outbox::jobs_store::Failed,
        web::{
            extract::{Admin, Id, Query},
            render::ErrorBody,
        },
    },
    session::proof::Proven,
};

pub fn routes() -> OpenApiRouter<Notifications> {
    OpenApiRouter::new()
        .routes(routes!(list, forget_all))
        .routes(routes!(retry_all))
        .routes(routes!(retry))
        .routes(routes!(forget))
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

/// Gives one delivery all its tries again.
#[utoipa::path(post, path = "/api/admin/deliveries/{id}/retry", tag = "admin", params(("id" = i64, Path)),
    security(("bearer" = []), ("cookie" = [])), responses((status = 200, body = Counted), (status = 401, body = ErrorBody),
    (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn retry(
    State(notifications): State<Notifications>,
    by: Admin<Proven>,
    Id(id): Id,
) -> Result<axum::Json<Counted>> {
    Ok(Counted::of(deliveries::retry(&notifications, &by, Some(id)).await?))
}

/// Gives every failed delivery all its tries again, and says how many there are.
#[utoipa::path(post, path = "/api/admin/deliveries/retry-all", tag = "admin", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Counted), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn retry_all(State(notifications): State<Notifications>, by: Admin<Proven>) -> Result<axum::Json<Counted>> {
    Ok(Counted::of(deliveries::retry(&notifications, &by, None).await?))
}

/// Forgets one failed delivery.
#[utoipa::path(delete, path = "/api/admin/deliveries/{id}", tag = "admin", params(("id" = i64, Path)),
    security(("bearer" = []), ("cookie" = [])), responses((status = 200, body = Counted), (status = 401, body = ErrorBody),
    (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn forget(
    State(notifications): State<Notifications>,
    by: Admin<Proven>,
    Id(id): Id,
) -> Result<axum::Json<Counted>> {
    Ok(Counted::of(deliveries::forget(&notifications, &by, Some(id)).await?))
}

/// Forgets every failed delivery, and says how many there were.
#[utoipa::path(delete, path = "/api/admin/deliveries", tag = "admin", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Counted), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn forget_all(State(notifications): State<Notifications>, by: Admin<Proven>) -> Result<axum::Json<Counted>> {
    Ok(Counted::of(deliveries::forget(&notifications, &by, None).await?))
}
