//! The pages before one is signed in: sign in, register, a forgotten password, the first
//! administrator, "it was not me".

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{
    Sessions, ending,
    model::Method,
    password, setup,
    sign_in::{self, Keep, SignedIn},
    views::{ForgotPage, LoginPage, NotMePage, RegisterPage, ResetPage, SetupPage},
};
use crate::{
    account::{self, actions::Registration},
    platform::{
        cookies,
        http::{
            Html,
            error::{Error, Result},
            extract::{Anyone, Form, Query, Visitor, form_with},
            own_path,
        },
        ui::{Form as FormView, Ui},
    },
};

pub fn routes() -> OpenApiRouter<Sessions> {
    Router::new()
        .route("/login", get(login_page).post(login))
        .route("/register", get(register_page).post(register))
        .route("/forgot", get(forgot_page).post(forgot))
        .route("/reset", get(reset_page).post(reset))
        .route("/setup", get(setup_page).post(make_admin))
        .route("/sessions/not-me", get(not_me_page).post(not_me))
        .into()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Next {
    next: String,
    /// What just happened: `registered` is not needed, `reset` and `out` are.
    done: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Token {
    token: String,
}

async fn login_page(
    State(sessions): State<Sessions>,
    ui: Ui,
    Anyone(actor): Anyone,
    Query(query): Query<Next>,
) -> Response {
    if actor.is_some() {
        return Redirect::to(own_path(&query.next)).into_response();
    }
    let notice = match query.done.as_str() {
        "reset" => Some(ui.t("login-notice-reset")),
        "out" => Some(ui.t("login-notice-signed-out")),
        _ => None,
    };
    login_form(&sessions, ui, FormView::new(), query.next, notice)
}

fn login_form(sessions: &Sessions, ui: Ui, form: FormView, next: String, notice: Option<&'static str>) -> Response {
    let registration = sessions.accounts.registration.is_on();
    Html(LoginPage { ui, form, next, registration, notice }).into_response()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LoginForm {
    email: String,
    password: String,
    next: String,
}

async fn login(
    State(sessions): State<Sessions>,
    ui: Ui,
    visitor: Visitor,
    headers: HeaderMap,
    Form(form): Form<LoginForm>,
) -> Result<Response> {
    match sign_in::with_password(&sessions, &form.email, &form.password, &visitor, Keep::Cookie).await {
        Ok(signed_in) => Ok(enter(&sessions, &headers, signed_in, &form.next)),
        Err(error) => {
            let status = error.status;
            let shown = form_with(&ui, error, [("email", form.email)])?;
            Ok((status, login_form(&sessions, ui, shown, form.next, None)).into_response())
        }
    }
}

/// Sets the cookies and goes where the person was heading.
fn enter(sessions: &Sessions, headers: &HeaderMap, signed_in: SignedIn, next: &str) -> Response {
    let days = i64::from(sessions.settings.absolute_days);
    let mut jar = CookieJar::from_headers(headers);
    if let Some(cookie) = signed_in.cookie {
        jar = jar.add(sessions.cookies.make(cookies::SESSION, cookie, days));
    }
    if let Some(key) = signed_in.device_key {
        jar = jar.add(sessions.cookies.make(cookies::DEVICE, key, 400));
    }
    (jar, Redirect::to(own_path(next))).into_response()
}

async fn register_page(
    State(sessions): State<Sessions>,
    ui: Ui,
    Query(query): Query<Next>,
) -> Result<Html<RegisterPage>> {
    if !sessions.accounts.registration.is_on() {
        return Err(Error::forbidden("registration_off"));
    }
    Ok(Html(RegisterPage { ui, form: FormView::new(), next: query.next }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RegisterForm {
    username: String,
    email: String,
    password: String,
    next: String,
}

/// Makes the account and signs in: nobody wants to type the same twice.
async fn register(
    State(sessions): State<Sessions>,
    ui: Ui,
    visitor: Visitor,
    headers: HeaderMap,
    Form(form): Form<RegisterForm>,
) -> Result<Response> {
    let new = Registration { username: form.username, email: form.email, password: form.password };
    match account::actions::register(&sessions.accounts, &new, visitor.address, ui.lang).await {
        Ok(made) => {
            let signed_in = sign_in::begin(&sessions, made.id, Method::Password, &visitor, Keep::Cookie).await?;
            Ok(enter(&sessions, &headers, signed_in, &form.next))
        }
        Err(error) => {
            let status = error.status;
            let form_view = form_with(&ui, error, [("username", new.username), ("email", new.email)])?;
            Ok((status, Html(RegisterPage { ui, form: form_view, next: form.next })).into_response())
        }
    }
}

async fn forgot_page(ui: Ui) -> Html<ForgotPage> {
    Html(ForgotPage { ui, form: FormView::new(), sent: false })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ForgotForm {
    email: String,
}

async fn forgot(
    State(sessions): State<Sessions>,
    ui: Ui,
    visitor: Visitor,
    Form(form): Form<ForgotForm>,
) -> Result<Response> {
    match password::forgot(&sessions, &form.email, &visitor).await {
        Ok(()) => {
            Ok(Html(ForgotPage { ui, form: FormView::new().with("email", form.email), sent: true }).into_response())
        }
        Err(error) => {
            let status = error.status;
            let form = form_with(&ui, error, [("email", form.email)])?;
            Ok((status, Html(ForgotPage { ui, form, sent: false })).into_response())
        }
    }
}

async fn reset_page(State(sessions): State<Sessions>, ui: Ui, Query(query): Query<Token>) -> Result<Response> {
    let valid = password::reset_is_valid(&sessions, &query.token).await?;
    let status = if valid { StatusCode::OK } else { StatusCode::GONE };
    Ok((status, Html(ResetPage { ui, form: FormView::new(), token: query.token, valid })).into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResetForm {
    token: String,
    password: String,
}

async fn reset(
    State(sessions): State<Sessions>,
    ui: Ui,
    visitor: Visitor,
    Form(form): Form<ResetForm>,
) -> Result<Response> {
    match password::reset(&sessions, &form.token, &form.password, &visitor).await {
        Ok(()) => Ok(Redirect::to("/login?done=reset").into_response()),
        Err(error) => {
            let (status, valid) = (error.status, error.status != StatusCode::GONE);
            let shown = form_with(&ui, error, [])?;
            Ok((status, Html(ResetPage { ui, form: shown, token: form.token, valid })).into_response())
        }
    }
}

async fn setup_page(State(sessions): State<Sessions>, ui: Ui, Query(query): Query<Token>) -> Result<Html<SetupPage>> {
    if !setup::is_valid(&sessions, &query.token).await? {
        return Err(Error::gone("setup_invalid"));
    }
    Ok(Html(SetupPage { ui, form: FormView::new(), token: query.token }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SetupForm {
    token: String,
    username: String,
    email: String,
    password: String,
}

async fn make_admin(
    State(sessions): State<Sessions>,
    ui: Ui,
    visitor: Visitor,
    headers: HeaderMap,
    Form(form): Form<SetupForm>,
) -> Result<Response> {
    let new = Registration { username: form.username, email: form.email, password: form.password };
    match setup::create_admin(&sessions, &form.token, &new, ui.lang).await {
        Ok(made) => {
            let signed_in = sign_in::begin(&sessions, made.id, Method::Password, &visitor, Keep::Cookie).await?;
            Ok(enter(&sessions, &headers, signed_in, "/dashboard"))
        }
        Err(error) => {
            let status = error.status;
            let shown = form_with(&ui, error, [("username", new.username), ("email", new.email)])?;
            Ok((status, Html(SetupPage { ui, form: shown, token: form.token })).into_response())
        }
    }
}

/// Shows the session of the mail's link; ends nothing, for mail programs open links by themselves.
async fn not_me_page(State(sessions): State<Sessions>, ui: Ui, Query(query): Query<Token>) -> Result<Html<NotMePage>> {
    let found = ending::by_link(&sessions, &query.token).await?;
    let card = found.map(|session| super::pages::card(&session, session.last_activity, &ui, 0, sessions.clock.now()));
    Ok(Html(NotMePage { ui, token: query.token, card, done: false }))
}

async fn not_me(State(sessions): State<Sessions>, ui: Ui, Form(form): Form<Token>) -> Result<Html<NotMePage>> {
    ending::end_by_link(&sessions, &form.token).await?;
    Ok(Html(NotMePage { ui, token: String::new(), card: None, done: true }))
}
