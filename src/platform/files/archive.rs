//! Looks into ZIP archives: how much they unpack to, by unpacking them (declared sizes can lie), and
//! archives inside them too. Nothing unpacked is kept, and of each entry only its place is in memory.

use std::{
    fs::File,
    io::{self, BufReader, Read, Write},
    os::unix::fs::FileExt,
    path::Path,
};

use flate2::{Crc, bufread::DeflateDecoder, read::MultiGzDecoder};

use super::{
    secret::Finder,
    settings::Settings,
    spool::Spool,
    zip::{DEFLATED, Directory, Entry, Fault, Links, Place, Trouble},
};

/// Deflate makes a line that repeats at most so much smaller; only runs of a byte or two come nearer to
/// its limit of 1,032. So a log may, and a bomb may not.
const MAX_RATIO: u64 = 700;
/// A small archive may unpack to so much whatever its ratio.
const ALWAYS_FINE: u64 = 16 << 20;
/// An archive in an archive in an archive.
const MAX_DEPTH: u32 = 3;
const CHUNK: usize = 64 << 10;

/// What tells a document from other archives, and what its sender is warned of.
#[derive(Default)]
pub struct Found {
    has_types: bool,
    has_word: bool,
    has_sheets: bool,
    has_macros: bool,
    /// The content of `mimetype`, as documents of LibreOffice have it.
    open_document: Vec<u8>,
    pub has_key: bool,
}

impl Found {
    /// A Word document without macros: those have another extension.
    pub fn is_word(&self) -> bool {
        self.has_types && self.has_word && !self.has_macros
    }

    /// An Excel document without macros.
    pub fn is_excel(&self) -> bool {
        self.has_types && self.has_sheets && !self.has_macros
    }

    pub fn is_open_document(&self, mime_type: &str) -> bool {
        self.open_document.trim_ascii_end() == mime_type.as_bytes()
    }

    fn note(&mut self, name: &[u8]) {
        self.has_types |= name == b"[Content_Types].xml";
        self.has_word |= name.starts_with(b"word/");
        self.has_sheets |= name.starts_with(b"xl/");
        self.has_macros |= name.to_ascii_lowercase().ends_with(b"vbaproject.bin");
    }
}

/// Looks into an archive. `folder` takes inner archives while they are looked at.
pub fn look(file: &File, folder: &Path, settings: &Settings) -> Result<Found, Trouble> {
    let size = file.metadata()?.len();
    let most = (size.saturating_mul(MAX_RATIO)).max(ALWAYS_FINE).min(settings.max_unpacked_bytes.into());
    let mut look = Look { folder, bytes: most, entries: settings.max_archive_entries.into(), found: Found::default() };
    look.archive(file, 1)?;
    Ok(look.found)
}

struct Look<'a> {
    folder: &'a Path,
    /// What may still be unpacked, of all levels together.
    bytes: u64,
    entries: u64,
    found: Found,
}

impl Look<'_> {
    fn archive(&mut self, file: &File, depth: u32) -> Result<(), Trouble> {
        if depth > MAX_DEPTH {
            return Err(Fault::TooMuch.into());
        }
        let directory = Directory::find(file)?;
        self.entries = self.entries.checked_sub(directory.count).ok_or(Fault::TooMuch)?;
        let (places, links) = self.survey(file, directory)?;
        for (entry, place) in directory.entries(file).zip(&places) {
            let entry = entry?;
            if !links.is_empty() {
                links.check_below(&entry.name)?;
            }
            self.entry(file, &entry, place, depth)?;
        }
        Ok(())
    }

    /// What can be known without unpacking anything.
    fn survey(&mut self, file: &File, directory: Directory) -> Result<(Vec<Place>, Links), Trouble> {
        let (mut places, mut links, mut declared) = (Vec::new(), Links::default(), 0_u64);
        for entry in directory.entries(file) {
            let entry = entry?;
            places.push(entry.place(file)?);
            declared = declared.saturating_add(entry.size);
            if entry.is_link() {
                links.add(&entry.name)?;
            }
        }
        directory.is_filled_by(file, &places)?;
        if declared > self.bytes { Err(Fault::TooMuch.into()) } else { Ok((places, links)) }
    }

    fn entry(&mut self, file: &File, entry: &Entry, place: &Place, depth: u32) -> Result<(), Trouble> {
        let open = || Content::open(file, entry, place);
        if depth == 1 {
            self.found.note(&entry.name);
            if entry.name == b"mimetype" {
                let read = open().take(100).read_to_end(&mut self.found.open_document);
                read.map_err(|_| Fault::Damaged)?;
            }
        }
        if entry.is_link() {
            entry.check_target(open())?;
        }
        let mut content = open();
        let seen = self.scan(&mut content, false)?;
        if !content.is_used_up() || (seen.bytes, seen.crc) != (entry.size, entry.crc) {
            return Err(Fault::Ambiguous.into());
        }
        self.inside(&open, &seen, depth)
    }

    /// Unpacks to nowhere. What cannot be unpacked is an error, or, if `broken_is_end`, the end.
    fn scan(&mut self, from: &mut dyn Read, broken_is_end: bool) -> Result<Seen, Trouble> {
        let mut seen = Seen::default();
        let (mut crc, mut keys) = (Crc::new(), Finder::default());
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = match read_full(from, &mut chunk) {
                Ok(read) => read,
                Err(_) if broken_is_end => 0,
                // A stream that cannot be unpacked.
                Err(_) => return Err(Fault::Damaged.into()),
            };
            let Some(part @ [_, ..]) = chunk.get(..read) else { break };
            self.bytes = self.bytes.checked_sub(read as u64).ok_or(Fault::TooMuch)?;
            crc.update(part);
            keys.feed(part);
            seen.note(part);
        }
        seen.crc = crc.sum();
        self.found.has_key |= keys.has_found();
        Ok(seen)
    }

    /// Looks into what was unpacked, if it is an archive itself. That lies on disk meanwhile.
    fn inside<R: Read>(&mut self, open: &dyn Fn() -> R, seen: &Seen, depth: u32) -> Result<(), Trouble> {
        let Some(inner) = seen.inner() else { return Ok(()) };
        if depth >= MAX_DEPTH {
            return Err(Fault::TooMuch.into());
        }
        let (spool, ()) = Spool::fill(self.folder, |to| {
            let mut from = open();
            io::copy(&mut (&mut from).take(inner.begins()), &mut io::sink())?;
            io::copy(&mut from, to)?;
            to.flush().map_err(Trouble::from)
        })?;
        let file = spool.open()?;
        match inner {
            Inner::Zip { .. } => self.archive(&file, depth + 1),
            Inner::Gzip => {
                let open = || MultiGzDecoder::new(At { file: &file, at: 0, rest: u64::MAX });
                self.entries = self.entries.checked_sub(1).ok_or(Fault::TooMuch)?;
                let seen = self.scan(&mut open(), true)?;
                let open = || Lenient(open());
                self.inside(&open, &seen, depth + 1)
            }
        }
    }
}

