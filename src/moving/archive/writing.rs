//! `export --to`: the whole of an ospabhost as it stands at one moment, into a new folder that only its
//! maker can read. It works beside a running server, and what it holds in memory does not grow.
//!
//! Files are written in the thread at hand: nobody else waits for it in this process.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use futures_util::StreamExt;
use object_store::GetOptions;
use sha2::{Digest, Sha256};

use super::{
    error::{Result, Trouble, at},
    format::{
        self, Change, FILES, File, HEADER, Header, Line, Notice, Origin, Person, Response, Seen, SignIn, Ticket,
        Written,
    },
    lines::{Writer, write_whole},
    store_read as store,
};
use crate::{
    moving::earlier::Kind,
    platform::{
        base::{clock::Clock, folder},
        data::db::{Db, Tx},
        files::{Files, carry::hex},
    },
};

/// What was exported.
#[derive(Debug, Default)]
pub struct Exported {
    pub parts: BTreeMap<String, Written>,
    pub files: u64,
    pub bytes: u64,
    /// Files that the storage has no more, by their keys.
    pub missing: Vec<String>,
    /// Mails and push messages that have not left yet.
    pub waiting: i64,
}

/// Writes an archive. What is left of one that fails is removed.
pub async fn export(db: &Db, files: &Files, clock: &Clock, to: &Path) -> Result<Exported> {
    let is_new = prepare(to)?;
    let done = write(db, files, clock, to).await;
    if done.is_err() {
        remove(to, is_new);
    }
    done
}

