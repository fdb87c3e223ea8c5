//! `/scan`: a signed-in phone reads the code on a computer's screen, by its camera or by a photo, which is for
//! phones whose browser cannot read one itself.

use crate::{
    platform::{
        base::{
            actor::Actor,
            error::{self, Error, Kind, Result},
        },
        files::{refusal, spool::Writer},
        web::{
            Html,
            asked::Asked,
            multipart::Parts,
            render::ErrorBody,
            ui::{Form, Ui},
            upload,
            upload_body::{BodyError, IDLE, UploadBody},
        },
    },
    qr_login::codes,
};
use std::{fs::File, io::BufReader};

use axum::{
    body::Body,
    extract::{FromRequest, Request, State},
    http::header,
    response::{Redirect, Response},
    routing::{get, post},
};
use futures_util::StreamExt;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{QrLogin, asking, photo, views::QrScanPage};

/// What a multipart body has around the photo.
const AROUND: u64 = 16 * 1024;

pub fn routes() -> OpenApiRouter<QrLogin> {
    OpenApiRouter::new().route("/scan", get(open)).routes(routes!(decode)).route("/scan", post(decode))
}

async fn open(State(qr): State<QrLogin>, ui: Ui, _: Actor) -> Html<QrScanPage> {
    page(&qr, ui, Form::new())
}

fn page(qr: &QrLogin, ui: Ui, form: Form) -> Html<QrScanPage> {
    Html(QrScanPage { ui, form, links: asking::links(qr).join(" ") })
}

/// A photo on disk: a body of a picture's type, or the part `photo` of a form. Who sends it is signed in,
/// has paid for it and sends nothing else meanwhile.
struct Photo(BufReader<File>);

impl FromRequest<QrLogin> for Photo {
    type Rejection = Error;

    async fn from_request(request: Request, qr: &QrLogin) -> Result<Self> {
        let Some(actor) = request.extensions().get::<Actor>().cloned() else {
            return Err(Error::unauthorized(error::codes::NOT_SIGNED_IN));
        };
        let (head, body) = request.into_parts();
        let kind = head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let is_form = upload::is_multipart(&head.headers);
        if !is_form && !kind.starts_with("image/") && !kind.starts_with("application/octet-stream") {
            return Err(photo::wrong_type());
        }
        asking::pay_for_photo(qr, &actor)?;
        let _turn = qr.bodies.turn(actor.user).await?;
        let mut spool = qr.files.spool().await?;
        if is_form {
            let most = photo::MAX_BYTES as u64 + AROUND;
            let parts = Parts::of(&head.headers, body, most, IDLE).ok_or_else(Error::bad_request)?;
            part(parts, &mut spool).await.map_err(rejected)?;
        } else {
            whole(body, &mut spool).await.map_err(rejected)?;
        }
        if spool.size() == 0 {
            return Err(Error::unprocessable(codes::QR_PHOTO_MISSING));
        }
        let spool = spool.finish().await.map_err(refusal::no_room)?;
        // Open, it can be read after its name is gone.
        Ok(Self(BufReader::new(spool.open().map_err(refusal::no_room)?)))
    }
}

async fn part(mut parts: Parts, spool: &mut Writer) -> Result<(), Reading> {
    while let Some(part) = parts.next().await? {
        if part.name.as_deref() != Some("photo") {
            continue;
        }
        while let Some(chunk) = parts.chunk().await? {
            write(spool, &chunk).await?;
        }
        return Ok(());
    }
    Ok(())
}

async fn whole(body: Body, spool: &mut Writer) -> Result<(), Reading> {
    let mut body = UploadBody::new(body, photo::MAX_BYTES as u64, IDLE);
    while let Some(chunk) = body.next().await {
        write(spool, &chunk?).await?;
    }
    Ok(())
}

async fn write(spool: &mut Writer, chunk: &[u8]) -> Result<(), Reading> {
    if spool.size() + chunk.len() as u64 > photo::MAX_BYTES as u64 {
        return Err(Reading::Body(BodyError::TooLong));
    }
    spool.write(chunk).await.map_err(Reading::Disk)
}

/// Why a photo did not come.
enum Reading {
    Body(BodyError),
    Disk(std::io::Error),
}

impl From<BodyError> for Reading {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

fn rejected(why: Reading) -> Error {
    match why {
        Reading::Body(BodyError::TooLong) => photo::too_large(),
        Reading::Body(error) => error.into(),
        Reading::Disk(error) => refusal::no_room(error),
    }
}

/// The bytes of a picture.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only described: `Photo` takes the body")]
struct PhotoBytes(Vec<u8>);

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
    request_body(content((inline(PhotoBytes) = "image/jpeg"), (inline(PhotoBytes) = "image/png"), (inline(PhotoBytes) = "image/webp"))),
    responses((status = 200, body = Decoded), (status = 401, body = ErrorBody),
    (status = 413, body = ErrorBody, description = "More than 5 MB or 40 million pixels"),
    (status = 415, body = ErrorBody, description = "Neither JPEG, PNG nor WebP"),
    (status = 422, body = ErrorBody, description = "No code can be seen, or only another's; the text says what to do"),
    (status = 429, body = ErrorBody)))]
async fn decode(State(qr): State<QrLogin>, _: Actor, asked: Asked, photo: Result<Photo>) -> Result<Response> {
    let found = async { asking::read_photo(&qr, photo?.0).await };
    match found.await {
        Ok(code) => {
            let to = Redirect::to(&format!("/qr-login?code={code}"));
            Ok(asked.answer(axum::Json(Decoded { code }), to))
        }
        Err(error) if error.kind == Kind::TooManyRequests => Err(error),
        Err(error) => asked.again(error, [], async |ui, form| Ok(page(&qr, ui, form))).await,
    }
}
