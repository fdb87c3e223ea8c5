//! Reads a form with files part by part (RFC 7578), never holding more than a piece of it: however large,
//! long-headed or many-parted a body is, 64 KiB of it are in memory.

use std::mem;

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, header},
};
use futures_util::StreamExt;

use super::upload_body::{BodyError, UploadBody};

/// Bytes of the body that are looked at together.
const PIECE: usize = 32 << 10;
/// What stands before a part's content, or before the first part.
const MAX_HEAD: usize = 8 << 10;
/// Fields and files of a form, together.
const MAX_PARTS: u32 = 100;
/// RFC 2046, section 5.1.1.
const MAX_BOUNDARY: usize = 70;

/// What a part is, from its header.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// `None`: it cannot be read.
    pub name: Option<String>,
    pub filename: Option<String>,
}

pub struct Parts {
    body: UploadBody,
    /// A line's end, two dashes, the boundary.
    delimiter: Vec<u8>,
    /// What came and is not looked at yet.
    pending: Bytes,
    buffer: Vec<u8>,
    count: u32,
    place: Place,
    /// Why nothing more can be read.
    failed: Option<BodyError>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In front of the first part.
    Before,
    Content,
    /// Behind a delimiter.
    Between,
    End,
}

impl Parts {
    /// `None`: the headers name no boundary. At most `most` bytes are read.
    pub fn of(headers: &HeaderMap, body: Body, most: u64, idle: std::time::Duration) -> Option<Self> {
        let boundary = boundary(headers.get(header::CONTENT_TYPE)?.to_str().ok()?)?;
        let delimiter = [b"\r\n--", boundary.as_bytes()].concat();
        let body = UploadBody::new(body, most, idle);
        // The first delimiter has no line before it.
        let buffer = b"\r\n".to_vec();
        Some(Self { body, delimiter, pending: Bytes::new(), buffer, count: 0, place: Place::Before, failed: None })
    }

    /// Passes over what is left of a part, and reads the header of the next one.
    pub async fn next(&mut self) -> Result<Option<Part>, BodyError> {
        while self.place == Place::Content {
            self.chunk().await?;
        }
        if self.place == Place::Before {
            self.up_to_the_first().await?;
        }
        if self.place == Place::End || self.is_last().await? {
            self.place = Place::End;
            return Ok(None);
        }
        self.count += 1;
        if self.count > MAX_PARTS {
            return Err(BodyError::Malformed);
        }
        let head = self.head().await?;
        self.place = Place::Content;
        Ok(Some(part(&head)))
    }

    /// The next bytes of the part's content.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, BodyError> {
        if self.place != Place::Content {
            return Ok(None);
        }
        loop {
            if let Some(at) = memchr::memmem::find(&self.buffer, &self.delimiter) {
                self.place = Place::Between;
                let content = self.take(at, self.delimiter.len());
                return Ok((!content.is_empty()).then_some(content));
            }
            let sure = (self.buffer.len() + 1).saturating_sub(self.delimiter.len());
            if sure > 0 {
                return Ok(Some(self.take(sure, 0)));
            }
            self.fill().await?;
        }
    }

    /// Takes so many bytes out of the buffer, and forgets the next `passed`.
    fn take(&mut self, count: usize, passed: usize) -> Vec<u8> {
        let rest = self.buffer.split_off(count + passed);
        let mut taken = mem::replace(&mut self.buffer, rest);
        taken.truncate(count);
        taken
    }

    async fn up_to_the_first(&mut self) -> Result<(), BodyError> {
        loop {
            if let Some(at) = memchr::memmem::find(&self.buffer, &self.delimiter) {
                self.take(at, self.delimiter.len());
                return Ok(());
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(BodyError::Malformed);
            }
            self.fill().await?;
        }
    }

    /// Whether the delimiter was the last one.
    async fn is_last(&mut self) -> Result<bool, BodyError> {
        while self.buffer.len() < 2 {
            self.fill().await?;
        }
        Ok(self.buffer.starts_with(b"--"))
    }

    /// The lines in front of a part's content, which begin behind the delimiter's own line.
    async fn head(&mut self) -> Result<Vec<u8>, BodyError> {
        const END: &[u8] = b"\r\n\r\n";
        loop {
            let begun = self.buffer.get(..MAX_HEAD).unwrap_or(&self.buffer);
            if let Some(at) = memchr::memmem::find(begun, END) {
                let head = self.take(at, END.len());
                return if head.contains(&0) { Err(BodyError::Malformed) } else { Ok(head) };
            }
            if self.buffer.len() >= MAX_HEAD {
                return Err(BodyError::Malformed);
            }
            self.fill().await?;
        }
    }

    async fn fill(&mut self) -> Result<(), BodyError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.pending.is_empty() {
            let next = self.body.next().await.unwrap_or(Err(BodyError::Cut));
            self.pending = next.inspect_err(|error| self.failed = Some(*error))?;
        }
        let piece = self.pending.split_to(self.pending.len().min(PIECE));
        self.buffer.extend_from_slice(&piece);
        Ok(())
    }
}

fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let mut parameters = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
    let (_, value) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"))?;
    let value = value.trim().trim_matches('"');
    (1..=MAX_BOUNDARY).contains(&value.len()).then_some(value)
}

fn part(head: &[u8]) -> Part {
    let mut lines = head.split(|byte| *byte == b'\n');
    let line = lines.find_map(|line| {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (name, value) = (parts.next()?, parts.next()?);
        name.trim_ascii().eq_ignore_ascii_case(b"content-disposition").then_some(value)
    });
    let Some(value) = line.and_then(|line| std::str::from_utf8(line.trim_ascii()).ok()) else { return Part::default() };
    Part { name: parameter(value, "name"), filename: parameter(value, "filename") }
}

/// A parameter of the header, with or without quotes; a quote in it has a backslash before it.
fn parameter(mut text: &str, wanted: &str) -> Option<String> {
    while let Some((_, rest)) = text.split_once(';') {
        let (name, value) = rest.split_once('=')?;
        let (found, behind) = match value.trim_start().strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = value.find(';').unwrap_or(value.len());
                (value[..end].trim().to_owned(), &value[end..])
            }
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(found);
        }
        text = behind;
    }
    None
}

/// Up to the closing quote, and what stands behind it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut found = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((found, &text[at + 1..])),
            '\\' if chars.peek().is_some_and(|(_, next)| *next == '"') => {
                found.push('"');
                chars.next();
            }
            c => found.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::HeaderValue;
    use futures_util::stream;
    use proptest::prelude::*;

    use super::*;

    fn parts(pieces: Vec<Vec<u8>>) -> Parts {
        let mut headers = HeaderMap::new();
        headers
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("Multipart/Form-Data; charset=x; boundary=\"xy\""));
        let body = Body::from_stream(stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>)));
        Parts::of(&headers, body, u64::MAX, Duration::from_secs(5)).unwrap()
    }

    async fn all(mut parts: Parts) -> Result<Vec<(Part, Vec<u8>)>, BodyError> {
        let mut found = Vec::new();
        while let Some(part) = parts.next().await? {
            let mut content = Vec::new();
            while let Some(chunk) = parts.chunk().await? {
                assert!(parts.buffer.len() <= 2 * PIECE);
                content.extend(chunk);
            }
            found.push((part, content));
        }
        Ok(found)
    }

    fn named(name: &str, filename: Option<&str>) -> Part {
        Part { name: Some(name.into()), filename: filename.map(str::to_owned) }
    }

    #[tokio::test]
    async fn names_are_read_as_browsers_write_them() {
        let body = "--xy\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n\
            --xy  \r\ncontent-type: image/png\r\ncontent-disposition:form-data; filename=\"C:\\x; \\\"y\\\".png\" ; name=b\r\n\r\n\r\n--x\r\n\
            --xy\r\nx: y\r\n\r\nz\r\n--xy--\r\nignored";
        let found = all(parts(vec![body.into()])).await.unwrap();
        let expected = [
            (named("a", None), b"1".to_vec()),
            (named("b", Some("C:\\x; \"y\".png")), b"\r\n--x".to_vec()),
            (Part::default(), b"z".to_vec()),
        ];
        assert_eq!(found, expected);
    }

    #[tokio::test]
    async fn door_09_no_shape_of_a_body_is_held() {
        let field = b"--xy\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n".to_vec();
        let endless = || vec![b'x'; 16 << 10];
        let many = |first: &[u8]| [vec![first.to_vec()], (0..100).map(|_| endless()).collect()].concat();
        for (what, pieces) in [
            ("no boundary", many(b"")),
            ("an endless header", many(b"--xy\r\nContent-Disposition: ")),
            ("an endless line behind a boundary", many(b"--xy")),
            ("many fields", vec![field.repeat(101)]),
            ("many fields, one by one", vec![field.clone(); 101]),
        ] {
            let mut parts = parts(pieces);
            let mut result = Ok(None);
            while matches!(result, Ok(Some(_)) | Ok(None)) && parts.place != Place::End {
                result = parts.next().await;
                assert!(parts.buffer.len() <= 2 * PIECE, "{what}");
            }
            assert_eq!(result, Err(BodyError::Malformed), "{what}");
        }
        assert_eq!(all(parts(vec![field])).await, Err(BodyError::Cut));
    }

    proptest! {
        #[test]
        fn a_form_is_the_same_however_it_is_cut(cuts in proptest::collection::vec(1_usize..40, 1..200), content in "[-xy\r\na]{0,60}") {
            let mut content = content;
            while content.contains("\r\n--xy") {
                content = content.replace("\r\n--xy", "");
            }
            let body = format!("--xy\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{content}\r\n--xy--\r\n").into_bytes();
            let mut rest = &body[..];
            let mut pieces: Vec<Vec<u8>> = Vec::new();
            for cut in cuts {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece.to_vec());
                rest = after;
            }
            pieces.push(rest.to_vec());
            let pieces = pieces.into_iter().filter(|piece| !piece.is_empty()).collect();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let found = runtime.block_on(async { all(parts(pieces)).await }).unwrap();
            prop_assert_eq!(found, vec![(named("a", None), content.into_bytes())]);
        }
    }
}
