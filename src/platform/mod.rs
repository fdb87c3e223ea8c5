//! What the product stands on and what knows nothing about it: database, time, keys, HTTP, mail.

pub mod actor;
pub mod away;
pub mod cache;
pub mod clock;
pub mod cookies;
pub mod csv;
pub mod db;
pub mod db_ids;
pub mod db_there;
pub mod db_wipe;
pub mod events;
pub mod figures;
pub mod files;
pub mod folder;
pub mod geo;
pub mod holding;
pub mod http;
pub mod i18n;
pub mod jobs;
pub mod jobs_store;
pub mod jwt;
pub mod keys;
pub mod limits;
pub mod live;
pub mod lock;
pub mod log;
pub mod mail;
pub mod mailbox;
pub mod markdown;
pub mod neighbours;
pub mod notices;
pub mod process;
pub mod public_id;
pub mod push;

pub mod secrets;
pub mod settings;
pub mod text;
pub mod trial;
pub mod ui;
pub mod user_agent;
pub mod watch;
pub mod workers;
pub mod writing;

#[cfg(test)]
mod tests;

use std::{ops::Deref, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use cache::Caches;
use clock::Clock;
use cookies::Cookies;
use db::Db;
use figures::Figures;
use files::Files;
use geo::Geo;
use http::bodies::Bodies;
use jobs::Jobs;
use keys::Keys;
use limits::Limit;
use mail::Mailer;
use neighbours::Neighbours;
use push::Push;
use trial::Trial;
use watch::Watch;
use workers::Workers;

/// The services that every slice may use. Clones share them.
#[derive(Clone)]
pub struct Platform(Arc<Services>);

pub struct Services {
    pub db: Db,
    pub caches: Caches,
    pub clock: Clock,
    pub keys: Keys,
    pub geo: Geo,
    pub jobs: Jobs,
    pub mailer: Mailer,
    pub neighbours: Neighbours,
    pub push: Push,
    pub figures: Figures,
    pub watch: Watch,
    /// Where what takes the processor runs, passwords aside.
    pub workers: Workers,
    pub files: Files,
    /// Bodies that are being received.
    pub bodies: Bodies,
    pub cookies: Cookies,
    pub https: bool,
    pub base_url: String,
    /// Of `base_url`, as browsers write it in `Origin`.
    pub origin: String,
    /// Whether somebody tries the server out on their own machine.
    pub trial: Trial,
    pub site_name: String,
    pub limits_on: bool,
    /// Pages and calls of one person.
    pub requests: Limit<i64>,
    pub trusted_proxies: Vec<ipnet::IpNet>,
    pub proxy_header: http::address::ProxyHeader,
    /// Set when the server is soon to stop: it still serves, but is not ready for more.
    pub leaving: CancellationToken,
    /// Set when the server is to stop.
    pub stop: CancellationToken,
}

impl Deref for Platform {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.0
    }
}

/// What keeps the server from starting.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Db(#[from] db::OpenError),
    #[error(transparent)]
    Keys(#[from] keys::KeyError),
    #[error(transparent)]
    Mail(#[from] mail::MailError),
    #[error("the database cannot be read: {0}")]
    Read(#[from] sqlx::Error),
    #[error(transparent)]
    Secrets(#[from] secrets::SecretError),
    #[error("push messages: {0}")]
    Push(#[from] reqwest::Error),
    #[error("geoip_database: {0}")]
    Geo(#[from] geo::GeoError),
    #[error(transparent)]
    Files(#[from] files::FilesError),
    #[error("storage_url: {0} cannot be used: {1}")]
    Storage(String, String),
    #[error(transparent)]
    Folder(#[from] folder::FolderError),
    #[error("trusted_proxies: {0}")]
    Proxies(String),
}

impl Platform {
    /// Refuses where there is no database yet, and makes nothing.
    pub async fn must_be_there(settings: &settings::Platform) -> Result<(), StartError> {
        Ok(db_there::must_be_there(&settings.database_url()).await?)
    }

    /// Before anybody is served: a storage that takes nothing would refuse every customer's file.
    pub async fn try_storage(&self) -> Result<(), StartError> {
        let address = self.files.address();
        self.files.try_out().await.map_err(|why| StartError::Storage(address.clone(), why))?;
        self.neighbours.note(neighbours::Who::Storage, &address, Ok(()), self.clock.now());
        Ok(())
    }

    /// Looks whether this node's keys are those of its database, and makes what they all share: from then
    /// on a node with other keys is told from the others. The database is up to date.
    pub async fn agree_on_secrets(&self) -> Result<(), StartError> {
        secrets::must_open(&self.db, &self.keys).await?;
        self.push.public_key(&self.db, &self.keys).await?;
        Ok(())
    }

    /// Opens everything that the settings name. The database is opened, not migrated.
    pub async fn open(settings: &settings::Platform, clock: Clock, mailer: Option<Mailer>) -> Result<Self, StartError> {
        folder::prepare(&settings.data_dir)?;
        let geo = Geo::of(&settings.geoip_database)?;
        let trial = Trial::new(settings.is_trial());
        let mailer = mailer.map_or_else(|| Mailer::of(settings, &trial), Ok)?;
        let db = Db::open_with(&settings.database_url(), settings.carrier()).await?;
        // New keys open nothing of what is there.
        let lost = secrets::are_there(&db).await?;
        let keys = Keys::load(&settings.signing_keys, &settings.data_dir, lost)?;
        let workers = Workers::new();
        Ok(Self(Arc::new(Services {
            files: Files::open(settings, db.clone(), clock.clone(), workers.clone())?,
            caches: Caches::new(&db.bus, settings.cache_mib),
            db,
            jobs: Jobs::new(keys.clone(), clock.clone(), settings.jobs.clone()),
            clock,
            keys,
            geo,
            mailer,
            neighbours: Neighbours::default(),
            push: Push::new(settings.contact(), trial.clone())?,
            figures: Figures::new(),
            watch: Watch::default(),
            workers,
            bodies: Bodies::default(),
            cookies: Cookies::new(settings.is_https()),
            https: settings.is_https(),
            base_url: settings.base_url(),
            origin: settings.origin(),
            trial: trial.clone(),
            site_name: settings.site_name.clone(),
            limits_on: settings.rate_limits.is_on(),
            requests: Limit::new(settings.rate_limits.is_on(), settings.requests_per_minute, Duration::from_secs(60)),
            trusted_proxies: http::address::parse_trusted(&settings.trusted_proxies).map_err(StartError::Proxies)?,
            proxy_header: settings.proxy_header,
            leaving: CancellationToken::new(),
            stop: CancellationToken::new(),
        })))
    }
}
