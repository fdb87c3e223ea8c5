//! Objects that come from another ospabhost: they keep their keys, and were checked when they were sent.

use std::{
    io::{self, Read, Write},
    time::Duration,
};

use sha2::{Digest, Sha256};

use super::{Files, spool::Spool, store};
use crate::platform::data::db::{Db, Tx};

/// So long an object waits for the row that refers to it: bringing everything over takes a while.
const UNCLAIMED: Duration = Duration::from_secs(86_400);

/// Copies all of it, and gives its SHA-256 in hexadecimal digits.
fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<String> {
    let (mut hash, mut chunk) = (Sha256::new(), vec![0; 64 << 10]);
    loop {
        let read = from.read(&mut chunk)?;
        let Some(part @ [_, ..]) = chunk.get(..read) else { return Ok(hex(&hash.finalize())) };
        hash.update(part);
        to.write_all(part)?;
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Files {
    /// Writes down that objects with these keys are on their way, so that they are removed when nothing comes
    /// to refer to them.
    pub async fn announce_carried(&self, keys: &[&str]) -> Result<(), sqlx::Error> {
        let (db, due_at): (&Db, _) = (&self.0.db, self.0.clock.now().plus(UNCLAIMED));
        let mut tx: Tx = db.begin().await?;
        for key in keys {
            store::any_announce_again(&mut tx, key, due_at).await?;
        }
        tx.commit().await
    }

    /// Whether there is an object with this key already, and not one that is on its way: it comes from a storage
    /// that two share.
    pub async fn is_shared(&self, key: &str) -> io::Result<bool> {
        let pending = store::any_is_pending(&self.0.db, key).await.map_err(io::Error::other)?;
        Ok(!pending && self.0.storage.size(key).await.map_err(io::Error::other)?.is_some())
    }

    /// Stores an announced object, unless it is another than is told.
    pub async fn carry(&self, key: &str, mut from: std::fs::File, sha256: &str) -> io::Result<()> {
        let (spool, found) = Spool::fill(&self.0.storage.incoming, |to| copy(&mut from, to))?;
        if found != sha256 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is not what its line tells: it is damaged"));
        }
        self.0.storage.put(key, spool).await.map_err(io::Error::other)
    }
}
