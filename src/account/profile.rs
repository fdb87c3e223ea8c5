//! One's own profile: what a person chooses about themselves, shown and changed.

use axum::{
    extract::State,
    response::Response,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{
    ToSchema,
    openapi::schema::{ObjectBuilder, SchemaType, Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Accounts,
    actions::{ACCOUNT_CHANGED, of_actor},
    model::{Account, check_language, check_timezone, check_username},
    store,
    views::{SettingsPage, zone_choices},
};
use crate::platform::{
    base::{
        actor::Actor,
        error::{Error, Result},
        i18n::Lang,
        mailbox,
        text::given,
    },
    data::events::Event,
    web::{
        Html,
        asked::{Asked, Input},
        extract::Query,
        render::ErrorBody,
        ui::{Form as FormView, Ui},
    },
};

const PAGE: &str = "/dashboard/settings";

pub fn routes() -> OpenApiRouter<Accounts> {
    OpenApiRouter::new()
        .routes(routes!(profile, set_profile))
        .route("/dashboard/settings/profile", post(set_profile))
        .route(PAGE, get(settings))
}

#[derive(Serialize, ToSchema)]
struct ProfileAnswer {
    success: bool,
    data: ProfileData,
}

#[derive(Serialize, ToSchema)]
struct ProfileData {
    id: i64,
    username: String,
    email: String,
    profile: Choices,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Choices {
    /// `ru` or `en`.
    language: String,
    /// A name of the IANA time zone database.
    #[schema(example = "Europe/Moscow")]
    timezone: String,
    avatar_url: Option<String>,
}

impl From<Account> for ProfileAnswer {
    fn from(account: Account) -> Self {
        let profile =
            Choices { language: account.language, timezone: account.timezone, avatar_url: account.avatar_url };
        Self {
            success: true,
            data: ProfileData { id: account.id, username: account.username, email: account.email, profile },
        }
    }
}

/// The actor's profile.
#[utoipa::path(get, path = "/api/user/profile", tag = "profile", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = ProfileAnswer), (status = 401, body = ErrorBody)))]
async fn profile(State(accounts): State<Accounts>, actor: Actor) -> Result<axum::Json<ProfileAnswer>> {
    Ok(axum::Json(of_actor(&accounts, &actor).await?.into()))
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
    let account = of_actor(accounts, actor).await?;
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

/// What a person chooses about themselves. A field that is not given stays.
#[derive(Default, Deserialize, ToSchema)]
struct ProfileChange {
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 2, max_length = 64)]
    username: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = languages)]
    language: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(example = "Europe/Moscow")]
    timezone: Option<String>,
    /// Only as it is: an administrator changes it.
    #[schema(format = Email, max_length = 254, example = "artem@example.ru")]
    email: Option<String>,
}

/// The languages that there are, for the description.
fn languages() -> ObjectBuilder {
    let codes = Lang::ALL.into_iter().map(|lang| Value::from(lang.code())).chain([Value::Null]);
    ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Null])).enum_values(Some(codes))
}

/// Changes name, language or time zone; what is not given stays.
#[utoipa::path(put, path = "/api/user/profile", tag = "profile", request_body = ProfileChange, security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = ProfileAnswer), (status = 401, body = ErrorBody), (status = 422, body = ErrorBody)))]
async fn set_profile(
    State(accounts): State<Accounts>,
    actor: Actor,
    asked: Asked,
    Input(body): Input<ProfileChange>,
) -> Result<Response> {
    match change(&accounts, &actor, &body).await {
        Ok(()) => {
            let json = async || Ok(axum::Json(ProfileAnswer::from(of_actor(&accounts, &actor).await?)));
            asked.done(json, "/dashboard/settings?saved=profile").await
        }
        Err(error) => {
            let ProfileChange { username, language, timezone, .. } = body;
            let typed = [("username", username), ("language", language), ("timezone", timezone)];
            let typed = typed.map(|(name, text)| (name, text.unwrap_or_default()));
            let page = async |ui, form| settings_with(&accounts, ui, &actor, Some(form), FormView::new(), None).await;
            asked.again(error, typed, page).await
        }
    }
}

async fn change(accounts: &Accounts, actor: &Actor, change: &ProfileChange) -> Result<()> {
    let account = of_actor(accounts, actor).await?;
    let username = change.username.as_deref().unwrap_or(&account.username);
    let language = change.language.as_deref().unwrap_or(&account.language);
    let timezone = change.timezone.as_deref().unwrap_or(&account.timezone);
    let error = check_timezone(check_language(check_username(Error::invalid(), username), language), timezone);
    check_own_email(error, change.email.as_deref(), &account).or_ok()?;
    let mut tx = accounts.db.begin().await?;
    store::set_profile(&mut tx, actor.user, username, language, timezone).await?;
    tx.emit(Event { kind: ACCOUNT_CHANGED, id: actor.user, user: actor.user });
    Ok(tx.commit().await?)
}

/// Clients send back what they were given; that it was changed would be no true answer.
fn check_own_email(error: Error, given: Option<&str>, account: &Account) -> Error {
    match given {
        Some(email) if mailbox::key(email) != mailbox::key(&account.email) => error.field("email", "field-email-fixed"),
        _ => error,
    }
}
