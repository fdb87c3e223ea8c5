//! Text that comes without files, as JSON or as a plain form. A letter can take twelve bytes in these, so
//! what is long lies on disk, or is unescaped as it comes: memory holds the text, not its escapes.

use crate::platform::{
    Platform,
    base::{
        error::{Error, Kind, Result, codes},
        workers::Turn,
    },
    files::{refusal, spool::Writer},
};
use std::io::Read;

use axum::{body::Body, http::HeaderMap};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use super::{
    extract, json,
    upload_body::{BodyError, IDLE, UploadBody},
};

/// Of the text itself, in bytes.
pub const MAX_TEXT: usize = 64 << 10;
/// The same text with its escapes.
pub const MAX_ESCAPED_TEXT: u64 = 256 << 10;
const MAX_FIELDS: usize = 100;

pub async fn from_json<T>(platform: &Platform, headers: &HeaderMap, body: Body) -> Result<T>
where
    T: DeserializeOwned + Send + 'static,
{
    if !extract::is_json(headers) {
        return Err(Error::new(Kind::UnsupportedType, codes::UNSUPPORTED_TYPE));
    }
    let mut body = UploadBody::new(body, MAX_ESCAPED_TEXT, IDLE);
    let (mut short, mut long): (Vec<u8>, Option<Writer>) = (Vec::new(), None);
    while let Some(chunk) = body.next().await {
        let chunk = chunk?;
        match &mut long {
            None if short.len() + chunk.len() <= MAX_TEXT => short.extend_from_slice(&chunk),
            None => {
                let mut spool = platform.files.spool().await?;
                spool.write(&std::mem::take(&mut short)).await.map_err(refusal::no_room)?;
                spool.write(&chunk).await.map_err(refusal::no_room)?;
                long = Some(spool);
            }
            Some(spool) => spool.write(&chunk).await.map_err(refusal::no_room)?,
        }
    }
    let Some(spool) = long else { return json::read(&short) };
    let spool = spool.finish().await.map_err(refusal::no_room)?;
    let parse = move || {
        // On a few threads, so only a few of these are in memory.
        let mut text = Vec::new();
        spool.open().and_then(|mut file| file.read_to_end(&mut text)).map_err(refusal::no_room)?;
        json::read(&text)
    };
    platform.workers.run(Turn::Later, parse).await?
}

/// The fields of a plain form.
pub async fn form(body: Body) -> Result<Vec<(String, String)>> {
    let mut body = UploadBody::new(body, MAX_ESCAPED_TEXT, IDLE);
    let mut fields = Fields::default();
    while let Some(chunk) = body.next().await {
        for byte in chunk? {
            fields.feed(byte).map_err(Error::from)?;
        }
    }
    Ok(fields.finish())
}

/// `name=value&name=value`, unescaped byte by byte (WHATWG URL, 5.1).
#[derive(Default)]
struct Fields {
    done: Vec<(String, String)>,
    bytes: usize,
    name: Option<Vec<u8>>,
    text: Vec<u8>,
    /// A percent sign and the digit behind it.
    escape: Vec<u8>,
}

impl Fields {
    fn feed(&mut self, byte: u8) -> Result<(), BodyError> {
        if !self.escape.is_empty() {
            self.escape.push(byte);
            if !byte.is_ascii_hexdigit() {
                // No escape after all; the byte may begin one.
                let mut plain = std::mem::take(&mut self.escape);
                plain.pop();
                plain.into_iter().try_for_each(|byte| self.push(byte))?;
                return self.feed(byte);
            }
            if let [_, high, low] = self.escape[..] {
                self.escape.clear();
                let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|n| u8::try_from(n).ok()).unwrap_or(0);
                return self.push(digit(high) << 4 | digit(low));
            }
            return Ok(());
        }
        match byte {
            b'%' => self.escape.push(byte),
            b'+' => return self.push(b' '),
            b'=' if self.name.is_none() => self.name = Some(std::mem::take(&mut self.text)),
            b'&' => return self.end(),
            byte => return self.push(byte),
        }
        Ok(())
    }

    fn push(&mut self, byte: u8) -> Result<(), BodyError> {
        self.bytes += 1;
        self.text.push(byte);
        if self.bytes > MAX_TEXT { Err(BodyError::TooLong) } else { Ok(()) }
    }

    fn end(&mut self) -> Result<(), BodyError> {
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.text)).into_owned();
        match self.name.take() {
            Some(name) => self.done.push((String::from_utf8_lossy(&name).into_owned(), text)),
            None if text.is_empty() => {}
            None => self.done.push((text, String::new())),
        }
        if self.done.len() > MAX_FIELDS { Err(BodyError::Malformed) } else { Ok(()) }
    }

    fn finish(mut self) -> Vec<(String, String)> {
        let rest = std::mem::take(&mut self.escape);
        self.text.extend(rest);
        // The last field may be one more than there may be.
        let _ = self.end();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &[u8]) -> Result<Vec<(String, String)>, BodyError> {
        let mut fields = Fields::default();
        text.iter().try_for_each(|byte| fields.feed(*byte))?;
        Ok(fields.finish())
    }

    #[test]
    fn door_09_a_plain_form_is_bounded() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let found = read("a=1+2&b=%D0%9F%zz%4&=x&c&&d=e=f".as_bytes()).unwrap();
        let expected = [pair("a", "1 2"), pair("b", "П%zz%4"), pair("", "x"), pair("c", ""), pair("d", "e=f")];
        assert_eq!(found, expected);
        assert_eq!(read("a&".repeat(101).as_bytes()), Err(BodyError::Malformed));
        assert_eq!(read(&[b'x'; MAX_TEXT + 1]), Err(BodyError::TooLong));
        assert!(read("%41".repeat(MAX_TEXT).as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn a_plain_form_is_read_as_others_read_it(pairs in proptest::collection::vec(("\\PC{1,8}", "\\PC{0,20}"), 0..10)) {
            let escape = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
            let text: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
            prop_assert_eq!(read(text.join("&").as_bytes()).unwrap(), pairs);
        }
    }
}
