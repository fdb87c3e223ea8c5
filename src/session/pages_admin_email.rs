//! The page where an administrator gives an account another address.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{
    Sessions,
    admin::{self, Authority, UserChange},
    proof::Proven,
    views::UserEmailPage,
};
use crate::platform::{
    base::error::Result,
    web::{
        Html,
        extract::{Admin, Form, Id, form_with},
        ui::{Form as FormView, Ui},
    },
};

pub fn routes() -> OpenApiRouter<Sessions> {
    Router::new().route("/dashboard/admin/users/{id}/email", get(page).post(change)).into()
}

async fn page(State(sessions): State<Sessions>, ui: Ui, _: Admin, Id(id): Id) -> Result<Html<UserEmailPage>> {
    show(&sessions, ui, id, FormView::new()).await
}

async fn show(sessions: &Sessions, ui: Ui, id: i64, form: FormView) -> Result<Html<UserEmailPage>> {
    let user = admin::find(sessions, id).await?;
    Ok(Html(UserEmailPage { ui, id, username: user.username, email: user.email, form }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct EmailForm {
    email: String,
}

async fn change(
    State(sessions): State<Sessions>,
    ui: Ui,
    by: Admin<Proven>,
    Id(id): Id,
    Form(form): Form<EmailForm>,
) -> Result<Response> {
    let wanted = UserChange { email: Some(form.email.clone()), ..UserChange::default() };
    match admin::change(&sessions, Authority::Admin(&by), id, &wanted).await {
        Ok(_) => Ok(Redirect::to("/dashboard/admin/users?done=changed").into_response()),
        Err(error) => {
            let status = error.status;
            let shown = form_with(&ui, error, [("email", form.email)])?;
            Ok((status, show(&sessions, ui, id, shown).await?).into_response())
        }
    }
}
