//! What an administrator does about people from a terminal. What a script would read (an id, the list, an
//! export) stands alone on standard output; else a sentence says what was done.

use std::{
    io::{Read, Write},
    path::Path,
};

use clap::ArgMatches;

use super::{existing, find, words};
use crate::{
    account::{self, actions::Registration},
    app::App,
    cli::{Failure, print, text},
    config::Config,
    notification,
    platform::base::{actor::Role, clock::Clock, folder, i18n::Lang, log},
    session::{
        self,
        admin::{Authority, Wanted},
        managing::UserChange,
    },
    ticket,
};

pub async fn user(config: Config, matches: &ArgMatches) -> Result<(), Failure> {
    let Some((name, sub)) = matches.subcommand() else { return Ok(()) };
    // Makes what is missing: the first administrator may be made before the server has ever run.
    let app = match name {
        "add" => App::open(&config, Clock::System, None).await?,
        _ => existing(&config).await?,
    };
    let email = || text(sub, "email");
    let role = || Role::parse(&text(sub, "role")).ok_or("no such role");
    match name {
        "add" => add(&app, sub, role()?).await?,
        "list" => list(&app).await?,
        "role" => {
            let role = role()?;
            change(&app, &email(), UserChange { role: Some(role), ..UserChange::default() }).await?;
            print(format!("{} has the role {} now.", email(), role.as_str()))?;
        }
        "block" => {
            let blocked = !sub.get_flag("off");
            change(&app, &email(), UserChange { blocked: Some(blocked), ..UserChange::default() }).await?;
            match blocked {
                true => print(format!("{} is blocked now and signed out everywhere.", email()))?,
                false => print(format!("{} is not blocked any more.", email()))?,
            }
        }
        "email" => {
            let new = text(sub, "new-email");
            change(&app, &email(), UserChange { email: Some(new.clone()), ..UserChange::default() }).await?;
            print(format!("{} has the e-mail {new} now; both addresses are told.", email()))?;
        }
        "password" => {
            let new = password_from_stdin()?;
            session::password::set_for(&app.sessions, Authority::Machine, &email(), &new).await.map_err(words)?;
            print(format!("{} has the new password now and is signed out everywhere.", email()))?;
        }
        _ => {}
    }
    Ok(())
}

async fn add(app: &App, sub: &ArgMatches, role: Role) -> Result<(), Failure> {
    let (username, email) = (text(sub, "username"), text(sub, "email"));
    let new = Registration { username, email, password: password_from_stdin()? };
    let made = account::actions::create(&app.accounts, &new, role, Lang::default()).await.map_err(words)?;
    print(made.id)?;
    log::complain(&format!("{} has an account now, with the role {}.", made.email, role.as_str()));
    Ok(())
}

/// Everything that is kept about a person, without secrets; into a new file that nobody else can read, or
/// printed.
pub async fn export_user(config: Config, email: &str, to: &str) -> Result<(), Failure> {
    let app = existing(&config).await?;
    let user = find(&app, email).await?;
    let mut all = session::admin::export(&app.sessions, Authority::Machine, user).await.map_err(words)?;
    let tickets = ticket::export::of(&app.tickets, user).await.map_err(words)?;
    let notices = notification::export::of(&app.notifications, user).await.map_err(words)?;
    all.insert("tickets".into(), serde_json::to_value(tickets)?);
    all.insert("notifications".into(), serde_json::to_value(notices)?);
    let all = serde_json::Value::from(all);
    if to.is_empty() {
        print(format!("{all:#}"))?;
        return Ok(());
    }
    let written = folder::make_file(Path::new(to)).and_then(|mut file| {
        writeln!(file, "{all:#}")?;
        file.sync_all()
    });
    written.map_err(|error| format!("{to} was not written: {error}"))?;
    print(format!("What is kept about {email} was written to {to}."))?;
    Ok(())
}

pub async fn sessions(config: Config, matches: &ArgMatches) -> Result<(), Failure> {
    let app = existing(&config).await?;
    if let Some(("end", sub)) = matches.subcommand() {
        let email = text(sub, "email");
        let user = find(&app, &email).await?;
        match session::managing::end_all(&app.sessions, Authority::Machine, user).await.map_err(words)? {
            0 => print(format!("{email} was not signed in anywhere."))?,
            1 => print(format!("1 session of {email} was ended."))?,
            ended => print(format!("{ended} sessions of {email} were ended."))?,
        }
    }
    Ok(())
}

async fn list(app: &App) -> Result<(), Failure> {
    let mut page = 1;
    loop {
        let (users, total) = session::admin::list(&app.sessions, Wanted::default(), page, 100).await.map_err(words)?;
        for user in &users {
            let state = if user.blocked { "blocked" } else { "active" };
            print(format!("{}\t{}\t{}\t{}\t{state}", user.id, user.email, user.username, user.role.as_str()))?;
        }
        if page * 100 >= total {
            break;
        }
        page += 1;
    }
    Ok(())
}

async fn change(app: &App, email: &str, change: UserChange) -> Result<(), Failure> {
    let user = find(app, email).await?;
    session::managing::change(&app.sessions, Authority::Machine, user, &change).await.map_err(words)?;
    Ok(())
}

fn password_from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
