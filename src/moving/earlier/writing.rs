//! Writes pieces of tickets, each with the rows of the map that say so.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    Run, rules,
    store_map::{self, Kind as MapKind, Pair},
};
use crate::{
    cli::Failure,
    platform::{base::clock::Timestamp, data::db::Tx},
    ticket::moving::{self, Follow, Moved, NewWord, Standing, State},
};

/// A question to be written.
pub struct Ask {
    pub there: i64,
    pub moved: Moved,
}

/// An answer to be written; its text is fetched when its turn comes.
pub struct Said {
    pub there: i64,
    /// The ticket's id there.
    pub ticket: i64,
    pub author: Option<i64>,
    pub by_staff: bool,
    pub is_internal: bool,
    pub at: Timestamp,
}

/// What one transaction writes.
#[derive(Default)]
pub struct Chunk {
    pub asks: Vec<Ask>,
    pub words: Vec<Said>,
    /// Tickets that are here already, by their id there: id and owner here.
    pub here: HashMap<i64, (i64, i64)>,
    /// Tickets that moved there: id there, id here, where they stood, where they stand.
    pub follow: Vec<(i64, i64, State, Standing)>,
    pub bytes: usize,
}

impl Chunk {
    pub fn is_empty(&self) -> bool {
        self.asks.is_empty() && self.words.is_empty() && self.follow.is_empty()
    }
}

/// Writes a piece and empties it; what its tickets are here is kept for the pieces that follow.
pub async fn write(run: &mut Run<'_>, chunk: &mut Chunk) -> Result<(), Failure> {
    if chunk.is_empty() {
        return Ok(());
    }
    // Before the transaction: nobody waits for the other database.
    let ids: Vec<i64> = chunk.words.iter().map(|word| word.there).collect();
    let texts: HashMap<i64, String> = match ids.as_slice() {
        [] => HashMap::new(),
        some => run.source.messages(some).await.map_err(super::theirs)?.into_iter().collect(),
    };
    let mut messages = Vec::with_capacity(chunk.words.len());
    for word in &chunk.words {
        let text = texts.get(&word.there).map_or("", String::as_str);
        let mine = &mut run.report.responses;
        mine.blank += u64::from(rules::is_blank(text));
        mine.over_10000 += u64::from(text.chars().nth(10_000).is_some());
        mine.with_nul += u64::from(text.contains('\0'));
        messages.push(rules::answer(text));
    }
    if run.options.dry_run {
        chunk.here.extend(chunk.asks.iter().map(|ask| (ask.there, (ask.there, ask.moved.owner))));
        run.report.tickets.followed += chunk.follow.len() as u64;
    } else {
        commit(run, chunk, &messages).await?;
    }
    chunk.asks.clear();
    chunk.words.clear();
    chunk.follow.clear();
    chunk.bytes = 0;
    Ok(())
}

async fn commit(run: &mut Run<'_>, chunk: &mut Chunk, messages: &[String]) -> Result<(), Failure> {
    let (tickets, name) = (&run.app.tickets, run.name.as_str());
    let mut tx = run.app.platform.db.begin().await.map_err(super::ours)?;
    let asks: Vec<i64> = chunk.asks.iter().map(|ask| ask.there).collect();
    let moved: Vec<Moved> = chunk.asks.drain(..).map(|ask| ask.moved).collect();
    let ids = moving::write(tickets, &mut tx, &moved, run.options.reminders).await.map_err(super::ours_too)?;
    let mut pairs: Vec<Pair> = Vec::with_capacity(ids.len());
    for ((there, here), moved) in asks.iter().zip(&ids).zip(&moved) {
        pairs.push((*there, *here, Some(State::from(&moved.standing).0)));
        chunk.here.insert(*there, (*here, moved.owner));
        run.report.tickets.other_id += u64::from(there != here);
    }
    store_map::any_keep(&mut tx, name, MapKind::Ticket, &pairs).await.map_err(super::ours)?;
    let mut words = Vec::with_capacity(messages.len());
    let mut spoken: BTreeMap<i64, bool> = BTreeMap::new();
    let new: HashSet<i64> = asks.into_iter().collect();
    for (word, message) in chunk.words.iter().zip(messages) {
        let Some((ticket, owner)) = chunk.here.get(&word.ticket).copied() else { continue };
        let Said { author, by_staff, is_internal, at, .. } = *word;
        words.push(NewWord { ticket, owner, author, by_staff, is_internal, message, at });
        if !new.contains(&word.ticket) {
            *spoken.entry(ticket).or_default() |= !is_internal;
        }
    }
    let here = moving::say_all(&mut tx, &words).await.map_err(super::ours_too)?;
    let pairs: Vec<Pair> = chunk.words.iter().zip(here).map(|(word, here)| (word.there, here, None)).collect();
    store_map::any_keep(&mut tx, name, MapKind::Response, &pairs).await.map_err(super::ours)?;
    move_on(run, &mut tx, &chunk.follow, spoken).await?;
    tx.commit().await.map_err(super::ours)
}

/// Makes tickets that are here already know of what was added to them, and of how they stand there now.
async fn move_on(
    run: &mut Run<'_>,
    tx: &mut Tx,
    follow: &[(i64, i64, State, Standing)],
    mut spoken: BTreeMap<i64, bool>,
) -> Result<(), Failure> {
    let tickets = &run.app.tickets;
    for (there, ticket, was, is) in follow {
        let spoken = spoken.remove(ticket).unwrap_or_default();
        let follow = Some(Follow { was, is });
        if moving::refresh(tickets, tx, *ticket, spoken, follow).await.map_err(super::ours_too)? {
            run.report.tickets.followed += 1;
            let state = State::from(is).0;
            store_map::any_set_state(tx, &run.name, MapKind::Ticket, *there, &state).await.map_err(super::ours)?;
        }
    }
    for (ticket, _) in spoken.into_iter().filter(|(_, public)| *public) {
        moving::refresh(tickets, tx, ticket, true, None).await.map_err(super::ours_too)?;
    }
    Ok(())
}
