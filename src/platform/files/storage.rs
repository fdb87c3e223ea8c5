//! Where objects lie: a folder, or a bucket that speaks S3.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use object_store::{
    ClientOptions, GetOptions, GetResult, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    local::LocalFileSystem,
    path::Path,
    prefix::PrefixStore,
};
use tokio::{io::AsyncReadExt, sync::Semaphore};

use super::{FilesError, spool::Spool};
use crate::platform::base::{
    folder,
    neighbours::{reasons, without_user},
};

/// Folder of files on their way in. For a folder it lies inside it, so that storing is a rename.
const INCOMING: &str = "incoming";
/// An object for a bucket is in memory while it is sent: in one request, which a bucket does whole or
/// not at all, whereas parts of a broken multipart upload would lie there for ever. Hence this bound.
const ROOM_KIB: u32 = 10 << 10;
const CHUNK: usize = 256 << 10;
/// How long a trial of the storage may take in all.
const TRIAL: Duration = Duration::from_secs(15);

pub struct Storage {
    store: Arc<dyn ObjectStore>,
    /// Where bodies are spooled.
    pub incoming: PathBuf,
    /// For an administrator: the folder, or the bucket and the service that has it.
    pub address: String,
    kind: Kind,
}

enum Kind {
    Folder,
    Bucket { room: Semaphore },
}

impl Storage {
    /// `url` is a folder or `s3://bucket[/prefix]`; `vars` are the environment's, for `AWS_*`.
    pub fn open(
        url: &str,
        data_dir: &std::path::Path,
        vars: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, FilesError> {
        if let Some(rest) = url.strip_prefix("s3://") {
            let incoming = make_folder(data_dir.join(INCOMING))?;
            let kind = Kind::Bucket { room: Semaphore::new(ROOM_KIB as usize) };
            let (store, service) = bucket(rest, vars)?;
            let address = if service.is_empty() { url.to_owned() } else { format!("{url} at {service}") };
            return Ok(Self { store, incoming, address, kind });
        }
        if url.contains("://") {
            return Err(FilesError::Url);
        }
        // A folder of somebody's choice may be shared with other nodes: its mode is theirs.
        let root = match url {
            "" => make_folder(data_dir.join("files"))?,
            chosen => chosen.into(),
        };
        let incoming = make_folder(root.join(INCOMING))?;
        let store = LocalFileSystem::new_with_prefix(&root)?.with_fsync(true);
        Ok(Self { store: Arc::new(store), incoming, address: root.display().to_string(), kind: Kind::Folder })
    }

    /// Stores a spooled file under `key`, whole or not at all.
    pub async fn put(&self, key: &str, spool: Spool) -> Result<(), object_store::Error> {
        match &self.kind {
            Kind::Folder => {
                spool.sync().await.map_err(generic)?;
                self.store.rename(&Path::from_iter([INCOMING, spool.name()]), &Path::from(key)).await
            }
            Kind::Bucket { room } => {
                let kib = u32::try_from(spool.size().div_ceil(1024)).unwrap_or(ROOM_KIB).clamp(1, ROOM_KIB);
                let _room = room.acquire_many(kib).await;
                let payload = read_whole(&spool).await.map_err(generic)?;
                self.store.put(&Path::from(key), payload).await.map(|_| ())
            }
        }
    }

    /// Writes an object, reads it and removes it. Else the step that failed, and why.
    pub async fn try_out(&self) -> Result<(), String> {
        let text = crate::platform::base::keys::random_token();
        let key = Path::from_iter([INCOMING, text.as_str()]);
        let tried = async {
            let failed = |step: &'static str| move |error: object_store::Error| format!("{step}: {}", reasons(&error));
            self.store.put(&key, text.clone().into()).await.map_err(failed("writing failed"))?;
            let read = async { self.store.get(&key).await?.bytes().await };
            let same = read.await.map_err(failed("reading failed"))? == text.as_bytes();
            self.store.delete(&key).await.map_err(failed("removing failed"))?;
            if same { Ok(()) } else { Err("what was read is not what was written".into()) }
        };
        let late = || format!("no answer within {} seconds", TRIAL.as_secs());
        tokio::time::timeout(TRIAL, tried).await.unwrap_or_else(|_| Err(late()))
    }

    pub async fn get(&self, key: &str, options: GetOptions) -> Result<GetResult, object_store::Error> {
        self.store.get_opts(&Path::from(key), options).await
    }

    /// How many bytes an object has, if it is there.
    pub async fn size(&self, key: &str) -> Result<Option<u64>, object_store::Error> {
        match self.store.head(&Path::from(key)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes an object; one that is not there is removed already.
    pub async fn remove(&self, key: &str) -> Result<(), object_store::Error> {
        match self.store.delete(&Path::from(key)).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            other => other,
        }
    }
}

async fn read_whole(spool: &Spool) -> io::Result<PutPayload> {
    let mut file = spool.reader().await?;
    let mut chunks = Vec::new();
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        if (&mut file).take(CHUNK as u64).read_to_end(&mut chunk).await? == 0 {
            return Ok(chunks.into_iter().collect());
        }
        chunks.push(Bytes::from(chunk));
    }
}

fn generic(error: io::Error) -> object_store::Error {
    object_store::Error::Generic { store: "spool", source: Box::new(error) }
}

/// Nobody but the server reads what customers sent.
fn make_folder(path: PathBuf) -> Result<PathBuf, FilesError> {
    let named = |error| FilesError::Io(path.display().to_string(), error);
    folder::make(&path).map_err(named)?;
    folder::keep_private(&path).map_err(named)?;
    Ok(path)
}

/// The bucket, and the address of its service where one is named.
fn bucket(
    rest: &str,
    vars: impl Iterator<Item = (String, String)>,
) -> Result<(Arc<dyn ObjectStore>, String), FilesError> {
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if name.is_empty() {
        return Err(FilesError::Url);
    }
    // The HTTP client finds its cryptography here; a second installation changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = AmazonS3Builder::new();
    for (name, value) in vars.filter(|(name, _)| name.starts_with("AWS_")) {
        if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    let service = builder.get_config_value(&AmazonS3ConfigKey::Endpoint).unwrap_or_default();
    let plain = service.starts_with("http://");
    let client = ClientOptions::new()
        .with_allow_http(plain)
        .with_connect_timeout(Duration::from_secs(5))
        .with_timeout(Duration::from_secs(60));
    let retry = RetryConfig { max_retries: 3, retry_timeout: Duration::from_secs(60), ..RetryConfig::default() };
    let store = builder.with_bucket_name(name).with_client_options(client).with_retry(retry).build()?;
    let store: Arc<dyn ObjectStore> = match prefix.trim_matches('/') {
        "" => Arc::new(store),
        prefix => Arc::new(PrefixStore::new(store, prefix)),
    };
    Ok((store, without_user(&service)))
}
