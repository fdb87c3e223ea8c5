//! Every SQL statement that writes what an archive holds.

use sqlx::AssertSqlSafe;

use super::format::{Change, File, Notice, Origin, Person, Response, Seen, SignIn, Ticket};
use crate::{
    on_tx,
    platform::data::{db::Tx, pools::Inner},
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// Runs a statement with these values.
macro_rules! put {
    ($tx:expr, $sql:expr, $($value:expr),+) => {
        on_tx!($tx, c => sqlx::query($sql)$(.bind($value))+.execute(c).await.map(|_| ()))
    };
}

/// Nobody else adds people or tickets until the transaction ends.
pub async fn any_keep_others_out(tx: &mut Tx) -> Result<()> {
    const SQL: &str = "LOCK TABLE account, ticket IN SHARE ROW EXCLUSIVE MODE";
    match tx.inner() {
        // Its writer is alone anyway.
        Inner::Sqlite(_) => Ok(()),
        Inner::Postgres(tx) => sqlx::query(SQL).execute(&mut **tx).await.map(|_| ()),
    }
}

pub async fn any_person(tx: &mut Tx, new: &Person) -> Result<()> {
    const PERSON: &str = "INSERT INTO account (id, username, email, email_key, password_hash, role, language, timezone,
            avatar_url, blocked_at, created_at, signed_in_at, email_set_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    const SETTING: &str = "INSERT INTO notification_setting (user_id, kind, channel, is_on) VALUES ($1, $2, $3, $4)";
    const QUIET: &str = "INSERT INTO quiet_hours (user_id, from_minute, to_minute) VALUES ($1, $2, $3)";
    const BROWSER: &str = "INSERT INTO known_device (user_id, key_hash, seen_at) VALUES ($1, $2, $3)";
    put!(
        tx,
        PERSON,
        new.id,
        &new.username,
        &new.email,
        &new.email_key,
        &new.password_hash,
        new.role,
        &new.language,
        &new.timezone,
        &new.avatar_url,
        new.blocked_at,
        new.created_at,
        new.signed_in_at,
        new.email_set_at
    )?;
    for choice in &new.notification_settings {
        put!(tx, SETTING, new.id, choice.kind, choice.channel, choice.is_on)?;
    }
    if let Some(quiet) = &new.quiet_hours {
        put!(tx, QUIET, new.id, quiet.from_minute, quiet.to_minute)?;
    }
    for browser in &new.known_browsers {
        put!(tx, BROWSER, new.id, bytes(&browser.key_hash), browser.seen_at)?;
    }
    Ok(())
}

/// Of hexadecimal digits, which were checked.
fn bytes(hex: &str) -> Vec<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0);
    hex.as_bytes().as_chunks().0.iter().map(|[high, low]| digit(*high) << 4 | digit(*low)).collect()
}

pub async fn any_sign_in(tx: &mut Tx, new: &SignIn) -> Result<()> {
    const SQL: &str = "INSERT INTO sign_in_attempt (id, user_id, method, success, reason, ip_address, location,
            user_agent, device, browser, count, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    put!(
        tx,
        SQL,
        new.id,
        new.user_id,
        &new.method,
        new.success,
        &new.reason,
        &new.ip_address,
        &new.location,
        &new.user_agent,
        &new.device,
        &new.browser,
        new.count,
        new.created_at
    )
}

pub async fn any_ticket(tx: &mut Tx, new: &Ticket) -> Result<()> {
    const SQL: &str = "INSERT INTO ticket (id, user_id, title, message, status, status_since, priority, category,
            assigned_to, previous_id, response_count, last_response_at, last_by_staff, first_answer_at, waiting_since,
            due_at, reminded_at, created_at, updated_at, closed_at, version, read_before, quiet_before)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
            $23)";
    const ERASED: &str = "INSERT INTO ticket_left (ticket_id) VALUES ($1)";
    put!(
        tx,
        SQL,
        new.id,
        new.user_id,
        &new.title,
        &new.message,
        new.status,
        new.status_since,
        new.priority,
        new.category,
        new.assigned_to,
        new.previous_id,
        new.response_count,
        new.last_response_at,
        new.last_by_staff,
        new.first_answer_at,
        new.waiting_since,
        new.due_at,
        new.reminded_at,
        new.created_at,
        new.updated_at,
        new.closed_at,
        new.version,
        new.read_before,
        new.quiet_before
    )?;
    if new.operator_erased {
        put!(tx, ERASED, new.id)?;
    }
    any_files(tx, "ticket", new.id, &new.files).await
}

pub async fn any_response(tx: &mut Tx, new: &Response) -> Result<()> {
    const SQL: &str = "INSERT INTO response (id, ticket_id, author_id, by_staff, message, is_internal, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    put!(tx, SQL, new.id, new.ticket_id, new.author_id, new.by_staff, &new.message, new.is_internal, new.created_at)?;
    any_files(tx, "response", new.id, &new.files).await
}

