//! What can be done with an account that does not touch who is signed in.

use crate::{
    account::codes,
    platform::{
        base::{
            actor::{Actor, Role},
            error::{Error, Result},
            i18n::Lang,
            mailbox,
            workers::Turn,
        },
        data::{db::Tx, pools::is_unique_violation},
    },
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    Accounts,
    model::{Account, check_email, check_password, check_username},
    password::Checked,
    store::{self, NewAccount},
};

crate::events! {
    /// Told when something about an account changed that its sessions remember.
    ACCOUNT_CHANGED = "account.changed";
}

/// What a person types to make an account.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
pub struct Registration {
    #[serde(default)]
    #[schema(required = true, example = "Артём Соколов", min_length = 2, max_length = 64)]
    pub username: String,
    #[serde(default)]
    #[schema(required = true, format = Email, max_length = 254, example = "artem@example.ru")]
    pub email: String,
    #[serde(default)]
    #[schema(required = true, min_length = 8, max_length = 128, example = "кот ест рыбу на крыше")]
    pub password: String,
}

impl Registration {
    /// What can be checked without computing.
    pub fn check(&self) -> Result<()> {
        let error = check_email(check_username(Error::invalid(), &self.username), &self.email);
        check_password(error, "password", &self.password).or_ok()
    }

    pub(super) async fn hash(&self, accounts: &Accounts, turn: Turn) -> Result<String> {
        hash_new(accounts, turn, "password", &self.password, &[&self.username, &self.email]).await
    }
}

/// Makes an account of any role: the administrator's and the command line's way.
pub async fn create(accounts: &Accounts, new: &Registration, role: Role, lang: Lang) -> Result<Account> {
    new.check()?;
    let password_hash = new.hash(accounts, Turn::Sooner).await?;
    add(accounts, new, role, lang, &password_hash).await
}

pub(super) async fn add(
    accounts: &Accounts,
    new: &Registration,
    role: Role,
    lang: Lang,
    password_hash: &str,
) -> Result<Account> {
    let mut tx = accounts.db.begin().await?;
    let id = insert(accounts, &mut tx, new, role, lang, password_hash).await?;
    tx.commit().await?;
    store::by_id(&accounts.db, id).await?.ok_or_else(|| Error::not_found(codes::USER_NOT_FOUND))
}

/// What is typed for the first administrator is right; gives the hash of the password.
pub async fn checked(accounts: &Accounts, new: &Registration) -> Result<String> {
    new.check()?;
    new.hash(accounts, Turn::Sooner).await
}

/// Makes the administrator of a new installation as part of what allows it; only one can be made this way.
pub async fn first_admin_in(
    accounts: &Accounts,
    tx: &mut Tx,
    new: &Registration,
    lang: Lang,
    password_hash: &str,
) -> Result<i64> {
    let id = insert(accounts, tx, new, Role::Admin, lang, password_hash).await?;
    if store::lock_admins(tx).await? != [id] {
        return Err(Error::gone(codes::SETUP_INVALID));
    }
    Ok(id)
}

async fn insert(
    accounts: &Accounts,
    tx: &mut Tx,
    new: &Registration,
    role: Role,
    lang: Lang,
    password_hash: &str,
) -> Result<i64> {
    let timezone = if lang.is_russian() { "Europe/Moscow" } else { "UTC" };
    let row = NewAccount {
        username: &new.username,
        email: &new.email,
        password_hash,
        role,
        language: lang.code(),
        timezone,
        now: accounts.clock.now(),
    };
    store::insert(tx, &row).await.map_err(|error| match is_unique_violation(&error) {
        true => Error::conflict(codes::EMAIL_TAKEN).field("email", "field-email-taken"),
        false => error.into(),
    })
}

/// Whether this is the password of the account; it takes the same time whether or not there is one.
pub async fn prove(accounts: &Accounts, turn: Turn, account: Option<&Account>, password: &str) -> Result<bool> {
    check_and_upgrade(accounts, turn, account, password).await
}

/// Whether this is the person's password.
pub async fn prove_again(accounts: &Accounts, user: i64, password: &str) -> Result<bool> {
    let account = store::by_id(&accounts.db, user).await?;
    check_and_upgrade(accounts, Turn::Sooner, account.as_ref(), password).await
}

async fn check_and_upgrade(accounts: &Accounts, turn: Turn, account: Option<&Account>, password: &str) -> Result<bool> {
    let stored = account.map(|account| account.password_hash.as_str());
    match (accounts.hasher.check(turn, password, stored).await?, account) {
        (Checked::Wrong, _) => Ok(false),
        (Checked::Upgrade(new), Some(account)) => {
            let mut tx = accounts.db.begin().await?;
            store::upgrade_password(&mut tx, account.id, &account.password_hash, &new).await?;
            tx.commit().await?;
            Ok(true)
        }
        _ => Ok(true),
    }
}

/// How often what was imported, or written by an older version, is looked for.
pub const TIDY: std::time::Duration = std::time::Duration::from_secs(3600);

/// Learns from old forms of hashes what a check must take for all; gives each mailbox its one key.
pub async fn tidy(accounts: &Accounts) -> Result<()> {
    let old = store::any_old_hashes(&accounts.db, accounts.hasher.beginning()).await?;
    accounts.hasher.learn(old).await?;
    for (user, email) in store::any_unusual_emails(&accounts.db).await? {
        let mut tx = accounts.db.begin().await?;
        // Where another account has the key, both stay as they are: each is found by its own spelling.
        if store::set_email_key(&mut tx, user, &mailbox::key(&email)).await.is_ok() {
            tx.commit().await?;
        }
    }
    Ok(())
}

pub async fn of_actor(accounts: &Accounts, actor: &Actor) -> Result<Account> {
    store::by_id(&accounts.db, actor.user).await?.ok_or_else(|| Error::not_found(codes::USER_NOT_FOUND))
}

/// Judges and hashes a new password, whose length was checked; `own` are words that make it weak.
///
/// # Errors
/// 422 for `field` when the password is guessed at once, 503 when too much is being computed.
pub async fn hash_new(
    accounts: &Accounts,
    turn: Turn,
    field: &'static str,
    password: &str,
    own: &[&str],
) -> Result<String> {
    let hash = accounts.hasher.hash_new(turn, password, own).await?;
    hash.ok_or_else(|| Error::invalid().field(field, "field-password-weak"))
}
