//! The commands: serve and what an administrator does from a terminal.

use std::{fs::Permissions, io::Read, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use clap::ArgMatches;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{
    account::{self, actions::Registration},
    app::App,
    cli::{Failure, print, text},
    config::Config,
    demo, notification,
    platform::{
        Platform, actor::Role, clock::Clock, http::error::Error, i18n::Lang, lock::Lock, log, mail::Mailer,
        trial::Trial,
    },
    run::run,
    session::{
        self,
        admin::{Authority, UserChange},
    },
    ticket,
};

pub async fn serve(mut config: Config) -> Result<(), Failure> {
    // Before the address: that the other server holds it would not say why.
    let _lock = Lock::take(&config.platform.database_url())?;
    let listener = bind(&mut config).await?;
    let app = App::open(&config, Clock::System, None).await?;
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
    print("the database is up to date")?;
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
    let answer =
        tokio::time::timeout(Duration::from_secs(5), ask).await.map_err(|_| "no answer within 5 seconds")??;
    match answer.starts_with("HTTP/1.1 200") {
        true => Ok(()),
        false => Err(answer.lines().next().unwrap_or("no answer").to_owned().into()),
    }
}

pub async fn backup(config: Config, to: &str) -> Result<(), Failure> {
    // Not brought up to date first: an older server may be running on it.
    let platform = Platform::open(&config.platform, Clock::System, None).await?;
    match platform.db.backup_sqlite(Path::new(to)).await? {
        true => print(to)?,
        false => return Err("the database is PostgreSQL: use pg_dump".into()),
    }
    Ok(())
}

pub async fn user(config: Config, matches: &ArgMatches) -> Result<(), Failure> {
    let app = App::open(&config, Clock::System, None).await?;
    let Some((name, sub)) = matches.subcommand() else { return Ok(()) };
    let email = || text(sub, "email");
    let role = || Role::parse(&text(sub, "role")).ok_or("no such role");
    match name {
        "add" => {
            let new =
                Registration { username: text(sub, "username"), email: email(), password: password_from_stdin()? };
            let made = account::actions::create(&app.accounts, &new, role()?, Lang::default()).await.map_err(words)?;
            print(made.id)?;
        }
        "list" => list(&app).await?,
        "role" => change(&app, &email(), UserChange { role: Some(role()?), blocked: None }).await?,
        "block" => change(&app, &email(), UserChange { role: None, blocked: Some(!sub.get_flag("off")) }).await?,
        "password" => {
            let new = password_from_stdin()?;
            session::password::set_for(&app.sessions, Authority::Machine, &email(), &new).await.map_err(words)?;
        }
        _ => {}
    }
    Ok(())
}

/// Prints everything that is kept about a person, without secrets.
pub async fn export_user(config: Config, email: &str) -> Result<(), Failure> {
    let app = App::open(&config, Clock::System, None).await?;
    let user = find(&app, email).await?;
    let mut all = session::admin::export(&app.sessions, Authority::Machine, user).await.map_err(words)?;
    all["tickets"] = serde_json::to_value(ticket::export::of(&app.tickets, user).await.map_err(words)?)?;
    let notices = notification::export::of(&app.notifications, user).await.map_err(words)?;
    all["notifications"] = serde_json::to_value(notices)?;
    print(format!("{all:#}"))?;
    Ok(())
}

/// Erases an account; its sessions end at once.
pub async fn erase_user(config: Config, email: &str) -> Result<(), Failure> {
    let app = App::open(&config, Clock::System, None).await?;
    let user = find(&app, email).await?;
    session::admin::erase(&app.sessions, Authority::Machine, user).await.map_err(words)?;
    print(user)?;
    Ok(())
}

pub async fn sessions(config: Config, matches: &ArgMatches) -> Result<(), Failure> {
    let app = App::open(&config, Clock::System, None).await?;
    if let Some(("end", sub)) = matches.subcommand() {
        let user = find(&app, &text(sub, "email")).await?;
        let ended = session::admin::end_all(&app.sessions, Authority::Machine, user).await.map_err(words)?;
        print(ended)?;
    }
    Ok(())
}

async fn list(app: &App) -> Result<(), Failure> {
    let mut page = 1;
    loop {
        let (users, total) = session::admin::list(&app.sessions, "", page, 100).await.map_err(words)?;
        for user in &users {
            let state = if user.blocked { "blocked" } else { "active" };
            print(format!("{}\t{}\t{}\t{}\t{state}", user.id, user.email, user.username, user.role.as_str()))?;
        }
        if page * 100 >= total {
            return Ok(());
        }
        page += 1;
    }
}

async fn change(app: &App, email: &str, change: UserChange) -> Result<(), Failure> {
    let user = find(app, email).await?;
    session::admin::change(&app.sessions, Authority::Machine, user, &change).await.map_err(words)?;
    Ok(())
}

async fn find(app: &App, email: &str) -> Result<i64, Failure> {
    let found = account::store::by_email(&app.platform.db, email).await?;
    Ok(found.ok_or_else(|| format!("nobody has the e-mail {email}"))?.id)
}

fn password_from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
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
