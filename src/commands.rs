//! The commands: serve and what an administrator does from a terminal.

pub mod backup;
pub mod erase;
pub mod export;
pub mod import;
pub mod people;
pub mod secrets;

use crate::{
    account,
    app::App,
    cli::{Failure, print},
    config::Config,
    demo,
    platform::{
        Platform, asking,
        base::{clock::Clock, error::Error, folder, i18n::Lang, lock::Lock, log, trial::Trial},
        outbox::mail::Mailer,
    },
    run::run,
};
use std::{fs::Permissions, os::unix::fs::PermissionsExt, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub async fn serve(mut config: Config) -> Result<(), Failure> {
    // First of all: nothing is made in a folder that is not ours.
    folder::prepare(&config.platform.data_dir)?;
    // Before the address: that the other server holds it would not say why.
    let _lock = Lock::take(&config.platform.database_url())?;
    let listener = bind(&mut config).await?;
    let app = App::open(&config, Clock::System, None).await?;
    app.platform.try_storage().await?;
    tokio::spawn(asking::watch(app.platform.clone(), config.platform.clone()));
    run(app, listener, &config.platform).await
}

/// Listens. Port 0 lets the machine choose; links in mails and codes then hold what it chose.
async fn bind(config: &mut Config) -> Result<TcpListener, Failure> {
    let wanted = config.platform.listen;
    let listener = TcpListener::bind(wanted).await.map_err(|e| format!("listen {wanted}: {e}"))?;
    config.platform.listen = listener.local_addr()?;
    Ok(listener)
}

/// Serves a folder that is removed afterwards, filled with believable people and sessions.
pub async fn demo(mut config: Config) -> Result<(), Failure> {
    let folder = throw_away()?;
    config.platform.data_dir = folder.path().to_owned();
    config.platform.database_url = String::new();
    let listener = bind(&mut config).await?;
    // The made-up sign-ins would fill the screen with mails.
    let app = App::open(&config, Clock::System, Some(Mailer::Off { show: Trial::new(false) })).await?;
    demo::fill(&app).await?;
    log::announce(&demo::how_to_sign_in(&app));
    let served = run(app, listener, &config.platform).await;
    folder.close()?;
    served
}

/// A folder whose name nobody can guess and that nobody else can look into.
fn throw_away() -> std::io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix("ospabhost-").permissions(Permissions::from_mode(0o700)).tempdir()
}

pub async fn migrate(config: Config) -> Result<(), Failure> {
    App::open(&config, Clock::System, None).await?;
    print("The database is up to date.")?;
    Ok(())
}

pub async fn openapi(mut config: Config) -> Result<(), Failure> {
    let folder = throw_away()?;
    config.platform.data_dir = folder.path().to_owned();
    config.platform.database_url = String::new();
    let app = App::open(&config, Clock::System, None).await?;
    print(crate::api_docs::complete(app.slices().1, &app.platform).to_pretty_json()?)?;
    Ok(folder.close()?)
}

/// The manual page of all commands.
pub fn man(command: clap::Command) -> Result<(), Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    print(String::from_utf8(page)?.trim_end())
}

pub fn completions(mut command: clap::Command, asked: &clap::ArgMatches) -> Result<(), Failure> {
    let shell = asked.get_one::<clap_complete::Shell>("shell").ok_or("which shell?")?;
    let mut script = Vec::new();
    clap_complete::generate(*shell, &mut command, "ospabhost", &mut script);
    print(String::from_utf8(script)?.trim_end())
}

/// Asks `/readyz` of the server that these settings describe.
pub async fn healthcheck(config: Config) -> Result<(), Failure> {
    let mut address = config.platform.listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::IpAddr::from([127, 0, 0, 1]));
    }
    let ask = async {
        let mut stream = TcpStream::connect(address).await?;
        stream
            .write_all(format!("GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())
            .await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let silent = |why: String| format!("the server at {address} does not answer: {why}");
    let asked = tokio::time::timeout(Duration::from_secs(5), ask).await;
    let answer = asked.map_err(|_| silent("nothing came within 5 seconds".into()))?;
    let answer = answer.map_err(|error| silent(error.to_string()))?;
    match answer.starts_with("HTTP/1.1 200") {
        true => Ok(()),
        false => Err(answer.lines().next().unwrap_or("no answer").to_owned().into()),
    }
}

/// What is there already, with the database brought up to date. Only `serve`, `demo`, `migrate`,
/// `import` and `user add` make what they do not find: a command that looks or takes away, run by another user, in
/// another folder or without the settings of the service, would be content with an empty database.
async fn existing(config: &Config) -> Result<App, Failure> {
    Platform::must_be_there(&config.platform).await?;
    Ok(App::open(config, Clock::System, None).await?)
}

async fn find(app: &App, email: &str) -> Result<i64, Failure> {
    let found = account::store::by_email(&app.platform.db, email).await?;
    Ok(found.ok_or_else(|| format!("nobody has the e-mail {email}"))?.id)
}

/// An error in the words that a page would use.
fn words(error: Error) -> String {
    let fields = error.fields.iter().map(|(field, key)| format!("; {field}: {}", error.say(Lang::En, key)));
    format!("{}{}", error.text(Lang::En), fields.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn door_16_a_throw_away_folder_is_its_makers_alone() {
        let (one, two) = (throw_away().unwrap(), throw_away().unwrap());
        assert_ne!(one.path(), two.path());
        let mode = std::fs::metadata(one.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let path = one.path().to_owned();
        one.close().unwrap();
        assert!(!path.exists());
    }
}
