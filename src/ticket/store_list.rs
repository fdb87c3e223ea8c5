//! The statements behind lists: a page of tickets, how many there are, and the numbers above them.
//! Their text is put together from words of our own and numbers; values are bound.

use sqlx::AssertSqlSafe;

use super::{
    model::{Category, Priority, Scope, Status},
    store::{Joined, people, with_people},
};
use crate::{
    on_read,
    platform::{
        base::clock::Timestamp,
        data::{db::Db, pools::list},
    },
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// What a list is narrowed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Narrow {
    pub status: Option<Stand>,
    pub category: Option<Category>,
    pub priority: Option<Priority>,
    pub assigned: Option<Assigned>,
}

/// Where tickets of a list stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stand {
    Is(Status),
    /// The customer waits for us: open or in progress.
    Waiting,
}

impl Stand {
    pub const WAITING: &str = "waiting";

    pub fn parse(text: &str) -> Option<Self> {
        if text == Self::WAITING { Some(Self::Waiting) } else { Status::parse(text).map(Self::Is) }
    }

    fn has(self, status: Status) -> bool {
        match self {
            Self::Is(wanted) => status == wanted,
            Self::Waiting => matches!(status, Status::Open | Status::InProgress),
        }
    }

    fn condition(self) -> String {
        let all = Status::ALL.iter().filter(|status| self.has(**status));
        let words = all.map(|status| format!("'{}'", status.as_str())).collect::<Vec<_>>();
        match words.as_slice() {
            [one] => format!("t.status = {one}"),
            some => format!("t.status IN ({})", some.join(", ")),
        }
    }
}

/// Whose tickets, among operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Assigned {
    To(i64),
    Nobody,
    /// Somebody, but not this operator.
    NotTo(i64),
}

impl Narrow {
    /// Conditions on `t`; words of enumerations and numbers only, so nothing needs to be escaped.
    pub(super) fn conditions(self, scope: Scope) -> String {
        let mut all = Vec::new();
        if let Scope::Own(user) = scope {
            all.push(format!("t.user_id = {user}"));
        }
        if let Some(status) = self.status {
            all.push(status.condition());
        }
        if let Some(category) = self.category {
            all.push(format!("t.category = '{}'", category.as_str()));
        }
        if let Some(priority) = self.priority {
            all.push(format!("t.priority = '{}'", priority.as_str()));
        }
        match self.assigned {
            Some(Assigned::To(operator)) => all.push(format!("t.assigned_to = {operator}")),
            Some(Assigned::Nobody) => all.push("t.assigned_to IS NULL".into()),
            Some(Assigned::NotTo(operator)) => all.push(format!("t.assigned_to <> {operator}")),
            None => {}
        }
        if all.is_empty() { String::new() } else { format!(" WHERE {}", all.join(" AND ")) }
    }
}

/// One page, newest change first. Ids are found in an index alone; only the rows of the page are read.
pub async fn page(db: &Db, scope: Scope, narrow: Narrow, reader: i64, limit: i64, offset: i64) -> Result<Vec<Joined>> {
    let sql = format!(
        concat!(
            with_people!(),
            " FROM (SELECT t.id FROM ticket t{} ORDER BY t.updated_at DESC, t.id DESC LIMIT $1 OFFSET $2) p
              JOIN ticket t ON t.id = p.id",
            people!("$3"),
            "ORDER BY t.updated_at DESC, t.id DESC"
        ),
        narrow.conditions(scope)
    );
    on_read!(db, c => sqlx::query_as(AssertSqlSafe(sql)).bind(limit).bind(offset).bind(reader).fetch_all(c).await)
}

/// These tickets, in the order of the ids.
pub async fn by_ids(db: &Db, scope: Scope, reader: i64, ids: &[i64]) -> Result<Vec<Joined>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = list(ids);
    let sql = format!(
        concat!(with_people!(), " FROM ticket t", people!("$1"), "WHERE t.id IN ({}) AND ($2 = 0 OR t.user_id = $2)"),
        list
    );
    let mut rows: Vec<Joined> =
        on_read!(db, c => sqlx::query_as(AssertSqlSafe(sql)).bind(reader).bind(scope.owner()).fetch_all(c).await)?;
    rows.sort_by_key(|row| ids.iter().position(|id| *id == row.ticket.id));
    Ok(rows)
}

/// A customer's tickets: how many of each status, category and priority. Their own index holds them.
pub async fn counts_of(db: &Db, user: i64) -> Result<Vec<Count>> {
    const SQL: &str = "SELECT status, category, priority, CAST(0 AS BIGINT) AS assigned_to, COUNT(*) AS count
        FROM ticket WHERE user_id = $1 GROUP BY status, category, priority";
    on_read!(db, c => sqlx::query_as(SQL).bind(user).fetch_all(c).await)
}

/// All tickets, from the counters.
pub async fn any_counts(db: &Db) -> Result<Vec<Count>> {
    const SQL: &str = "SELECT status, category, priority, assigned_to, CAST(SUM(count) AS BIGINT) AS count
        FROM ticket_count GROUP BY status, category, priority, assigned_to";
    on_read!(db, c => sqlx::query_as(SQL).fetch_all(c).await)
}

/// How many tickets there are of one sort; 0 in `assigned_to`: nobody has them.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Count {
    pub status: Status,
    pub category: Category,
    pub priority: Priority,
    pub assigned_to: i64,
    pub count: i64,
}

impl Count {
    /// Whether the tickets of this sort are in the list.
    pub fn is_in(&self, narrow: &Narrow) -> bool {
        narrow.status.is_none_or(|stand| stand.has(self.status))
            && narrow.category.is_none_or(|category| category == self.category)
            && narrow.priority.is_none_or(|priority| priority == self.priority)
            && match narrow.assigned {
                None => true,
                Some(Assigned::To(operator)) => self.assigned_to == operator,
                Some(Assigned::Nobody) => self.assigned_to == 0,
                Some(Assigned::NotTo(operator)) => self.assigned_to != 0 && self.assigned_to != operator,
            }
    }
}

/// Since when the customer waits who has waited longest.
pub async fn any_oldest_wait(db: &Db) -> Result<Option<Timestamp>> {
    const SQL: &str = "SELECT waiting_since FROM ticket WHERE waiting_since IS NOT NULL ORDER BY waiting_since LIMIT 1";
    on_read!(db, c => sqlx::query_scalar(SQL).fetch_optional(c).await)
}
