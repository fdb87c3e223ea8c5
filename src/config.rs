//! Settings: one TOML file, then environment variables, then flags; the later wins.
//!
//! `Config::default()` written as a table is the list of all settings there are: the names and types
//! of variables and flags come from it, so a new setting is a field here and a line in
//! `config.default.toml`, nothing else.

mod bounds;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::{
    account, notification,
    platform::{live, settings::Platform as PlatformSettings},
    qr_login, session, ticket,
};

/// Every setting. The modules own their parts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    #[serde(flatten)]
    pub platform: PlatformSettings,
    pub qr_link: qr_login::Link,
    pub account: account::Settings,
    pub session: session::Settings,
    pub qr_login: qr_login::Settings,
    pub notification: notification::Settings,
    pub ticket: ticket::Settings,
    pub live: live::Settings,
}

/// Settings that a person must not read in a terminal or a log.
const SECRET: [&str; 4] = ["signing_keys", "smtp_url", "database_url", "events_url"];
const PREFIX: &str = "OSPABHOST_";

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0}: {1}")]
    File(String, String),
    #[error("{0}: there is no such setting")]
    Unknown(String),
    #[error("{0}: {1}")]
    Value(String, String),
}

impl Config {
    /// Joins the file, `OSPABHOST_*` variables and flags (by setting name, such as `session.limit`).
    pub fn load(
        file: Option<&Path>,
        env: impl Iterator<Item = (String, String)>,
        flags: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let known = leaves(&defaults());
        let mut table = Table::new();
        if let Some(path) = file {
            read_file(path, &known, &mut table)?;
        }
        let by_variable: BTreeMap<_, _> = known.iter().map(|(name, sample)| (variable(name), (name, sample))).collect();
        // Where each value comes from, as the person who wrote it knows it.
        let mut sources = BTreeMap::new();
        for (key, text) in env.filter(|(key, _)| is_setting_variable(key)) {
            let (name, sample) = *by_variable.get(&key).ok_or_else(|| ConfigError::Unknown(key.clone()))?;
            put(&mut table, name, typed(sample, &text).map_err(|e| ConfigError::Value(key.clone(), e))?);
            sources.insert(name.clone(), key);
        }
        for (name, text) in flags {
            let sample = known.get(name).ok_or_else(|| ConfigError::Unknown(name.clone()))?;
            let flag = format!("--{}", flag(name));
            put(&mut table, name, typed(sample, text).map_err(|e| ConfigError::Value(flag.clone(), e))?);
            sources.insert(name.clone(), flag);
        }
        let said = |name: String| sources.get(&name).cloned().unwrap_or(name);
        let config = check_each(&table, &known).map_err(|(name, why)| ConfigError::Value(said(name), why))?;
        config.check().map_err(|(name, why)| ConfigError::Value(said(name.into()), why))?;
        Ok(config)
    }

    /// What each value may be, and what two of them may not be together.
    fn check(&self) -> Result<(), (&'static str, String)> {
        self.platform.check()?;
        self.qr_login.check()?;
        let (files, notices) = (&self.platform.files, &self.notification);
        if files.max_unpacked_bytes < files.max_bytes {
            let why = format!("expected files.max_bytes ({}) or more, such as 209715200", files.max_bytes);
            return Err(("files.max_unpacked_bytes", why));
        }
        if notices.mail_wait_most_seconds < notices.mail_wait_seconds {
            let least = notices.mail_wait_seconds;
            let why = format!("expected notification.mail_wait_seconds ({least}) or more, such as {}", least.max(300));
            return Err(("notification.mail_wait_most_seconds", why));
        }
        Ok(())
    }

    /// The names of all settings with their default values.
    pub fn known() -> BTreeMap<String, Value> {
        leaves(&defaults())
    }

    /// What is in force, as TOML, with secrets left out.
    pub fn printable(&self) -> String {
        let mut table = Table::try_from(self).unwrap_or_default();
        for name in SECRET {
            if let Some(Value::String(text)) = table.get_mut(name).filter(|v| v.as_str() != Some("")) {
                *text = hide_secret(text);
            }
        }
        toml::to_string(&table).unwrap_or_default()
    }
}

