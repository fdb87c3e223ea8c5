//! Three hundred tickets of the last sixty days, as a hosting company gets them.

use serde::Deserialize;

use super::files;
use crate::{
    app::App,
    cli::Failure,
    platform::{base::clock::Timestamp, files::Received},
    ticket::{
        importing::{Past, Said, Voice, import},
        model::{Category, Priority, Status, Ticket},
        store,
    },
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const DAYS: i64 = 60;
/// The desk works by Moscow's clock.
const MOSCOW: i64 = 3 * HOUR;

/// From the oldest to the newest.
#[derive(Deserialize)]
pub(super) struct Book {
    pub ticket: Vec<Story>,
}

#[derive(Deserialize)]
pub(super) struct Story {
    pub title: String,
    category: Category,
    priority: Priority,
    pub status: Status,
    message: String,
    #[serde(default)]
    pub files: Vec<String>,
    #[serde(default)]
    pub talk: Vec<Turn>,
}

#[derive(Deserialize)]
pub(super) struct Turn {
    by: Who,
    /// Minutes since what was said before.
    after: i64,
    text: String,
    #[serde(default)]
    pub files: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Who {
    Customer,
    Operator,
    Note,
}

pub(super) fn book() -> Result<Book, Failure> {
    Ok(toml::from_str(include_str!("tickets.toml"))?)
}

/// Who takes part: ids of accounts. The first is met oftenest.
pub(super) struct Cast {
    pub customers: Vec<i64>,
    pub operators: Vec<i64>,
    pub staff: Vec<i64>,
}

pub(super) async fn fill(app: &App, cast: &Cast) -> Result<(), Failure> {
    let book = book()?;
    let now = app.platform.clock.now().0;
    let mut files = Vec::new();
    for story in &book.ticket {
        let mut of_story = vec![files::receive(app, &story.files).await?];
        for turn in &story.talk {
            of_story.push(files::receive(app, &turn.files).await?);
        }
        files.push(of_story);
    }
    let mut made: Vec<_> = moments(now, book.ticket.len())
        .into_iter()
        .zip(book.ticket.iter().zip(files))
        .enumerate()
        // What was said since must fit in.
        .map(|(n, (at, (story, files)))| (at.min(now - (story.length() + 5) * MINUTE), n, story, files))
        .collect();
    made.sort_unstable_by_key(|(at, n, ..)| (*at, *n));
    let mut tx = app.platform.db.begin().await?;
    for (at, n, story, files) in made {
        let past = past(cast, story, n, at, now, files);
        let ticket = import(&app.tickets, &mut tx, &past).await.map_err(super::words)?;
        for reader in readers(cast, &ticket, now) {
            store::set_seen(&mut tx, reader, ticket.id, ticket.updated_at).await?;
        }
    }
    Ok(tx.commit().await?)
}

impl Story {
    /// The place of the last word that a customer had, if nobody has answered it.
    fn last_word(&self) -> Option<usize> {
        let (place, last) = self.talk.iter().enumerate().rfind(|(_, turn)| turn.by != Who::Note)?;
        (last.by == Who::Customer).then_some(place)
    }

    fn length(&self) -> i64 {
        self.talk.iter().map(|turn| turn.after).sum()
    }
}

impl Who {
    fn voice(self) -> Voice {
        match self {
            Self::Customer => Voice::Customer,
            Self::Operator => Voice::Operator,
            Self::Note => Voice::Note,
        }
    }
}

fn past<'a>(cast: &Cast, story: &'a Story, n: usize, at: i64, now: i64, files: Vec<Vec<Received>>) -> Past<'a> {
    let owner = one_of(&cast.customers, n, 1);
    let operator = one_of(&cast.operators, n, 2);
    let mut files = files.into_iter();
    let question = files.next().unwrap_or_default();
    let (mut time, mut by) = (at, owner);
    let mut talk = Vec::new();
    let last_word = story.last_word();
    for (place, (turn, files)) in story.talk.iter().zip(files).enumerate() {
        time += turn.after * MINUTE;
        // Nobody lets a customer wait for days.
        if story.status == Status::InProgress && Some(place) == last_word {
            let notes: i64 = story.talk.iter().skip(place + 1).map(|turn| turn.after).sum();
            time = time.max(now - notes * MINUTE - (15 + share(n, 6)) * MINUTE);
        }
        let voice = turn.by.voice();
        let author = if voice == Voice::Customer { owner } else { operator };
        if voice != Voice::Note {
            by = author;
        }
        talk.push(Said { author, voice, text: &turn.text, files, at: Timestamp(time) });
    }
    // Whoever had the last word ends it, soon after.
    if !matches!(story.status, Status::Resolved | Status::Closed) {
        by = operator;
    }
    // Some are closed at once, most when nobody has come back for days.
    let long = if story.status == Status::Closed && share(n, 7) < 700 { 9 * DAY } else { 3 * HOUR };
    let since = Timestamp((time + 1 + share(n, 3) * long / 1000).min(now - (1 + share(n, 8)) * MINUTE).max(time + 1));
    Past {
        owner,
        title: &story.title,
        message: &story.message,
        category: story.category,
        priority: story.priority,
        files: question,
        at: Timestamp(at),
        talk,
        status: story.status,
        by,
        since,
    }
}

