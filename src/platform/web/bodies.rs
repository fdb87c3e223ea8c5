//! Room in memory for bodies, before any of them is read.

use axum::{
    body::{Body, HttpBody},
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;

use super::{extract::Context, upload};
use crate::platform::{
    Platform,
    base::{
        address::{Address, limit_key},
        bodies::MAX_BODY,
    },
};

/// Keeps room for a body before any of it is read. Forms with files have turns of their own.
pub async fn bound(State(platform): State<Platform>, request: Request, next: Next) -> Response {
    let bytes = most(&request);
    if bytes == 0 || upload::is_multipart(request.headers()) {
        return next.run(request).await;
    }
    let address = request.extensions().get::<Context>().map_or(Address::UNKNOWN, |context| limit_key(context.address));
    match platform.bodies.room(address, bytes) {
        Ok(room) => {
            let held = |body: Body| {
                Body::new(body.map_frame(move |frame| {
                    // Given back when the body is dropped.
                    let _ = &room;
                    frame
                }))
            };
            next.run(request.map(held)).await
        }
        Err(error) => error.into_response(),
    }
}

/// Bytes of a body that can be in memory, as far as its header tells.
fn most(request: &Request) -> u64 {
    let hint = request.body().size_hint().upper();
    let said = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    said.or(hint).unwrap_or(MAX_BODY as u64).min(MAX_BODY as u64)
}
