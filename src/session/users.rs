//! Accounts as an administrator sees them: listed and searched, as JSON and as pages.

use crate::{
    account,
    platform::{
        base::{
            actor::Actor,
            error::{Error, Result},
        },
        web::{
            Html, back_to_last,
            extract::{Admin, Id, Query},
            render::ErrorBody,
            ui::{Form as FormView, Ui},
        },
    },
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Sessions,
    admin::{self, ManagedUser, Wanted},
    views::{UserEmailPage, UserRow, UsersPage},
};

const PAGE_SIZE: i64 = 20;
pub const PAGE: &str = "/dashboard/admin/users";

pub fn routes() -> OpenApiRouter<Sessions> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .route(PAGE, get(page))
        .route("/dashboard/admin/users/{id}/email", get(email_page))
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

#[derive(Default, Deserialize)]
#[serde(default)]
struct PageQuery {
    search: String,
    unreachable: bool,
    page: Option<i64>,
    done: String,
}

async fn page(State(sessions): State<Sessions>, ui: Ui, by: Admin, Query(query): Query<PageQuery>) -> Result<Response> {
    let shown = show(&sessions, ui, &by, query, FormView::new().with("role", "customer")).await?;
    let back = back_to_last(&shown.0.ui.path, shown.0.page, shown.0.pages);
    Ok(back.map_or_else(|| shown.into_response(), IntoResponse::into_response))
}

async fn show(sessions: &Sessions, ui: Ui, by: &Actor, query: PageQuery, form: FormView) -> Result<Html<UsersPage>> {
    let page = query.page.unwrap_or(1).max(1);
    let wanted = Wanted { search: &query.search, unreachable: query.unreachable };
    let (users, total) = admin::list(sessions, wanted, page, PAGE_SIZE).await?;
    let without_mail = account::store_address::any_unreachable(&sessions.db).await?;
    let notice = match query.done.as_str() {
        "created" => Some(ui.t("users-notice-created")),
        "changed" => Some(ui.t("users-notice-changed")),
        "ended" => Some(ui.t("users-notice-ended")),
        _ => None,
    };
    let pages = ((total + PAGE_SIZE - 1) / PAGE_SIZE).max(1);
    let users = users.into_iter().map(|user| row(user, by)).collect();
    let (query, unreachable) = (query.search, query.unreachable);
    Ok(Html(UsersPage { ui, users, query, unreachable, without_mail, page, pages, total, form, notice }))
}

/// The page with the form of a new account as it was sent.
pub async fn page_with(sessions: &Sessions, ui: Ui, by: &Actor, form: FormView) -> Result<Html<UsersPage>> {
    show(sessions, ui, by, PageQuery::default(), form).await
}

fn row(user: ManagedUser, by: &Actor) -> UserRow {
    UserRow {
        id: user.id,
        username: user.username,
        email: user.email,
        reachable: user.reachable,
        role: user.role,
        blocked: user.blocked,
        created_ms: user.created_at.0,
        last_seen_ms: user.last_seen_at.map(|at| at.0),
        sessions: user.sessions,
        is_me: user.id == by.user,
    }
}

async fn email_page(State(sessions): State<Sessions>, ui: Ui, _: Admin, Id(id): Id) -> Result<Html<UserEmailPage>> {
    email_with(&sessions, ui, id, FormView::new()).await
}

/// The page on which an account is given another address.
pub async fn email_with(sessions: &Sessions, ui: Ui, id: i64, form: FormView) -> Result<Html<UserEmailPage>> {
    let user = admin::find(sessions, id).await?;
    Ok(Html(UserEmailPage { ui, id, username: user.username, email: user.email, form }))
}
