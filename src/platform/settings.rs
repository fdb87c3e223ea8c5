//! The platform's own settings. `config.default.toml` says what each is for.

mod check;

use std::{net::SocketAddr, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::platform::{
    base::{address::ProxyHeader, brand},
    data::events::Carrier,
    files,
    outbox::jobs,
};

/// `on` or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    On,
    Off,
}

impl Switch {
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Platform {
    pub listen: SocketAddr,
    pub data_dir: PathBuf,
    pub public_url: String,
    pub site_name: String,
    pub brand_hue: u16,
    pub brand_logo: String,
    pub database_url: String,
    pub events_url: String,
    pub signing_keys: String,
    pub trusted_proxies: String,
    pub proxy_header: ProxyHeader,
    pub geoip_database: String,
    pub smtp_url: String,
    pub smtp_hello: String,
    pub mail_from: String,
    pub storage_url: String,
    pub clamd_url: String,
    pub rate_limits: Switch,
    pub max_connections: u32,
    pub max_connections_per_address: u32,
    pub drain_seconds: u32,
    pub requests_per_minute: u32,
    pub cache_mib: u32,
    pub registration: Switch,
    pub log: String,
    pub log_format: LogFormat,
    pub files: files::settings::Settings,
    pub jobs: jobs::Settings,
}

impl Default for Platform {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 5000)),
            data_dir: "data".into(),
            public_url: String::new(),
            site_name: "ospab.host".into(),
            brand_hue: brand::HUE,
            brand_logo: String::new(),
            database_url: String::new(),
            events_url: String::new(),
            signing_keys: String::new(),
            trusted_proxies: String::new(),
            proxy_header: ProxyHeader::XForwardedFor,
            geoip_database: String::new(),
            smtp_url: String::new(),
            smtp_hello: String::new(),
            mail_from: String::new(),
            storage_url: String::new(),
            clamd_url: String::new(),
            rate_limits: Switch::On,
            max_connections: 10_000,
            max_connections_per_address: 256,
            drain_seconds: 0,
            requests_per_minute: 1200,
            cache_mib: 64,
            registration: Switch::On,
            log: "info,sqlx=warn".into(),
            log_format: LogFormat::Text,
            files: files::settings::Settings::default(),
            jobs: jobs::Settings::default(),
        }
    }
}

impl Platform {
    /// Finds a value of the right type that makes no sense, and names its setting.
    pub fn check(&self) -> Result<(), check::Wrong> {
        check::all(self)
    }

    /// `public_url`, or the address that the server listens on, without a slash at the end.
    pub fn base_url(&self) -> String {
        if self.public_url.is_empty() {
            return format!("http://{}", self.listen);
        }
        self.public_url.trim_end_matches('/').to_owned()
    }

    /// Scheme, name and port of it, as browsers write them in `Origin`.
    pub fn origin(&self) -> String {
        let base = self.base_url();
        reqwest::Url::parse(&base).map_or(base, |url| url.origin().ascii_serialization())
    }

    /// Whether people reach the server over https, so that cookies must be Secure.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Whom mails come from.
    pub fn sender(&self) -> Result<lettre::message::Mailbox, lettre::address::AddressError> {
        self.mail_from.parse()
    }

    /// How this machine calls itself to the mail server: the host of `public_url` unless chosen.
    pub fn hello(&self) -> String {
        if !self.smtp_hello.is_empty() {
            return self.smtp_hello.clone();
        }
        let url = reqwest::Url::parse(&self.base_url()).ok();
        url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| "localhost".into())
    }

    /// Whom a push service may ask about this server (RFC 8292, 2.1).
    pub fn contact(&self) -> String {
        match self.mail_from.parse::<lettre::message::Mailbox>() {
            Ok(sender) => format!("mailto:{}", sender.email),
            Err(_) if self.is_https() => self.base_url(),
            Err(_) => "mailto:webmaster@localhost".into(),
        }
    }

    /// Whether only this machine can reach the server: somebody tries it out.
    pub fn is_trial(&self) -> bool {
        self.public_url.is_empty() && self.listen.ip().is_loopback()
    }

    /// By what nodes hear each other.
    pub fn carrier(&self) -> Carrier {
        match self.events_url.as_str() {
            "" => Carrier::Database,
            url => Carrier::Nats(url.to_owned()),
        }
    }

    /// `database_url`, or SQLite in the data folder.
    pub fn database_url(&self) -> String {
        if self.database_url.is_empty() {
            return format!("sqlite://{}", self.data_dir.join("ospabhost.db").display());
        }
        self.database_url.clone()
    }
}
