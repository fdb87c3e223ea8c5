//! Every SQL statement about tickets themselves. A `Scope` is the permission inside the statement:
//! one owner, or everybody's for staff.

use super::{
    model::{Scope, Ticket},
    shown::{Facts, Person},
};
use crate::{
    on_read, on_tx,
    platform::{
        base::{actor::Role, clock::Timestamp},
        data::db::{Db, Tx},
    },
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// A ticket with its two people. `FROM ticket t` with their joins follows.
macro_rules! with_people {
    () => {
        concat!(
            "SELECT ",
            ticket_columns!("t."),
            ", u.username AS user_name, u.role AS user_role, u.email AS user_email, o.username AS operator_name, \
             o.email AS operator_email, COALESCE(s.seen_at, t.read_before, 0) AS seen_at"
        )
    };
}
macro_rules! people {
    ($reader:literal) => {
        concat!(
            " JOIN account u ON u.id = t.user_id LEFT JOIN account o ON o.id = t.assigned_to \
             LEFT JOIN ticket_seen s ON s.ticket_id = t.id AND s.user_id = ",
            $reader,
            " "
        )
    };
}
pub(super) use {people, with_people};

/// A ticket with the names of its people, and what the reader has seen of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Joined {
    #[sqlx(flatten)]
    pub ticket: Ticket,
    user_name: String,
    user_role: Role,
    user_email: String,
    operator_name: Option<String>,
    operator_email: Option<String>,
    pub seen_at: Timestamp,
}

impl Joined {
    /// For this reader: customers learn no e-mail but their own.
    pub fn facts(self, scope: Scope) -> Facts {
        let show = |person: Person| match scope {
            Scope::Own(user) => person.for_customer(user),
            Scope::All => person,
        };
        let user = Person {
            id: self.ticket.user_id,
            username: self.user_name,
            operator: self.user_role.is_staff(),
            email: Some(self.user_email),
        };
        let operator = self
            .ticket
            .assigned_to
            .zip(self.operator_name)
            .map(|(id, username)| show(Person { id, username, operator: true, email: self.operator_email }));
        Facts { user: show(user), operator, ticket: self.ticket, attachments: Vec::new() }
    }
}

/// Whether a ticket is there that `scope` may see.
pub async fn is_there(tx: &mut Tx, scope: Scope, id: i64) -> Result<bool> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM ticket WHERE id = $1 AND ($2 = 0 OR user_id = $2))";
    on_tx!(tx, c => sqlx::query_scalar(SQL).bind(id).bind(scope.owner()).fetch_one(c).await)
}

/// Reads one with its people; `reader`: whose mark of what was seen.
pub async fn by_id(db: &Db, scope: Scope, reader: i64, id: i64) -> Result<Option<Joined>> {
    const SQL: &str =
        concat!(with_people!(), " FROM ticket t", people!("$3"), "WHERE t.id = $1 AND ($2 = 0 OR t.user_id = $2)");
    on_read!(db, c => sqlx::query_as(SQL).bind(id).bind(scope.owner()).bind(reader).fetch_optional(c).await)
}

/// Locks the row until the transaction ends, and reads it; whoever read an older version looks again.
pub async fn lock(tx: &mut Tx, scope: Scope, id: i64) -> Result<Option<Ticket>> {
    const SQL: &str = concat!(
        "UPDATE ticket SET version = version + 1 WHERE id = $1 AND ($2 = 0 OR user_id = $2) RETURNING ",
        ticket_columns!("")
    );
    on_tx!(tx, c => sqlx::query_as(SQL).bind(id).bind(scope.owner()).fetch_optional(c).await)
}

