//! The earlier portal, brought over from its MySQL or MariaDB database: people, tickets, files and notices, each
//! row once, however often it is run and wherever a run was cut off. Its database and files are only read.

mod checking;
mod files;
mod leaving;
mod notices;
mod outcome;
mod people;
mod progress;
mod report;
mod rows;
mod rules;
mod schema;
mod store_check;
mod store_map;
mod store_source;
mod telling;
mod tickets;
mod times;
mod writing;

#[cfg(test)]
mod tests;

use std::{path::PathBuf, time::Instant};

use jiff::tz::TimeZone;
use sqlx::mysql::MySqlConnectOptions;

use crate::{
    app::App,
    cli::Failure,
    platform::{
        base::{error::Error, i18n::Lang},
        data::{db_ids, pools::is_unique_violation},
    },
};
pub use outcome::Outcome;
use progress::Progress;
use report::Report;
pub use store_map::Kind;
use store_source::Source;
use times::Times;

/// What an administrator asks for.
pub struct Options {
    /// By which name rows of that database are known here; empty: its own.
    pub source: String,
    pub uploads: Option<PathBuf>,
    /// Look at everything, write nothing.
    pub dry_run: bool,
    pub time_zone: TimeZone,
    /// Whether somebody here with the mailbox of somebody there is the same person.
    pub take_existing: bool,
    /// Whether time acts on tickets that are brought over.
    pub reminders: bool,
    /// What answers are of which nobody said whether they are notes.
    pub unmarked_internal: bool,
    /// Whether files that a click runs (pages, scripts) are kept, as downloads.
    pub take_scripts: bool,
}

/// A run and what it stands on.
pub struct Run<'a> {
    app: &'a App,
    options: &'a Options,
    source: Source,
    name: String,
    report: Report,
    progress: Progress,
    sample: checking::Sample,
}

/// Brings over what is new. Fails where it cannot go on; whatever was committed by then stays, and the next run
/// goes on from there.
pub async fn run(app: &App, from: MySqlConnectOptions, options: &Options) -> Result<Outcome, Failure> {
    let begun = Instant::now();
    if let Some(uploads) = &options.uploads {
        files::check(uploads)?;
    }
    let source = Source::open(from, Times::new(options.time_zone.clone())).await.map_err(theirs)?;
    source.schema.check().map_err(|why| format!("this is no database of the earlier portal: {why}"))?;
    let name = known_as(app, options, &source.name).await?;
    let report =
        Report { source: name.clone(), server: source.server.clone(), dry_run: options.dry_run, ..Report::default() };
    let mut run =
        Run { app, options, source, name, report, progress: Progress::new(), sample: checking::Sample::default() };
    make_room(&mut run).await?;
    let people = people::bring(&mut run).await?;
    tickets::bring(&mut run, &people).await?;
    files::bring(&mut run).await?;
    notices::bring(&mut run, &people).await?;
    leaving::count(&mut run).await?;
    if !options.dry_run {
        checking::count_here(&mut run).await?;
        checking::compare(&mut run, &people).await?;
    }
    run.progress.clear();
    leaving::advise(&mut run);
    run.report.judge();
    run.report.seconds = begun.elapsed().as_secs_f64();
    Ok(Outcome(run.report))
}

/// By which name the rows of this database are known. Another name would bring everything over a second time.
async fn known_as(app: &App, options: &Options, own: &str) -> Result<String, Failure> {
    if !options.source.is_empty() {
        return Ok(options.source.clone());
    }
    let known = store_map::any_sources(&app.platform.db).await.map_err(ours)?;
    let Some(first) = known.first().filter(|_| known.iter().all(|name| name != own)) else {
        return Ok(own.to_owned());
    };
    Err(format!(
        "this portal has rows of the database {} already. Is {own} the same under another name (a copy, say)? Then add \
         --source {first}; if it is another portal's, add --source {own}",
        known.join(", ")
    )
    .into())
}

/// Keeps the ids that are there for those who have them: new rows get higher ones from now on.
async fn make_room(run: &mut Run<'_>) -> Result<(), Failure> {
    let user = run.source.highest(&run.source.schema.user.clone()).await.map_err(theirs)?;
    let ticket = run.source.highest(&run.source.schema.ticket.clone()).await.map_err(theirs)?;
    if run.options.dry_run {
        return Ok(());
    }
    let mut tx = run.app.platform.db.begin().await.map_err(ours)?;
    for (table, highest) in [("account", user), ("ticket", ticket)] {
        if highest > 0 {
            db_ids::raise(&mut tx, table, highest).await.map_err(ours)?;
        }
    }
    tx.commit().await.map_err(ours)
}

/// Something is wrong with the other side.
fn theirs(error: sqlx::Error) -> Failure {
    let hint = match &error {
        sqlx::Error::Tls(_) => " (an old server without TLS 1.2 is reached with ?ssl-mode=disabled in the address)",
        _ => "",
    };
    format!("the earlier portal's database: {}{hint}. What was written stays; run it again to go on", reasons(&error))
        .into()
}

/// Something is wrong with this side.
fn ours(error: sqlx::Error) -> Failure {
    if is_unique_violation(&error) {
        return format!("somebody else has just written the same: is another import running? ({error})").into();
    }
    format!("this portal's database: {}. What was written stays; run it again to go on", reasons(&error)).into()
}

fn ours_too(error: Error) -> Failure {
    format!("this portal: {}. What was written stays; run it again to go on", error.text(Lang::En)).into()
}

/// An error with its causes.
fn reasons(error: &dyn std::error::Error) -> String {
    let mut all = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !all.contains(&more) {
            all = format!("{all}: {more}");
        }
        cause = inner.source();
    }
    all
}
