//! Settings: one TOML file, then environment variables, then flags; the later wins.
//!
//! `Config::default()` written as a table is the list of all settings there are: the names and types
//! of variables and flags come from it, so a new setting is a field here and a line in
//! `config.default.toml`, nothing else.

mod bounds;

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
        let by_variable: BTreeMap<String, &String> = known.keys().map(|name| (variable(name), name)).collect();
        // Where each value comes from, as the person who wrote it knows it.
        let mut sources = BTreeMap::new();
        for (key, text) in env.filter(|(key, _)| is_setting_variable(key)) {
            let name = by_variable.get(&key).ok_or_else(|| ConfigError::Unknown(key.clone()))?;
            put(&mut table, name, typed(&known[*name], &text).map_err(|e| ConfigError::Value(key.clone(), e))?);
            sources.insert((*name).clone(), key);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, env: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, file).unwrap();
        let own =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect::<Vec<_>>();
        Config::load(Some(&path), own(env).into_iter(), &own(flags).into_iter().collect())
    }

    #[test]
    fn flags_beat_variables_beat_the_file() {
        let file = "listen = \"127.0.0.1:1\"\npublic_url = \"http://a\"\n[session]\nlimit = 3";
        let env = [("OSPABHOST_PUBLIC_URL", "http://b"), ("OSPABHOST_SESSION_LIMIT", "4"), ("HOME", "/x")];
        let config = load(file, &env, &[("session.limit", "5")]).unwrap();
        assert_eq!(config.platform.listen.port(), 1);
        assert_eq!(config.platform.public_url, "http://b");
        assert_eq!(config.session.limit, 5);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = [
            load("nonsense = 1", &[], &[]),
            load("[session]\nnonsense = 1", &[], &[]),
            load("", &[("OSPABHOST_NONSENSE", "1")], &[]),
            load("listen = \"nonsense\"", &[], &[]),
            load("", &[("OSPABHOST_SESSION_LIMIT", "many")], &[]),
            load("", &[("OSPABHOST_RATE_LIMITS", "maybe")], &[]),
            load("", &[("OSPABHOST_EVENTS_URL", "redis://127.0.0.1")], &[]),
            load("", &[("OSPABHOST_TRUSTED_PROXIES", "10.0.0.0/99")], &[]),
            load("", &[("OSPABHOST_LISTEN", "nowhere")], &[]),
            load("", &[("OSPABHOST_LISTEN", "127.0.0.1:1")], &[("listen", "nowhere")]),
            load("", &[], &[("session.limit", "0")]),
        ];
        let names = [
            "nonsense",
            "session.nonsense",
            "OSPABHOST_NONSENSE",
            "listen",
            "OSPABHOST_SESSION_LIMIT",
            "OSPABHOST_RATE_LIMITS",
            "OSPABHOST_EVENTS_URL",
            "OSPABHOST_TRUSTED_PROXIES",
            "OSPABHOST_LISTEN",
            "--listen",
            "--session-limit",
        ];
        for (result, name) in wrong.into_iter().zip(names) {
            let message = result.unwrap_err().to_string();
            assert!(message.contains(name), "{message} should name {name}");
        }
    }

    /// What is nonsense for each text; a new setting needs a line.
    const NONSENSE: [(&str, &[&str]); 22] = [
        (
            "listen",
            &[
                "",
                "localhost",
                "5000",
                ":5000",
                "localhost:5000",
                "http://127.0.0.1:5000",
                "127.0.0.1",
                "1.2.3.4:99999",
                "*:5000",
            ],
        ),
        ("data_dir", &["", " ", "a\0b", "sqlite://data"]),
        (
            "public_url",
            &[
                "my.example.org",
                "ftp://a",
                "https://",
                "https://a/b",
                "https://a?b=c",
                "https://a#b",
                "https://u@a",
                "https://u:p@a",
                "https://a//",
                "https://a b",
                "HTTPS://A",
                "https://почта.рф",
                "https://a:443",
                "http://a:80",
                "https://a:99999",
                " ",
            ],
        ),
        ("site_name", &["", " ", "a\nb", "a "]),
        (
            "database_url",
            &[
                "mysql://a/b",
                "sqlite://",
                "sqlite:///folder/",
                "sqlite:///a.db?mode=ro",
                "data/a.db",
                "postgres://",
                "postgres:///",
                "postgres://h:x/n",
                "postgres://h",
                " ",
            ],
        ),
        ("events_url", &["redis://a", "nats://", "a:4222", "nats://a,", "nats://a b"]),
        ("signing_keys", &["a", "a:short", ":", "k:AAAA,k:AAAA"]),
        ("trusted_proxies", &["all", "10.0.0.0/99", "0.0.0.0/0", "::/0", "proxy.example", "1.2.3"]),
        ("proxy_header", &["", "x-real-ip", "X-Forwarded-For"]),
        ("geoip_database", &["/nowhere/city.mmdb", "/", " "]),
        ("smtp_url", &["mail.example", "http://a", "smtp://", "smtp://a?tls=maybe", "smtp://a:99999", " "]),
        ("mail_from", &["nobody", "a@", "a@b\r\nBcc: c@d", "<a@b"]),
        ("storage_url", &["s3://", "s3:///a", "gs://bucket", "http://a", " "]),
        ("clamd_url", &["a", "tcp://a", "tcp://:3310", "tcp://a:0", "tcp://a:99999", "unix:a", "unix:", "http://a:1"]),
        ("rate_limits", &["", "true", "maybe", "0"]),
        ("registration", &["", "true", "ON"]),
        ("qr_link", &["", "http", "page"]),
        ("log", &["", "loud", "INFO,loud", "info,", "sqlx=", "=info", "info;warn", "sqlx=loud", "5"]),
        ("log_format", &["", "xml", "JSON"]),
        ("qr_login.scheme", &["", "http", "https", "javascript", "1a", "a b", "a:", "data", "file", "Схема"]),
        ("qr_login.match_number", &["", "true", "yes"]),
        ("smtp_hello", &["a b", "-", "a..b", "http://a", "a_b.example", "1.2.3.4."]),
    ];

    #[test]
    fn door_27_nonsense_is_refused_for_every_setting_with_an_example() {
        let nonsense: BTreeMap<_, _> = NONSENSE.into_iter().collect();
        for (name, default) in Config::known() {
            let texts: Vec<String> = match &default {
                Value::Integer(_) => {
                    let (least, most) = bounds::of(&name);
                    let numbers = [least - 1, most + 1, -1, i64::MAX, i64::MIN].map(|number| number.to_string());
                    numbers.into_iter().chain(["", "many", "1.5", "1e3", "0x10", " 1"].map(str::to_owned)).collect()
                }
                _ => {
                    let texts = nonsense.get(name.as_str());
                    texts
                        .unwrap_or_else(|| panic!("{name}: what is nonsense for it?"))
                        .iter()
                        .map(|text| (*text).to_owned())
                        .collect()
                }
            };
            for text in texts {
                let from = [("SMTP_URL", "smtp://mail.example")].into_iter().filter(|_| name == "mail_from");
                let mut env: Vec<(String, String)> =
                    from.map(|(k, v)| (format!("{PREFIX}{k}"), v.to_owned())).collect();
                env.push((variable(&name), text.clone()));
                let error = Config::load(None, env.into_iter(), &BTreeMap::new());
                let error = error.err().unwrap_or_else(|| panic!("{name}={text:?} is taken")).to_string();
                assert!(error.starts_with(&variable(&name)), "{name}={text:?} is not named: {error}");
                assert!(
                    error.contains("such as") || error.contains(" or \""),
                    "{name}={text:?} has no example: {error}"
                );
            }
        }
    }

    #[test]
    fn door_27_what_cannot_be_together_is_refused() {
        for (name, value) in [("files.max_unpacked_bytes", "1048576"), ("notification.mail_wait_most_seconds", "30")] {
            let error = load("", &[], &[(name, value)]).unwrap_err().to_string();
            assert!(error.contains(&flag(name)) && error.contains("such as"), "{error}");
        }
        load("", &[("OSPABHOST_FILES_MAX_UNPACKED_BYTES", "20971520")], &[]).unwrap();
    }

    #[test]
    fn nought_is_for_those_settings_whose_comment_says_what_it_means() {
        let text = include_str!("../config.default.toml");
        let (mut section, mut comment) = (String::new(), String::new());
        let mut in_comment = false;
        for line in text.lines() {
            match line.chars().next() {
                Some('#') if in_comment => comment += line,
                Some('#') => comment = line.to_owned(),
                Some('[') => section = format!("{}.", line.trim_matches(['[', ']'])),
                Some(_) => {
                    let name = section.clone() + line.split(' ').next().unwrap();
                    if matches!(Config::known()[&name], Value::Integer(_)) {
                        let (least, _) = bounds::of(&name);
                        assert_eq!(least == 0, comment.contains("0 = "), "{name}: {comment}");
                    }
                }
                None => {}
            }
            in_comment = line.starts_with('#');
        }
        for (name, value) in Config::known() {
            if let Value::Integer(number) = value {
                assert_eq!(bounds::check(&name, number), Ok(()), "{name}");
            }
        }
    }

    #[test]
    fn the_default_file_lists_every_setting_with_its_default() {
        let text = include_str!("../config.default.toml");
        let table: Table = toml::from_str(text).unwrap();
        assert_eq!(leaves(&table), Config::known());
    }

    #[test]
    fn secrets_are_not_printed() {
        let env = [
            ("OSPABHOST_SMTP_URL", "smtps://me:hunter2@mail.example"),
            ("OSPABHOST_DATABASE_URL", "postgres://me:hunter2@db/x"),
            ("OSPABHOST_EVENTS_URL", "nats://me:hunter2@nats.example"),
            ("OSPABHOST_MAIL_FROM", "help@example.org"),
        ];
        let text = load("", &env, &[]).unwrap().printable();
        assert!(!text.contains("hunter2") && text.contains("mail.example"), "{text}");
    }

    #[test]
    fn door_16_no_part_of_an_address_gives_a_secret_away() {
        for (text, shown) in [
            ("postgres://me:hunter2@db:5433/x", "postgres://…@db:5433/x"),
            ("postgres://db/x?password=hunter2&user=me", "postgres://db/x?…"),
            ("postgres:///x?host=/run/pg&password=hun@ter2", "postgres:///x?…"),
            ("postgres://me:hun?ter2@db/x", "(set)"),
            ("postgres://me:hun/ter2@db/x", "(set)"),
            ("postgres://db/x#hunter2", "postgres://db/x?…"),
            ("sqlite:///var/lib/ospabhost.db", "sqlite:///var/lib/ospabhost.db"),
            ("nats://me:hunter2@a,nats://me:hunter2@b:4222", "nats://…@a,nats://…@b:4222"),
            ("nats://hunter2@a:4222", "nats://…@a:4222"),
            ("smtp://me:hunter2@mail:587?tls=required", "smtp://…@mail:587?…"),
            ("k1:hunter2", "(set)"),
            ("hunter2", "(set)"),
        ] {
            assert_eq!(hide_secret(text), shown, "{text}");
        }
    }
}
