//! The statement that writes notices that somebody got elsewhere.

use super::model::{Facts, Kind};
use crate::{
    on_tx,
    platform::{base::clock::Timestamp, data::db::Tx},
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// A notice about an answer as it was elsewhere. It is listed; nobody is mailed or called about it.
pub struct Moved<'a> {
    pub user: i64,
    pub key: &'a str,
    pub ticket: i64,
    pub facts: Facts,
    pub created_at: Timestamp,
    pub is_read: bool,
}

/// Writes one and says which id it has; none: it was there.
pub async fn any_insert(tx: &mut Tx, new: &Moved<'_>) -> Result<Option<i64>> {
    const SQL: &str = "INSERT INTO notification
        (user_id, message_key, kind, ticket_id, staff_only, facts, in_app, by_mail, created_at, read_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (user_id, message_key) DO NOTHING RETURNING id";
    let facts = serde_json::to_string(&new.facts).unwrap_or_default();
    on_tx!(tx, c => sqlx::query_scalar(SQL).bind(new.user).bind(new.key).bind(Kind::TicketReply).bind(new.ticket)
        .bind(false).bind(facts).bind(true).bind(false).bind(new.created_at)
        .bind(new.is_read.then_some(new.created_at)).fetch_optional(c).await)
}