async fn any_files(tx: &mut Tx, owner: &str, id: i64, files: &[File]) -> Result<()> {
    for file in files {
        let sql = format!(
            "INSERT INTO {owner}_attachment (id, {owner}_id, filename, storage_key, file_size, mime_type, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        );
        put!(
            tx,
            AssertSqlSafe(sql),
            file.id,
            id,
            &file.filename,
            &file.storage_key,
            file.file_size,
            &file.mime_type,
            file.created_at
        )?;
    }
    Ok(())
}

pub async fn any_change(tx: &mut Tx, new: &Change) -> Result<()> {
    const SQL: &str = "INSERT INTO ticket_change (id, ticket_id, author_id, field, old_value, new_value, old_user,
            new_user, reason, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    put!(
        tx,
        SQL,
        new.id,
        new.ticket_id,
        new.author_id,
        &new.field,
        &new.old_value,
        &new.new_value,
        new.old_user,
        new.new_user,
        &new.reason,
        new.created_at
    )
}

pub async fn any_seen(tx: &mut Tx, new: &Seen) -> Result<()> {
    const SQL: &str = "INSERT INTO ticket_seen (user_id, ticket_id, seen_at) VALUES ($1, $2, $3)";
    put!(tx, SQL, new.user_id, new.ticket_id, new.seen_at)
}

pub async fn any_notice(tx: &mut Tx, new: &Notice) -> Result<()> {
    const SQL: &str = "INSERT INTO notification (id, user_id, message_key, kind, ticket_id, staff_only, facts, in_app,
            by_mail, author_id, created_at, read_at, mailed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    put!(
        tx,
        SQL,
        new.id,
        new.user_id,
        &new.message_key,
        new.kind,
        new.ticket_id,
        new.staff_only,
        &new.facts,
        new.in_app,
        new.by_mail,
        new.author_id,
        new.created_at,
        new.read_at,
        new.mailed_at
    )
}

/// Of an ospabhost that nobody is left in.
pub async fn any_forget_origins(tx: &mut Tx) -> Result<()> {
    on_tx!(tx, c => sqlx::query("DELETE FROM import_map").execute(c).await.map(|_| ()))
}

pub async fn any_origin(tx: &mut Tx, new: &Origin) -> Result<()> {
    const SQL: &str = "INSERT INTO import_map (source, kind, source_id, target_id, state) VALUES ($1, $2, $3, $4, $5)";
    put!(tx, SQL, &new.source, &new.kind, new.source_id, new.target_id, &new.state)
}

pub async fn any_set_public_id_key(tx: &mut Tx, hex: &str) -> Result<()> {
    const SQL: &str = "UPDATE public_id_key SET key = $1";
    put!(tx, SQL, bytes(hex))
}

/// Ids go on after the highest that there is or that was ever given.
pub async fn any_go_on_after(tx: &mut Tx, table: &str, given: i64) -> Result<()> {
    let highest = AssertSqlSafe(format!("SELECT COALESCE(MAX(id), 0) FROM {table}"));
    let there: i64 = on_tx!(tx, c => sqlx::query_scalar(highest).fetch_one(c).await)?;
    let highest = there.max(given);
    if highest < 1 {
        return Ok(());
    }
    match tx.inner() {
        Inner::Sqlite(tx) => {
            const FORGET: &str = "DELETE FROM sqlite_sequence WHERE name = $1";
            const SET: &str = "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)";
            sqlx::query(FORGET).bind(table).execute(&mut **tx).await?;
            sqlx::query(SET).bind(table).bind(highest).execute(&mut **tx).await.map(|_| ())
        }
        Inner::Postgres(tx) => {
            const SET: &str = "SELECT setval(pg_get_serial_sequence($1, 'id')::regclass, $2)";
            sqlx::query(SET).bind(table).bind(highest).execute(&mut **tx).await.map(|_| ())
        }
    }
}

/// In PostgreSQL each change of a counter leaves its old row until the transaction ends, so a million tickets in
/// one would read more and more of them: they are counted once, afterwards.
pub async fn any_stop_counting(tx: &mut Tx) -> Result<()> {
    const SQL: &str = "ALTER TABLE ticket DISABLE TRIGGER ticket_counted_in_out";
    match tx.inner() {
        Inner::Sqlite(_) => Ok(()),
        Inner::Postgres(tx) => sqlx::query(SQL).execute(&mut **tx).await.map(|_| ()),
    }
}

pub async fn any_count_all(tx: &mut Tx) -> Result<()> {
    const CLEAR: &str = "DELETE FROM ticket_count";
    const COUNT: &str = "INSERT INTO ticket_count (slot, status, category, priority, assigned_to, count)
        SELECT id % 8, status, category, priority, COALESCE(assigned_to, 0), COUNT(*) FROM ticket GROUP BY 1, 2, 3, 4, 5";
    const GO_ON: &str = "ALTER TABLE ticket ENABLE TRIGGER ticket_counted_in_out";
    let Inner::Postgres(tx) = tx.inner() else { return Ok(()) };
    for sql in [CLEAR, COUNT, GO_ON] {
        sqlx::query(sql).execute(&mut **tx).await?;
    }
    Ok(())
}
