//! Looks into ZIP archives: how much they unpack to, by unpacking them (declared sizes can lie), and
//! archives inside them too. Nothing unpacked is kept, and no index of the entries is in memory.

use std::{
    fs,
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
    os::unix::fs::FileExt,
    path::Path,
    sync::Arc,
};

use zip::{
    ZipReadOptions,
    read::{ArchiveOffset, Config},
    result::ZipError,
    unstable::read::ZipIterable,
};

use super::{check::Bad, settings::Settings, spool::Spool};

/// Text shrinks to a tenth, logs to a fiftieth; a bomb to a thousandth.
const MAX_RATIO: u64 = 100;
/// A small archive may unpack to so much whatever its ratio.
const ALWAYS_FINE: u64 = 16 << 20;
/// An archive in an archive in an archive.
const MAX_DEPTH: u32 = 3;
const LOCAL_HEADER: [u8; 4] = *b"PK\x03\x04";

/// What tells a document from other archives.
#[derive(Default)]
pub struct Found {
    has_types: bool,
    has_word: bool,
    has_macros: bool,
}

impl Found {
    /// A Word document without macros: those have another extension.
    pub fn is_word(&self) -> bool {
        self.has_types && self.has_word && !self.has_macros
    }

    fn note(&mut self, name: &str) {
        self.has_types |= name == "[Content_Types].xml";
        self.has_word |= name.starts_with("word/");
        self.has_macros |= name.to_ascii_lowercase().ends_with("vbaproject.bin");
    }
}

/// What may still be unpacked, of all levels together.
struct Budget {
    bytes: u64,
    entries: u64,
}

/// Looks into an archive. `folder` takes inner archives while they are looked at.
pub fn look(file: fs::File, folder: &Path, settings: &Settings) -> Result<Found, Bad> {
    let size = file.metadata()?.len();
    let bytes = (size * MAX_RATIO).max(ALWAYS_FINE).min(settings.max_unpacked_bytes.into());
    let mut budget = Budget { bytes, entries: settings.max_archive_entries.into() };
    let mut found = Found::default();
    level(file, folder, &mut budget, 1, &mut |name| found.note(name))?;
    Ok(found)
}

fn level(
    file: fs::File,
    folder: &Path,
    budget: &mut Budget,
    depth: u32,
    note: &mut dyn FnMut(&str),
) -> Result<(), Bad> {
    if depth > MAX_DEPTH {
        return Err(Bad::Archive);
    }
    let file = Arc::new(file);
    let reader = || BufReader::new(At { file: file.clone(), at: 0 });
    let mut magic = [0; 4];
    reader().read_exact(&mut magic)?;
    if magic != LOCAL_HEADER {
        return Err(Bad::Content);
    }
    // At the very beginning: two archives in one file are two truths.
    let config = Config { archive_offset: ArchiveOffset::Known(0) };
    let mut archive = ZipIterable::try_new(reader(), config)?;
    budget.entries = budget.entries.checked_sub(archive.len() as u64).ok_or(Bad::Archive)?;
    let declared = archive.files()?.try_fold(0_u64, |sum, entry| Ok::<_, Bad>(sum.saturating_add(entry?.size())))?;
    if declared > budget.bytes {
        return Err(Bad::Archive);
    }
    let mut contents = reader();
    for entry in archive.files()? {
        let entry = entry?;
        let name = entry.name()?;
        note(&name);
        // What cannot be looked into is not taken, nor what would be written elsewhere.
        if entry.encrypted() || entry.enclosed_name().is_none() || name.starts_with(['/', '\\']) {
            return Err(Bad::Archive);
        }
        drop(name);
        unpack(&mut entry.with_reader(&mut contents, ZipReadOptions::new())?, folder, budget, depth)?;
    }
    Ok(())
}

/// Unpacks an entry: to nowhere, or, if it is an archive, to a file that is looked into.
fn unpack(from: &mut impl Read, folder: &Path, budget: &mut Budget, depth: u32) -> Result<(), Bad> {
    let mut head = Vec::new();
    from.take(4).read_to_end(&mut head).map_err(|_| Bad::Content)?;
    budget.bytes = budget.bytes.checked_sub(head.len() as u64).ok_or(Bad::Archive)?;
    if head != LOCAL_HEADER {
        return copy(from, &mut io::sink(), budget);
    }
    let (inner, ()) = Spool::fill(folder, |to| {
        to.write_all(&head)?;
        copy(from, to, budget)
    })?;
    level(inner.open()?, folder, budget, depth + 1, &mut |_| {})
}

fn copy(from: &mut impl Read, to: &mut impl Write, budget: &mut Budget) -> Result<(), Bad> {
    let mut chunk = [0; 16 << 10];
    loop {
        // An error here is a wrong checksum or a stream that cannot be unpacked.
        let read = from.read(&mut chunk).map_err(|_| Bad::Content)?;
        if read == 0 {
            return Ok(());
        }
        budget.bytes = budget.bytes.checked_sub(read as u64).ok_or(Bad::Archive)?;
        to.write_all(&chunk[..read])?;
    }
}

impl From<ZipError> for Bad {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::Io(_) | ZipError::InvalidArchive(_) => Self::Content,
            _ => Self::Archive,
        }
    }
}

/// A reader with a place of its own: the directory and the contents are read in turn.
struct At {
    file: Arc<fs::File>,
    at: u64,
}

impl Read for At {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for At {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.file.metadata()?.len().checked_add_signed(by),
        };
        self.at = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
