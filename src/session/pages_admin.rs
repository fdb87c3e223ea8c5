//! The administrator's page of accounts.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{
    Sessions,
    admin::{self, Authority, ManagedUser, UserChange, Wanted},
    proof::Proven,
    views::{UserRow, UsersPage},
};
use crate::{
    account::{self, actions::Registration},
    platform::{
        base::{
            actor::{Actor, Role},
            error::{Error, Result},
        },
        web::{
            Html, back_to_last,
            extract::{Admin, Form, Id, Query, form_with},
            ui::{Form as FormView, Ui},
        },
    },
};

const PAGE_SIZE: i64 = 20;
const PAGE: &str = "/dashboard/admin/users";

pub fn routes() -> OpenApiRouter<Sessions> {
    Router::new()
        .route(PAGE, get(page).post(create))
        .route("/dashboard/admin/users/{id}", post(change))
        .route("/dashboard/admin/users/{id}/end-sessions", post(end_sessions))
        .into()
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

#[derive(Default, Deserialize)]
#[serde(default)]
struct NewUserForm {
    username: String,
    email: String,
    password: String,
    role: String,
}

async fn create(
    State(sessions): State<Sessions>,
    ui: Ui,
    by: Admin<Proven>,
    Form(form): Form<NewUserForm>,
) -> Result<Response> {
    let new = Registration { username: form.username, email: form.email, password: form.password };
    let made = match Role::parse(&form.role) {
        Some(role) => admin::create(&sessions, Authority::Admin(&by), &new, role, ui.lang).await,
        None => Err(Error::invalid().field("role", "field-role-unknown")),
    };
    match made {
        Ok(_) => Ok(Redirect::to("/dashboard/admin/users?done=created").into_response()),
        Err(error) => {
            let status = error.status();
            let shown = form_with(&ui, error, [("username", new.username), ("email", new.email), ("role", form.role)])?;
            Ok((status, show(&sessions, ui, &by, PageQuery::default(), shown).await?).into_response())
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ChangeForm {
    role: Option<String>,
    blocked: Option<String>,
}

async fn change(
    State(sessions): State<Sessions>,
    by: Admin<Proven>,
    Id(id): Id,
    Form(form): Form<ChangeForm>,
) -> Result<Redirect> {
    let role = match form.role {
        Some(text) => Some(Role::parse(&text).ok_or_else(|| Error::invalid().field("role", "field-role-unknown"))?),
        None => None,
    };
    let blocked = form.blocked.map(|text| text == "1");
    admin::change(&sessions, Authority::Admin(&by), id, &UserChange { role, blocked, email: None }).await?;
    Ok(Redirect::to("/dashboard/admin/users?done=changed"))
}

async fn end_sessions(State(sessions): State<Sessions>, by: Admin<Proven>, Id(id): Id) -> Result<Redirect> {
    admin::end_all(&sessions, Authority::Admin(&by), id).await?;
    Ok(Redirect::to("/dashboard/admin/users?done=ended"))
}
