//! An entry: its record in the directory, and the header in front of its content, which must say the same.

use std::{fs::File, io::Read};

use super::{Fault, Fields, Trouble, bytes_at, names};

const RECORD: [u8; 4] = *b"PK\x01\x02";
const HEADER: [u8; 4] = *b"PK\x03\x04";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
const RECORD_BYTES: usize = 46;
const HEADER_BYTES: usize = 30;

const STORED: u16 = 0;
pub const DEFLATED: u16 = 8;
/// Encrypted by WinZip's AES.
const AES: u16 = 99;

/// Encrypted; strongly so; headers hidden.
const SECRET_FLAGS: u16 = 1 | 1 << 6 | 1 << 13;
/// Checksum and sizes stand behind the content.
const STREAMED: u16 = 1 << 3;

const LARGE: u16 = 0x0001;
/// A second name for the same entry, in UTF-8 (APPNOTE 4.6.9).
const UNICODE_NAME: u16 = 0x7075;

/// What the directory says of an entry.
#[derive(Debug)]
pub struct Entry {
    pub name: Vec<u8>,
    pub method: u16,
    pub crc: u32,
    /// Bytes in the archive.
    pub packed: u64,
    /// Bytes when it is unpacked.
    pub size: u64,
    flags: u16,
    /// Unix type and rights.
    mode: u32,
    at: u64,
}

/// Where an entry lies.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub begins: u64,
    /// Where its content begins.
    pub content: u64,
    packed: u64,
    size: u64,
    crc: u32,
    streamed: bool,
}

impl Entry {
    /// Reads the record at `at`; returns where the next one begins. None goes on behind `end`.
    pub(super) fn read(file: &File, at: u64, end: u64) -> Result<(Self, u64), Trouble> {
        if end.saturating_sub(at) < RECORD_BYTES as u64 {
            return Err(Fault::Ambiguous.into());
        }
        let fixed = bytes_at(file, at, RECORD_BYTES)?;
        let mut fields = Fields(&fixed);
        if fields.take(4)? != RECORD {
            return Err(Fault::Ambiguous.into());
        }
        fields.take(4)?;
        let (flags, method) = (fields.two()?, fields.two()?);
        fields.take(4)?;
        let (crc, packed, size) = (fields.four()?, fields.four()?, fields.four()?);
        let lengths = [fields.two()?, fields.two()?, fields.two()?];
        let disk = fields.two()?;
        fields.take(2)?;
        let (attributes, begins) = (fields.four()?, fields.four()?);
        let more: u64 = lengths.iter().map(|length| u64::from(*length)).sum();
        let next = at + RECORD_BYTES as u64 + more;
        if next > end || disk != 0 {
            return Err(Fault::Ambiguous.into());
        }
        let name = bytes_at(file, at + RECORD_BYTES as u64, lengths[0].into())?;
        let extra = bytes_at(file, at + RECORD_BYTES as u64 + u64::from(lengths[0]), lengths[1].into())?;
        let mut entry = Self {
            name,
            method,
            crc,
            packed: packed.into(),
            size: size.into(),
            flags,
            mode: attributes >> 16,
            at: begins.into(),
        };
        entry.check_flags(flags, method)?;
        names::check(&entry.name)?;
        let wide = [&mut entry.size, &mut entry.packed, &mut entry.at];
        read_extra(&extra, wide)?;
        entry.check_kind()?;
        Ok((entry, next))
    }

    /// Reads the header in front of the content, which must say what the directory says.
    pub fn place(&self, file: &File) -> Result<Place, Trouble> {
        let fixed = bytes_at(file, self.at, HEADER_BYTES)?;
        let mut fields = Fields(&fixed);
        let signature = fields.take(4)? == HEADER;
        fields.take(2)?;
        let (flags, method) = (fields.two()?, fields.two()?);
        fields.take(4)?;
        let crc = fields.four()?;
        let (packed, size) = (fields.four()?, fields.four()?);
        let lengths = (fields.two()?, fields.two()?);
        self.check_flags(flags, method)?;
        let name = bytes_at(file, self.at + HEADER_BYTES as u64, lengths.0.into())?;
        let extra = bytes_at(file, self.at + HEADER_BYTES as u64 + u64::from(lengths.0), lengths.1.into())?;
        let (mut wide_size, mut wide_packed) = (u64::from(size), u64::from(packed));
        read_extra(&extra, [&mut wide_size, &mut wide_packed, &mut 0])?;
        let streamed = flags & STREAMED != 0;
        // Who writes as it packs does not know these yet, and says nothing of them in front.
        let says = |said: u64, is: u64| said == is || streamed && (said == 0 || said == u64::from(u32::MAX));
        let sizes = says(wide_size, self.size) && says(wide_packed, self.packed) && says(crc.into(), self.crc.into());
        let same = name == self.name && method == self.method && (flags ^ self.flags) & STREAMED == 0;
        if !signature || !same || !sizes {
            return Err(Fault::Ambiguous.into());
        }
        let content = self.at + (HEADER_BYTES + name.len() + extra.len()) as u64;
        let Self { packed, size, crc, at: begins, .. } = *self;
        Ok(Place { begins, content, packed, size, crc, streamed })
    }

