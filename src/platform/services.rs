//! The services of the platform, opened as the settings say: what every slice may use.

use std::{ops::Deref, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::platform::{
    base::{
        address,
        assets::Assets,
        bodies::Bodies,
        brand::Brand,
        clock::Clock,
        figures::Figures,
        folder,
        geo::{self, Geo},
        keys::{self, Keys},
        limits::Limit,
        neighbours::{self, Neighbours},
        trial::Trial,
        workers::Workers,
    },
    data::{cache::Caches, db::Db, db_there, pools::Reading, secrets},
    files::{self, Files},
    outbox::{
        jobs::Jobs,
        mail::{self, Mailer},
        push::Push,
    },
    settings,
    watch::Watch,
};

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
    pub https: bool,
    pub base_url: String,
    /// Of `base_url`, as browsers write it in `Origin`.
    pub origin: String,
    /// Whether somebody tries the server out on their own machine.
    pub trial: Trial,
    pub site_name: String,
    /// Style, scripts and pictures, in the colours of the brand.
    pub assets: Assets,
    pub limits_on: bool,
    /// Pages and calls of one person.
    pub requests: Limit<i64>,
    pub trusted_proxies: Vec<ipnet::IpNet>,
    pub proxy_header: address::ProxyHeader,
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
    Db(#[from] db_there::OpenError),
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
    #[error("brand_logo: {0}")]
    Logo(String),
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
    pub async fn open(
        settings: &settings::Platform,
        clock: Clock,
        mailer: Option<Mailer>,
        reading: Reading,
    ) -> Result<Self, StartError> {
        folder::prepare(&settings.data_dir)?;
        let geo = Geo::of(&settings.geoip_database)?;
        let trial = Trial::new(settings.is_trial());
        let mailer = mailer.map_or_else(|| Mailer::of(settings, &trial), Ok)?;
        let db = Db::open_with(&settings.database_url(), settings.carrier(), reading).await?;
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
            https: settings.is_https(),
            base_url: settings.base_url(),
            origin: settings.origin(),
            trial: trial.clone(),
            site_name: settings.site_name.clone(),
            assets: Assets::of(Brand::open(settings.brand_hue, &settings.brand_logo).map_err(StartError::Logo)?),
            limits_on: settings.rate_limits.is_on(),
            requests: Limit::new(settings.rate_limits.is_on(), settings.requests_per_minute, Duration::from_secs(60)),
            trusted_proxies: address::parse_trusted(&settings.trusted_proxies).map_err(StartError::Proxies)?,
            proxy_header: settings.proxy_header,
            leaving: CancellationToken::new(),
            stop: CancellationToken::new(),
        })))
    }
}
