//! The command line. Every setting is a flag too: `--session-limit 5` for `session.limit`.

use std::{
    collections::BTreeMap,
    fmt::Display,
    io::{IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::{Arg, ArgMatches, Command};
use tracing_subscriber::EnvFilter;

use crate::{
    commands::{self, backup, erase, people, secrets},
    config::{self, Config},
    platform::{
        base::log as log_lines,
        data::holding::watched,
        settings::{LogFormat, Platform as PlatformSettings},
    },
};

/// Why a command failed, in words for the administrator.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Work that cannot be cut off, such as reading a file, is left behind after so long.
const PATIENCE: Duration = Duration::from_secs(2);

pub fn run() -> ExitCode {
    let matches = command().get_matches();
    let done = settings(&matches).and_then(|mut config| {
        if matches.subcommand_name() == Some("demo") && config.platform.log == PlatformSettings::default().log {
            config.platform.log = "error".into();
        }
        log(&config)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let done = runtime.block_on(watched(dispatch(&matches, config)));
        runtime.shutdown_timeout(PATIENCE);
        done
    });
    if let Err(error) = &done {
        log_lines::complain(&format!("ospabhost: {error}"));
    }
    log_lines::drain();
    if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints what a command was asked for. That it could not be printed is its failure.
pub fn print(text: impl Display) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let printed = writeln!(out, "{text}").and_then(|()| out.flush());
    printed.map_err(|error| format!("standard output: {error}").into())
}

async fn dispatch(matches: &ArgMatches, config: Config) -> Result<(), Failure> {
    match matches.subcommand() {
        None | Some(("serve", _)) => commands::serve(config).await,
        Some(("demo", _)) => commands::demo(config).await,
        Some(("man", _)) => commands::man(command()),
        Some(("completions", sub)) => commands::completions(command(), sub),
        Some(("config", _)) => print(config.printable().trim_end()),
        Some(("migrate", _)) => commands::migrate(config).await,
        Some(("openapi", _)) => commands::openapi(config).await,
        Some(("healthcheck", _)) => commands::healthcheck(config).await,
        Some(("backup", sub)) => backup::backup(config, &text(sub, "to")).await,
        Some(("export", sub)) => commands::export::export(config, &text(sub, "to")).await,
        Some(("import", sub)) => commands::import::import(config, sub).await,
        Some(("export-user", sub)) => people::export_user(config, &text(sub, "email"), &text(sub, "to")).await,
        Some(("erase-user", sub)) => erase::erase_user(config, &text(sub, "email")).await,
        Some(("user", sub)) => people::user(config, sub).await,
        Some(("sessions", sub)) => people::sessions(config, sub).await,
        Some(("secrets", sub)) => secrets::secrets(config, sub).await,
        Some((other, _)) => Err(format!("unknown command {other}").into()),
    }
}

/// The value of an argument, empty when it was not given.
pub fn text(matches: &ArgMatches, name: &str) -> String {
    matches.get_one::<String>(name).cloned().unwrap_or_default()
}

fn command() -> Command {
    let root = Command::new("ospabhost")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Customer portal for hosting companies; without a command it serves")
        .arg(Arg::new("config-file").long("config").value_name("FILE").env_help("OSPABHOST_CONFIG").global(true))
        .subcommand(Command::new("serve").about("Serve (the default)"))
        .subcommand(Command::new("demo").about("Serve a throw-away folder filled with believable people and sessions"))
        .subcommand(Command::new("config").about("Print the settings in force, without secrets"))
        .subcommand(Command::new("man").about("Print the manual page, as roff"))
        .subcommand(
            Command::new("completions")
                .about("Print what completes commands in a shell")
                .arg(Arg::new("shell").required(true).value_parser(clap::value_parser!(clap_complete::Shell))),
        )
        .subcommand(Command::new("migrate").about("Bring the database up to date and exit"))
        .subcommand(Command::new("openapi").about("Print the description of the API"))
        .subcommand(Command::new("healthcheck").about("Ask the running server whether it is ready"))
        .subcommand(
            Command::new("backup")
                .about("Copy the SQLite database, also while the server runs")
                .arg(required("to", "FILE")),
        )
        .subcommand(export())
        .subcommand(commands::import::command())
        .subcommand(export_user())
        .subcommand(
            Command::new("erase-user")
                .about("Erase an account with all that is kept about it")
                .arg(required("email", "E")),
        )
        .subcommand(user())
        .subcommand(secrets())
        .subcommand(
            Command::new("sessions")
                .about("Sessions")
                .subcommand_required(true)
                .subcommand(Command::new("end").about("End all sessions of a user").arg(required("email", "E"))),
        );
    with_settings(root)
}

fn export() -> Command {
    let about = "Write everything that is kept into a new folder, also while the server runs";
    Command::new("export").about(about).arg(required("to", "DIR"))
}

fn export_user() -> Command {
    let to = Arg::new("to").long("to").value_name("FILE").help("Write it to a new file that only you can read");
    Command::new("export-user").about("Print what is kept about a person, as JSON").arg(required("email", "E")).arg(to)
}

fn secrets() -> Command {
    let yes = Arg::new("yes").long("yes").action(clap::ArgAction::SetTrue);
    let renew = Command::new("renew")
        .about("Make new ones where the signing keys are lost for good")
        .arg(yes.help("Do it; without this the consequence is told and nothing changed"));
    Command::new("secrets").about("Secrets of the database").subcommand_required(true).subcommand(renew)
}

/// A flag for each setting.
fn with_settings(mut root: Command) -> Command {
    for (name, default) in Config::known() {
        let flag = config::flag(&name);
        root = root.arg(
            Arg::new(format!("set:{name}"))
                .long(flag)
                .value_name("VALUE")
                .help(format!("[{default}]"))
                .global(true)
                .hide(true),
        );
    }
    root
}

fn user() -> Command {
    let stdin = || {
        let flag = Arg::new("password-stdin").long("password-stdin").required(true);
        flag.action(clap::ArgAction::SetTrue).help("Read the password from standard input")
    };
    let unblock = Arg::new("off").long("off").action(clap::ArgAction::SetTrue).help("Unblock");
    Command::new("user")
        .about("Accounts")
        .subcommand_required(true)
        .subcommand(
            Command::new("add")
                .about("Make an account and print its id")
                .args([required("email", "E"), required("username", "U")])
                .arg(
                    Arg::new("role")
                        .long("role")
                        .value_parser(["customer", "operator", "admin"])
                        .default_value("customer"),
                )
                .arg(stdin()),
        )
        .subcommand(Command::new("list").about("List accounts, tab-separated"))
        .subcommand(
            Command::new("role")
                .about("Give a role")
                .arg(required("email", "E"))
                .arg(Arg::new("role").long("role").required(true).value_parser(["customer", "operator", "admin"])),
        )
        .subcommand(email())
        .subcommand(
            Command::new("password")
                .about("Set a password and end all sessions")
                .arg(required("email", "E"))
                .arg(stdin()),
        )
        .subcommand(
            Command::new("block").about("Block an account, or unblock it").arg(required("email", "E")).arg(unblock),
        )
}

fn email() -> Command {
    let about = "Give an account another e-mail; links that were sent to the old one are void";
    Command::new("email").about(about).args([required("email", "E"), required("new-email", "E")])
}

fn required(name: &'static str, value: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).required(true)
}

trait EnvHelp {
    fn env_help(self, variable: &str) -> Self;
}

impl EnvHelp for Arg {
    fn env_help(self, variable: &str) -> Self {
        self.help(format!("Settings file [{variable}]; every setting is also a flag, see config.default.toml"))
    }
}

fn settings(matches: &ArgMatches) -> Result<Config, Failure> {
    let mut flags = BTreeMap::new();
    let mut deepest = matches;
    while let Some((_, sub)) = deepest.subcommand() {
        deepest = sub;
    }
    for name in Config::known().into_keys() {
        if let Some(value) = deepest.get_one::<String>(&format!("set:{name}")) {
            flags.insert(name, value.clone());
        }
    }
    let file = deepest.get_one::<String>("config-file").cloned().or_else(|| std::env::var("OSPABHOST_CONFIG").ok());
    Ok(Config::load(file.map(PathBuf::from).as_deref(), std::env::vars(), &flags)?)
}

fn log(config: &Config) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&config.platform.log).map_err(|error| format!("log: {error}"))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
    // Its own complaints would go to a standard error that may be closed.
    let lines = lines.with_writer(log_lines::stderr().clone()).log_internal_errors(false);
    log_lines::log_panics();
    match config.platform.log_format {
        LogFormat::Json => lines.json().init(),
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).init(),
    }
    Ok(())
}
