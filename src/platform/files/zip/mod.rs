//! The structure of ZIP archives, read so strictly that no two programs can unpack different things from
//! one file: the directory describes every byte, and every entry stands where and as it says.

mod directory;
mod entry;
mod names;

use std::{fs::File, io, os::unix::fs::FileExt};

pub use directory::Directory;
pub use entry::{DEFLATED, Entry, Place};
pub use names::Links;

/// Why an archive is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No archive, or not all of one.
    Damaged,
    /// Programs would unpack different things from it.
    Ambiguous,
    Empty,
    Password,
    /// A compression that we cannot look into, by its number (APPNOTE 4.4.5).
    Method(u16),
    /// An entry whose name or link leads out of the folder it is unpacked to.
    Name,
    TooMuch,
}

impl Fault {
    /// The name of a compression, for people.
    pub fn method_name(method: u16) -> String {
        let known = match method {
            1 => "Shrink",
            6 => "Implode",
            9 => "Deflate64",
            12 => "BZIP2",
            14 => "LZMA",
            93 => "Zstandard",
            95 => "XZ",
            98 => "PPMd",
            other => return format!("№ {other}"),
        };
        known.to_owned()
    }
}

/// Numbers of an archive's records, least significant byte first.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Fault::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        self.take(N)?.try_into().map_err(|_| Fault::Damaged)
    }

    fn two(&mut self) -> Result<u16, Fault> {
        self.number().map(u16::from_le_bytes)
    }

    fn four(&mut self) -> Result<u32, Fault> {
        self.number().map(u32::from_le_bytes)
    }

    fn eight(&mut self) -> Result<u64, Fault> {
        self.number().map(u64::from_le_bytes)
    }
}

/// Why reading ended: the archive's fault, or the disk's.
#[derive(Debug)]
pub enum Trouble {
    Fault(Fault),
    Io(io::Error),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Fault(Fault::Damaged),
            _ => Self::Io(error),
        }
    }
}

fn bytes_at(file: &File, at: u64, count: usize) -> Result<Vec<u8>, Trouble> {
    let mut bytes = vec![0; count];
    file.read_exact_at(&mut bytes, at)?;
    Ok(bytes)
}
