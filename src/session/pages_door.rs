//! The pages before one is signed in: sign in, register, a forgotten password, the first
//! administrator, "it was not me".

use crate::{
    account::{self, actions::Registration},
    platform::{
        base::error::{Error, Kind, Result},
        web::{
            Html, cookies,
            extract::{Anyone, Form, Query, Visitor, form_with},
            own_path,
            ui::{Form as FormView, Ui},
        },
    },
    session::codes,
};
use axum::{
    Extension, Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
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

pub fn routes() -> OpenApiRouter<Sessions> {
    Router::new()
        .route("/login", get(login_page).post(login))
        .route("/register", get(register_page).post(register))
        .route("/forgot", get(forgot_page).post(forgot))
        .route("/reset", get(reset_page).post(reset))
        .route("/setup", get(setup_page).post(make_admin))
        .route("/sessions/not-me", get(not_me_page).post(not_me))
        // Where password managers look for the form (W3C, "A Well-Known URL for Changing Passwords").
        .route("/.well-known/change-password", get(async || Redirect::to("/dashboard/settings#password")))
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
    away: Option<Extension<Error>>,
    headers: HeaderMap,
    Query(query): Query<Next>,
) -> Response {
    if actor.is_some() {
        return Redirect::to(own_path(&query.next)).into_response();
    }
    // While the database is away nobody knows whether the session has ended.
    let ended = away.is_none() && sessions.cookies().read(&headers, cookies::SESSION).is_some();
    let notice = match query.done.as_str() {
        "reset" => Some(ui.t("login-notice-reset")),
        "out" => Some(ui.t("login-notice-signed-out")),
        _ => ended.then(|| ui.t("login-notice-ended")),
    };
    let mut jar = probe(&sessions, &headers);
    if ended {
        jar = jar.add(sessions.cookies().forget(cookies::SESSION));
    }
    (jar, login_form(&sessions, ui, FormView::new(), query.next, notice)).into_response()
}

/// Tries whether the browser keeps cookies, unless it is known to.
fn probe(sessions: &Sessions, headers: &HeaderMap) -> CookieJar {
    let jar = CookieJar::new();
    if sessions.cookies().are_kept(headers) { jar } else { jar.add(sessions.cookies().probe()) }
}

/// Without cookies nobody can be signed in: said before a session is begun that nobody would have.
fn check_cookies(sessions: &Sessions, headers: &HeaderMap) -> Result<()> {
    if sessions.cookies().are_kept(headers) {
        return Ok(());
    }
    Err(Error::new(Kind::Malformed, codes::COOKIES_BLOCKED).with("url", &sessions.base_url))
}

/// The form again, with what was typed and what is wrong; other errors go their own way.
fn again<const N: usize, P: IntoResponse>(
    ui: Ui,
    error: Error,
    typed: [(&str, String); N],
    page: impl FnOnce(Ui, FormView) -> P,
) -> Result<Response> {
    let (status, wait) = (error.status(), error.retry_after);
    let form = form_with(&ui, error, typed)?;
    let mut response = (status, page(ui, form)).into_response();
    if let Some(seconds) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
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
    let entered = async {
        sign_in::check(&form.email, &form.password)?;
        check_cookies(&sessions, &headers)?;
        sign_in::with_password(&sessions, &form.email, &form.password, &visitor, Keep::Cookie).await
    };
    match entered.await {
        Ok(signed_in) => Ok(enter(&sessions, signed_in, &form.next)),
        Err(error) => {
            let page = again(ui, error, [("email", form.email)], |ui, shown| {
                login_form(&sessions, ui, shown, form.next, None)
            })?;
            Ok((probe(&sessions, &headers), page).into_response())
        }
    }
}

/// Sets the cookies and goes where the person was heading.
fn enter(sessions: &Sessions, signed_in: SignedIn, next: &str) -> Response {
    let days = i64::from(sessions.settings.absolute_days);
    let mut jar = CookieJar::new();
    if let Some(cookie) = signed_in.cookie {
        jar = jar.add(sessions.cookies().make(cookies::SESSION, cookie, days));
    }
    if let Some(key) = signed_in.device_key {
        jar = jar.add(sessions.cookies().make(cookies::DEVICE, key, 400));
    }
    (jar, Redirect::to(own_path(next))).into_response()
}

async fn register_page(
    State(sessions): State<Sessions>,
    ui: Ui,
    headers: HeaderMap,
    Query(query): Query<Next>,
) -> Result<(CookieJar, Html<RegisterPage>)> {
    if !sessions.accounts.registration.is_on() {
        return Err(Error::forbidden(codes::REGISTRATION_OFF));
    }
    Ok((probe(&sessions, &headers), Html(RegisterPage { ui, form: FormView::new(), next: query.next })))
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
    let entered = async {
        new.check()?;
        check_cookies(&sessions, &headers)?;
        let made = account::actions::register(&sessions.accounts, &new, visitor.address, ui.lang).await?;
        sign_in::begin(&sessions, made.id, Method::Password, &visitor, Keep::Cookie).await
    };
    match entered.await {
        Ok(signed_in) => Ok(enter(&sessions, signed_in, &form.next)),
        Err(error) => {
            let typed = [("username", new.username), ("email", new.email)];
            let page = again(ui, error, typed, |ui, shown| Html(RegisterPage { ui, form: shown, next: form.next }))?;
            Ok((probe(&sessions, &headers), page).into_response())
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
        Err(error) => again(ui, error, [("email", form.email)], |ui, form| Html(ForgotPage { ui, form, sent: false })),
    }
}

async fn reset_page(State(sessions): State<Sessions>, ui: Ui, Query(query): Query<Token>) -> Result<Response> {
    match password::find_link(&sessions, &query.token).await {
        Ok((_, account)) => Ok(reset_form(ui, FormView::new(), query.token, account.email)),
        Err(error) => no_reset(ui, error),
    }
}

fn reset_form(ui: Ui, form: FormView, token: String, email: String) -> Response {
    Html(ResetPage { ui, form, token, email, problem: None }).into_response()
}

fn no_reset(ui: Ui, error: Error) -> Result<Response> {
    if error.kind != Kind::Gone {
        return Err(error);
    }
    let problem = Some(error.text(ui.lang));
    let page = ResetPage { ui, form: FormView::new(), token: String::new(), email: String::new(), problem };
    Ok((StatusCode::GONE, Html(page)).into_response())
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
    let error = match password::reset(&sessions, &form.token, &form.password, &visitor).await {
        Ok(key) => {
            let jar = CookieJar::new().add(sessions.cookies().make(cookies::DEVICE, key, 400));
            return Ok((jar, Redirect::to("/login?done=reset")).into_response());
        }
        Err(error) => error,
    };
    // Shown again with its address, while the link works.
    match password::find_link(&sessions, &form.token).await {
        Ok((_, account)) => again(ui, error, [], |ui, shown| reset_form(ui, shown, form.token, account.email)),
        Err(gone) => no_reset(ui, gone),
    }
}

async fn setup_page(
    State(sessions): State<Sessions>,
    ui: Ui,
    headers: HeaderMap,
    Query(query): Query<Token>,
) -> Result<(CookieJar, Html<SetupPage>)> {
    if !setup::is_valid(&sessions, &query.token).await? {
        return Err(Error::gone(codes::SETUP_INVALID));
    }
    Ok((probe(&sessions, &headers), Html(SetupPage { ui, form: FormView::new(), token: query.token })))
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
    let entered = async {
        new.check()?;
        check_cookies(&sessions, &headers)?;
        let made = setup::create_admin(&sessions, &form.token, &new, ui.lang).await?;
        sign_in::begin(&sessions, made.id, Method::Password, &visitor, Keep::Cookie).await
    };
    match entered.await {
        Ok(signed_in) => Ok(enter(&sessions, signed_in, "/dashboard")),
        Err(error) => {
            let typed = [("username", new.username), ("email", new.email)];
            let page = again(ui, error, typed, |ui, shown| Html(SetupPage { ui, form: shown, token: form.token }))?;
            Ok((probe(&sessions, &headers), page).into_response())
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
