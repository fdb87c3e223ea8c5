//! What an administrator does to somebody's access: role, block, ending sessions. All of it holds
//! from the next request on, on every node.

use crate::{
    account::{
        self,
        actions::{ACCOUNT_CHANGED, Registration},
        model::Account,
    },
    platform::{
        base::{
            actor::Role,
            clock::Timestamp,
            error::{Error, Result},
            i18n::Lang,
            mailbox,
        },
        data::{db::Tx, events::Event, pools::is_unique_violation},
        outbox::jobs_store,
        web::extract::Admin,
    },
    session::codes,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{Sessions, ending, model::AccessChange, notices, proof::Proven, store, store_attempt};

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

/// What an administrator changes. A field that is not given stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
pub struct UserChange {
    pub role: Option<Role>,
    /// A blocked account is signed out everywhere and cannot sign in.
    pub blocked: Option<bool>,
    /// Both addresses are told. Links and codes of before are void; sessions stay.
    #[schema(format = Email, max_length = 254, example = "artem@example.ru")]
    pub email: Option<String>,
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

async fn managed(sessions: &Sessions, account: &Account) -> Result<ManagedUser> {
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

/// Makes an account of any role.
pub async fn create(
    sessions: &Sessions,
    by: Authority<'_>,
    new: &Registration,
    role: Role,
    lang: Lang,
) -> Result<ManagedUser> {
    let account = account::actions::create(&sessions.accounts, new, role, lang).await?;
    tracing::info!(by = by.user(), user = account.id, role = role.as_str(), "account made");
    managed(sessions, &account).await
}

/// Somebody's account.
pub async fn find(sessions: &Sessions, user: i64) -> Result<ManagedUser> {
    let account =
        account::store::by_id(&sessions.db, user).await?.ok_or_else(|| Error::not_found(codes::USER_NOT_FOUND))?;
    managed(sessions, &account).await
}

/// Changes role, block or address; there is always one administrator left who can act.
pub async fn change(sessions: &Sessions, by: Authority<'_>, user: i64, change: &UserChange) -> Result<ManagedUser> {
    apply(sessions, user, change).await?;
    // The address itself is nothing for a log.
    let (role, blocked, email) = (change.role.map(Role::as_str), change.blocked, change.email.is_some());
    tracing::info!(by = by.user(), user, role, blocked, email, "access changed");
    find(sessions, user).await
}

async fn apply(sessions: &Sessions, user: i64, change: &UserChange) -> Result<()> {
    if let Some(email) = &change.email {
        account::model::check_email(Error::invalid(), email).or_ok()?;
    }
    let mut tx = sessions.db.begin().await?;
    // Locked before the change and in one order, so that two who demote each other take turns.
    let before = account::store::lock_admins(&mut tx).await?;
    let account = account::store::lock(&mut tx, user).await?.ok_or_else(|| Error::not_found(codes::USER_NOT_FOUND))?;
    write(sessions, &mut tx, &account, change).await?;
    if before == [user] && account::store::lock_admins(&mut tx).await?.is_empty() {
        return Err(Error::conflict(codes::LAST_ADMIN));
    }
    tx.emit(Event { kind: ACCOUNT_CHANGED, id: user, user });
    Ok(tx.commit().await?)
}

/// Writes what is other than it was, and tells the person of each.
async fn write(sessions: &Sessions, tx: &mut Tx, account: &Account, change: &UserChange) -> Result<()> {
    let user = account.id;
    if let Some(role) = change.role.filter(|role| *role != account.role) {
        account::store::set_role(tx, user, role).await?;
        notices::access_changed(sessions, tx, account, AccessChange::Role(role)).await?;
    }
    if let Some(email) = change.email.as_deref().map(mailbox::clean).filter(|email| *email != account.email) {
        set_email(sessions, tx, account, &email).await?;
    }
    match change.blocked.filter(|blocked| *blocked != account.blocked_at.is_some()) {
        Some(true) => {
            account::store::set_blocked(tx, user, Some(sessions.clock.now())).await?;
            ending::end_all_in(tx, user, 0).await?;
            notices::access_changed(sessions, tx, account, AccessChange::Blocked).await
        }
        Some(false) => {
            account::store::set_blocked(tx, user, None).await?;
            notices::access_changed(sessions, tx, account, AccessChange::Unblocked).await
        }
        None => Ok(()),
    }
}

/// Gives the account another address. Whatever was sent to the old one or approved before leads nowhere; the
/// sessions stay, for the password is what it was.
async fn set_email(sessions: &Sessions, tx: &mut Tx, account: &Account, email: &str) -> Result<()> {
    let written = account::store_address::set_email(tx, account.id, email, sessions.clock.now()).await;
    written.map_err(|error| match is_unique_violation(&error) {
        true => Error::invalid().field("email", "field-email-taken"),
        false => error.into(),
    })?;
    store::forget_end_links(tx, account.id).await?;
    notices::address_changed(sessions, tx, account, email).await?;
    Ok(jobs_store::any_readdress(tx, &account.email, account.id).await?)
}

/// Ends all sessions of a user; an administrator's own current one stays. Says how many.
pub async fn end_all(sessions: &Sessions, by: Authority<'_>, user: i64) -> Result<usize> {
    let keep = match by {
        Authority::Admin(by) if by.user == user => by.session,
        _ => 0,
    };
    account::store::by_id(&sessions.db, user).await?.ok_or_else(|| Error::not_found(codes::USER_NOT_FOUND))?;
    let mut tx = sessions.db.begin().await?;
    let ended = ending::end_all_in(&mut tx, user, keep).await?;
    tx.commit().await?;
    tracing::info!(by = by.user(), user, ended, "sessions ended");
    Ok(ended)
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
