//! Every SQL statement that reads what an archive holds, some rows at a time in the order of their ids.

use sqlx::{AssertSqlSafe, FromRow};

use super::format::{
    Browser, Change, Choice, File, Notice, Origin, Person, QuietHours, Response, Seen, SignIn, Ticket,
};
use crate::{
    on_tx,
    platform::{
        base::clock::Timestamp,
        data::{db::Tx, pools::Inner},
        files::carry::hex,
    },
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// So many rows at a time: with the longest messages some megabytes.
const AT_ONCE: i64 = 200;

/// Tables whose rows have ids that nobody else may ever get.
pub const NUMBERED: [&str; 9] = [
    "account",
    "session",
    "sign_in_attempt",
    "ticket",
    "response",
    "ticket_attachment",
    "response_attachment",
    "ticket_change",
    "notification",
];

/// Rows of `sql`, which asks for those after `$1`, in their order, at most `$2`.
macro_rules! after {
    ($tx:expr, $sql:expr, $after:expr) => {
        on_tx!($tx, c => sqlx::query_as($sql).bind($after).bind(AT_ONCE).fetch_all(c).await)
    };
}

/// What belongs to each of some rows: by its owner's id, in the order of the owners.
struct Children<T>(std::iter::Peekable<std::vec::IntoIter<(i64, T)>>);

impl<T> Children<T> {
    fn new(rows: Vec<(i64, T)>) -> Self {
        Self(rows.into_iter().peekable())
    }

    fn of(&mut self, owner: i64) -> Vec<T> {
        std::iter::from_fn(|| self.0.next_if(|(id, _)| *id == owner)).map(|(_, child)| child).collect()
    }
}

pub async fn any_people(tx: &mut Tx, after: i64) -> Result<Vec<Person>> {
    const PEOPLE: &str = "SELECT id, username, email, email_key, password_hash, role, language, timezone, avatar_url,
            blocked_at, created_at, signed_in_at, email_set_at
        FROM account WHERE id > $1 ORDER BY id LIMIT $2";
    const SETTINGS: &str = "SELECT user_id, kind, channel, is_on FROM notification_setting
        WHERE user_id >= $1 AND user_id <= $2 ORDER BY user_id";
    const QUIET: &str = "SELECT user_id, from_minute, to_minute FROM quiet_hours
        WHERE user_id >= $1 AND user_id <= $2 ORDER BY user_id";
    const BROWSERS: &str = "SELECT user_id, key_hash, seen_at FROM known_device
        WHERE user_id >= $1 AND user_id <= $2 ORDER BY user_id";
    #[derive(FromRow)]
    struct Of<T> {
        user_id: i64,
        #[sqlx(flatten)]
        what: T,
    }
    let mut people: Vec<Person> = after!(tx, PEOPLE, after)?;
    let (Some(first), Some(last)) = (people.first(), people.last()) else { return Ok(people) };
    let (from, to) = (first.id, last.id);
    let settings: Vec<Of<Choice>> = on_tx!(tx, c => sqlx::query_as(SETTINGS).bind(from).bind(to).fetch_all(c).await)?;
    let quiet: Vec<Of<QuietHours>> = on_tx!(tx, c => sqlx::query_as(QUIET).bind(from).bind(to).fetch_all(c).await)?;
    let browsers: Vec<(i64, Vec<u8>, Timestamp)> =
        on_tx!(tx, c => sqlx::query_as(BROWSERS).bind(from).bind(to).fetch_all(c).await)?;
    let mut settings = Children::new(settings.into_iter().map(|row| (row.user_id, row.what)).collect());
    let mut quiet = Children::new(quiet.into_iter().map(|row| (row.user_id, row.what)).collect());
    let browser = |(user, key, seen_at): (i64, Vec<u8>, _)| (user, Browser { key_hash: hex(&key), seen_at });
    let mut browsers = Children::new(browsers.into_iter().map(browser).collect());
    for person in &mut people {
        person.notification_settings = settings.of(person.id);
        person.quiet_hours = quiet.of(person.id).pop();
        person.known_browsers = browsers.of(person.id);
        // The databases sort texts each by rules of its own.
        person.notification_settings.sort_unstable();
        person.known_browsers.sort_unstable();
    }
    Ok(people)
}

/// Not those on addresses that nobody has: they are nobody's.
pub async fn any_sign_ins(tx: &mut Tx, after: i64) -> Result<Vec<SignIn>> {
    const SQL: &str = "SELECT id, user_id, method, success, reason, ip_address, location, user_agent, device, browser,
            count, created_at
        FROM sign_in_attempt WHERE id > $1 AND user_id IS NOT NULL ORDER BY id LIMIT $2";
    after!(tx, SQL, after)
}

pub async fn any_tickets(tx: &mut Tx, after: i64) -> Result<Vec<Ticket>> {
    const SQL: &str = "SELECT id, user_id, title, message, status, status_since, priority, category, assigned_to,
            previous_id, response_count, last_response_at, last_by_staff, first_answer_at, waiting_since, due_at,
            reminded_at, created_at, updated_at, closed_at, version, read_before, quiet_before,
            EXISTS (SELECT 1 FROM ticket_left l WHERE l.ticket_id = ticket.id) AS operator_erased
        FROM ticket WHERE id > $1 ORDER BY id LIMIT $2";
    let mut tickets: Vec<Ticket> = after!(tx, SQL, after)?;
    if let (Some(first), Some(last)) = (tickets.first(), tickets.last()) {
        let mut files = any_files(tx, "ticket", first.id, last.id).await?;
        tickets.iter_mut().for_each(|ticket| ticket.files = files.of(ticket.id));
    }
    Ok(tickets)
}

pub async fn any_responses(tx: &mut Tx, after: i64) -> Result<Vec<Response>> {
    const SQL: &str = "SELECT id, ticket_id, author_id, by_staff, message, is_internal, created_at
        FROM response WHERE id > $1 ORDER BY id LIMIT $2";
    let mut responses: Vec<Response> = after!(tx, SQL, after)?;
    if let (Some(first), Some(last)) = (responses.first(), responses.last()) {
        let mut files = any_files(tx, "response", first.id, last.id).await?;
        responses.iter_mut().for_each(|response| response.files = files.of(response.id));
    }
    Ok(responses)
}

async fn any_files(tx: &mut Tx, owner: &str, from: i64, to: i64) -> Result<Children<File>> {
    #[derive(FromRow)]
    struct Row {
        owner_id: i64,
        id: i64,
        filename: String,
        storage_key: String,
        file_size: i64,
        mime_type: String,
        created_at: Timestamp,
    }
    let sql = format!(
        "SELECT {owner}_id AS owner_id, id, filename, storage_key, file_size, mime_type, created_at
         FROM {owner}_attachment WHERE {owner}_id >= $1 AND {owner}_id <= $2 ORDER BY {owner}_id, id"
    );
    let rows: Vec<Row> = on_tx!(tx, c => sqlx::query_as(AssertSqlSafe(sql)).bind(from).bind(to).fetch_all(c).await)?;
    let file = |row: Row| {
        let Row { owner_id, id, filename, storage_key, file_size, mime_type, created_at } = row;
        (owner_id, File { id, filename, storage_key, file_size, mime_type, created_at, sha256: None })
    };
    Ok(Children::new(rows.into_iter().map(file).collect()))
}

pub async fn any_changes(tx: &mut Tx, after: i64) -> Result<Vec<Change>> {
    const SQL: &str =
        "SELECT id, ticket_id, author_id, field, old_value, new_value, old_user, new_user, reason, created_at
        FROM ticket_change WHERE id > $1 ORDER BY id LIMIT $2";
    after!(tx, SQL, after)
}

/// After this person and ticket.
pub async fn any_seen(tx: &mut Tx, after: (i64, i64)) -> Result<Vec<Seen>> {
    const SQL: &str = "SELECT user_id, ticket_id, seen_at FROM ticket_seen
        WHERE user_id > $1 OR (user_id = $1 AND ticket_id > $2) ORDER BY user_id, ticket_id LIMIT $3";
    on_tx!(tx, c => sqlx::query_as(SQL).bind(after.0).bind(after.1).bind(AT_ONCE).fetch_all(c).await)
}

pub async fn any_notices(tx: &mut Tx, after: i64) -> Result<Vec<Notice>> {
    const SQL: &str = "SELECT id, user_id, message_key, kind, ticket_id, staff_only, facts, in_app, by_mail, author_id,
            created_at, read_at, mailed_at
        FROM notification WHERE id > $1 ORDER BY id LIMIT $2";
    after!(tx, SQL, after)
}

/// The earlier portals from which something was brought over, in an order that both databases have.
pub async fn any_sources(tx: &mut Tx) -> Result<Vec<String>> {
    const NEXT: &str = "SELECT MIN(source) FROM import_map WHERE source > $1";
    let mut all: Vec<String> = Vec::new();
    loop {
        let after = all.last().cloned().unwrap_or_default();
        let next: Option<String> = on_tx!(tx, c => sqlx::query_scalar(NEXT).bind(after).fetch_one(c).await)?;
        match next {
            Some(name) => all.push(name),
            None => break,
        }
    }
    all.sort_unstable();
    Ok(all)
}

/// After this id there.
pub async fn any_origins(tx: &mut Tx, source: &str, kind: &str, after: i64) -> Result<Vec<Origin>> {
    const SQL: &str = "SELECT source, kind, source_id, target_id, state FROM import_map
        WHERE source = $1 AND kind = $2 AND source_id > $3 ORDER BY source_id LIMIT $4";
    on_tx!(tx, c => sqlx::query_as(SQL).bind(source).bind(kind).bind(after).bind(AT_ONCE).fetch_all(c).await)
}

pub async fn any_public_id_key(tx: &mut Tx) -> Result<Vec<u8>> {
    const SQL: &str = "SELECT key FROM public_id_key";
    on_tx!(tx, c => sqlx::query_scalar(SQL).fetch_one(c).await)
}

/// The highest id that a table has ever given.
pub async fn any_highest_id(tx: &mut Tx, table: &str) -> Result<i64> {
    let highest = AssertSqlSafe(format!("SELECT COALESCE(MAX(id), 0) FROM {table}"));
    let there: i64 = on_tx!(tx, c => sqlx::query_scalar(highest).fetch_one(c).await)?;
    let given: Option<i64> = match tx.inner() {
        Inner::Sqlite(tx) => {
            const SQL: &str = "SELECT CAST(MAX(seq) AS BIGINT) FROM sqlite_sequence WHERE name = $1";
            sqlx::query_scalar(SQL).bind(table).fetch_one(&mut **tx).await?
        }
        Inner::Postgres(tx) => {
            const SQL: &str = "SELECT pg_sequence_last_value(pg_get_serial_sequence($1, 'id')::regclass)";
            sqlx::query_scalar(SQL).bind(table).fetch_one(&mut **tx).await?
        }
    };
    Ok(there.max(given.unwrap_or(0)))
}

/// How many people and tickets there are.
pub async fn any_count(tx: &mut Tx) -> Result<(i64, i64)> {
    const SQL: &str = "SELECT (SELECT COUNT(*) FROM account), (SELECT COUNT(*) FROM ticket)";
    on_tx!(tx, c => sqlx::query_as(SQL).fetch_one(c).await)
}

/// How much work waits that no archive holds: mails and push messages.
pub async fn any_waiting(tx: &mut Tx) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) FROM job WHERE done_at IS NULL AND failed_at IS NULL";
    on_tx!(tx, c => sqlx::query_scalar(SQL).fetch_one(c).await)
}
