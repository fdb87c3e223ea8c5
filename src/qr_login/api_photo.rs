//! `/api/qr-auth/decode`: a photo of a code, for phones whose browser cannot read one itself.

use axum::{
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State},
    http::{StatusCode, header},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{QrLogin, asking, photo};
use crate::platform::{
    actor::Actor,
    http::error::{Error, ErrorBody, Result},
};

/// What a multipart body has around the photo.
const AROUND: usize = 16 * 1024;

pub fn routes() -> OpenApiRouter<QrLogin> {
    OpenApiRouter::new().routes(routes!(decode)).layer(body_limit())
}

/// A photo may be larger than other bodies.
pub fn body_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(photo::MAX_BYTES + AROUND)
}

/// The bytes of a photo: a body of a picture's type, or the part `photo` of a form.
pub struct Photo(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Photo {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let bytes = if kind.starts_with("multipart/form-data") {
            let form = Multipart::from_request(request, state).await.map_err(|_| Error::bad_request())?;
            part(form).await?
        } else if kind.starts_with("image/") || kind.starts_with("application/octet-stream") {
            Bytes::from_request(request, state).await.map_err(|rejection| rejected(rejection.status()))?
        } else {
            return Err(photo::wrong_type());
        };
        if bytes.is_empty() {
            return Err(Error::unprocessable("qr_photo_missing"));
        }
        Ok(Self(bytes))
    }
}

async fn part(mut form: Multipart) -> Result<Bytes> {
    while let Some(part) = form.next_field().await.map_err(|error| rejected(error.status()))? {
        if part.name() == Some("photo") {
            return part.bytes().await.map_err(|error| rejected(error.status()));
        }
    }
    Ok(Bytes::new())
}

fn rejected(status: StatusCode) -> Error {
    if status == StatusCode::PAYLOAD_TOO_LARGE { photo::too_large() } else { Error::bad_request() }
}

/// What the photo shows.
#[derive(Serialize, ToSchema)]
struct Decoded {
    /// For `scanning`.
    #[schema(example = "q4uKcVqUyZ1dE0m3W8sT5rXoLh2JbN7fPgAiCkDvYwM")]
    code: String,
}

/// Reads the code in a photo (JPEG, PNG or WebP, 5 MB at most): the body is the file itself, or a
/// multipart form with the part `photo`. Only codes of this server count.
#[utoipa::path(post, path = "/api/qr-auth/decode", tag = "qr", security(("bearer" = []), ("cookie" = [])),
    request_body(content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"))),
    responses((status = 200, body = Decoded), (status = 401, body = ErrorBody),
    (status = 413, body = ErrorBody, description = "More than 5 MB or 40 million pixels"),
    (status = 415, body = ErrorBody, description = "Neither JPEG, PNG nor WebP"),
    (status = 422, body = ErrorBody, description = "No code can be seen, or only another's; the text says what to do"),
    (status = 429, body = ErrorBody)))]
async fn decode(State(qr): State<QrLogin>, actor: Actor, Photo(photo): Photo) -> Result<axum::Json<Decoded>> {
    Ok(axum::Json(Decoded { code: asking::read_photo(&qr, &actor, photo).await? }))
}
