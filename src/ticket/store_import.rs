//! The statements that write what was brought over, many rows at a time.

use sqlx::{AssertSqlSafe, QueryBuilder};

use super::{
    model::{Response, Ticket},
    store_search::{self, NewDoc},
};
use crate::{
    on_read, on_tx,
    platform::{
        base::clock::Timestamp,
        data::{
            db::{Db, Tx},
            db_ids,
            pools::list,
            row,
        },
    },
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// An answer or a note to be.
pub struct NewWord<'a> {
    pub ticket: i64,
    /// Whose ticket it is.
    pub owner: i64,
    pub author: Option<i64>,
    pub by_staff: bool,
    pub is_internal: bool,
    pub message: &'a str,
    pub at: Timestamp,
}

impl NewWord<'_> {
    fn row(&self, id: i64) -> Response {
        Response {
            id,
            ticket_id: self.ticket,
            author_id: self.author,
            by_staff: self.by_staff,
            message: self.message.to_owned(),
            is_internal: self.is_internal,
            created_at: self.at,
        }
    }
}

/// Writes tickets with the beginning of their history, and makes them findable.
pub async fn any_insert(tx: &mut Tx, tickets: &[Ticket]) -> Result<()> {
    const CREATED: &str = "INSERT INTO ticket_change (ticket_id, author_id, field, created_at) ";
    if tickets.is_empty() {
        return Ok(());
    }
    row::insert_all(tx, tickets).await?;
    on_tx!(tx, c => {
        let mut query = QueryBuilder::new(CREATED);
        query.push_values(tickets, |mut row, it| {
            row.push_bind(it.id).push_bind(it.user_id).push_bind("created").push_bind(it.created_at);
        });
        query.build().persistent(false).execute(c).await.map(|_| ())
    })?;
    let texts: Vec<_> = tickets.iter().map(Ticket::words).collect();
    let docs = tickets.iter().zip(&texts).map(|(it, text)| NewDoc::question(it, text));
    store_search::any_add_all(tx, &docs.collect::<Vec<_>>()).await
}

/// Writes answers in this order, makes them findable, and says which ids they have.
pub async fn any_insert_words(tx: &mut Tx, words: &[NewWord<'_>]) -> Result<Vec<i64>> {
    let ids = db_ids::take(tx, "response", words.len()).await?;
    let rows: Vec<_> = words.iter().zip(&ids).map(|(word, id)| word.row(*id)).collect();
    row::insert_all(tx, &rows).await?;
    let docs = words.iter().zip(&rows).map(|(word, row)| NewDoc::said(word.owner, row));
    store_search::any_add_all(tx, &docs.collect::<Vec<_>>()).await?;
    Ok(ids)
}

/// Who spoke in public, and when, in the order of time.
pub async fn any_public_words(tx: &mut Tx, ticket: i64) -> Result<Vec<(bool, Timestamp)>> {
    const SQL: &str = "SELECT by_staff, created_at FROM response WHERE ticket_id = $1 AND NOT is_internal
        ORDER BY created_at, id";
    on_tx!(tx, c => sqlx::query_as(SQL).bind(ticket).fetch_all(c).await)
}

/// Whoever had read all of a ticket still has.
pub async fn any_keep_read(tx: &mut Tx, ticket: i64, before: Timestamp, after: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE ticket_seen SET seen_at = $3 WHERE ticket_id = $1 AND seen_at >= $2 AND seen_at < $3";
    on_tx!(tx, c => sqlx::query(SQL).bind(ticket).bind(before).bind(after).execute(c).await.map(|_| ()))
}

/// A ticket with all that was said in it.
pub struct Whole {
    pub ticket: Ticket,
    pub words: Vec<Response>,
}

pub async fn any_whole(db: &Db, id: i64) -> Result<Option<Whole>> {
    const TICKET: &str = concat!("SELECT ", ticket_columns!(""), " FROM ticket WHERE id = $1");
    const WORDS: &str = concat!("SELECT ", response_columns!(""), " FROM response WHERE ticket_id = $1 ORDER BY id");
    let found: Option<Ticket> = on_read!(db, c => sqlx::query_as(TICKET).bind(id).fetch_optional(c).await)?;
    let Some(ticket) = found else { return Ok(None) };
    let words = on_read!(db, c => sqlx::query_as(WORDS).bind(id).fetch_all(c).await)?;
    Ok(Some(Whole { ticket, words }))
}

/// Which of these tickets are there.
pub async fn any_there(db: &Db, ids: &[i64]) -> Result<Vec<i64>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT id FROM ticket WHERE id IN ({})", list(ids));
    on_read!(db, c => sqlx::query_scalar(AssertSqlSafe(sql)).persistent(false).fetch_all(c).await)
}

/// The same of answers.
pub async fn any_words_there(db: &Db, ids: &[i64]) -> Result<Vec<i64>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT id FROM response WHERE id IN ({})", list(ids));
    on_read!(db, c => sqlx::query_scalar(AssertSqlSafe(sql)).persistent(false).fetch_all(c).await)
}
