//! The switches of theme and language, for everybody.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{Accounts, actions::ACCOUNT_CHANGED, store};
use crate::platform::{
    base::{actor::Actor, error::Result, i18n::Lang},
    data::events::Event,
    web::{
        cookies,
        extract::{Anyone, Form},
        own_path,
        ui::Theme,
    },
};

pub fn routes() -> OpenApiRouter<Accounts> {
    Router::new().route("/preferences", post(prefer)).into()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Preferences {
    theme: Option<String>,
    lang: Option<String>,
    back: String,
}

/// The theme belongs to the browser, the language to the account when there is one.
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
            set_language(&accounts, &actor, lang).await?;
        }
    }
    Ok((jar, Redirect::to(own_path(&form.back))).into_response())
}

async fn set_language(accounts: &Accounts, actor: &Actor, lang: Lang) -> Result<()> {
    let mut tx = accounts.db.begin().await?;
    store::set_language(&mut tx, actor.user, lang.code()).await?;
    tx.emit(Event { kind: ACCOUNT_CHANGED, id: actor.user, user: actor.user });
    Ok(tx.commit().await?)
}
