//! Whether what is here is what is there: the same counts on both sides, and some tickets field by field.

use std::collections::BTreeMap;

use super::{
    Run,
    people::People,
    report::Sides,
    rows::WordRow,
    rules,
    store_check::{self, Count},
    store_map::{self, Kind as MapKind},
    tickets::{self, SAMPLE},
};
use crate::{
    cli::Failure,
    platform::base::{clock::Timestamp, keys},
    ticket::{model::Response, model::Ticket, moving::Standing, store_import},
};

/// So many tickets of all, each as likely as any other.
#[derive(Default)]
pub struct Sample {
    seen: u64,
    pub ids: Vec<i64>,
}

impl Sample {
    pub fn offer(&mut self, id: i64) {
        self.seen += 1;
        if self.ids.len() < SAMPLE {
            self.ids.push(id);
            return;
        }
        let place = u64::from_le_bytes(keys::random_bytes::<8>()) % self.seen;
        if let Some(kept) = usize::try_from(place).ok().and_then(|place| self.ids.get_mut(place)) {
            *kept = id;
        }
    }
}

/// Counts what is here.
pub async fn count_here(run: &mut Run<'_>) -> Result<(), Failure> {
    async fn of(run: &Run<'_>, count: Count) -> Result<BTreeMap<String, u64>, Failure> {
        let (mut all, mut after): (BTreeMap<String, u64>, i64) = (BTreeMap::new(), i64::MIN);
        loop {
            let page = store_check::any_counted(&run.app.platform.db, &run.name, count, after).await;
            let page = page.map_err(super::ours)?;
            let Some(last) = page.iter().map(|alike| alike.last).max() else { return Ok(all) };
            after = last;
            for alike in page {
                let Some(what) = alike.what else { continue };
                *all.entry(what).or_default() += alike.count.unsigned_abs();
            }
        }
    }
    let by_status = of(run, Count::TicketsByStatus).await?;
    let by_role = of(run, Count::AccountsByRole).await?;
    let tickets = of(run, Count::TicketsByMonth).await?;
    let responses = of(run, Count::ResponsesByMonth).await?;
    let sides = &mut run.report.sides;
    let put = |sides: &mut Sides, here| sides.here = here;
    put(&mut sides.by_status, by_status);
    put(&mut sides.by_role, by_role);
    put(&mut sides.tickets_by_month, tickets);
    put(&mut sides.responses_by_month, responses);
    Ok(())
}

/// Reads some tickets once more on both sides and compares every field.
pub async fn compare(run: &mut Run<'_>, people: &People) -> Result<(), Failure> {
    let ids = std::mem::take(&mut run.sample.ids);
    if ids.is_empty() {
        return Ok(());
    }
    let db = &run.app.platform.db;
    let known = store_map::any_known(db, &run.name, MapKind::Ticket, &ids).await.map_err(super::ours)?;
    for row in run.source.some_tickets(&ids).await.map_err(super::theirs)? {
        let Some(known) = known.get(&row.id) else { continue };
        let words = run.source.words(&[row.id]).await.map_err(super::theirs)?;
        let (standing, created_at) = tickets::standing(run, people, &row, &words);
        let Some(here) = store_import::any_whole(db, known.target_id).await.map_err(super::ours)? else { continue };
        let now = run.app.platform.clock.now();
        let moments = [Some(created_at), standing.closed_at, standing.talk.last_at];
        // Of moments that are still to come only the present was kept.
        let is_ahead = moments.into_iter().flatten().any(|at| at > here.ticket.read_before.unwrap_or(now));
        if here.ticket.updated_at > here.ticket.read_before.unwrap_or(now) || is_ahead {
            run.report.sample.changed_here += u64::from(!is_ahead);
            continue;
        }
        let mut differ = fields(&here.ticket, &standing, created_at, now);
        let owner = people.find(row.owner).and_then(|person| person.here);
        for (name, same) in [
            ("owner", owner == Some(here.ticket.user_id)),
            ("title", rules::title(&row.title) == here.ticket.title),
            ("message", rules::message(&row.message) == here.ticket.message),
        ] {
            differ.extend((!same).then_some(name));
        }
        differ.extend(answers(run, people, row.owner, created_at, &words, &here.words).await?);
        let sample = &mut run.report.sample;
        sample.compared += 1;
        if differ.is_empty() {
            sample.equal += 1;
        } else {
            sample.differences.insert(row.id, differ);
        }
    }
    Ok(())
}

fn fields(here: &Ticket, is: &Standing, created_at: Timestamp, now: Timestamp) -> Vec<&'static str> {
    let (talk, waits) = (&is.talk, matches!(here.status.as_str(), "open" | "in_progress"));
    let same = [
        ("status", here.status == is.status),
        ("priority", here.priority == is.priority),
        ("category", here.category == is.category),
        ("assigned_to", here.assigned_to == is.assigned_to),
        ("created_at", here.created_at == created_at),
        ("updated_at", here.updated_at == is.updated_at(created_at, now)),
        ("closed_at", here.closed_at == is.closed_at),
        ("response_count", here.response_count == talk.count),
        ("last_response_at", here.last_response_at == talk.last_at),
        ("last_by_staff", here.last_by_staff == talk.last_by_staff),
        ("first_answer_at", here.first_answer_at == talk.first_answer_at),
        ("waiting_since", here.waiting_since == talk.waiting_since.filter(|_| waits)),
    ];
    same.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
}

async fn answers(
    run: &mut Run<'_>,
    people: &People,
    owner: i64,
    created_at: Timestamp,
    words: &[WordRow],
    here: &[Response],
) -> Result<Vec<&'static str>, Failure> {
    if words.len() != here.len() {
        return Ok(vec!["number of answers"]);
    }
    let ids: Vec<i64> = words.iter().map(|word| word.id).collect();
    let texts: BTreeMap<i64, String> = match ids.as_slice() {
        [] => return Ok(Vec::new()),
        some => run.source.messages(some).await.map_err(super::theirs)?.into_iter().collect(),
    };
    let mut differ = Vec::new();
    for (word, here) in words.iter().zip(here) {
        let said = tickets::said(run, people, owner, created_at, word);
        let text = rules::answer(texts.get(&word.id).map_or("", String::as_str));
        for (name, same) in [
            ("author of an answer", said.author == here.author_id),
            ("side of an answer", said.by_staff == here.by_staff),
            ("note", said.is_internal == here.is_internal),
            ("time of an answer", said.at == here.created_at),
            ("text of an answer", text == here.message),
        ] {
            differ.extend((!same && !differ.contains(&name)).then_some(name));
        }
    }
    Ok(differ)
}
