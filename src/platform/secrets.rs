//! Secrets that all nodes share: made once by whoever is first, kept in the database, sealed. They
//! outlive the signing keys: after a rotation they are sealed anew.

use super::{db::Db, keys::Keys};
use crate::{on_read, on_write};

/// The secret of this name, made by `make` when there is none or when no key in force opens it.
pub async fn load_or_make(
    db: &Db,
    keys: &Keys,
    name: &str,
    make: impl Fn() -> Vec<u8>,
) -> Result<Vec<u8>, sqlx::Error> {
    const INSERT: &str = "INSERT INTO shared_secret (name, sealed) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    loop {
        let Some(sealed) = sealed(db, name).await? else {
            let sealed = keys.seal(&make());
            on_write!(db, c => sqlx::query(INSERT).bind(name).bind(&sealed).execute(c).await.map(|_| ()))?;
            // Another node may have been first: its secret counts.
            continue;
        };
        if let Some(secret) = super::keys::open_with(&keys.signing().secret, &sealed) {
            return Ok(secret);
        }
        let secret = keys.open(&sealed).unwrap_or_else(|| {
            tracing::warn!(name, "a shared secret cannot be opened with the keys in force, it is made anew");
            make()
        });
        replace(db, name, &sealed, &keys.seal(&secret)).await?;
    }
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
