//! Every SQL statement about accounts.

use sqlx::AssertSqlSafe;

use super::{model::Account, store_address::UNREACHABLE, words};
use crate::{
    on_read, on_tx,
    platform::{
        base::{actor::Role, clock::Timestamp, mailbox, text::line},
        data::db::{Db, Tx},
    },
};

type Result<T> = std::result::Result<T, sqlx::Error>;

macro_rules! columns {
    () => {
        "id, username, email, password_hash, role, language, timezone, avatar_url, blocked_at, created_at, signed_in_at"
    };
}

/// A row to be.
pub struct NewAccount<'a> {
    pub username: &'a str,
    pub email: &'a str,
    pub password_hash: &'a str,
    pub role: Role,
    pub language: &'a str,
    pub timezone: &'a str,
    pub now: Timestamp,
}

/// Adds an account and returns its id; a unique violation means that the e-mail is taken.
pub async fn insert(tx: &mut Tx, new: &NewAccount<'_>) -> Result<i64> {
    const SQL: &str =
        "INSERT INTO account (username, email, email_key, password_hash, role, language, timezone, created_at)
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id";
    let id = on_tx!(tx, c => sqlx::query_scalar(SQL).bind(line(new.username)).bind(mailbox::clean(new.email)).bind(mailbox::key(new.email))
        .bind(new.password_hash).bind(new.role).bind(new.language).bind(new.timezone).bind(new.now).fetch_one(c).await)?;
    set_words(tx, id, new.username, new.email).await?;
    Ok(id)
}

/// Makes somebody findable by these words.
pub(super) async fn set_words(tx: &mut Tx, user: i64, username: &str, email: &str) -> Result<()> {
    const CLEAR: &str = "DELETE FROM account_word WHERE user_id = $1";
    const ADD: &str = "INSERT INTO account_word (user_id, word) VALUES ($1, $2)";
    on_tx!(tx, c => sqlx::query(CLEAR).bind(user).execute(c).await.map(|_| ()))?;
    for word in words::of(username, email) {
        on_tx!(tx, c => sqlx::query(ADD).bind(user).bind(word).execute(c).await.map(|_| ()))?;
    }
    Ok(())
}

/// Gives their words to so many people that have none, and says whether there were any.
pub async fn any_fill_words(db: &Db, limit: i64) -> Result<bool> {
    const SQL: &str = "SELECT a.id, a.username, a.email FROM account a
        WHERE NOT EXISTS (SELECT 1 FROM account_word w WHERE w.user_id = a.id) ORDER BY a.id LIMIT $1";
    let people: Vec<(i64, String, String)> = on_read!(db, c => sqlx::query_as(SQL).bind(limit).fetch_all(c).await)?;
    if people.is_empty() {
        return Ok(false);
    }
    let mut tx = db.begin().await?;
    for (user, username, email) in &people {
        // Locked: of two nodes that start at once the second finds them there.
        if lock(&mut tx, *user).await?.is_some() {
            set_words(&mut tx, *user, username, email).await?;
        }
    }
    tx.commit().await?;
    Ok(true)
}

pub async fn by_id(db: &Db, user: i64) -> Result<Option<Account>> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM account WHERE id = $1");
    on_read!(db, c => sqlx::query_as(SQL).bind(user).fetch_optional(c).await)
}

pub async fn by_email(db: &Db, email: &str) -> Result<Option<Account>> {
    // The exact spelling first: accounts from before spellings were one may differ in nothing else.
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM account WHERE email_key IN ($1, $2)
        ORDER BY CASE WHEN email_key = $2 THEN 0 ELSE 1 END LIMIT 1"
    );
    let (key, as_typed) = (mailbox::key(email), email.trim().to_lowercase());
    on_read!(db, c => sqlx::query_as(SQL).bind(key).bind(as_typed).fetch_optional(c).await)
}

/// Addresses with other letters than those of ASCII: an older version may have kept them by another key.
pub async fn any_unusual_emails(db: &Db) -> Result<Vec<(i64, String)>> {
    const SQL: &str = "SELECT id, email FROM account WHERE octet_length(email_key) <> length(email_key) ORDER BY id";
    on_read!(db, c => sqlx::query_as(SQL).fetch_all(c).await)
}

/// Fails where another account has this key.
pub async fn set_email_key(tx: &mut Tx, user: i64, key: &str) -> Result<()> {
    const SQL: &str = "UPDATE account SET email_key = $2 WHERE id = $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(key).execute(c).await.map(|_| ()))
}