/// The tickets on which time acts, soonest first.
pub async fn any_due(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<i64>> {
    const SQL: &str = "SELECT id FROM ticket WHERE due_at <= $1 ORDER BY due_at LIMIT $2";
    on_read!(db, c => sqlx::query_scalar(SQL).bind(now).bind(limit).fetch_all(c).await)
}

/// Tickets on which time may act, a page of them after an id.
pub async fn any_dated(db: &Db, after: i64, limit: i64) -> Result<Vec<Ticket>> {
    const SQL: &str = concat!(
        "SELECT ",
        ticket_columns!("t."),
        " FROM ticket t WHERE t.status IN ('awaiting_reply', 'resolved') AND t.id > $1 ORDER BY t.id LIMIT $2"
    );
    on_read!(db, c => sqlx::query_as(SQL).bind(after).bind(limit).fetch_all(c).await)
}

/// When time acts next; nobody needs to hear of that.
pub async fn any_set_due(tx: &mut Tx, ticket: i64, due: Option<Timestamp>) -> Result<()> {
    const SQL: &str = "UPDATE ticket SET due_at = $2 WHERE id = $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(ticket).bind(due).execute(c).await.map(|_| ()))
}

/// Notes that `user` has read a ticket up to `at`, if both are still there.
pub async fn set_seen(tx: &mut Tx, user: i64, ticket: i64, at: Timestamp) -> Result<()> {
    const SQL: &str = "INSERT INTO ticket_seen (user_id, ticket_id, seen_at)
        SELECT a.id, t.id, $3 FROM account a, ticket t WHERE a.id = $1 AND t.id = $2
        ON CONFLICT (user_id, ticket_id) DO UPDATE SET seen_at = $3 WHERE ticket_seen.seen_at < $3";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(ticket).bind(at).execute(c).await.map(|_| ()))
}

/// Up to when a ticket has news for a reader who has not seen them.
pub async fn unseen(db: &Db, scope: Scope, reader: i64, ticket: i64) -> Result<Option<Timestamp>> {
    const SQL: &str = "SELECT t.updated_at FROM ticket t
        LEFT JOIN ticket_seen s ON s.ticket_id = t.id AND s.user_id = $3
        WHERE t.id = $1 AND ($2 = 0 OR t.user_id = $2) AND t.updated_at > COALESCE(s.seen_at, 0)";
    on_read!(db, c => sqlx::query_scalar(SQL).bind(ticket).bind(scope.owner()).bind(reader).fetch_optional(c).await)
}

/// Everybody who can be assigned, by name.
pub async fn any_operators(db: &Db) -> Result<Vec<Person>> {
    const SQL: &str = "SELECT id, username, email FROM account
        WHERE role IN ('operator', 'admin') AND blocked_at IS NULL ORDER BY username, id";
    let rows: Vec<(i64, String, String)> = on_read!(db, c => sqlx::query_as(SQL).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|(id, username, email)| Person { id, username, operator: true, email: Some(email) })
        .collect())
}

/// The name of somebody who can be assigned, as part of assigning.
pub async fn any_operator(tx: &mut Tx, id: i64) -> Result<Option<String>> {
    const SQL: &str =
        "SELECT username FROM account WHERE id = $1 AND role IN ('operator', 'admin') AND blocked_at IS NULL";
    on_tx!(tx, c => sqlx::query_scalar(SQL).bind(id).fetch_optional(c).await)
}

/// Everybody who can be assigned, as part of telling them.
pub async fn any_staff(tx: &mut Tx) -> Result<Vec<i64>> {
    const SQL: &str = "SELECT id FROM account WHERE role IN ('operator', 'admin') AND blocked_at IS NULL ORDER BY id";
    on_tx!(tx, c => sqlx::query_scalar(SQL).fetch_all(c).await)
}

pub async fn any_username(tx: &mut Tx, id: i64) -> Result<Option<String>> {
    const SQL: &str = "SELECT username FROM account WHERE id = $1";
    on_tx!(tx, c => sqlx::query_scalar(SQL).bind(id).fetch_optional(c).await)
}

/// What a repeated request made the first time.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Made {
    pub fingerprint: Vec<u8>,
    pub ticket_id: i64,
    pub response_id: Option<i64>,
}

/// Takes a key for this request. `None`: it is the first; else what the first one made. On PostgreSQL
/// a second one waits here until the first has ended.
pub async fn take_key(tx: &mut Tx, user: i64, key: &str, fingerprint: &[u8], now: Timestamp) -> Result<Option<Made>> {
    const TAKE: &str = "INSERT INTO idempotency_key (user_id, key, fingerprint, ticket_id, created_at)
                        VALUES ($1, $2, $3, 0, $4) ON CONFLICT (user_id, key) DO NOTHING";
    const FIND: &str =
        "SELECT fingerprint, ticket_id, response_id FROM idempotency_key WHERE user_id = $1 AND key = $2";
    let taken = on_tx!(tx, c => sqlx::query(TAKE).bind(user).bind(key).bind(fingerprint).bind(now).execute(c).await.map(|done| done.rows_affected()))?;
    if taken == 1 {
        return Ok(None);
    }
    on_tx!(tx, c => sqlx::query_as(FIND).bind(user).bind(key).fetch_optional(c).await)
}

/// Notes what the request of a key has made.
pub async fn set_made(tx: &mut Tx, user: i64, key: &str, ticket: i64, response: Option<i64>) -> Result<()> {
    const SQL: &str = "UPDATE idempotency_key SET ticket_id = $3, response_id = $4 WHERE user_id = $1 AND key = $2";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(key).bind(ticket).bind(response).execute(c).await.map(|_| ()))
}

pub async fn any_forget_keys(tx: &mut Tx, before: Timestamp) -> Result<()> {
    const SQL: &str = "DELETE FROM idempotency_key WHERE created_at < $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(before).execute(c).await.map(|_| ()))
}
