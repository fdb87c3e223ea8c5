//! `erase-user`: an account with everything that is kept about it, from the tables, from what others were
//! told, from the storage, and from the freed places of the disk.

#[cfg(test)]
mod tests;

use super::{existing, find, words};
use crate::{
    app::App,
    cli::{Failure, print},
    config::Config,
    notification,
    platform::{base::error::Result, data::db::Db, outbox::jobs_store},
    session::{self, admin::Authority},
    ticket,
};

/// Erases an account; its sessions end at once.
pub async fn erase_user(config: Config, email: &str) -> std::result::Result<(), Failure> {
    let app = existing(&config).await?;
    let user = find(&app, email).await?;
    erase(&app, user).await.map_err(words)?;
    let left = leave_no_trace(&app).await?;
    print(format!("{email} was erased, with all that was kept about the account."))?;
    match left.is_empty() {
        true => Ok(()),
        false => Err(left.join("\n").into()),
    }
}

/// All in one transaction: half an erased person would be found by nobody.
pub async fn erase(app: &App, user: i64) -> Result<()> {
    let mut tx = app.platform.db.begin().await?;
    let account = session::admin::lock_to_erase(&mut tx, Authority::Machine, user).await?;
    let tickets = ticket::erasing::of_customer(&mut tx, user).await?;
    ticket::erasing::forget_operator(&mut tx, &account).await?;
    notification::erasing::forget(&mut tx, &account, &tickets).await?;
    jobs_store::any_forget_of(&mut tx, &account.email, user).await?;
    session::admin::erase_in(&mut tx, user).await?;
    Ok(tx.commit().await?)
}

/// Removes the files now, and overwrites what the database has freed. Says what could not be done.
pub async fn leave_no_trace(app: &App) -> std::result::Result<Vec<String>, Failure> {
    let mut left = Vec::new();
    if !app.platform.files.remove_given_up().await.map_err(words)? {
        left.push("Some files could not be removed yet; a running server tries it every few minutes.".to_owned());
    }
    if !wipe(&app.platform.db).await? {
        left.push(
            "The journal of the database is still being read, so it holds the erased until the server's next checkpoint; \
             `ospabhost erase-user` for anybody, or a restart, makes one."
                .to_owned(),
        );
    }
    Ok(left)
}

async fn wipe(db: &Db) -> std::result::Result<bool, Failure> {
    db.wipe().await.map_err(|error| {
        format!("the account is erased, but what the database has freed was not overwritten ({error}): run it again for anybody").into()
    })
}
