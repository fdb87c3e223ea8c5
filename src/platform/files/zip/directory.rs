//! Finds an archive's directory, reads its entries, and holds that they and it fill the whole file.

use std::fs::File;

use super::{
    Fault, Fields, Trouble, bytes_at,
    entry::{Entry, Place},
};

const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_64: [u8; 4] = *b"PK\x06\x07";
const END_BYTES: u64 = 22;
const LOCATOR_BYTES: u64 = 20;
const MAX_COMMENT: u64 = 0xffff;

/// Where the directory of an archive lies, and how many entries it has.
#[derive(Clone, Copy, Debug)]
pub struct Directory {
    at: u64,
    bytes: u64,
    pub count: u64,
}

impl Directory {
    /// Finds the one directory. It must end where the records that name it begin, and these must be the
    /// last of the file.
    pub fn find(file: &File) -> Result<Self, Trouble> {
        let length = file.metadata()?.len();
        let from = length.saturating_sub(END_BYTES + MAX_COMMENT);
        let tail = bytes_at(file, from, usize::try_from(length - from).unwrap_or(0))?;
        let at = tail.windows(4).rposition(|four| four == END).ok_or(Fault::Damaged)?;
        let mut fields = Fields(tail.get(at + 4..).ok_or(Fault::Damaged)?);
        let disks = (fields.two()?, fields.two()?);
        let counts = (fields.two()?, fields.two()?);
        let (bytes, begins) = (fields.four()?, fields.four()?);
        let comment = fields.two()?;
        // Bytes behind the comment, or a comment that holds another end, are a second truth.
        if usize::from(comment) != fields.0.len() || disks != (0, 0) || counts.0 != counts.1 {
            return Err(Fault::Ambiguous.into());
        }
        let end = from + at as u64;
        let small = Self { at: begins.into(), bytes: bytes.into(), count: counts.0.into() };
        let (found, ends) = match large(file, end)? {
            Some((large, ends)) => (agree(small, large)?, ends),
            None => (small, end),
        };
        if found.at.checked_add(found.bytes) != Some(ends) {
            return Err(Fault::Ambiguous.into());
        }
        if found.count == 0 {
            // Nothing, in so many words; anything beside it is hidden.
            return Err(if ends == 0 { Fault::Empty } else { Fault::Ambiguous }.into());
        }
        Ok(found)
    }

    /// The entries in the order of the directory, each as it is read.
    pub fn entries(self, file: &File) -> impl Iterator<Item = Result<Entry, Trouble>> {
        let mut at = self.at;
        let end = self.at + self.bytes;
        (0..self.count).map(move |n| {
            let (entry, next) = Entry::read(file, at, end)?;
            at = next;
            // Bytes of the directory that belong to no entry.
            if n + 1 == self.count && at != end {
                return Err(Fault::Ambiguous.into());
            }
            Ok(entry)
        })
    }

    /// Holds that the entries follow each other from the first byte up to the directory, without a gap
    /// and without sharing a byte.
    pub fn is_filled_by(self, file: &File, places: &[Place]) -> Result<(), Trouble> {
        let mut sorted: Vec<&Place> = places.iter().collect();
        sorted.sort_unstable_by_key(|place| place.begins);
        let nexts = sorted.iter().skip(1).map(|place| place.begins).chain([self.at]);
        if sorted.first().is_none_or(|first| first.begins != 0) {
            return Err(Fault::Ambiguous.into());
        }
        for (place, next) in sorted.iter().zip(nexts) {
            place.ends_at(file, next)?;
        }
        Ok(())
    }
}

/// The directory as records for large archives have it, and where these begin (APPNOTE 4.3.14, 4.3.15).
fn large(file: &File, end: u64) -> Result<Option<(Directory, u64)>, Trouble> {
    let Some(locator_at) = end.checked_sub(LOCATOR_BYTES) else { return Ok(None) };
    let locator = bytes_at(file, locator_at, 20)?;
    let mut fields = Fields(&locator);
    if fields.take(4)? != LOCATOR_64 {
        return Ok(None);
    }
    let (disk, begins, disks) = (fields.four()?, fields.eight()?, fields.four()?);
    let record = bytes_at(file, begins, 56)?;
    let mut fields = Fields(&record);
    let signature = fields.take(4)? == END_64;
    let ends = fields.eight()?.checked_add(12).and_then(|bytes| begins.checked_add(bytes));
    fields.take(4)?;
    let at = (fields.four()?, fields.four()?);
    let counts = (fields.eight()?, fields.eight()?);
    let (bytes, first) = (fields.eight()?, fields.eight()?);
    let whole = signature && ends == Some(locator_at) && disk == 0 && disks <= 1;
    if !whole || at != (0, 0) || counts.0 != counts.1 {
        return Err(Fault::Ambiguous.into());
    }
    Ok(Some((Directory { at: first, bytes, count: counts.0 }, begins)))
}

/// What both ends say must be the same, where the small one has room to say it.
fn agree(small: Directory, large: Directory) -> Result<Directory, Fault> {
    let same = |small: u64, large: u64, most: u64| small == most || small == large;
    let all = same(small.at, large.at, u32::MAX.into())
        && same(small.bytes, large.bytes, u32::MAX.into())
        && same(small.count, large.count, u16::MAX.into());
    if all { Ok(large) } else { Err(Fault::Ambiguous) }
}
