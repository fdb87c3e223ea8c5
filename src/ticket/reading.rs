//! Reading: a list with its numbers, a search, one ticket with its conversation, its history. The
//! reader's scope goes down into the SQL.

use crate::{
    account,
    platform::base::{
        actor::Actor,
        clock::Timestamp,
        error::{Error, Result},
        markdown::plain_text,
        public_id::PublicId,
        workers::Turn,
    },
    ticket::codes,
};
use std::{collections::HashMap, sync::Arc};

use super::{
    Tickets, excerpt,
    memory::ListKey,
    model::{Scope, Status},
    query::{self, Query},
    shown::{ChangeView, CustomerView, Facts, PublicResponse, StaffView, TicketView, View},
    store::{self, Joined},
    store_list::{self, Assigned, Count, Narrow},
    store_response::{self, Kind, Part},
    store_search::{self, Hit},
};

/// People whose tickets a search by their name shows, the newest.
const MOST_PEOPLE: i64 = 500;
/// Documents that a search looks at, the newest: enough for every page that a person turns.
const MOST_HITS: i64 = 250;
/// With fewer hits than this, what is being typed is taken for the beginning of a word.
const FEW_HITS: usize = 50;

/// What somebody asks of the list.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub narrow: Narrow,
    pub search: String,
    pub page: i64,
    pub page_size: i64,
}

impl Wanted {
    /// How many come before the page.
    fn offset(&self) -> i64 {
        (self.page - 1) * self.page_size
    }
}

/// How many tickets of each status the reader has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub open: i64,
    pub in_progress: i64,
    pub awaiting_reply: i64,
    pub resolved: i64,
    pub closed: i64,
    /// Of those that are not resolved or closed.
    pub assigned_to_me: i64,
    pub unassigned: i64,
}

impl Stats {
    /// How many wait for us: what heading, badge, tile and filter mean by it.
    pub fn waiting(&self) -> i64 {
        self.open + self.in_progress
    }
}

/// One ticket of a list.
pub struct Item {
    pub ticket: TicketView,
    /// Since when the customer waits; none while it is the customer's turn.
    pub waiting_since: Option<Timestamp>,
    /// Newer than what the reader has seen.
    pub unread: bool,
    /// Trusted markup: the beginning of the message, or where the search found something.
    pub excerpt_html: String,
    pub title_html: String,
}

impl Item {
    /// In memory, about.
    pub fn weight(&self) -> usize {
        let texts = [&self.ticket.title, &self.ticket.message, &self.excerpt_html, &self.title_html];
        size_of::<Self>() + texts.iter().map(|text| text.len()).sum::<usize>() + self.ticket.attachments.len() * 256
    }
}

pub struct List {
    pub items: Arc<[Item]>,
    pub total: i64,
    pub stats: Stats,
}

pub async fn list(tickets: &Tickets, actor: &Actor, wanted: &Wanted) -> Result<List> {
    let scope = Scope::of(actor);
    let counts = tickets.memory.counts(&tickets.db, scope).await?;
    let stats = stats(&counts, actor);
    if !wanted.search.trim().is_empty() {
        let (items, total) = search(tickets, actor, wanted).await?;
        return Ok(List { items, total, stats });
    }
    let total = counts.iter().filter(|count| count.is_in(&wanted.narrow)).map(|count| count.count).sum();
    let items = if total > wanted.offset() { page(tickets, actor, wanted).await? } else { Arc::default() };
    Ok(List { items, total, stats })
}

/// A page without a search, newest change first.
async fn page(tickets: &Tickets, actor: &Actor, wanted: &Wanted) -> Result<Arc<[Item]>> {
    let Wanted { narrow, page, page_size, .. } = *wanted;
    let (scope, reader) = (Scope::of(actor), actor.user);
    let read = async {
        let rows = store_list::page(&tickets.db, scope, narrow, reader, page_size, wanted.offset()).await?;
        Ok(items(tickets, actor, rows.into_iter().map(|row| (row, None)).collect(), None).await?.into())
    };
    tickets.memory.list(ListKey { scope, reader, narrow, page, page_size }, read).await
}

fn stats(counts: &[Count], actor: &Actor) -> Stats {
    let mut stats = Stats::default();
    for count in counts {
        let field = match count.status {
            Status::Open => &mut stats.open,
            Status::InProgress => &mut stats.in_progress,
            Status::AwaitingReply => &mut stats.awaiting_reply,
            Status::Resolved => &mut stats.resolved,
            Status::Closed => &mut stats.closed,
        };
        *field += count.count;
        if count.status.is_active() {
            stats.assigned_to_me += if count.assigned_to == actor.user { count.count } else { 0 };
            stats.unassigned += if count.assigned_to == 0 { count.count } else { 0 };
        }
    }
    stats
}

/// The numbers alone, for a dashboard or a pill.
pub async fn numbers(tickets: &Tickets, actor: &Actor) -> Result<Stats> {
    Ok(stats(&tickets.memory.counts(&tickets.db, Scope::of(actor)).await?, actor))
}

