//! Secrets that all nodes share: made once by whoever is first, kept in the database, sealed. They
//! outlive the signing keys: after a rotation they are sealed anew. A node whose keys do not open them
//! is not one of these nodes, and must not start.

use crate::{
    on_read, on_tx, on_write,
    platform::{
        base::keys::Keys,
        data::db::{Db, Tx},
    },
};

/// A secret that was sealed with keys which are not in force here.
#[derive(Debug, thiserror::Error)]
#[error(
    "the signing keys of this node do not open the secret {0:?} of its database, so they are not the keys of the other \
     nodes or of an earlier start: give it the same signing_keys, or the same file `keys`. If those are lost for good, \
     `ospabhost secrets renew` makes new secrets and says what is lost with the old ones"
)]
pub struct Foreign(String);

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error(transparent)]
    Foreign(#[from] Foreign),
    #[error("the database cannot be read: {0}")]
    Read(#[from] sqlx::Error),
}

/// The secret of this name, made by `make` when there is none.
pub async fn load_or_make(
    db: &Db,
    keys: &Keys,
    name: &str,
    make: impl Fn() -> Vec<u8>,
) -> Result<Vec<u8>, SecretError> {
    const INSERT: &str = "INSERT INTO shared_secret (name, sealed) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    loop {
        let Some(sealed) = sealed(db, name).await? else {
            let sealed = keys.seal(&make());
            on_write!(db, c => sqlx::query(INSERT).bind(name).bind(&sealed).execute(c).await.map(|_| ()))?;
            // Another node may have been first: its secret counts.
            continue;
        };
        if let Some(secret) = crate::platform::base::keys::open_with(&keys.signing().secret, &sealed) {
            return Ok(secret);
        }
        let secret = keys.open(&sealed).ok_or_else(|| Foreign(name.to_owned()))?;
        replace(db, name, &sealed, &keys.seal(&secret)).await?;
    }
}

/// Whether this database has been given secrets; a new one has no table for them yet.
pub async fn are_there(db: &Db) -> Result<bool, sqlx::Error> {
    const SQL: &str = "SELECT COUNT(*) FROM shared_secret";
    match on_read!(db, c => sqlx::query_scalar::<_, i64>(SQL).fetch_one(c).await) {
        Err(sqlx::Error::Database(_)) => Ok(false),
        found => Ok(found? > 0),
    }
}

/// Refuses keys that do not open everything.
pub async fn must_open(db: &Db, keys: &Keys) -> Result<(), SecretError> {
    match foreign(db, keys).await?.into_iter().next() {
        Some(name) => Err(Foreign(name).into()),
        None => Ok(()),
    }
}

/// The names of the secrets that these keys do not open.
pub async fn foreign(db: &Db, keys: &Keys) -> Result<Vec<String>, sqlx::Error> {
    const SQL: &str = "SELECT name, sealed FROM shared_secret ORDER BY name";
    let all: Vec<(String, Vec<u8>)> = on_read!(db, c => sqlx::query_as(SQL).fetch_all(c).await)?;
    Ok(all.into_iter().filter(|(_, sealed)| keys.open(sealed).is_none()).map(|(name, _)| name).collect())
}

/// Removes a secret: who asks for it next makes a new one.
pub async fn forget(tx: &mut Tx, name: &str) -> Result<(), sqlx::Error> {
    const SQL: &str = "DELETE FROM shared_secret WHERE name = $1";
    on_tx!(tx, c => sqlx::query(SQL).bind(name).execute(c).await.map(|_| ()))
}

async fn sealed(db: &Db, name: &str) -> Result<Option<Vec<u8>>, sqlx::Error> {
    const SQL: &str = "SELECT sealed FROM shared_secret WHERE name = $1";
    on_read!(db, c => sqlx::query_scalar(SQL).bind(name).fetch_optional(c).await)
}

/// Only what was read is replaced: two nodes that do it at once end with the same secret.
async fn replace(db: &Db, name: &str, old: &[u8], new: &[u8]) -> Result<(), sqlx::Error> {
    const SQL: &str = "UPDATE shared_secret SET sealed = $3 WHERE name = $1 AND sealed = $2";
    on_write!(db, c => sqlx::query(SQL).bind(name).bind(old).bind(new).execute(c).await.map(|_| ()))
}
