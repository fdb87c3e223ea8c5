//! Why a file is refused, in words for its sender. Each names the field, so that a form is shown again
//! with everything that was typed.

use crate::platform::base::error::{Code, Error, Kind, codes};

use super::{settings::Settings, zip::Fault};

pub const FIELD: &str = "attachments";
/// The field by which a sender says that a file with a private key shall be sent.
pub const PRIVATE_KEYS: &str = "privateKeys";

pub fn too_many(settings: &Settings) -> Error {
    Error::invalid().field(FIELD, "field-files-count").with("limit", settings.max_files)
}

pub fn too_large(settings: &Settings, name: &str) -> Error {
    of_file(Kind::TooLarge, codes::FILE_TOO_LARGE, "field-file-size", name).with("limit", settings.max_megabytes())
}

/// A part without a name that can be read: windows-1251, or `filename*` alone (RFC 7578, section 4.2).
pub fn no_name() -> Error {
    Error::invalid().field(FIELD, "field-file-name")
}

/// The text fields beside the files.
pub fn too_much_text() -> Error {
    Error::new(Kind::TooLarge, codes::TOO_LARGE)
}

/// A kind that is not taken; says which are.
pub fn kind(settings: &Settings, name: &str) -> Error {
    of_file(Kind::UnsupportedType, codes::FILE_TYPE, "field-file-type", name).with("kinds", &settings.kinds)
}

pub fn content(name: &str) -> Error {
    of_file(Kind::UnsupportedType, codes::FILE_CONTENT, "field-file-content", name)
}

/// Not what the name says, but a `format` that is known.
pub fn other(name: &str, format: &str) -> Error {
    of_file(Kind::UnsupportedType, codes::FILE_CONTENT, "field-file-other", name).with("format", format)
}

/// Whoever reads a private key can pass for its owner: it is sent only by who says so.
pub fn private_key(name: &str) -> Error {
    of_file(Kind::Invalid, codes::FILE_PRIVATE_KEY, "field-file-private-key", name)
        .field(PRIVATE_KEYS, "field-private-keys")
}

pub fn empty(name: &str) -> Error {
    of_file(Kind::Invalid, codes::FILE_EMPTY, "field-file-empty", name)
}

pub fn archive(settings: &Settings, name: &str, fault: Fault) -> Error {
    let text = match fault {
        Fault::Damaged | Fault::Ambiguous => "field-file-archive-odd",
        Fault::Empty => "field-file-archive-empty",
        Fault::Password => "field-file-archive-password",
        Fault::Method(_) => "field-file-archive-method",
        Fault::Name => "field-file-archive-name",
        Fault::TooMuch => "field-file-archive-size",
    };
    let method = if let Fault::Method(method) = fault { Fault::method_name(method) } else { String::new() };
    of_file(Kind::Invalid, codes::FILE_ARCHIVE, text, name)
        .with("method", method)
        .with("limit", settings.max_unpacked_bytes >> 20)
        .with("entries", settings.max_archive_entries)
}

/// Too many scans or frames.
pub fn passes(name: &str) -> Error {
    of_file(Kind::Invalid, codes::FILE_PIXELS, "field-file-passes", name)
}

pub fn pixels(settings: &Settings, name: &str) -> Error {
    of_file(Kind::Invalid, codes::FILE_PIXELS, "field-file-pixels", name).with("limit", settings.max_megapixels)
}

pub fn infected(name: &str) -> Error {
    of_file(Kind::Invalid, codes::FILE_INFECTED, "field-file-infected", name)
}

/// No scanner, no file (ASVS 16.5.3).
pub fn unscanned(cause: impl std::fmt::Display) -> Error {
    tracing::error!(%cause, "the virus scanner does not answer, files are refused");
    Error::new(Kind::Unavailable, codes::FILE_SCANNER).field(FIELD, "field-files-later")
}

/// Too much is being looked at already.
pub fn busy(error: Error) -> Error {
    error.field(FIELD, "field-files-later")
}

pub fn storage(cause: object_store::Error) -> Error {
    tracing::error!(%cause, "the file storage failed");
    Error::new(Kind::Unavailable, codes::FILE_STORAGE).field(FIELD, "field-files-later")
}

pub fn no_room(cause: std::io::Error) -> Error {
    tracing::error!(%cause, "the disk for files on their way in failed");
    Error::new(Kind::Unavailable, codes::FILE_STORAGE).field(FIELD, "field-files-later")
}

fn of_file(sort: Kind, code: Code, text: &'static str, name: &str) -> Error {
    Error::new(sort, code).field(FIELD, text).with("name", name)
}
