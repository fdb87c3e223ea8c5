//! `/dashboard`, and the numbers of its pictures as files.

use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::{
    Overview, csv,
    pictures::Pictures,
    reading,
    views::{CustomerPage, Line, Notices, Sessions, StaffPage},
};
use crate::{
    notification,
    platform::{
        base::{actor::Actor, error::Result},
        web::{
            Html,
            extract::{Query, Staff},
            ui::Ui,
        },
    },
    session,
    ticket::{
        self,
        reading::{Item, Stats},
        views::Tile,
    },
};

const SESSIONS: usize = 3;
const NOTICES: i64 = 3;
const TICKETS: &str = "/dashboard/tickets-new";

pub fn routes() -> OpenApiRouter<Overview> {
    Router::new().route("/dashboard", get(overview)).route("/dashboard/statistics.csv", get(statistics)).into()
}

async fn overview(State(overview): State<Overview>, ui: Ui, actor: Actor) -> Result<Response> {
    let stats = ticket::reading::numbers(&overview.tickets, &actor).await?;
    let notices = notices(&overview, &ui, &actor).await?;
    if !actor.role.is_staff() {
        let tickets = lines_of(&ui, reading::active(&overview, &actor).await?);
        let own = &overview.tickets.notifications.sessions;
        let (lines, count) = session::show::lines(own, &ui, &actor, SESSIONS).await?;
        let sessions = Sessions { lines, count };
        return Ok(Html(CustomerPage { ui, stats, tickets, notices, sessions }).into_response());
    }
    let queue = lines_of(&ui, reading::queue(&overview, &actor).await?);
    let mine = lines_of(&ui, reading::waiting_for(&overview, &actor).await?);
    let pictures = Pictures::of(&ui, &*reading::statistics(&overview).await?);
    let waiting = stats.waiting();
    Ok(Html(StaffPage { ui, tiles: tiles(&stats), waiting, queue, mine, notices, pictures }).into_response())
}

async fn notices(overview: &Overview, ui: &Ui, actor: &Actor) -> Result<Notices> {
    let listed = notification::actions::list(&overview.tickets.notifications, actor, true, 1, NOTICES).await?;
    let rows = listed.notices.iter().map(|notice| notification::show::row(notice, &overview.db.seal, ui)).collect();
    Ok(Notices { rows, unread: listed.total })
}

fn lines_of(ui: &Ui, items: Vec<Item>) -> Vec<Line> {
    items.into_iter().map(|item| Line::new(ui, item)).collect()
}

fn tiles(stats: &Stats) -> Vec<Tile> {
    let tile = |count, label, filter: &str| Tile { count, label, href: format!("{TICKETS}?{filter}"), current: false };
    vec![
        tile(stats.waiting(), "tickets-tile-waiting", "status=waiting"),
        tile(stats.assigned_to_me, "tickets-tile-mine", "assigned=me"),
        tile(stats.awaiting_reply, "tickets-tile-awaiting", "status=awaiting_reply"),
        tile(stats.unassigned, "tickets-tile-unassigned", "assigned=unassigned"),
    ]
}

#[derive(Deserialize)]
struct Wanted {
    kind: csv::Kind,
}

async fn statistics(
    State(overview): State<Overview>,
    ui: Ui,
    Staff(_): Staff,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    let text = csv::table(&ui, wanted.kind, &*reading::statistics(&overview).await?);
    let as_file = format!("attachment; filename=\"{}\"", wanted.kind.filename());
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, as_file.as_str())];
    Ok((headers, text).into_response())
}
