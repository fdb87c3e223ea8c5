//! Somebody is erased: which tickets go with them, and where their name stands in other people's.

use super::store_erasing as store;
use crate::{
    account::model::Account,
    platform::{base::error::Result, data::db::Tx},
};

/// The tickets that the database removes with their owner.
pub async fn of_customer(tx: &mut Tx, user: i64) -> Result<Vec<i64>> {
    Ok(store::any_tickets_of(tx, user).await?)
}

/// The history of other people's tickets says that somebody was given them, but not who. Answers stay:
/// they are the portal's words to its customer, and lose their author's name with the account.
pub async fn forget_operator(tx: &mut Tx, account: &Account) -> Result<()> {
    Ok(store::any_forget_name(tx, account.id, &account.username).await?)
}
