//! The administrator's page of what could not be delivered.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{
    Notifications, deliveries,
    views::{DeliveriesPage, DeliveryRow},
};
use crate::{
    platform::{
        base::error::Result,
        outbox::jobs_store::Failed,
        web::{
            Html, back_to_last,
            extract::{Admin, Id, Query},
            ui::Ui,
        },
    },
    session::proof::Proven,
};

pub const PAGE: &str = "/dashboard/admin/deliveries";
const PAGE_SIZE: i64 = 50;

pub fn routes() -> OpenApiRouter<Notifications> {
    Router::new()
        .route(PAGE, get(page))
        .route("/dashboard/admin/deliveries/retry-all", post(retry_all))
        .route("/dashboard/admin/deliveries/delete-all", post(forget_all))
        .route("/dashboard/admin/deliveries/{id}/retry", post(retry))
        .route("/dashboard/admin/deliveries/{id}/delete", post(forget))
        .into()
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

async fn retry(State(notifications): State<Notifications>, by: Admin<Proven>, Id(id): Id) -> Result<Redirect> {
    deliveries::retry(&notifications, &by, Some(id)).await?;
    Ok(Redirect::to("/dashboard/admin/deliveries?done=retried"))
}

async fn retry_all(State(notifications): State<Notifications>, by: Admin<Proven>) -> Result<Redirect> {
    deliveries::retry(&notifications, &by, None).await?;
    Ok(Redirect::to("/dashboard/admin/deliveries?done=retried"))
}

async fn forget(State(notifications): State<Notifications>, by: Admin<Proven>, Id(id): Id) -> Result<Redirect> {
    deliveries::forget(&notifications, &by, Some(id)).await?;
    Ok(Redirect::to("/dashboard/admin/deliveries?done=deleted"))
}

async fn forget_all(State(notifications): State<Notifications>, by: Admin<Proven>) -> Result<Redirect> {
    deliveries::forget(&notifications, &by, None).await?;
    Ok(Redirect::to("/dashboard/admin/deliveries?done=deleted"))
}
