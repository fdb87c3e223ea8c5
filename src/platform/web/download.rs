//! Sends a stored file: streamed, in ranges, never shown in place unless it is a picture, never a page
//! of ours whatever it holds (ASVS 3.5.8, 5.4.1, 5.4.2). Who calls has authorised the reader.

use crate::platform::{
    base::error::{Error, Result, codes},
    files::{Files, kind, name, refusal, thumbnail},
};
use std::ops::Range;

use axum::{
    body::Body,
    http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header},
    response::{IntoResponse, Response},
};
use object_store::{GetOptions, GetRange};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// `attr-char` of RFC 8187.
const ATTRIBUTE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// A file as the row that refers to it describes it.
pub struct Stored<'a> {
    pub storage_key: &'a str,
    pub filename: &'a str,
    pub mime_type: &'a str,
    pub file_size: i64,
}

/// Marks an answer whose bytes are sent as they are: ranges count them.
#[derive(Clone, Copy)]
struct AsItIs;

/// For the compression layer.
pub fn may_be_compressed(_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions) -> bool {
    extensions.get::<AsItIs>().is_none()
}

/// Answers with the file, or with the part of it that `headers` ask for.
pub async fn file(files: &Files, headers: &HeaderMap, stored: &Stored<'_>) -> Result<Response> {
    let size = u64::try_from(stored.file_size).unwrap_or(0);
    let etag = etag_of(stored.storage_key);
    if is_known(headers, &etag) {
        return Ok(with_headers(StatusCode::NOT_MODIFIED.into_response(), stored, &etag));
    }
    let wanted = match wanted(headers, &etag, size) {
        Wanted::Whole => None,
        Wanted::Part(range) => Some(range),
        Wanted::Nothing => {
            let range = format!("bytes */{size}");
            let headers = [(header::CONTENT_RANGE, range), (header::ACCEPT_RANGES, "bytes".into())];
            // Not an `Error`: it has no words, for no person asks for ranges.
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers, axum::response::Html("")).into_response());
        }
    };
    let options = GetOptions { range: wanted.clone().map(GetRange::Bounded), ..GetOptions::default() };
    let found = files.get(stored.storage_key, options).await.map_err(|error| match error {
        object_store::Error::NotFound { .. } => {
            tracing::error!(%error, "a file is missing in the storage");
            Error::not_found(codes::FILE_NOT_FOUND)
        }
        error => refusal::storage(error),
    })?;
    let (status, length) = match &wanted {
        Some(range) => (StatusCode::PARTIAL_CONTENT, range.end - range.start),
        None => (StatusCode::OK, size),
    };
    let body = Body::from_stream(found.into_stream());
    let mut response = (status, [(header::CONTENT_LENGTH, length.to_string())], body).into_response();
    if let Some(range) = wanted {
        let range = format!("bytes {}-{}/{size}", range.start, range.end - 1);
        insert(&mut response, header::CONTENT_RANGE, &range);
    }
    Ok(with_headers(response, stored, &etag))
}

/// Answers with the small picture of a picture.
pub async fn thumbnail(files: &Files, headers: &HeaderMap, stored: &Stored<'_>) -> Result<Response> {
    let key = thumbnail::key_of(stored.storage_key);
    let mut small =
        Stored { storage_key: &key, filename: "thumbnail.jpg", mime_type: thumbnail::MIME_TYPE, file_size: 0 };
    if is_known(headers, &etag_of(&key)) {
        return file(files, headers, &small).await;
    }
    let size = files.thumbnail(stored.storage_key, stored.mime_type).await?;
    small.file_size = i64::try_from(size).unwrap_or(0);
    if size == 0 { Err(Error::not_found(codes::FILE_NOT_FOUND)) } else { file(files, headers, &small).await }
}

/// The key is nobody's business, and a stored file never changes.
fn etag_of(key: &str) -> String {
    let hash = Sha256::digest(key);
    format!("\"{}\"", hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn with_headers(mut response: Response, stored: &Stored<'_>, etag: &str) -> Response {
    let content_type = match stored.mime_type {
        "text/plain" => "text/plain; charset=utf-8",
        other => other,
    };
    for (name, value) in [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_DISPOSITION, &disposition(stored)),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'; frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        // Kept by the reader's browser alone, and asked for anew each time: the right may be gone.
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::ETAG, etag),
        (header::ACCEPT_RANGES, "bytes"),
    ] {
        insert(&mut response, name, value);
    }
    response.extensions_mut().insert(AsItIs);
    response
}

fn insert(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The name twice: for old readers in ASCII, for others as it is (RFC 6266, 4.3 and appendix D). A text
/// that a click would run where it is saved gets an ending that opens it as text.
fn disposition(stored: &Stored<'_>) -> String {
    let how = if kind::is_shown(stored.mime_type) { "inline" } else { "attachment" };
    let runs = stored.mime_type.starts_with("text/") && name::is_run_by_a_click(stored.filename);
    let filename = &format!("{}{}", stored.filename, if runs { ".txt" } else { "" });
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ';
    let ascii: String = filename.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    format!("{how}; filename=\"{ascii}\"; filename*=UTF-8''{}", utf8_percent_encode(filename, ATTRIBUTE))
}

/// Whether the reader has this file already (RFC 9110, 13.1.2).
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let tags = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    tags.flat_map(|list| list.split(',')).map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

#[derive(Debug, PartialEq)]
enum Wanted {
    Whole,
    Part(Range<u64>),
    /// A part that is not there.
    Nothing,
}

/// One range of bytes (RFC 9110, 14.2). Several at once, other units and nonsense mean the whole file.
fn wanted(headers: &HeaderMap, etag: &str, size: u64) -> Wanted {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    // A part of something else is no use. We send no dates, so a date is never ours.
    if text(header::IF_RANGE).is_some_and(|tag| tag != etag) {
        return Wanted::Whole;
    }
    let range =
        text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")).and_then(|r| r.trim().split_once('-'));
    let Some((first, last)) = range else { return Wanted::Whole };
    let number = |text: &str| match text {
        "" => Some(None),
        text if text.bytes().all(|byte| byte.is_ascii_digit()) => Some(Some(text.parse().unwrap_or(u64::MAX))),
        _ => None,
    };
    match (number(first), number(last)) {
        (Some(Some(first)), Some(Some(last))) if last < first => Wanted::Whole,
        (Some(Some(first)), Some(_)) if first >= size => Wanted::Nothing,
        (Some(Some(first)), Some(last)) => {
            Wanted::Part(first..last.map_or(size, |last| last.saturating_add(1).min(size)))
        }
        // The last so many bytes.
        (Some(None), Some(Some(0))) => Wanted::Nothing,
        (Some(None), Some(Some(_))) if size == 0 => Wanted::Nothing,
        (Some(None), Some(Some(count))) => Wanted::Part(size.saturating_sub(count)..size),
        _ => Wanted::Whole,
    }
}
