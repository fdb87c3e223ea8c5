//! A request that may carry files: JSON, a plain form, or a form with files.
//!
//! Files are spooled to disk as they come, and looked at and stored when the whole form is there. What
//! is wrong with a file does not lose what was typed: the text fields are read all the same.

use crate::platform::{
    Platform,
    base::{
        actor::Actor,
        error::{Error, Kind, Result, codes},
    },
    files::{Files, Incoming, Received, name, refusal, spool::Writer},
};
use axum::{
    body::Body,
    extract::{FromRef, FromRequest, Request},
    http::{HeaderMap, header},
};
use serde::de::DeserializeOwned;

use super::{
    asked::{path_fields, with_path},
    fields, incoming,
    multipart::{Part, Parts},
    upload_body::{BodyError, IDLE},
    upload_text::{self, MAX_TEXT},
};

/// What a form has around its files.
const AROUND_FILES: u64 = 256 << 10;

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
    /// The fields, and the files or why there are none.
    pub fn parts(self) -> (T, Result<Vec<Received>>) {
        (self.fields, self.problem.map_or(Ok(self.files), Err))
    }

    fn of_text(fields: T) -> Self {
        Self { fields, files: Vec::new(), problem: None }
    }
}

impl<S, T> FromRequest<S> for Upload<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send + 'static,
    Platform: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        // Nothing of a stranger's body is read.
        let Some(actor) = request.extensions().get::<Actor>().cloned() else {
            return Err(Error::unauthorized(codes::NOT_SIGNED_IN));
        };
        let platform = Platform::from_ref(state);
        let (mut head, body) = request.into_parts();
        let path = path_fields(&mut head, state).await?;
        if is_multipart(&head.headers) {
            let _turn = platform.bodies.turn(actor.user).await?;
            return multipart(&head.headers, body, path, &platform.files, actor.user).await;
        }
        if content_type(&head.headers).starts_with("application/x-www-form-urlencoded") {
            let pairs = upload_text::form(body).await?;
            return incoming::pairs(with_path(pairs, path)).map(Self::of_text).map_err(|_| Error::invalid());
        }
        upload_text::from_json(&platform, &head.headers, body).await.map(Self::of_text)
    }
}

/// The text fields of a form whose sender is not signed in (any more), so that they can be given back:
/// those before the first file, of the first few kilobytes.
pub async fn words(request: Request) -> Vec<(String, String)> {
    let (head, body) = request.into_parts();
    if !is_multipart(&head.headers) {
        return upload_text::form(body).await.map(incoming::cleaned).unwrap_or_default();
    }
    let mut pairs = Vec::new();
    let Some(mut parts) = Parts::of(&head.headers, body, 2 * MAX_TEXT as u64, IDLE) else { return pairs };
    let mut left = MAX_TEXT;
    while let Ok(Some(Part { name, filename: None })) = parts.next().await {
        match text(&mut parts, &mut left).await {
            Ok(value) => pairs.push((name.unwrap_or_default(), value)),
            Err(_) => break,
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

/// The text of a part, of which `left` bytes may come.
async fn text(parts: &mut Parts, left: &mut usize) -> Result<String> {
    let mut value = Vec::new();
    while let Some(chunk) = parts.chunk().await? {
        *left = left.checked_sub(chunk.len()).ok_or_else(refusal::too_much_text)?;
        value.extend_from_slice(&chunk);
    }
    String::from_utf8(value).map_err(|_| Error::bad_request())
}

async fn multipart<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    path: Vec<(String, String)>,
    files: &Files,
    user: i64,
) -> Result<Upload<T>> {
    // Twice what is allowed is read, so that who sends a file too many gets an answer and not a cut.
    let most = 2 * files.settings().max_total() + AROUND_FILES;
    let parts = Parts::of(headers, body, most, IDLE).ok_or_else(Error::bad_request)?;
    let mut form = Form { files, user, left: MAX_TEXT, pairs: Vec::new(), incoming: Vec::new(), problem: None };
    form.read(parts).await?;
    let Form { pairs, incoming, mut problem, .. } = form;
    let said =
        pairs.iter().filter(|(name, _)| name == refusal::PRIVATE_KEYS).map(|(_, value)| fields::yes_or_no(value));
    let may_hold_key = said.clone().any(|said| said == Some(true));
    if said.clone().any(|said| said.is_none()) {
        problem.get_or_insert_with(|| Error::invalid().field(refusal::PRIVATE_KEYS, "field-choice-unknown"));
    }
    let fields = match incoming::pairs(with_path(pairs, path)) {
        Ok(fields) => fields,
        Err(_) => return Err(problem.unwrap_or_else(Error::invalid)),
    };
    let mut received = Vec::new();
    if problem.is_none() {
        let incoming = incoming.into_iter().map(|file| Incoming { may_hold_key, ..file }).collect();
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
    /// Bytes of text that may still come.
    left: usize,
    pairs: Vec<(String, String)>,
    incoming: Vec<Incoming>,
    problem: Option<Error>,
}

impl Form<'_> {
    async fn read(&mut self, mut parts: Parts) -> Result<()> {
        loop {
            let part = match parts.next().await {
                Ok(Some(part)) => part,
                Ok(None) => return Ok(()),
                // What was typed came before the files, if the form is ours.
                Err(BodyError::TooLong) => {
                    self.refuse(Error::new(Kind::TooLarge, codes::TOO_LARGE));
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            };
            match part {
                // A file field in which nothing was chosen.
                Part { filename: Some(given), .. } if given.is_empty() => {}
                Part { filename: Some(given), .. } => self.file(&mut parts, name::clean(&given)).await?,
                Part { name: Some(name), .. } if name != refusal::FIELD => self.field(&mut parts, name).await?,
                // Nothing that was meant as a file is passed over in silence.
                _ => self.refuse(refusal::no_name()),
            }
        }
    }

    async fn field(&mut self, parts: &mut Parts, name: String) -> Result<()> {
        self.left = self.left.checked_sub(name.len()).ok_or_else(refusal::too_much_text)?;
        let value = text(parts, &mut self.left).await?;
        self.pairs.push((name, value));
        Ok(())
    }

    /// Spools a file. What is left of one that is refused is passed over with the next part.
    async fn file(&mut self, parts: &mut Parts, filename: String) -> Result<()> {
        let Some(mut spool) = self.begin(&filename).await else { return Ok(()) };
        let settings = self.files.settings();
        loop {
            let chunk = match parts.chunk().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                // The next part says so again.
                Err(BodyError::TooLong) => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            let written = if spool.size() + chunk.len() as u64 > settings.max_bytes.into() {
                Err(refusal::too_large(settings, &filename))
            } else {
                spool.write(&chunk).await.map_err(refusal::no_room)
            };
            if let Err(error) = written {
                self.refuse(error);
                return Ok(());
            }
        }
        match spool.finish().await {
            Ok(spool) => self.incoming.push(Incoming { filename, spool, may_hold_key: false }),
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
        } else if let Err(error) = self.files.kind_of(filename) {
            Err(error)
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

impl From<BodyError> for Error {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLong => refusal::too_much_text(),
            BodyError::Stalled => Self::new(Kind::Timeout, codes::UPLOAD_STALLED),
            BodyError::Cut | BodyError::Malformed => Self::bad_request(),
        }
    }
}