/// Who has read it: its owner and its operator always but for what is fresh, the others what is old.
fn readers(cast: &Cast, ticket: &Ticket, now: i64) -> Vec<i64> {
    let age = now - ticket.updated_at.0;
    let fresh = ticket.last_by_staff && ticket.status == Status::AwaitingReply && age < 3 * DAY;
    let owner = (!fresh).then_some(ticket.user_id);
    let old = ticket.status.is_active() && age > DAY;
    let staff =
        cast.staff.iter().copied().filter(|one| old || ticket.last_by_staff && ticket.assigned_to == Some(*one));
    owner.into_iter().chain(staff).collect()
}

/// A thousandth between 0 and 999, always the same for the same place.
fn share(n: usize, what: u64) -> i64 {
    let mut x = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(what.wrapping_mul(0xbf58_476d_1ce4_e5b9));
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) % 1000) as i64
}

/// One of them; the first oftener than the last.
fn one_of(ids: &[i64], n: usize, what: u64) -> i64 {
    let place = share(n, what) * share(n, what + 10) / 1000;
    let place = (place + share(n, what)) / 2 * ids.len() as i64 / 1000;
    ids.get(place as usize).copied().unwrap_or_default()
}

/// When tickets come: by day rather than by night, on working days rather than on others, some days more
/// than others; and the desk has just had a busy day.
fn moments(now: i64, count: usize) -> Vec<i64> {
    let hours = (0..DAYS * 24).map(|hour| now - DAYS * DAY + hour * HOUR);
    let hours: Vec<(i64, i64)> = hours.map(|hour| (hour, weight(hour, now))).collect();
    let all: i64 = hours.iter().map(|(_, weight)| weight).sum();
    let (mut rest, mut before) = (hours.as_slice(), 0);
    let mut moments = Vec::with_capacity(count);
    for n in 0..count {
        let place = (n as i64 * 1000 + 100 + share(n, 4) * 8 / 10) * all / (count as i64 * 1000);
        while let [(_, weight), later @ ..] = rest
            && !later.is_empty()
            && before + weight <= place
        {
            before += weight;
            rest = later;
        }
        moments.extend(rest.first().map(|(hour, weight)| hour + (place - before) * HOUR / (*weight).max(1)));
    }
    moments
}

fn weight(hour: i64, now: i64) -> i64 {
    let local = hour + MOSCOW;
    let (day, of_day) = (local / DAY, local / HOUR % 24);
    let by_hour = match of_day {
        0..7 => 100,
        7..9 => 500,
        9..19 => 1000,
        19..23 => 600,
        _ => 250,
    };
    // The first day of 1970 was a Thursday.
    let by_day = if matches!((day + 4) % 7, 0 | 6) { 4 } else { 10 };
    let busy = if now - hour < 36 * HOUR { 20 } else { 10 };
    by_hour * by_day * busy * (700 + share(day as usize, 5) * 6 / 10) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_come_in_order_over_sixty_days_and_seldom_at_night() {
        let now = 1_769_850_000_000;
        let moments = moments(now, 300);
        assert!(moments.is_sorted() && moments[299] < now && moments[0] > now - DAYS * DAY);
        assert!(moments[0] < now - (DAYS - 3) * DAY && moments[299] > now - 3 * HOUR);
        let night = moments.iter().filter(|at| (*at + MOSCOW) / HOUR % 24 < 7).count();
        assert!((1..30).contains(&night), "{night} at night");
    }
}
