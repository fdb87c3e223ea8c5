//! `import`: brings people, tickets and files in from elsewhere.

use std::path::Path;

use clap::ArgMatches;

use crate::{
    app::App,
    cli::{Failure, print, text},
    config::Config,
    moving::archive::reading,
    platform::{clock::Clock, folder, lock::Lock},
};

pub async fn import(config: Config, matches: &ArgMatches) -> Result<(), Failure> {
    archive(config, Path::new(&text(matches, "from")), matches.get_flag("dry-run")).await
}

/// From the folder that `export` wrote. Makes the database if there is none.
async fn archive(config: Config, from: &Path, dry_run: bool) -> Result<(), Failure> {
    folder::prepare(&config.platform.data_dir)?;
    let _lock = Lock::take(&config.platform.database_url())?;
    let app = App::open(&config, Clock::System, None).await?;
    let platform = &app.platform;
    let imported = match dry_run {
        true => reading::try_out(&platform.db, from).await?,
        false => reading::import(&platform.db, &platform.files, from).await?,
    };
    let lines = |part: &str| imported.lines.get(part).copied().unwrap_or(0);
    let (people, tickets, responses) = (lines("people.jsonl"), lines("tickets.jsonl"), lines("responses.jsonl"));
    match dry_run {
        true => print(format!(
            "The archive is right: {people} people, {tickets} tickets with {responses} answers and notes. Nothing was \
             written."
        )),
        false => print(format!(
            "{people} people, {tickets} tickets with {responses} answers and notes, and {} files were brought in. \
             Everybody signs in once more, with the password that they have.",
            imported.files
        )),
    }
}
