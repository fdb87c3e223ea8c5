//! Tickets with what was said in them: looked at in batches, written in pieces that lock nobody out for long.

use std::collections::{HashMap, HashSet};

use super::{
    Run,
    people::People,
    rows::{TicketRow, WordRow},
    rules,
    store_map::{self, Kind as MapKind, Known},
    writing::{self, Ask, Chunk, Said},
};
use crate::{
    cli::Failure,
    platform::base::clock::Timestamp,
    ticket::{
        model::{Category, Priority, Status},
        moving::{Moved, Standing, State, Talk},
        store_import,
    },
};

const AT_ONCE: usize = 100;
/// What one transaction writes at most.
const MOST_WORDS: usize = 300;
const MOST_BYTES: usize = 1 << 20;
/// So soon after a note its ticket was touched there.
const TOUCH: i64 = 10_000;
/// So many tickets are compared field by field.
pub const SAMPLE: usize = 20;

/// A ticket of a batch, with what it is to become.
struct Planned {
    row: TicketRow,
    /// None: it is left out.
    owner: Option<i64>,
    standing: Standing,
    created_at: Timestamp,
    known: Option<Known>,
    /// Known before, and not here any more.
    gone: bool,
}

pub async fn bring(run: &mut Run<'_>, people: &People) -> Result<(), Failure> {
    let (tickets, words) = (run.source.schema.ticket.clone(), run.source.schema.response.clone());
    let all = run.source.count(&tickets).await.map_err(super::theirs)?;
    run.report.table("ticket").read = all;
    run.report.table("response").read = run.source.count(&words).await.map_err(super::theirs)?;
    let lost = run.source.without(&words, "ticketId", &tickets).await.map_err(super::theirs)?;
    run.report.table("response").leave_some("ticket_gone", lost);
    run.report.responses.without_imported_ticket += lost;
    let (mut after, mut done) = (i64::MIN, 0);
    loop {
        let rows = run.source.tickets(after, AT_ONCE).await.map_err(super::theirs)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        done += rows.len() as u64;
        batch(run, people, rows).await?;
        run.progress.at("tickets", done, all);
    }
}

async fn batch(run: &mut Run<'_>, people: &People, rows: Vec<TicketRow>) -> Result<(), Failure> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let words = run.source.words(&ids).await.map_err(super::theirs)?;
    let word_ids: Vec<i64> = words.iter().map(|word| word.id).collect();
    let db = &run.app.platform.db;
    let mut known = store_map::any_known(db, &run.name, MapKind::Ticket, &ids).await.map_err(super::ours)?;
    let said = store_map::any_known(db, &run.name, MapKind::Response, &word_ids).await.map_err(super::ours)?;
    let asked: Vec<i64> = ids.iter().copied().chain(known.values().map(|known| known.target_id)).collect();
    let there: HashSet<i64> = store_import::any_there(db, &asked).await.map_err(super::ours)?.into_iter().collect();
    let mut by_ticket: HashMap<i64, Vec<WordRow>> = HashMap::new();
    for word in words {
        by_ticket.entry(word.ticket).or_default().push(word);
    }
    let mut chunk = Chunk::default();
    for row in rows {
        let words = by_ticket.remove(&row.id).unwrap_or_default();
        let known = known.remove(&row.id);
        let gone = known.as_ref().is_some_and(|known| !there.contains(&known.target_id));
        let owner = people.find(row.owner).and_then(|person| person.here);
        let (standing, created_at) = standing(run, people, &row, &words);
        let planned = Planned { row, owner, standing, created_at, known, gone };
        count(run, people, &planned, &words, &said);
        if planned.owner.is_none() || planned.gone {
            continue;
        }
        let id = (planned.row.id > 0 && !there.contains(&planned.row.id)).then_some(planned.row.id);
        let missing = words.iter().filter(|word| !said.contains_key(&word.id));
        add(run, people, &mut chunk, planned, id, missing).await?;
    }
    writing::write(run, &mut chunk).await
}

/// Puts a ticket and its missing answers into pieces, and writes each that is full.
async fn add(
    run: &mut Run<'_>,
    people: &People,
    chunk: &mut Chunk,
    planned: Planned,
    id: Option<i64>,
    missing: impl Iterator<Item = &WordRow>,
) -> Result<(), Failure> {
    let Planned { row, owner, standing, created_at, known, .. } = planned;
    let Some(owner) = owner else { return Ok(()) };
    let there = row.id;
    match known {
        None => {
            if chunk.bytes + row.message.len() > MOST_BYTES && !chunk.is_empty() {
                writing::write(run, chunk).await?;
            }
            chunk.bytes += row.message.len();
            let (title, message) = (rules::title(&row.title), rules::message(&row.message));
            chunk.asks.push(Ask { there, moved: Moved { id, owner, title, message, standing, created_at } });
        }
        Some(known) => {
            let was = known.state.map(State);
            let moved = was.filter(|was| *was != State::from(&standing));
            if let Some(was) = moved {
                chunk.follow.push((there, known.target_id, was, standing));
            }
            chunk.here.insert(there, (known.target_id, owner));
        }
    }
    for word in missing {
        if chunk.words.len() >= MOST_WORDS || chunk.bytes + word.bytes > MOST_BYTES && !chunk.is_empty() {
            writing::write(run, chunk).await?;
        }
        chunk.bytes += word.bytes;
        chunk.words.push(said(run, people, row.owner, created_at, word));
    }
    Ok(())
}

