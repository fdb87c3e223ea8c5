//! How long a request may take.

use std::time::Duration;

use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::time::timeout;

use super::upload;

const MAX_TIME: Duration = Duration::from_secs(60);
/// A phone sends 50 MB at 256 kbit/s in less. An upload that stands still ends sooner (`upload_body`), and
/// nothing but an upload reads a body of this type.
const MAX_UPLOAD_TIME: Duration = Duration::from_secs(30 * 60);

pub async fn limit(request: Request, next: Next) -> Response {
    let time = if upload::is_multipart(request.headers()) { MAX_UPLOAD_TIME } else { MAX_TIME };
    timeout(time, next.run(request)).await.unwrap_or_else(|_| StatusCode::SERVICE_UNAVAILABLE.into_response())
}