    pub fn is_link(&self) -> bool {
        self.mode & 0o170_000 == 0o120_000
    }

    /// Holds that a link, whose target is its content, leads to a place below the folder.
    pub fn check_target(&self, content: impl Read) -> Result<(), Trouble> {
        let mut target = Vec::new();
        content.take(names::MAX_TARGET + 1).read_to_end(&mut target).map_err(|_| Fault::Damaged)?;
        if target.len() as u64 > names::MAX_TARGET {
            return Err(Fault::Name.into());
        }
        Ok(names::check_target(&self.name, &target)?)
    }

    fn check_flags(&self, flags: u16, method: u16) -> Result<(), Fault> {
        if flags & SECRET_FLAGS != 0 || method == AES {
            return Err(Fault::Password);
        }
        if matches!(method, STORED | DEFLATED) { Ok(()) } else { Err(Fault::Method(method)) }
    }

    /// A file, a folder without content or a link; no device, no pipe.
    fn check_kind(&self) -> Result<(), Fault> {
        let is_folder = self.name.ends_with(b"/");
        let plain = matches!(self.mode & 0o170_000, 0 | 0o040_000 | 0o100_000 | 0o120_000);
        let sizes = self.method != STORED || self.packed == self.size;
        if !sizes || is_folder && self.size > 0 {
            return Err(Fault::Ambiguous);
        }
        if plain && !(is_folder && self.is_link()) { Ok(()) } else { Err(Fault::Name) }
    }
}

impl Place {
    /// Holds that the entry, with what may stand behind its content, ends exactly at `next`.
    pub(super) fn ends_at(&self, file: &File, next: u64) -> Result<(), Trouble> {
        let behind = self.content.checked_add(self.packed).and_then(|end| next.checked_sub(end));
        let bytes = match (behind, self.streamed) {
            (Some(0), false) => return Ok(()),
            (Some(bytes @ (12 | 16 | 20 | 24)), true) => bytes,
            _ => return Err(Fault::Ambiguous.into()),
        };
        let record = bytes_at(file, next - bytes, usize::try_from(bytes).unwrap_or(0))?;
        let mut fields = Fields(&record);
        let signed = matches!(bytes, 12 | 20) || fields.take(4)? == DESCRIPTOR;
        let crc = fields.four()?;
        let (packed, size) = match bytes {
            12 | 16 => (fields.four()?.into(), fields.four()?.into()),
            _ => (fields.eight()?, fields.eight()?),
        };
        let same = signed && (crc, packed, size) == (self.crc, self.packed, self.size);
        if same { Ok(()) } else { Err(Fault::Ambiguous.into()) }
    }
}

/// Reads what did not fit into the fixed fields (size, packed size, place), and looks at second names.
fn read_extra(extra: &[u8], wide: [&mut u64; 3]) -> Result<(), Fault> {
    let mut fields = Fields(extra);
    let mut wide = wide.into_iter().filter(|value| **value == u64::from(u32::MAX)).collect::<Vec<_>>();
    // Programs that align contents leave up to three zeros.
    while fields.0.len() >= 4 {
        let (id, length) = (fields.two()?, fields.two()?);
        let mut value = Fields(fields.take(length.into()).map_err(|_| Fault::Ambiguous)?);
        match id {
            LARGE => {
                for place in wide.drain(..) {
                    // A header may leave out its place.
                    match value.eight() {
                        Ok(number) => *place = number,
                        Err(_) => break,
                    }
                }
            }
            UNICODE_NAME => names::check(value.0.get(5..).ok_or(Fault::Ambiguous)?)?,
            _ => {}
        }
    }
    Ok(())
}
