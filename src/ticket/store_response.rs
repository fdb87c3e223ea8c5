//! The statements about answers, changes and files. What a customer may read is asked for by
//! statements of its own, which never fetch an internal note.

use std::collections::HashMap;

use sqlx::AssertSqlSafe;

use super::{
    model::{Response, Scope},
    shown::{Attachment, ChangeView, Person, PublicResponse, StaffResponse},
};
use crate::{
    on_read, on_tx,
    platform::{
        base::{
            clock::Timestamp,
            public_id::{PublicId, Seal},
        },
        data::{
            db::{Db, Tx},
            pools::list,
        },
        files::{self, Received},
        web::QUERY_VALUE,
    },
};

/// Of what table a number outside is.
pub const RESPONSE: &str = "response";

type Result<T> = std::result::Result<T, sqlx::Error>;

/// An answer with its author.
#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    response: Response,
    username: Option<String>,
    email: Option<String>,
}

impl Row {
    fn response(self, seal: &Seal) -> PublicResponse {
        let Self { response, username, email } = self;
        let author = Person {
            id: response.author_id.unwrap_or(0),
            username: username.unwrap_or_else(|| "—".into()),
            operator: response.by_staff,
            email,
        };
        PublicResponse {
            id: seal.show(RESPONSE, response.id),
            row: response.id,
            author,
            message: response.message,
            attachments: Vec::new(),
            created_at: response.created_at,
        }
    }

    fn for_staff(self, seal: &Seal) -> StaffResponse {
        StaffResponse { is_internal: self.response.is_internal, response: self.response(seal) }
    }
}

macro_rules! responses {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            response_columns!("r."),
            ", a.username, a.email FROM response r LEFT JOIN account a ON a.id = r.author_id WHERE ",
            $rest
        )
    };
}

/// A part of a conversation: the newest answers before one of them.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// A row; `i64::MAX` for the end of the conversation.
    pub before: i64,
    pub limit: i64,
}

/// Public answers of a customer's own ticket, oldest first.
pub async fn public_of(db: &Db, user: i64, ticket: i64, part: Part) -> Result<Vec<PublicResponse>> {
    const SQL: &str = responses!(
        "r.ticket_id = $1 AND r.id < $2 AND NOT r.is_internal
        AND EXISTS (SELECT 1 FROM ticket WHERE id = $1 AND user_id = $4) ORDER BY r.id DESC LIMIT $3"
    );
    let rows: Vec<Row> = on_read!(db, c => sqlx::query_as(SQL).bind(ticket).bind(part.before).bind(part.limit)
        .bind(user).fetch_all(c).await)?;
    let show = |row: Row| {
        let one = row.response(&db.seal);
        PublicResponse { author: one.author.for_customer(user), ..one }
    };
    Ok(rows.into_iter().rev().map(show).collect())
}

/// Answers and notes, oldest first.
pub async fn any_of(db: &Db, ticket: i64, part: Part) -> Result<Vec<StaffResponse>> {
    const SQL: &str = responses!("r.ticket_id = $1 AND r.id < $2 ORDER BY r.id DESC LIMIT $3");
    let rows: Vec<Row> = on_read!(db, c => sqlx::query_as(SQL).bind(ticket).bind(part.before).bind(part.limit)
        .fetch_all(c).await)?;
    Ok(rows.into_iter().rev().map(|row| row.for_staff(&db.seal)).collect())
}

/// How many answers before one of them the reader may see.
pub async fn count_before(db: &Db, scope: Scope, ticket: i64, before: i64) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) FROM response WHERE ticket_id = $1 AND id < $2 AND ($3 OR NOT is_internal)";
    on_read!(db, c => sqlx::query_scalar(SQL).bind(ticket).bind(before).bind(scope.is_staff()).fetch_one(c).await)
}

