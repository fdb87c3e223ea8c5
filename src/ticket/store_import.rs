//! The statements that write what was brought over, many rows at a time.

use sqlx::{AssertSqlSafe, QueryBuilder};

use super::{
    model::Ticket,
    store::columns,
    store_response::Kind,
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
        },
        files::Received,
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

/// Writes tickets with the beginning of their history, and makes them findable.
pub async fn any_insert(tx: &mut Tx, tickets: &[Ticket], now: Timestamp) -> Result<()> {
    const TICKET: &str = "INSERT INTO ticket (id, user_id, title, message, status, status_since, priority, category,
        assigned_to, response_count, last_response_at, last_by_staff, first_answer_at, waiting_since, due_at,
        created_at, updated_at, closed_at, quiet_before, read_before) ";
    const CREATED: &str = "INSERT INTO ticket_change (ticket_id, author_id, field, created_at) ";
    if tickets.is_empty() {
        return Ok(());
    }
    on_tx!(tx, c => {
        let mut query = QueryBuilder::new(TICKET);
        query.push_values(tickets, |mut row, it| {
            row.push_bind(it.id).push_bind(it.user_id).push_bind(&it.title).push_bind(&it.message);
            row.push_bind(it.status).push_bind(it.status_since).push_bind(it.priority).push_bind(it.category);
            row.push_bind(it.assigned_to).push_bind(it.response_count).push_bind(it.last_response_at);
            row.push_bind(it.last_by_staff).push_bind(it.first_answer_at).push_bind(it.waiting_since);
            row.push_bind(it.due_at).push_bind(it.created_at).push_bind(it.updated_at).push_bind(it.closed_at);
            row.push_bind(it.quiet_before).push_bind(now);
        });
        query.build().persistent(false).execute(c).await.map(|_| ())
    })?;
    on_tx!(tx, c => {
        let mut query = QueryBuilder::new(CREATED);
        query.push_values(tickets, |mut row, it| {
            row.push_bind(it.id).push_bind(it.user_id).push_bind("created").push_bind(it.created_at);
        });
        query.build().persistent(false).execute(c).await.map(|_| ())
    })?;
    let texts: Vec<_> = tickets.iter().map(|it| format!("{}\n{}", it.title, it.message)).collect();
    let docs = tickets.iter().zip(&texts);
    let docs =
        docs.map(|(it, text)| NewDoc { ticket: it.id, response: None, owner: it.user_id, is_internal: false, text });
    store_search::any_add_all(tx, &docs.collect::<Vec<_>>()).await
}

/// Writes answers in this order, makes them findable, and says which ids they have.
pub async fn any_insert_words(tx: &mut Tx, words: &[NewWord<'_>]) -> Result<Vec<i64>> {
    const SQL: &str = "INSERT INTO response (id, ticket_id, author_id, by_staff, message, is_internal, created_at) ";
    let ids = db_ids::take(tx, "response", words.len()).await?;
    if words.is_empty() {
        return Ok(ids);
    }
    on_tx!(tx, c => {
        let mut query = QueryBuilder::new(SQL);
        query.push_values(words.iter().zip(&ids), |mut row, (it, id)| {
            row.push_bind(*id).push_bind(it.ticket).push_bind(it.author).push_bind(it.by_staff);
            row.push_bind(it.message).push_bind(it.is_internal).push_bind(it.at);
        });
        query.build().persistent(false).execute(c).await.map(|_| ())
    })?;
    let docs = words.iter().zip(&ids).map(|(it, id)| NewDoc {
        ticket: it.ticket,
        response: Some(*id),
        owner: it.owner,
        is_internal: it.is_internal,
        text: it.message,
    });
    store_search::any_add_all(tx, &docs.collect::<Vec<_>>()).await?;
    Ok(ids)
}

/// A ticket under its lock, and up to when it counts as read.
#[derive(sqlx::FromRow)]
pub struct Locked {
    #[sqlx(flatten)]
    pub ticket: Ticket,
    pub read_before: Option<Timestamp>,
}

pub async fn any_lock(tx: &mut Tx, id: i64) -> Result<Option<Locked>> {
    const SQL: &str =
        concat!("UPDATE ticket SET version = version + 1 WHERE id = $1 RETURNING read_before, ", columns!(""));
    on_tx!(tx, c => sqlx::query_as(SQL).bind(id).fetch_optional(c).await)
}

/// Who spoke in public, and when, in the order of time.
pub async fn any_public_words(tx: &mut Tx, ticket: i64) -> Result<Vec<(bool, Timestamp)>> {
    const SQL: &str = "SELECT by_staff, created_at FROM response WHERE ticket_id = $1 AND NOT is_internal
        ORDER BY created_at, id";
    on_tx!(tx, c => sqlx::query_as(SQL).bind(ticket).fetch_all(c).await)
}

/// From when on what is said is news, and time acts.
pub async fn any_set_past(tx: &mut Tx, it: &Ticket, read_before: Option<Timestamp>) -> Result<()> {
    const SQL: &str = "UPDATE ticket SET read_before = $2, quiet_before = $3 WHERE id = $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(it.id).bind(read_before).bind(it.quiet_before).execute(c).await.map(|_| ()))
}

/// Whoever had read all of a ticket still has.
pub async fn any_keep_read(tx: &mut Tx, ticket: i64, before: Timestamp, after: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE ticket_seen SET seen_at = $3 WHERE ticket_id = $1 AND seen_at >= $2 AND seen_at < $3";
    on_tx!(tx, c => sqlx::query(SQL).bind(ticket).bind(before).bind(after).execute(c).await.map(|_| ()))
}

/// Hangs a received file on a ticket or an answer, and says which id it has there.
pub async fn any_attach(tx: &mut Tx, kind: Kind, owner: i64, file: &Received, at: Timestamp) -> Result<i64> {
    const TICKET: &str =
        "INSERT INTO ticket_attachment (ticket_id, filename, storage_key, file_size, mime_type, created_at)
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
    const RESPONSE: &str =
        "INSERT INTO response_attachment (response_id, filename, storage_key, file_size, mime_type, created_at)
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
    let sql = match kind {
        Kind::Ticket => TICKET,
        Kind::Response => RESPONSE,
    };
    on_tx!(tx, c => sqlx::query_scalar(sql).bind(owner).bind(&file.filename).bind(&file.storage_key)
        .bind(file.file_size).bind(&*file.mime_type).bind(at).fetch_one(c).await)
}

/// An answer or a note as it is here.
#[derive(sqlx::FromRow)]
pub struct WordHere {
    pub author_id: Option<i64>,
    pub by_staff: bool,
    pub is_internal: bool,
    pub message: String,
    pub created_at: Timestamp,
}

/// A ticket with all that was said in it.
pub struct Whole {
    pub ticket: Ticket,
    pub read_before: Option<Timestamp>,
    pub words: Vec<WordHere>,
}

pub async fn any_whole(db: &Db, id: i64) -> Result<Option<Whole>> {
    const TICKET: &str = concat!("SELECT read_before, ", columns!(""), " FROM ticket WHERE id = $1");
    const WORDS: &str = "SELECT author_id, by_staff, is_internal, message, created_at FROM response
        WHERE ticket_id = $1 ORDER BY id";
    let found: Option<Locked> = on_read!(db, c => sqlx::query_as(TICKET).bind(id).fetch_optional(c).await)?;
    let Some(Locked { ticket, read_before }) = found else { return Ok(None) };
    let words = on_read!(db, c => sqlx::query_as(WORDS).bind(id).fetch_all(c).await)?;
    Ok(Some(Whole { ticket, read_before, words }))
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
