//! What went wrong, as a value: a kind, an unchanging code, and for input what is wrong with each field.
//! Rules and actions return it; `web/render.rs` makes a page or JSON of it, in the reader's language.

use std::{collections::BTreeMap, fmt};

use super::i18n::Lang;

/// What sort of thing went wrong; HTTP has a status for each (RFC 9110, 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It cannot be understood.
    Malformed,
    /// Nobody is signed in, or not by what they sent.
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    /// It does not fit what has happened meanwhile.
    Conflict,
    /// It was there and will not be again.
    Gone,
    TooLarge,
    UnsupportedType,
    /// Understood, but nothing can be done with it.
    Invalid,
    UpgradeRequired,
    TooManyRequests,
    /// It took longer than anybody waits.
    Timeout,
    /// Something that should not happen.
    Internal,
    /// Something that this server needs is away, or it has too much to do.
    Unavailable,
}

impl Kind {
    /// Whether the fault is this server's, so that nothing has to be mended by who asked.
    pub fn is_ours(self) -> bool {
        matches!(self, Self::Internal | Self::Unavailable)
    }
}

/// The word by which programs know an error; it never changes, and each has a text (`error-…`).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code(&'static str);

impl Code {
    pub const fn new(word: &'static str) -> Self {
        Self(word)
    }

    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// The key of its text.
    pub fn text_key(self) -> String {
        format!("error-{}", self.0.replace('_', "-"))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
impl PartialEq<&str> for Code {
    fn eq(&self, word: &&str) -> bool {
        self.0 == *word
    }
}

/// Names the codes of a room: a constant for each, and all of them for the tests.
#[macro_export]
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)+) => {
        $($(#[$doc])* pub const $name: $crate::platform::base::error::Code =
            $crate::platform::base::error::Code::new($word);)+

        #[cfg(test)]
        pub const ALL: &[$crate::platform::base::error::Code] = &[$($name),+];
    };
}

/// An error with its kind, its unchanging code and, for input, what is wrong with each field.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{code}")]
pub struct Error {
    pub kind: Kind,
    pub code: Code,
    /// Field → key of the text that says what is wrong.
    pub fields: BTreeMap<&'static str, &'static str>,
    pub retry_after: Option<u64>,
    /// What the texts mention: a limit, a file's name.
    pub args: Vec<(&'static str, String)>,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub fn new(kind: Kind, code: Code) -> Self {
        Self { kind, code, fields: BTreeMap::new(), retry_after: None, args: Vec::new() }
    }

    pub fn bad_request() -> Self {
        Self::new(Kind::Malformed, codes::BAD_REQUEST)
    }

    pub fn unauthorized(code: Code) -> Self {
        Self::new(Kind::Unauthorized, code)
    }

    pub fn forbidden(code: Code) -> Self {
        Self::new(Kind::Forbidden, code)
    }

    pub fn not_found(code: Code) -> Self {
        Self::new(Kind::NotFound, code)
    }

    pub fn conflict(code: Code) -> Self {
        Self::new(Kind::Conflict, code)
    }

    pub fn gone(code: Code) -> Self {
        Self::new(Kind::Gone, code)
    }

    pub fn too_large(code: Code) -> Self {
        Self::new(Kind::TooLarge, code)
    }

    pub fn unsupported(code: Code) -> Self {
        Self::new(Kind::UnsupportedType, code)
    }

    /// Well-formed, but nothing can be done with it.
    pub fn unprocessable(code: Code) -> Self {
        Self::new(Kind::Invalid, code)
    }

    /// Invalid input; add what is wrong with `field`.
    pub fn invalid() -> Self {
        Self::new(Kind::Invalid, codes::INVALID_FIELDS)
    }

    /// Says by the key of a text what is wrong with a field; the first word on a field stands.
    pub fn field(mut self, field: &'static str, text: &'static str) -> Self {
        self.fields.entry(field).or_insert(text);
        self
    }

    /// Something that the texts mention.
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }

    /// Fails if a field was found wrong.
    pub fn or_ok(self) -> Result<()> {
        if self.fields.is_empty() { Ok(()) } else { Err(self) }
    }

    pub fn too_many(seconds: u64) -> Self {
        Self { retry_after: Some(seconds.max(1)), ..Self::new(Kind::TooManyRequests, codes::TOO_MANY_REQUESTS) }
    }

    /// Too much is being computed already; in so many seconds there may be room.
    pub fn busy(seconds: u64) -> Self {
        Self { retry_after: Some(seconds.max(1)), ..Self::new(Kind::Unavailable, codes::BUSY) }
    }

    /// Something that this server needs is away; in so many seconds it may be back.
    pub fn unavailable(seconds: u64) -> Self {
        Self { retry_after: Some(seconds.max(1)), ..Self::new(Kind::Unavailable, codes::UNAVAILABLE) }
    }

    /// Something that should not happen: the cause goes to the log, not to the caller.
    pub fn internal(cause: impl fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(Kind::Internal, codes::INTERNAL)
    }

    /// The text for people.
    pub fn text(&self, lang: Lang) -> String {
        match self.retry_after {
            Some(seconds) => lang.tn(&self.code.text_key(), i64::try_from(seconds).unwrap_or(1)),
            None => self.say(lang, &self.code.text_key()),
        }
    }

    /// One of this error's texts.
    pub fn say(&self, lang: Lang, key: &str) -> String {
        let args: Vec<_> = self.args.iter().map(|(name, value)| (*name, value.as_str())).collect();
        lang.ta(key, &args)
    }
}

/// Codes that any room may use.
pub mod codes {
    crate::codes! {
        BAD_REQUEST = "bad_request";
        INVALID_FIELDS = "invalid_fields";
        NOT_SIGNED_IN = "not_signed_in";
        FORBIDDEN = "forbidden";
        NOT_FOUND = "not_found";
        METHOD_NOT_ALLOWED = "method_not_allowed";
        GONE = "gone";
        TOO_LARGE = "too_large";
        UNSUPPORTED_TYPE = "unsupported_type";
        UPLOAD_STALLED = "upload_stalled";
        TOO_MANY_REQUESTS = "too_many_requests";
        BUSY = "busy";
        UNAVAILABLE = "unavailable";
        INTERNAL = "internal";
        CROSS_ORIGIN = "cross_origin";
        FILE_NOT_FOUND = "file_not_found";
        FILE_ARCHIVE = "file_archive";
        FILE_CONTENT = "file_content";
        FILE_EMPTY = "file_empty";
        FILE_INFECTED = "file_infected";
        FILE_PIXELS = "file_pixels";
        FILE_PRIVATE_KEY = "file_private_key";
        FILE_TOO_LARGE = "file_too_large";
        FILE_TYPE = "file_type";
        FILE_SCANNER = "file_scanner";
        FILE_STORAGE = "file_storage";
    }
}
