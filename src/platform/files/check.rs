//! Whether a file is what its name says, and what of it is kept.

use std::{
    borrow::Cow,
    fs::{self, File},
    io::{self, BufReader, Read, Seek},
    path::Path,
};

use memchr::memmem;

use super::{
    Incoming, archive,
    kind::{self, Kind},
    picture::Format,
    refusal,
    settings::Settings,
    sniff,
    spool::Spool,
    text, thumbnail,
    zip::{Fault, Trouble},
};
use crate::platform::base::error::Error;

/// A file that may be stored.
pub struct Checked {
    pub filename: String,
    pub spool: Spool,
    pub mime_type: Cow<'static, str>,
    /// A small one of a picture; empty when none can be made.
    pub thumbnail: Option<Spool>,
}

/// Why a file is not what it claims to be.
#[derive(Debug)]
pub enum Bad {
    /// The content is of another type, or damaged.
    Content,
    Archive(Fault),
    /// Too many pixels.
    Pixels,
    /// Too many scans or frames of them.
    Passes,
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

impl From<Trouble> for Bad {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Fault(Fault::Damaged) => Self::Content,
            Trouble::Fault(fault) => Self::Archive(fault),
            Trouble::Io(error) => Self::Io(error),
        }
    }
}

const BUFFER: usize = 64 << 10;
/// Where readers look for the beginning of a PDF.
const PDF_HEAD: usize = 1024;

/// Reads the file as what its name says it is. Pictures are written anew without what they tell about
/// the place, the camera and the author.
pub fn check(settings: &Settings, folder: &Path, kind: Kind, incoming: Incoming) -> Result<Checked, Error> {
    let Incoming { filename, spool, may_hold_key } = incoming;
    if spool.size() == 0 {
        return Err(refusal::empty(&filename));
    }
    let file = spool.open().map_err(refusal::no_room)?;
    let mut head = Vec::new();
    (&file).take(PDF_HEAD as u64).read_to_end(&mut head).map_err(refusal::no_room)?;
    if let Some(format) = format_of(kind) {
        let copied = picture(settings, folder, &file, format);
        let spool = copied.map_err(|bad| refused(bad, settings, kind, &filename, &head))?;
        let thumbnail = thumbnail::make(settings, folder, &spool, format).map_err(refusal::no_room)?;
        return Ok(Checked { filename, spool, mime_type: format.mime_type().into(), thumbnail: Some(thumbnail) });
    }
    let found = look(settings, folder, kind, &file, &head);
    let (mime_type, has_key) = found.map_err(|bad| refused(bad, settings, kind, &filename, &head))?;
    if has_key && !may_hold_key {
        return Err(refusal::private_key(&filename));
    }
    Ok(Checked { filename, spool, mime_type, thumbnail: None })
}

fn refused(bad: Bad, settings: &Settings, kind: Kind, name: &str, head: &[u8]) -> Error {
    match bad {
        // Its name says nothing that could be wrong.
        Bad::Content if kind == Kind::Text && !kind::claims_text(name) => refusal::kind(settings, name),
        Bad::Content => match sniff::format(head) {
            Some(format) if !is_named(kind, format) => refusal::other(name, format),
            _ => refusal::content(name),
        },
        Bad::Archive(fault) => refusal::archive(settings, name, fault),
        Bad::Pixels => refusal::pixels(settings, name),
        Bad::Passes => refusal::passes(name),
        Bad::Io(error) => refusal::no_room(error),
    }
}

/// Whether a file begins as its name says, so that it must be damaged.
fn is_named(kind: Kind, format: &str) -> bool {
    match kind {
        Kind::Docx | Kind::Xlsx | Kind::Odt | Kind::Ods => false,
        Kind::Gzip => format == "GZ",
        Kind::SevenZip => format == "7Z",
        Kind::Doc => format == "DOC/XLS",
        kind => format.eq_ignore_ascii_case(&format!("{kind:?}")),
    }
}

fn format_of(kind: Kind) -> Option<Format> {
    Some(match kind {
        Kind::Jpeg => Format::Jpeg,
        Kind::Png => Format::Png,
        Kind::Gif => Format::Gif,
        Kind::Webp => Format::Webp,
        _ => return None,
    })
}

fn picture(settings: &Settings, folder: &Path, mut file: &File, format: Format) -> Result<Spool, Bad> {
    file.rewind()?;
    let mut from = BufReader::with_capacity(BUFFER, file);
    let (spool, drawn) = Spool::fill(folder, |to| format.copy(&mut from, to))?;
    drawn.check(settings)?;
    Ok(spool)
}

