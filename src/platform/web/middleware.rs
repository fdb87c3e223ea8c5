//! What happens around every request: its id, its context, its log line and figures, and the
//! headers that every answer carries.

use std::{net::SocketAddr, time::Instant};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;

use super::extract::Context;
use crate::platform::{
    Platform,
    base::{address::Address, i18n::Lang},
    data::holding::watched,
    web::{
        cookies,
        proxies::client_address,
        ui::{Counts, Theme},
    },
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
                   connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; \
                   form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Seconds after which a request is worth a line in the log of a quiet day.
const SLOW: f64 = 1.0;

/// Reads who asks (address, language, theme), counts and logs the request.
pub async fn context(State(platform): State<Platform>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    platform.trial.hear(request.uri(), request.headers());
    let request_id = format!("{:016x}", rand::random::<u64>());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let context = Context {
        lang: language(&platform, request.headers()),
        theme: theme(&platform, request.headers()),
        address: peer.map_or(Address::UNKNOWN, |peer| {
            client_address(peer, request.headers(), &platform.trusted_proxies, platform.proxy_header)
        }),
        path_and_query: request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        request_id: request_id.clone(),
        counts: Counts::default(),
    };
    request.extensions_mut().insert(context);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let span = tracing::info_span!("request", id = %request_id);
    let mut response = watched(next.run(request)).instrument(span).await;
    headers(&platform, &mut response, &request_id);
    let seconds = started.elapsed().as_secs_f64();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let status = response.status().as_u16();
    platform.figures.request(&method, route, response.status(), seconds);
    if status >= 500 || seconds > SLOW {
        tracing::warn!(%method, route, status, seconds, request_id, "answered");
    } else {
        tracing::debug!(%method, route, status, seconds, request_id, "answered");
    }
    response
}

fn headers(platform: &Platform, response: &mut Response, request_id: &str) {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, id);
    }
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(self), microphone=(), geolocation=()"),
        // Answers are personal unless they say otherwise.
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if platform.https {
        headers
            .insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains"));
    }
}

/// The choice in the cookie, or what the browser prefers. A signed-in person's own choice wins over
/// both (the session middleware sees to that).
fn language(platform: &Platform, headers: &HeaderMap) -> Lang {
    platform.cookies().read(headers, cookies::LANGUAGE).and_then(Lang::from_code).unwrap_or_else(|| {
        let accept = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Lang::from_accept_language(accept.unwrap_or(""))
    })
}

fn theme(platform: &Platform, headers: &HeaderMap) -> Theme {
    platform.cookies().read(headers, cookies::THEME).and_then(Theme::from_code).unwrap_or_default()
}
