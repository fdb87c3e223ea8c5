//! A request that may carry files: JSON, a plain form, or a form with files.
//!
//! Files are spooled to disk as they come, and looked at and stored when the whole form is there. What
//! is wrong with a file does not lose what was typed: the text fields are read all the same.

use axum::{
    extract::{
        DefaultBodyLimit, FromRef, FromRequest, Multipart, Request,
        multipart::{Field, MultipartError},
    },
    http::{HeaderMap, StatusCode, header},
};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use super::{
    error::{Error, Result},
    extract, incoming,
    upload_body::{BodyError, IDLE, UploadBody},
};
use crate::platform::{
    Platform,
    actor::Actor,
    files::{Files, Incoming, Received, kind, name, refusal, spool::Writer},
};

/// Text fields of a form, together.
const MAX_TEXT: usize = 64 << 10;
/// The same text in JSON or in a plain form, where a letter can take twelve bytes.
const MAX_ESCAPED_TEXT: usize = 256 << 10;

/// What came with a request. Stands last among a handler's arguments, after the ones that authorise.
pub struct Upload<T> {
    /// From text fields or from JSON.
    pub fields: T,
    /// Stored and checked; empty if there is a `problem`.
    pub files: Vec<Received>,
    /// Why no file was taken. The form can be shown again with `fields`.
    pub problem: Option<Error>,
}

impl<T> Upload<T> {
    /// For handlers that have no form to show again.
    pub fn checked(self) -> Result<(T, Vec<Received>)> {
        match self.problem {
            Some(problem) => Err(problem),
            None => Ok((self.fields, self.files)),
        }
    }

    fn of_text(fields: T) -> Self {
        Self { fields, files: Vec::new(), problem: None }
    }
}

impl<S, T> FromRequest<S> for Upload<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
    Platform: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Error> {
        // Nothing of a stranger's body is read.
        let Some(actor) = request.extensions().get::<Actor>().cloned() else {
            return Err(Error::unauthorized("not_signed_in"));
        };
        if is_multipart(request.headers()) {
            let files = Platform::from_ref(state).files.clone();
            return multipart(request, &files, actor.user).await;
        }
        DefaultBodyLimit::max(MAX_ESCAPED_TEXT).apply(&mut request);
        if content_type(request.headers()).starts_with("application/x-www-form-urlencoded") {
            use axum::response::IntoResponse;
            let read = axum::Form::<Vec<(String, String)>>::from_request(request, state).await;
            let axum::Form(pairs) = read.map_err(|error| extract::of_rejection(error.into_response().status()))?;
            return incoming::pairs(pairs).map(Self::of_text).map_err(|_| Error::invalid());
        }
        extract::Json::from_request(request, state).await.map(|json| Self::of_text(json.0))
    }
}

/// The text fields of a form whose sender is not signed in (any more), so that they can be given back:
/// those before the first file, of the first few kilobytes.
pub async fn words(request: Request) -> Vec<(String, String)> {
    let (head, body) = request.into_parts();
    let mut stream = UploadBody::new(body, MAX_ESCAPED_TEXT as u64, IDLE);
    let mut text = Vec::new();
    while let Some(Ok(chunk)) = stream.next().await {
        text.extend_from_slice(&chunk);
    }
    let multipart = is_multipart(&head.headers);
    let request = Request::from_parts(head, axum::body::Body::from(text));
    if !multipart {
        let read = axum::Form::<Vec<(String, String)>>::from_request(request, &()).await;
        return read.map(|form| incoming::cleaned(form.0)).unwrap_or_default();
    }
    let mut pairs = Vec::new();
    let Ok(mut form) = Multipart::from_request(request, &()).await else { return pairs };
    while let Ok(Some(part)) = form.next_field().await {
        let name = part.name().unwrap_or_default().to_owned();
        let is_file = part.file_name().is_some();
        match part.text().await {
            Ok(text) if !is_file => pairs.push((name, text)),
            _ => break,
        }
    }
    incoming::cleaned(pairs)
}

pub fn is_multipart(headers: &HeaderMap) -> bool {
    content_type(headers).starts_with("multipart/form-data")
}

fn content_type(headers: &HeaderMap) -> String {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase()
}

async fn multipart<T: DeserializeOwned + Send>(request: Request, files: &Files, user: i64) -> Result<Upload<T>> {
    // Twice what is allowed is read, so that who sends a file too many gets an answer and not a cut.
    let most = 2 * files.settings().max_total() + MAX_ESCAPED_TEXT as u64;
    let mut request = request.map(|body| axum::body::Body::from_stream(UploadBody::new(body, most, IDLE)));
    DefaultBodyLimit::disable().apply(&mut request);
    let parts = Multipart::from_request(request, &()).await.map_err(|_| Error::bad_request())?;
    let mut form = Form { files, user, text: 0, pairs: Vec::new(), incoming: Vec::new(), problem: None };
    form.read(parts).await?;
    let Form { pairs, incoming, mut problem, .. } = form;
    let fields = match incoming::pairs(pairs) {
        Ok(fields) => fields,
        Err(_) => return Err(problem.unwrap_or_else(Error::invalid)),
    };
    let mut received = Vec::new();
    if problem.is_none() {
        match receive(files, incoming).await {
            Ok(stored) => received = stored,
            Err(error) => problem = Some(error),
        }
    }
    Ok(Upload { fields, files: received, problem })
}

