//! How long a request may take.

use std::time::Duration;

use axum::{
    extract::Request,
    http::{HeaderMap, StatusCode},
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
    timeout(time_for(request.headers()), next.run(request))
        .await
        .unwrap_or_else(|_| StatusCode::SERVICE_UNAVAILABLE.into_response())
}

fn time_for(headers: &HeaderMap) -> Duration {
    if upload::is_multipart(headers) { MAX_UPLOAD_TIME } else { MAX_TIME }
}

#[cfg(test)]
mod tests {
    use axum::http::header::CONTENT_TYPE;

    use super::*;

    #[test]
    fn only_uploads_may_take_long() {
        let time = |kind: &str| time_for(&HeaderMap::from_iter([(CONTENT_TYPE, kind.parse().unwrap())]));
        assert_eq!(time("Multipart/Form-Data; boundary=x"), MAX_UPLOAD_TIME);
        for kind in ["application/json", "application/x-www-form-urlencoded", "multipart/mixed", ""] {
            assert_eq!(time(kind), MAX_TIME);
        }
        assert_eq!(time_for(&HeaderMap::new()), MAX_TIME);
    }
}
