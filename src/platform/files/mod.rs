//! Files that people send: checked, stored, served, removed.
//!
//! A row in `pending_file` is written before the object and taken away (`claim`) by the transaction
//! that stores what refers to it. A cut connection, a crash, a transaction undone: each leaves the
//! row, and `clean` removes the object with it.

mod archive;
pub mod carry;
mod check;
mod clamd;
mod exif;
mod gif;
mod jpeg;
pub mod kind;
pub mod name;
pub mod picture;
mod png;
pub mod refusal;
mod secret;
pub mod settings;
mod sniff;
pub mod spool;
mod storage;
mod store;
#[cfg(test)]
mod tests;
mod text;
pub mod thumbnail;
mod webp;
mod zip;

use std::{borrow::Cow, sync::Arc, time::Duration};

use futures_util::StreamExt;
use object_store::{GetOptions, GetResult};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::platform::{
    base::{
        clock::Clock,
        error::{Error, Result},
        keys,
        limits::Limit,
        workers::{Turn, Workers},
    },
    data::db::{Db, Tx},
};
use clamd::Clamd;
use kind::Kind;
use picture::Format;
use settings::Settings;
use spool::{Spool, Writer};
use storage::Storage;

/// How long a stored file waits to be claimed.
const UNCLAIMED: Duration = Duration::from_secs(3600);
const CLEAN_EVERY: Duration = Duration::from_secs(300);
/// Unpacked pictures are large: so many at once.
const PICTURES_AT_ONCE: usize = 1;

/// The files of this server. Clones share them.
#[derive(Clone)]
pub struct Files(Arc<Inner>);

struct Inner {
    settings: Settings,
    storage: Storage,
    clamd: Clamd,
    /// Where files are looked at.
    workers: Workers,
    pictures: Arc<Semaphore>,
    uploads: Limit<i64>,
    db: Db,
    clock: Clock,
}

/// A file that was stored and that nothing refers to yet. Dropped unclaimed it is removed.
pub struct Received {
    /// Random; says nothing about the file.
    pub storage_key: String,
    /// As the sender named it, made safe to show.
    pub filename: String,
    pub file_size: i64,
    /// Found from the content.
    pub mime_type: Cow<'static, str>,
    _guard: Guard,
}

/// Gives the object up when it goes out of scope. One that was claimed has no row any more, and
/// stays.
struct Guard {
    files: Files,
    key: String,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (files, key) = (self.files.clone(), std::mem::take(&mut self.key));
            runtime.spawn(async move { files.give_up(&key).await });
        }
    }
}

/// What keeps the storage from opening.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    #[error("storage_url: expected a folder or s3://bucket")]
    Url,
    #[error("storage_url: {0}")]
    Store(#[from] object_store::Error),
    #[error("storage_url: {0}: {1}")]
    Io(String, std::io::Error),
}

/// Finds settings that make no sense, and names them.
pub fn check(settings: &super::settings::Platform) -> Result<(), (&'static str, String)> {
    Clamd::parse(&settings.clamd_url).map_err(|why| ("clamd_url", why))?;
    let url = settings.storage_url.as_str();
    let no_bucket =
        url.contains("://") && url.strip_prefix("s3://").is_none_or(|rest| rest.is_empty() || rest.starts_with('/'));
    if no_bucket || url != url.trim() || url.chars().any(char::is_control) {
        return Err(("storage_url", "expected a folder or a bucket, such as \"s3://bucket\", or nothing".into()));
    }
    Ok(())
}

/// A file as it came in, not looked at yet.
pub struct Incoming {
    pub filename: String,
    pub spool: Spool,
    /// Whether its sender knows that it may hold a private key, and sends it all the same.
    pub may_hold_key: bool,
}

impl Files {
    pub fn open(
        settings: &super::settings::Platform,
        db: Db,
        clock: Clock,
        workers: Workers,
    ) -> Result<Self, FilesError> {
        Self::open_with(settings, db, clock, workers, std::env::vars())
    }

