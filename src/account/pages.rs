//! Profile and choices, as pages.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{
    Accounts,
    actions::{self, ProfileChange},
    views::{SettingsPage, zone_choices},
};
use crate::platform::{
    base::{actor::Actor, error::Result, i18n::Lang},
    web::{
        Html, cookies,
        extract::{Anyone, Form, Query, form_with},
        ui::{Form as FormView, Theme, Ui},
    },
};

pub fn routes() -> OpenApiRouter<Accounts> {
    Router::new()
        .route("/dashboard/settings", get(settings))
        .route("/dashboard/settings/profile", post(set_profile))
        .route("/preferences", post(prefer))
        .into()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Saved {
    saved: Option<String>,
}

async fn settings(
    State(accounts): State<Accounts>,
    ui: Ui,
    actor: Actor,
    Query(query): Query<Saved>,
) -> Result<Html<SettingsPage>> {
    let saved = query.saved.filter(|part| part == "profile" || part == "password");
    settings_with(&accounts, ui, &actor, None, FormView::new(), saved).await
}

/// The page with a form as it was sent; `profile`: `None` shows what is kept.
pub async fn settings_with(
    accounts: &Accounts,
    ui: Ui,
    actor: &Actor,
    profile: Option<FormView>,
    password: FormView,
    saved: Option<String>,
) -> Result<Html<SettingsPage>> {
    let account = actions::of_actor(accounts, actor).await?;
    let kept = || {
        FormView::filled([
            ("username", &account.username),
            ("language", &account.language),
            ("timezone", &account.timezone),
        ])
    };
    let profile = profile.unwrap_or_else(kept).with("email", account.email.clone());
    let timezones = zone_choices(ui.lang, accounts.clock.now().0, profile.value("timezone"));
    Ok(Html(SettingsPage { ui, profile, password, timezones, saved }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ProfileForm {
    username: String,
    language: String,
    timezone: String,
}

async fn set_profile(
    State(accounts): State<Accounts>,
    ui: Ui,
    actor: Actor,
    Form(form): Form<ProfileForm>,
) -> Result<Response> {
    let change = ProfileChange {
        username: Some(form.username.clone()),
        language: Some(form.language.clone()),
        timezone: Some(form.timezone.clone()),
        email: None,
    };
    match actions::set_profile(&accounts, &actor, &change).await {
        Ok(_) => Ok(Redirect::to("/dashboard/settings?saved=profile").into_response()),
        Err(error) => {
            let status = error.status();
            let values = [("username", form.username), ("language", form.language), ("timezone", form.timezone)];
            let shown = form_with(&ui, error, values)?;
            let page = settings_with(&accounts, ui, &actor, Some(shown), FormView::new(), None).await?;
            Ok((status, page).into_response())
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Preferences {
    theme: Option<String>,
    lang: Option<String>,
    back: String,
}

/// The switches of theme and language, for everybody. The theme belongs to the browser, the language
/// to the account when there is one.
async fn prefer(
    State(accounts): State<Accounts>,
    Anyone(actor): Anyone,
    Form(form): Form<Preferences>,
) -> Result<Response> {
    let mut jar = CookieJar::new();
    if let Some(theme) = form.theme.as_deref().and_then(Theme::from_code) {
        jar = jar.add(accounts.cookies().make(cookies::THEME, theme.as_str().to_owned(), 400));
    }
    if let Some(lang) = form.lang.as_deref().and_then(Lang::from_code) {
        jar = jar.add(accounts.cookies().make(cookies::LANGUAGE, lang.code().to_owned(), 400));
        if let Some(actor) = actor {
            actions::set_language(&accounts, &actor, lang).await?;
        }
    }
    Ok((jar, Redirect::to(crate::platform::web::own_path(&form.back))).into_response())
}