/// A page of what a search found, newest change first, each with the place where it was found.
async fn search(tickets: &Tickets, actor: &Actor, wanted: &Wanted) -> Result<(Arc<[Item]>, i64)> {
    let (scope, text) = (Scope::of(actor), wanted.search.trim());
    let mut query = Query::parse(text);
    let mut hits: Vec<Hit> = Vec::new();
    if let Some(exact) = &query {
        hits = store_search::find(&tickets.db, scope, wanted.narrow, exact, MOST_HITS).await?;
    }
    if hits.len() < FEW_HITS {
        query = query.map(Query::open);
        if let Some(open) = &query {
            hits = store_search::find(&tickets.db, scope, wanted.narrow, open, MOST_HITS).await?;
        }
    }
    // Operators find people's tickets by their name and address in the same box.
    if scope == Scope::All {
        let people = account::store::any_found(&tickets.db, text, MOST_PEOPLE).await?;
        hits.extend(store_search::of_people(&tickets.db, scope, wanted.narrow, &people, MOST_HITS).await?);
    }
    let mut found: HashMap<i64, Hit> = HashMap::new();
    for hit in hits {
        found.entry(hit.ticket_id).or_insert(hit);
    }
    let mut order: Vec<&Hit> = found.values().collect();
    order.sort_by_key(|hit| std::cmp::Reverse((hit.updated_at, hit.ticket_id)));
    let mut ids: Vec<i64> = order.iter().map(|hit| hit.ticket_id).collect();
    if let Some(number) = query::ticket_number(text)
        && store::by_id(&tickets.db, scope, actor.user, number).await?.is_some()
    {
        ids.retain(|id| *id != number);
        ids.insert(0, number);
    }
    let total = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    let skip = usize::try_from(wanted.offset()).unwrap_or(usize::MAX);
    let take = usize::try_from(wanted.page_size).unwrap_or(10);
    let page: Vec<i64> = ids.into_iter().skip(skip).take(take).collect();
    let rows = store_list::by_ids(&tickets.db, scope, actor.user, &page).await?;
    let place = |row: &Joined| found.get(&row.ticket.id).and_then(|hit| hit.response_id);
    let places: Vec<_> = rows.iter().map(place).collect();
    let rows = rows.into_iter().zip(places).collect();
    Ok((items(tickets, actor, rows, query.as_ref()).await?.into(), total))
}

async fn items(
    tickets: &Tickets,
    actor: &Actor,
    rows: Vec<(Joined, Option<i64>)>,
    query: Option<&Query>,
) -> Result<Vec<Item>> {
    let scope = Scope::of(actor);
    let ids: Vec<i64> = rows.iter().map(|(row, _)| row.ticket.id).collect();
    let mut files = store_response::any_files(&tickets.db, Kind::Ticket, &ids).await?;
    let mut parts = Vec::with_capacity(rows.len());
    for (row, place) in rows {
        let unread = row.ticket.updated_at > row.seen_at && (!scope.is_staff() || row.ticket.status.is_active());
        let mut facts = row.facts(scope);
        facts.attachments = files.remove(&facts.ticket.id).unwrap_or_default();
        let answer = match place {
            Some(id) => store_response::by_id(&tickets.db, scope, id).await?.map(|one| one.response.message),
            None => None,
        };
        parts.push((facts, unread, answer));
    }
    let query = query.cloned();
    let make = move || parts.into_iter().map(|part| item(part, query.as_ref())).collect();
    tickets.workers.run(Turn::Sooner, make).await
}

/// So many characters of a message a list carries.
const BEGINNING: usize = 300;

/// A ticket with the beginning of its message, or with the place that was found in it or in an answer.
fn item((mut facts, unread, answer): (Facts, bool, Option<String>), query: Option<&Query>) -> Item {
    let (excerpt_html, title_html) = match query {
        None => (excerpt::beginning(&plain_text(&facts.ticket.message)), excerpt::beginning(&facts.ticket.title)),
        Some(query) => {
            let text = answer.as_deref().unwrap_or(&facts.ticket.message);
            (excerpt::found(&plain_text(text), query), excerpt::found(&facts.ticket.title, query))
        }
    };
    if let Some((end, _)) = facts.ticket.message.char_indices().nth(BEGINNING) {
        facts.ticket.message.truncate(end);
    }
    let waiting_since = facts.ticket.waiting_since;
    Item { ticket: facts.into(), waiting_since, unread, excerpt_html, title_html }
}

/// One ticket without what was said in it; another's is not there.
///
/// # Errors
/// 404 `ticket_not_found`.
pub async fn facts(tickets: &Tickets, actor: &Actor, id: i64) -> Result<Facts> {
    let scope = Scope::of(actor);
    let joined = store::by_id(&tickets.db, scope, actor.user, id).await?;
    let joined = joined.ok_or_else(|| Error::not_found(codes::TICKET_NOT_FOUND))?;
    let mut facts = joined.facts(scope);
    facts.attachments = files_of(tickets, Kind::Ticket, &[id]).await?.remove(&id).unwrap_or_default();
    Ok(facts)
}

