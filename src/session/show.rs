//! Where somebody is signed in, and the last attempts to sign in: as JSON, and as the page of one's sessions.

use axum::{extract::State, routing::get};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Sessions, history,
    model::{Attempt, AttemptView, Session, SessionView},
    views::{AttemptRow, SessionCard, SessionLine, SessionsPage},
};
use crate::{
    account::model::UserView,
    platform::{
        base::{
            actor::Actor,
            clock::Timestamp,
            error::Result,
            geo::Place,
            user_agent::{DeviceKind, localised},
        },
        web::{
            Html,
            extract::{Context, Query},
            render::ErrorBody,
            ui::{Form as FormView, Ui},
        },
    },
};
use std::sync::Arc;

/// How many attempts the page shows.
const SHOWN_ATTEMPTS: i64 = 20;
pub const PAGE: &str = "/dashboard/settings/sessions";

pub fn routes() -> OpenApiRouter<Sessions> {
    OpenApiRouter::new().routes(routes!(me)).routes(routes!(list)).routes(routes!(past)).route(PAGE, get(page))
}

#[derive(Serialize, ToSchema)]
struct Me {
    user: UserView,
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/auth/me", tag = "auth", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Me), (status = 401, body = ErrorBody)))]
async fn me(actor: Actor) -> axum::Json<Me> {
    axum::Json(Me { user: UserView::from(&actor) })
}

/// The actor's live sessions, each with its last activity, the newest first.
async fn live(sessions: &Sessions, actor: &Actor) -> Result<Vec<(Arc<Session>, Timestamp)>> {
    let now = sessions.clock.now();
    let rows = sessions.lists.find(&sessions.db, actor.user, now).await?;
    let active =
        |row: &Session| sessions.activity.last(row.id).map_or(row.last_activity, |at| at.max(row.last_activity));
    let live = rows.iter().filter(|row| row.expires_at > now);
    let mut live: Vec<_> = live.map(|row| (row.clone(), active(row))).collect();
    live.sort_by_key(|(row, at)| std::cmp::Reverse((*at, row.id)));
    Ok(live)
}

/// The live sessions, newest activity first.
#[utoipa::path(get, path = "/api/sessions", tag = "sessions", security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Vec<SessionView>), (status = 401, body = ErrorBody)))]
async fn list(
    State(sessions): State<Sessions>,
    context: Context,
    actor: Actor,
) -> Result<axum::Json<Vec<SessionView>>> {
    let rows = live(&sessions, &actor).await?;
    Ok(axum::Json(rows.iter().map(|(row, at)| row.view(context.lang, actor.session, *at)).collect()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HistoryQuery {
    /// 1 to 100, 20 when not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

/// The last sign-in attempts, good and bad, newest first.
#[utoipa::path(get, path = "/api/sessions/history", tag = "sessions", params(HistoryQuery), security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, body = Vec<AttemptView>), (status = 401, body = ErrorBody), (status = 422, body = ErrorBody)))]
async fn past(
    State(sessions): State<Sessions>,
    context: Context,
    actor: Actor,
    Query(query): Query<HistoryQuery>,
) -> Result<axum::Json<Vec<AttemptView>>> {
    let rows = history::list(&sessions, &actor, query.limit.unwrap_or(20)).await?;
    Ok(axum::Json(rows.iter().map(|row| row.view(context.lang)).collect()))
}

/// Where somebody is signed in: the session of this request, then those that were active last; at most
/// `most`, and how many there are in all.
pub async fn lines(sessions: &Sessions, ui: &Ui, actor: &Actor, most: usize) -> Result<(Vec<SessionLine>, i64)> {
    let rows = live(sessions, actor).await?;
    let now = sessions.clock.now();
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let (mine, others): (Vec<_>, Vec<_>) = rows.iter().partition(|(row, _)| row.id == actor.session);
    let shown = mine.into_iter().chain(others).take(most);
    let cards = shown.map(|(row, at)| card(row, *at, ui, actor.session, now));
    Ok((cards.map(SessionLine::from).collect(), count))
}

async fn page(State(sessions): State<Sessions>, ui: Ui, actor: Actor) -> Result<Html<SessionsPage>> {
    page_with(&sessions, ui, &actor, FormView::new()).await
}

/// The page with what is wrong in one of its forms.
pub async fn page_with(sessions: &Sessions, ui: Ui, actor: &Actor, form: FormView) -> Result<Html<SessionsPage>> {
    let now = sessions.clock.now();
    let rows = live(sessions, actor).await?;
    let cards = rows.iter().map(|(row, at)| card(row, *at, &ui, actor.session, now)).collect();
    let attempts =
        history::list(sessions, actor, SHOWN_ATTEMPTS).await?.iter().map(|row| attempt_row(row, &ui)).collect();
    Ok(Html(SessionsPage { ui, sessions: cards, attempts, form, needs_password: actor.proven_until(now).is_none() }))
}

/// A session as a card.
pub fn card(session: &Session, last_activity: Timestamp, ui: &Ui, current: i64, now: Timestamp) -> SessionCard {
    SessionCard {
        id: session.id,
        kind: DeviceKind::parse(&session.device_type).as_str(),
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