/// Locks the account's row until the transaction ends, and reads it.
pub async fn lock(tx: &mut Tx, user: i64) -> Result<Option<Account>> {
    const SQL: &str = concat!("UPDATE account SET id = id WHERE id = $1 RETURNING ", columns!());
    on_tx!(tx, c => sqlx::query_as(SQL).bind(user).fetch_optional(c).await)
}

pub async fn set_profile(tx: &mut Tx, user: i64, username: &str, language: &str, timezone: &str) -> Result<()> {
    const SQL: &str = "UPDATE account SET username = $2, language = $3, timezone = $4 WHERE id = $1 RETURNING email";
    let email: Option<String> = on_tx!(tx, c => sqlx::query_scalar(SQL).bind(user).bind(line(username)).bind(language)
        .bind(timezone).fetch_optional(c).await)?;
    match email {
        Some(email) => set_words(tx, user, username, &email).await,
        None => Ok(()),
    }
}

pub async fn set_language(tx: &mut Tx, user: i64, language: &str) -> Result<()> {
    const SQL: &str = "UPDATE account SET language = $2 WHERE id = $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(language).execute(c).await.map(|_| ()))
}

/// A new password; links that would set another one die with the old.
pub async fn set_password(tx: &mut Tx, user: i64, password_hash: &str) -> Result<()> {
    const SQL: &str = "UPDATE account SET password_hash = $2 WHERE id = $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(password_hash).execute(c).await.map(|_| ()))?;
    forget_resets(tx, user).await
}

pub(super) async fn forget_resets(tx: &mut Tx, user: i64) -> Result<()> {
    const SQL: &str = "DELETE FROM password_reset WHERE user_id = $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).execute(c).await.map(|_| ()))
}

/// Replaces a hash only while it is still the one that was checked.
pub async fn upgrade_password(tx: &mut Tx, user: i64, old: &str, new: &str) -> Result<()> {
    const SQL: &str = "UPDATE account SET password_hash = $3 WHERE id = $1 AND password_hash = $2";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(old).bind(new).execute(c).await.map(|_| ()))
}

/// A hash of each old form that somebody still has: those that do not begin like today's.
pub async fn any_old_hashes(db: &Db, beginning: &str) -> Result<Vec<String>> {
    // Up to where the salt begins: "$2b$12$", "$argon2id$v=19$m=64,t=1,p=1$".
    const SQL: &str = "SELECT MIN(password_hash) FROM account WHERE substr(password_hash, 1, $2) <> $1
        GROUP BY substr(password_hash, 1, CASE WHEN password_hash LIKE '$2%' THEN 7 ELSE 28 END) ORDER BY 1 LIMIT 20";
    let length = i32::try_from(beginning.len()).unwrap_or(0);
    on_read!(db, c => sqlx::query_scalar(SQL).bind(beginning).bind(length).fetch_all(c).await)
}

pub async fn set_role(tx: &mut Tx, user: i64, role: Role) -> Result<()> {
    const SQL: &str = "UPDATE account SET role = $2 WHERE id = $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(role).execute(c).await.map(|_| ()))
}

pub async fn set_blocked(tx: &mut Tx, user: i64, blocked_at: Option<Timestamp>) -> Result<()> {
    const SQL: &str = "UPDATE account SET blocked_at = $2 WHERE id = $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(blocked_at).execute(c).await.map(|_| ()))?;
    forget_resets(tx, user).await
}

pub async fn set_signed_in(tx: &mut Tx, user: i64, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE account SET signed_in_at = $2 WHERE id = $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(now).execute(c).await.map(|_| ()))
}

pub async fn delete(tx: &mut Tx, user: i64) -> Result<()> {
    const SQL: &str = "DELETE FROM account WHERE id = $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).execute(c).await.map(|_| ()))
}

/// Locks every administrator's row and counts those who can act, so that two who demote each other
/// at once cannot leave nobody.
pub async fn lock_admins(tx: &mut Tx) -> Result<Vec<i64>> {
    const SQL: &str = "UPDATE account SET role = role WHERE role = 'admin' AND blocked_at IS NULL RETURNING id";
    on_tx!(tx, c => sqlx::query_scalar(SQL).fetch_all(c).await)
}

pub async fn has_admin(db: &Db) -> Result<bool> {
    const SQL: &str = "SELECT COUNT(*) FROM account WHERE role = 'admin'";
    let count: i64 = on_read!(db, c => sqlx::query_scalar(SQL).fetch_one(c).await)?;
    Ok(count > 0)
}

