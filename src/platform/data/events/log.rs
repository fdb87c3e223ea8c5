//! The event log: what clients must not miss, written with its cause, read in order.
//!
//! Ids of a sequence are given out before the commit, so a reader that has seen 12 could miss an 11
//! that commits later. Here writers take turns: the last thing a transaction does is take a lock, write
//! its rows and commit, so ids are in the order of commits and "everything after N" is exact. NOTIFY
//! takes a lock of the same kind, so with it this costs nothing more. SQLite has one writer anyway.

use super::EventKind;
use std::collections::{BTreeMap, HashMap};

use sqlx::QueryBuilder;

use crate::{
    on_read, on_tx, on_write,
    platform::data::pools::{Inner, Pools},
};

/// Who may be told at most. The slice that makes the message has the last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Audience {
    /// No client at all: one node tells the others.
    Nodes,
    /// Operators, never the customer whose thing it is.
    Staff,
    /// The person whose thing it is, and nobody else.
    Owner,
    /// The person whose thing it is, and operators.
    OwnerAndStaff,
}

/// Something that clients are told: what happened to what, as ids.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    /// Its place in the log; 0 until it is written.
    #[sqlx(rename = "id")]
    pub seq: i64,
    #[sqlx(try_from = "String")]
    pub kind: EventKind,
    #[sqlx(rename = "subject_id")]
    pub id: i64,
    /// What the subject belongs to, such as the ticket of a response; 0 = nothing.
    #[sqlx(rename = "parent_id")]
    pub parent: i64,
    /// Whose it is.
    #[sqlx(rename = "user_id")]
    pub user: i64,
    pub audience: Audience,
    /// Which of all that ever concerned its owner it is, from 1; 0: it does not concern them. A customer's
    /// places are these numbers, for those of the log count internal notes too.
    pub number: i64,
    pub(super) node: String,
}

impl Entry {
    pub fn new(kind: EventKind, id: i64, user: i64, audience: Audience) -> Self {
        Self { seq: 0, kind, id, parent: 0, user, audience, number: 0, node: String::new() }
    }

    fn concerns_owner(&self) -> bool {
        matches!(self.audience, Audience::Owner | Audience::OwnerAndStaff)
    }

    /// The same as part of something else.
    pub fn of(mut self, parent: i64) -> Self {
        self.parent = parent;
        self
    }
}

/// Any number will do that nobody else locks by.
const LOCK: i64 = 0x006f_7370_6162_6c67;
const KEEP_MILLIS: i64 = 24 * 3600 * 1000;
const KEEP_ROWS: i64 = 100_000;
/// Rows of one statement, each with seven values: SQLite takes 32,766 of these.
const MOST_WRITTEN: usize = 1000;

macro_rules! columns {
    () => {
        "id, kind, subject_id, parent_id, user_id, audience, number, node"
    };
}

/// Writes entries as the last step before the commit.
pub(super) async fn write(tx: &mut Inner, entries: &[Entry], node: &str) -> Result<(), sqlx::Error> {
    const BEGINNING: &str = "INSERT INTO event_log (kind, subject_id, parent_id, user_id, audience, number, node) ";
    if let Inner::Postgres(c) = tx {
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut **c).await?;
    }
    let numbers = count(tx, entries).await?;
    let rows: Vec<_> = entries.iter().zip(numbers).collect();
    for some in rows.chunks(MOST_WRITTEN) {
        on_tx!(tx, c => {
            let mut query = QueryBuilder::new(BEGINNING);
            query.push_values(some, |mut row, (entry, number)| {
                row.push_bind(entry.kind.as_str()).push_bind(entry.id).push_bind(entry.parent).push_bind(entry.user);
                row.push_bind(entry.audience).push_bind(*number).push_bind(node);
            });
            query.build().execute(c).await.map(|_| ())
        })?;
    }
    Ok(())
}

