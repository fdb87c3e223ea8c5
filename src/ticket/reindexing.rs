//! Indexes anew what was written before a migration changed the words, a few documents at a time and the
//! newest first, so that writers wait for none of it. A stop in between loses nothing: how far it came is
//! in the database.

use super::{Tickets, store_reindex};
use crate::platform::base::error::Result;

const AT_ONCE: i64 = 50;

/// Whether there is more to do.
pub async fn some(tickets: &Tickets) -> Result<bool> {
    let mut tx = tickets.db.begin().await?;
    let more = store_reindex::any_index(&mut tx, AT_ONCE).await?;
    tx.commit().await?;
    Ok(more)
}