/// An answer by the rules here.
pub fn said(run: &Run<'_>, people: &People, owner: i64, created_at: Timestamp, word: &WordRow) -> Said {
    let (author, is_internal) = (people.find(word.author), is_internal(run, word));
    let by_staff = is_internal || word.author != owner || author.is_some_and(|person| person.was_operator);
    let author = author.and_then(|person| person.here);
    let at = word.at.unwrap_or(created_at);
    Said { there: word.id, ticket: word.ticket, author, by_staff, is_internal, at }
}

fn is_internal(run: &Run<'_>, word: &WordRow) -> bool {
    word.internal.unwrap_or(run.options.unmarked_internal)
}

/// Where a ticket stands there, by the rules here; and when it was asked.
pub fn standing(run: &Run<'_>, people: &People, row: &TicketRow, words: &[WordRow]) -> (Standing, Timestamp) {
    let now = run.app.platform.clock.now();
    let created_at = row.created_at.or(row.updated_at).unwrap_or(now);
    let mut talk = Talk::begun(created_at);
    let mut touched = false;
    for word in words {
        let at = word.at.unwrap_or(created_at);
        if is_internal(run, word) {
            touched |= row.updated_at.is_some_and(|updated| (updated.0 - at.0).abs() < TOUCH);
            continue;
        }
        let was_operator = people.find(word.author).is_some_and(|person| person.was_operator);
        talk.add(word.author != row.owner || was_operator, at);
    }
    let status = rules::status(&row.status, row.closed_at.is_some());
    // A note moved this moment there; a customer must not learn of it.
    let updated = row.updated_at.filter(|_| !touched).unwrap_or_else(|| talk.last_at.unwrap_or(created_at));
    // Not by the clock: a ticket of days to come would move on with each run.
    let closed_at = (status == Status::Closed).then(|| row.closed_at.unwrap_or(updated).max(created_at));
    let standing = Standing {
        status,
        priority: rules::priority(row.priority.as_deref()),
        category: rules::category(row.category.as_deref()),
        assigned_to: row.assigned_to.and_then(|id| people.find(id)).filter(|it| it.may_answer).and_then(|it| it.here),
        closed_at,
        talk,
    };
    (standing, created_at)
}

/// Why a ticket is left out.
fn why_left(people: &People, it: &Planned) -> Option<&'static str> {
    match (people.find(it.row.owner), it.owner) {
        (None, _) => Some("owner_gone"),
        (_, None) => Some("owner_erased_here"),
        _ if it.gone => Some("removed_here"),
        _ => None,
    }
}

/// Accounts for a ticket and its answers.
fn count(run: &mut Run<'_>, people: &People, it: &Planned, words: &[WordRow], said: &HashMap<i64, Known>) {
    let answers = words.len() as u64;
    let known_words = words.iter().filter(|word| said.contains_key(&word.id)).count() as u64;
    let report = &mut run.report;
    if let Some(why) = why_left(people, it) {
        report.table("ticket").leave(why);
        report.table("response").leave_some("ticket_left_out", answers);
        report.responses.without_imported_ticket += answers;
        report.tickets.without_owner += u64::from(why == "owner_gone");
        report.tickets.left_out.insert(it.row.id, it.row.owner);
        return;
    }
    match it.known {
        Some(_) => report.table("ticket").known_before += 1,
        None => {
            report.table("ticket").written += 1;
            run.sample.offer(it.row.id);
        }
    }
    report.table("response").known_before += known_words;
    report.table("response").written += answers - known_words;
    report.sides.by_status.add(it.standing.status.as_str());
    report.sides.tickets_by_month.add(&month(it.created_at));
    let mine = &mut report.tickets;
    mine.imported += 1;
    mine.assigned += u64::from(it.standing.assigned_to.is_some());
    mine.assignee_dropped += u64::from(it.row.assigned_to.is_some() && it.standing.assigned_to.is_none());
    mine.title_empty += u64::from(rules::is_blank(&it.row.title));
    mine.message_over_10000 += u64::from(it.row.message.chars().nth(10_000).is_some());
    mine.with_nul += u64::from(it.row.message.contains('\0'));
    mine.grown += u64::from(it.known.is_some() && answers > known_words);
    odd_words(mine, &it.row);
    count_words(run, people, it, words);
}

fn count_words(run: &mut Run<'_>, people: &People, it: &Planned, words: &[WordRow]) {
    for word in words {
        let Said { by_staff, is_internal, at, .. } = said(run, people, it.row.owner, it.created_at, word);
        run.report.sides.responses_by_month.add(&month(at));
        let mine = &mut run.report.responses;
        mine.imported += 1;
        *(if is_internal { &mut mine.internal } else { &mut mine.public }) += 1;
        mine.by_staff += u64::from(by_staff);
        mine.author_gone += u64::from(people.find(word.author).is_none());
        mine.unmarked += u64::from(word.internal.is_none());
    }
}

/// Notes words that are none here.
fn odd_words(mine: &mut super::report::Tickets, row: &TicketRow) {
    let odd = [
        ("status", Some(row.status.as_str()).filter(|word| Status::parse(word).is_none())),
        ("priority", row.priority.as_deref().filter(|word| Priority::parse(word).is_none())),
        ("category", row.category.as_deref().filter(|word| Category::parse(word).is_none())),
    ];
    for (column, word) in odd {
        if let Some(word) = word {
            let shown: String = word.chars().take(40).collect();
            // An attacker's column may hold another word in each row.
            if mine.odd_words.len() < 200 {
                *mine.odd_words.entry(format!("{column} {shown:?}")).or_default() += 1;
            }
        }
    }
}

/// The month of a moment, in UTC.
pub fn month(at: Timestamp) -> String {
    at.rfc3339().chars().take(7).collect()
}
