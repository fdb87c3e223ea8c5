//! Every SQL statement about notifications. After the connection comes the reader's id, unless the
//! name begins with `any_`. `staff` is whether the reader is an operator now: what is for operators
//! only is not there for anybody else.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::model::{NewNotice, Notice, Ways};
use crate::{
    on_read, on_tx,
    platform::{
        base::clock::Timestamp,
        data::db::{Db, Tx},
    },
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// Rows of one statement, each with ten values: SQLite takes 32,766 of these.
const MOST_WRITTEN: usize = 1000;

macro_rules! columns {
    () => {
        "id, message_key, kind, ticket_id, staff_only, facts, created_at, read_at"
    };
}

/// Writes a message to its readers and says under which id each has it; one who was told before is not
/// among them.
pub async fn insert(
    tx: &mut Tx,
    new: &NewNotice<'_>,
    ways: &[(i64, Ways)],
    now: Timestamp,
) -> Result<HashMap<i64, i64>> {
    const BEGINNING: &str = "INSERT INTO notification
        (user_id, message_key, kind, ticket_id, staff_only, facts, in_app, by_mail, created_at, author_id) ";
    const END: &str = " ON CONFLICT (user_id, message_key) DO NOTHING RETURNING user_id, id";
    let facts = serde_json::to_string(&new.facts).unwrap_or_default();
    let mut told = HashMap::new();
    for some in ways.chunks(MOST_WRITTEN) {
        let rows: Vec<(i64, i64)> = on_tx!(tx, c => {
            let mut query = QueryBuilder::new(BEGINNING);
            query.push_values(some, |mut row, (user, ways)| {
                row.push_bind(*user).push_bind(new.key).push_bind(new.kind).push_bind(new.ticket).push_bind(new.staff_only);
                row.push_bind(&facts).push_bind(ways.in_app).push_bind(ways.mail).push_bind(now).push_bind(new.author);
            });
            query.push(END).build_query_as().fetch_all(c).await
        })?;
        told.extend(rows);
    }
    Ok(told)
}

/// One page, newest first.
pub async fn page(db: &Db, user: i64, staff: bool, unread: bool, limit: i64, offset: i64) -> Result<Vec<Notice>> {
    const ALL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM notification
        WHERE user_id = $1 AND in_app AND (NOT staff_only OR $2) ORDER BY id DESC LIMIT $3 OFFSET $4"
    );
    const UNREAD: &str = concat!("SELECT ", columns!(), " FROM notification
        WHERE user_id = $1 AND in_app AND read_at IS NULL AND (NOT staff_only OR $2) ORDER BY id DESC LIMIT $3 OFFSET $4");
    let sql = if unread { UNREAD } else { ALL };
    on_read!(db, c => sqlx::query_as(sql).bind(user).bind(staff).bind(limit).bind(offset).fetch_all(c).await)
}

pub async fn count(db: &Db, user: i64, staff: bool, unread: bool) -> Result<i64> {
    const ALL: &str = "SELECT COUNT(*) FROM notification WHERE user_id = $1 AND in_app AND (NOT staff_only OR $2)";
    const UNREAD: &str = "SELECT COUNT(*) FROM notification
        WHERE user_id = $1 AND in_app AND read_at IS NULL AND (NOT staff_only OR $2)";
    let sql = if unread { UNREAD } else { ALL };
    on_read!(db, c => sqlx::query_scalar(sql).bind(user).bind(staff).fetch_one(c).await)
}

/// One of the reader's, read or not.
pub async fn find(db: &Db, user: i64, staff: bool, id: i64) -> Result<Option<Notice>> {
    const SQL: &str =
        concat!("SELECT ", columns!(), " FROM notification WHERE id = $3 AND user_id = $1 AND (NOT staff_only OR $2)");
    on_read!(db, c => sqlx::query_as(SQL).bind(user).bind(staff).bind(id).fetch_optional(c).await)
}

/// Marks one as read; says whether it is there.
pub async fn read(tx: &mut Tx, user: i64, staff: bool, id: i64, now: Timestamp) -> Result<bool> {
    const SQL: &str = "UPDATE notification SET read_at = COALESCE(read_at, $4)
        WHERE id = $3 AND user_id = $1 AND in_app AND (NOT staff_only OR $2)";
    let found = on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(staff).bind(id).bind(now).execute(c).await.map(|r| r.rows_affected()))?;
    Ok(found > 0)
}