    fn open_with(
        settings: &super::settings::Platform,
        db: Db,
        clock: Clock,
        workers: Workers,
        vars: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, FilesError> {
        let own = settings.files.clone();
        Ok(Self(Arc::new(Inner {
            storage: Storage::open(&settings.storage_url, &settings.data_dir, vars)?,
            clamd: Clamd::parse(&settings.clamd_url).unwrap_or_default(),
            workers,
            pictures: Arc::new(Semaphore::new(PICTURES_AT_ONCE)),
            uploads: Limit::new(settings.rate_limits.is_on(), own.uploads_per_hour, Duration::from_secs(3600)),
            settings: own,
            db,
            clock,
        })))
    }

    /// Where files lie, for an administrator.
    pub fn address(&self) -> String {
        self.0.storage.address.clone()
    }

    /// Writes an object, reads it and removes it. Else the reason why not.
    pub async fn try_out(&self) -> Result<(), String> {
        self.0.storage.try_out().await
    }

    /// Asks the scanner whether it is there. Else the reason why not.
    pub async fn ping_scanner(&self) -> Result<(), String> {
        self.0.clamd.ping().await.map_err(|error| error.to_string())
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Takes one from the sender's budget.
    pub fn take_budget(&self, user: i64) -> Result<()> {
        self.0.uploads.take(&user)
    }

    /// A place on disk for a file that comes in.
    pub async fn spool(&self) -> Result<Writer> {
        Spool::create(&self.0.storage.incoming).await.map_err(refusal::no_room)
    }

    /// What a file of this name must be.
    pub fn kind_of(&self, filename: &str) -> Result<Kind> {
        self.0.settings.kinds.of_name(filename).ok_or_else(|| refusal::kind(&self.0.settings, filename))
    }

    /// Checks a file and stores it. Once it begins to be stored it goes on even if nobody waits any
    /// more, so that the object is there when it is removed.
    pub async fn receive(&self, incoming: Incoming) -> Result<Received> {
        let checked = self.checked(incoming).await?;
        let files = self.clone();
        tokio::spawn(async move { files.keep(checked).await }).await.map_err(Error::internal)?
    }

    /// Checks a file as `receive` does, and keeps nothing of it.
    pub async fn examine(&self, incoming: Incoming) -> Result<()> {
        self.checked(incoming).await.map(|_| ())
    }

    async fn checked(&self, incoming: Incoming) -> Result<check::Checked> {
        let kind = self.kind_of(&incoming.filename)?;
        let place = match kind {
            Kind::Jpeg | Kind::Png | Kind::Gif | Kind::Webp => self.0.pictures.clone().acquire_owned().await.ok(),
            _ => None,
        };
        let files = self.clone();
        let check = move || {
            // Held until the work is over, even if nobody waits for it any more.
            let _place = place;
            check::check(&files.0.settings, &files.0.storage.incoming, kind, incoming)
        };
        let checked = self.0.workers.run(Turn::Later, check).await.map_err(refusal::busy)??;
        self.0.clamd.scan(&checked.spool, &checked.filename).await?;
        Ok(checked)
    }

    async fn keep(self, checked: check::Checked) -> Result<Received> {
        let check::Checked { filename, spool, mime_type, thumbnail } = checked;
        let hex: String = keys::random_bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
        let key = format!("{}/{}", &hex[..2], &hex[2..]);
        store::any_announce(&self.0.db, &key, self.0.clock.now().plus(UNCLAIMED)).await?;
        let guard = Guard { files: self.clone(), key: key.clone() };
        let file_size = i64::try_from(spool.size()).unwrap_or(i64::MAX);
        self.0.storage.put(&key, spool).await.map_err(refusal::storage)?;
        if let Some(small) = thumbnail {
            self.0.storage.put(&thumbnail::key_of(&key), small).await.map_err(refusal::storage)?;
        }
        Ok(Received { storage_key: key, filename, file_size, mime_type, _guard: guard })
    }

    /// The size of a picture's small one; 0: there is none. One that an older version stored without is
    /// made now.
    pub async fn thumbnail(&self, key: &str, mime_type: &str) -> Result<u64> {
        let Some(format) = Format::of_mime_type(mime_type) else { return Ok(0) };
        let small = thumbnail::key_of(key);
        if let Some(size) = self.0.storage.size(&small).await.map_err(refusal::storage)? {
            return Ok(size);
        }
        let place = self.0.pictures.clone().acquire_owned().await.ok();
        if let Some(size) = self.0.storage.size(&small).await.map_err(refusal::storage)? {
            return Ok(size);
        }
        let Some(picture) = self.fetch(key).await? else { return Ok(0) };
        let files = self.clone();
        let make = move || {
            let _place = place;
            thumbnail::make(&files.0.settings, &files.0.storage.incoming, &picture, format)
        };
        let made = self.0.workers.run(Turn::Later, make).await?.map_err(refusal::no_room)?;
        let size = made.size();
        self.0.storage.put(&small, made).await.map_err(refusal::storage)?;
        // The picture may have been removed meanwhile, and nothing would ever remove this.
        if self.0.storage.size(key).await.map_err(refusal::storage)?.is_none() {
            self.0.storage.remove(&small).await.map_err(refusal::storage)?;
        }
        Ok(size)
    }

    /// A stored file on the disk of this node; `None`: it is gone.
    async fn fetch(&self, key: &str) -> Result<Option<Spool>> {
        let found = match self.get(key, GetOptions::default()).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            other => other.map_err(refusal::storage)?,
        };
        let mut spool = self.spool().await?;
        let mut chunks = found.into_stream();
        while let Some(chunk) = chunks.next().await {
            spool.write(&chunk.map_err(refusal::storage)?).await.map_err(refusal::no_room)?;
        }
        spool.finish().await.map(Some).map_err(refusal::no_room)
    }

    /// Part of the transaction that stores what refers to these objects. False if one of them is not
    /// there to be claimed; then the caller must not commit.
    pub async fn claim(&self, tx: &mut Tx, keys: &[&str]) -> Result<bool, sqlx::Error> {
        for key in keys {
            if !store::any_claim(tx, key).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Removes now what a refused request had brought.
    pub async fn discard(&self, received: Vec<Received>) {
        for file in &received {
            self.give_up(&file.storage_key).await;
        }
    }

    /// Removes objects that nobody claimed in time or that were released.
    pub async fn clean(&self) -> Result<()> {
        const BATCH: i64 = 100;
        let db = &self.0.db;
        self.0.uploads.sweep();
        let incoming = self.0.storage.incoming.clone();
        let sweep = move || spool::sweep(&incoming, UNCLAIMED);
        tokio::task::spawn_blocking(sweep).await.map_err(Error::internal)?.map_err(refusal::no_room)?;
        store::any_give_up_due(db, self.0.clock.now()).await?;
        let mut after = String::new();
        loop {
            let keys = store::any_given_up(db, &after, BATCH).await?;
            let Some(last) = keys.last() else { return Ok(()) };
            after.clone_from(last);
            for key in &keys {
                self.remove(key).await;
            }
        }
    }

    /// Removes now what a transaction has given up. False: some could not be, and is tried again by `clean`.
    pub async fn remove_given_up(&self) -> Result<bool> {
        self.clean().await?;
        Ok(store::any_given_up(&self.0.db, "", 1).await?.is_empty())
    }

    /// Cleans every few minutes, for as long as the server runs.
    pub async fn upkeep(&self, stop: &CancellationToken) {
        let mut ticks = tokio::time::interval(CLEAN_EVERY);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            if let Err(error) = self.clean().await {
                tracing::warn!(%error, "left-over files were not removed, it is tried again");
            }
        }
    }

    pub async fn get(&self, key: &str, options: GetOptions) -> Result<GetResult, object_store::Error> {
        self.0.storage.get(key, options).await
    }

    /// Removes an object unless it was claimed.
    async fn give_up(&self, key: &str) {
        // Asked first, because most are claimed, and asking does not wait for a writer.
        let given_up = match store::any_is_pending(&self.0.db, key).await {
            Ok(true) => store::any_give_up(&self.0.db, key).await,
            other => other,
        };
        match given_up {
            Ok(true) => self.remove(key).await,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "an unclaimed file is removed later"),
        }
    }

    /// The object first, then what was made of it, then its row: whatever fails is tried again by `clean`.
    async fn remove(&self, key: &str) {
        let mut removed = self.0.storage.remove(key).await;
        if removed.is_ok() {
            removed = self.0.storage.remove(&thumbnail::key_of(key)).await;
        }
        let removed = match removed {
            Ok(()) => store::any_forget(&self.0.db, key).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(why) = removed {
            tracing::warn!(why, "a file was not removed, it is tried again");
        }
    }
}