/// Makes the folder, or takes one that is empty. Says whether it was made.
fn prepare(to: &Path) -> Result<bool> {
    match fs::read_dir(to) {
        Ok(mut entries) => match entries.next() {
            Some(_) => Err(Trouble::NotEmpty(to.to_owned())),
            None => folder::keep_private(to).map(|()| false).map_err(at(to)),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => folder::make(to).map(|()| true).map_err(at(to)),
        Err(error) => Err(at(to)(error)),
    }
}

/// It was empty before. What cannot be removed is found by the next export, which says so.
fn remove(to: &Path, is_new: bool) {
    for entry in fs::read_dir(to).into_iter().flatten().flatten() {
        let path = entry.path();
        let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
    }
    if is_new {
        let _ = fs::remove_dir(to);
    }
}

async fn write(db: &Db, files: &Files, clock: &Clock, to: &Path) -> Result<Exported> {
    let mut tx = db.snapshot().await?;
    let mut exported = Exported { waiting: store::any_waiting(&mut tx).await?, ..Exported::default() };
    let mut highest_ids = BTreeMap::new();
    for table in store::NUMBERED {
        highest_ids.insert(table.to_owned(), store::any_highest_id(&mut tx, table).await?);
    }
    let public_id_key = hex(&store::any_public_id_key(&mut tx).await?);
    let mut objects = Objects { files, to: to.join(FILES), exported: &mut exported };
    folder::make(&objects.to).map_err(at(&objects.to))?;
    let parts = rows(&mut tx, &mut objects, to).await?;
    exported.parts = parts.clone();
    let header = Header {
        format: format::FORMAT.into(),
        version: format::VERSION,
        program: env!("CARGO_PKG_VERSION").into(),
        exported_at: clock.now(),
        public_id_key,
        highest_ids,
        parts,
    };
    let path = to.join(HEADER);
    let text = serde_json::to_string_pretty(&header).map_err(|error| at(&path)(error.into()))?;
    write_whole(&path, format!("{text}\n").as_bytes()).map_err(at(&path))?;
    Ok(exported)
}

/// Writes a part: page after page, each from where the last one ended.
macro_rules! part {
    ($parts:expr, $to:expr, $line:ident, $after:expr, $read:expr, $ready:expr) => {{
        let mut out = Writer::<$line>::create($to)?;
        let mut after = $after;
        loop {
            let mut page: Vec<$line> = $read(after).await?;
            for line in &mut page {
                $ready(&mut *line).await?;
                out.write(line)?;
            }
            match page.last() {
                Some(last) => after = last.place(),
                None => break,
            }
        }
        $parts.insert($line::PART.to_owned(), out.finish()?);
    }};
}

async fn rows(tx: &mut Tx, objects: &mut Objects<'_>, to: &Path) -> Result<BTreeMap<String, Written>> {
    let mut parts = BTreeMap::new();
    part!(parts, to, Person, 0, async |after| store::any_people(tx, after).await, nothing);
    part!(parts, to, SignIn, 0, async |after| store::any_sign_ins(tx, after).await, nothing);
    part!(parts, to, Ticket, 0, async |after| store::any_tickets(tx, after).await, async |line: &mut Ticket| {
        objects.copy_all(&mut line.files).await
    });
    part!(parts, to, Response, 0, async |after| store::any_responses(tx, after).await, async |line: &mut Response| {
        objects.copy_all(&mut line.files).await
    });
    part!(parts, to, Change, 0, async |after| store::any_changes(tx, after).await, nothing);
    part!(parts, to, Seen, (0, 0), async |after| store::any_seen(tx, after).await, nothing);
    part!(parts, to, Notice, 0, async |after| store::any_notices(tx, after).await, nothing);
    parts.insert(Origin::PART.to_owned(), origins(tx, to).await?);
    Ok(parts)
}

async fn origins(tx: &mut Tx, to: &Path) -> Result<Written> {
    let mut out = Writer::<Origin>::create(to)?;
    let mut kinds = Kind::ALL.map(Kind::as_str);
    kinds.sort_unstable();
    for source in store::any_sources(tx).await? {
        for kind in kinds {
            let mut after = i64::MIN;
            loop {
                let page = store::any_origins(tx, &source, kind, after).await?;
                let Some(last) = page.last() else { break };
                after = last.source_id;
                page.iter().try_for_each(|line| out.write(line))?;
            }
        }
    }
    out.finish()
}

async fn nothing<T>(_: &mut T) -> Result<()> {
    Ok(())
}

/// Where a row stands in the order of its part.
trait Placed {
    type Place;
    fn place(&self) -> Self::Place;
}

macro_rules! placed_by_id {
    ($($line:ident),+) => { $(
        impl Placed for $line {
            type Place = i64;
            fn place(&self) -> i64 {
                self.id
            }
        }
    )+ };
}

placed_by_id!(Person, SignIn, Ticket, Response, Change, Notice);

impl Placed for Seen {
    type Place = (i64, i64);
    fn place(&self) -> (i64, i64) {
        (self.user_id, self.ticket_id)
    }
}

/// Takes objects out of the storage.
struct Objects<'a> {
    files: &'a Files,
    to: PathBuf,
    exported: &'a mut Exported,
}

impl Objects<'_> {
    async fn copy_all(&mut self, files: &mut [File]) -> Result<()> {
        for file in files {
            file.sha256 = self.copy(&file.storage_key).await?;
        }
        Ok(())
    }

    /// Copies an object and gives its checksum; `None`: it is gone.
    async fn copy(&mut self, key: &str) -> Result<Option<String>> {
        let problem = |error: object_store::Error| Trouble::Storage(key.to_owned(), error.to_string());
        let found = match self.files.get(key, GetOptions::default()).await {
            Err(object_store::Error::NotFound { .. }) => {
                self.exported.missing.push(key.to_owned());
                return Ok(None);
            }
            other => other.map_err(problem)?,
        };
        let path = self.to.join(key);
        if let Some(folder) = path.parent() {
            folder::make(folder).map_err(at(folder))?;
        }
        let (mut file, mut hash) = (folder::make_file(&path).map_err(at(&path))?, Sha256::new());
        let mut chunks = found.into_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(problem)?;
            hash.update(&chunk);
            std::io::Write::write_all(&mut file, &chunk).map_err(at(&path))?;
            self.exported.bytes += chunk.len() as u64;
        }
        file.sync_all().map_err(at(&path))?;
        self.exported.files += 1;
        Ok(Some(hex(&hash.finalize())))
    }
}