/// One ticket with the end of its conversation; another's is not there. `limit`: how many answers of so many.
///
/// # Errors
/// 404 `ticket_not_found`.
pub async fn get(tickets: &Tickets, actor: &Actor, id: i64, limit: impl FnOnce(i64) -> i64) -> Result<View> {
    let facts = facts(tickets, actor, id).await?;
    let (scope, before) = (Scope::of(actor), i64::MAX);
    let total = match scope {
        Scope::Own(_) => facts.ticket.response_count,
        Scope::All => store_response::count_before(&tickets.db, scope, id, before).await?,
    };
    view(tickets, scope, facts, Part { before, limit: limit(total) }, total).await
}

/// What was said before an answer that the reader has, as the same ticket.
///
/// # Errors
/// 404 `ticket_not_found`.
pub async fn earlier(tickets: &Tickets, actor: &Actor, id: i64, before: Option<PublicId>, limit: i64) -> Result<View> {
    let facts = facts(tickets, actor, id).await?;
    let scope = Scope::of(actor);
    let before = before.map_or(i64::MAX, |before| tickets.db.seal.find(store_response::RESPONSE, before));
    let total = store_response::count_before(&tickets.db, scope, id, before).await?;
    view(tickets, scope, facts, Part { before, limit }, total).await
}

/// `total`: how many answers the part ends with, and all before it.
async fn view(tickets: &Tickets, scope: Scope, facts: Facts, part: Part, total: i64) -> Result<View> {
    let (db, id) = (&tickets.db, facts.ticket.id);
    let earlier = |shown: usize| (total - i64::try_from(shown).unwrap_or(i64::MAX)).max(0);
    match scope {
        Scope::Own(user) => {
            let mut responses = store_response::public_of(db, user, id, part).await?;
            add_files(tickets, responses.iter_mut().collect()).await?;
            Ok(View::Customer(CustomerView { earlier: earlier(responses.len()), facts, responses }))
        }
        Scope::All => {
            let mut responses = store_response::any_of(db, id, part).await?;
            add_files(tickets, responses.iter_mut().map(|one| &mut one.response).collect()).await?;
            Ok(View::Staff(StaffView { earlier: earlier(responses.len()), facts, responses }))
        }
    }
}

/// One answer, as the reader may see it.
pub async fn response(tickets: &Tickets, actor: &Actor, id: i64) -> Result<super::shown::ResponseView> {
    let found = store_response::by_id(&tickets.db, Scope::of(actor), id).await?;
    let mut found = found.ok_or_else(|| Error::not_found(codes::TICKET_NOT_FOUND))?;
    add_files(tickets, vec![&mut found.response]).await?;
    if let Scope::Own(user) = Scope::of(actor) {
        found.response.author = found.response.author.for_customer(user);
    }
    Ok(found.into())
}

pub(super) async fn add_files(tickets: &Tickets, mut responses: Vec<&mut PublicResponse>) -> Result<()> {
    let ids: Vec<i64> = responses.iter().map(|one| one.row).collect();
    let mut files = files_of(tickets, Kind::Response, &ids).await?;
    for one in &mut responses {
        one.attachments = files.remove(&one.row).unwrap_or_default();
    }
    Ok(())
}

async fn files_of(
    tickets: &Tickets,
    kind: Kind,
    owners: &[i64],
) -> Result<HashMap<i64, Vec<super::shown::Attachment>>> {
    Ok(store_response::any_files(&tickets.db, kind, owners).await?)
}

/// Who changed what.
pub async fn history(tickets: &Tickets, actor: &Actor, id: i64) -> Result<Vec<ChangeView>> {
    let scope = Scope::of(actor);
    let found = store::by_id(&tickets.db, scope, actor.user, id).await?;
    found.ok_or_else(|| Error::not_found(codes::TICKET_NOT_FOUND))?;
    Ok(store_response::changes(&tickets.db, scope, id).await?)
}

/// Who changed what in a ticket that the reader has got.
pub async fn history_of(tickets: &Tickets, view: &View) -> Result<Vec<ChangeView>> {
    let ticket = &view.facts().ticket;
    let scope = match view {
        View::Customer(_) => Scope::Own(ticket.user_id),
        View::Staff(_) => Scope::All,
    };
    Ok(store_response::changes(&tickets.db, scope, ticket.id).await?)
}

/// The word of the filter: `me`, `unassigned`, `others`, an operator's id; none for customers.
pub fn assigned(actor: &Actor, word: &str) -> Option<Option<Assigned>> {
    match word {
        "" | "all" => Some(None),
        _ if !actor.role.is_staff() => Some(None),
        "me" => Some(Some(Assigned::To(actor.user))),
        "unassigned" => Some(Some(Assigned::Nobody)),
        "others" => Some(Some(Assigned::NotTo(actor.user))),
        id => id.parse().ok().map(|id| Some(Assigned::To(id))),
    }
}

/// These tickets, in the order of the ids, as far as the reader may see them.
pub async fn by_ids(tickets: &Tickets, actor: &Actor, ids: &[i64]) -> Result<Vec<Item>> {
    let rows = store_list::by_ids(&tickets.db, Scope::of(actor), actor.user, ids).await?;
    items(tickets, actor, rows.into_iter().map(|row| (row, None)).collect(), None).await
}
