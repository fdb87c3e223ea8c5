//! Whether a file is text, whatever its encoding, and which that is. The bytes stay as they are.

mod charset;
mod unicode;

use std::{
    borrow::Cow,
    fs::File,
    io::{self, Read, Seek},
};

use super::secret::Finder;
use charset::Sample;
use unicode::{Counts, Utf8, Wide};

const BLOCK: usize = 64 << 10;

/// A file of text.
pub struct Text {
    /// `text/plain`, with its charset unless that is UTF-8.
    pub mime_type: Cow<'static, str>,
    pub has_key: bool,
}

/// Reads the whole file; `None` is no text.
pub fn look(mut file: &File) -> io::Result<Option<Text>> {
    let mut head = [0; 4];
    let read = read_block(&mut file, &mut head)?;
    file.rewind()?;
    if let Some(wide) = Wide::of_mark(head.get(..read).unwrap_or_default()) {
        return look_wide(file, wide);
    }
    let (mut utf8, mut bytes, mut sample, mut keys) =
        (Utf8::default(), Counts::default(), Sample::default(), Finder::default());
    blocks(file, |block| {
        utf8.feed(block);
        bytes.feed(block);
        sample.feed(block);
        keys.feed(block);
    })?;
    let utf8 = utf8.finish();
    if let Some(wide) = bytes.wide() {
        file.rewind()?;
        return look_wide(file, wide);
    }
    let charset = match (utf8.good, utf8.bad) {
        (_, 0) if bytes.is_text(3) => sample.seven_bit().map(str::to_ascii_lowercase),
        // A line of something else, or a letter that was cut in two, does not make it another encoding.
        (good, bad) if good >= bad && bytes.is_text(50) => None,
        _ if bytes.is_text(50) => Some(sample.guess().to_ascii_lowercase()),
        _ => return Ok(None),
    };
    Ok(Some(Text { mime_type: mime_type(charset.as_deref()), has_key: keys.has_found() }))
}

fn look_wide(file: &File, mut wide: Wide) -> io::Result<Option<Text>> {
    let mut keys = Finder::default();
    let mut narrow = Vec::with_capacity(BLOCK);
    blocks(file, |block| {
        narrow.clear();
        wide.feed(block, &mut narrow);
        keys.feed(&narrow);
    })?;
    let text = Text { mime_type: mime_type(Some(wide.name())), has_key: keys.has_found() };
    Ok(wide.is_text().then_some(text))
}

fn mime_type(charset: Option<&str>) -> Cow<'static, str> {
    match charset {
        None => "text/plain".into(),
        Some(charset) => format!("text/plain; charset={charset}").into(),
    }
}

fn blocks(mut file: &File, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    let mut block = vec![0; BLOCK];
    loop {
        let read = read_block(&mut file, &mut block)?;
        let Some(part @ [_, ..]) = block.get(..read) else { return Ok(()) };
        each(part);
    }
}

/// Fills the block unless the file ends.
fn read_block(file: &mut &File, block: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest @ [_, ..]) = block.get_mut(filled..) {
        match file.read(rest)? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}
