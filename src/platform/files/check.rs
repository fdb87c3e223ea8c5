//! Whether a file is what its name says, and what of it is kept.

use std::{
    fs,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use super::{
    archive, gif, jpeg,
    kind::{self, Kind},
    png, refusal,
    settings::Settings,
    spool::Spool,
};
use crate::platform::http::error::Error;

/// A file that may be stored.
pub struct Checked {
    pub spool: Spool,
    pub mime_type: &'static str,
    /// Width and height of a picture, as it is shown.
    pub size: Option<(u32, u32)>,
}

/// Why a file is not what it claims to be.
#[derive(Debug)]
pub enum Bad {
    /// The content is of another type, or damaged.
    Content,
    /// An archive that unpacks to too much, or that cannot be looked into.
    Archive,
    Io(io::Error),
}

impl From<io::Error> for Bad {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Content,
            _ => Self::Io(error),
        }
    }
}

const BUFFER: usize = 64 << 10;

/// Reads the file as what `name` says it is. Pictures are written anew without what they tell about
/// the place, the camera and the author.
pub fn check(settings: &Settings, folder: &Path, kind: Kind, spool: Spool, name: &str) -> Result<Checked, Error> {
    if spool.size() == 0 {
        return Err(refusal::empty(name));
    }
    let checked = look(settings, folder, kind, spool).map_err(|bad| match bad {
        Bad::Content => refusal::content(name),
        Bad::Archive => refusal::archive(name),
        Bad::Io(error) => refusal::no_room(error),
    })?;
    let pixels = checked.size.map_or(0, |(width, height)| u64::from(width) * u64::from(height));
    if pixels > u64::from(settings.max_megapixels) * 1_000_000 {
        return Err(refusal::pixels(settings, name));
    }
    Ok(checked)
}

fn look(settings: &Settings, folder: &Path, kind: Kind, spool: Spool) -> Result<Checked, Bad> {
    let file = spool.open()?;
    let mime_type = match kind {
        Kind::Jpeg => return picture(folder, file, "image/jpeg", jpeg::copy),
        Kind::Png => return picture(folder, file, "image/png", png::copy),
        Kind::Gif => return picture(folder, file, "image/gif", gif::copy),
        Kind::Pdf => pdf(file)?,
        Kind::Doc => doc(file)?,
        Kind::Text => text(file)?,
        Kind::Docx => {
            let found = archive::look(file, folder, settings)?;
            if !found.is_word() {
                return Err(Bad::Content);
            }
            kind::DOCX
        }
        Kind::Zip => {
            archive::look(file, folder, settings)?;
            "application/zip"
        }
    };
    Ok(Checked { spool, mime_type, size: None })
}

type Copy = fn(&mut BufReader<fs::File>, &mut io::BufWriter<fs::File>) -> Result<(u32, u32), Bad>;

fn picture(folder: &Path, file: fs::File, mime_type: &'static str, copy: Copy) -> Result<Checked, Bad> {
    let mut from = BufReader::with_capacity(BUFFER, file);
    let (spool, size) = Spool::fill(folder, |to| copy(&mut from, to))?;
    Ok(Checked { spool, mime_type, size: Some(size) })
}

/// Begins as a PDF and ends as one: what is appended to it, such as an archive, is not looked at by us
/// and not shown by readers.
fn pdf(mut file: fs::File) -> Result<&'static str, Bad> {
    const END: u64 = 1024;
    let mut head = [0; 5];
    file.read_exact(&mut head)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let ends = tail.windows(5).any(|part| part == b"%%EOF");
    if head == *b"%PDF-" && ends { Ok("application/pdf") } else { Err(Bad::Content) }
}

/// A compound file with the stream that a Word document has. Tables and installers are compound files
/// too.
fn doc(mut file: fs::File) -> Result<&'static str, Bad> {
    const MAGIC: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    let mut head = [0; 8];
    file.read_exact(&mut head)?;
    let stream: Vec<u8> = "WordDocument".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut found = false;
    // Entries of the directory are 128 bytes, so none lies across two of these blocks.
    blocks(&mut file, |block| found |= block.chunks(128).any(|entry| entry.starts_with(&stream)), MAGIC.len())?;
    if head == MAGIC && found { Ok("application/msword") } else { Err(Bad::Content) }
}

/// Text in UTF-8 or windows-1251, without control characters: those that drive a terminal included.
fn text(mut file: fs::File) -> Result<&'static str, Bad> {
    let mut utf8 = Utf8::default();
    let (mut high, mut cyrillic, mut control) = (0_u64, 0_u64, false);
    let count = |block: &[u8]| {
        utf8.feed(block);
        for byte in block {
            control |= matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1f | 0x7f);
            high += u64::from(*byte >= 0x80);
            cyrillic += u64::from(matches!(byte, 0xc0..=0xff | 0xa8 | 0xb8));
        }
    };
    blocks(&mut file, count, 0)?;
    match (control, utf8.is_valid()) {
        (false, true) => Ok(kind::TEXT),
        // Other encodings of a byte per letter would be shown as nonsense.
        (false, false) if cyrillic * 2 > high => Ok(kind::TEXT_1251),
        _ => Err(Bad::Content),
    }
}

/// Hands on the file in blocks; the first `skip` bytes were read already and belong to the first.
fn blocks(file: &mut fs::File, mut each: impl FnMut(&[u8]), skip: usize) -> io::Result<()> {
    let mut block = vec![0; BUFFER];
    let mut filled = skip;
    loop {
        let read = file.read(&mut block[filled..])?;
        filled += read;
        if read == 0 || filled == block.len() {
            each(&block[..filled]);
            filled = 0;
        }
        if read == 0 {
            return Ok(());
        }
    }
}

/// Whether blocks are UTF-8 together, also where a letter lies across two of them.
#[derive(Default)]
struct Utf8 {
    rest: Vec<u8>,
    broken: bool,
}

impl Utf8 {
    fn feed(&mut self, block: &[u8]) {
        if self.broken {
            return;
        }
        self.rest.extend_from_slice(block);
        if let Err(error) = std::str::from_utf8(&self.rest) {
            self.broken = error.error_len().is_some();
            self.rest.drain(..error.valid_up_to());
        } else {
            self.rest.clear();
        }
    }

    fn is_valid(&self) -> bool {
        !self.broken && self.rest.is_empty()
    }
}