/// Something packed inside.
#[derive(Clone, Copy)]
enum Inner {
    /// Where it begins: programs find an archive behind other bytes too.
    Zip {
        begins: u64,
    },
    Gzip,
}

impl Inner {
    fn begins(self) -> u64 {
        match self {
            Self::Zip { begins } => begins,
            Self::Gzip => 0,
        }
    }
}

/// What was seen of some content: its length, its checksum, how it begins and ends.
#[derive(Default)]
struct Seen {
    bytes: u64,
    crc: u32,
    head: Vec<u8>,
    tail: Vec<u8>,
}

/// As long as an archive's end with its comment can be.
const TAIL: usize = CHUNK + 64;

impl Seen {
    fn note(&mut self, chunk: &[u8]) {
        if self.bytes == 0 {
            self.head = chunk.iter().take(64).copied().collect();
        }
        self.bytes += chunk.len() as u64;
        let kept = TAIL.saturating_sub(chunk.len()).min(self.tail.len());
        self.tail.drain(..self.tail.len() - kept);
        self.tail.extend_from_slice(chunk);
    }

    fn inner(&self) -> Option<Inner> {
        if self.head.starts_with(b"\x1f\x8b\x08") {
            return Some(Inner::Gzip);
        }
        if is_header(&self.head) {
            return Some(Inner::Zip { begins: 0 });
        }
        self.archive_at_end().map(|begins| Inner::Zip { begins })
    }

    /// Where an archive begins that ends where this ends.
    fn archive_at_end(&self) -> Option<u64> {
        let at = self.tail.windows(4).rposition(|four| four == b"PK\x05\x06")?;
        let end = self.tail.get(at..)?;
        let four = |at: usize| Some(u32::from_le_bytes(end.get(at..at + 4)?.try_into().ok()?));
        let comment = u16::from_le_bytes(end.get(20..22)?.try_into().ok()?);
        let whole = end.len() == 22 + usize::from(comment) && end.get(10..12)? != [0, 0];
        let end_at = self.bytes - self.tail.len() as u64 + at as u64;
        let begins = end_at.checked_sub(u64::from(four(12)?))?.checked_sub(four(16)?.into());
        // Where a record for large archives has the numbers, it is found by its first entry.
        whole.then_some(begins.unwrap_or(0))
    }
}

/// The beginning of an archive, and not of a text about archives.
fn is_header(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"PK00").or(head.strip_prefix(b"PK\x07\x08")).unwrap_or(head);
    let [b'P', b'K', 3, 4, version, _, _, _, method, method_high, ..] = head else { return false };
    *version <= 63 && *method_high == 0 && *method < 100
}

/// The unpacked content of an entry.
enum Content<'a> {
    Stored(At<'a>),
    Deflated(DeflateDecoder<BufReader<At<'a>>>, u64),
}

impl<'a> Content<'a> {
    fn open(file: &'a File, entry: &Entry, place: &Place) -> Self {
        let packed = At { file, at: place.content, rest: entry.packed };
        match entry.method {
            DEFLATED => Self::Deflated(DeflateDecoder::new(BufReader::with_capacity(CHUNK, packed)), entry.packed),
            _ => Self::Stored(packed),
        }
    }

    /// Whether the content took all the bytes that the archive has of it.
    fn is_used_up(&self) -> bool {
        match self {
            Self::Stored(at) => at.rest == 0,
            Self::Deflated(stream, packed) => stream.total_in() == *packed,
        }
    }
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stored(at) => at.read(buffer),
            Self::Deflated(stream, _) => stream.read(buffer),
        }
    }
}

/// A part of a file, read from a place of its own.
struct At<'a> {
    file: &'a File,
    at: u64,
    rest: u64,
}

impl Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.rest).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.file.read_at(buffer.get_mut(..most).unwrap_or_default(), self.at)?;
        self.at += read as u64;
        self.rest -= read as u64;
        Ok(read)
    }
}

/// What cannot be unpacked further ends there, as it does for programs that unpack what they can.
struct Lenient<R>(R);

impl<R: Read> Read for Lenient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.0.read(buffer).unwrap_or(0))
    }
}

fn read_full(from: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest @ [_, ..]) = buffer.get_mut(filled..) {
        match from.read(rest)? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}