/// `session.limit` → `session-limit`.
pub fn flag(name: &str) -> String {
    name.replace(['.', '_'], "-")
}

/// An address, or several with commas between, by where they lead: who one is there and what stands in the
/// query may be a secret. What is no address is not shown at all.
fn hide_secret(text: &str) -> String {
    let many = text.split(',').all(|part| part.contains("://"));
    let parts: Vec<_> = if many { text.split(',').collect() } else { vec![text] };
    let shown: Option<Vec<_>> = parts.into_iter().map(where_to).collect();
    shown.map_or_else(|| "(set)".into(), |all| all.join(","))
}

fn where_to(text: &str) -> Option<String> {
    let url = reqwest::Url::parse(text).ok().filter(|_| text.contains("://"))?;
    let who = if url.username().is_empty() && url.password().is_none() { "" } else { "…@" };
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    let query = if url.query().or(url.fragment()).is_some() { "?…" } else { "" };
    Some(format!("{}://{who}{}{port}{}{query}", url.scheme(), url.host_str().unwrap_or_default(), url.path()))
}

fn defaults() -> Table {
    Table::try_from(Config::default()).unwrap_or_default()
}

fn is_setting_variable(key: &str) -> bool {
    key.starts_with(PREFIX) && key != "OSPABHOST_CONFIG" && !key.starts_with("OSPABHOST_TEST_")
}

fn variable(name: &str) -> String {
    format!("{PREFIX}{}", name.replace('.', "_").to_uppercase())
}

fn leaves(table: &Table) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for (key, value) in table {
        match value {
            Value::Table(inner) => {
                all.extend(leaves(inner).into_iter().map(|(name, value)| (format!("{key}.{name}"), value)));
            }
            other => {
                all.insert(key.clone(), other.clone());
            }
        }
    }
    all
}

fn read_file(path: &Path, known: &BTreeMap<String, Value>, table: &mut Table) -> Result<(), ConfigError> {
    let problem = |text: String| ConfigError::File(path.display().to_string(), text);
    let text = std::fs::read_to_string(path).map_err(|e| problem(e.to_string()))?;
    let read: Table = toml::from_str(&text).map_err(|e| problem(e.to_string()))?;
    for (name, value) in leaves(&read) {
        if !known.contains_key(&name) {
            return Err(problem(format!("{name}: there is no such setting")));
        }
        put(table, &name, value);
    }
    Ok(())
}

fn put(table: &mut Table, name: &str, value: Value) {
    match name.split_once('.') {
        None => {
            table.insert(name.to_owned(), value);
        }
        Some((section, rest)) => {
            let inner = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// Reads the text of a variable or flag as the type that the setting has.
fn typed(sample: &Value, text: &str) -> Result<Value, String> {
    let expected = |what: &str| format!("expected {what}, got {text:?}, such as {sample}");
    match sample {
        Value::Integer(_) => text.parse().map(Value::Integer).map_err(|_| expected("a whole number")),
        Value::Float(_) => text.parse().map(Value::Float).map_err(|_| expected("a number")),
        Value::Boolean(_) => text.parse().map(Value::Boolean).map_err(|_| expected("true or false")),
        _ => Ok(Value::String(text.to_owned())),
    }
}

/// Reads the whole; where it fails, each setting alone, to name the one that is wrong.
fn check_each(table: &Table, known: &BTreeMap<String, Value>) -> Result<Config, (String, String)> {
    let such = |name: &str, why: String| match known.get(name) {
        Some(default) if default.as_str() != Some("") => (name.to_owned(), format!("{why}, such as {default}")),
        _ => (name.to_owned(), why),
    };
    for (name, value) in leaves(table) {
        if let (Some(number), Some(Value::Integer(_))) = (value.as_integer(), known.get(&name)) {
            bounds::check(&name, number).map_err(|why| such(&name, why))?;
        }
    }
    let error = match table.clone().try_into::<Config>() {
        Ok(config) => return Ok(config),
        Err(error) => error,
    };
    for (name, value) in leaves(table) {
        let mut alone = Table::new();
        put(&mut alone, &name, value);
        if let Err(error) = alone.try_into::<Config>() {
            return Err(such(&name, error.message().to_owned()));
        }
    }
    Err(("settings".into(), error.message().to_owned()))
}
