//! `/login?method=qr` is this slice's page, while `/login` itself belongs to an earlier slice.

use axum::{
    extract::{Request, State},
    handler::Handler,
    http::Method,
    middleware::Next,
    response::Response,
};

use super::{QrLogin, show};
use crate::platform::base::actor::Actor;

/// Answers the QR side of the sign-in page to those who are not signed in.
pub async fn qr_side(State(qr): State<QrLogin>, request: Request, next: Next) -> Response {
    let asks = request.method() == Method::GET
        && request.uri().path() == "/login"
        && request.uri().query().is_some_and(|query| query.split('&').any(|pair| pair == "method=qr"))
        && request.extensions().get::<Actor>().is_none();
    if asks { show::sign_in_page.call(request, qr).await } else { next.run(request).await }
}
