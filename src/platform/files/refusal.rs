//! Why a file is refused, in words for its sender. Each names the field, so that a form is shown again
//! with everything that was typed.

use axum::http::StatusCode;

use super::settings::Settings;
use crate::platform::http::error::Error;

pub const FIELD: &str = "attachments";

pub fn too_many(settings: &Settings) -> Error {
    Error::invalid().field(FIELD, "field-files-count").with("limit", settings.max_files)
}

pub fn too_large(settings: &Settings, name: &str) -> Error {
    of_file(StatusCode::PAYLOAD_TOO_LARGE, "file_too_large", "field-file-size", name)
        .with("limit", settings.max_megabytes())
}

/// A part without a name that can be read: windows-1251, or `filename*` alone (RFC 7578, section 4.2).
pub fn no_name() -> Error {
    Error::invalid().field(FIELD, "field-file-name")
}

/// The text fields beside the files.
pub fn too_much_text() -> Error {
    Error::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large")
}

pub fn kind(name: &str) -> Error {
    of_file(StatusCode::UNSUPPORTED_MEDIA_TYPE, "file_type", "field-file-type", name)
}

pub fn content(name: &str) -> Error {
    of_file(StatusCode::UNSUPPORTED_MEDIA_TYPE, "file_content", "field-file-content", name)
}

pub fn empty(name: &str) -> Error {
    of_file(StatusCode::UNPROCESSABLE_ENTITY, "file_empty", "field-file-empty", name)
}

pub fn archive(name: &str) -> Error {
    of_file(StatusCode::UNPROCESSABLE_ENTITY, "file_archive", "field-file-archive", name)
}

pub fn pixels(settings: &Settings, name: &str) -> Error {
    of_file(StatusCode::UNPROCESSABLE_ENTITY, "file_pixels", "field-file-pixels", name)
        .with("limit", settings.max_megapixels)
}

pub fn infected(name: &str) -> Error {
    of_file(StatusCode::UNPROCESSABLE_ENTITY, "file_infected", "field-file-infected", name)
}

/// No scanner, no file (ASVS 16.5.3).
pub fn unscanned(cause: impl std::fmt::Display) -> Error {
    tracing::error!(%cause, "the virus scanner does not answer, files are refused");
    Error::new(StatusCode::SERVICE_UNAVAILABLE, "file_scanner").field(FIELD, "field-files-later")
}

pub fn storage(cause: object_store::Error) -> Error {
    tracing::error!(%cause, "the file storage failed");
    Error::new(StatusCode::SERVICE_UNAVAILABLE, "file_storage").field(FIELD, "field-files-later")
}

pub fn no_room(cause: std::io::Error) -> Error {
    tracing::error!(%cause, "the disk for files on their way in failed");
    Error::new(StatusCode::SERVICE_UNAVAILABLE, "file_storage").field(FIELD, "field-files-later")
}

fn of_file(status: StatusCode, code: &'static str, text: &'static str, name: &str) -> Error {
    Error::new(status, code).field(FIELD, text).with("name", name)
}
