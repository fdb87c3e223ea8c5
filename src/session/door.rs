//! The ways in: signing in, registering, the first administrator. Programs get tokens and browsers a cookie, which
//! must be kept, so each has a handler of its own.

use crate::{
    account::{self, actions::Registration, model::UserView},
    platform::{
        base::error::{Error, Kind, Result},
        web::{
            Html,
            asked::Asked,
            cookies,
            extract::{Anyone, Context, Form, Json, Query, Visitor},
            own_path,
            render::ErrorBody,
            ui::{Form as FormView, Ui},
        },
    },
    session::codes,
};
use axum::{
    Extension,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use axum_extra::extract::CookieJar;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Sessions,
    model::Method,
    setup,
    sign_in::{self, Credentials, Keep, SignedIn},
    tokens::TokenPair,
    views::{LoginPage, RegisterPage, SetupPage},
};

pub fn routes() -> OpenApiRouter<Sessions> {
    OpenApiRouter::new()
        .routes(routes!(login))
        .route("/login", get(login_page).post(enter))
        .route("/register", get(register_page).post(register))
        .route("/setup", get(setup_page).post(make_admin))
        // Where password managers look for the form (W3C, "A Well-Known URL for Changing Passwords").
        .route("/.well-known/change-password", get(async || Redirect::to("/dashboard/settings#password")))
}

/// Tokens and whose they are.
#[derive(Serialize, ToSchema)]
pub struct LoginAnswer {
    #[serde(flatten)]
    pub tokens: TokenPair,
    pub user: UserView,
}

/// Signs in with e-mail and password.
#[utoipa::path(post, path = "/api/auth/login", tag = "auth", request_body = Credentials, responses(
    (status = 200, body = LoginAnswer),
    (status = 401, body = ErrorBody, description = "Unknown e-mail or wrong password: the same answer in the same time"),
    (status = 403, body = ErrorBody, description = "The account is blocked"),
    (status = 422, body = ErrorBody), (status = 429, body = ErrorBody)))]
async fn login(
    State(sessions): State<Sessions>,
    visitor: Visitor,
    Json(body): Json<Credentials>,
) -> Result<axum::Json<LoginAnswer>> {
    let signed_in = sign_in::with_password(&sessions, &body, &visitor, Keep::Tokens).await?;
    let tokens = signed_in.tokens.ok_or_else(|| Error::internal("no tokens were made"))?;
    Ok(axum::Json(LoginAnswer { tokens, user: UserView::from(&signed_in.account) }))
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

fn login_form(sessions: &Sessions, ui: Ui, form: FormView, next: String, notice: Option<&'static str>) -> Response {
    let registration = sessions.accounts.registration.is_on();
    Html(LoginPage { ui, form, next, registration, notice }).into_response()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LoginForm {
    #[serde(flatten)]
    who: Credentials,
    next: String,
}

async fn enter(
    State(sessions): State<Sessions>,
    asked: Asked,
    visitor: Visitor,
    headers: HeaderMap,
    Form(LoginForm { who, next }): Form<LoginForm>,
) -> Result<Response> {
    let entered = async {
        who.check()?;
        check_cookies(&sessions, &headers)?;
        sign_in::with_password(&sessions, &who, &visitor, Keep::Cookie).await
    };
    match entered.await {
        Ok(signed_in) => Ok(go_on(&sessions, signed_in, &next)),
        Err(error) => {
            let page = async |ui, form| Ok(login_form(&sessions, ui, form, next, None));
            let page = asked.again(error, [("email", who.email)], page).await?;
            Ok((probe(&sessions, &headers), page).into_response())
        }
    }
}

/// Sets the cookies and goes where the person was heading.
fn go_on(sessions: &Sessions, signed_in: SignedIn, next: &str) -> Response {
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
    #[serde(flatten)]
    new: Registration,
    next: String,
}

/// Makes the account and signs in: nobody wants to type the same twice.
async fn register(
    State(sessions): State<Sessions>,
    asked: Asked,
    context: Context,
    visitor: Visitor,
    headers: HeaderMap,
    Form(RegisterForm { new, next }): Form<RegisterForm>,
) -> Result<Response> {
    let entered = async {
        new.check()?;
        check_cookies(&sessions, &headers)?;
        let made = account::registering::register(&sessions.accounts, &new, visitor.address, context.lang).await?;
        sign_in::begin(&sessions, made.id, Method::Password, &visitor, Keep::Cookie).await
    };
    match entered.await {
        Ok(signed_in) => Ok(go_on(&sessions, signed_in, &next)),
        Err(error) => {
            let typed = [("username", new.username), ("email", new.email)];
            let page = async |ui, form| Ok(Html(RegisterPage { ui, form, next }));
            let page = asked.again(error, typed, page).await?;
            Ok((probe(&sessions, &headers), page).into_response())
        }
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
    #[serde(flatten)]
    new: Registration,
}

async fn make_admin(
    State(sessions): State<Sessions>,
    asked: Asked,
    context: Context,
    visitor: Visitor,
    headers: HeaderMap,
    Form(SetupForm { token, new }): Form<SetupForm>,
) -> Result<Response> {
    let entered = async {
        new.check()?;
        check_cookies(&sessions, &headers)?;
        let made = setup::create_admin(&sessions, &token, &new, context.lang).await?;
        sign_in::begin(&sessions, made.id, Method::Password, &visitor, Keep::Cookie).await
    };
    match entered.await {
        Ok(signed_in) => Ok(go_on(&sessions, signed_in, "/dashboard")),
        Err(error) => {
            let typed = [("username", new.username), ("email", new.email)];
            let page = async |ui, form| Ok(Html(SetupPage { ui, form, token }));
            let page = asked.again(error, typed, page).await?;
            Ok((probe(&sessions, &headers), page).into_response())
        }
    }
}