/// Everybody, or whom the words of `search` find, newest first, and how many in all; with `unreachable` only
/// those whom no mail reaches.
pub async fn any_page(
    db: &Db,
    search: &str,
    unreachable: bool,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Account>, i64)> {
    let wanted = words::wanted(search);
    if wanted.is_none() && !search.trim().is_empty() {
        return Ok((Vec::new(), 0));
    }
    let wanted = wanted.unwrap_or_default();
    let by_words = found_by(wanted.len());
    let found = if unreachable { format!("{by_words} AND {UNREACHABLE}") } else { by_words };
    let page = format!(
        concat!("SELECT ", columns!(), " FROM account a WHERE {} ORDER BY id DESC LIMIT ${} OFFSET ${}"),
        found,
        wanted.len() * 2 + 1,
        wanted.len() * 2 + 2
    );
    let count = format!("SELECT COUNT(*) FROM account a WHERE {found}");
    let rows = on_read!(db, c => {
        let query = wanted.iter().fold(sqlx::query_as(AssertSqlSafe(page)), |query, word| query.bind(word.clone()).bind(words::after(word)));
        query.bind(limit).bind(offset).fetch_all(c).await
    })?;
    let total = on_read!(db, c => {
        let query = wanted.iter().fold(sqlx::query_scalar(AssertSqlSafe(count)), |query, word| query.bind(word.clone()).bind(words::after(word)));
        query.fetch_one(c).await
    })?;
    Ok((rows, total))
}

/// Whom the words of a search find, at most `limit`, newest first.
pub async fn any_found(db: &Db, search: &str, limit: i64) -> Result<Vec<i64>> {
    let Some(wanted) = words::wanted(search) else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT a.id FROM account a WHERE {} ORDER BY a.id DESC LIMIT ${}",
        found_by(wanted.len()),
        wanted.len() * 2 + 1
    );
    on_read!(db, c => {
        let query = wanted.iter().fold(sqlx::query_scalar(AssertSqlSafe(sql)), |query, word| query.bind(word.clone()).bind(words::after(word)));
        query.bind(limit).fetch_all(c).await
    })
}

/// The condition on `a` that so many words are the beginnings of theirs; each binds where it begins and ends.
fn found_by(words: usize) -> String {
    let one = |n: usize| {
        let (from, to) = (2 * n + 1, 2 * n + 2);
        format!("a.id IN (SELECT user_id FROM account_word WHERE word >= ${from} AND word < ${to})")
    };
    if words == 0 { "TRUE".into() } else { (0..words).map(one).collect::<Vec<_>>().join(" AND ") }
}

/// A link that sets a new password, while it has not run out.
#[derive(Debug, sqlx::FromRow)]
pub struct Reset {
    pub id: i64,
    pub user_id: i64,
    /// A newer one was sent.
    pub superseded: bool,
}

/// Keeps a reset link; earlier ones of the same account stop working.
pub async fn insert_reset(
    tx: &mut Tx,
    user: i64,
    token_hash: &[u8],
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<i64> {
    const CLEAR: &str = "DELETE FROM password_reset WHERE user_id = $1 AND expires_at <= $2";
    const SUPERSEDE: &str = "UPDATE password_reset SET superseded = $2 WHERE user_id = $1";
    const INSERT: &str =
        "INSERT INTO password_reset (user_id, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4) RETURNING id";
    on_tx!(tx, c => sqlx::query(CLEAR).bind(user).bind(now).execute(c).await.map(|_| ()))?;
    on_tx!(tx, c => sqlx::query(SUPERSEDE).bind(user).bind(true).execute(c).await.map(|_| ()))?;
    on_tx!(tx, c => sqlx::query_scalar(INSERT).bind(user).bind(token_hash).bind(now).bind(expires_at).fetch_one(c).await)
}

pub async fn any_reset(db: &Db, token_hash: &[u8], now: Timestamp) -> Result<Option<Reset>> {
    const SQL: &str = "SELECT id, user_id, superseded FROM password_reset WHERE token_hash = $1 AND expires_at > $2";
    on_read!(db, c => sqlx::query_as(SQL).bind(token_hash).bind(now).fetch_optional(c).await)
}

/// Uses a reset link up; says whether it still worked.
pub async fn take_reset(tx: &mut Tx, user: i64, reset: i64, now: Timestamp) -> Result<bool> {
    const SQL: &str =
        "DELETE FROM password_reset WHERE user_id = $1 AND id = $2 AND expires_at > $3 AND superseded = $4";
    let taken = on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(reset).bind(now).bind(false).execute(c).await.map(|r| r.rows_affected()))?;
    Ok(taken > 0)
}