/// One answer, or for staff a note, if the reader may see it.
pub async fn by_id(db: &Db, scope: Scope, id: i64) -> Result<Option<StaffResponse>> {
    const SQL: &str = responses!(
        "r.id = $1 AND ($2 = 0 OR (NOT r.is_internal AND EXISTS (SELECT 1 FROM ticket WHERE id = r.ticket_id AND user_id = $2)))"
    );
    let row: Option<Row> = on_read!(db, c => sqlx::query_as(SQL).bind(id).bind(scope.owner()).fetch_optional(c).await)?;
    Ok(row.map(|row| row.for_staff(&db.seal)))
}

/// The newest answer after `seen` that the reader may see; after one that is not of this ticket, any.
pub async fn newer_than(tx: &mut Tx, scope: Scope, ticket: i64, seen: i64) -> Result<Option<i64>> {
    const SQL: &str = "SELECT id FROM response WHERE ticket_id = $1
        AND id > COALESCE((SELECT id FROM response WHERE id = $2 AND ticket_id = $1), 0) AND ($3 OR NOT is_internal)
        ORDER BY id DESC LIMIT 1";
    on_tx!(tx, c => sqlx::query_scalar(SQL).bind(ticket).bind(seen).bind(scope.is_staff()).fetch_optional(c).await)
}

/// Writes one line of the history. `user` 0: time did it.
pub async fn note_change(
    tx: &mut Tx,
    user: i64,
    ticket: i64,
    field: &str,
    values: (Option<&str>, Option<&str>),
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO ticket_change (ticket_id, author_id, field, old_value, new_value, created_at)
                       VALUES ($1, NULLIF($2, 0), $3, $4, $5, $6)";
    on_tx!(tx, c => sqlx::query(SQL).bind(ticket).bind(user).bind(field).bind(values.0).bind(values.1).bind(now)
        .execute(c).await.map(|_| ()))
}

#[derive(sqlx::FromRow)]
struct ChangeRow {
    id: i64,
    author_id: Option<i64>,
    username: Option<String>,
    by_staff: bool,
    field: String,
    old_value: Option<String>,
    new_value: Option<String>,
    reason: Option<String>,
    created_at: Timestamp,
}

/// The history of a ticket that the reader may read, oldest first: no note stands there. Why somebody may not
/// answer any more is no customer's matter.
pub async fn changes(db: &Db, scope: Scope, ticket: i64) -> Result<Vec<ChangeView>> {
    const SQL: &str =
        "SELECT h.id, h.author_id, a.username, COALESCE(a.role <> 'customer', FALSE) AS by_staff, h.field,
            h.old_value, h.new_value, CASE WHEN $2 THEN h.reason END AS reason, h.created_at
        FROM ticket_change h LEFT JOIN account a ON a.id = h.author_id WHERE h.ticket_id = $1 ORDER BY h.id";
    let rows: Vec<ChangeRow> =
        on_read!(db, c => sqlx::query_as(SQL).bind(ticket).bind(scope.is_staff()).fetch_all(c).await)?;
    let view = |row: ChangeRow| ChangeView {
        id: row.id,
        field: row.field,
        old_value: row.old_value,
        new_value: row.new_value,
        reason: row.reason,
        author: row.author_id.zip(row.username).map(|(id, username)| Person {
            id,
            username,
            operator: row.by_staff,
            email: None,
        }),
        created_at: row.created_at,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// What a file hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Ticket,
    Response,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Response => "response",
        }
    }

    /// Of what table the number of a file is.
    fn files(self) -> &'static str {
        match self {
            Self::Ticket => "ticket_attachment",
            Self::Response => "response_attachment",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Ticket, Self::Response].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Hangs a received file on a ticket or an answer, and says which id it has there.
pub async fn any_attach(tx: &mut Tx, kind: Kind, owner: i64, file: &Received, now: Timestamp) -> Result<i64> {
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
        .bind(file.file_size).bind(&*file.mime_type).bind(now).fetch_one(c).await)
}

