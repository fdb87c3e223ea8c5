//! Files of tickets and answers: each download is authorised anew.

use crate::{
    platform::{
        base::{
            actor::Actor,
            error::{Error, Result},
            public_id::PublicId,
        },
        web::{
            download::{self, Stored},
            render::ErrorBody,
        },
    },
    ticket::codes,
};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Tickets,
    model::Scope,
    store_response::{self, Kind, StoredFile},
};

pub fn routes() -> OpenApiRouter<Tickets> {
    OpenApiRouter::new().routes(routes!(download)).routes(routes!(thumbnail))
}

/// A file, streamed, with ranges. JPEG, PNG and GIF are shown, everything else is saved.
#[utoipa::path(get, path = "/api/attachments/{kind}/{id}/{filename}", tag = "tickets",
    params(("kind" = String, Path, description = "`ticket` or `response`"), ("id" = i64, Path), ("filename" = String, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, description = "The file"), (status = 206, description = "A part of it"), (status = 304, description = "The reader has it already"),
    (status = 401, body = ErrorBody),
    (status = 404, body = ErrorBody, description = "Not there, or not for this reader"), (status = 416, description = "There is no such part")))]
async fn download(
    State(tickets): State<Tickets>,
    actor: Actor,
    headers: HeaderMap,
    Path(path): Path<(String, String, String)>,
) -> Result<Response> {
    let file = find(&tickets, &actor, &path).await?;
    download::file(&tickets.files, &headers, &stored(&file)).await
}

/// The small picture of a picture, in JPEG, for lists; who may have the picture may have it.
#[utoipa::path(get, path = "/api/attachments/{kind}/{id}/{filename}/thumbnail", tag = "tickets",
    params(("kind" = String, Path, description = "`ticket` or `response`"), ("id" = i64, Path), ("filename" = String, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses((status = 200, description = "The picture"), (status = 206, description = "A part of it"), (status = 304, description = "The reader has it already"),
    (status = 401, body = ErrorBody), (status = 404, body = ErrorBody, description = "Not there, not for this reader, or of no picture"), (status = 416, description = "There is no such part"),
    (status = 503, body = ErrorBody)))]
async fn thumbnail(
    State(tickets): State<Tickets>,
    actor: Actor,
    headers: HeaderMap,
    Path(path): Path<(String, String, String)>,
) -> Result<Response> {
    let file = find(&tickets, &actor, &path).await?;
    download::thumbnail(&tickets.files, &headers, &stored(&file)).await
}

/// The file, if it is there for this reader.
async fn find(tickets: &Tickets, actor: &Actor, path: &(String, String, String)) -> Result<StoredFile> {
    let missing = || Error::not_found(codes::FILE_NOT_FOUND);
    let kind = Kind::parse(&path.0).ok_or_else(missing)?;
    let id = PublicId(path.1.parse().map_err(|_| missing())?);
    store_response::file(&tickets.db, Scope::of(actor), kind, id).await?.ok_or_else(missing)
}

fn stored(file: &StoredFile) -> Stored<'_> {
    Stored {
        storage_key: &file.storage_key,
        filename: &file.filename,
        mime_type: &file.mime_type,
        file_size: file.file_size,
    }
}
