//! `import`: what another portal holds, brought over; or what `export` wrote.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::{Arg, ArgAction, ArgMatches, Command};
use jiff::tz::TimeZone;
use sqlx::mysql::MySqlConnectOptions;

use crate::{
    app::App,
    cli::{Failure, print, text},
    config::Config,
    moving::archive::reading,
    moving::earlier::{self, Options},
    platform::base::{folder, lock::Lock},
};

/// Where a password for the earlier database is looked for that its address does not hold: as its own programs do.
const PASSWORD: &str = "MYSQL_PWD";

pub fn command() -> Command {
    Command::new("import")
        .about("Bring in people, tickets and files: of the earlier portal, again only what is new; or what `export` wrote, where nobody is yet")
        .arg(
            named("from", "ADDRESS|DIR")
                .required(true)
                .help("mysql://user:password@host/database, whose password may stand in MYSQL_PWD instead; or the folder that `export` wrote"),
        )
        .arg(named("uploads", "DIR").help("Its folder of uploads, with `tickets` in it"))
        .arg(
            Arg::new("dry-run")
                .long("dry-run")
                .action(ArgAction::SetTrue)
                .help("Look at everything, write nothing but the report"),
        )
        .arg(named("report", "FILE").help("Write the whole report to a file that only you can read, as JSON"))
        .arg(named("time-zone", "ZONE").default_value("UTC").help("In which its database keeps the time"))
        .args(choices())
        .arg(named("source", "NAME").help("By which name its rows are known here [the name of its database]"))
}

fn named(name: &'static str, value: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value)
}

/// What an administrator decides; the first of each is what happens when nothing is said.
fn choices() -> [Arg; 4] {
    [
        ("existing", ["refuse", "take"], "Whether somebody here with the same mailbox is the same person"),
        ("reminders", ["off", "on"], "Whether time reminds, resolves and closes what is brought over"),
        ("unmarked", ["public", "internal"], "What answers are that nobody marked as public or internal"),
        ("scripts", ["leave", "take"], "Files that a click would run, such as .html; kept, they are downloads"),
    ]
    .map(|(name, values, help)| Arg::new(name).long(name).value_parser(values).default_value(values[0]).help(help))
}

/// Each kind of place is read by its own module.
pub async fn import(config: Config, matches: &ArgMatches) -> Result<(), Failure> {
    let from = text(matches, "from");
    match from.split_once("://") {
        Some(("mysql" | "mariadb", _)) => earlier(config, &from, matches).await,
        Some(_) => Err("--from: expected mysql://user:password@host/database, or a folder".into()),
        None => archive(config, Path::new(&from), matches.get_flag("dry-run")).await,
    }
}

/// From the folder that `export` wrote. Makes the database if there is none.
async fn archive(config: Config, from: &Path, dry_run: bool) -> Result<(), Failure> {
    folder::prepare(&config.platform.data_dir)?;
    let _lock = Lock::take(&config.platform.database_url())?;
    let app = App::open_to_move(&config).await?;
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

async fn earlier(config: Config, from: &str, matches: &ArgMatches) -> Result<(), Failure> {
    let from = address(from)?;
    let zone = text(matches, "time-zone");
    let options = Options {
        source: text(matches, "source"),
        uploads: matches.get_one::<String>("uploads").map(PathBuf::from),
        dry_run: matches.get_flag("dry-run"),
        time_zone: TimeZone::get(&zone).map_err(|_| format!("--time-zone: {zone} is no time zone that is known"))?,
        take_existing: text(matches, "existing") == "take",
        reminders: text(matches, "reminders") == "on",
        unmarked_internal: text(matches, "unmarked") == "internal",
        take_scripts: text(matches, "scripts") == "take",
    };
    let report = matches.get_one::<String>("report").map(|name| Written::begin(Path::new(name))).transpose()?;
    let app = App::open_to_move(&config).await?;
    let outcome = earlier::run(&app, from, &options).await?;
    if let Some(mut report) = report {
        outcome.write_json(&app, &mut report.out).await?;
        report.finish()?;
    }
    print(outcome.words())?;
    outcome.verdict()
}

/// A report on its way: it has its name when it is whole, in place of an older one.
struct Written {
    name: PathBuf,
    part: PathBuf,
    out: BufWriter<File>,
}

impl Written {
    /// Before the work of hours: one that cannot be written is worth nothing. It tells of people, so nobody else
    /// may read it.
    fn begin(name: &Path) -> Result<Self, Failure> {
        let mut part = name.file_name().unwrap_or_default().to_owned();
        part.push(".part");
        let part = name.with_file_name(part);
        let _ = std::fs::remove_file(&part);
        let made = folder::make_file(&part).map_err(|error| failed(name, &error))?;
        Ok(Self { name: name.to_owned(), part, out: BufWriter::new(made) })
    }

    fn finish(&mut self) -> Result<(), Failure> {
        let mut finish = || {
            self.out.flush()?;
            self.out.get_ref().sync_all()?;
            std::fs::rename(&self.part, &self.name)
        };
        finish().map_err(|error| failed(&self.name, &error))
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.part);
    }
}

fn failed(name: &Path, error: &std::io::Error) -> Failure {
    format!("--report: {} was not written: {error}", name.display()).into()
}

/// The address, which stands in no message: it holds a password.
fn address(from: &str) -> Result<MySqlConnectOptions, Failure> {
    let from = from.replacen("mariadb://", "mysql://", 1);
    let wrong = "--from: this is no address such as mysql://user:password@host/database (marks in the password are \
                 written as %40 for @, %2F for /, %3A for :)";
    let options = MySqlConnectOptions::from_str(&from).map_err(|_| wrong)?;
    if options.get_database().is_none_or(str::is_empty) {
        return Err("--from: the address names no database: mysql://user:password@host/database".into());
    }
    let has_password = from.split_once('@').is_some_and(|(before, _)| before.matches(':').count() > 1);
    match std::env::var(PASSWORD) {
        Ok(password) if !has_password => Ok(options.password(&password)),
        _ => Ok(options),
    }
}
