//! What the overview shows: tickets that need the reader, and the numbers of the last thirty days,
//! which every node asks for once a minute at most.

use std::{cmp::Reverse, sync::Arc, time::Duration};

use super::{
    Overview,
    model::{self, DAYS, QUARTER_MS, Statistics, urgency},
    store,
};
use crate::{
    platform::base::{actor::Actor, error::Result},
    ticket::{
        model::Priority,
        reading::{self, Item},
    },
};

const QUEUE: i64 = 8;
const MINE: i64 = 5;
const KEEP_MS: i64 = 60_000;
/// How long answers took is found from about so many tickets at most.
const SAMPLE: i64 = 20_000;

/// Who should be answered next, by time and priority.
pub async fn queue(overview: &Overview, actor: &Actor) -> Result<Vec<Item>> {
    let now = overview.clock.now();
    // The first of all is among the first of its own priority.
    let mut waiting = Vec::new();
    for priority in Priority::ALL {
        let longest = store::any_longest_waiting(&overview.db, *priority, QUEUE).await?;
        waiting.extend(longest.into_iter().map(|(id, since)| (urgency(*priority, now.0 - since.0), id)));
    }
    waiting.sort_by_key(|(urgency, id)| (Reverse(*urgency), *id));
    let ids: Vec<i64> = waiting.into_iter().map(|(_, id)| id).take(QUEUE as usize).collect();
    reading::by_ids(&overview.tickets, actor, &ids).await
}

/// Those that wait for this operator.
pub async fn waiting_for(overview: &Overview, actor: &Actor) -> Result<Vec<Item>> {
    let ids = store::waiting_for(&overview.db, actor.user, MINE).await?;
    reading::by_ids(&overview.tickets, actor, &ids).await
}

/// A customer's tickets that are not over.
pub async fn active(overview: &Overview, actor: &Actor) -> Result<Vec<Item>> {
    let ids = store::active_of(&overview.db, actor.user, MINE).await?;
    reading::by_ids(&overview.tickets, actor, &ids).await
}

/// The numbers, at most a minute old.
pub async fn statistics(overview: &Overview) -> Result<Arc<Statistics>> {
    let now = overview.clock.now();
    let mut kept = overview.statistics.lock().await;
    if !(0..KEEP_MS).contains(&(now.0 - kept.at.0)) {
        *kept = Arc::new(ask(overview).await?);
    }
    Ok(kept.clone())
}

async fn ask(overview: &Overview) -> Result<Statistics> {
    let (db, at) = (&overview.db, overview.clock.now());
    let days = |days: usize| at.minus(Duration::from_secs(86_400 * days as u64));
    // A day more than is shown: somewhere it began earlier.
    let since = days(DAYS + 1);
    let created = store::any_created(db, since, QUARTER_MS).await?;
    let made: i64 = created.iter().map(|(_, count)| count).sum();
    let answers_of = store::any_answers_by_operator(db, days(DAYS)).await?;
    let closed_of = store::any_closed_by_operator(db, days(DAYS)).await?;
    Ok(Statistics {
        at,
        created,
        closed: store::any_closed(db, since, QUARTER_MS).await?,
        answers: store::any_first_answers(db, since, made / SAMPLE + 1).await?,
        load: model::load(answers_of, closed_of),
    })
}
