//! The pages about one's own sessions, and what their forms do.

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
    Sessions, ending, history,
    model::{Attempt, Session},
    password,
    proof::Proven,
    views::{AttemptRow, SessionCard, SessionLine, SessionsPage},
};
use crate::{
    account,
    platform::{
        base::{actor::Actor, clock::Timestamp, error::Result, geo::Place, user_agent::localised},
        web::{
            Html, cookies,
            extract::{Form, Id, Visitor, form_with},
            ui::{Form as FormView, Ui},
        },
    },
};

/// How many attempts the page shows.
const SHOWN_ATTEMPTS: i64 = 20;
const PAGE: &str = "/dashboard/settings/sessions";

pub fn routes() -> OpenApiRouter<Sessions> {
    Router::new()
        .route(PAGE, get(page))
        .route("/dashboard/settings/sessions/{id}/end", post(end))
        .route("/dashboard/settings/sessions/{id}/name", post(rename))
        .route("/dashboard/settings/sessions/end-others", post(end_others))
        .route("/dashboard/settings/password", post(change_password))
        .route("/logout", post(logout))
        .into()
}

/// Where somebody is signed in: the session of this request, then those that were active last; at most
/// `most`, and how many there are in all.
pub async fn lines(sessions: &Sessions, ui: &Ui, actor: &Actor, most: usize) -> Result<(Vec<SessionLine>, i64)> {
    let rows = ending::list(sessions, actor).await?;
    let now = sessions.clock.now();
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let (mine, others): (Vec<_>, Vec<_>) = rows.iter().partition(|(row, _)| row.id == actor.session);
    let shown = mine.into_iter().chain(others).take(most);
    let cards = shown.map(|(row, at)| card(row, *at, ui, actor.session, now));
    Ok((cards.map(SessionLine::from).collect(), count))
}

async fn page(State(sessions): State<Sessions>, ui: Ui, actor: Actor) -> Result<Html<SessionsPage>> {
    show(&sessions, ui, &actor, FormView::new()).await
}

async fn show(sessions: &Sessions, ui: Ui, actor: &Actor, form: FormView) -> Result<Html<SessionsPage>> {
    let now = sessions.clock.now();
    let rows = ending::list(sessions, actor).await?;
    let cards = rows.iter().map(|(row, at)| card(row, *at, &ui, actor.session, now)).collect();
    let attempts =
        history::list(sessions, actor, SHOWN_ATTEMPTS).await?.iter().map(|row| attempt_row(row, &ui)).collect();
    Ok(Html(SessionsPage { ui, sessions: cards, attempts, form, needs_password: actor.proven_until(now).is_none() }))
}

/// A session as a card.
pub fn card(session: &Session, last_activity: Timestamp, ui: &Ui, current: i64, now: Timestamp) -> SessionCard {
    SessionCard {
        id: session.id,
        kind: crate::platform::base::user_agent::DeviceKind::parse(&session.device_type).as_str(),
        title: session.title(ui.lang),
        device_line: session.name.as_ref().map_or_else(String::new, |_| {
            let russian = ui.lang.is_russian();
            format!("{} · {}", localised(&session.device, russian), localised(&session.browser, russian))
        }),
        ip: ui.address(&session.ip_address),
        place: session.place(ui.lang),
        last_activity_ms: last_activity.0,
        created_ms: session.created_at.0,
        method: session.sign_in_method.clone(),
        is_current: session.id == current,
        unconfirmed: session.unconfirmed_until.is_some_and(|until| until > now),
    }
}

impl From<SessionCard> for SessionLine {
    fn from(card: SessionCard) -> Self {
        let SessionCard { kind, title, place, last_activity_ms, is_current, .. } = card;
        Self { kind, title, place, last_activity_ms, is_current }
    }
}

/// The key of the words for how somebody tried to come in, or for what came of it.
pub fn attempt_key(method: &str, reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("attempt-reason-{}", reason.replace('_', "-")),
        None => format!("attempt-method-{method}"),
    }
}

fn attempt_row(attempt: &Attempt, ui: &Ui) -> AttemptRow {
    let russian = ui.lang.is_russian();
    AttemptRow {
        success: attempt.success,
        device: localised(&attempt.device, russian),
        browser: localised(&attempt.browser, russian),
        reason_or_method: ui.t(&attempt_key(&attempt.method, attempt.reason.as_deref())),
        place: Place::from_json(&attempt.location).name(russian),
        ip: ui.address(&attempt.ip_address),
        created_ms: attempt.created_at.0,
        count: attempt.count,
        theft: attempt.reason.as_deref() == Some("token_reuse"),
    }
}

async fn end(State(sessions): State<Sessions>, actor: Actor, owner: Result<Proven>, Id(id): Id) -> Result<Redirect> {
    match id == actor.session {
        true => ending::end_own(&sessions, &actor).await?,
        false => ending::end(&sessions, &owner?, id).await?,
    }
    Ok(Redirect::to(PAGE))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NameForm {
    name: String,
}

async fn rename(
    State(sessions): State<Sessions>,
    ui: Ui,
    actor: Actor,
    Id(id): Id,
    Form(form): Form<NameForm>,
) -> Result<Response> {
    match ending::rename(&sessions, &actor, id, &form.name).await {
        Ok(()) => Ok(Redirect::to(PAGE).into_response()),
        Err(error) => {
            let status = error.status();
            let shown = match error.fields.first_key_value() {
                Some((_, key)) => FormView::new().with_message(error.say(ui.lang, key)),
                None => form_with(&ui, error, [])?,
            };
            Ok((status, show(&sessions, ui, &actor, shown).await?).into_response())
        }
    }
}

async fn end_others(State(sessions): State<Sessions>, owner: Proven) -> Result<Redirect> {
    ending::end_others(&sessions, &owner).await?;
    Ok(Redirect::to(PAGE))
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PasswordForm {
    current_password: String,
    new_password: String,
}

async fn change_password(
    State(sessions): State<Sessions>,
    ui: Ui,
    actor: Actor,
    visitor: Visitor,
    Form(form): Form<PasswordForm>,
) -> Result<Response> {
    match password::change(&sessions, &actor, &form.current_password, &form.new_password, &visitor).await {
        Ok(_) => Ok(Redirect::to("/dashboard/settings?saved=password").into_response()),
        Err(error) => {
            let status = error.status();
            let shown = form_with(&ui, error, [])?;
            let page = account::pages::settings_with(&sessions.accounts, ui, &actor, None, shown, None).await?;
            Ok((status, page).into_response())
        }
    }
}

async fn logout(State(sessions): State<Sessions>, actor: Actor) -> Result<Response> {
    ending::end_own(&sessions, &actor).await?;
    let jar = CookieJar::new().add(sessions.cookies().forget(cookies::SESSION));
    Ok((jar, Redirect::to("/login?done=out")).into_response())
}
