//! Every SQL statement about the address of an account.

use super::store::{forget_resets, set_words};
use crate::{
    on_read, on_tx,
    platform::{
        base::{clock::Timestamp, mailbox},
        data::db::{Db, Tx},
    },
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// The condition that no mail reaches somebody: `mailbox::is_reachable` for both databases, word for word that
/// of the index `account_unreachable`.
pub const UNREACHABLE: &str = "(email_key LIKE '%@invalid' OR email_key LIKE '%.invalid' \
    OR email_key LIKE '%@users.noreply.github.com' OR email_key NOT LIKE '%@%' OR email_key LIKE '% %')";

/// Gives an account another address, from now on; links that were sent to the old one die with it. A unique
/// violation means that another account has it.
pub async fn set_email(tx: &mut Tx, user: i64, email: &str, now: Timestamp) -> Result<()> {
    const SQL: &str =
        "UPDATE account SET email = $2, email_key = $3, email_set_at = $4 WHERE id = $1 RETURNING username";
    let (email, key) = (mailbox::clean(email), mailbox::key(email));
    let username: Option<String> =
        on_tx!(tx, c => sqlx::query_scalar(SQL).bind(user).bind(&email).bind(key).bind(now).fetch_optional(c).await)?;
    if let Some(username) = username {
        set_words(tx, user, &username, &email).await?;
    }
    forget_resets(tx, user).await
}

/// Since when an account has the address that it has; inside `None` where it never had another one.
pub async fn any_set_at(db: &Db, user: i64) -> Result<Option<Option<Timestamp>>> {
    const SQL: &str = "SELECT email_set_at FROM account WHERE id = $1";
    on_read!(db, c => sqlx::query_scalar(SQL).bind(user).fetch_optional(c).await)
}

/// How many people no mail reaches.
pub async fn any_unreachable(db: &Db) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) FROM account WHERE ";
    on_read!(db, c => sqlx::query_scalar(sqlx::AssertSqlSafe(format!("{SQL}{UNREACHABLE}"))).fetch_one(c).await)
}