#[derive(sqlx::FromRow)]
struct FileRow {
    id: i64,
    owner: i64,
    filename: String,
    file_size: i64,
    mime_type: String,
    created_at: Timestamp,
}

/// The files of some tickets or answers, by what they hang on.
pub async fn any_files(db: &Db, kind: Kind, owners: &[i64]) -> Result<HashMap<i64, Vec<Attachment>>> {
    let mut found: HashMap<i64, Vec<Attachment>> = HashMap::new();
    if owners.is_empty() {
        return Ok(found);
    }
    let list = list(owners);
    let sql = match kind {
        Kind::Ticket => format!(
            "SELECT id, ticket_id AS owner, filename, file_size, mime_type, created_at
            FROM ticket_attachment WHERE ticket_id IN ({list}) ORDER BY id"
        ),
        Kind::Response => format!(
            "SELECT id, response_id AS owner, filename, file_size, mime_type, created_at
            FROM response_attachment WHERE response_id IN ({list}) ORDER BY id"
        ),
    };
    let rows: Vec<FileRow> = on_read!(db, c => sqlx::query_as(AssertSqlSafe(sql)).fetch_all(c).await)?;
    for row in rows {
        let name = percent_encoding::utf8_percent_encode(&row.filename, QUERY_VALUE).to_string().replace('/', "%2F");
        let id = db.seal.show(kind.files(), row.id);
        found.entry(row.owner).or_default().push(Attachment {
            id,
            thumbnail_url: files::kind::is_picture(&row.mime_type)
                .then(|| format!("/api/attachments/{}/{id}/{name}/thumbnail", kind.as_str())),
            file_url: format!("/api/attachments/{}/{id}/{name}", kind.as_str()),
            filename: row.filename,
            file_size: row.file_size,
            mime_type: row.mime_type,
            created_at: row.created_at,
        });
    }
    Ok(found)
}

/// A file as it is stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StoredFile {
    pub filename: String,
    pub storage_key: String,
    pub file_size: i64,
    pub mime_type: String,
}

/// A file that the reader may have: a customer's own, and none of a note's.
pub async fn file(db: &Db, scope: Scope, kind: Kind, id: PublicId) -> Result<Option<StoredFile>> {
    const TICKET: &str = "SELECT f.filename, f.storage_key, f.file_size, f.mime_type
        FROM ticket_attachment f JOIN ticket t ON t.id = f.ticket_id WHERE f.id = $1 AND ($2 = 0 OR t.user_id = $2)";
    const RESPONSE: &str = "SELECT f.filename, f.storage_key, f.file_size, f.mime_type
        FROM response_attachment f JOIN response r ON r.id = f.response_id JOIN ticket t ON t.id = r.ticket_id
        WHERE f.id = $1 AND ($2 = 0 OR (t.user_id = $2 AND NOT r.is_internal))";
    let sql = match kind {
        Kind::Ticket => TICKET,
        Kind::Response => RESPONSE,
    };
    let id = db.seal.find(kind.files(), id);
    on_read!(db, c => sqlx::query_as(sql).bind(id).bind(scope.owner()).fetch_optional(c).await)
}

/// Bytes of all files that a customer has sent. What operators send, notes above all, takes nothing of it.
pub async fn stored_bytes(tx: &mut Tx, user: i64) -> Result<i64> {
    const SQL: &str = "SELECT CAST(COALESCE(SUM(file_size), 0) AS BIGINT) FROM (
        SELECT f.file_size FROM ticket_attachment f JOIN ticket t ON t.id = f.ticket_id WHERE t.user_id = $1
        UNION ALL
        SELECT f.file_size FROM response_attachment f JOIN response r ON r.id = f.response_id
            JOIN ticket t ON t.id = r.ticket_id WHERE t.user_id = $1 AND r.author_id = $1) AS file";
    on_tx!(tx, c => sqlx::query_scalar(SQL).bind(user).fetch_one(c).await)
}
