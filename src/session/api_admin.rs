//! `/api/admin/users`: accounts and their access, as JSON, for administrators.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Sessions,
    admin::{self, Authority, ManagedUser, UserChange, Wanted},
    proof::Proven,
};
use crate::{
    account::actions::Registration,
    platform::{
        base::{
            actor::Role,
            error::{Error, Result},
        },
        web::{
            extract::{Admin, Context, Id, Json, Query},
            render::ErrorBody,
        },
    },
};

pub fn routes() -> OpenApiRouter<Sessions> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(change)).routes(routes!(end_sessions))
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct UsersQuery {
    /// Words in any order, each the beginning of a word of the name, of the e-mail or of its domain.
    search: Option<String>,
    /// Only people whom no mail reaches.
    unreachable: Option<bool>,
    /// From 1.
    #[param(minimum = 1)]
    page: Option<i64>,
    /// 1 to 100, 20 when not given.
    #[param(minimum = 1, maximum = 100)]
    page_size: Option<i64>,
}

#[derive(Serialize, ToSchema)]
struct Users {
    users: Vec<ManagedUser>,
    meta: PageMeta,
}

/// Where in a list a page stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageMeta {
    page: i64,
    page_size: i64,
    total: i64,
    total_pages: i64,
    has_more: bool,
}

/// Lists and searches accounts, newest first.
#[utoipa::path(get, path = "/api/admin/users", tag = "admin", params(UsersQuery), security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Users), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 422, body = ErrorBody)))]
async fn list(
    State(sessions): State<Sessions>,
    _: Admin,
    Query(query): Query<UsersQuery>,
) -> Result<axum::Json<Users>> {
    let (page, page_size) = (query.page.unwrap_or(1), query.page_size.unwrap_or(20));
    if page < 1 {
        return Err(Error::invalid().field("page", "field-choice-unknown"));
    }
    if !(1..=100).contains(&page_size) {
        return Err(Error::invalid().field("pageSize", "field-limit-range"));
    }
    let wanted =
        Wanted { search: query.search.as_deref().unwrap_or(""), unreachable: query.unreachable.unwrap_or(false) };
    let (users, total) = admin::list(&sessions, wanted, page, page_size).await?;
    let total_pages = (total + page_size - 1) / page_size;
    Ok(axum::Json(Users {
        users,
        meta: PageMeta { page, page_size, total, total_pages, has_more: page < total_pages },
    }))
}

#[derive(Deserialize, ToSchema)]
struct NewUser {
    #[serde(flatten)]
    registration: Registration,
    role: Role,
}

#[derive(Serialize, ToSchema)]
struct OneUser {
    user: ManagedUser,
}

/// Makes an account of any role.
#[utoipa::path(post, path = "/api/admin/users", tag = "admin", request_body = NewUser, security(("bearer" = []), ("cookie" = [])),
    responses((status = 201, body = OneUser), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody, description = "The e-mail is taken"), (status = 422, body = ErrorBody)))]
async fn create(
    State(sessions): State<Sessions>,
    context: Context,
    by: Admin<Proven>,
    Json(body): Json<NewUser>,
) -> Result<impl IntoResponse> {
    let user = admin::create(&sessions, Authority::Admin(&by), &body.registration, body.role, context.lang).await?;
    Ok((StatusCode::CREATED, axum::Json(OneUser { user })))
}

/// Changes a role, blocks or unblocks, gives another address.
#[utoipa::path(patch, path = "/api/admin/users/{id}", tag = "admin", params(("id" = i64, Path)), request_body = UserChange,
    security(("bearer" = []), ("cookie" = [])), responses((status = 200, body = OneUser), (status = 401, body = ErrorBody),
    (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody, description = "There would be no administrator left"), (status = 422, body = ErrorBody)))]
async fn change(
    State(sessions): State<Sessions>,
    by: Admin<Proven>,
    Id(id): Id,
    Json(body): Json<UserChange>,
) -> Result<axum::Json<OneUser>> {
    Ok(axum::Json(OneUser { user: admin::change(&sessions, Authority::Admin(&by), id, &body).await? }))
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SessionsEnded {
    message: &'static str,
    deleted_count: usize,
}

/// Ends all sessions of a user.
#[utoipa::path(post, path = "/api/admin/users/{id}/end-sessions", tag = "admin", params(("id" = i64, Path)),
    security(("bearer" = []), ("cookie" = [])), responses((status = 200, body = SessionsEnded), (status = 401, body = ErrorBody),
    (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn end_sessions(
    State(sessions): State<Sessions>,
    context: Context,
    by: Admin<Proven>,
    Id(id): Id,
) -> Result<axum::Json<SessionsEnded>> {
    let deleted_count = admin::end_all(&sessions, Authority::Admin(&by), id).await?;
    Ok(axum::Json(SessionsEnded { message: context.lang.t("message-others-ended"), deleted_count }))
}
