//! The statements about which row here is which row there.

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, QueryBuilder};

use crate::{
    on_read, on_tx,
    platform::data::{
        db::{Db, Tx},
        pools::list,
    },
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// So many ids stand in one statement.
const AT_ONCE: usize = 1000;

/// Of which table a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    User,
    Ticket,
    Response,
    TicketFile,
    ResponseFile,
    Notice,
}

impl Kind {
    pub const ALL: [Self; 6] =
        [Self::User, Self::Ticket, Self::Response, Self::TicketFile, Self::ResponseFile, Self::Notice];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Ticket => "ticket",
            Self::Response => "response",
            Self::TicketFile => "ticket_attachment",
            Self::ResponseFile => "response_attachment",
            Self::Notice => "notification",
        }
    }
}

/// What is known of a row there.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Known {
    pub source_id: i64,
    pub target_id: i64,
    pub state: Option<String>,
}

/// What is known of these rows. Its statements, each another, are not kept.
pub async fn any_known(db: &Db, source: &str, kind: Kind, ids: &[i64]) -> Result<HashMap<i64, Known>> {
    let mut all = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(AT_ONCE) {
        let sql = format!(
            "SELECT source_id, target_id, state FROM import_map WHERE source = $1 AND kind = $2 AND source_id IN ({})",
            list(ids)
        );
        let rows: Vec<Known> = on_read!(db, c => sqlx::query_as(AssertSqlSafe(sql)).persistent(false).bind(source)
            .bind(kind.as_str()).fetch_all(c).await)?;
        all.extend(rows.into_iter().map(|row| (row.source_id, row)));
    }
    Ok(all)
}

/// A page of what is known, in the order of the ids there.
pub async fn any_page(db: &Db, source: &str, kind: Kind, after: i64, limit: i64) -> Result<Vec<(i64, i64)>> {
    const SQL: &str = "SELECT source_id, target_id FROM import_map
        WHERE source = $1 AND kind = $2 AND source_id > $3 ORDER BY source_id LIMIT $4";
    on_read!(db, c => sqlx::query_as(SQL).bind(source).bind(kind.as_str()).bind(after).bind(limit).fetch_all(c).await)
}

/// A row to be: id there, id here, how it stood there.
pub type Pair = (i64, i64, Option<String>);

/// Keeps which rows were written, in the transaction that writes them. Fails where another run has written one.
pub async fn any_keep(tx: &mut Tx, source: &str, kind: Kind, pairs: &[Pair]) -> Result<()> {
    const SQL: &str = "INSERT INTO import_map (source, kind, source_id, target_id, state) ";
    if pairs.is_empty() {
        return Ok(());
    }
    on_tx!(tx, c => {
        let mut query = QueryBuilder::new(SQL);
        query.push_values(pairs, |mut row, (there, here, state)| {
            row.push_bind(source).push_bind(kind.as_str()).push_bind(*there).push_bind(*here).push_bind(state);
        });
        query.build().persistent(false).execute(c).await.map(|_| ())
    })
}

pub async fn any_set_state(tx: &mut Tx, source: &str, kind: Kind, id: i64, state: &str) -> Result<()> {
    const SQL: &str = "UPDATE import_map SET state = $4 WHERE source = $1 AND kind = $2 AND source_id = $3";
    on_tx!(tx, c => sqlx::query(SQL).bind(source).bind(kind.as_str()).bind(id).bind(state).execute(c).await.map(|_| ()))
}

/// The names of the databases that something was brought over from.
pub async fn any_sources(db: &Db) -> Result<Vec<String>> {
    const SQL: &str = "SELECT MIN(source) FROM import_map WHERE source > $1";
    let mut all: Vec<String> = Vec::new();
    loop {
        let after = all.last().cloned().unwrap_or_default();
        let next: Option<String> = on_read!(db, c => sqlx::query_scalar(SQL).bind(after).fetch_one(c).await)?;
        match next {
            Some(name) => all.push(name),
            None => return Ok(all),
        }
    }
}

/// Which of these rows here came from there.
pub async fn any_came(db: &Db, source: &str, kind: Kind, here: &[i64]) -> Result<Vec<i64>> {
    if here.is_empty() {
        return Ok(Vec::new());
    }
    let sql =
        format!("SELECT target_id FROM import_map WHERE source = $1 AND kind = $2 AND target_id IN ({})", list(here));
    on_read!(db, c => sqlx::query_scalar(AssertSqlSafe(sql)).persistent(false).bind(source).bind(kind.as_str())
        .fetch_all(c).await)
}