/// Stores all or none: those stored before a bad one are given up as they are dropped.
async fn receive(files: &Files, incoming: Vec<Incoming>) -> Result<Vec<Received>> {
    let mut received = Vec::with_capacity(incoming.len());
    for file in incoming {
        match files.receive(file).await {
            Ok(stored) => received.push(stored),
            Err(error) => {
                files.discard(received).await;
                return Err(error);
            }
        }
    }
    Ok(received)
}

/// A form with files while it is read.
struct Form<'a> {
    files: &'a Files,
    user: i64,
    /// Bytes of text so far.
    text: usize,
    pairs: Vec<(String, String)>,
    incoming: Vec<Incoming>,
    problem: Option<Error>,
}

impl Form<'_> {
    async fn read(&mut self, mut parts: Multipart) -> Result<()> {
        let read = self.read_parts(&mut parts).await;
        match read {
            // What was typed came before the files, if the form is ours.
            Err(Stop::TooLong) => {
                self.refuse(Error::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
                Ok(())
            }
            Err(Stop::Error(error)) => Err(error),
            Ok(()) => Ok(()),
        }
    }

    async fn read_parts(&mut self, parts: &mut Multipart) -> Result<(), Stop> {
        while let Some(part) = parts.next_field().await? {
            match part.file_name() {
                // A file field in which nothing was chosen.
                Some("") => drain(part).await?,
                Some(given) => {
                    let filename = name::clean(given);
                    self.file(part, filename).await?;
                }
                // Nothing that was meant as a file is passed over in silence.
                None if part.name().is_none_or(|name| name == refusal::FIELD) => {
                    self.refuse(refusal::no_name());
                    drain(part).await?;
                }
                None => self.field(part).await?,
            }
        }
        Ok(())
    }

    async fn field(&mut self, mut part: Field<'_>) -> Result<(), Stop> {
        let name = part.name().unwrap_or_default().to_owned();
        let mut value = Vec::new();
        self.text += name.len();
        while let Some(chunk) = part.chunk().await? {
            self.text += chunk.len();
            if self.text > MAX_TEXT {
                return Err(Stop::Error(refusal::too_much_text()));
            }
            value.extend_from_slice(&chunk);
        }
        let value = String::from_utf8(value).map_err(|_| Stop::Error(Error::bad_request()))?;
        self.pairs.push((name, value));
        Ok(())
    }

    async fn file(&mut self, mut part: Field<'_>, filename: String) -> Result<(), Stop> {
        let mut spool = match self.begin(&filename).await {
            Some(spool) => spool,
            None => return drain(part).await,
        };
        let settings = self.files.settings();
        while let Some(chunk) = part.chunk().await? {
            let written = if spool.size() + chunk.len() as u64 > settings.max_bytes.into() {
                Err(refusal::too_large(settings, &filename))
            } else {
                spool.write(&chunk).await.map_err(refusal::no_room)
            };
            if let Err(error) = written {
                self.refuse(error);
                return drain(part).await;
            }
        }
        match spool.finish().await {
            Ok(spool) => self.incoming.push(Incoming { filename, spool }),
            Err(error) => self.refuse(refusal::no_room(error)),
        }
        Ok(())
    }

    /// A place for one more file, unless one is refused already or this one must be.
    async fn begin(&mut self, filename: &str) -> Option<Writer> {
        if self.problem.is_some() {
            return None;
        }
        let settings = self.files.settings();
        let begun = if self.incoming.len() >= settings.max_files as usize {
            Err(refusal::too_many(settings))
        } else if kind::of_name(filename).is_none() {
            Err(refusal::kind(filename))
        } else if let Err(error) = self.files.take_budget(self.user) {
            Err(error)
        } else {
            self.files.spool().await
        };
        begun.map_err(|error| self.refuse(error)).ok()
    }

    /// The first problem stands, and no file is needed any more.
    fn refuse(&mut self, problem: Error) {
        self.problem.get_or_insert(problem);
        self.incoming.clear();
    }
}

/// Why a form is not read to its end.
enum Stop {
    TooLong,
    Error(Error),
}

impl From<MultipartError> for Stop {
    fn from(error: MultipartError) -> Self {
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(error) = cause {
            match error.downcast_ref::<BodyError>() {
                Some(BodyError::TooLong) => return Self::TooLong,
                Some(BodyError::Stalled) => {
                    return Self::Error(Error::new(StatusCode::REQUEST_TIMEOUT, "upload_stalled"));
                }
                _ => cause = error.source(),
            }
        }
        Self::Error(Error::bad_request())
    }
}

async fn drain(mut part: Field<'_>) -> Result<(), Stop> {
    while part.chunk().await?.is_some() {}
    Ok(())
}
