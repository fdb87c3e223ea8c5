//! Accounts in an administrator's hands: by what right, finding them, exporting and erasing all that is kept. Changes
//! are in `managing.rs`.

use crate::{
    account::{self, actions::ACCOUNT_CHANGED, model::Account},
    platform::{
        base::{
            actor::Role,
            clock::Timestamp,
            error::{Error, Result},
            i18n::Lang,
            mailbox,
        },
        data::{db::Tx, events::Event},
        web::extract::Admin,
    },
    session::codes,
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{Sessions, ending, proof::Proven, store, store_attempt};

/// An account as an administrator sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ManagedUser {
    pub id: i64,
    pub username: String,
    pub email: String,
    /// False: no mail arrives at this address.
    pub reachable: bool,
    pub role: Role,
    pub blocked: bool,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen_at: Option<Timestamp>,
    /// How many live sessions there are.
    pub sessions: i64,
}

/// By what right somebody's access is changed who is not asked.
#[derive(Clone, Copy)]
pub enum Authority<'a> {
    /// An administrator who has just proven it.
    Admin(&'a Admin<Proven>),
    /// Whoever has the machine: the command line.
    Machine,
}

impl Authority<'_> {
    /// The administrator, 0 for the machine.
    pub fn user(self) -> i64 {
        match self {
            Self::Admin(by) => by.user,
            Self::Machine => 0,
        }
    }
}

/// Whom a list of accounts shows: all, or whom the words find; `unreachable`: only whom no mail reaches.
#[derive(Clone, Copy, Default)]
pub struct Wanted<'a> {
    pub search: &'a str,
    pub unreachable: bool,
}

/// A page of accounts, newest first, and how many there are in all.
pub async fn list(
    sessions: &Sessions,
    wanted: Wanted<'_>,
    page: i64,
    page_size: i64,
) -> Result<(Vec<ManagedUser>, i64)> {
    let offset = page.saturating_sub(1).saturating_mul(page_size);
    let (search, unreachable) = (wanted.search, wanted.unreachable);
    let (accounts, total) = account::store::any_page(&sessions.db, search, unreachable, page_size, offset).await?;
    let mut users = Vec::with_capacity(accounts.len());
    for account in &accounts {
        users.push(managed(sessions, account).await?);
    }
    Ok((users, total))
}

pub(super) async fn managed(sessions: &Sessions, account: &Account) -> Result<ManagedUser> {
    let (live, seen) = store::any_counts(&sessions.db, account.id, sessions.clock.now()).await?;
    Ok(ManagedUser {
        id: account.id,
        username: account.username.clone(),
        email: account.email.clone(),
        reachable: mailbox::is_reachable(&account.email),
        role: account.role,
        blocked: account.blocked_at.is_some(),
        created_at: account.created_at,
        last_seen_at: seen.or(account.signed_in_at),
        sessions: live,
    })
}

/// Somebody's account.
pub async fn find(sessions: &Sessions, user: i64) -> Result<ManagedUser> {
    let account =
        account::store::by_id(&sessions.db, user).await?.ok_or_else(|| Error::not_found(codes::USER_NOT_FOUND))?;
    managed(sessions, &account).await
}

/// Everything that is kept about a person, without secrets: account, sessions, history.
pub async fn export(sessions: &Sessions, _: Authority<'_>, user: i64) -> Result<Map<String, Value>> {
    let account =
        account::store::by_id(&sessions.db, user).await?.ok_or_else(|| Error::not_found(codes::USER_NOT_FOUND))?;
    let live = store::of_user(&sessions.db, user, sessions.clock.now()).await?;
    let history = store_attempt::of_user(&sessions.db, user, i64::MAX).await?;
    let lang = Lang::from_code(&account.language).unwrap_or_default();
    let parts = [
        ("account", json!(managed(sessions, &account).await?)),
        (
            "profile",
            json!({ "language": account.language, "timezone": account.timezone, "avatarUrl": account.avatar_url }),
        ),
        ("sessions", live.iter().map(|row| json!(row.view(lang, 0, row.last_activity))).collect()),
        ("history", history.iter().map(|row| json!(row.view(lang))).collect()),
    ];
    Ok(parts.into_iter().map(|(name, part)| (name.to_owned(), part)).collect())
}

/// The account that is about to be erased; one administrator stays.
pub async fn lock_to_erase(tx: &mut Tx, _: Authority<'_>, user: i64) -> Result<Account> {
    let admins = account::store::lock_admins(tx).await?;
    let account = account::store::lock(tx, user).await?.ok_or_else(|| Error::not_found(codes::USER_NOT_FOUND))?;
    if admins == [user] { Err(Error::conflict(codes::LAST_ADMIN)) } else { Ok(account) }
}

/// Erases an account and, by the database's own rules, all that refers to it.
pub async fn erase_in(tx: &mut Tx, user: i64) -> Result<()> {
    ending::end_all_in(tx, user, 0).await?;
    account::store::delete(tx, user).await?;
    tx.emit(Event { kind: ACCOUNT_CHANGED, id: user, user });
    tracing::info!(user, "an account is erased");
    Ok(())
}

#[cfg(test)]
pub async fn erase(sessions: &Sessions, by: Authority<'_>, user: i64) -> Result<()> {
    let mut tx = sessions.db.begin().await?;
    lock_to_erase(&mut tx, by, user).await?;
    erase_in(&mut tx, user).await?;
    Ok(tx.commit().await?)
}
