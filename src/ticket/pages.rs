//! The list of tickets, as a page.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use utoipa_axum::router::OpenApiRouter;

use super::{
    Tickets,
    api::{ListQuery, MOST_PAGES},
    model::Status,
    reading::{self, List},
    store_list::Stand,
    views::{FilterView, Pages, TicketsPage, Tile},
};
use crate::platform::{
    base::{actor::Actor, error::Result},
    web::{
        Html, QUERY_VALUE, back_to_last,
        extract::{Id, Query},
        ui::Ui,
    },
};

pub const PAGE: &str = "/dashboard/tickets-new";

pub fn routes() -> OpenApiRouter<Tickets> {
    Router::new()
        .route(PAGE, get(list))
        .route("/dashboard/tickets", get(|| async { Redirect::permanent(PAGE) }))
        .route("/dashboard/tickets/{id}", get(moved))
        .into()
}

/// Links in what was written before the page was called as it is now.
async fn moved(Id(id): Id) -> Redirect {
    Redirect::permanent(&format!("{PAGE}/{id}"))
}

async fn list(
    State(tickets): State<Tickets>,
    ui: Ui,
    actor: Actor,
    Query(query): Query<ListQuery>,
) -> Result<Response> {
    let staff = actor.role.is_staff();
    // A link from elsewhere with a word that does not exist shows everything rather than an error.
    let query = ListQuery {
        page_size: None,
        page: query.page.filter(|page| *page > 0).map(|page| page.min(MOST_PAGES)),
        ..query
    };
    let (query, wanted) = match query.wanted(&actor) {
        Ok(wanted) => (query, wanted),
        Err(_) => (ListQuery::default(), ListQuery::default().wanted(&actor)?),
    };
    let list = reading::list(&tickets, &actor, &wanted).await?;
    let count = (list.total + wanted.page_size - 1) / wanted.page_size;
    if let Some(back) = back_to_last(&ui.path, wanted.page, count) {
        return Ok(back.into_response());
    }
    let filter = filter(&query, staff);
    let desk = if staff { Some(tickets.memory.any_numbers(&tickets.db).await?) } else { None };
    let operators = desk.as_ref().map_or_else(Vec::new, |desk| desk.operators.clone());
    let oldest_wait_ms = desk.and_then(|desk| desk.oldest_wait).map(|since| since.0);
    let tiles = if staff { staff_tiles(&list, &filter) } else { customer_tiles(&list, &filter) };
    let pages = pages(&list, &filter, wanted.page, wanted.page_size);
    Ok(Html(TicketsPage { ui, staff, filter, tiles, rows: list.items, pages, oldest_wait_ms, operators })
        .into_response())
}

fn filter(query: &ListQuery, staff: bool) -> FilterView {
    let word = |text: &str| if text == "all" { String::new() } else { text.to_owned() };
    FilterView {
        search: query.search.trim().to_owned(),
        status: word(&query.status),
        category: word(&query.category),
        priority: word(&query.priority),
        assigned: if staff { word(&query.assigned) } else { String::new() },
    }
}

/// The list's address with this filter.
fn href(filter: &FilterView, page: i64) -> String {
    let escape = |text: &str| percent_encoding::utf8_percent_encode(text, QUERY_VALUE).to_string();
    let number = if page > 1 { page.to_string() } else { String::new() };
    let fields = [
        ("search", &filter.search),
        ("status", &filter.status),
        ("category", &filter.category),
        ("priority", &filter.priority),
        ("assigned", &filter.assigned),
        ("page", &number),
    ];
    let set = fields.iter().filter(|(_, value)| !value.is_empty());
    let query = set.map(|(name, value)| format!("{name}={}", escape(value))).collect::<Vec<_>>().join("&");
    if query.is_empty() { PAGE.to_owned() } else { format!("{PAGE}?{query}") }
}

fn tile(filter: &FilterView, count: i64, label: &'static str, status: &str, assigned: &str) -> Tile {
    let wanted = FilterView { status: status.into(), assigned: assigned.into(), ..FilterView::default() };
    let current = filter.status == wanted.status && filter.assigned == wanted.assigned && !filter.is_empty();
    // A second click shows everything again.
    let href = if current { PAGE.to_owned() } else { href(&wanted, 1) };
    Tile { count, label, href, current }
}

fn staff_tiles(list: &List, filter: &FilterView) -> Vec<Tile> {
    let stats = &list.stats;
    vec![
        tile(filter, stats.waiting(), "tickets-tile-waiting", Stand::WAITING, ""),
        tile(filter, stats.assigned_to_me, "tickets-tile-mine", "", "me"),
        tile(filter, stats.awaiting_reply, "tickets-tile-awaiting", Status::AwaitingReply.as_str(), ""),
        tile(filter, stats.unassigned, "tickets-tile-unassigned", "", "unassigned"),
    ]
}

fn customer_tiles(list: &List, filter: &FilterView) -> Vec<Tile> {
    let stats = &list.stats;
    vec![
        tile(filter, stats.open, "tickets-tile-open", Status::Open.as_str(), ""),
        tile(filter, stats.in_progress, "tickets-tile-in-progress", Status::InProgress.as_str(), ""),
        tile(filter, stats.awaiting_reply, "tickets-tile-your-turn", Status::AwaitingReply.as_str(), ""),
        tile(filter, stats.resolved, "tickets-tile-resolved", Status::Resolved.as_str(), ""),
    ]
}

fn pages(list: &List, filter: &FilterView, page: i64, size: i64) -> Pages {
    let pages = (list.total + size - 1) / size;
    let shown = i64::try_from(list.items.len()).unwrap_or(0);
    Pages {
        pages,
        first: if shown == 0 { 0 } else { (page - 1) * size + 1 },
        last: (page - 1) * size + shown,
        total: list.total,
        prev: (page > 1).then(|| href(filter, page - 1)),
        next: (page < pages).then(|| href(filter, page + 1)),
    }
}
