//! What could not be delivered: jobs that were given up, for the administrator to see, try again or
//! forget.

use crate::{
    notification::codes,
    platform::{
        base::{
            clock::Timestamp,
            error::{Error, Result},
        },
        data::db::Db,
        outbox::jobs_store::{self, Failed},
        web::{
            asked::Asked,
            extract::{Admin, Id},
            render::ErrorBody,
        },
    },
    session::proof::Proven,
};
use std::{sync::Mutex, time::Duration};

use axum::{
    extract::State,
    response::{Redirect, Response},
    routing::post,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Notifications, show::Counted};

pub fn routes() -> OpenApiRouter<Notifications> {
    OpenApiRouter::new()
        .routes(routes!(retry_one))
        .route("/dashboard/admin/deliveries/{id}/retry", post(retry_one))
        .routes(routes!(retry_all))
        .route("/dashboard/admin/deliveries/retry-all", post(retry_all))
        .routes(routes!(forget_one))
        .route("/dashboard/admin/deliveries/{id}/delete", post(forget_one))
        .routes(routes!(forget_all))
        .route("/dashboard/admin/deliveries/delete-all", post(forget_all))
}

/// What an administrator finds.
pub struct Deliveries {
    pub failed: Vec<Failed>,
    pub total: i64,
    /// How many wait for their turn or their next try.
    pub waiting: i64,
}

pub async fn list(notifications: &Notifications, page: i64, limit: i64) -> Result<Deliveries> {
    let db = &notifications.db;
    let offset = page.saturating_sub(1).saturating_mul(limit);
    Ok(Deliveries {
        failed: jobs_store::failed(db, limit, offset).await?,
        total: jobs_store::count_failed(db).await?,
        waiting: jobs_store::waiting(db).await?,
    })
}

/// Gives one delivery all its tries again.
#[utoipa::path(post, path = "/api/admin/deliveries/{id}/retry", tag = "admin", params(("id" = i64, Path)),
    security(("bearer" = []), ("cookie" = [])), responses((status = 200, body = Counted), (status = 401, body = ErrorBody),
    (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn retry_one(
    State(notifications): State<Notifications>,
    by: Admin<Proven>,
    asked: Asked,
    Id(id): Id,
) -> Result<Response> {
    retry(&notifications, &by, asked, Some(id)).await
}

/// Gives every failed delivery all its tries again, and says how many there are.
#[utoipa::path(post, path = "/api/admin/deliveries/retry-all", tag = "admin", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Counted), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn retry_all(State(notifications): State<Notifications>, by: Admin<Proven>, asked: Asked) -> Result<Response> {
    retry(&notifications, &by, asked, None).await
}

async fn retry(notifications: &Notifications, by: &Admin<Proven>, asked: Asked, job: Option<i64>) -> Result<Response> {
    let mut tx = notifications.db.begin().await?;
    let count = found(job, jobs_store::retry(&mut tx, job, notifications.clock.now()).await?)?;
    tx.commit().await?;
    notifications.jobs.wake();
    notifications.failed.forget();
    tracing::info!(by = by.user, count, "deliveries are tried again");
    Ok(asked.answer(Counted::of(count), Redirect::to("/dashboard/admin/deliveries?done=retried")))
}

/// Forgets one failed delivery.
#[utoipa::path(delete, path = "/api/admin/deliveries/{id}", tag = "admin", params(("id" = i64, Path)),
    security(("bearer" = []), ("cookie" = [])), responses((status = 200, body = Counted), (status = 401, body = ErrorBody),
    (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn forget_one(
    State(notifications): State<Notifications>,
    by: Admin<Proven>,
    asked: Asked,
    Id(id): Id,
) -> Result<Response> {
    forget(&notifications, &by, asked, Some(id)).await
}

/// Forgets every failed delivery, and says how many there were.
#[utoipa::path(delete, path = "/api/admin/deliveries", tag = "admin", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Counted), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn forget_all(State(notifications): State<Notifications>, by: Admin<Proven>, asked: Asked) -> Result<Response> {
    forget(&notifications, &by, asked, None).await
}

async fn forget(notifications: &Notifications, by: &Admin<Proven>, asked: Asked, job: Option<i64>) -> Result<Response> {
    let mut tx = notifications.db.begin().await?;
    let count = found(job, jobs_store::forget(&mut tx, job).await?)?;
    tx.commit().await?;
    notifications.failed.forget();
    tracing::info!(by = by.user, count, "deliveries are forgotten");
    Ok(asked.answer(Counted::of(count), Redirect::to("/dashboard/admin/deliveries?done=deleted")))
}

fn found(job: Option<i64>, count: u64) -> Result<u64> {
    if job.is_some() && count == 0 { Err(Error::not_found(codes::DELIVERY_NOT_FOUND)) } else { Ok(count) }
}

/// How many were given up, for the administrator's sidebar: looked up now and then.
#[derive(Default)]
pub struct FailedCount(Mutex<Option<(Timestamp, i64)>>);

impl FailedCount {
    const LIFE: Duration = Duration::from_secs(10);

    pub async fn get(&self, db: &Db, now: Timestamp) -> std::result::Result<i64, sqlx::Error> {
        let kept = self.0.lock().ok().and_then(|kept| *kept);
        if let Some((_, count)) = kept.filter(|(at, _)| at.plus(Self::LIFE) > now) {
            return Ok(count);
        }
        let count = jobs_store::count_failed(db).await?;
        self.set(Some((now, count)));
        Ok(count)
    }

    fn forget(&self) {
        self.set(None);
    }

    fn set(&self, value: Option<(Timestamp, i64)>) {
        if let Ok(mut kept) = self.0.lock() {
            *kept = value;
        }
    }
}