pub async fn read_all(tx: &mut Tx, user: i64, staff: bool, now: Timestamp) -> Result<u64> {
    const SQL: &str = "UPDATE notification SET read_at = $3
        WHERE user_id = $1 AND in_app AND read_at IS NULL AND (NOT staff_only OR $2)";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(staff).bind(now).execute(c).await.map(|r| r.rows_affected()))
}

/// Whether the reader has anything unread about this ticket.
pub async fn has_unread_of_ticket(db: &Db, user: i64, ticket: i64) -> Result<bool> {
    const SQL: &str = "SELECT COUNT(*) FROM notification WHERE user_id = $1 AND read_at IS NULL AND ticket_id = $2";
    let count: i64 = on_read!(db, c => sqlx::query_scalar(SQL).bind(user).bind(ticket).fetch_one(c).await)?;
    Ok(count > 0)
}

/// Marks what is about one ticket; also what is not listed, so that no mail follows.
pub async fn read_ticket(tx: &mut Tx, user: i64, ticket: i64, now: Timestamp) -> Result<u64> {
    const SQL: &str = "UPDATE notification SET read_at = $3 WHERE user_id = $1 AND ticket_id = $2 AND read_at IS NULL";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(ticket).bind(now).execute(c).await.map(|r| r.rows_affected()))
}

pub async fn delete(tx: &mut Tx, user: i64, staff: bool, id: i64) -> Result<bool> {
    const SQL: &str = "DELETE FROM notification WHERE id = $3 AND user_id = $1 AND in_app AND (NOT staff_only OR $2)";
    let gone =
        on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(staff).bind(id).execute(c).await.map(|r| r.rows_affected()))?;
    Ok(gone > 0)
}

pub async fn delete_read(tx: &mut Tx, user: i64, staff: bool) -> Result<u64> {
    const SQL: &str = "DELETE FROM notification
        WHERE user_id = $1 AND in_app AND read_at IS NOT NULL AND (NOT staff_only OR $2)";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(staff).execute(c).await.map(|r| r.rows_affected()))
}

/// Takes what waits to be mailed about one ticket, and says which of it is still unread, oldest first.
/// Two workers never take the same.
pub async fn take_for_mail(tx: &mut Tx, user: i64, ticket: i64, staff: bool, now: Timestamp) -> Result<Vec<Notice>> {
    const SQL: &str = concat!(
        "UPDATE notification SET mailed_at = $3
        WHERE user_id = $1 AND ticket_id = $2 AND by_mail AND mailed_at IS NULL RETURNING ",
        columns!()
    );
    let taken: Vec<Notice> = on_tx!(tx, c => sqlx::query_as(SQL).bind(user).bind(ticket).bind(now).fetch_all(c).await)?;
    let mut unread: Vec<_> =
        taken.into_iter().filter(|notice| notice.read_at.is_none() && (staff || !notice.staff_only)).collect();
    unread.sort_by_key(|notice| notice.id);
    Ok(unread)
}

/// The keys of what `take_for_mail` would take, and maybe of more.
pub async fn keys_for_mail(db: &Db, user: i64, ticket: i64) -> Result<Vec<String>> {
    const SQL: &str = "SELECT message_key FROM notification
        WHERE user_id = $1 AND ticket_id = $2 AND by_mail AND mailed_at IS NULL AND read_at IS NULL";
    on_read!(db, c => sqlx::query_scalar(SQL).bind(user).bind(ticket).fetch_all(c).await)
}

/// Those of these messages that the reader may still read, in the same order.
pub async fn some(db: &Db, user: i64, staff: bool, ids: &[i64]) -> Result<Vec<Notice>> {
    let mut all = Vec::with_capacity(ids.len());
    for id in ids {
        all.extend(find(db, user, staff, *id).await?);
    }
    Ok(all)
}

/// Lets one that was taken for a mail be taken again.
pub async fn put_back(tx: &mut Tx, user: i64, id: i64) -> Result<()> {
    const SQL: &str = "UPDATE notification SET mailed_at = NULL WHERE id = $2 AND user_id = $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(id).execute(c).await.map(|_| ()))
}

/// Removes what is older than anybody looks back.
pub async fn any_delete_old(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    const SQL: &str = "DELETE FROM notification WHERE created_at < $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(before).execute(c).await.map(|r| r.rows_affected()))
}
