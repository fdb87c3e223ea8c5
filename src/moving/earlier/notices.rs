//! Notices about answers to one's own tickets; the other kinds have no place here.

use std::collections::HashSet;

use super::{
    Run,
    people::People,
    rows::NoticeRow,
    rules,
    store_map::{self, Kind as MapKind, Known},
};
use crate::{
    cli::Failure,
    notification::{
        model::Facts,
        store_import::{self as notices, Moved},
    },
    ticket::store_import as tickets,
};

const AT_ONCE: usize = 300;
const KINDS: [&str; 2] = ["ticket_reply", "ticket_response"];

pub async fn bring(run: &mut Run<'_>, people: &People) -> Result<(), Failure> {
    let Some(table) = run.source.schema.table("notification") else { return Ok(()) };
    let all = run.source.count(&table).await.map_err(super::theirs)?;
    run.report.table("notification").read = all;
    let (mut after, mut done) = (i64::MIN, 0);
    loop {
        let rows = run.source.notices(&table, after, AT_ONCE).await.map_err(super::theirs)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        done += rows.len() as u64;
        batch(run, people, &rows).await?;
        run.progress.at("notices", done, all);
    }
}

async fn batch(run: &mut Run<'_>, people: &People, rows: &[NoticeRow]) -> Result<(), Failure> {
    let db = &run.app.platform.db;
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let about: Vec<i64> = rows.iter().filter_map(|row| row.ticket).collect();
    let known = store_map::any_known(db, &run.name, MapKind::Notice, &ids).await.map_err(super::ours)?;
    let about = store_map::any_known(db, &run.name, MapKind::Ticket, &about).await.map_err(super::ours)?;
    let targets: Vec<i64> = about.values().map(|known| known.target_id).collect();
    let there: HashSet<i64> = tickets::any_there(db, &targets).await.map_err(super::ours)?.into_iter().collect();
    let mut new = Vec::new();
    for row in rows {
        let ticket = row.ticket.and_then(|id| about.get(&id)).filter(|known| there.contains(&known.target_id));
        count(run, people, row);
        let why = reason(run, people, row, ticket);
        let counts = run.report.table("notification");
        match (known.contains_key(&row.id), why) {
            (true, _) => counts.known_before += 1,
            (_, Some(why)) => counts.leave(why),
            (_, None) => {
                counts.written += 1;
                new.push((row, ticket.map_or(0, |known| known.target_id)));
            }
        }
    }
    if run.options.dry_run || new.is_empty() {
        return Ok(());
    }
    write(run, people, &new).await
}

/// Writes notices, each with the id of its ticket here.
async fn write(run: &Run<'_>, people: &People, new: &[(&NoticeRow, i64)]) -> Result<(), Failure> {
    let mut pairs = Vec::with_capacity(new.len());
    let mut tx = run.app.platform.db.begin().await.map_err(super::ours)?;
    for (row, ticket) in new {
        let Some(user) = people.find(row.user).and_then(|person| person.here) else { continue };
        let key = format!("import-{}", row.id);
        let facts = Facts {
            title: rules::title(&row.title),
            excerpt: Facts::excerpt_of(&rules::message(&row.message)),
            ..Facts::default()
        };
        let created_at = row.at.unwrap_or_else(|| run.app.platform.clock.now());
        let moved = Moved { user, key: &key, ticket: *ticket, facts, created_at, is_read: row.is_read };
        let here = notices::any_insert(&mut tx, &moved).await.map_err(super::ours)?;
        pairs.push((row.id, here.unwrap_or(0), None));
    }
    store_map::any_keep(&mut tx, &run.name, MapKind::Notice, &pairs).await.map_err(super::ours)?;
    tx.commit().await.map_err(super::ours)
}

/// Why a notice has no place here.
fn reason(run: &Run<'_>, people: &People, row: &NoticeRow, ticket: Option<&Known>) -> Option<&'static str> {
    match people.find(row.user) {
        None => Some("reader_gone"),
        Some(_) if !KINDS.contains(&row.kind.as_str()) => Some("other_kind"),
        Some(_) if row.ticket_owner != Some(row.user) => Some("about_no_ticket_of_the_reader"),
        Some(person) if person.here.is_none() => Some("reader_erased_here"),
        _ if ticket.is_none() && !run.options.dry_run => Some("removed_here"),
        _ => None,
    }
}

fn count(run: &mut Run<'_>, people: &People, row: &NoticeRow) {
    let all = &mut run.report.notifications;
    let reader = people.find(row.user);
    let is_known = KINDS.contains(&row.kind.as_str());
    all.reader_gone += u64::from(reader.is_none());
    all.other_kinds += u64::from(!is_known);
    if is_known && reader.is_some() && row.ticket_owner == Some(row.user) {
        all.about_a_ticket_of_the_reader += 1;
        all.of_these_unread += u64::from(!row.is_read);
    }
}
