//! The statements that write accounts that were made elsewhere.

use sqlx::{AssertSqlSafe, QueryBuilder};

use super::store::set_words;
use crate::{
    on_read, on_tx,
    platform::{
        base::{actor::Role, clock::Timestamp, mailbox, text::line},
        data::{
            db::{Db, Tx},
            db_ids,
            pools::list,
        },
    },
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// An account as it was elsewhere.
pub struct Moved {
    /// The id that it had, if it is free here.
    pub id: Option<i64>,
    pub username: String,
    pub email: String,
    pub password_hash: String,
    pub role: Role,
    pub language: &'static str,
    pub timezone: String,
    pub created_at: Timestamp,
}

/// Writes one and says which id it has; a unique violation means that the e-mail is taken.
pub async fn insert(tx: &mut Tx, new: &Moved) -> Result<i64> {
    const SQL: &str =
        "INSERT INTO account (id, username, email, email_key, password_hash, role, language, timezone, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let id = match new.id {
        Some(id) => id,
        None => db_ids::take(tx, "account", 1).await?.first().copied().ok_or(sqlx::Error::RowNotFound)?,
    };
    on_tx!(tx, c => sqlx::query(SQL).bind(id).bind(line(&new.username)).bind(mailbox::clean(&new.email))
        .bind(mailbox::key(&new.email)).bind(&new.password_hash).bind(new.role).bind(new.language).bind(&new.timezone)
        .bind(new.created_at).execute(c).await.map(|_| ()))?;
    set_words(tx, id, &new.username, &new.email).await?;
    Ok(id)
}

/// Who is there of these ids, with what they may do; who is blocked may do nothing.
pub async fn any_there(db: &Db, ids: &[i64]) -> Result<Vec<(i64, Role, bool)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT id, role, blocked_at IS NOT NULL FROM account WHERE id IN ({})", list(ids));
    on_read!(db, c => sqlx::query_as(AssertSqlSafe(sql)).persistent(false).fetch_all(c).await)
}

/// Whose mailboxes these are here, by their keys.
pub async fn any_of_mailboxes(db: &Db, keys: &[String]) -> Result<Vec<(String, i64)>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    on_read!(db, c => {
        let mut query = QueryBuilder::new("SELECT email_key, id FROM account WHERE email_key IN (");
        let mut places = query.separated(", ");
        for key in keys {
            places.push_bind(key);
        }
        query.push(")").build_query_as().persistent(false).fetch_all(c).await
    })
}
