//! Somebody is erased: what others were told of them goes, or loses their name and words.

use std::collections::BTreeSet;

use super::{
    events::DELETED,
    live,
    store_erasing::{self as store},
};
use crate::{
    account::model::Account,
    platform::{base::error::Result, data::db::Tx},
};

/// Notifications about the person's own tickets go. Of what they wrote in other people's tickets the
/// notification stays, for there still is something to read, but says no more than that.
pub async fn forget(tx: &mut Tx, account: &Account, tickets: &[i64]) -> Result<()> {
    let mut readers: BTreeSet<i64> = store::any_forget_tickets(tx, tickets).await?.into_iter().collect();
    for (id, reader, mut facts) in store::any_by(tx, account.id, &account.username).await? {
        facts.author.clear();
        facts.excerpt.clear();
        store::any_set_facts(tx, id, &facts).await?;
        readers.insert(reader);
    }
    for reader in readers {
        live::record(tx, DELETED, 0, reader, 0);
    }
    Ok(())
}
