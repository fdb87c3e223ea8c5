//! Every SQL statement about the link that makes the first administrator.

use crate::{
    on_read, on_tx,
    platform::data::db::{Db, Tx},
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// Keeps a link, if there is none.
pub async fn any_insert(tx: &mut Tx, nonce: &str, token_hash: &[u8]) -> Result<()> {
    const SQL: &str = "INSERT INTO setup_link (id, nonce, token_hash) VALUES (1, $1, $2) ON CONFLICT (id) DO NOTHING";
    on_tx!(tx, c => sqlx::query(SQL).bind(nonce).bind(token_hash).execute(c).await.map(|_| ()))
}

/// The link that there is, which nobody else changes meanwhile.
pub async fn any_lock(tx: &mut Tx) -> Result<(String, Vec<u8>)> {
    const SQL: &str = "UPDATE setup_link SET id = id RETURNING nonce, token_hash";
    on_tx!(tx, c => sqlx::query_as(SQL).fetch_one(c).await)
}

pub async fn any_replace(tx: &mut Tx, nonce: &str, token_hash: &[u8]) -> Result<()> {
    const SQL: &str = "UPDATE setup_link SET nonce = $1, token_hash = $2";
    on_tx!(tx, c => sqlx::query(SQL).bind(nonce).bind(token_hash).execute(c).await.map(|_| ()))
}

pub async fn any_is(db: &Db, token_hash: &[u8]) -> Result<bool> {
    const SQL: &str = "SELECT COUNT(*) FROM setup_link WHERE token_hash = $1";
    let count: i64 = on_read!(db, c => sqlx::query_scalar(SQL).bind(token_hash).fetch_one(c).await)?;
    Ok(count > 0)
}

/// Uses a link up; false: it is none, or was used.
pub async fn any_take(tx: &mut Tx, token_hash: &[u8]) -> Result<bool> {
    const SQL: &str = "DELETE FROM setup_link WHERE token_hash = $1";
    let gone = on_tx!(tx, c => sqlx::query(SQL).bind(token_hash).execute(c).await.map(|r| r.rows_affected()))?;
    Ok(gone > 0)
}