type Found = (Cow<'static, str>, bool);

fn look(settings: &Settings, folder: &Path, kind: Kind, mut file: &File, head: &[u8]) -> Result<Found, Bad> {
    file.rewind()?;
    let packed = || archive::look(file, folder, settings);
    let right = |is: bool, mime_type: &'static str| if is { Ok((mime_type.into(), false)) } else { Err(Bad::Content) };
    let starts = |format: &str| sniff::format(head) == Some(format);
    match kind {
        Kind::Pdf => right(pdf(file, head)?, "application/pdf"),
        Kind::Doc => doc(file, head, packed),
        Kind::Docx => right(packed()?.is_word(), kind::DOCX),
        Kind::Xlsx => right(packed()?.is_excel(), kind::XLSX),
        Kind::Odt => right(packed()?.is_open_document(kind::ODT), kind::ODT),
        Kind::Ods => right(packed()?.is_open_document(kind::ODS), kind::ODS),
        Kind::Zip => Ok(("application/zip".into(), packed()?.has_key)),
        Kind::Gzip => right(starts("GZ"), "application/gzip"),
        Kind::SevenZip => right(starts("7Z"), "application/x-7z-compressed"),
        Kind::Heic => right(starts("HEIC"), "image/heic"),
        Kind::Avif => right(starts("AVIF"), "image/avif"),
        Kind::Rtf => right(starts("RTF"), "application/rtf"),
        Kind::Cert if is_der(file, head)? => Ok(("application/pkix-cert".into(), false)),
        _ => text_file(file, head),
    }
}

fn text_file(file: &File, head: &[u8]) -> Result<Found, Bad> {
    let text = if sniff::is_binary(head) { None } else { text::look(file)? };
    text.map(|text| (text.mime_type, text.has_key)).ok_or(Bad::Content)
}

/// One SEQUENCE over the whole file that begins with another, as certificates and requests for them do;
/// keys begin with a number.
fn is_der(file: &File, head: &[u8]) -> io::Result<bool> {
    let (length, inside) = match head {
        [0x30, length @ 0..=0x7f, rest @ ..] => (u64::from(*length) + 2, rest),
        [0x30, 0x81, length, rest @ ..] => (u64::from(*length) + 3, rest),
        [0x30, 0x82, high, low, rest @ ..] => (u64::from(u16::from_be_bytes([*high, *low])) + 4, rest),
        _ => return Ok(false),
    };
    Ok(inside.first() == Some(&0x30) && file.metadata()?.len() == length)
}

/// What readers open: they look for the beginning in the first kilobyte and for objects anywhere.
fn pdf(mut file: &File, head: &[u8]) -> io::Result<bool> {
    const OBJECT: &[u8] = b" obj";
    if memmem::find(head, b"%PDF-").is_none() {
        return Ok(false);
    }
    let (mut found, mut end) = (false, Vec::new());
    blocks(&mut file, |block| {
        end.extend(block.iter().take(OBJECT.len()));
        found |= memmem::find(block, OBJECT).is_some() || memmem::find(&end, OBJECT).is_some();
        end = block.get(block.len().saturating_sub(OBJECT.len())..).unwrap_or_default().to_vec();
    })?;
    Ok(found)
}

/// What Word opens by this name: a compound file with the stream that a document has (tables and
/// installers are compound files too), and what other programs call a document.
fn doc(mut file: &File, head: &[u8], packed: impl Fn() -> Result<archive::Found, Trouble>) -> Result<Found, Bad> {
    match sniff::format(head) {
        Some("DOC/XLS") => {}
        Some("RTF") => return Ok(("application/rtf".into(), false)),
        Some("ZIP") if packed()?.is_word() => return Ok((kind::DOCX.into(), false)),
        // Word before 97.
        None if head.starts_with(b"\xdb\xa5\x2d\0") => return Ok(("application/msword".into(), false)),
        _ => return text_file(file, head),
    }
    let stream: Vec<u8> = "WordDocument".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut found = false;
    // Entries of the directory are 128 bytes, so none lies across two of these blocks.
    blocks(&mut file, |block| found |= block.chunks(128).any(|entry| entry.starts_with(&stream)))?;
    if found { Ok(("application/msword".into(), false)) } else { Err(Bad::Content) }
}

/// Hands on the file in blocks of one size.
fn blocks(file: &mut &fs::File, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    file.rewind()?;
    let mut block = vec![0; BUFFER];
    let mut filled = 0;
    loop {
        let read = file.read(block.get_mut(filled..).unwrap_or_default())?;
        filled += read;
        if read == 0 || filled == block.len() {
            each(block.get(..filled).unwrap_or_default());
            filled = 0;
        }
        if read == 0 {
            return Ok(());
        }
    }
}