/// The number of each entry among what concerns its owner. Under the lock of the log, so that they are in
/// the order of the commits too.
async fn count(tx: &mut Inner, entries: &[Entry]) -> Result<Vec<i64>, sqlx::Error> {
    const BEGINNING: &str = "INSERT INTO event_count AS kept (user_id, number) ";
    const END: &str = " ON CONFLICT (user_id) DO UPDATE SET number = kept.number + excluded.number
                       RETURNING user_id, number";
    let mut more: BTreeMap<i64, i64> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.concerns_owner()) {
        *more.entry(entry.user).or_default() += 1;
    }
    let more: Vec<_> = more.into_iter().collect();
    let mut left: HashMap<i64, i64> = HashMap::new();
    for some in more.chunks(MOST_WRITTEN) {
        let last: Vec<(i64, i64)> = on_tx!(tx, c => {
            let mut query = QueryBuilder::new(BEGINNING);
            query.push_values(some, |mut row, (user, more)| {
                row.push_bind(*user).push_bind(*more);
            });
            query.push(END).build_query_as().fetch_all(c).await
        })?;
        left.extend(last);
    }
    // The last one has the number that was returned, those before it the ones below.
    let mut numbers: Vec<i64> = Vec::with_capacity(entries.len());
    for entry in entries.iter().rev() {
        let last = left.get_mut(&entry.user).filter(|_| entry.concerns_owner());
        numbers.push(last.as_deref().copied().unwrap_or(0));
        if let Some(last) = last {
            *last -= 1;
        }
    }
    numbers.reverse();
    Ok(numbers)
}

/// A customer's place: how many events had concerned them up to a place in the log.
pub async fn place_of(db: &Pools, user: i64, upto: i64) -> Result<i64, sqlx::Error> {
    const SQL: &str = "SELECT COALESCE((SELECT number FROM event_count WHERE user_id = $1), 0)
        - (SELECT COUNT(*) FROM event_log WHERE user_id = $1 AND number > 0 AND id > $2)";
    on_read!(db, c => sqlx::query_scalar(SQL).bind(user).bind(upto).fetch_one(c).await)
}

/// The last place that is taken; 0 when nothing was ever written.
pub async fn end(db: &Pools) -> Result<i64, sqlx::Error> {
    const SQL: &str = "SELECT COALESCE(MAX(id), 0) FROM event_log";
    on_read!(db, c => sqlx::query_scalar(SQL).fetch_one(c).await)
}

/// The first place that is kept; 0 when nothing was ever written.
pub async fn begin(db: &Pools) -> Result<i64, sqlx::Error> {
    const SQL: &str = "SELECT COALESCE(MIN(id), 0) FROM event_log";
    on_read!(db, c => sqlx::query_scalar(SQL).fetch_one(c).await)
}

/// What came after a place, oldest first.
pub async fn after(db: &Pools, seq: i64, limit: i64) -> Result<Vec<Entry>, sqlx::Error> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM event_log WHERE id > $1 ORDER BY id LIMIT $2");
    on_read!(db, c => sqlx::query_as(SQL).bind(seq).bind(limit).fetch_all(c).await)
}

/// What concerned a customer after their place, up to a place in the log, oldest first.
pub async fn missed_by(db: &Pools, user: i64, after: i64, upto: i64, limit: i64) -> Result<Vec<Entry>, sqlx::Error> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM event_log WHERE user_id = $1 AND number > 0 AND number > $2 AND id <= $3 ORDER BY number LIMIT $4"
    );
    on_read!(db, c => sqlx::query_as(SQL).bind(user).bind(after).bind(upto).bind(limit).fetch_all(c).await)
}

/// What an operator may have missed in (`after`, `upto`], oldest first.
pub async fn missed_by_staff(
    db: &Pools,
    (after, upto): (i64, i64),
    user: i64,
    limit: i64,
) -> Result<Vec<Entry>, sqlx::Error> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM event_log WHERE id > $1 AND id <= $2
        AND (audience IN ('staff', 'owner_and_staff') OR (audience = 'owner' AND user_id = $3)) ORDER BY id LIMIT $4"
    );
    on_read!(db, c => sqlx::query_as(SQL).bind(after).bind(upto).bind(user).bind(limit).fetch_all(c).await)
}

/// Removes what is too old or too much.
pub async fn clean(db: &Pools) -> Result<(), sqlx::Error> {
    shorten(db, KEEP_MILLIS, KEEP_ROWS).await
}

/// Leaves so many rows and none that is older. The newest stays, to say how far the log has come.
pub async fn shorten(db: &Pools, millis: i64, rows: i64) -> Result<(), sqlx::Error> {
    const SQLITE: &str = "DELETE FROM event_log WHERE id < (SELECT MAX(id) FROM event_log) AND
        (id <= (SELECT MAX(id) FROM event_log) - $2 OR created_at < CAST(unixepoch('subsec') * 1000 AS INTEGER) - $1)";
    const POSTGRES: &str = "DELETE FROM event_log WHERE id < (SELECT MAX(id) FROM event_log) AND
        (id <= (SELECT MAX(id) FROM event_log) - $2 OR
         created_at < CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) - $1)";
    let sql = if !db.is_postgres() { SQLITE } else { POSTGRES };
    on_write!(db, c => sqlx::query(sql).bind(millis).bind(rows).execute(c).await.map(|_| ()))
}
