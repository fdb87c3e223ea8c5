//! `secrets renew`: for an administrator whose signing keys are gone for good.

use clap::ArgMatches;

use crate::{
    cli::{Failure, print},
    config::Config,
    notification,
    platform::{
        Platform,
        base::{clock::Clock, keys::Keys},
        data::{db::Db, pools::Reading, secrets},
        outbox::{jobs_store, push},
    },
};

const CONSEQUENCE: &str = "\
With new secrets, all that hangs on the lost keys is lost too:
- mails, push messages and other work that waits and was sealed with them is given up (the administrator sees it);
- every device that takes push messages must be switched on for them again;
- apps sign in again after fifteen minutes, and unsubscribe links in mails that were sent end nothing any more.
Browsers stay signed in. Other nodes with the lost keys must be stopped first.";

/// Makes new secrets where the keys in force do not open those that are there.
pub async fn secrets(config: Config, matches: &ArgMatches) -> Result<(), Failure> {
    let Some(("renew", sub)) = matches.subcommand() else { return Ok(()) };
    let settings = &config.platform;
    Platform::must_be_there(settings).await?;
    if !sub.get_flag("yes") {
        return Err(format!("{CONSEQUENCE}\nNothing was changed. To do it: ospabhost secrets renew --yes").into());
    }
    let db = Db::open_with(&settings.database_url(), settings.carrier(), Reading::Again).await?;
    db.migrate().await?;
    let keys = Keys::load(&settings.signing_keys, &settings.data_dir, false)?;
    let foreign = secrets::foreign(&db, &keys).await?;
    if foreign.is_empty() {
        print("The keys in force open every secret of the database: nothing was changed.")?;
        return Ok(());
    }
    let mut tx = db.begin().await?;
    for name in &foreign {
        secrets::forget(&mut tx, name).await?;
    }
    let mut devices = 0;
    if foreign.iter().any(|name| name == push::SECRET) {
        devices = notification::store_push::any_delete_all(&mut tx).await?;
    }
    let jobs = jobs_store::give_up_unreadable(&mut tx, &keys.prints().join(" "), Clock::System.now()).await?;
    tx.commit().await?;
    db.close().await;
    print(format!(
        "Secrets that the keys in force did not open were removed, the next start makes new ones. Jobs that were given \
         up: {jobs}. Devices that must be switched on for push messages again: {devices}."
    ))?;
    Ok(())
}
