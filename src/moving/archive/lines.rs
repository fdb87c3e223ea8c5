//! Files of lines: written with their number and checksum, read with the number of each line. What a damaged
//! file can make the reader hold is bounded.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    marker::PhantomData,
    path::{Path, PathBuf},
};

use memchr::memmem;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::{
    error::{Result, Trouble, at},
    format::{Line, Written},
};
use crate::platform::{base::folder, files::carry::hex};

/// Longer is no line: a message has ten thousand characters, and one escaped takes six bytes.
const LONGEST: u64 = 4 << 20;
/// How JSON writes a NUL, which one of the two databases cannot keep and nobody can see.
const NUL: &[u8] = b"\\u0000";

/// A file that is being written.
pub struct Writer<T> {
    file: BufWriter<File>,
    path: PathBuf,
    hash: Sha256,
    lines: u64,
    of: PhantomData<T>,
}

impl<T: Line + Serialize> Writer<T> {
    pub fn create(folder: &Path) -> Result<Self> {
        let path = folder.join(T::PART);
        let file = folder::make_file(&path).map_err(at(&path))?;
        Ok(Self { file: BufWriter::new(file), path, hash: Sha256::new(), lines: 0, of: PhantomData })
    }

    pub fn write(&mut self, line: &T) -> Result<()> {
        let mut text = serde_json::to_vec(line).map_err(|error| wrong(T::PART, &error))?;
        remove_nuls(&mut text);
        text.push(b'\n');
        self.hash.update(&text);
        self.lines += 1;
        self.file.write_all(&text).map_err(at(&self.path))
    }

    /// When the disk has it.
    pub fn finish(mut self) -> Result<Written> {
        let synced = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        synced.map_err(at(&self.path))?;
        Ok(Written { lines: self.lines, sha256: Some(hex(&self.hash.finalize())) })
    }
}

fn wrong(part: &str, error: &serde_json::Error) -> Trouble {
    Trouble::Part(part.to_owned(), error.to_string())
}

/// Where a NUL begins: an escape whose backslash is not itself escaped.
fn find_nul(text: &[u8]) -> Option<usize> {
    memmem::find_iter(text, NUL).find(|at| {
        let backslashes = text.iter().take(*at).rev().take_while(|byte| **byte == b'\\').count();
        backslashes % 2 == 0
    })
}

fn remove_nuls(text: &mut Vec<u8>) {
    while let Some(at) = find_nul(text) {
        text.drain(at..at + NUL.len());
    }
}

/// A file that is being read.
pub struct Reader<T> {
    file: BufReader<File>,
    told: Written,
    hash: Sha256,
    /// How many were read.
    pub lines: u64,
    of: PhantomData<T>,
}

impl<T: Line + DeserializeOwned> Reader<T> {
    pub fn open(folder: &Path, told: &Written) -> Result<Self> {
        let path = folder.join(T::PART);
        let file = File::open(&path).map_err(at(&path))?;
        let (file, hash, told) = (BufReader::with_capacity(64 << 10, file), Sha256::new(), told.clone());
        Ok(Self { file, told, hash, lines: 0, of: PhantomData })
    }

    /// The next line; at the end, whether all were there that the header tells of.
    pub fn next(&mut self) -> Result<Option<T>> {
        let mut text = Vec::new();
        let read = (&mut self.file).take(LONGEST).read_until(b'\n', &mut text);
        if read.map_err(at(Path::new(T::PART)))? == 0 {
            return self.end().map(|()| None);
        }
        self.lines += 1;
        self.hash.update(&text);
        if text.pop() != Some(b'\n') {
            return Err(self.wrong("the line does not end"));
        }
        if find_nul(&text).is_some() {
            return Err(self.wrong("it holds a NUL, which is no text"));
        }
        serde_json::from_slice(&text).map(Some).map_err(|error| self.wrong(&said(&error)))
    }

    fn end(&mut self) -> Result<()> {
        let problem = |why: String| Err(Trouble::Part(T::PART.to_owned(), why));
        if self.lines != self.told.lines {
            return problem(format!("it has {} lines, and the header tells of {}", self.lines, self.told.lines));
        }
        let found = hex(&std::mem::take(&mut self.hash).finalize());
        match &self.told.sha256 {
            Some(told) if *told != found => problem("its checksum is another than the header's: it was changed".into()),
            _ => Ok(()),
        }
    }

    /// What is wrong with the line that was read last.
    pub fn wrong(&self, why: &str) -> Trouble {
        Trouble::Line(T::PART.to_owned(), self.lines, why.to_owned())
    }
}

/// Without the place that serde counts from the beginning of each line.
fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line 1 ").map_or(text.clone(), |(what, column)| format!("{what} ({column})"))
}

/// Writes a small file that is there whole or not at all.
pub fn write_whole(path: &Path, text: &[u8]) -> io::Result<()> {
    let part = path.with_extension("part");
    let mut file = folder::make_file(&part)?;
    file.write_all(text)?;
    file.sync_all()?;
    std::fs::rename(&part, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_is_told_from_a_backslash_before_four_noughts() {
        for (text, nul) in [
            (r#""\u0000""#, Some(1)),
            (r#""\\u0000""#, None),
            (r#""\\\u0000""#, Some(3)),
            (r#""\\u0000\u0000""#, Some(8)),
            (r#""u0000""#, None),
        ] {
            assert_eq!(find_nul(text.as_bytes()), nul, "{text}");
        }
        let mut text = br#""a\u0000\u0000b\\u0000""#.to_vec();
        remove_nuls(&mut text);
        assert_eq!(text, br#""ab\\u0000""#);
    }
}
